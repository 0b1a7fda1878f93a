"""The blocks of a text report: lines in styled spans, paragraphs, and tables of actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.outputs._wording import Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One line that a terminal wraps at blanks, its further lines set in by ``hang`` columns.

    A ``label`` of that width stands before the first.
    """

    spans: Spans
    hang: int = 2
    label: Spans = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One action: what is done to which object, from which file, and its details by name."""

    operation: tuple[str, str]
    target: str
    source: str
    details: tuple[tuple[str, Spans], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One phase's actions; a wide terminal draws them as a table."""

    heading: str
    rows: tuple[Row, ...]

    def lines(self) -> Iterator[Spans]:
        """The table as lines of spans, for pipes."""
        yield [(self.heading, "strong")]
        width = max(len(row.operation[0]) for row in self.rows)
        for row in self.rows:
            text, style = row.operation
            source = f"  ({row.source})" if row.source else ""
            yield [(f"  {text:<{width}}  ", style), (row.target, "strong"), (source, "dim")]
            names = max((len(name) for name, _ in row.details), default=0)
            for name, spans in row.details:
                yield [(f"      {name:<{names}}  ", "dim"), *spans]
