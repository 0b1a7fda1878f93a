"""Links in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.rules._base import Context, Hit, rule, text
from reconciler.rules._links import links
from reconciler.rules._shorteners import SHORTENERS

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule("CX108", "link", Severity.ERROR, kinds=("Template",))
def shortened(document: Document, context: Context) -> Iterator[Hit]:
    """A link goes through a public URL shortener.

    What: the text has a link on a host such as bit.ly, tinyurl.com or t.co, or on a subdomain of one, with or
    without https://. Whole host names are compared: notbit.ly and bit.ly.example.com are not shorteners. The Policy's
    `shorteners` adds hosts, its `own_short_hosts` excepts those that are yours alone.

    Why: nobody can see where a shared short link leads, so it is what phishing uses, and carriers block
    messages that have one (CTIA Messaging Principles and Best Practices, 2023-05, section 5.3.2: a shortener
    must be on a domain that is dedicated to the sender). The finding would otherwise be made in production,
    by customers who got nothing.

    How to fix: link to your own domain, or use a short domain that is dedicated to your brand.

    Waive it: name the carrier that cleared this host, under which number, and until when.

    Fails:   content: "Your bill: https://bit.ly/3xYz. Reply STOP to opt out."
    Passes:  content: "Your bill: https://acme.example.com/b/3xYz. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None:
        return
    own = context.policy.own_short_hosts
    refused = SHORTENERS.union(context.policy.shorteners) if context.policy.shorteners else SHORTENERS
    for link in links(content):
        shortener = link.within(refused)
        if shortener and not link.within(own):
            yield Hit(
                f"Link through a public URL shortener. Carriers block {shortener}, since nobody can see "
                "where it leads: link to your own domain, or to a short one that is yours alone, which the "
                "Policy's own_short_hosts names.",
                ("content",),
                offset=link.at,
            )
