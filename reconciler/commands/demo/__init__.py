"""``reconciler demo``: one change from proposal to report, on an embedded CXone in a folder that is removed again."""

from __future__ import annotations

import click

from reconciler.commands._shared import options


@click.command(short_help="Watch one change go its whole way, in a minute.")
@click.option("--fast", is_flag=True, help="Do not wait for Enter between the steps.")
@options.colored
def demo(*, fast: bool, color: str) -> int:
    """Run a change through the embedded CXone, step by step: propose, a console edit, stale, pending, continue, report.

    Each step shows the command that is run, what it prints and what to look at. It needs no credentials, works in a
    temporary folder, and leaves nothing behind.

    \b
    reconciler demo
    reconciler demo --fast
    """
    from reconciler.commands._shared.signals import unwound
    from reconciler.commands.demo.play import play

    with unwound(lambda: "Interrupted: the demo has ended, and its folder and tenant are gone."):
        play(fast=fast, color=color)
    return 0


COMMAND = demo
