"""A folded text cut into words, numbers, links, placeholders and marks, each word with its roles."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from reconciler.rules._revocation.folding import HIDDEN, UNSPACED
from reconciler.rules._revocation.words import JOINED, LONGER, NOT, ROLES

_LETTER = rf"[^\W\d_{UNSPACED}]"
_TOP_LEVEL = (
    r"\.(?:com|org|net|gov|edu|mil|info|biz|io|ly|ca|mx|br|fr|co|app|dev|health|link|example)(?![\w@-])"
)
_LINK = rf"[a-z]{{2,8}}://\S+|(?<![\w.@-])\w[\w.-]*(?:@\w[\w.-]*|{_TOP_LEVEL})(?:[/?#]\S*)?"
_TOKEN = re.compile(
    rf"(?P<word>{_LETTER}(?:{_LETTER}|{HIDDEN}+(?=\w))*(?:'t\b)?|[{UNSPACED}]+)"
    r"|(?P<number>\+?\d+(?:-\d+)*)"
    r"|(?P<value>\{\{[^{}]*\}\})"
    rf"|(?P<mark>[^\s{HIDDEN}])"
)
"""Linear: each alternative is tried from the beginning of a run alone, and no two repetitions share a border."""

_MAYBE_LINK = re.compile(rf"@|://|{_TOP_LEVEL}")


@cache
def _token_or_link() -> re.Pattern[str]:
    return re.compile(rf"(?P<link>{_LINK})|{_TOKEN.pattern}")


class Lexeme(NamedTuple):
    """A piece of the text; ``glued``: no blank before it; ``fresh``: on another line than what is before it."""

    text: str
    kind: str
    roles: int
    start: int
    end: int
    glued: bool
    fresh: bool


def tokens(folded: str) -> list[Lexeme]:
    """All pieces in order; phrases of several words (``opt out``) are one, ``stoptoend`` is three."""
    found: list[Lexeme] = []
    end = 0
    pattern = _token_or_link() if _MAYBE_LINK.search(folded) else _TOKEN
    for match in pattern.finditer(folded):
        kind = match.lastgroup or "mark"
        text, start = match[0], match.start()
        glued = start == end
        fresh = not glued and "\n" in folded[end:start]
        end = start + len(text)
        if text in JOINED:
            found += _split(text, start, glued=glued, fresh=fresh)
            continue
        roles = ROLES.get(text, 0)
        if kind == "link" or (kind == "word" and not roles and text.endswith("'t")):
            roles = 0 if kind == "link" else NOT
        found.append(Lexeme(text, kind, roles, start, end, glued, fresh))
    return _phrases(found)


def _split(text: str, start: int, *, glued: bool, fresh: bool) -> list[Lexeme]:
    made = []
    for part in JOINED[text]:
        made.append(Lexeme(part, "word", ROLES[part], start, start + len(part), glued, fresh))
        start, glued, fresh = start + len(part), True, False
    return made


def _phrases(found: list[Lexeme]) -> list[Lexeme]:
    """Several tokens that a table has as one phrase become one token; a hyphen between them may stand."""
    made: list[Lexeme] = []
    at = 0
    while at < len(found):
        token = found[at]
        for phrase in LONGER.get(token.text, ()):
            last = _last_of(phrase, found, at)
            if last is not None:
                text = " ".join(phrase)
                end = found[last].end
                token = Lexeme(text, "word", ROLES[text], token.start, end, token.glued, token.fresh)
                at = last
                break
        made.append(token)
        at += 1
    return made


def _last_of(phrase: tuple[str, ...], found: list[Lexeme], at: int) -> int | None:
    """Where the phrase that begins here ends; none where other words stand."""
    for word in phrase[1:]:
        at += 1
        if at + 1 < len(found) and found[at].text == "-" and found[at].glued:
            at += 1
        if at >= len(found) or found[at].text != word:
            return None
    return at
