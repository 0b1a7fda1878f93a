"""Templates and the Campaigns under which carriers know them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.core.model import APPROVED, Document, Severity
from reconciler.core.sms import PLACEHOLDER
from reconciler.core.status import asked_for
from reconciler.core.suggest import nearest
from reconciler.rules._base import Context, Hit, campaign_of, listed, quoted, rule, text
from reconciler.rules._links import links

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAINER = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


def _field(document: Document, context: Context, field: str) -> tuple[str, ...] | None:
    """A list of the template's Campaign; None where there is no Campaign, or no such list in it."""
    campaign = campaign_of(document, context)
    found = campaign.body.get(field) if campaign is not None else None
    return tuple(found) if isinstance(found, list) else None


def _plain(content: str) -> str:
    return " ".join(content.casefold().translate(_PLAINER).split())


@rule("CX118", "brand", Severity.WARNING, kinds=("Template",))
def brand(document: Document, context: Context) -> Iterator[Hit]:
    """The text names none of its Campaign's brands.

    What: the template's Campaign has `brands`, and none of them stands in `content` as a whole, whatever the
    case of the letters.

    Why: whoever gets a message must see who it is from, and carriers look for the registered name when they
    vet a campaign (CTIA Messaging Principles and Best Practices, 2023-05, section 5.1; The Campaign Registry).

    How to fix: begin the text with the name, or add the name that it uses to `brands`, if it is registered.

    Waive it: say how the reader knows who writes, and that the carrier took the sample without a name.

    Fails:   content: "See you at 5. Reply STOP to opt out.", and brands: [Acme Dental]
    Passes:  content: "Acme Dental: see you at 5. Reply STOP to opt out."
    """
    content, brands = text(document, "content"), _field(document, context, "brands")
    if content is None or not brands:
        return
    plain = _plain(content)
    if not any(_stands(_plain(each), plain) for each in brands):
        yield Hit(
            f"No brand. The text names none of its campaign's brands: {listed([quoted(each) for each in brands])}. "
            "Begin it with one, so that the reader sees who writes.",
            ("content",),
        )


def _stands(name: str, plain: str) -> bool:
    """Whether the name stands in the text as a whole; scripts without blanks have no edges."""
    if not name.isascii():
        return name in plain
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain) is not None


@rule("CX119", "link-host", Severity.ERROR, kinds=("Template",))
def link_host(document: Document, context: Context) -> Iterator[Hit]:
    """A link leads to a host that the Campaign does not have.

    What: the template's Campaign has `link_hosts`, and a link in `content` leads to a host that is neither one
    of them nor below one. An empty list allows no link at all.

    Why: carriers approve a campaign with the hosts of its samples, and filter what links elsewhere (CTIA
    Messaging Principles and Best Practices, 2023-05, section 5.3.2: links must show who they belong to). A
    host that is like yours and is not is how phishing begins.

    How to fix: link to one of the hosts, or add the host to `link_hosts`, once the carriers know it.

    Waive it: name who runs the host, and the carrier's answer about it.

    Fails:   content: "Acme: book at https://acme-dental.example.net/b", and link_hosts: [acme.example.com]
    Passes:  content: "Acme: book at https://book.acme.example.com/b"
    """
    content, hosts = text(document, "content"), _field(document, context, "link_hosts")
    if content is None or hosts is None:
        return
    allowed = f"are {listed(sorted(hosts))}" if hosts else "is empty"
    for link in links(content):
        if link.likely and not link.within(hosts):
            yield Hit(
                f"Link to another host. {quoted(link.address)} is not one of the campaign's link_hosts, which "
                f"{allowed}: link to one of those, or add the host once the carriers know it.",
                ("content",),
                offset=link.at,
            )


@rule("CX120", "sample", Severity.WARNING, kinds=("Template",))
def sample(document: Document, context: Context) -> Iterator[Hit]:
    """The text is like none of its Campaign's samples.

    What: the template's Campaign has `samples`, and `content` is like none of them, placeholders on either side
    standing for anything, runs of blanks for one.

    Why: what is sent must be what was registered; texts that differ from the samples are a common reason for
    which carriers refuse or suspend a campaign (The Campaign Registry; OpenSplitTime issue 1216 is one).

    How to fix: bring the text back to a sample, or have the new text registered and add it to `samples`.

    Waive it: say when the new text was sent to the carriers, and under which number.

    Fails:   content: "Acme: come in!", and samples: ["Acme: you are due {{date}}."]
    Passes:  content: "Acme: you are due {{day}}."
    """
    content, samples = text(document, "content"), _field(document, context, "samples")
    if content is None or not samples:
        return
    pieces = _pieces(content)
    if not any(_like(_pieces(each), pieces) or _like(pieces, _pieces(each)) for each in samples):
        yield Hit(
            "Like no sample. The text differs from each of its campaign's samples, placeholders standing for anything: "
            "bring it back to one, or have it registered and add it there.",
            ("content",),
        )


@lru_cache(maxsize=256)
def _pieces(content: str) -> tuple[str, ...]:
    """What stands between the placeholders, runs of blanks as one."""
    return tuple(re.sub(r"\s+", " ", piece) for piece in PLACEHOLDER.split(content.strip())[::2])


def _like(pattern: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the other text, a sign for each placeholder, is the pieces of this one with anything in between."""
    first, *rest = pattern
    whole = "\0".join(other)
    if not rest:
        return whole == first
    at, end = len(first), len(whole) - len(rest[-1])
    if at > end or not (whole.startswith(first) and whole.endswith(rest[-1])):
        return False
    for piece in rest[:-1]:
        at = whole.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


@rule("CX121", "campaign", Severity.ERROR, kinds=("Template", "Campaign"))
def campaign(document: Document, context: Context) -> Iterator[Hit]:
    """A Campaign that is in no file, or that no template uses.

    What: an error where a template's `a2p: {campaign: …}` names a Campaign that is in no file, or one whose
    document has errors; only a warning where the template is not to be APPROVED, so that it can be revoked in
    any case. A warning for a Campaign that no template names, and for an `a2p` block that spells out the name
    of one.

    Why: without its Campaign a template has no registration, and US carriers block what is not registered
    (The Campaign Registry for 10DLC). A name that is spelt out beside a Campaign changes without it.

    How to fix: write the name as the Campaign has it, write the Campaign, or remove the one that is not used.

    Waive it: for a Campaign that is not used yet, say which templates are to come, and when.

    Fails:   a2p: {campaign: Acme recals}
    Passes:  a2p: {campaign: Acme recalls}, and a document of kind Campaign of that name
    """
    if document.kind == "Campaign":
        name = document.body.get("name")
        if isinstance(name, str) and name not in context.used:
            message = "Campaign that no template uses. Name it in a template's a2p block, or remove it."
            yield Hit(message, ("name",), severity=Severity.WARNING)
        return
    a2p = document.body.get("a2p")
    if not isinstance(a2p, dict):
        return
    named, spelt = a2p.get("campaign"), a2p.get("campaign_name")
    if isinstance(spelt, str) and (spelt in context.campaigns or spelt in context.broken):
        yield Hit(
            f"Campaign spelt out. There is a Campaign {quoted(spelt)}: write a2p: {{campaign: …}} in place of the "
            "fields, so that both change together.",
            ("a2p", "campaign_name"),
            severity=Severity.WARNING,
        )
    if isinstance(named, str) and named not in context.campaigns:
        severity = None if asked_for(document.body) == APPROVED else Severity.WARNING
        yield Hit(_missing(named, context), ("a2p", "campaign"), severity=severity)


def _missing(name: str, context: Context) -> str:
    if name in context.broken:
        return f"Campaign with errors. The document of {quoted(name)} has errors: fix those."
    near = nearest(name, context.campaigns)
    hint = f"did you mean {quoted(near)}?" if near else "write a document of kind Campaign with that name."
    return f"Unknown campaign. {quoted(name)} is in no file: {hint}"
