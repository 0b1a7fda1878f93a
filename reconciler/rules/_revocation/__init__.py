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

from reconciler.rules._revocation.folding import fold

_USUAL = re.compile(
    r"(?:^|[.!?\n)])\s{0,3}(?:reply|text|txt) stop (?:to|2) (?:opt[ -]?out|unsubscribe|(?:stop|end|quit)(?=[.!]|\Z))\b"
)
"""A sentence that begins so is an instruction whatever stands around it: nearly every text is done with here."""

_WORDS = ("stop", "cancel", "end", "quit", "revoke", "unsub", "opt", "alto", "baja", "arr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether the text tells how to leave; the words that it asks for something else, with their places."""

    instructs: bool
    misused: tuple[tuple[str, int], ...] = ()


@lru_cache(maxsize=256)
def judge(text: str) -> Judgement:
    """The judgement of a text, in time that grows with its length alone."""
    folded = fold(text)
    usual = _USUAL.search(folded)
    if usual is not None:
        rest = folded[: usual.start()] + folded[usual.end() :]
        if not any(word in rest for word in _WORDS):
            return Judgement(instructs=True)
    from reconciler.rules._revocation.elsewhere import uses_elsewhere
    from reconciler.rules._revocation.grammar import Use, uses

    found = [*uses(text, folded)]
    if not any(use is Use.LEAVING for _, _, use in found):
        found += uses_elsewhere(folded)
    return Judgement(
        instructs=any(use is Use.LEAVING for _, _, use in found),
        misused=tuple((word, start) for word, start, use in found if use is Use.ELSE),
    )
