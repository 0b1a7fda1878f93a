"""Characters that a reader does not see, and words that act on whoever prints them: the one definition of both.

The ranges are written for a character class of ``re``.
"""

from __future__ import annotations

import re
import unicodedata

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What changes the direction of writing (CVE-2021-42574)."""

FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\U000e0100-\U000e01ef"
"""Letters and marks without a shape; to Unicode they are neither control nor format characters."""

FORMAT = "\u00ad\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""Format characters without width: zero-width space, byte order mark, soft hyphen, tags and their like."""

CONTROL = "\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
"""Control characters other than line breaks, and halves of surrogate pairs."""

RUNNER_COMMAND = re.compile(r"(##\w*)\[")
"""The beginning of what a CI runner takes for a command wherever it stands in a line (``##[``, ``##vso[``)."""

_BREAKING = frozenset({"Cc", "Zl", "Zp"})
_CATEGORIES = _BREAKING | {"Cf", "Cs", "Co", "Cn"}


def is_hidden(char: str) -> bool:
    """Whether Unicode gives it no shape: control, format, surrogate, private, unassigned, a separator of lines."""
    return unicodedata.category(char) in _CATEGORIES


def is_break(char: str) -> bool:
    """Whether it is hidden, and separates what stands around it: a control character or a separator of lines."""
    return unicodedata.category(char) in _BREAKING
