"""``reconciler completion``: the script that lets a shell complete commands, options, targets and codes."""

from __future__ import annotations

import click

VARIABLE = "_RECONCILER_COMPLETE"
"""What click asks for; the script sets it for each word that is completed."""


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script for SHELL, to be read by it as it starts.

    \b
    eval "$(reconciler completion bash)"      in ~/.bashrc
    eval "$(reconciler completion zsh)"       in ~/.zshrc
    reconciler completion fish | source       in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    template = get_completion_class(shell)
    assert template is not None
    click.echo(template(root, {}, "reconciler", VARIABLE).source())
    return 0


COMMAND = completion
