"""Spans in colour, by rich; loaded only where somebody looks at a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans

_STYLES = {
    "": "",
    "strong": "bold",
    "dim": "dim",
    "new": "green",
    "old": "red strike",
    "error": "bold red",
    "warning": "yellow",
}


def render(lines: list[Spans], look: Look) -> str:
    """The lines in ANSI colours. The texts are data: no markup in them is read."""
    out = StringIO()
    console = Console(
        file=out, force_terminal=True, width=look.width, highlight=False, markup=False, emoji=False
    )
    for spans in lines:
        console.print(Text.assemble(*((text, _STYLES[style]) for text, style in spans)), soft_wrap=True)
    return out.getvalue()
