"""A message's text as its receiver reads it, and what of it changed in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.outputs._difference import pieces
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from reconciler.core.model import Change

WIDTH = 60
"""Columns of a text: it is read as on a telephone, not as one long line."""


def lines(text: str, width: int = WIDTH) -> list[str]:
    """The whole text, folded at blanks; what was folded is set in by two, what breaks in the text itself is not.

    What could act or hide is spelled out, and a backslash doubled, so that two texts never look the same.
    """
    folded: list[str] = []
    for line in text.split("\n"):
        folded += _folded(visible(line.replace("\\", "\\\\")), width)
    return folded


def _folded(line: str, width: int) -> list[str]:
    found, part = [], ""
    for word in re.findall(r"\S+ *| +", line):
        if part.strip(" ") and len(part) + len(word.rstrip(" ")) > width:
            found.append(part.rstrip(" "))
            part = "  "
        part += word
    return [*found, part]


def rewritten(change: Change) -> bool:
    """Whether a text has so little in common with what it replaces that a word-by-word difference says nothing."""
    if not isinstance(change.live, str) or not isinstance(change.desired, str):
        return False
    kept = sum(_letters(piece.old) for piece in pieces(change.live, change.desired) if piece.same)
    return 2 * kept < max(_letters(change.live), _letters(change.desired))


def _letters(text: str) -> int:
    """Characters but for blanks, which any two texts have in common."""
    return sum(not char.isspace() for char in text)
