"""The group of ``reconciler github``'s commands, and the options that several of them have."""

from __future__ import annotations

import click

from reconciler.core.errors import ReconcilerError


class Annotated(click.Group):
    """A group whose errors stand on the run's page too."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ReconcilerError as error:
            from reconciler.commands._shared.terminal import Screen
            from reconciler.outputs._results import Failed

            Screen(name="github").show(Failed(error=error, texts=error.texts))
            raise


def _given(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    """A workflow's input that nobody filled in is an empty text."""
    return value or None


tenant = click.option(
    "--tenant", required=True, metavar="NAME", help="The tenant's name in .github/tenants.json."
)
STANDS = "What was pushed or posted until then stands; run it again."
templates = click.option("--templates", required=True, metavar="DIR", help="Its documents.")
log = click.option("--log", required=True, metavar="FILE", help="Its audit log, in the branch's checkout.")
targets = click.option(
    "--targets", callback=_given, metavar="IDS", help="Only these, separated by blanks. Empty: all."
)
only = click.option("--only", callback=_given, metavar="NAME", help="By hand: this tenant alone.")
new_log = click.option(
    "--new-log", type=click.BOOL, default=False, help="The log is lost: put an empty one in its place."
)
digest = click.option(
    "--digest",
    callback=_given,
    metavar="DIGEST",
    help="By hand: the plan artifact with this digest, all of it.",
)
reason = click.option("--reason", callback=_given, metavar="TEXT", help="By hand: why.")
found = click.option(
    "--found", required=True, metavar="DIR", help="What `github plan` wrote, in a folder said-TENANT each."
)
reviewed = click.option("--reviewed", required=True, metavar="DIR", help="What `github plans` wrote.")
