"""What a text costs as SMS: its encoding, its units and its segments (rule CX101).

GSM-7 is the default alphabet of 3GPP TS 23.038 section 6.2.1 with its extension table; anything outside it
makes the whole message UCS-2. National language tables are out of scope: no US route uses them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from reconciler.core.model import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

GSM7 = "gsm-7"
UCS2 = "ucs-2"

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table in code order, without the escape (0x1B): one septet each."""

EXTENSION = "\f^{}\\[~]|€"
"""The extension table: an escape and a code, two septets."""

PLACEHOLDER = re.compile(r"\{\{(?<!\{\{\{)[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}(?!\})")
"""``{{ name }}``; braces before or after it make it malformed (CX111), so that it counts as written.

It begins with what it looks for, and looks back only then: so a search is five times as fast.
"""

SINGLE = {GSM7: 160, UCS2: 70}
"""Units in a message of one segment: 140 octets (3GPP TS 23.040)."""

PART = {GSM7: 153, UCS2: 67}
"""Units in each part of a longer one: 140 octets less a 6-octet user data header."""

_LONGEST_BUDGET = 40_000
"""Beyond 255 parts, the most that a header can number: a larger budget only costs memory."""

_WIDEST = {"gsm7-basic": "x", "gsm7": "€", "bmp": "中", "unicode": "😀"}
"""A character of each charset that costs the most in either encoding."""

_BASIC_TEXT = re.compile(f"[{re.escape(BASIC)}]*")
_EXTENDED = re.compile(f"[{re.escape(EXTENSION)}]")
_OUTSIDE = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

_LEAD = "\ud800"
_PAIR = _LEAD + "\udc00"
"""Stands for any two units that one segment must hold: an escape pair or a surrogate pair."""

_LIKE = {
    '"': "“”„‟«»″",
    "'": "‘’‚‛‹›′´`",
    "-": "–—―−‐‑",
    "*": "•",
    "/": "⁄",
    ".": "·",
    "x": "×",
    " ": "\t",
    "l": "ł",
    "L": "Ł",
    "d": "đð",
    "D": "ĐÐ",
    "i": "ı",
    "oe": "œ",
    "OE": "Œ",
    "th": "þ",
    "TH": "Þ",
}
_REPLACEMENTS = str.maketrans({char: plain for plain, chars in _LIKE.items() for char in chars})


def measure(text: str) -> Measure:
    """The exact cost of a text. An empty one is sent as one segment of no units."""
    if _BASIC_TEXT.fullmatch(text):
        return _measured(GSM7, text, pairs=None)
    if _OUTSIDE.search(text) is None:
        return _measured(GSM7, text, pairs=_EXTENDED)
    return _measured(UCS2, text, pairs=_ASTRAL)


def _measured(encoding: str, text: str, *, pairs: re.Pattern[str] | None) -> Measure:
    units = _PAIR.join(pairs.split(text)) if pairs else text
    count = len(units)
    segments = 1 if count <= SINGLE[encoding] else _parts(units, PART[encoding])
    return Measure(encoding=encoding, units=count, segments=segments)


def _parts(units: str, size: int) -> int:
    """Parts when each is filled as far as it goes without splitting a pair: the fewest possible."""
    start = parts = 0
    while start < len(units):
        start += size
        if units[start - 1 : start] == _LEAD:
            start -= 1
        parts += 1
    return parts


def placeholders(content: str) -> tuple[str, ...]:
    """Every placeholder's name in order, repeats included."""
    return tuple(PLACEHOLDER.findall(content)) if "{{" in content else ()


def worst_case(content: str, variables: Mapping[str, Mapping[str, Any]]) -> Measure:
    """The cost with every budgeted placeholder at its longest, in its widest characters (help rules: CX101).

    Filling in is exact: a longer or wider filling never needs fewer segments, and UCS-2 never fewer than
    GSM-7.
    """
    if not variables or "{{" not in content:
        return measure(content)
    return measure(PLACEHOLDER.sub(lambda match: _longest(match, variables), content))


def _longest(match: re.Match[str], variables: Mapping[str, Mapping[str, Any]]) -> str:
    budget = variables.get(match[1])
    if not isinstance(budget, dict) or not isinstance(length := budget.get("max_length"), int):
        return match[0]
    widest = _WIDEST.get(budget.get("charset", "gsm7-basic"), _WIDEST["gsm7-basic"])
    return widest * min(length, _LONGEST_BUDGET)


def non_gsm(text: str) -> tuple[int, ...]:
    """Where the characters outside GSM-7 stand, as code point offsets."""
    return tuple(match.start() for match in _OUTSIDE.finditer(text))


def gsm_replacement(char: str) -> str | None:
    """What GSM-7 has instead of one character: empty where it can be left out, none where nothing will do."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"} or (
        char != "\t" and unicodedata.category(char) == "Cc"
    ):
        return ""
    composed = unicodedata.normalize("NFKC", char.translate(_REPLACEMENTS))
    bare = "".join(c for c in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(c))
    for candidate in (composed, bare.translate(_REPLACEMENTS)):
        if candidate and _OUTSIDE.search(candidate) is None:
            return candidate
    return None


def as_gsm(text: str) -> str:
    """The text composed (NFC), with each character that has a GSM-7 replacement replaced; others stay."""
    composed = unicodedata.normalize("NFC", text)
    return _OUTSIDE.sub(
        lambda match: replaced if (replaced := gsm_replacement(match[0])) is not None else match[0], composed
    )
