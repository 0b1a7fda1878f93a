"""Foreign text made visible: nothing in it acts on a terminal or a runner's log, and nothing hides from a reader."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_QUOTED = {**_NAMED, "\\": "\\\\", '"': '\\"'}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNSEEN = (
    (0x0300, 0x036F),  # combining marks: "é" and "e" with an accent look the same
    (0x1160, 0x1160),  # Hangul and Khmer fillers, as blank as a space
    (0x115F, 0x115F),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0x2800, 0x2800),  # the empty Braille pattern
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),  # variation selectors, which count as characters of an SMS
    (0xFE20, 0xFE2F),
    (0xFFA0, 0xFFA0),
    (0x1D159, 0x1D159),
    (0xE0100, 0xE01EF),
)
_COMMAND = re.compile(r"(##\w*)\[")
_ANSI = r"\x1b\[[0-9;]*m"
_BEGINS_COMMAND = re.compile(rf"((?:\s|{_ANSI})*):(?:{_ANSI})*:")


class _Spelled(dict[int, str]):
    """For ``str.translate``: every character as it is to be seen, found once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        blank = category == "Zs" and char != " "
        unseen = blank or category in _HIDDEN or any(low <= code <= high for low, high in _UNSEEN)
        self[code] = seen = f"\\u{{{code:04X}}}" if unseen else char
        return seen


_PLAIN = _Spelled({ord(char): said for char, said in _NAMED.items()})
_IN_QUOTES = _Spelled({ord(char): said for char, said in _QUOTED.items()})


def visible(text: str, *, quoted: bool = False) -> str:
    """The text with everything spelled out that could act or hide; ``\\u{200B}`` is the character of that number.

    In quotes a backslash and a quote are doubled too, so that two different texts never look the same.
    """
    return inert(text.translate(_IN_QUOTES if quoted else _PLAIN))


def spelled(text: str) -> Iterator[tuple[str, bool]]:
    """The same in runs, each with whether it is spelled out, for a format that can show which of it is."""
    for hidden, chars in groupby(text, key=lambda char: _PLAIN[ord(char)] != char):
        yield "".join(_PLAIN[ord(char)] for char in chars), hidden


def inert(line: str) -> str:
    """A line that no CI runner takes for a command of its own, coloured or not.

    Those begin with two colons, behind blanks or not, or hold ``##[`` (``##vso[`` elsewhere) anywhere. A colour may
    begin or end between the two colons.
    """
    if ":" in line and (begun := _BEGINS_COMMAND.match(line)) is not None:
        line = f"{begun[1]}\\u{{003A}}{line[begun.end(1) + 1 :]}"
    return _COMMAND.sub(r"\1\\u{005B}", line) if "##" in line else line
