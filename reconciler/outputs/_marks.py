"""Foreign text in GitHub-flavoured Markdown: always code, so that nothing in it is a link, a mention or markup.

Code spans and fences are what GitHub does not look into for mentions, links or HTML; inside the HTML of a
``<details>`` block the same is had by ``<code>`` and entities. Lengths are bytes of UTF-8, as a comment's limit is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from reconciler.kinds import by_phase
from reconciler.outputs._visible import inert, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WIDTH = 92
"""Columns of a fenced line: GitHub scrolls a longer one sideways."""

NAMES = 20
_NAMES_ROOM = 1_200
_BACKTICKS = re.compile(r"`+")


def code(text: str, *, most: int = 200) -> str:
    """A code span; a longer text is cut and says so. An empty one is a word, since an empty span is none."""
    inside = seen(text, most)
    if not inside:
        return "(empty)"
    fence = _longer(inside, 1)
    # A blank at both ends is taken off again, but not of a span that has nothing else.
    space = " " if inside.strip(" ") and (inside[0] in "` " or inside[-1] in "` ") else ""
    return f"{fence}{space}{inside}{space}{fence}"


def cell(text: str, *, most: int = 80) -> str:
    """A code span in a table's cell, where a pipe would end it however it is quoted."""
    return code(text, most=most).replace("|", "\\|")


def html(text: str, *, most: int = 200) -> str:
    """Foreign text as ``<code>`` inside of HTML, cut after ``most`` bytes."""
    return f"<code>{escape(seen(text, most))}</code>"


def fenced(language: str, lines: Sequence[str]) -> list[str]:
    """A fenced block around lines of text that are visible already; its fence is longer than any run in them."""
    fence = _longer("\n".join(lines), 3)
    return [f"{fence}{language}", *lines, fence]


def wrapped(sign: str, text: str) -> list[str]:
    """Visible text in lines of ``WIDTH`` columns, broken behind blanks, every line behind the sign."""
    lines, line = [], ""
    for word in re.findall(r"\S+ *| +", text):
        if line and len(line) + len(word.rstrip(" ")) > WIDTH:
            lines.append(line)
            line = "  "
        line += word
        while len(line) > 2 * WIDTH:
            lines.append(line[:WIDTH])
            line = f"  {line[WIDTH:]}"
    return [f"{sign} {each}" for each in (*lines, line)]


def seen(text: str, most: int) -> str:
    """Foreign text, visible, in at most so many bytes, saying how many of its characters are left out."""
    whole_text = visible(text[: most + 1])
    if len(text) <= most and len(whole_text.encode()) <= most:
        return whole_text
    fits = bisect_right(
        range(min(len(text), most)), most, key=lambda end: len(visible(text[: end + 1]).encode())
    )
    return f"{visible(text[:fits])}… ({len(text) - fits} more characters)"


def cut(text: str, most: int) -> str:
    """Text that is visible already, in at most so many bytes, saying how many characters are left out."""
    if len(text) <= most and len(text.encode()) <= most:
        return text
    kept = text[:most].encode()[:most].decode("utf-8", "ignore")
    return f"{kept}… ({len(text) - len(kept)} more characters)"


def word(text: str) -> str:
    """A word of the tool's as it is, any other as a code span for a table's cell."""
    return text if text in _ours() else cell(text)


@cache
def _ours() -> frozenset[str]:
    operations = (one.name for kind in by_phase().values() for one in kind.operations)
    return frozenset((*by_phase(), *operations, "intended", "drift", "both"))


def some(names: Sequence[str]) -> str:
    """The first names, in code, and the number of those that are left out."""
    unique = tuple(dict.fromkeys(names))
    blocks = ([code(name, most=130)] for name in unique)
    kept = filled(blocks, len(unique), _NAMES_ROOM, _nothing, most=NAMES)
    left = f"and {len(unique) - len(kept)} more" if len(kept) < len(unique) else ""
    return f"{', '.join(kept)} {left}".strip()


def _nothing(left: int) -> list[str]:  # noqa: ARG001  ``some`` counts for itself
    return []


def bytes_of(lines: Iterable[str]) -> int:
    """How many bytes the lines take, their line breaks with them."""
    return sum(len(line.encode()) + 1 for line in lines)


def filled(
    blocks: Iterable[list[str]],
    total: int,
    room: int,
    more: Callable[[int], list[str]],
    *,
    most: int | None = None,
) -> list[str]:
    """The lines of the first of ``total`` blocks that fit into ``room`` bytes, and what ``more`` says of the rest.

    ``blocks`` may be lazy: no more of it is made than what is looked at.
    """
    kept: list[str] = []
    for number, block in enumerate(blocks):
        room -= bytes_of(block)
        if number < total and (room < 0 or number == most):
            return [*kept, *more(total - number)]
        kept += block
    return kept


def whole(lines: Iterable[str]) -> str:
    """The lines as one text that no CI runner takes for its commands, ending in a line break."""
    return "\n".join(map(inert, lines)).rstrip("\n") + "\n"


def _longer(text: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in _BACKTICKS.findall(text))])
