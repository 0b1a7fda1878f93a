"""How recipients are told to leave."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.core.sms import PLACEHOLDER
from reconciler.rules._base import Context, Hit, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

# All patterns meet a folded text: lower case, no accents, plain quotes and dashes, single blanks.
_KEYWORD = (
    r"(?:stop(?: ?all)?|quit|end|revoke|opt[ -]?out|cancel|unsubscribe"
    r"|alto|parar|pare|baja|cancelar|salir|arret|arreter)"
)
_VERB = (
    r"(?:repl(?:y|ying)|rply|rpl|rspnd|resp|respond(?:ing)?|text(?:ing)?|txt(?:ing)?|sms|send(?:ing)?|snd"
    r"|messag(?:e|ing)|msg|answer(?:ing)?|typ(?:e|ing)"
    r"|respond(?:a|e|er|iendo)|contest[ea]|envi(?:e|a|ar|ando)|mand(?:e|a|ar)|escrib[ae]|texte[ea]|texto"
    r"|repond(?:ez|re)|envoye[zr]|texte[zr])"
)
_BETWEEN = (
    r"(?:with|w/?|back|us|me|only|just|using|word|keyword|code"
    r"|(?:the|a) (?:word|keyword|code|text|message|sms)"
    r"|message|text|sms|saying|to (?:this|our)(?: text| sms)?(?: (?:message|msg|text|sms|number|alert|chat))?"
    r"|to \+?\d[\d-]*|\d{5,6}|(?:at )?any ?time"
    r"|con|la palabra|a este (?:mensaje|numero|sms)|a este|al \+?\d[\d-]*|par|avec|le mot|un mensaje)"
)
_OPEN = r"[ :=>\"'`(*_<\[-]+"
# What shows that the word was meant in its everyday sense: "end of season", "stop by", "cancel your visit".
_PLAIN_WORD_FOLLOWS = (
    r"(?!['\")*\]]*[ -]+(?:of|by|the|your|our|my|their|his|her|this|that|these|those|is|was|online"
    r"|at(?! any| \+?\d{5})|in(?! order| any)|\w+ing|de|del|su|tu)\b)"
)
_PURPOSE = (
    r"(?:opt[ -]?out|stop|end|quit|cancel|revoke|unsub\w*|discontinue|withdraw|remove|be removed|no longer"
    r"|no more|not (?:receive|get)|cancelar|terminar|finalizar|salir|parar|dejar|darse|darte|baja|no recibir"
    r"|arreter|annuler|(?:se |vous )?desabonner|desinscription)"
)

_TOLD = rf"(?<![\w-]){_VERB}(?:[ :]+{_BETWEEN}){{0,4}}{_OPEN}{_KEYWORD}(?!-?\w){_PLAIN_WORD_FOLLOWS}"
"""``reply with the word "stop"``, ``text stop to 45678``, ``responda alto``."""

_EXPLAINED = (
    rf"(?<![\w-])(?<!from )(?<!bus )(?!end to end){_KEYWORD}['\")*\]>]*(?: to \+?\d[\d-]*)?"
    rf"(?: ?[=:>] ?| ?2 ?| (?:to|for|4|para|pour) | ?\()(?:the |a |se |de )?{_PURPOSE}\b{_PLAIN_WORD_FOLLOWS}"
)
"""``stop to opt out``, ``stop2stop``, ``stop=end``, ``alto para cancelar``."""

_INTRODUCED = (
    r"(?<![\w-])(?:opt[ -]?out|unsubscribe|unsub"
    r"|(?:to|2|para|pour) (?:stop|end|quit|cancel|cancelar|arreter))"
    rf"(?: (?:at )?any ?time)? ?(?:[:=,>-]+|with|w/|via|using|use|con|avec){_OPEN}?"
    rf"{_KEYWORD}(?!\w){_PLAIN_WORD_FOLLOWS}"
)
"""``opt out: stop``, ``to cancel use stop``."""

_OFFERED = (
    rf"(?<![\w-]){_VERB}{_OPEN}(?:help|info|yes|no|y|n|start|ayuda|si)\b['\"]?(?: (?:for|4|para) \w+)?"
    rf"(?: ?/ ?|,? (?:or|and|o|y|ou|et) |, ?)['\"]?(?:stop(?: ?all)?|quit|opt[ -]?out|unsubscribe|alto|arret)"
    r"(?=['\")]?(?:$|[.,;:!)/]| to\b| 2\b| any| at any))"
)
"""``reply help or stop``; ``cancel`` and ``end`` are too common after an "or"."""

_INSTRUCTION = re.compile(f"{_TOLD}|{_EXPLAINED}|{_INTRODUCED}|{_OFFERED}")
_NEGATION = re.compile(r"n't\b|not\b|\bnever\b")
_NEGATED = re.compile(
    r"(?:\b(?:can)?not|n't|\bnever)(?: (?:need to|have to))? "
    rf"(?:{_VERB}(?: {_BETWEEN}){{0,4}}{_OPEN})?{_KEYWORD}\b"
)
_LIKELY = re.compile(r"(?:reply|text|txt) stop (?:to|2) (?:opt|end|stop|cancel|unsub|quit)")
_PLAINER = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’‚`´", "'"),
        **dict.fromkeys("–—−‐‑", "-"),
        **dict.fromkeys("→➔➜⇒", ">"),
    }
)


@rule("CX103", "opt-out", Severity.ERROR, kinds=("Template",))
def opt_out(document: Document, context: Context) -> Iterator[Hit]:
    """The text does not tell the reader how to opt out.

    What: the text must tell the reader to answer with a word that revokes consent: stop, quit, end, revoke,
    opt out, cancel or unsubscribe, in any case, in a wording that people use ("Reply STOP to opt out", "Txt
    STOP 2 end", "STOP=end", "HELP4help STOP2stop", "Responda ALTO para cancelar"). The word in passing is no
    instruction: "nonstop service", "your reply stopped our bot", "stop by our store".

    Why: the FCC lists these words as revocations that must be honoured (47 CFR 64.1200(a)(10)), and CTIA's
    Messaging Principles and Best Practices (section 5.1.3) ask that messages say how to opt out in such
    words. Carriers look for it when they vet a campaign.

    How to mend: end the text with "Reply STOP to opt out." If counsel approved another wording, add it to
    `opt_out_phrases` in the Policy; if a carrier exempts the template (a one-time passcode), waive the rule
    and say so.

    Fails:   content: "Acme Dental: see you at 5."
    Passes:  content: "Acme Dental: see you at 5. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None or _instructs(_folded(content), context.policy.opt_out_phrases):
        return
    yield Hit(
        "Opt-out instruction is missing. The text must tell the reader to answer with a word such as STOP: "
        "add 'Reply STOP to opt out.', or the approved wording to the Policy's opt_out_phrases.",
        ("content",),
    )


def _instructs(folded: str, phrases: tuple[str, ...]) -> bool:
    own = _accepted(phrases)
    if own is not None and own.search(folded):
        return True
    if _NEGATION.search(folded):
        folded = _NEGATED.sub(" ", folded)
    return bool(_LIKELY.search(folded) or _INSTRUCTION.search(folded))


@lru_cache(maxsize=8)
def _accepted(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """The policy's own phrases, on word boundaries."""
    folded = sorted({one for phrase in phrases if (one := _folded(phrase))})
    return re.compile("|".join(rf"(?<!\w){re.escape(phrase)}(?!\w)" for phrase in folded)) if folded else None


def _folded(content: str) -> str:
    """The text as it is matched, never as it is sent: no placeholders, accents, case or runs of blanks."""
    if "{{" in content:
        content = PLACEHOLDER.sub(" ", content)
    if not content.isascii():
        decomposed = unicodedata.normalize("NFKD", content.translate(_PLAINER))
        content = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Cf"})
    return " ".join(content.lower().split())
