r"""The lines of a file, as editors and reviews of a diff number them; and what only YAML takes for a line's end.

A line ends with LF, CR LF or, in files of old, CR alone. YAML 1.1 (section 5.4) also ends one, and with it a
comment, at NEL, LS and PS, where a reader sees the same line going on.
"""

from __future__ import annotations

import re
from functools import lru_cache

LINE_BREAK = re.compile(r"\r\n?|\n")

_CR_LF = re.compile(r"\r+\n")

RAW_SEPARATOR = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
"""Ends a line for a YAML parser, and not for every reader of a diff."""


def with_lf(text: str) -> str:
    """The text with LF for CR LF, as texts are compared and kept: a tenant may show another than it was sent.

    However many CR stand before the LF, so that a text that comes back through this is the same.
    """
    return _CR_LF.sub("\n", text) if "\r" in text else text


@lru_cache(maxsize=4)
def lines(text: str) -> tuple[str, ...]:
    """The text's lines, without their ends; a break at the end begins another, empty one.

    The last few texts are remembered: a file with many findings is asked for each of them.
    """
    return tuple(LINE_BREAK.split(text) if "\r" in text else text.split("\n"))
