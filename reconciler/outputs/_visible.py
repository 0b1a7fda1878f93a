"""Foreign text made visible: nothing in it acts on a terminal or a runner's log, and nothing hides from a reader."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.core.hidden import RUNNER_COMMAND, is_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_QUOTED = {**_NAMED, "\\": "\\\\", '"': '\\"'}
_MARK = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Marks that join the letter before: "é" and "e" with an accent look the same."""
_ANSI = r"\x1b\[[0-9;]*m"
_BEGINS_COMMAND = re.compile(rf"((?:\s|{_ANSI})*):(?:{_ANSI})*:")


class _Spelled(dict[int, str]):
    """For ``str.translate``: every character as it is to be seen, found once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        blank = char != " " and unicodedata.category(char) == "Zs"
        unseen = blank or is_hidden(char) or _MARK.match(char)
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
    """The runs of ``visible(text)``, each with whether its characters are spelled out."""
    for hidden, chars in groupby(text, key=lambda char: _PLAIN[ord(char)] != char):
        yield "".join(_PLAIN[ord(char)] for char in chars), hidden


def inert(line: str) -> str:
    """A line that no CI runner takes for a command of its own, coloured or not.

    Those begin with two colons, behind blanks or not, or hold ``##[`` (``##vso[`` elsewhere) anywhere. A colour may
    begin or end between the two colons.
    """
    if ":" in line and (begun := _BEGINS_COMMAND.match(line)) is not None:
        line = f"{begun[1]}\\u{{003A}}{line[begun.end(1) + 1 :]}"
    return RUNNER_COMMAND.sub(r"\1\\u{005B}", line) if "##" in line else line
