"""What an answer is said to bring about: leaving the list, ending something unnamed, or something else."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from reconciler.rules._revocation import words as w
from reconciler.rules._revocation.passage import REACH

if TYPE_CHECKING:
    from reconciler.rules._revocation.passage import Passage


class Meaning(Enum):
    """``LEAVING`` the list; something ``ELSE``; or what is not named, as in "to stop", "to end" and "to cancel"."""

    LEAVING = "leaving"
    STOPPING = "stopping"
    ENDING = "ending"
    CANCELLING = "cancelling"
    ELSE = "else"


UNNAMED = frozenset({Meaning.STOPPING, Meaning.ENDING, Meaning.CANCELLING})
_UNNAMED = {
    **dict.fromkeys(("stop", "stop all", "quit", "parar", "detener", "arreter", "stopper"), Meaning.STOPPING),
    **dict.fromkeys(
        ("cancel", "cancell", "cancelar", "cnl", "cncl", "anular", "annuler"), Meaning.CANCELLING
    ),
}


def purpose(passage: Passage, at: int) -> Meaning:
    """What begins at ``at``, after "to" or its like."""
    for _ in range(4):
        token = passage.at(at)
        if token is None:
            return Meaning.ELSE
        if token.roles & w.LEAVE:
            return Meaning.LEAVING
        if token.roles & w.NOT:
            return _refusal(passage, at + 1)
        if token.roles & w.END:
            return _ending(passage, at, len(passage.tokens))
        if not (token.roles & (w.SMALL | w.SOFT | w.TO) or passage.sign(at)):
            break
        at += 1
    return Meaning.ELSE


def _refusal(passage: Passage, at: int) -> Meaning:
    """``not receive messages``, ``no more texts``, ``no recibir más``."""
    for _ in range(4):
        if passage.has(at, w.GETTING | w.WANT | w.MESSAGES):
            return _object(passage, at, len(passage.tokens)) or Meaning.LEAVING
        if not passage.has(at, w.SMALL | w.SOFT):
            break
        at += 1
    return Meaning.LEAVING if passage.has(at - 1, w.SMALL) else Meaning.ELSE


_OBJECT_ENDS = w.OR | w.AND | w.HELP | w.ANY | w.NEXT | w.IF | w.SURE


def _object(passage: Passage, at: int, end: int) -> Meaning | None:
    """What stands as a verb's object: messages, something else, or nothing."""
    named = False
    for _ in range(REACH):
        token = passage.at(at)
        if token is None or at >= end:
            break
        if token.roles & w.MESSAGES:
            return Meaning.LEAVING
        if token.kind == "link" or (token.kind == "mark" and token.text not in "'\"*_"):
            break
        if token.roles & _OBJECT_ENDS and not (
            token.roles & w.SMALL and not passage.has(at + 1, w.HELP | w.SURE)
        ):
            more = passage.has(at + 1, w.MESSAGES) and not passage.has(at + 1, w.ASK)  # "calls and texts"
            return Meaning.LEAVING if more else Meaning.ELSE if named else None
        if token.fresh and not token.roles:
            break
        small = token.roles & (w.SMALL | w.GETTING | w.WANT | w.SOFT | w.TO) or token.kind == "mark"
        named = named or not small
        at += 1
    return Meaning.ELSE if named else None


def _ending(passage: Passage, at: int, end: int) -> Meaning:
    """What a verb of ending at ``at`` means by its object, or by itself where it has none."""
    return _object(passage, at + 1, end) or _UNNAMED.get(passage.tokens[at].text, Meaning.ENDING)


def meaning(passage: Passage, first: int, end: int) -> Meaning | None:
    """What a clause says of leaving, of ending something or of not wanting it; nothing where it says none of these."""
    found: Meaning | None = None
    for at in range(first, end):
        roles = passage.tokens[at].roles
        if roles & w.LEAVE and not passage.has(at + 1, w.NOT):
            return Meaning.LEAVING
        if roles & w.NOT and found is None:
            found = _unwanted(passage, at + 1, end)
        elif roles & w.END and found is None:
            found = _ending(passage, at, end)
        if found is Meaning.LEAVING:
            return found
    return found


def _unwanted(passage: Passage, at: int, end: int) -> Meaning | None:
    """``do not want these``, ``rather not hear from us``; nothing where another verb is denied."""
    while (
        at < end and passage.has(at, w.SOFT | w.IF | w.SMALL) and not passage.has(at, w.GETTING | w.MESSAGES)
    ):
        at += 1
    if at >= end or not passage.has(at, w.WANT | w.GETTING | w.MESSAGES):
        return None
    return _object(passage, at, end) or Meaning.LEAVING


def promise(passage: Passage, at: int) -> Meaning | None:
    """``and we'll stop``, ``will end messages``; nothing where nothing of the kind is promised."""
    said = meaning(passage, at, passage.end_of_clause(at, REACH))
    return Meaning.LEAVING if said in UNNAMED else said
