"""Words that the tenant and its carriers know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.core.suggest import nearest
from reconciler.rules._base import STATUSES, Context, Hit, quoted, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = ("a2p.registered", "template.revoked", *(f"template.{status.lower()}" for status in STATUSES))
"""What a tenant is known to tell a webhook of."""


@rule("CX114", "vocabulary", Severity.WARNING, kinds=("Template", "Webhook", "Campaign"))
def vocabulary(document: Document, context: Context) -> Iterator[Hit]:
    """A message class or a webhook's event that is not known.

    What: the `message_class` of an `a2p` block is not one of the Policy's `message_classes`, or one of a
    webhook's `events` is not one that a tenant is known to tell of: `a2p.registered`, and `template.` with a
    status, such as `template.approved`. An empty `message_classes` allows any.

    Why: both are sent as they are written. A misspelt class is registered with the carriers as it stands, and
    messages are judged by it (CTIA Messaging Principles and Best Practices, 2023-05, section 3: the class of
    traffic decides the rules); a misspelt event is never told, and nobody misses what never comes.

    How to fix: write the word that the finding names. If the tenant has another class, add it to
    `message_classes` in the Policy.

    Waive it: for an event, say where the tenant's documentation has it.

    Fails:   message_class: TRANSACTONAL
    Passes:  message_class: TRANSACTIONAL
    """
    if document.kind == "Webhook":
        events = document.body.get("events")
        for at, event in enumerate(events if isinstance(events, (list, tuple)) else ()):
            yield from _unknown("event", event, EVENTS, ("events", at))
        return
    classes = context.policy.message_classes
    if document.kind == "Campaign":
        if classes:
            yield from _unknown(
                "message class", document.body.get("message_class"), classes, ("message_class",)
            )
        return
    a2p = document.body.get("a2p")
    if classes and isinstance(a2p, dict):
        yield from _unknown("message class", a2p.get("message_class"), classes, ("a2p", "message_class"))


def _unknown(
    what: str, written: object, known: tuple[str, ...], path: tuple[str | int, ...]
) -> Iterator[Hit]:
    if isinstance(written, str) and written not in known:
        near = nearest(written, known)
        hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}."
        yield Hit(f"Unknown {what}. {quoted(written)} is not known: {hint}", path)
