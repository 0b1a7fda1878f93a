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
@click.option(
    "--github",
    is_flag=True,
    help="Go through what is to be set on GitHub, and do it by gh, each step with your yes.",
)
@click.option(
    "--wheel",
    metavar="FILE",
    help="Have the workflows install this wheel, which is kept in .github/: for a version that no index has.",
)
@options.formatted("text", "json")
def init(
    *, folder: str, tenant: tuple[str, ...], github: bool, wheel: str | None, format_: str, color: str
) -> int:
    """Create, at the top of the git repository that DIR is in, what a pull request needs to become an apply.

    An example in templates.d, the workflows, the released package's requirements by their hashes, CODEOWNERS, editor
    settings, a pre-commit hook, and the audit log's branch. What is there already is kept as it is, and nothing is
    pushed. It ends with what to set next, in order.

    With --github what is to be set there is looked at, by gh: what is in place is said to be, and for the rest the
    commands are shown and, on a terminal, run where you say yes. Without gh they are only shown.

    \b
    reconciler init
    reconciler init --tenant acme --tenant acme-test ../messages
    reconciler init --github
    reconciler init --wheel dist/cxone_reconciler-0.1.0-py3-none-any.whl
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
        screen = options.screen_of(format_, color)
        report = lay_out.lay_down(folder, tenant, wheel)
        if github:
            from reconciler.commands.init import consent

            report = consent.settled(report, screen)
        screen.show(report)
    return 0


COMMAND = init
