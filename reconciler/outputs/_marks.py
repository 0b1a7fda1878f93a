"""Foreign text in GitHub-flavoured Markdown: always code, so that nothing in it is a link, a mention or markup.

Code spans and fences are what GitHub does not look into for mentions, links or HTML; inside the HTML of a
``<details>`` block the same is had by ``<code>`` and entities.
"""

from __future__ import annotations

import re
from html import escape

from reconciler.outputs._wording import visible

_BACKTICKS = re.compile(r"`+")


def code(text: str, *, most: int = 200) -> str:
    """A code span; a longer text is cut and says so. An empty one is a word, since an empty span is none."""
    inside = cut(visible(text), most)
    if not inside:
        return "(empty)"
    fence = _longer(inside, 1)
    space = " " if inside[0] in "` " or inside[-1] in "` " else ""
    return f"{fence}{space}{inside}{space}{fence}"


def cell(text: str, *, most: int = 80) -> str:
    """A code span in a table's cell, where a pipe would end it however it is quoted."""
    return code(text, most=most).replace("|", "\\|")


def html(text: str, *, most: int = 200) -> str:
    """The same inside of HTML."""
    return f"<code>{escape(cut(visible(text), most))}</code>"


def fenced(language: str, lines: list[str]) -> list[str]:
    """A fenced block around lines of text that are visible already; its fence is longer than any run in them."""
    fence = _longer("\n".join(lines), 3)
    return [f"{fence}{language}", *lines, fence]


def cut(text: str, most: int) -> str:
    """At most so many characters, saying how many are left out."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def _longer(text: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in _BACKTICKS.findall(text))])
