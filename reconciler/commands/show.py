"""``reconciler show``: a saved plan, printed."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.commands._shared import options


@click.command(short_help="Print a saved plan.")
@click.argument("file")
@options.formatted("text", "json", "markdown", "github")
def show(file: str, format_: str, color: str) -> int:
    """Print the plan in FILE. One whose actions were edited since it was made is refused.

    Guards are told by its actions, whatever it says. Where things stand in files, sizes, causes, findings and notes
    are outside of its digest, and are what FILE says.

    \b
    reconciler show plan.json
    """
    from reconciler.commands._shared.plan_files import read
    from reconciler.outputs._results import Planned
    from reconciler.plan.guards import of_saved

    plan = read(file)
    plan = replace(plan, guards=of_saved(plan.actions))
    options.screen_of(format_, color).show(Planned(plan=plan, file=file))
    return 0


COMMAND = show
