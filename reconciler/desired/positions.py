"""Places of values in their files: looked up again for the few values that have a finding, kept for none.

A file's text is parsed once more, and the last few are remembered. Lines and columns count from 1 in code
points; where a line ends, ``core.lines`` says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.lines import LINE_BREAK
from reconciler.desired.yaml_events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    YAMLError,
    event_source,
)
from reconciler.desired.yaml_surrogates import PAIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.core.model import Path
    from reconciler.desired.yaml_events import Event

_DEPTH = 32
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_FOLD = re.compile(r"[ \t]*(?:\r\n|[\r\n\x85\u2028\u2029])[ \t\r\n\x85\u2028\u2029]*")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
_ESCAPED = {"x": 4, "u": 6, "U": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a text, from 1."""

    line: int
    column: int


class Span(NamedTuple):
    """Where a value stands: code points ``start`` to ``end`` of the text, and where its key begins.

    ``style`` is None for a collection or alias, empty for a plain scalar, else one of ``' " | >``. A block
    collection goes on to the next key or the end.
    """

    start: int
    end: int
    key: int
    style: str | None = None
    value: str = ""


def locate(text: str, index: int, path: Path, offset: int | None = None, *, key: bool = False) -> Location:
    """Where the value at ``path`` of the file's ``index``-th document begins, or its key, or a part of it.

    A path that is not there (a missing key, something behind an alias) leads to the nearest that is.
    """
    return place(text, index_of(text, index, path, offset, key=key))


def index_of(text: str, index: int, path: Path, offset: int | None = None, *, key: bool = False) -> int:
    """``locate`` as a code point in the text."""
    span = span_of(text, index, path)
    if span is None:
        return 0
    if key:
        return span.key
    return span.start if offset is None else _source(text, span, offset)


def span_of(text: str, index: int, path: Path) -> Span | None:
    """Where the value stands; that of the nearest ancestor there is."""
    spans = _spans(text)
    if not 0 <= index < len(spans):
        return None
    while path and path not in spans[index]:
        path = path[:-1]
    return spans[index].get(path)


def place(text: str, index: int) -> Location:
    """A code point's line and column."""
    starts = _line_starts(text)
    line = bisect_right(starts, index)
    return Location(line=line, column=index - starts[line - 1] + 1)


@lru_cache(maxsize=4)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in LINE_BREAK.finditer(text))]


@lru_cache(maxsize=4)
def _spans(text: str) -> list[dict[Path, Span]]:
    """Every value's span by path, a dictionary a document; up to the place where reading stopped."""
    found: list[dict[Path, Span]] = []
    with suppress(YAMLError):  # the reader has said so; what stands before is in ``found``
        _walk(event_source(text), text, found)
    return found


def _walk(get: Callable[[], Event], text: str, found: list[dict[Path, Span]]) -> None:
    """Fill ``found``. ``pending`` is the key whose value comes next, or the index in a sequence."""
    stack: list[tuple[Path, Any, int]] = []
    here: Path = ()
    pending: Any = None
    key_at = 0
    while (event := get()).__class__ is not StreamEndEvent:
        kind = event.__class__
        if kind is DocumentStartEvent:
            found.append({})
            stack, here, pending, key_at = [], (), None, 0
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            found[-1][here] = found[-1][here]._replace(end=event.end_mark.index)
            here, pending, key_at = stack.pop()
        elif not hasattr(event, "anchor"):
            continue
        elif stack and pending is None:
            if kind is not ScalarEvent:
                return
            pending, key_at = event.value, event.start_mark.index
        else:
            path = (*here, pending) if stack else ()
            span = _span(event, text, key_at if isinstance(pending, str) else None)
            found[-1].setdefault(path, span)
            after = pending + 1 if isinstance(pending, int) else None
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((here, after, key_at))
                if len(stack) > _DEPTH:
                    return
                here, pending = path, (0 if kind is SequenceStartEvent else None)
            else:
                pending = after


def _span(event: Event, text: str, key_at: int | None) -> Span:
    start, end = event.start_mark.index, event.end_mark.index
    if getattr(event, "tag", None) is not None or (
        event.anchor is not None and text[start : start + 1] == "&"
    ):
        properties = _PROPERTIES.match(text, start)
        start = properties.end() if properties else start
    key = start if key_at is None else key_at
    if event.__class__ is not ScalarEvent:
        return Span(start, end, key)
    return Span(start, end, key, event.style or "", event.value)


def _source(text: str, span: Span, offset: int) -> int:
    """The code point in the text that the ``offset``-th of the value was read from, else the end."""
    if span.style is None:
        return span.start
    steps = {"|": _literal, ">": _folded}.get(span.style, _flow)
    at = span.start
    for begin, length, at in steps(text, span):
        if begin <= offset < begin + length:
            # A line break or an escape is one step: every code point it stands for has its place.
            return at + (offset - begin) if length > 1 else at
    return at


def _flow(text: str, span: Span) -> Iterator[tuple[int, int, int]]:
    """(offset in the value, length, place) for plain and quoted scalars: exact, also over several lines."""
    quote = span.style
    at, end = (span.start + 1, span.end - 1) if quote else (span.start, span.end)
    offset = 0
    while at < end:
        size, makes = 1, 1
        if quote == "'" and text[at] == "'":
            size = 2
        elif quote == '"' and text[at] == "\\":
            size, makes = _escape(text, at)
        elif (fold := _FOLD.match(text, at, end)) is not None:
            size, makes = fold.end() - at, max(1, _kept(fold[0]))
        for _ in range(makes):
            yield offset, 1, at
            offset += 1
        at += size
    yield offset, 0, at


def _kept(fold: str) -> int:
    """Line breaks that folding leaves: all but the first, which only a line feed loses."""
    breaks = _BREAK.findall(fold)
    return len(breaks) - (breaks[0] not in "\u2028\u2029")


def _escape(text: str, at: int) -> tuple[int, int]:
    """(code points in the source, in the value) of one escape; before a line break it makes nothing."""
    fold = _FOLD.match(text, at + 1)
    if fold is not None and text[at + 1] not in " \t":
        return fold.end() - at, _kept(fold[0])
    if PAIR.match(text, at):
        return 2 * _ESCAPED["u"], 1
    return _ESCAPED.get(text[at + 1], 2), 1


def _lines(text: str, span: Span) -> Iterator[tuple[int, str]]:
    """(place, line) of a block scalar's lines, without the header and without line breaks."""
    header = _BREAK.search(text, span.start)
    at = header.end() if header else span.end
    while at < span.end:
        found = _BREAK.search(text, at)
        stop = found.start() if found else len(text)
        yield at, text[at:stop]
        at = found.end() if found else len(text)


def _literal(text: str, span: Span) -> Iterator[tuple[int, int, int]]:
    """A literal block: value and source agree line by line, but for the indentation."""
    offset, end = 0, span.start
    for (at, source), line in zip(_lines(text, span), _BREAK.split(span.value), strict=False):
        begin = at + len(source) - len(line) if line else at + len(source)
        yield offset, len(line) + 1, begin
        offset += len(line) + 1
        end = begin + len(line)
    yield offset, 0, end


def _folded(text: str, span: Span) -> Iterator[tuple[int, int, int]]:
    """A folded block: each line stands in the value as it is; what a fold made is at a line's end."""
    offset, end = 0, span.start
    for at, source in _lines(text, span):
        line = source.strip(" ")
        begin = span.value.find(line, offset) if line else -1
        if begin < 0:
            continue
        for made in range(offset, begin):
            yield made, 1, end
        start = at + source.index(line)
        yield begin, len(line), start
        offset, end = begin + len(line), start + len(line)
    yield offset, 0, end
