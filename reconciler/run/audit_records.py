"""Outcomes as audit records: what was done, over which state, by whose review (contract section 5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.audit import records
from reconciler.core.model import Outcome, Remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.records import Run
    from reconciler.core.model import Action, Document, Ended, Waiver
    from reconciler.kinds._base import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the records say of the documents: ``flawed`` are targets with a finding that no waiver covers.

    ``waivers`` are those in force by target; ``clock`` is monotonic, in seconds, as the documents' ``began``.
    """

    documents: Mapping[str, Document]
    waivers: Mapping[str, Sequence[Waiver]]
    flawed: Collection[str]
    clock: Callable[[], float]

    def latency_ms(self, target: str) -> int | None:
        """Since the validation of the target's document began."""
        document = self.documents.get(target)
        return round((self.clock() - document.began) * 1000) if document is not None else None


def intent_record(
    run: Run, facts: Facts, kind: Kind, action: Action, sent: Remembered, precondition: str | None
) -> Record:
    """What is about to be sent, over which ``updated_at``."""
    return run.record(
        "intent",
        **records.about(action, kind.audit_action),
        updated_at=precondition,
        memory=records.memory_json(sent),
        waivers=records.waivers_json(facts.waivers.get(action.target, ())),
    )


def outcome_record(
    run: Run,
    facts: Facts,
    kind: Kind,
    action: Action,
    ended: Ended,
    *,
    attempts: int,
    memory: Remembered | None,
    registered: bool,
) -> Record:
    """How one action ended."""
    return run.record(
        "outcome",
        **{
            **records.about(action, kind.audit_action),
            **_judged(kind, ended),
            "latency_ms": facts.latency_ms(action.target),
            "carrier_ready": _ready(facts, kind, action.target, ended, registered=registered),
            "attempts": attempts,
            "memory": records.memory_json(memory),
            "content_sha256": _content_sha256(facts, kind, action.target, ended),
            "waivers": records.waivers_json(facts.waivers.get(action.target, ())),
        },
    )


def closing_record(
    run: Run,
    facts: Facts,
    kind: Kind,
    intent: Record,
    ended: Ended,
    memory: Remembered | None,
    *,
    registered: bool = False,
) -> Record:
    """The outcome of an earlier run's intent. Who did it and who approved it are the intent's.

    ``registered`` says of an approval whether the template's registration is in place.
    """
    registered = registered or kind.name == "registration"
    kept = ("template_id", "action", "phase", "operation", "target", "source", "changes", "waivers")
    return run.record(
        "outcome",
        **{
            **{name: intent[name] for name in (*kept, "operator_id", "git", "review", "plan_digest")},
            **_judged(kind, ended),
            "latency_ms": facts.latency_ms(intent["target"]),
            "carrier_ready": _ready(facts, kind, intent["target"], ended, registered=registered),
            "attempts": 0,
            "memory": records.memory_json(memory),
            "content_sha256": _content_sha256(facts, kind, intent["target"], ended),
        },
    )


def _judged(kind: Kind, ended: Ended) -> dict[str, Any]:
    status = ended.live.fields.get("status") if kind.conditional and ended.live is not None else None
    told = ended.outcome not in {Outcome.FAILED, Outcome.BLOCKED}
    return {
        "status": status if status is not None and told else str(ended.outcome),
        "outcome": str(ended.outcome),
        "error": ended.error,
        "doubt": ended.doubt or None,
        "updated_at": ended.live.version if ended.live is not None else None,
    }


def _ready(facts: Facts, kind: Kind, target: str, ended: Ended, *, registered: bool) -> bool:
    """Whether every rule passed or is waived and the registration is in place; a webhook needs none."""
    return ended.outcome.good and (registered or kind.last) and target not in facts.flawed


def _content_sha256(facts: Facts, kind: Kind, target: str, ended: Ended) -> str | None:
    """Of the text that the tenant shows, else of the document's; in UTF-8."""
    if kind.last:
        return None
    document = facts.documents.get(target)
    content = ended.live.fields.get("content") if ended.live is not None and kind.conditional else None
    if content is None and document is not None:
        content = document.body.get("content")
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest() if isinstance(content, str) else None
