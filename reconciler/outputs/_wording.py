"""How single things are said in text: quoted texts, word-level differences, sizes, findings with a caret."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from reconciler.model import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.model import Change, Finding, Measure, Value

Spans = list[tuple[str, str]]
"""Text in pieces, each with the name of its style: ``""``, ``old``, ``new``, ``dim``, ``error`` …"""

_WORD = re.compile(r"\{\{\s*\w+\s*\}\}|\w+|\s+|[^\w\s]")
_SHOWN_AS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}


def visible(text: str, *, quoted: bool = False) -> str:
    """The text with everything that could act on a terminal or a runner's log, or hide from a reader, spelled out."""
    if text.isascii() and text.isprintable() and "##[" not in text and "::" not in text:
        return text.replace("\\", "\\\\").replace('"', '\\"') if quoted else text
    seen = "".join(_visible(char, quoted=quoted) for char in text).replace("##[", "##\\u{005B}")
    # What begins a line is a command to GitHub's runner, even behind blanks; the pieces are not joined here yet.
    bare = seen.lstrip()
    return f"{seen[: len(seen) - len(bare)]}\\u{{003A}}{bare[1:]}" if bare.startswith("::") else seen


def _visible(char: str, *, quoted: bool) -> str:
    if char in _SHOWN_AS and (quoted or char not in '\\"'):
        return _SHOWN_AS[char]
    category = unicodedata.category(char)
    if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or (category == "Zs" and char != " "):
        return f"\\u{{{ord(char):04X}}}"
    return char


def shown(value: Value) -> str:
    """A compared value for people."""
    if value is None:
        return "(none)"
    if value == SECRET:
        return SECRET
    if isinstance(value, tuple):
        return ", ".join(map(visible, value))
    if isinstance(value, str):
        return (
            visible(value)
            if re.fullmatch(r"[\w.:-]+", value, re.ASCII)
            else f'"{visible(value, quoted=True)}"'
        )
    return str(value)


def difference(change: Change, *, color: bool) -> Spans:
    """A change in spans: for texts, word by word in place; else before and after."""
    live, desired = change.live, change.desired
    if change.field == "content" and isinstance(live, str) and isinstance(desired, str):
        return [('"', ""), *_words(live, desired, color=color), ('"', "")]
    if live is None:
        return [(shown(desired), "new")]
    if live == desired == SECRET:
        return [("another ", ""), (SECRET, "new")]
    return [(shown(live), "was"), (" → ", "dim"), (shown(desired), "new")]


def _words(live: str, desired: str, *, color: bool) -> Iterator[tuple[str, str]]:
    """Removed and added words in place; without colour in the marks that wdiff made known."""
    before, after = _WORD.findall(live), _WORD.findall(desired)
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for operation, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        old = visible("".join(before[a_from:a_to]), quoted=True)
        new = visible("".join(after[b_from:b_to]), quoted=True)
        if operation == "equal":
            yield old, ""
            continue
        if old:
            yield (old if color else f"[-{old}-]"), "old"
        if new:
            yield (new if color else f"{{+{new}+}}"), "new"


def size(measure: Measure) -> str:
    """``gsm-7, 57 septets, 1 segment``."""
    unit = "septet" if measure.encoding == "gsm-7" else "code unit"
    units = f"{measure.units} {unit}{'' if measure.units == 1 else 's'}"
    return f"{measure.encoding}, {units}, {measure.segments} segment{'' if measure.segments == 1 else 's'}"


def sizes(sms: tuple[Measure, Measure]) -> str:
    """The message's size before and after, once where it is the same."""
    before, after = sms
    return size(after) if before == after else f"{size(before)} → {size(after)}"


def finding(item: Finding, texts: Mapping[str, str]) -> Iterator[Spans]:
    """A finding in lines: place, code and message, then the offending line with a caret."""
    place = f"{visible(item.file)}:{item.line}:{item.column}: "
    yield [
        (place, "strong"),
        (f"{item.severity}[{item.code}]", str(item.severity)),
        (f" {item.name}: {visible(item.message)}", ""),
    ]
    lines = texts[item.file].split("\n") if item.file in texts else []
    if not 0 < item.line <= len(lines):
        return
    line = lines[item.line - 1].rstrip("\r")
    start = max(0, item.column - 60)
    part = line[start : start + 100]
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
