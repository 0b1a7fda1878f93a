"""The known word that is most like an unknown one, for every "did you mean …?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 256
"""Characters of a word that are compared: a word may be a whole file that somebody pasted."""


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The nearest of ``known`` in any case of letters; None where none is as near as ``cutoff`` (0 far, 1 equal)."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in sorted(known)}
    found = get_close_matches(word[:_LONGEST].lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None
