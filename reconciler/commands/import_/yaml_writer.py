r"""Documents as YAML text that reads back as the same strings, whoever reads it.

A text stands without quotes only where no version of YAML could take it for anything else. Every other one stands
in double quotes on one line, so that its blanks and breaks are its own (YAML 1.2.2 section 7.3.1), and whatever a
reviewer could not see in it is an escape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reconciler.desired.yaml_events import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.model import Json

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_.-]*[A-Za-z0-9_.])*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ALWAYS_QUOTED = frozenset({"content", "from_address"})
"""What people will edit most: in quotes from the start, they meet none of YAML's traps."""

_LETTERS = frozenset({"y", "n"})
"""Booleans by YAML 1.1's own page, though PyYAML knows them not."""

# A joiner inside an emoji or a Persian word belongs to the spelling; after an ASCII letter it only hides.
_ESCAPED = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]|[^ !#-\[\]-~\u200c\u200d]")
_SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "\0": "\\0",
    "\t": "\\t",
    "\n": "\\n",
    "\r": "\\r",
    "\x85": "\\N",
    "\xa0": "\\_",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


def dump(body: Mapping[str, Json], schema: str | None = None, comment: str | None = None) -> str:
    """One document of texts, numbers, lists and mappings, in the order of its keys.

    ``schema`` is where an editor finds the schema: a path from the file's folder, with ``/``, or a URL. A text with
    half a surrogate pair has no YAML: what comes out for it is refused by every reader. ``comment`` is one line.
    """
    lines = [f"# yaml-language-server: $schema={schema}"] if schema is not None else []
    lines += [f"# {comment}"] if comment is not None else []
    for key, value in body.items():
        lines += _entry(key, value)
    return "\n".join(lines) + "\n"


def scalar(text: str, key: str = "") -> str:
    """A text as it stands in YAML, under ``key``."""
    if key == "expires" and _DATE.fullmatch(text):
        return text
    plain = key not in _ALWAYS_QUOTED and _PLAIN.fullmatch(text) is not None
    if plain and type_of(text) is None and text.lower() not in _LETTERS:
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _entry(key: str, value: Json) -> Iterator[str]:
    """A key of the document: one line a key of its mapping, one an item of its list of mappings."""
    name = scalar(key)
    if isinstance(value, Mapping) and len(value) > 1:
        yield f"{name}:"
        for inner, item in value.items():
            yield f"  {scalar(inner)}: {_flow(item, inner)}"
    elif isinstance(value, Sequence) and any(isinstance(item, Mapping) for item in value):
        yield f"{name}:"
        for item in value:
            yield f"  - {_flow(item)}"
    else:
        yield f"{name}: {_flow(value, key)}"


def _flow(value: Json, key: str = "") -> str:
    if isinstance(value, str):
        return scalar(value, key)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(name)}: {_flow(item, name)}" for name, item in value.items()) + "}"
    return "[" + ", ".join(_flow(item) for item in value) + "]"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT or char.isprintable():
        return _SHORT.get(char, char)
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"
