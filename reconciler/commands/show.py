"""``reconciler show``: a saved plan, printed."""

from __future__ import annotations

import click

from reconciler.commands._shared import options


@click.command(short_help="Print a saved plan.")
@click.argument("file")
@options.formatted("text", "json", "markdown", "github")
def show(file: str, format_: str, color: str) -> int:
    """Print the plan in FILE. One that was edited since it was made is refused.

    \b
    reconciler show plan.json
    """
    from reconciler.commands._shared.plan_files import read
    from reconciler.outputs._results import Planned

    options.screen_of(format_, color).show(Planned(plan=read(file)))
    return 0


COMMAND = show
