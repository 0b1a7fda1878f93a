"""JSON as it goes over the wire: a number that was read goes back as it was written.

A template's PUT sends unknown fields back as they were read (contract section 1); a float that was ``1.50``
would go back as ``1.5``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model import Json


class ExactFloat(float):
    """A number whose text Python would write otherwise (``1.50``, ``1E3``, ``0.1000000000000000000001``)."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> ExactFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number


def loads(content: bytes) -> Json:
    """The JSON value of UTF-8 bytes. Raises ``ValueError``, also for NaN, Infinity and too deep nesting."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=_float, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: Json) -> bytes:
    """Compact UTF-8. Raises ``RecursionError`` for too deep nesting, ``ValueError`` for NaN and Infinity."""
    text = "".join(_parts(value)) if _has_exact_float(value) else _plain(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # a lone surrogate, which JSON can carry as an escape only
        return "".join(c if not 0xD800 <= ord(c) <= 0xDFFF else f"\\u{ord(c):04x}" for c in text).encode(
            "utf-8"
        )


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


def _parts(value: Json) -> Iterator[str]:
    if isinstance(value, ExactFloat):
        yield value.text
    elif isinstance(value, dict):
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else '{'}{_plain(key)}:"
            yield from _parts(item)
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield "," if number else "["
            yield from _parts(item)
        yield "]" if value else "[]"
    else:
        yield _plain(value)
