"""Registration for application-to-person traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.model import APPROVED, Document, Severity
from reconciler.core.status import asked_for
from reconciler.rules._base import Context, Hit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule("CX104", "a2p", Severity.ERROR, kinds=("Template",))
def a2p(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """A template whose status is APPROVED has no `a2p` registration.

    What: a document with `status: APPROVED` (the default) needs an `a2p` block: campaign name, message class,
    and how the recipients opted in.

    Why: US carriers block or surcharge application-to-person traffic that belongs to no registered campaign
    (CTIA Messaging Principles and Best Practices, 2023-05; The Campaign Registry for 10DLC). The opt-in evidence is
    what the Telephone Consumer Protection Act asks for (47 CFR 64.1200).

    How to fix: add the block. State the opt-in as it really happens: it is an attestation. A template that
    is not to go out yet gets another status, such as DRAFT.

    Waive it: say by which carrier's arrangement the messages go out unregistered, and until when.

    Fails:   status: APPROVED, and no a2p
    Passes:  a2p: {campaign_name: Appointments, message_class: TRANSACTIONAL,
                   opt_in_language: Opted in at the front desk}
    """
    if "a2p" in document.body or asked_for(document.body) != APPROVED:
        return
    yield Hit(
        "A2P registration is missing. A template whose status is APPROVED needs an 'a2p' block with "
        "campaign_name, message_class and opt_in_language; give it another status if it must wait.",
        ("status",) if "status" in document.body else (),
    )
