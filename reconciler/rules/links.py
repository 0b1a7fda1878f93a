"""Links in the text."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.core.sms import PLACEHOLDER
from reconciler.rules._base import Context, Hit, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

# fmt: off
SHORTENERS = frozenset({
    "adf.ly", "bit.do", "bit.ly", "bitly.com", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "dlvr.it",
    "goo.gl", "ift.tt", "is.gd", "j.mp", "lnkd.in", "ow.ly", "qr.ae", "rb.gy", "rebrand.ly", "s.id",
    "short.gy", "short.io", "shorte.st", "shorturl.at", "snip.ly", "soo.gd", "surl.li", "t.co", "t.ly",
    "t2m.io", "tiny.cc", "tiny.one", "tinyurl.com", "tr.im", "u.to", "v.gd", "x.co",
})
# fmt: on
"""Public shorteners: hosts that anybody can put a link on."""

_TOP_LEVEL = "|".join(sorted({host.rpartition(".")[2] for host in SHORTENERS}))
_MAYBE = re.compile(rf"[.](?:{_TOP_LEVEL})(?![a-z0-9-])")
"""Begins with a literal, so that nearly every text is done with in a microsecond."""

_LINK = re.compile(
    r"(?<![\w@])(?<!\w-)"
    r"(?:[a-z][a-z0-9+.-]{0,20}://(?:[^\s/?#@]{0,200}@)?)?"
    r"(?P<mail>[^\s@/]{1,64}@)?"
    r"(?P<host>[^\W_][\w-]*(?:\.[\w-]+)+)"
    r"(?:[.:]*[0-9]*[/?#]\S*)?"
)
"""A whole link, path included, so that what looks like a host in a path is none."""


@rule("CX108", "link", Severity.ERROR, kinds=("Template",))
def link(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """A link goes through a public URL shortener.

    What: the text has a link on a host such as bit.ly, tinyurl.com or t.co, or on a subdomain of one, with or
    without https://. Whole host names are compared: notbit.ly and bit.ly.example.com are none.

    Why: nobody can see where a shared short link leads, so it is what phishing uses, and carriers block
    messages that have one (CTIA Messaging Principles and Best Practices section 5.3: a shortener must be on a
    domain that belongs to the sender alone). The finding would otherwise be made in production, by customers
    who got nothing.

    How to mend: link to your own domain, or use a short domain that is dedicated to your brand.

    Fails:   content: "Your bill: https://bit.ly/3xYz. Reply STOP to opt out."
    Passes:  content: "Your bill: https://acme.example.com/b/3xYz. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None or "." not in (folded := _folded(content)) or not _MAYBE.search(folded):
        return
    masked = PLACEHOLDER.sub(lambda match: "x" * len(match[0]), folded)
    for match in _LINK.finditer(masked):
        host = match["host"]
        shortener = _shortener(host)
        if shortener and not match["mail"]:
            yield Hit(
                f"Link through a public URL shortener. Carriers block {shortener}, since nobody can see "
                "where it leads: link to your own domain, or to a short one that is yours alone.",
                ("content",),
                offset=match.start("host"),
            )


def _shortener(host: str) -> str | None:
    labels = host.split(".")
    return next((name for i in range(len(labels)) if (name := ".".join(labels[i:])) in SHORTENERS), None)


def _folded(content: str) -> str:
    """Lower case and compatibility forms, character by character, so that offsets stay what they were."""
    if content.isascii():
        return content.lower()
    forms = ((char, unicodedata.normalize("NFKC", char).lower().replace("。", ".")) for char in content)
    return "".join(form if len(form) == 1 else char for char, form in forms)
