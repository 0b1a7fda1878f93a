"""What a scalar means: above all a plain one, text without quotes.

JSON's spellings of integers, true, false and null are values. All else is text, and where YAML 1.1 would have
made something else of it (octal numbers, NO, 12:30, a date) that is said, and the text kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.desired.yaml_events import type_of, typed_starts, value_of

if TYPE_CHECKING:
    from reconciler.core.model import Json

TYPED_STARTS = typed_starts()
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_READS = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
}


def resolve(text: str, key: str) -> tuple[Json, str | None]:
    """The value, and the type that YAML 1.1 gives it where this tool keeps the text; None where the two agree."""
    if _INTEGER.fullmatch(text):
        return int(text), None
    if text in _WORDS:
        return _WORDS[text], None
    kind = type_of(text)
    # The schema asks for a date there, and gets its text.
    return text, None if kind == "timestamp" and key == "expires" else kind


def yaml_type(text: str, kind: str) -> str:
    """The sentence of a CX007. ``kind`` is what ``resolve`` gave."""
    value = value_of(text)
    shown = f" ({value})" if kind in ("int", "float", "bool") and value not in (None, text) else ""
    plainly = ", or write 0 to 9 only where a number is meant" if kind in ("int", "float") else ""
    return (
        f"Not text to YAML: without quotes `{brief(text)}` is {_READS[kind]}{shown}. "
        f'Put quotes around it: "{brief(text)}"{plainly}.'
    )


def cut_off(key: str) -> str:
    """The sentence of a CX008."""
    return (
        f"Text cut off: ` #` begins a comment, so `{key}` ends before it. Put the whole text between double "
        "quotes; a comment goes on a line of its own."
    )


def trailing_break(style: str) -> str:
    """The sentence of a CX009. ``style`` is | or >."""
    return (
        f"Trailing line break: after `{style}` the text ends with one, which is sent and counted. "
        f"Write `{style}-`."
    )


def brief(text: str) -> str:
    """At most 60 characters for a message: a line break shown as such, other control characters as ?."""
    visible = (
        "\\n" if character == "\n" else character if character.isprintable() else "?"
        for character in text[:60]
    )
    return "".join(visible) + ("…" if len(text) > 60 else "")
