"""Who asks for a revocation word: the verb that tells to answer with it, and what denies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.rules._revocation import words as w
from reconciler.rules._revocation.passage import REACH

if TYPE_CHECKING:
    from reconciler.rules._revocation.passage import Passage

_BEFORE = 16
"""How many words may stand between the verb and the word that it asks for."""


def asking(passage: Passage, at: int) -> tuple[int | None, bool]:
    """Where the verb stands that asks for the word, and whether other answers stand between."""
    offered = False
    for back in range(at - 1, max(-1, at - 1 - _BEFORE), -1):
        token = passage.tokens[back]
        noun = passage.has(back - 1, w.SMALL) and not passage.has(back - 1, w.ASK) and token.roles & w.BRIDGE
        if token.roles & (w.ASK | w.WEAK | w.ASKING) and not noun:
            return (None if _whose(passage, back) else back), offered
        if token.kind == "mark":
            if token.text in ".!?;|":
                return None, offered
        elif token.kind == "number":
            offered = offered or len(token.text) == 1
        elif (token.kind != "value" and not token.roles & _BETWEEN) or (
            token.roles & w.NOT and not token.roles & (w.ANSWER | w.BRIDGE)
        ):
            return None, offered
        offered = offered or bool(token.roles & w.ANSWER)
    return None, offered


def _whose(passage: Passage, verb: int) -> bool:
    """``your reply``, ``this text``: no verb at all."""
    before = passage.before(verb)
    if before is None or before.text == "you" or passage.tokens[verb].text == "sms":
        return False
    return bool(before.roles & w.SMALL) and not before.roles & (w.ASK | w.BY)


_BETWEEN = w.BRIDGE | w.ANSWER | w.HELP | w.OR | w.AND | w.ANY | w.SURE | w.COMMON | w.TO | w.DEED | w.BY


def denied_after(passage: Passage, at: int) -> bool:
    """``STOP will not work``, ``STOP to opt out is not supported``, ``STOP has no effect``, ``STOP no funciona``."""
    end = passage.end_of_clause(at + 1, REACH)
    if any(passage.has(each, w.NOT) and passage.has(each + 1, w.WORKING) for each in range(at + 1, end)):
        return True
    at = passage.past_answer(at, lists=False)
    token = passage.at(at)
    if token is None or token.kind != "word":
        return False
    return (bool(token.roles & w.AUX) and passage.has(at + 1, w.NOT)) or (
        token.text.endswith("n't") and token.text != "don't"
    )


def denied_before(passage: Passage, verb: int) -> bool:
    """``do not reply STOP``, ``you cannot opt out by replying STOP``."""
    back = verb - 1
    while back >= 0 and passage.has(back, w.SOFT) and not passage.has(back, w.NOT):
        back -= 1
    if passage.has(back, w.NOT):
        return True
    if not passage.has(verb, w.ASKING):
        return False
    return any(
        passage.has(at, w.NOT) and _denies_leaving(passage, at + 1, verb)
        for at in range(passage.clause(verb), verb)
    )


def _denies_leaving(passage: Passage, at: int, verb: int) -> bool:
    """Whether the verb that a negation before ``at`` denies is one of leaving."""
    while at < verb and passage.has(at, w.SOFT | w.SMALL | w.TO) and not passage.has(at, w.LEAVE | w.END):
        at += 1
    return at < verb and passage.has(at, w.LEAVE | w.END)


def told_of(passage: Passage, verb: int, *, asked: bool) -> bool:
    """Spoken of, not asked for: ``Replying STOP will …``, ``Thanks for texting STOP``, ``If you text STOP …``."""
    token, before = passage.tokens[verb], passage.before(verb)
    if token.roles & w.ASKING and token.text.endswith("ing"):
        if before is None or before.kind == "mark":
            return not asked
        return not before.roles & (w.BY | w.OR)
    if before is not None and before.text in {"you", "usted", "vous"}:
        return passage.has(verb - 2, w.IF)
    return False
