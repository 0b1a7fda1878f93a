"""The records' shape: the seven fields of the tenant's audit call, then the tool's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import Record
from reconciler.audit.remembered import to_json
from reconciler.core.plan_json import reviewed_form, unchecked_json, value_json
from reconciler.cxone.audit_logs import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.core.model import Action, Change, Live, Remembered, Source, Unchecked, Waiver
    from reconciler.kinds._base import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What all records of one run share. ``now`` is the wall clock in seconds since the epoch."""

    run_id: str
    tenant: str
    base_url: str
    operator_id: str
    git: Mapping[str, Any] | None
    review: Mapping[str, Any] | None
    now: Callable[[], float]
    plan_digest: str | None = None

    def record(self, event: str, **fields: Any) -> Record:  # noqa: ANN401  the fields are JSON
        """A record of this run."""
        return Record(
            {
                **dict.fromkeys(FIELDS),
                "timestamp": timestamp(self.now()),
                "operator_id": self.operator_id,
                "run_id": self.run_id,
                "event": event,
                "tenant": self.tenant,
                "base_url": self.base_url,
                "plan_digest": self.plan_digest,
                "git": dict(self.git) if self.git is not None else None,
                "review": dict(self.review) if self.review is not None else None,
                **fields,
            }
        )


def timestamp(seconds: float) -> str:
    """RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def reviewed(
    run: Run,
    actions: Sequence[Action],
    *,
    unchecked: Sequence[Unchecked],
    unlisted: Sequence[str],
    digest: str,
) -> Record:
    """The ``reviewed`` record of the actions that a run may do; ``digest`` is their plan's."""
    return run.record(
        "reviewed",
        plan_digest=digest,
        actions=[{**reviewed_form(action), "source": source_json(action.source)} for action in actions],
        unchecked=[unchecked_json(item) for item in unchecked],
        unlisted=list(unlisted),
    )


def seen(run: Run, kind: Kind, live: Live, content_sha256: str | None) -> Record:
    """The ``seen`` record of a template."""
    return run.record(
        "seen",
        template_id=live.target,
        status=live.fields["status"],
        phase=kind.phase,
        target=live.target,
        content_sha256=content_sha256,
        updated_at=live.version,
        review=None,
    )


def about(action: Action, kind: Kind) -> dict[str, Any]:
    """The fields that say which action a record is about."""
    return {
        "template_id": action.target if kind.of_template else "",
        "action": kind.audit_action,
        "phase": action.phase,
        "operation": action.operation,
        "target": action.target,
        "source": source_json(action.source),
        "changes": changes_json(action.changes),
    }


def changes_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Changes as JSON, in the form that a plan has them in."""
    return [
        {"field": change.field, "live": value_json(change.live), "desired": value_json(change.desired)}
        for change in changes
    ]


def source_json(source: Source | None) -> dict[str, Any] | None:
    """The file and line where an action's document begins, as JSON; None for an action without a document."""
    return {"file": source.file, "line": source.line} if source is not None else None


def waivers_json(waivers: Sequence[Waiver]) -> list[dict[str, str]]:
    """Waivers as JSON: rule, reason, last day."""
    return [{"rule": waiver.rule, "reason": waiver.reason, "expires": waiver.expires} for waiver in waivers]


def memory_json(remembered: Remembered | None) -> dict[str, Any] | None:
    """A record's ``memory``; null where there is nothing to remember."""
    return (to_json(remembered) or None) if remembered is not None else None
