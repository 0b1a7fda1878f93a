"""What the revocation words of a text are for: to leave the list, or something else.

Judged, in English, Spanish, French and Portuguese (``grammar``): a word that revokes consent (47 CFR 64.1200(a)(10),
and the keyword lists of carriers and their providers), whether the reader is told to answer with it, what for, and
whether that is denied. In seven more languages (``elsewhere``): a sentence that has a verb of answering, such a word
and a purpose.

Knowingly not judged, and so never taken for an instruction:

- words that only one sender's system knows ("Reply 9", "Text LEAVE"), and words within a phrase ("reply STOP MIX");
- a way out that is no answer: a link, a call, an e-mail;
- CANCEL, END, QUIT or REVOKE without a purpose in a text about an appointment, an order and the like;
- a purpose with an object that may be the messages or not ("to end service"), and a bare "to cancel" beside an offer to
  confirm;
- the sender's promises across sentences ("Reply STOP. That cancels your order"), irony, and what a link leads to;
- letters set apart (S T O P), look-alikes of other scripts, words with a hidden character in them;
- whatever fills a placeholder.

Such wordings, where counsel has approved them, stand in the policy's ``opt_out_phrases``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from reconciler.rules._revocation.folding import composed, fold
from reconciler.rules._revocation.grammar import Use, uses
from reconciler.rules._revocation.passage import deeds
from reconciler.rules._revocation.tokens import tokens

_WORD = re.compile(
    "(?:stop|cancel|end|quit|revoke|unsub|opt|alto|baja|parar|pare|salir|sair|arret|td|стоп|ايقاف|توقف|قف|الغاء)"
)
_COMMON = re.compile("cancel|end|quit|revoke")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether the text tells how to leave; the words that it asks for something else, with their places."""

    instructs: bool
    misused: tuple[tuple[str, int], ...] = ()


_NOTHING = Judgement(instructs=False)


@lru_cache(maxsize=64)
def judge(text: str) -> Judgement:
    """The judgement of a text, in time that grows with its length alone.

    Only what begins with the sentence of the first revocation word is read: of what is before it nothing counts but
    whether it speaks of an appointment or the like. So one footer under many texts is read once.
    """
    text = composed(text)
    folded = fold(text)
    first = _WORD.search(folded)
    if first is None:
        return _NOTHING
    cut = max(folded.rfind(". ", 0, first.start()), folded.rfind("! ", 0, first.start())) + 1
    about = deeds(tokens(folded[:cut])) if cut and _COMMON.search(folded, cut) else 0
    judged = _judge_footer(text[cut:], about)
    if not cut or not judged.misused:
        return judged
    return Judgement(
        instructs=judged.instructs, misused=tuple((word, cut + start) for word, start in judged.misused)
    )


@lru_cache(maxsize=1024)
def _judge_footer(text: str, about: int) -> Judgement:
    folded = fold(text)
    found = [*uses(text, folded, about=about)]
    if not any(use is Use.LEAVING for _, _, use in found):
        from reconciler.rules._revocation.elsewhere import uses_elsewhere

        found += uses_elsewhere(folded)
    return Judgement(
        instructs=any(use is Use.LEAVING for _, _, use in found),
        misused=tuple((word, start) for word, start, use in found if use is Use.ELSE),
    )
