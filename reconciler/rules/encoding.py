"""What the text costs: segments, and the characters that make it expensive."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from reconciler.core.model import Document, Measure, Severity
from reconciler.core.sms import (
    GSM7,
    PART,
    PLACEHOLDER,
    SINGLE,
    as_gsm,
    gsm_replacement,
    measure,
    non_gsm,
    placeholders,
    worst_case,
)
from reconciler.rules._base import Context, Hit, code_point, listed, quoted, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES = {"gsm-7": "GSM-7 septets", "ucs-2": "UCS-2 units"}


@rule("CX101", "segments", Severity.ERROR, kinds=("Template",))
def segments(document: Document, context: Context) -> Iterator[Hit]:
    """The text can take more SMS segments than the Policy's `max_segments`.

    What: an SMS carries 160 characters of the GSM-7 alphabet; a longer text is cut into parts of 153. The
    characters ^ { } \\ [ ] ~ | and € count twice and are never split over two parts. One character outside
    GSM-7 (a curly quote, an emoji) makes the whole message UCS-2: 70 units alone, 67 a part, and an emoji is
    two units. Every placeholder that has a budget in `variables` is counted at its longest, in its widest
    characters.

    Why: each segment is billed as a message, parts may arrive out of order or not at all, and the opt-out
    instruction stands at the end. Sizes: 3GPP TS 23.038 (alphabet) and TS 23.040 (concatenation).

    How to fix: shorten the text, lower the budgets, replace what is outside GSM-7 (CX105 says by what), or
    raise `max_segments` in the Policy where two segments are meant.

    Waive it: say who wants two segments, why they cannot be one, and that the cost is known.

    Fails:   content: 161 letters "a", with max_segments: 1
    Passes:  content: 160 letters "a"
    """
    content = text(document, "content")
    if content is None:
        return
    variables = document.body.get("variables") or {}
    worst, limit = worst_case(content, variables), context.policy.max_segments
    if worst.segments <= limit:
        return
    room = SINGLE[worst.encoding] if limit == 1 else PART[worst.encoding] * limit
    yield Hit(
        f"Too many SMS segments. The text takes {worst.segments} of at most {limit}: {worst.units} "
        f"{_NAMES[worst.encoding]}{_at_their_longest(content, variables)}, where {room} fit. "
        f"{_advice(content, variables, worst, room)}",
        ("content",),
    )


def _at_their_longest(content: str, variables: Mapping[str, Any]) -> str:
    return " with placeholders at their longest" if any(n in variables for n in placeholders(content)) else ""


def _advice(content: str, variables: Mapping[str, Any], worst: Measure, room: int) -> str:
    """What would help most: another encoding, smaller budgets, or plainly less text."""
    plain = "".join(char for char in as_gsm(content) if not non_gsm(char))
    cheaper = worst_case(plain, variables)
    if cheaper.segments < worst.segments:
        foreign = listed(list(dict.fromkeys(_shown(content[at]) for at in non_gsm(content))))
        encoding = "GSM-7 and " if cheaper.encoding == GSM7 else ""
        return f"Without {foreign} it would be {encoding}{_counted(cheaper.segments)}."
    alone = measure(PLACEHOLDER.sub(lambda match: "" if match[1] in variables else match[0], content))
    if alone.encoding != worst.encoding:
        return (
            "Budgets in the charset bmp or unicode make it UCS-2: with none of them the text alone would be "
            f"GSM-7 and {_counted(alone.segments)}."
        )
    spent = f" (without the placeholders it takes {alone.units})" if alone.units < worst.units else ""
    return f"Shorten it by at least {max(worst.units - room, 1)}{spent}."


def _counted(segments: int) -> str:
    return f"{segments} segment{'s' if segments != 1 else ''}"


def _shown(char: str) -> str:
    return f"{char} (U+{ord(char):04X})" if _visible(char) else f"U+{ord(char):04X}"


def _visible(char: str) -> bool:
    return char.isprintable() and not unicodedata.combining(char)


@rule("CX105", "ucs2", Severity.WARNING, kinds=("Template",))
def ucs2(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """Characters outside the GSM-7 alphabet make the whole message UCS-2.

    What: a single curly quote, dash, non-breaking space or emoji lowers the room of a segment from 160 to 70.
    The finding lists which characters, where, and what GSM-7 has instead.

    Why: such characters mostly come unseen from a word processor or a macOS keyboard, and double the bill.
    Some US short code routes replace or drop them. The alphabet: 3GPP TS 23.038 section 6.2.1.

    How to fix: use the replacement. Where the character is meant (a language that needs it, a deliberate
    emoji), waive the rule for that template, or set `severities: {CX105: ignore}` in the Policy.

    Waive it: say which character is meant, and that the text stays within the segments it may take.

    Fails:   content: "It’s ready. Reply STOP to opt out."
    Passes:  content: "It's ready. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None or not (offsets := non_gsm(content)):
        return
    count = len(offsets)
    first: dict[str, list[int]] = {}
    for at in offsets:
        first.setdefault(content[at], []).append(at)
    what = listed([_replaced(content, places) for places in first.values()])
    yield Hit(
        f"Characters outside GSM-7. {count} of them make{'s' if count == 1 else ''} the message UCS-2, so "
        f"that a segment holds 70 units instead of 160: {what}.",
        ("content",),
        offset=offsets[0],
    )


def _replaced(content: str, places: list[int]) -> str:
    """``“ U+201C LEFT DOUBLE QUOTATION MARK at character 3: use " (U+0022 QUOTATION MARK)``."""
    at = places[0]
    char = content[at]
    visible = f"{char} " if _visible(char) else ""
    where = f"{visible}{code_point(char)} at {_numbered(places)}"
    if unicodedata.combining(char) and at:
        composed = unicodedata.normalize("NFC", content[at - 1 : at + 1])
        if len(composed) == 1 and not non_gsm(composed):
            return f"{where}: use '{composed}', composed with the letter before it"
    instead = gsm_replacement(char)
    if instead is None:
        return f"{where}: GSM-7 has nothing like it"
    return f"{where}: {_use(instead)}"


def _use(instead: str) -> str:
    if not instead:
        return "leave it out"
    return (
        f"use {instead} ({code_point(instead)})"
        if len(instead) == 1 and instead != " "
        else f"use {quoted(instead)}"
    )


def _numbered(places: list[int]) -> str:
    """The first few places, counted from 1."""
    more = len(places) - 4
    noun = "character " if len(places) == 1 else "characters "
    return noun + ", ".join(str(at + 1) for at in places[:4]) + (f" and {more} more" if more > 0 else "")
