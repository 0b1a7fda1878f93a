"""What stands in a checkpoint for the records before it, as a report needs them: in the shape of records.

Where a report begins in the midst of the log, these say who left each object how, and what was not settled by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import Record
from reconciler.core.outcome import Outcome
from reconciler.kinds import by_phase, discover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.audit.memory import Memory, Spot
    from reconciler.audit.remembered import Left
    from reconciler.core.model import Value

_BY_PHASE = ("remembered", "left", "writes", "bodies", "open_intents")
"""What a checkpoint has of a tenant by phase and target."""


def earlier(memory: Memory) -> tuple[Record, ...]:
    """The records of one tenant that a checkpoint still tells of, in order; ``memory`` is what it says."""
    left = (_outcome(spot, one, memory) for spot, one in memory.left.items())
    reviewed = {record["seq"]: record for _, record in memory.open_reviews.values()}
    found = (*left, *memory.unsettled.values(), *memory.open_intents.values(), *reviewed.values())
    return tuple(sorted(found, key=lambda record: int(record["seq"])))


def _outcome(spot: Spot, left: Left, memory: Memory) -> Record:
    phase, target = spot
    kind = by_phase().get(phase)
    conditional = kind is not None and kind.conditional
    kept = memory.remembered.get(spot)
    fields: dict[str, Value] = {"status": left.status, "from_address": left.from_address, "name": left.name}
    if not conditional and kept is not None:
        fields = dict(kept.fields)
    return Record(
        event="outcome",
        outcome=str(Outcome.APPLIED),
        phase=phase,
        target=target,
        operation=left.operation,
        run_id="",
        seq=left.seq,
        hash=left.hash,
        timestamp=left.at,
        status=left.status,
        content_sha256=left.content_sha256,
        operator_id=left.operator_id,
        review=left.review,
        carrier_ready=left.ready,
        doubt=left.doubt or None,
        waivers=left.waivers,
        memory={"fields": {name: value for name, value in fields.items() if value is not None}},
    )


def undelivered(record: Record) -> Record:
    """The outcome that the tenant's audit log does not have, of what a checkpoint holds: what is sent there, and no
    more."""
    phases = {kind.audit_action: kind.phase for kind in discover().values()}
    about = {"phase": phases.get(record["action"], ""), "target": record["template_id"], "operation": ""}
    return Record(record, event="outcome", outcome=str(record["status"]), run_id="", **about)


def narrowed_part(part: Mapping[str, Any], only: frozenset[str], phases: frozenset[str]) -> dict[str, Any]:
    """What a checkpoint says of one tenant, as if only these templates were there."""

    def spots(told: Mapping[str, Any]) -> dict[str, Any]:
        return {
            phase: {target: one for target, one in targets.items() if target in only}
            for phase, targets in told.items()
            if phase in phases
        }

    kept: dict[str, Any] = {name: spots(part[name]) for name in _BY_PHASE if name in part}
    kept["templates"] = [target for target in part.get("templates", ()) if target in only]
    kept["shown"] = {target: one for target, one in part.get("shown", {}).items() if target in only}
    kept["unsettled"] = [one for one in part.get("unsettled", ()) if one["target"] in only]
    kept["undelivered"] = [one for one in part.get("undelivered", ()) if one["template_id"] in only]
    kept["open_reviews"] = [
        {**one, "open": [spot for spot in one["open"] if spot[0] in phases and spot[1] in only]}
        for one in part.get("open_reviews", ())
    ]
    return kept
