"""``reconciler init``: everything that a user's own repository needs."""

from __future__ import annotations

import click

from reconciler.commands._shared import options as options
from reconciler.commands._shared.signals import something_written


@click.command(short_help="Set up a repository of your own.")
@click.argument("folder", default=".", metavar="[DIR]")
@click.option(
    "--tenant",
    multiple=True,
    metavar="NAME",
    help="A tenant's name; repeat it for several, each with a folder below tenants/.",
)
@options.formatted("text", "json")
def init(*, folder: str, tenant: tuple[str, ...], format_: str, color: str) -> int:
    """Create, at the top of the git repository that DIR is in, what a pull request needs to become an apply.

    An example in templates.d, the workflows, the released package's requirements by their hashes, CODEOWNERS, editor
    settings, a pre-commit hook, and the audit log's branch. What is there already is kept as it is, and nothing is
    pushed. It ends with what to set next, in order.

    \b
    reconciler init
    reconciler init --tenant acme --tenant acme-test ../messages
    """
    from reconciler.commands._shared.tenants import TENANT
    from reconciler.commands.init import lay_out

    for name in tenant:
        if not TENANT.fullmatch(name):
            raise click.BadParameter(
                f"{name!r} is not a name for a tenant: small letters, digits, - and _, such as acme.",
                param_hint="--tenant",
            )
    with something_written("Files that were written are there; run it again, and it says what is next."):
        options.screen_of(format_, color).show(lay_out.lay_down(folder, tenant))
    return 0


COMMAND = init
