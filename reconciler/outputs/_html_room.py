"""How much a page may hold: what does not fit is left out of lists from their ends, counted, and named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from reconciler.outputs._markup import Markup, code, element, join
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LIMIT = 2_000_000
"""Bytes of a page: what a mail server lets through, and a phone shows."""

FEW = 12
"""Items of a list that stand open; a longer list is folded."""


@dataclass(slots=True, kw_only=True)
class Room:
    """Bytes that are left, and how many items of each noun did not fit."""

    left: int
    above: Room | None = None
    missing: Counter[str] = field(default_factory=Counter)

    def part(self, share: float) -> Room:
        """A share of what is left: what it takes is taken from here."""
        return Room(left=int(self.left * share), above=self, missing=self.missing)

    def takes(self, markup: Markup) -> bool:
        """Whether this fits; if so, its bytes are taken."""
        size = len(markup.encode())
        if size > self.left:
            return False
        room: Room | None = self
        while room is not None:
            room.left -= size
            room = room.above
        return True

    def fit(self, noun: str, items: Iterable[Markup], total: int, share: float = 0.5) -> list[Markup]:
        """As many of the first items as a share of what is left holds. They are made no further than they fit."""
        kept = list(takewhile(self.part(share).takes, items))
        self.missing[noun] += total - len(kept)
        return kept


def more(noun: str, total: int, kept: Sequence[object]) -> Markup:
    """How many of a list's items are not there, if any."""
    left = total - len(kept)
    if not left:
        return Markup()
    return element("p", f"{counted(left, f'more {noun}')}: not on this page, see the Summary.", class_="soft")


def left_out(missing: Counter[str]) -> Markup:
    """What is not on the page, and how it is had."""
    found = [counted(number, noun) for noun, number in sorted(missing.items()) if number]
    if not found:
        return Markup()
    return element(
        "p",
        f"This page holds at most {LIMIT // 1_000_000} MB. Not on it: {', '.join(found)}. ",
        join(
            [
                *(code("--template ID"), " (may repeat) shows a template whole, "),
                *(code("--since DATE"), " the time from a day on, ", code("--format json"), " everything."),
            ]
        ),
        class_="note",
    )


def fold(said: str | Markup, content: Markup, *, folded: bool) -> Markup:
    """Content under a line that opens it, where it is to be folded; on paper it is open."""
    return element("details", element("summary", said), content) if folded else content
