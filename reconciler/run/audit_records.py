"""Outcomes as audit records: what was done, over which state, by whose review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.audit import records
from reconciler.audit.chain import Record
from reconciler.core.canonical import text_sha256
from reconciler.core.outcome import Outcome
from reconciler.kinds import discover
from reconciler.plan.closing import action_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from reconciler.audit.records import Run
    from reconciler.core.model import Action, Document, Observation, Remembered, Shown, Waiver
    from reconciler.core.outcome import Ended
    from reconciler.kinds._base import Kind
    from reconciler.plan.closing import Closing


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What the records say of the documents: ``flawed`` are targets with a finding that no waiver covers.

    ``waivers`` are those in force by target; ``clock`` is monotonic, in seconds, as the documents' ``began``.
    """

    documents: Mapping[str, Document]
    waivers: Mapping[str, Sequence[Waiver]]
    flawed: Collection[str]
    clock: Callable[[], float]

    def latency_ms(self, target: str) -> int | None:
        """Milliseconds since the validation of the target's document began; None where no document names it."""
        document = self.documents.get(target)
        return round((self.clock() - document.began) * 1000) if document is not None else None


def intent_record(
    run: Run, facts: DocumentFacts, kind: Kind, action: Action, sent: Remembered, precondition: str | None
) -> Record:
    """The ``intent`` record of a write: what is about to be sent, over which ``updated_at``."""
    return run.record(
        "intent",
        **records.about(action, kind),
        updated_at=precondition,
        memory=records.memory_json(sent),
        content_sha256=_content_sha256(facts, kind, action.target),
        waivers=records.waivers_json(facts.waivers.get(action.target, ())),
    )


def outcome_record(
    run: Run,
    facts: DocumentFacts,
    kind: Kind,
    action: Action,
    ended: Ended,
    *,
    attempts: int,
    memory: Remembered | None,
    registered: bool,
) -> Record:
    """The ``outcome`` record of an action."""
    return run.record(
        "outcome",
        **{
            **records.about(action, kind),
            **_judged(kind, ended),
            "latency_ms": facts.latency_ms(action.target),
            "carrier_ready": _ready(facts, kind, action.target, ended, registered=registered),
            "attempts": attempts,
            "memory": records.memory_json(memory),
            "content_sha256": _content_sha256(facts, kind, action.target, ended),
            "waivers": records.waivers_json(facts.waivers.get(action.target, ())),
        },
    )


def closing_record(run: Run, facts: DocumentFacts, closing: Closing) -> Record:
    """The outcome of what an earlier run left open: who did it, who approved it and what was sent, as it was then."""
    origin = _about(facts, closing)
    kept = ("template_id", "action", "phase", "operation", "target", "source", "waivers")
    ended = closing.ended
    return run.record(
        "outcome",
        **{
            **{name: origin[name] for name in (*kept, "operator_id", "git", "review", "plan_digest")},
            **_judged(closing.kind, ended),
            "changes": list(closing.changes),
            "latency_ms": facts.latency_ms(closing.target),
            "carrier_ready": _ready(
                facts, closing.kind, closing.target, ended, registered=closing.registered
            ),
            "attempts": 0,
            "memory": records.memory_json(closing.memory),
            "content_sha256": origin["content_sha256"],
        },
    )


def _about(facts: DocumentFacts, closing: Closing) -> Record:
    """What a closing takes over: an intent says all of it; of what was only reviewed the tenant shows the text."""
    if closing.origin["event"] == "intent":
        return closing.origin
    kind, target = closing.kind, closing.target
    action = action_in(closing.origin, (kind.phase, target))
    return Record(
        {
            **closing.origin,
            **{name: action[name] for name in ("phase", "operation", "target", "source")},
            "template_id": target if kind.of_template else "",
            "action": kind.audit_action,
            "waivers": records.waivers_json(facts.waivers.get(target, ())),
            "content_sha256": _sha256(closing.shown),
        }
    )


def seen_records(run: Run, observed: Observation, shown: Mapping[str, Shown]) -> Iterator[Record]:
    """The ``seen`` records: of each template in another status or with another text than the log last knew."""
    for (name, target), (live, *_) in sorted(observed.lives.items()):
        known = shown.get(target)
        if known is None or not discover()[name].conditional or "status" not in live.fields:
            continue
        now = live.fields["status"], _sha256(live.fields.get("content"))
        was = known.status, known.content_sha256
        if any(
            before not in {None, after} and after is not None for before, after in zip(was, now, strict=True)
        ):
            yield records.seen(run, discover()[name], live, now[1])


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


def _ready(facts: DocumentFacts, kind: Kind, target: str, ended: Ended, *, registered: bool) -> bool:
    """Whether every rule passed or is waived and the registration is in place, where one is needed."""
    return ended.outcome.good and (registered or not kind.of_template) and target not in facts.flawed


def _content_sha256(facts: DocumentFacts, kind: Kind, target: str, ended: Ended | None = None) -> str | None:
    """Of the text that the tenant shows, else of the document's; in UTF-8."""
    if not kind.of_template:
        return None
    document = facts.documents.get(target)
    live = ended.live if ended is not None and kind.conditional else None
    content = live.fields.get("content") if live is not None else None
    if content is None and document is not None:
        content = document.body.get("content")
    return _sha256(content)


def _sha256(content: object) -> str | None:
    return text_sha256(content) if isinstance(content, str) else None
