"""RFC 8785 (JSON Canonicalization Scheme) for all that is hashed: text, integers, booleans, null, arrays, objects."""

from __future__ import annotations

import hashlib
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

from reconciler.core.lines import with_lf

if TYPE_CHECKING:
    from reconciler.core.model import Json

_LARGEST_EXACT = 2**53 - 1
_WORDS = {None: "null", True: "true", False: "false"}


def canonical(value: Json) -> bytes:
    """The RFC 8785 form, UTF-8.

    ValueError for floats, integers beyond 2**53 - 1, lone surrogates, and anything that is not JSON: none of them
    has a place in a hash, and RFC 8785 itself refuses the middle two.
    """
    try:
        return _text(value).encode()
    except UnicodeEncodeError:
        message = "a lone surrogate has no canonical form (RFC 8785 section 3.2.2.2)"
        raise ValueError(message) from None
    except RecursionError:
        message = "nested too deeply for a canonical form"
        raise ValueError(message) from None


def sha256(value: Json) -> str:
    """``sha256:`` and the hex SHA-256 of the canonical form."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def text_sha256(text: str) -> str:
    """``sha256:`` and the hex SHA-256 of a text in UTF-8, CR LF as LF: how records name a message's text."""
    return "sha256:" + hashlib.sha256(with_lf(text).encode()).hexdigest()


def printable(text: str) -> str:
    """The text as UTF-8 can carry it: half of a surrogate pair, from JSON or the command line, as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(value: Json) -> str:
    if isinstance(value, str):
        return str(encode_basestring(value))
    if value is None or value is True or value is False:
        return _WORDS[value]
    if isinstance(value, dict):
        return (
            "{" + ",".join([f"{encode_basestring(key)}:{_text(value[key])}" for key in _sorted(value)]) + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, int):
        if abs(value) > _LARGEST_EXACT:
            raise ValueError(f"{value} is beyond the integers that JSON numbers hold exactly (RFC 8785)")
        return str(value)
    raise ValueError(f"{type(value).__name__} has no canonical form here")


def _sorted(value: dict[str, Json]) -> list[str]:
    """The keys by UTF-16 code units, which differs from Python's order beyond U+FFFF (RFC 8785 section 3.2.3)."""
    try:
        plain = all(map(str.isascii, value))
    except TypeError:
        raise ValueError("a key that is not text has no canonical form") from None
    return sorted(value) if plain else sorted(value, key=lambda key: key.encode("utf-16-be"))
