"""JSON that is written exactly as it was read: numbers keep their spelling, and lone surrogates are kept.

A template's PUT sends unknown fields back as they were read; a float that was ``1.50``
would go back as ``1.5``. For people and logs the same values are written so that nothing in them acts or hides.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from json.encoder import encode_basestring
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from reconciler.core.hidden import RUNNER_COMMAND, is_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.model import Json

DEPTH = 200
"""Levels of nesting that are read: what walks a value in Python needs one frame of its stack a level."""

_WORDS = 10_000
"""Brackets, keys and values that are written at once."""

_CONTAINERS = frozenset({dict, list})
_LONE = re.compile("[\ud800-\udfff]")


class ExactFloat(float):
    """A number whose text Python would write otherwise (``1.50``, ``1E3``, ``0.1000000000000000000001``)."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> ExactFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number


class _Escapes(dict[int, str]):
    """For ``str.translate``: what a reader cannot see, as JSON's own escape, found once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = said = _escape(char) if is_hidden(char) else char
        return said


def _escape(char: str) -> str:
    """``\\uXXXX``, and two of them beyond U+FFFF."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_ESCAPES = _Escapes({ord("\n"): "\n"})


def loads(content: bytes | str, *, once: bool = False) -> Json:
    """The JSON value of UTF-8 bytes. Raises ``ValueError``, also for NaN, Infinity and too deep nesting.

    ``once``: also for a key that stands twice in an object, of which readers take one or the other.
    """
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    try:
        value = json.loads(
            text, parse_float=_float, parse_constant=_refuse, object_pairs_hook=_once if once else None
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _too_deep(value):
        raise ValueError("nested too deeply")
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def dumps(value: Json) -> bytes:
    """Compact UTF-8. Raises ``RecursionError`` for too deep nesting, ``ValueError`` for NaN and Infinity."""
    text = "".join(_parts(value)) if _has_exact_float(value) else _plain(value)
    return utf8(text)


def utf8(text: str) -> bytes:
    """JSON text in UTF-8; a lone surrogate, which has none, as the escape that ECMAScript writes for it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def shown(value: Json) -> str:
    """JSON in lines, for people, logs and files: what could act there or hide is escaped, and so still exact.

    That is control, format and unassigned characters, lone surrogates, and the ``##[`` that CI runners obey anywhere.
    """
    return "".join(shown_in_parts(value))


def shown_in_parts(value: Json) -> Iterator[str]:
    """The same in parts, one after the other; a generator in the value is a list that is made while it is written."""
    words = _indented(value, "\n")
    while part := "".join(islice(words, _WORDS)):
        # A key or a text is one word: neither the escapes nor a runner's command are cut in two.
        yield RUNNER_COMMAND.sub(r"\1\\u005b", part.translate(_ESCAPES))
    yield "\n"


def _too_deep(value: Json) -> bool:
    level: list[Any] = [value] if value.__class__ in _CONTAINERS else []
    for _ in range(DEPTH):
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for items in inside for item in items if item.__class__ in _CONTAINERS]
        if not level:
            return False
    return True


def inline(value: Json) -> str:
    """JSON on one line for people, keys in order. What may act or hide is in it as it is."""
    return "".join(_parts(value, " "))


def _float(text: str) -> float:
    number = float(text)
    return number if repr(number) == text else ExactFloat(text)


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _plain(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _has_exact_float(value: Json) -> bool:
    if isinstance(value, dict):
        return any(map(_has_exact_float, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_exact_float, value))
    return isinstance(value, ExactFloat)


def _parts(value: Json, gap: str = "") -> Iterator[str]:
    """Compact; with a blank for ``gap`` as people write it on one line, keys in order."""
    if isinstance(value, ExactFloat):
        yield value.text
    elif isinstance(value, dict):
        for number, (key, item) in enumerate(sorted(value.items()) if gap else value.items()):
            yield f"{f',{gap}' if number else '{'}{_plain(key)}:{gap}"
            yield from _parts(item, gap)
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield f",{gap}" if number else "["
            yield from _parts(item, gap)
        yield "]" if value else "[]"
    else:
        yield _plain(value)


def _indented(value: Json, line: str) -> Iterator[str]:
    """As ``json.dumps`` with an indent of two; ``line`` begins a line at this depth."""
    inside = f"{line}  "
    if isinstance(value, str):
        yield encode_basestring(value)
    elif isinstance(value, ExactFloat):
        yield value.text
    elif isinstance(value, dict) and value:
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else '{'}{inside}{encode_basestring(key)}: "
            yield from _indented(item, inside)
        yield f"{line}}}"
    elif isinstance(value, (list, tuple, GeneratorType)):
        begin = "["
        for item in value:
            yield f"{begin}{inside}"
            yield from _indented(item, inside)
            begin = ","
        yield f"{line}]" if begin == "," else "[]"
    else:
        yield _plain(value)
