"""How a link's host is written."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.rules._base import Context, Hit, quoted, rule, text
from reconciler.rules._links import Link, links

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = re.compile(r"(?:[0-9]{1,3}[.]){3}[0-9]{1,3}|[0-9]{8,10}|0x[0-9a-f]{8}|\[.*\]")
_TOGETHER = (frozenset({"HIRAGANA", "KATAKANA", "CJK", "LATIN"}), frozenset({"HANGUL", "CJK", "LATIN"}))
"""Scripts that one language writes in one word (UTS #39 section 5.2, Highly Restrictive)."""


@rule("CX122", "link-form", Severity.WARNING, kinds=("Template",))
def link_form(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """A link by plain http, to a bare address, or to a host that may look like another.

    What: a link in `content` begins with http://, has an IP address in place of a host name, or its host is
    in punycode (xn--…) or mixes scripts, such as one Cyrillic letter among Latin ones.

    Why: phones warn of plain http, and anybody on the way can change what it shows. An address without a name
    says nothing of its owner, and a host of mixed scripts is how one brand's name is written to lead to
    another (Unicode UTS #39, section 5). Links must show who they belong to (CTIA Messaging Principles and
    Best Practices, 2023-05, section 5.3.2).

    How to fix: write https://, and the host by its own name in one script.

    Waive it: say whose host it is, and who looked at the link on a phone.

    Fails:   content: "Acme: pay at http://203.0.113.9/pay. Reply STOP to opt out."
    Passes:  content: "Acme: pay at https://acme.example.com/pay. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None:
        return
    for link in links(content):
        faults = list(_faults(link))
        if faults:
            yield Hit(
                f"Link of doubtful form. {quoted(link.address)} {', and '.join(faults)}: write https:// and the "
                "host's own name, in one script.",
                ("content",),
                offset=link.at,
            )


def _faults(link: Link) -> Iterator[str]:
    if link.scheme == "http":
        yield "is reached by plain http"
    if _NUMBERS.fullmatch(link.host) and (link.scheme or not link.bare):
        yield "is a bare IP address"
    if any(label.startswith("xn--") for label in link.host.split(".")):
        yield "is in punycode"
    if not link.host.isascii() and any(map(_mixed, link.host.split("."))):
        yield "mixes scripts"


def _mixed(label: str) -> bool:
    """Whether letters of scripts that no language writes together stand in one label."""
    scripts = frozenset(re.split("[ -]", unicodedata.name(char, "?"))[0] for char in label if char.isalpha())
    return len(scripts) > 1 and not any(scripts <= each for each in _TOGETHER)
