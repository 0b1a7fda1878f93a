"""What became of a write whose run ended before it could say so: by what the tenant shows now (contract section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.diff import moved
from reconciler.core.model import Ended, Live, Outcome
from reconciler.kinds._responses import shows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.model import Policy, Value
    from reconciler.kinds._base import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What an open intent says: which fields were sent, over which ``updated_at``."""

    operation: str
    sent: Mapping[str, Value]
    updated_at: str | None


def recover(kind: Kind, intent: Intent, lives: Sequence[Live], policy: Policy) -> Ended | None:
    """How the write ended. None where the tenant cannot tell, or shows that the write never arrived."""
    if kind.conditional:
        return _replaced(kind, intent, lives[0], policy) if lives else None
    if intent.operation == "rotate":
        return None  # nothing in a tenant shows which secret a webhook has
    for live in lives:
        if shows(live, intent.sent):
            return Ended(outcome=Outcome.APPLIED, live=live, id=live.id)
    return None


def _replaced(kind: Kind, intent: Intent, live: Live, policy: Policy) -> Ended | None:
    different = moved(intent.sent, live.fields)
    if not different:
        return Ended(outcome=Outcome.APPLIED, live=live)
    if live.version == intent.updated_at:
        return None
    state = kind.owes(intent.sent, live.fields, policy) if different == ("status",) else None
    if state == "pending":
        return Ended(outcome=Outcome.PENDING, live=live, owed=True)
    if state == "held":
        return Ended(
            outcome=Outcome.HELD, live=live, error=f"The tenant shows status {live.fields['status']}."
        )
    return Ended(
        outcome=Outcome.CONFLICT,
        live=live,
        error=f"The run that wrote this ended before it could look again, and {', '.join(different)} is not as it "
        "was sent: somebody changed it since, or the tenant did not take it.",
    )
