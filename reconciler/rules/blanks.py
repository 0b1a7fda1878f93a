"""Blanks and breaks that nobody meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.rules._base import Context, Hit, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW = re.compile(r"(?<=\S)[^\S\r\n]{2,}(?=\S)")
_BREAKS = re.compile(r"(?:(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*){3,}")


@rule("CX116", "blanks", Severity.WARNING, kinds=("Template",))
def blanks(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """Blanks or line breaks that nobody meant.

    What: `content` begins or ends with blanks or line breaks, has two blanks in a row inside a line, or more
    than two line breaks in a row.

    Why: they are sent, shown and billed like any character (3GPP TS 23.038 has the blank as one septet), and
    mostly come of copying, or of a placeholder that was taken out. In a review nobody sees them.

    How to fix: delete them; `validate --fix` does where the text stands in quotes on one line.

    Waive it: say what the gap is for, such as a code that is to stand alone on the screen.

    Fails:   content: "Acme:  see you at 5. Reply STOP to opt out. "
    Passes:  content: "Acme: see you at 5. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None:
        return
    if content[:1].isspace():
        yield _hit("at the beginning", 0)
    inner = content.strip()
    if "  " in inner or "\t" in inner or not inner.isascii():
        yield from (_hit("two or more in a row", row.start()) for row in _ROW.finditer(content))
    if inner.count("\n") + inner.count("\r") > 2:
        end = len(content.rstrip())
        yield from (
            _hit("more than two line breaks in a row", row.start())
            for row in _BREAKS.finditer(content, 0, end)
        )
    if inner and content[-1:].isspace():
        yield _hit("at the end", None)


def _hit(where: str, offset: int | None) -> Hit:
    return Hit(
        f"Blanks that nobody meant, {where}. They are sent and counted: delete them.",
        ("content",),
        offset=offset,
    )
