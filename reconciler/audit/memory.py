"""What the log remembers of one tenant where the tenant cannot show it: a fold over its records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import CHECKPOINT, Record
from reconciler.audit.checkpoint import content, restore
from reconciler.audit.left import CONFIRMED, leave, left_by, settle
from reconciler.audit.remembered import Left, Reviewed, of_json, reviewed_of, to_json
from reconciler.core.canonical import sha256
from reconciler.core.model import Remembered, Shown
from reconciler.core.plan_json import identity
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.core.model import Action

Spot = tuple[str, str]
"""A phase and a target."""


@dataclass(slots=True, kw_only=True)
class Memory:
    """What one tenant's records add up to.

    ``open_reviews`` are reviewed actions without a later ``applied`` or ``unchanged``, with the record they stand
    in; ``open_intents`` are intents without an outcome. ``log`` is the log's id: the hash of its first record, empty
    while there is none. ``writes`` counts how often a target's write was settled or changed; ``bodies`` holds the hash
    of what its last intent said is sent. ``shown`` is what templates were last known to show, by id, ``left`` how
    objects were left; ``unsettled`` are the outcomes and sightings after which an object is not as it was asked for,
    the last by event.
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
    left: dict[Spot, Left] = field(default_factory=dict)
    unsettled: dict[tuple[str, Spot], Record] = field(default_factory=dict)

    def times(self, spot: Spot, sent: Remembered) -> int:
        """How often the target's write was settled or changed so far, one that sends this included."""
        return self.writes[spot] + int(self.bodies.get(spot) != _body(to_json(sent)))


def remember(records: Iterable[Record], tenant: str) -> Memory:
    """Fold the records that were written about ``tenant``. A checkpoint says all that those before it do."""
    memory = Memory()
    for record in records:
        if record["event"] == CHECKPOINT:
            memory = Memory()
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
        review = before[1]["review"] if before is not None else None
        if record["review"] is None and review and before and identity(before[0]) == identity(action):
            # A later run that goes on with it asserts no review of its own: the one it had stands.
            memory.open_reviews[spot] = (action, Record(record, review=review))
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
    if kind is not None:
        leave(memory.left, record, kind, memory.open_intents.get(spot, record))
    settle(memory.unsettled, record)
    # A write whose fate was not known stays open: the next run sees in the tenant what became of it.
    if not (record["outcome"] == "failed" and record["doubt"]):
        memory.open_intents.pop(spot, None)
    if not record["doubt"]:
        memory.writes[spot] += 1
    memory.undelivered[record["seq"]] = record
    if kind is not None and kind.of_template:
        memory.templates.add(record["target"])
    _show(memory.shown, record)
    if record["outcome"] in CONFIRMED:
        memory.open_reviews.pop(spot, None)
    if approval and record["outcome"] not in {"failed", "conflict"}:
        # Whatever was owed before is settled, or owed anew.
        memory.remembered[spot] = of_json(record["memory"])
    elif record["memory"] is not None:
        _keep(memory, spot, of_json(record["memory"]))


def _seen(memory: Memory, record: Record) -> None:
    settle(memory.unsettled, record)
    _show(memory.shown, record)


def shown_after(shown: Mapping[str, Shown], records: Iterable[Record]) -> dict[str, Shown]:
    """What templates are known to show, by id, once these records are taken in as well."""
    after = dict(shown)
    for record in records:
        _show(after, record)
    return after


def _show(shown: dict[str, Shown], record: Record) -> None:
    """Take in what a record shows of a template; one that was not looked at has the outcome as its status."""
    kind, status, outcome = by_phase().get(record["phase"]), record["status"], record["outcome"]
    if kind is None or not kind.conditional or status is None or outcome in {status, "failed", "blocked"}:
        return
    before, version = shown.get(record["target"]), record["updated_at"]
    changed = [change["field"] for change in record["changes"] or ()] if outcome == "applied" else ()
    after = written(before, changed, status=status, version=version, at=record["timestamp"])
    moved = outcome != "applied" and (before is None or before.version != version)
    text = record["content_sha256"] or (before.content_sha256 if before is not None else None)
    shown[record["target"]] = replace(after, content_sha256=text, ours=after.ours and not moved)


def written(
    before: Shown | None, changed: Collection[str], *, status: str, version: str | None, at: str
) -> Shown:
    """What a template shows once this tool has ``changed`` these fields of it, over what it showed before."""
    same = before if before is not None and before.status == status else None
    return Shown(
        status=status,
        since=same.since if same is not None else at,
        version=version,
        ours="status" in changed or (same is not None and same.ours),
    )


def _accepted(memory: Memory, record: Record) -> None:
    spot = (record["phase"], record["target"])
    memory.open_intents.pop(spot, None)
    memory.open_reviews.pop(spot, None)
    settle(memory.unsettled, record)
    memory.left[spot] = left_by(record)
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
    "seen": _seen,
}
EVENTS = frozenset({*_FOLDS, CHECKPOINT})
"""The events that this version knows."""
