"""What comes of reading a file: its documents, and what was noted on the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.kinds import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Document, Problem


class Note(NamedTuple):
    """What reading found: the problem, the code point in the text, and of which document it is.

    ``document`` counts from 0, and is -1 for the whole file; ``kind`` and ``target`` (id or URL, as written) are what
    it says, if it says; ``key`` is the document's key whose value alone is in doubt, None where more may be.
    """

    problem: Problem
    at: int
    document: int
    kind: str = ""
    target: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file read. ``documents`` lacks those whose notes say that they cannot be made sense of.

    ``content`` is its text in UTF-8: a curly quote makes a ``str`` twice as large, and many files are held.
    """

    file: str
    content: bytes
    documents: tuple[Document, ...]
    notes: tuple[Note, ...]

    @property
    def text(self) -> str:
        """Its text, without a byte order mark."""
        return _text(self.content)


@lru_cache(maxsize=4)
def _text(content: bytes) -> str:
    """Decoded once for the findings of a file, which come one after the other."""
    return content.decode()


def identity(body: Mapping[str, Any]) -> str | None:
    """A document's id or URL, as it stands there."""
    for key in keys():
        if isinstance(found := body.get(key), str):
            return found
    return None
