"""Spans and tables in colour, by rich; loaded only where somebody looks at a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans
    from reconciler.outputs.text import Row, Table

_STYLES = {
    "": "",
    "strong": "bold",
    "dim": "dim",
    "new": "green",
    "old": "red strike",
    "was": "red",
    "error": "bold red",
    "warning": "yellow",
}


def render(blocks: Sequence[Spans | Table], look: Look) -> str:
    """The blocks in ANSI colours. The texts are data: no markup in them is read."""
    out = StringIO()
    console = Console(
        file=out, force_terminal=True, width=look.width, highlight=False, markup=False, emoji=False
    )
    for block in blocks:
        if isinstance(block, list):
            console.print(_text(block), soft_wrap=True)
        else:
            console.print(_grid(block))
    return out.getvalue()


def _grid(table: Table) -> Grid:
    """A phase's actions, one under the other, the changes beside them."""
    grid = Grid(
        title=Text(table.heading, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        expand=False,
        pad_edge=False,
    )
    grid.add_column("Action", no_wrap=True)
    grid.add_column("Target", overflow="fold", ratio=1)
    grid.add_column("Changes", overflow="fold", ratio=3)
    for row in table.rows:
        text, style = row.operation
        target = Text.assemble((row.target, "bold"), *((("\n" + row.source, "dim"),) if row.source else ()))
        grid.add_row(Text(text, style=_STYLES[style]), target, _details(row))
    return grid


def _details(row: Row) -> Grid:
    """Field by field, so that a long text wraps beside its name."""
    details = Grid.grid(padding=(0, 2, 0, 0))
    details.add_column(no_wrap=True, style="dim")
    details.add_column(overflow="fold")
    for name, spans in row.details:
        details.add_row(Text(name), _text(spans))
    return details


def _text(spans: Spans) -> Text:
    return Text.assemble(*((text, _STYLES[style]) for text, style in spans))
