"""The word-level difference of two texts, and of their placeholders."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.sms import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.model import Change

_WORD = re.compile(r"\{\{\s*\w+\s*\}\}|\w+|\s+|[^\w\s]")
_MOST = 250_000
"""Words to compare, one text's times the other's. Beyond it the whole difference is one piece: the search is cubic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of both texts; ``same`` where it is in both."""

    old: str
    new: str

    @property
    def same(self) -> bool:
        """Whether nothing changed here."""
        return self.old == self.new


def pieces(live: str, desired: str) -> list[Piece]:
    """Both texts in pieces, in order. Replaced words with nothing but a blank between them are one piece."""
    joined: list[Piece] = []
    for piece in _raw(_WORD.findall(live), _WORD.findall(desired)):
        if len(joined) > 1 and _replaced(piece) and joined[-1].same and joined[-1].old.isspace():
            blank, before = joined[-1], joined[-2]
            if _replaced(before):
                joined[-2:] = [
                    Piece(old=before.old + blank.old + piece.old, new=before.new + blank.new + piece.new)
                ]
                continue
        joined.append(piece)
    return joined


def _replaced(piece: Piece) -> bool:
    return not piece.same and bool(piece.old) and bool(piece.new)


def _raw(before: list[str], after: list[str]) -> Iterator[Piece]:
    """What both begin and end with is set apart first, so that a long text with a small change stays cheap."""
    shorter = min(len(before), len(after))
    head = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    most = shorter - head
    tail = next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)
    a, b = before[head : len(before) - tail], after[head : len(after) - tail]
    if head:
        yield _piece(before[:head], before[:head])
    if len(a) * len(b) > _MOST:
        yield _piece(a, b)
    elif a or b:
        for _, a_from, a_to, b_from, b_to in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
            yield _piece(a[a_from:a_to], b[b_from:b_to])
    if tail:
        yield _piece(before[-tail:], before[-tail:])


def _piece(old: list[str], new: list[str]) -> Piece:
    return Piece(old="".join(old), new="".join(new))


def placeholders(change: Change) -> tuple[list[str], list[str]]:
    """The names of the placeholders that a change of a text adds, and those that it removes, sorted."""
    was, now = (
        set(PLACEHOLDER.findall(side)) if isinstance(side, str) else set()
        for side in (change.live, change.desired)
    )
    return sorted(now - was), sorted(was - now)
