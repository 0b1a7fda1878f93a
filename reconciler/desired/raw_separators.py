"""Raw line separators (CX014): a comment ends there for the parser, and not for whoever reads the diff."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.core.lines import RAW_SEPARATOR
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from reconciler.core.model import Problem

_NAMES = {
    "\x85": "U+0085 NEXT LINE",
    "\u2028": "U+2028 LINE SEPARATOR",
    "\u2029": "U+2029 PARAGRAPH SEPARATOR",
    "\r": "U+000D CARRIAGE RETURN without a line feed",
}


def raw_separators(text: str) -> tuple[Problem, int] | None:
    """The one problem of a file that has any, and the first one's place; None for a file that has none."""
    if not any(char in text for char in _NAMES):  # faster by far than the search below
        return None
    first = RAW_SEPARATOR.search(text)
    if first is None:
        return None
    counts = Counter(RAW_SEPARATOR.findall(text))
    found = ", ".join(f"{name} ({counts[char]})" for char, name in _NAMES.items() if counts[char])
    message = (
        f"Raw line separators: {found}. YAML ends a line and a comment there, and the reader of a diff does not see "
        "it. End lines with a line feed; inside a text in double quotes write \\N, \\L, \\P or \\r."
    )
    return problem("CX014", message), first.start()
