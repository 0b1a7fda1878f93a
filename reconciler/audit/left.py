"""How runs left objects: by the last record that settled one, and by those after which it is not settled.

A plan tells drift by it, and a report that begins in the midst of the log has who approved what before that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.audit.chain import Record
from reconciler.audit.remembered import Left, of_json
from reconciler.core.outcome import Outcome
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from reconciler.audit.memory import Spot
    from reconciler.kinds._base import Kind

CONFIRMED = frozenset(outcome for outcome in Outcome if outcome.good)
_WAITING = frozenset(outcome for outcome in Outcome if outcome.waits)
_OF_A_FILE = frozenset({"prev_hash", "mac"})
"""What says only where in its file a record stands."""


def leave(left: dict[Spot, Left], record: Record, kind: Kind, intent: Record) -> None:
    """Take in an outcome; ``intent`` said what was sent, where there is one."""
    spot, outcome = (record["phase"], record["target"]), record["outcome"]
    if kind.of_template and not kind.conditional:
        _follow(left, record)
    elif outcome in CONFIRMED:
        fields = of_json(intent["memory"]).fields if kind.conditional else {}
        before = left.get(spot)
        left[spot] = replace(
            left_by(record),
            status=record["status"] if kind.conditional and record["status"] != outcome else None,
            content_sha256=record["content_sha256"],
            from_address=_text(fields.get("from_address")),
            name=_text(fields.get("name")) or (before.name if before is not None else None),
        )
    elif outcome in _WAITING and spot in left:
        left[spot] = replace(left[spot], waits=True)


def left_by(record: Record) -> Left:
    """What a record that settles an object says of itself."""
    return Left(
        seq=record["seq"],
        hash=record["hash"],
        at=record["timestamp"],
        operation=record["operation"],
        operator_id=record["operator_id"],
        review=record["review"],
        ready=bool(record["carrier_ready"]),
        doubt=bool(record["doubt"]),
        waivers=record["waivers"] or None,
    )


def settle(unsettled: dict[tuple[str, Spot], Record], record: Record) -> None:
    """Take in an outcome, a sighting, or what a person accepted."""
    event, spot = record["event"], (record["phase"], record["target"])
    good = event == "accepted" or record["outcome"] in CONFIRMED
    if good or record["outcome"] in _WAITING:
        unsettled.pop(("seen", spot), None)
    if good:
        unsettled.pop(("outcome", spot), None)
    else:
        unsettled[event, spot] = Record(
            {name: value for name, value in record.items() if name not in _OF_A_FILE}
        )


def _follow(left: dict[Spot, Left], record: Record) -> None:
    """What comes after an approval on the same template says whether that is ready for carriers."""
    approvals = ((phase, record["target"]) for phase, kind in by_phase().items() if kind.conditional)
    approval = next((spot for spot in approvals if spot in left), None)
    if approval is not None:
        ready, waivers = bool(record["carrier_ready"]), record["waivers"] or None
        left[approval] = replace(left[approval], ready=ready, waivers=waivers)
    elif record["outcome"] in CONFIRMED:
        left[record["phase"], record["target"]] = left_by(record)


def _text(value: object) -> str | None:
    return str(value) if value is not None else None
