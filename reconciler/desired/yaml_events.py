"""YAML text as libyaml's events, and libyaml's complaints in plain words.

No nodes are made: most of the time that a document takes is libyaml's own. Where PyYAML was built without
libyaml its own parser gives the same events, many times slower.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.resolver import Resolver

from reconciler.desired.yaml_surrogates import paired

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "STR_TAG",
    "AliasEvent",
    "DocumentEndEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "Stopped",
    "StreamEndEvent",
    "StreamStartEvent",
    "YAMLError",
    "broken",
    "event_source",
    "type_of",
    "typed_starts",
    "value_of",
]

YAMLError = yaml.YAMLError
Event = Any
"""One of the event classes above; PyYAML leaves their attributes untyped."""

STR_TAG = "tag:yaml.org,2002:str"
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

# `<<` and `=` are types of YAML 1.1 too, but as values they are only ever meant as text.
_TYPES = {
    first: tuple(
        (tag.rpartition(":")[2], pattern) for tag, pattern in found if tag[-5:] not in ("merge", "value")
    )
    for first, found in Resolver.yaml_implicit_resolvers.items()
}
# `012389`, `1e3` and `0o17` are text to YAML 1.1 and numbers to YAML 1.2 (section 10.3.2): nobody should have to know.
_CORE = re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII
)


class _PurePython(yaml.SafeLoader):
    """PyYAML's own parser; it lets escapes make half a surrogate pair, which no later step could write."""

    def get_event(self) -> Event:
        event: Event = super().get_event()  # type: ignore[no-untyped-call]
        if event.__class__ is ScalarEvent and re.search(r"[\ud800-\udfff]", event.value):
            at: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem="found invalid Unicode character escape", problem_mark=at)
        return event


_PARSER: Any = yaml.cyaml.CParser if yaml.__with_libyaml__ else _PurePython  # type: ignore[attr-defined]


class Stopped(NamedTuple):
    """Where reading stopped (a code point in the text) and why, in plain words."""

    at: int
    message: str


def event_source(text: str) -> Callable[[], Event]:
    """A function that gives the next event; after StreamEndEvent it must not be called. Raises YAMLError."""
    return paired(text, lambda text: _PARSER(text).get_event, YAMLError)


def typed_starts() -> frozenset[str]:
    """First characters with which a plain scalar may be something else than text; none at all is one."""
    return frozenset(first for first, found in _TYPES.items() if found)


def type_of(text: str) -> str | None:
    """What YAML 1.1, or else 1.2, makes of a plain scalar: int, float, bool, null, timestamp, or None for text."""
    for name, pattern in _TYPES.get(text[:1], ()):
        if pattern.match(text):
            return str(name)
    return "int" if _CORE.fullmatch(text) else None


@lru_cache(maxsize=256)
def value_of(text: str) -> str | None:
    """What YAML 1.1 reads a short plain scalar as, in its usual spelling; None where that is no help."""
    if len(text) > 40:
        return None
    try:
        value: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def broken(error: yaml.YAMLError, text: str) -> Stopped:
    """What libyaml says, where, and what usually is the matter."""
    mark: Event = getattr(error, "problem_mark", None)
    if mark is None:
        return _forbidden(text)
    said = str(getattr(error, "problem", None))
    if any(part in said for part in _UNENDED) and (opened := getattr(error, "context_mark", None)):
        mark, said = opened, f"{said} for what begins here"
    if (bom := text.find("\ufeff", max(0, mark.index - 1), mark.index + 1)) >= 0:
        return Stopped(bom, _MARKED)
    advice = next((advice for part, advice in _ADVICE if part in said), _LOOK)
    last = max(0, len(text.rstrip()) - 1)
    return Stopped(min(mark.index, last), f"Not YAML: {said}. {advice}")


def _forbidden(text: str) -> Stopped:
    """Only a character that YAML does not allow stops the parser without a mark."""
    found = _FORBIDDEN.search(text)
    at = found.start() if found else 0
    return Stopped(
        at,
        f"Not YAML: the control character U+{ord(text[at]):04X} may not stand in a file. It is invisible in "
        "most editors: delete it.",
    )


_MARKED = (
    "Not YAML: a byte order mark (U+FEFF) stands here, before another document. It is invisible in most editors, and "
    "comes of joining files: delete it."
)
_QUOTES = 'Put the whole text between double quotes: "…".'
_MISPLACED = f"An indentation unlike its neighbours', or text after a quote or brace. {_QUOTES}"
_LOOK = "Look for a quote, a bracket or an indentation that is amiss."
# libyaml notices these only at the end of the file or on the next line: the beginning is the place to look at.
_UNENDED = ("unexpected end of stream", "unexpected document", "expected ':'", "',' or")
_ADVICE = (
    ("mapping values are not allowed", f"A `: ` inside a text without quotes reads as a key. {_QUOTES}"),
    ("sequence entries are not allowed", f"A text cannot begin with `- `. {_QUOTES}"),
    (
        "cannot start any token",
        f"A tab cannot indent, and a text without quotes cannot begin with @, ` or %. Use spaces. {_QUOTES}",
    ),
    ("unexpected end of stream", "A quote is opened and never closed."),
    ("unexpected document indicator", "A quote is opened and never closed."),
    ("unknown escape", "In double quotes a backslash begins an escape: write \\\\ for a backslash."),
    ("invalid Unicode character escape", "Write the character itself, or \\U and eight digits."),
    ("expected ':'", "A line here is not `key: value`, or a text goes on with too little indentation."),
    (
        "expected key",
        _MISPLACED,
    ),
    (
        "<block end>",
        _MISPLACED,
    ),
    (
        "',' or",
        "A { or [ is not closed. A text that begins with {{name}} must stand in quotes.",
    ),
    ("node content", "A { or [ is not closed, or a bracket stands alone."),
    ("alphabetic or numeric", f"A text without quotes cannot begin with * or &. {_QUOTES}"),
    ("tag handle", f"A text without quotes cannot begin with !. {_QUOTES}"),
    ("YAML document", "Remove the %YAML line."),
    ("directive", f"A text without quotes cannot begin with %. {_QUOTES}"),
    ("<document start>", "Separate documents with a line of three dashes: ---"),
)
