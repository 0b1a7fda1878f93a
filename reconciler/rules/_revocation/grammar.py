"""What each revocation word of a text is for: a few patterns over words with roles.

A word counts where the reader is told to answer with it (``reply with the word STOP``), where its purpose stands after
it (``STOP to opt out``, ``stop2end``) or before it (``Opt out: STOP``). Then three things may undo it: a negation, an
object that is not the messages (``to cancel your appointment``), and a word after it that makes it part of a phrase
(``STOP 4433``).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from reconciler.rules._revocation import words as w
from reconciler.rules._revocation.asking import asking, denied_after, denied_before, told_of
from reconciler.rules._revocation.passage import REACH, Passage
from reconciler.rules._revocation.purposes import UNNAMED, Meaning, meaning, promise, purpose
from reconciler.rules._revocation.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules._revocation.tokens import Lexeme


class Use(Enum):
    """What a revocation word is for: leaving the list, something else that the reader is asked for, or neither."""

    LEAVING = "leaving"
    ELSE = "else"
    PASSING = "passing"


class After(Enum):
    """What stands after a revocation word: a meaning, nothing, a condition or deadline, or more of a phrase."""

    NOTHING = "nothing"
    LIMIT = "limit"
    PHRASE = "phrase"


_KEY = w.SURE | w.COMMON


def uses(text: str, folded: str, *, about: int) -> Iterator[tuple[str, int, Use]]:
    """Every revocation word of the text, where it begins, and what it is for.

    ``about``: the ``passage.deeds`` of what stands before the text.
    """
    passage = Passage(text, tokens(folded), about=about)
    for at, token in enumerate(passage.tokens):
        if token.roles & _KEY and not _compound(passage, at):
            yield token.text, token.start, _use(passage, at)


def _use(passage: Passage, at: int) -> Use:
    if passage.has(at - 1, w.TO) or denied_after(passage, at):
        return Use.PASSING  # "to stop" is a purpose itself
    verb, offered = asking(passage, at)
    after = _after(passage, at)
    if verb is None:
        return _unasked(passage, at, after)
    if denied_before(passage, verb):
        return Use.PASSING
    if told_of(passage, verb, asked=after is After.NOTHING):
        said = meaning(passage, passage.clause(verb - 2), max(0, verb - 2))
        return Use.LEAVING if Meaning.LEAVING in {after, said} else Use.PASSING
    if after is Meaning.ELSE:
        return Use.ELSE
    before = _before(passage, verb) if isinstance(after, After) else after
    if after is After.LIMIT and not (before is Meaning.LEAVING and passage.number(at + 1)):
        return Use.ELSE
    if after is After.PHRASE and not (before is Meaning.LEAVING and not passage.in_capitals(at + 1)):
        return Use.ELSE if _alone_in_capitals(passage, at) else Use.PASSING
    return _asked(passage, at, verb, before, offered=offered)


def _asked(passage: Passage, at: int, verb: int, wanted: object, *, offered: bool) -> Use:
    """The use of a word that the reader is told to answer with, by what that is said to bring about."""
    token = passage.tokens[at]
    if wanted is Meaning.ELSE:
        return Use.ELSE
    if wanted is Meaning.LEAVING:
        return Use.LEAVING
    if wanted not in UNNAMED and not passage.has(verb, w.ASK | w.ASKING):
        return Use.PASSING  # "Say STOP."
    if token.roles & w.SURE:
        return Use.ELSE if wanted is Meaning.CANCELLING and passage.ends_a_deed(at) else Use.LEAVING
    return Use.ELSE if (offered and wanted is None) or _of_a_deed(passage, wanted) else Use.LEAVING


def _of_a_deed(passage: Passage, wanted: object) -> bool:
    """Whether a common word, said to bring this about, may be for what else the text is about."""
    if wanted in {Meaning.LEAVING, Meaning.STOPPING}:
        return False
    return bool(passage.about & (w.ONGOING if wanted is Meaning.ENDING else w.DEED))


def _unasked(passage: Passage, at: int, after: object) -> Use:
    """``STOP to opt out``, ``Opt out: STOP``, ``STOP au 36180``."""
    token, before = passage.tokens[at], passage.before(at)
    if passage.has(passage.past_answer(at), w.AND | w.AUX | w.IF):
        return Use.PASSING  # "You replied STOP and will get no more": nobody is told to
    alone = before is None or before.kind != "word" or token.fresh
    if after is Meaning.LEAVING or after in UNNAMED:
        if token.roles & w.COMMON and _of_a_deed(passage, after):
            return Use.PASSING
        return Use.LEAVING if alone or _begins(passage, at, after) else Use.PASSING
    if after is After.NOTHING:
        sent = alone and token.roles & w.SURE and passage.destination(at + 1)
        return Use.LEAVING if sent or _introduced(passage, at) else Use.PASSING
    return Use.PASSING


def _begins(passage: Passage, at: int, after: object) -> bool:
    """Whether an instruction begins with the word, without a mark before it: ``rates may apply STOP to end``."""
    if passage.has(at - 1, w.OR | w.AND | w.HELP | w.ANY):
        return passage.has(at, w.SURE) or after is Meaning.LEAVING
    if passage.has(at - 1, w.SMALL | w.TO | w.NOT | w.AUX | w.WANT):
        return False
    return passage.in_capitals(at) or (after is Meaning.LEAVING and passage.has(at, w.SURE))


def _introduced(passage: Passage, at: int) -> bool:
    """Whether what stands before the word says that it is for leaving: ``Opt out: STOP``, ``To cancel use STOP``."""
    last = at - 1
    while last >= 0 and at - last <= 4 and (passage.sign(last) or passage.has(last, w.BY)):
        last -= 1
    if last < 0 or not passage.tokens[last].roles:
        return False
    separated = last < at - 1
    if passage.has(last, w.LEAVE) and not passage.has(last, w.SMALL):
        return not (passage.has(last - 1, w.NOT) or passage.has(last - 2, w.NOT))
    if not separated:
        return False
    first = passage.clause(last + 1)
    if last - first > 7:
        return False
    said = meaning(passage, first, last + 1)
    if passage.has(at, w.COMMON) and _of_a_deed(passage, said):
        return False
    return said is Meaning.LEAVING or said in UNNAMED


def _compound(passage: Passage, at: int) -> bool:
    """Part of another word: ``non-stop``, ``end-to-end``, ``STOP10``, ``10stop``."""
    before, after = passage.before(at), passage.after(at)
    token = passage.tokens[at]
    if before is not None and token.glued and before.text == "-" and before.glued:
        return True
    if before is not None and token.glued and before.kind == "number" and before.text not in {"2", "4"}:
        return True
    if after is None or not after.glued:
        return False
    return after.text == "-" and passage.glued(at + 2) and purpose(passage, at + 2) is Meaning.ELSE


def _after(passage: Passage, at: int) -> Meaning | After:
    """What stands after the word, beyond closing marks, where to send it, other such words, and ``at any time``."""
    at = passage.past_answer(at)
    token = passage.at(at)
    if (
        token is None
        or token.text in _BREAKS
        or (passage.number(at - 1) and token.kind == "word" and not token.roles)
    ):
        return After.NOTHING
    if token.kind == "mark":
        said = purpose(passage, passage.past_signs(at))
        if said is not Meaning.ELSE:
            return said
        return After.NOTHING
    if token.roles & w.TO and (token.kind == "word" or not token.text.isdigit()):
        return purpose(passage, at + 1)
    if token.kind == "number":
        said = purpose(passage, at + 1) if token.roles & w.TO else Meaning.ELSE
        return said if said is not Meaning.ELSE else After.LIMIT
    return _after_word(passage, at, token)


def _after_word(passage: Passage, at: int, token: Lexeme) -> Meaning | After:
    if token.fresh or token.kind == "link":
        return After.NOTHING
    if token.roles & w.LEAVE:
        return Meaning.LEAVING
    if token.roles & w.IF:
        said = meaning(passage, at + 1, passage.end_of_clause(at + 1, REACH))
        return said if said is not None else After.LIMIT
    if token.roles & w.AND:
        return promise(passage, at + 1) or After.LIMIT
    if token.roles & w.AUX:
        return promise(passage, at) or After.PHRASE
    if token.roles & (w.OR | w.HELP | w.NEXT):
        return After.NOTHING
    if token.roles & w.LIMIT or token.kind == "value":
        return After.LIMIT
    return After.PHRASE


_BREAKS = frozenset(".!?;|,)]}")


def _before(passage: Passage, verb: int) -> Meaning | None:
    """What the answer is said to bring about before the verb: ``To opt out, reply``, ``Not interested? Text``."""
    first = passage.clause(verb)
    said = meaning(passage, first, verb)
    if said is not None:
        return said
    begins = passage.at(first)
    if first < verb and begins is not None and begins.roles & w.TO and not passage.has(first + 1, w.HELP):
        return Meaning.ELSE
    return None


def _alone_in_capitals(passage: Passage, at: int) -> bool:
    """``Text STOP number to …``: the word is written as an answer, and what follows is not."""
    after = passage.after(at)
    return (
        passage.loud(passage.tokens[at])
        and after is not None
        and not (passage.loud(after) or after.roles & w.SMALL)
    )
