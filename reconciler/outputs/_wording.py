"""The parts of a text report: quoted values, word-level differences, sizes, findings with a caret."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from reconciler.core.lines import lines as lines_of
from reconciler.core.model import SECRET
from reconciler.outputs._difference import Piece, pieces, placeholders
from reconciler.outputs._results import counted
from reconciler.outputs._visible import visible as visible  # noqa: PLC0414  formats take it from here

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.model import Action, Change, Finding, Json, Measure, Value

Spans = list[tuple[str, str]]
"""Text in pieces, each with the name of its style: ``""``, ``gone``, ``come``, ``dim``, ``error`` …"""

_WAITING = {"pending": "warning", "held": "warning"}
OUTCOME_STYLES = {"applied": "new", "accepted": "new", "unchanged": "dim", **_WAITING}
"""The style of an outcome; any other is an error."""

NOT_APPLIED = "the base asks for it already: not applied yet, or changed in the tenant"
_UNITS = {"gsm-7": "septet"}
_PLAIN = re.compile(r"[\w.:-]+", re.ASCII)
_MARKS = str.maketrans({"[": "\\u{005B}", "{": "\\u{007B}"})
_LIKE_MARKS = re.compile(r"\[-|\{\+")


def shown(value: Value) -> str:
    """A compared value for people: words as they are, all else in quotes."""
    if value is None or value == ():
        return "(none)"
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    if value == SECRET or not isinstance(value, str):
        return str(value)
    return visible(value) if _PLAIN.fullmatch(value) else f'"{visible(value, quoted=True)}"'


def received(said: Mapping[str, Json]) -> str:
    """What customers receive of a template that has drifted, and which rules that breaks."""
    if said["content"] is None:
        return "Customers receive nothing of this now: it is not approved in the tenant any more."
    broken = ", ".join(visible(f"{one['code']} {one['name']}") for one in said["breaks"])
    breaks = f" – breaks {broken}" if broken else ""
    return f"Customers receive now: {shown(said['content'])} from {shown(said['from_address'])}{breaks}"


def difference(change: Change, *, color: bool, around: int | None = None) -> Spans:
    """A change in spans: for texts, word by word in place; for sets, item by item; else before and after.

    Removed and added words stand in the marks that wdiff made known; in ``color`` the items of a set need none.
    ``around`` as in ``words``.
    """
    live, desired = change.live, change.desired
    if change.field == "content" and isinstance(live, str) and isinstance(desired, str):
        return [('"', ""), *words(live, desired, around=around), ('"', "")]
    if live is None:
        return [(shown(desired), "come")]
    if live == desired == SECRET:
        return [("another ", ""), (SECRET, "come")]
    if isinstance(live, tuple) and isinstance(desired, tuple) and set(live) & set(desired):
        return _items(live, desired, color=color)
    return [(shown(live), "gone"), (" → ", "dim"), (shown(desired), "come")]


def words(live: str, desired: str, *, around: int | None = None) -> Spans:
    """Two texts in one, removed and added words marked in place.

    ``around``: of what did not change, at most so many characters beside a change.
    """
    spans: Spans = []
    found = pieces(live, desired)
    for number, piece in enumerate(found):
        if piece.same:
            before, after = number > 0, number < len(found) - 1
            kept = piece.old if around is None else _edges(piece, around, before=before, after=after)
            spans.append((_quoted(kept), ""))
            continue
        spans += [(f"[-{_quoted(piece.old)}-]", "gone")] if piece.old else []
        spans += [(f"{{+{_quoted(piece.new)}+}}", "come")] if piece.new else []
    return spans


def _quoted(text: str) -> str:
    """As in quotes, and without what could pass for one of this format's marks."""
    return _LIKE_MARKS.sub(lambda found: found[0].translate(_MARKS), visible(text, quoted=True))


def _edges(piece: Piece, around: int, *, before: bool, after: bool) -> str:
    """What did not change, as far as it stands beside a change ``before`` or ``after`` it."""
    text = piece.old
    if len(text) <= around * (before + after) + 10:
        return text
    return f"{text[:around] if before else ''}…{text[-around:] if after else ''}"


def _items(live: tuple[str, ...], desired: tuple[str, ...], *, color: bool) -> Spans:
    spans: Spans = []
    for item in sorted({*live, *desired}):
        if spans:
            spans.append((", ", ""))
        if item in live and item in desired:
            spans.append((shown(item), ""))
        elif item in live:
            spans.append((shown(item) if color else f"[-{shown(item)}-]", "gone"))
        else:
            spans.append((shown(item) if color else f"{{+{shown(item)}+}}", "come"))
    return spans


def placeholder_changes(action: Action) -> Spans:
    """``+{{time}} -{{hour}}``: the placeholders of all of the action's texts that come and go; empty if none."""
    spans: Spans = []
    for change in action.changes:
        if change.field != "content" or change.live is None:
            continue
        added, removed = placeholders(change)
        marked = [(f"+{{{{{name}}}}}", "come") for name in added]
        marked += [(f"-{{{{{name}}}}}", "gone") for name in removed]
        for span in marked:
            spans += [(" ", ""), span] if spans else [span]
    return spans


def source(action: Action) -> str:
    """Where the action's secret comes from."""
    return source_of(action.reviewed["secret"])


def source_of(secret: Mapping[str, str]) -> str:
    """``env NAME`` or ``file /run/secrets/x``."""
    return " ".join(f"{visible(kind)} {visible(name)}" for kind, name in secret.items())


def size(measure: Measure) -> str:
    """``gsm-7, 57 septets, 1 segment``."""
    units = counted(measure.units, _UNITS.get(measure.encoding, "code unit"))
    return f"{visible(measure.encoding)}, {units}, {counted(measure.segments, 'segment')}"


def sizes(sms: tuple[Measure, Measure]) -> str:
    """The message's size before and after, each part once where it is the same."""
    before, after = sms
    if before == after:
        return size(after)
    if before.encoding != after.encoding:
        return f"{size(before)} → {size(after)}"
    units = f"{_moved(before.units, after.units)} {_UNITS.get(after.encoding, 'code unit')}s"
    if before.segments == after.segments:
        return f"{visible(after.encoding)}, {units}, {counted(after.segments, 'segment')}"
    return f"{visible(after.encoding)}, {units}, {_moved(before.segments, after.segments)} segments"


def costlier(sms: tuple[Measure, Measure]) -> bool:
    """Whether every message takes more segments than before, which is what carriers bill."""
    return sms[1].segments > sms[0].segments


def _moved(before: int, after: int) -> str:
    return str(after) if before == after else f"{before} → {after}"


def finding(item: Finding, texts: Mapping[str, str], *, width: int = 100) -> Iterator[Spans]:
    """A finding in lines: place, code and message, then ``width`` columns of the offending line with a caret."""
    place = f"{visible(item.file)}:{item.line}:{item.column}: "
    yield [
        (place, "strong"),
        (f"{item.severity}[{item.code}]", str(item.severity)),
        (f" {item.name}: {visible(item.message)}", ""),
    ]
    lines = lines_of(texts[item.file]) if item.file in texts else []
    if not 0 < item.line <= len(lines):
        return
    line = lines[item.line - 1]
    start = max(0, item.column - width * 6 // 10)
    part = line[start : start + width]
    caret = visible(line[start : item.column - 1])
    number = str(item.line)
    yield [(f"  {number} | ", "dim"), (visible(part), "")]
    yield [(f"  {' ' * len(number)} | ", "dim"), (" " * _columns(caret), ""), ("^", str(item.severity))]


def _columns(text: str) -> int:
    """How many columns a terminal gives the text."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
        if not unicodedata.combining(char)
    )
