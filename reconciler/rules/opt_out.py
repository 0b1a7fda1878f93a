"""How recipients are told to leave, and the words for it that they are asked for otherwise."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.rules._base import Context, Hit, rule, text
from reconciler.rules._revocation import judge
from reconciler.rules._revocation.folding import HIDDEN, UNSPACED, fold

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule("CX103", "opt-out", Severity.ERROR, kinds=("Template",))
def opt_out(document: Document, context: Context) -> Iterator[Hit]:
    """The text does not tell the reader how to opt out.

    What: the text must tell the reader to answer with a word that revokes consent (STOP, QUIT, END, REVOKE, OPT
    OUT, CANCEL, UNSUBSCRIBE, ALTO, BAJA, ARRET …) in order to leave: "Reply STOP to opt out", "Txt STOP 2 end",
    "STOP=end", "Para cancelar responda ALTO". English, Spanish, French and Portuguese are read as people write
    them; Chinese, Korean, Vietnamese, Arabic, Russian, Tagalog and Haitian Creole in their commonest wordings.
    What the word is for counts: "Reply CANCEL to cancel your appointment", "text STOP 4433 for arrival times",
    "Replying STOP will not work" and "Opt out: stop.example.com" are no instructions. Nor is a word with a
    hidden character in it.

    Why: law and carriers. The FCC lists these words as revocations that must be honoured. CTIA's Messaging
    Principles and Best Practices (May 2023, section 5.1.3) ask that messages say which words opt out, and carriers
    look for that when they vet a campaign. A reader who is not told how to leave reports the message as spam.

    How to fix: end the text with "Reply STOP to opt out." If counsel approved another wording, or one in a
    language that is not read here, add it to `opt_out_phrases` in the Policy.

    Waive it: name the exemption, who granted it and where that is written, such as "Carrier exception 1182: sent
    once, on request". That there is no room left is no reason.

    Fails:   content: "Acme Dental: see you at 5. Reply CANCEL to cancel your appointment."
    Passes:  content: "Acme Dental: see you at 5. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None or judge(content).instructs or _approved(content, context.policy.opt_out_phrases):
        return
    yield Hit(
        "Opt-out instruction is missing. The text must tell the reader to answer with a word such as STOP: "
        "add 'Reply STOP to opt out.', or the approved wording to the Policy's opt_out_phrases.",
        ("content",),
    )


KEYWORDS = frozenset({
    "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out",
    "cancelar", "alto", "baja", "arret",
})  # fmt: skip
"""What carriers and their providers take as an opt-out by default, whatever the message before it asked."""


@rule("CX117", "keyword", Severity.WARNING, kinds=("Template",))
def keyword(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """A carrier's opt-out keyword is asked for something else.

    What: the text asks the reader to answer with STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT,
    CANCELAR, ALTO, BAJA or ARRET, for something other than leaving the list: an appointment, an order, a vote.

    Why: carriers. Whatever the text says, carriers and their providers act on such an answer before the sender
    sees it, and unsubscribe the number: STOP at the carrier itself for toll-free numbers, the other English
    words and ARRET by the default lists of Twilio, AWS End User Messaging and their like (as published in
    November 2026), the Spanish words where the sender serves Spanish readers. The patient who answers CANCEL
    gets no more reminders, and the visit may stand. Under 47 CFR 64.1200(a)(10), in force since 2025-04-11, the
    answer revokes consent as well.

    How to fix: ask for a word that no carrier knows: C, NO, CHANGE, or a digit.

    Waive it: say that the sender's account does not act on this word, and who confirmed it, such as "CANCEL is
    off our keyword list, ticket 4711 at the provider".

    Fails:   content: "See you at 5. Reply CANCEL to cancel your appointment. Reply STOP to opt out."
    Passes:  content: "See you at 5. Reply C to cancel your appointment. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None:
        return
    for word, start in judge(content).misused:
        if word in KEYWORDS:
            yield Hit(
                f"Carrier keyword asked for something else. Who answers {word.upper()} is unsubscribed by the "
                "carrier, and gets no more messages: ask for another word, such as C, NO or a digit.",
                ("content",),
                offset=start,
            )


def _approved(content: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of the policy's own phrases stands in the text."""
    pattern = _pattern(phrases)
    return pattern is not None and pattern.search(_plain(content)) is not None


@lru_cache(maxsize=8)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """The phrases, where no letter goes on before or after them; scripts without blanks have no such border."""
    plain = sorted({one for phrase in phrases if (one := _plain(phrase))})
    letter = rf"[^\W{UNSPACED}]|{HIDDEN}"
    border = rf"(?<![^\W{UNSPACED}])(?<!{HIDDEN})(?:{{}})(?!{letter})"
    return re.compile(border.format("|".join(map(re.escape, plain)))) if plain else None


_RUN = re.compile(f"{HIDDEN}+")
_AT_AN_EDGE = re.compile(rf"(?<!\w){HIDDEN}|{HIDDEN}(?!\w)")


def _plain(content: str) -> str:
    """Folded, with single blanks, and with hidden characters only where they stand within a word."""
    return " ".join(_AT_AN_EDGE.sub("", _RUN.sub(HIDDEN, fold(content))).split())
