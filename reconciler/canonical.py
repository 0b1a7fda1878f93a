"""RFC 8785 (JSON Canonicalization Scheme) for what we hash: text, integers, booleans, null, arrays, objects."""

from __future__ import annotations

import hashlib
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

from reconciler.exactjson import utf8

if TYPE_CHECKING:
    from reconciler.model import Json

_LARGEST_EXACT = 2**53 - 1
_WORDS = {None: "null", True: "true", False: "false"}


def canonical(value: Json) -> bytes:
    """The RFC 8785 form, UTF-8.

    ValueError for floats, integers beyond 2**53 - 1 (RFC 8785 refuses them) and anything that is not JSON: none of
    them has a place in what we hash. A lone surrogate, for which RFC 8785 has no form but a tenant may have one in a
    text that was cut, is written as the ECMAScript function that the RFC builds on writes it: ``\\udXXX``.
    """
    try:
        return utf8(_text(value))
    except RecursionError:
        message = "nested too deeply for a canonical form"
        raise ValueError(message) from None


def sha256(value: Json) -> str:
    """``sha256:`` and the hex SHA-256 of the canonical form."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


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
    return sorted(value) if plain else sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
