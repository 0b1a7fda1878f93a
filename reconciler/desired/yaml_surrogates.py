r"""Surrogate pairs in double quotes, as JSON's writers escape an emoji (RFC 8259 section 7): ``\ud83d\ude00``.

YAML has ``\U0001F600`` for it, and libyaml refuses the halves. They are joined before the parser sees them, only
where a double quote makes escapes of them, and every place is given as it is in the text as written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Event = Any

PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_ESCAPES = re.compile(rf"(?<!\\)(?:\\\\)*(?P<pair>{PAIR.pattern})+")
_SHORTER = 2
"""Code points that a pair has more than what it is joined to."""
_END = 1 << 62


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text as written: a code point, and the line from 0."""

    index: int
    line: int


def paired(
    text: str, parse: Callable[[str], Callable[[], Event]], error: type[Exception]
) -> Callable[[], Event]:
    """``parse(text)``, a function that gives events, with surrogate pairs read as the characters they are."""
    if "\\u" not in text:
        return parse(text)
    found = [pair for run in _ESCAPES.finditer(text) for pair in PAIR.finditer(text, run.start(), run.end())]
    if not found:
        return parse(text)
    quoted = _quoted(_Joined(text, found, parse, error), error)
    inside = [pair for pair in found if _within(quoted, pair.start())]
    return _Joined(text, inside, parse, error).event


class _Joined:
    """The parser over a text in which pairs are joined; events and errors have the places of the text as written."""

    def __init__(
        self,
        text: str,
        pairs: Sequence[re.Match[str]],
        parse: Callable[[str], Callable[[], Event]],
        error: type[Exception],
    ) -> None:
        parts, at = [], 0
        for pair in pairs:
            parts += [text[at : pair.start()], _joined(pair)]
            at = pair.end()
        self.get = parse("".join([*parts, text[at:]]))
        self.ends = [pair.end() - _SHORTER * number for number, pair in enumerate(pairs, 1)]
        self.error = error

    def event(self) -> Event:
        try:
            event = self.get()
        except self.error as error:
            for name in ("problem_mark", "context_mark"):
                if getattr(error, name, None) is not None:
                    setattr(error, name, self.place(getattr(error, name)))
            raise
        event.start_mark, event.end_mark = self.place(event.start_mark), self.place(event.end_mark)
        return event

    def place(self, mark: Event) -> Mark:
        return Mark(mark.index + _SHORTER * bisect_right(self.ends, mark.index), mark.line)


def _joined(pair: re.Match[str]) -> str:
    high, low = (int(half, 16) for half in pair.groups())
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08X}"


def _quoted(source: _Joined, error: type[Exception]) -> list[tuple[int, int]]:
    """Where the double-quoted scalars begin and end, up to the end or to what stops the parser."""
    spans: list[tuple[int, int]] = []
    try:
        while (event := source.event()).__class__.__name__ != "StreamEndEvent":
            if getattr(event, "style", None) == '"':
                spans.append((event.start_mark.index, event.end_mark.index))
    except error as stopped:
        # A scalar with something else amiss in it is told by its own fault, not by its pairs.
        begun = getattr(stopped, "context_mark", None)
        spans += [(begun.index, _END)] if begun is not None else []
    return spans


def _within(spans: list[tuple[int, int]], at: int) -> bool:
    before = bisect_right(spans, (at, _END)) - 1
    return before >= 0 and at < spans[before][1]
