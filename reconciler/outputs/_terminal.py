"""Spans and tables as a terminal shows them, by rich; loaded only where somebody looks at one."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from reconciler.outputs._blocks import Paragraph, Row, Table
from reconciler.outputs._visible import inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans

WIDE = 160
"""Columns from which a phase is a table, in which a message's text has its whole width; below, a list."""

ACTION = 30
"""Columns of an operation and its cause; a foreign one folds, so that it cannot push its target out of sight."""

_STYLES = {
    "": "",
    "strong": "bold",
    "dim": "dim",
    "new": "green",
    "taken": "red",
    "gone": "dim strike",
    "come": "bold",
    "error": "bold red",
    "warning": "yellow",
    "code": "cyan",
}


def parts(blocks: Iterable[Spans | Paragraph | Table], look: Look) -> Iterator[str]:
    """Each block, in ANSI colours where they are wanted. The texts are data: no markup in them is read."""
    out = StringIO()
    console = Console(
        file=out,
        force_terminal=True,
        width=max(look.width, 20),
        color_system="standard" if look.color else None,
        no_color=False,  # else NO_COLOR, which the look has weighed already, would win over --color always
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for block in blocks:
        if isinstance(block, Table):
            for part in _table(block) if look.width >= WIDE else _list(block):
                console.print(part)
        elif isinstance(block, Paragraph):
            console.print(_wrapped(block, console.width))
        else:
            console.print(_text(block), soft_wrap=True)
        # Wrapping may put at the beginning of a line what stood in the middle of one.
        yield "".join(inert(line.rstrip(" ")) + "\n" for line in out.getvalue().split("\n")[:-1])
        out.seek(0)
        out.truncate()


def _wrapped(paragraph: Paragraph, width: int) -> Text:
    """Broken at blanks, the further lines set in."""
    lines = _text(paragraph.spans).wrap(Console(width=width), max(width - paragraph.hang, 10))
    return _text(paragraph.label) + Text("\n" + " " * paragraph.hang).join(lines)


def _table(table: Table) -> Iterator[RenderableType]:
    """A phase's actions, one under the other, the changes beside them."""
    grid = Grid(
        title=Text(table.heading, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        expand=True,
        pad_edge=False,
    )
    grid.add_column("Action", overflow="fold", max_width=ACTION)
    grid.add_column("Target", overflow="fold", max_width=38)
    grid.add_column("Changes", overflow="fold", ratio=1)
    for row in table.rows:
        target = Text.assemble((row.target, "bold"), *((("\n" + row.source, "dim"),) if row.source else ()))
        grid.add_row(_operation(row), target, _details(row))
    yield grid


def _list(table: Table) -> Iterator[RenderableType]:
    """A phase's actions as a list, for a terminal that is too narrow for the table."""
    yield Text(table.heading, style="bold")
    for row in table.rows:
        line = Grid.grid(padding=(0, 2, 0, 0))
        line.add_column(overflow="fold", max_width=ACTION)
        line.add_column(overflow="fold")
        line.add_row(_operation(row), Text(row.target, style="bold"))
        yield Padding(line, (0, 0, 0, 2))
        if row.source:
            yield Padding(Text(row.source, style="dim", overflow="fold"), (0, 0, 0, 6))
        yield Padding(_details(row), (0, 0, 0, 6))


def _operation(row: Row) -> Text:
    text, style = row.operation
    return Text(text, style=_STYLES[style])


def _details(row: Row) -> Grid:
    """Field by field, so that a long text wraps beside its name."""
    details = Grid.grid(padding=(0, 2, 0, 0))
    details.add_column(overflow="fold", style="dim", max_width=24)
    details.add_column(overflow="fold", ratio=1)
    for name, spans in row.details:
        details.add_row(Text(name), _text(spans))
    return details


def _text(spans: Spans) -> Text:
    return Text.assemble(*((text, _STYLES[style]) for text, style in spans), overflow="fold")
