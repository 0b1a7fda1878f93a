"""What the log remembers of one tenant where the tenant cannot show it: a fold over its records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import CHECKPOINT, Record
from reconciler.audit.checkpoint import content, restore
from reconciler.audit.remembered import Reviewed, of_json, reviewed_of, to_json
from reconciler.core.canonical import sha256
from reconciler.core.model import Remembered, Shown
from reconciler.core.outcome import Outcome
from reconciler.core.plan_json import identity
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.core.model import Action

Spot = tuple[str, str]
"""A phase and a target."""

CONFIRMED = frozenset(outcome for outcome in Outcome if outcome.good)


@dataclass(slots=True, kw_only=True)
class Memory:
    """What one tenant's records add up to.

    ``open_reviews`` are reviewed actions without a later ``applied`` or ``unchanged``, with the record they stand
    in; ``open_intents`` are intents without an outcome. ``log`` is the log's id: the hash of its first record, empty
    while there is none. ``writes`` counts how often a target's write was settled or changed; ``bodies`` holds the hash
    of what its last intent said is sent. ``shown`` is what templates were last known to show, by id.
    """

    remembered: dict[Spot, Remembered] = field(default_factory=dict)
    open_reviews: dict[Spot, tuple[Action, Record]] = field(default_factory=dict)
    open_intents: dict[Spot, Record] = field(default_factory=dict)
    log: str = ""
    writes: Counter[Spot] = field(default_factory=Counter)
    bodies: dict[Spot, str] = field(default_factory=dict)
    reviews: list[Reviewed] = field(default_factory=list)
    undelivered: dict[int, Record] = field(default_factory=dict)
    templates: set[str] = field(default_factory=set)
    shown: dict[str, Shown] = field(default_factory=dict)

    def times(self, spot: Spot, sent: Remembered) -> int:
        """How often the target's write was settled or changed so far, one that sends this included."""
        return self.writes[spot] + int(self.bodies.get(spot) != _body(to_json(sent)))


def remember(records: Iterable[Record], tenant: str) -> Memory:
    """Fold the records of the log's current file that were written about ``tenant``."""
    memory = Memory()
    for record in records:
        if record["event"] == CHECKPOINT:
            restore(memory, record, tenant)
        memory.log = memory.log or record["hash"]
        if record["tenant"] == tenant:
            fold(memory, record)
    return memory


@dataclass(slots=True, kw_only=True)
class Memories:
    """What a log remembers of each tenant, taken in record by record; ``log`` is the log's id."""

    log: str = ""
    tenants: dict[str, Memory] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """The next record. A checkpoint is taken in as what was before it, and so only in the first place."""
        self.log = self.log or record["log"] or record["hash"]
        if record["event"] == CHECKPOINT:
            for tenant in record["tenants"]:
                restore(self.tenants.setdefault(tenant, Memory()), record, tenant)
        elif record["tenant"] is not None:
            fold(self.tenants.setdefault(record["tenant"], Memory()), record)

    def content(self) -> dict[str, Any]:
        """What a checkpoint at this place says."""
        return content(self.tenants, self.log)


def fold(memory: Memory, record: Record) -> None:
    """Take in one record of the tenant."""
    _FOLDS.get(record["event"], _nothing)(memory, record)


def _reviewed(memory: Memory, record: Record) -> None:
    reviewed = reviewed_of(record)
    for action in reviewed.actions:
        spot = (action.phase, action.target)
        before = memory.open_reviews.get(spot)
        if record["review"] is None and before is not None and identity(before[0]) == identity(action):
            # A later run that goes on with it asserts no review of its own: the one it had stands.
            memory.open_reviews[spot] = (action, Record(record, review=before[1]["review"]))
        else:
            memory.open_reviews[spot] = (action, record)
    memory.reviews.append(reviewed)


def _intent(memory: Memory, record: Record) -> None:
    spot = (record["phase"], record["target"])
    memory.open_intents[spot] = record
    body = _body(record["memory"] or {})
    if memory.bodies.get(spot) != body:
        memory.bodies[spot] = body
        memory.writes[spot] += 1


def _body(memory: Mapping[str, Any]) -> str:
    """The hash of what an intent says is sent: the fields, and the secret's fingerprint."""
    return sha256([memory.get("fields"), memory.get("fingerprint")])


def _outcome(memory: Memory, record: Record) -> None:
    spot = (record["phase"], record["target"])
    kind = by_phase().get(record["phase"])  # none where a later version wrote it
    approval = kind is not None and kind.conditional
    # A write whose fate was not known stays open: the next run sees in the tenant what became of it.
    if not (record["outcome"] == "failed" and record["doubt"]):
        memory.open_intents.pop(spot, None)
    if not record["doubt"]:
        memory.writes[spot] += 1
    memory.undelivered[record["seq"]] = record
    if kind is not None and kind.of_template:
        memory.templates.add(record["target"])
    if approval and record["outcome"] not in {"failed", "blocked"}:
        _show(memory, record)
    if record["outcome"] in CONFIRMED:
        memory.open_reviews.pop(spot, None)
    if approval and record["outcome"] not in {"failed", "conflict"}:
        # Whatever was owed before is settled, or owed anew.
        memory.remembered[spot] = of_json(record["memory"])
    elif record["memory"] is not None:
        _keep(memory, spot, of_json(record["memory"]))


def _show(memory: Memory, record: Record) -> None:
    """What the record shows of a template; one whose template was not looked at has the outcome as its status."""
    status = record["status"]
    if status is None or status == record["outcome"]:
        return
    before = memory.shown.get(record["target"])
    if before is None or before.status != status:
        before = Shown(status=status, since=record["timestamp"])
    if record["outcome"] == "applied":
        ours = before.ours or any(change["field"] == "status" for change in record["changes"] or ())
    else:
        ours = before.ours and before.version == record["updated_at"]
    memory.shown[record["target"]] = Shown(
        status=status,
        since=before.since,
        content_sha256=record["content_sha256"],
        version=record["updated_at"],
        ours=ours,
    )


def _accepted(memory: Memory, record: Record) -> None:
    spot = (record["phase"], record["target"])
    memory.open_intents.pop(spot, None)
    memory.open_reviews.pop(spot, None)
    old = memory.remembered.get(spot, Remembered())
    # The webhook may have been made anew: its secret is the accepted one, whatever id it has now.
    memory.remembered[spot] = replace(of_json(record["memory"]), id=old.id, accepted=True)


def _delivered(memory: Memory, record: Record) -> None:
    for seq in record["delivered"]:
        memory.undelivered.pop(seq, None)


def _nothing(memory: Memory, record: Record) -> None:
    """An event of a later version says nothing to this one."""


def _keep(memory: Memory, spot: Spot, new: Remembered) -> None:
    """Doubt alone leaves the rest standing. A secret's fingerprint belongs to the webhook of one id."""
    old = memory.remembered.get(spot, Remembered())
    if new.doubt and not new.fields:
        memory.remembered[spot] = replace(old, doubt=True)
        return
    same = new.id is None or old.id is None or new.id == old.id
    fingerprint = new.fingerprint or (old.fingerprint if same else None)
    memory.remembered[spot] = replace(new, id=new.id or old.id, fingerprint=fingerprint)


_FOLDS = {
    "reviewed": _reviewed,
    "intent": _intent,
    "outcome": _outcome,
    "accepted": _accepted,
    "delivered": _delivered,
}
EVENTS = frozenset(_FOLDS)
"""The events that this version knows."""
