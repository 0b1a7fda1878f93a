"""Characters that a reader does not see, and words that act on whoever prints them: the one definition of both.

The ranges are written for a character class of ``re``; which characters Unicode calls invisible stands in
``unicode_classes``.
"""

from __future__ import annotations

import re
import unicodedata

from reconciler.core.unicode_classes import UNSEEN

CONTROL = "\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
"""Control characters other than line breaks, and halves of surrogate pairs."""

HIDDEN = re.compile(f"[{UNSEEN}{CONTROL}]")
"""Whatever in a text a reader cannot see, or sees as a blank that is none."""

RUNNER_COMMAND = re.compile(r"(##\w*)\[")
"""The beginning of what a CI runner takes for a command wherever it stands in a line (``##[``, ``##vso[``)."""

_BREAKING = frozenset({"Cc", "Zl", "Zp"})
_CATEGORIES = _BREAKING | {"Cf", "Cs", "Co", "Cn"}


def is_hidden(char: str) -> bool:
    """Whether Unicode gives it no shape: control, format, surrogate, private, unassigned, a separator of lines."""
    return unicodedata.category(char) in _CATEGORIES or HIDDEN.match(char) is not None


def is_break(char: str) -> bool:
    """Whether it is hidden, and separates what stands around it: a control character or a separator of lines."""
    return unicodedata.category(char) in _BREAKING
