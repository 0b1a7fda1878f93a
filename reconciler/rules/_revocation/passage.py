"""The lexemes of a text, and questions about what stands where."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.rules._revocation import words as w

if TYPE_CHECKING:
    from reconciler.rules._revocation.tokens import Lexeme

REACH = 14
"""How many words of a clause are looked at."""

_STOPS = frozenset(".!?;|")


def deeds(tokens: list[Lexeme]) -> int:
    """``DEED`` and ``ONGOING``, each where one of the tokens is such a word."""
    found = 0
    for token in tokens:
        found |= token.roles
    return found & (w.DEED | w.ONGOING)


class Passage:
    """A text and its tokens. Places are numbers of tokens; at one outside the text nothing stands."""

    def __init__(self, text: str, tokens: list[Lexeme], *, about: int) -> None:
        self.text = text
        self.tokens = tokens
        self._about = about

    @cached_property
    def about(self) -> int:
        """``DEED`` where the text is about an appointment, an order or the like, and ``ONGOING``."""
        return self._about | deeds(self.tokens)

    def at(self, at: int) -> Lexeme | None:
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def before(self, at: int) -> Lexeme | None:
        return self.at(at - 1)

    def after(self, at: int) -> Lexeme | None:
        return self.at(at + 1)

    def has(self, at: int, roles: int) -> bool:
        return 0 <= at < len(self.tokens) and bool(self.tokens[at].roles & roles)

    def glued(self, at: int) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].glued

    def loud(self, token: Lexeme) -> bool:
        """Whether it is written in capitals."""
        return self.text[token.start : token.end].isupper()

    def in_capitals(self, at: int) -> bool:
        token = self.at(at)
        return token is not None and self.loud(token)

    def number(self, at: int) -> bool:
        """Whether a number stands there that messages can be sent to."""
        token = self.at(at)
        return token is not None and token.kind == "number" and len(token.text) > 3

    def sign(self, at: int) -> bool:
        """Whether a mark stands there that ends no sentence, or a question."""
        token = self.at(at)
        return token is not None and token.kind == "mark" and (token.text not in _STOPS or token.text == "?")

    def mark(self, at: int) -> bool:
        token = self.at(at)
        return token is not None and token.kind == "mark"

    def past_signs(self, at: int) -> int:
        """The place after the marks that begin at ``at``, a question mark left out."""
        for _ in range(REACH):
            if not self.sign(at) or self.tokens[at].text == "?":
                break
            at += 1
        return at

    def destination(self, at: int) -> int:
        """The place after ``to 45678``, ``to this number``, ``au 36180``; 0 where no such thing stands there."""
        token = self.at(at)
        if token is None or token.text not in _TOWARDS:
            return 0
        at += 1
        first = at
        while (
            at - first < REACH
            and self.has(at, w.SMALL | w.BRIDGE)
            and not self.has(at, w.END | w.LEAVE | w.GETTING)
            and self.tokens[at].text != token.text  # a second "to" begins what it is for
        ):
            at += 1
        named = at > first
        there = self.at(at)
        if there is not None and (there.kind == "value" or (there.kind == "number" and len(there.text) > 2)):
            return at + 1
        noun = self.has(at - 1, w.BRIDGE) and not self.has(at - 1, w.SMALL)
        if named and noun:
            return at
        return at + 1 if named and self.has(at, w.MESSAGES | w.BRIDGE) else 0

    def past_answer(self, at: int, *, lists: bool = True) -> int:
        """The place after a word and what belongs to it: closing marks, a destination, other such words, "now"."""
        at += 1
        for _ in range(REACH):
            token = self.at(at)
            if token is None:
                return at
            if (token.kind == "mark" and token.text not in _SAYING) or (
                token.roles & w.ANY and not token.fresh
            ):
                at += 1
            elif sent := self.destination(at):
                at = sent
            elif lists and (token.roles & w.OR or token.text == ",") and self.has(at + 1, w.SURE | w.COMMON):
                at += 2
            else:
                return at
        return at

    def clause(self, end: int) -> int:
        """Where the clause begins that ends before ``end``: after a full stop, or a comma with something after it."""
        first, spoken = end, False
        while first > 0 and end - first < 3 * REACH:
            token = self.tokens[first - 1]
            if token.kind == "mark" and (token.text in ".!;|" or (spoken and token.text in ",?:")):
                break
            spoken = spoken or (token.kind != "mark" and not token.roles & (w.SOFT | w.ANY | w.BY))
            first -= 1
        while first < end and self.mark(first):
            first += 1
        return first

    def end_of_clause(self, at: int, reach: int) -> int:
        """Where the clause ends that holds ``at``, at most ``reach`` words on."""
        last = min(at + reach, len(self.tokens))
        while at < last and not (self.tokens[at].kind == "mark" and self.tokens[at].text in ".!?;|,)"):
            at += 1
        return at

    def ends_a_deed(self, at: int) -> bool:
        """Whether the sentence offers to confirm or to move something beside the word."""
        for back in range(at - 1, max(-1, at - 1 - REACH), -1):
            token = self.tokens[back]
            if token.kind == "mark" and token.text in _STOPS:
                return False
            if token.text in _INSTEAD:
                return True
        return False


_TOWARDS = frozenset({"to", "2", "al", "a", "au", "para", "nan", "sur"})
_SAYING = frozenset(".!?;|,=:->(/&~")
_INSTEAD = frozenset({"confirm", "reschedule", "confirmar", "reagendar", "confirmer", "keep", "rebook"})
