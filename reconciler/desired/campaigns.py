"""Campaigns: what several templates are registered under, written once, and put into each of their registrations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds import in_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.core.model import Document

_KIND = "Campaign"


def name_of(document: Document) -> str | None:
    """What identifies a Campaign; None for any other document, and for one without a name."""
    name = document.body.get("name") if document.kind == _KIND else None
    return name if isinstance(name, str) else None


def named_by(document: Document) -> str | None:
    """The Campaign that a template names; None where it names none."""
    block = document.body.get(in_block().block)
    name = block.get("campaign") if isinstance(block, dict) else None
    return name if isinstance(name, str) else None


def by_name(documents: Iterable[Document]) -> dict[str, Document]:
    """The Campaigns by name, the first of each."""
    found: dict[str, Document] = {}
    for document in documents:
        if (name := name_of(document)) is not None:
            found.setdefault(name, document)
    return found


def resolved(document: Document, campaigns: Mapping[str, Document]) -> Document:
    """The template with its registration's three fields; without a registration where its Campaign is not there."""
    name = named_by(document)
    if name is None:
        return document
    place = in_block().block
    body = {key: value for key, value in document.body.items() if key != place}
    if name in campaigns:
        known = campaigns[name].body
        body[place] = {
            "campaign_name": name,
            **{key: known[key] for key in ("message_class", "opt_in_language")},
        }
    return replace(document, body=body)
