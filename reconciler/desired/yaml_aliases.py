"""Anchors and aliases of YAML, within a budget.

An alias that repeats a text or block costs its author nothing and its reader little, so it is allowed. Nested
ones grow exponentially (the alias bomb), so what they add to a file is counted before anything walks over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.desired.yaml_scalars import brief

if TYPE_CHECKING:
    from reconciler.core.model import Json
    from reconciler.desired.yaml_events import Event

MAX_EXPANSION = 2**20
"""Characters that aliases may add to one file."""


class Anchored(NamedTuple):
    """A value that an alias may repeat, and its length in characters, aliases inside it written out."""

    value: Json
    size: int


class BadAlias(Exception):
    """An alias that cannot be followed; after a ``fatal`` one the file is read no further."""

    def __init__(self, code: str, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fatal = fatal


class Anchors:
    """The anchors of the current document, and what aliases have added to the file."""

    def __init__(self) -> None:
        self.added = 0
        self._known: dict[str, Anchored | None] = {}

    def forget(self) -> None:
        """A new document begins; anchors do not reach over its border."""
        self._known.clear()

    def open(self, name: str) -> None:
        """A collection begins; until it ends, an alias to it would be endless."""
        self._known[name] = None

    def close(self, opened: Event, ended: Event, value: Json, added_before: int) -> None:
        """A collection has ended."""
        written = ended.end_mark.index - opened.start_mark.index
        self._known[opened.anchor] = Anchored(value, written + self.added - added_before)

    def scalar(self, event: Event, value: Json) -> None:
        self._known[event.anchor] = Anchored(value, len(event.value) + 1)

    def follow(self, name: str) -> Json:
        """What the alias stands for; BadAlias where it is unknown, endless or one too many."""
        if name not in self._known:
            raise BadAlias(
                "CX002",
                f"Unknown alias: nothing before is called &{brief(name)} in this document. A text that "
                "begins with * must stand in quotes.",
            )
        known = self._known[name]
        if known is None:
            raise BadAlias("CX010", f"Endless alias: *{brief(name)} stands inside what it repeats.")
        self.added += known.size
        if self.added > MAX_EXPANSION:
            raise BadAlias(
                "CX010",
                "Too many aliases: they add more than 1 MiB to this file. Write out what is meant.",
                fatal=True,
            )
        return known.value
