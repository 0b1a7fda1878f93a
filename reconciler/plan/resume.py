"""What an earlier run left open, and how it ends: open intents, reviewed actions that are not done, rotations.

An intent without an outcome is a crash, or a write whose fate nobody could find out: what
became of it is told by what the tenant shows now. A reviewed action stays open until it is applied or unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.audit.memory import written
from reconciler.audit.remembered import of_json
from reconciler.core.diff import moved
from reconciler.core.model import Live, Remembered
from reconciler.core.outcome import Ended, Outcome
from reconciler.kinds import by_phase, with_secret
from reconciler.kinds._responses import shows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Memory, Spot
    from reconciler.core.model import Key, Observation, Policy, Shown, Value
    from reconciler.kinds._base import Kind
    from reconciler.plan.review import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What an open intent says: which fields were sent and which of them differed, over which ``updated_at``."""

    operation: str
    sent: Mapping[str, Value]
    updated_at: str | None
    changed: tuple[str, ...] = ("status",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIntent:
    """An intent's record, and how its write ended by what the tenant shows; None where no end is shown.

    ``absent``: the tenant shows that the write did not arrive. Without that and without an end nobody can tell.
    """

    record: Record
    ended: Ended | None
    absent: bool = False

    @property
    def doubt(self) -> bool:
        """Whether nobody can tell what became of the write."""
        return self.ended is None and not self.absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """What is remembered, by kind and target, with the open intents taken into account; these by phase and target.

    ``shown`` is what templates show by open intents that had arrived, by id.
    """

    remembered: Mapping[Key, Remembered] = field(default_factory=dict)
    shown: Mapping[str, Shown] = field(default_factory=dict)
    intents: Mapping[Spot, OpenIntent] = field(default_factory=dict)


def settle(memory: Memory, observed: Observation, policy: Policy, looked: Collection[Key]) -> Resumption:
    """What became of the open intents of the objects that were looked for; the others stay open."""
    kinds = by_phase()
    remembered = {
        (kinds[phase].name, target): kept
        for (phase, target), kept in memory.remembered.items()
        if phase in kinds
    }
    intents: dict[Spot, OpenIntent] = {}
    shown: dict[str, Shown] = {}
    for spot, record in sorted(memory.open_intents.items()):
        if spot[0] not in kinds:
            continue  # a later version wrote it
        kind = kinds[spot[0]]
        key = (kind.name, spot[1])
        if key not in looked:
            continue  # not in this run's scope
        kept = of_json(record["memory"])
        intent = Intent(
            operation=record["operation"],
            sent=kept.fields,
            updated_at=record["updated_at"],
            changed=tuple(change["field"] for change in record["changes"] or ()),
        )
        lives = observed.lives.get(key, ())
        ended = recover(kind, intent, lives, policy)
        absent = ended is None and _absent(kind, intent, lives, listed=kind.name in observed.listed)
        intents[spot] = OpenIntent(record=record, ended=ended, absent=absent)
        remembered[key] = _after_crash(kind, remembered.get(key, Remembered()), kept, ended, policy)
        if kind.conditional and ended is not None and ended.outcome is Outcome.APPLIED:
            shown[spot[1]] = _left(memory.shown.get(spot[1]), intent, lives[0], record["timestamp"])
    return Resumption(remembered=remembered, shown=shown, intents=intents)


def _left(before: Shown | None, intent: Intent, live: Live, at: str) -> Shown:
    """What the template shows by a write that had arrived: its own where the version has moved since it was begun."""
    changed = intent.changed if live.version != intent.updated_at else ()
    return written(before, changed, status=str(live.fields["status"]), version=live.version, at=at)


def _absent(kind: Kind, intent: Intent, lives: Sequence[Live], *, listed: bool) -> bool:
    """Whether the tenant shows that a write without a shown end never arrived."""
    if kind.conditional:
        return any(live.version == intent.updated_at for live in lives)
    return listed and intent.operation != "rotate"


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
        if set(intent.changed) <= {"status"}:
            return None  # whoever moved it, it shows nothing that only this write can have brought
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


def _after_crash(
    kind: Kind, before: Remembered, kept: Remembered, ended: Ended | None, policy: Policy
) -> Remembered:
    if ended is None:
        return before if kind.conditional else replace(before, doubt=True)
    return memory_after(kind, kept, ended, policy) or before


def memory_after(kind: Kind, sent: Remembered, ended: Ended, policy: Policy) -> Remembered | None:
    """What is to be remembered of a write of these fields and this secret that ended so; None where nothing is."""
    if ended.outcome is Outcome.PENDING:
        if not ended.owed:
            return None
        status = ended.live.fields.get("status") if ended.live is not None else None
        return Remembered(owed=sent.fields, owed_status=str(status), owed_from=tuple(policy.approve_from))
    if kind.conditional:
        return None
    if ended.outcome.good:
        # What somebody else made has a secret that this log does not know.
        ours = sent.fingerprint if ended.outcome is Outcome.APPLIED else None
        return Remembered(fields=sent.fields, id=ended.id, fingerprint=ours)
    return Remembered(doubt=True) if ended.doubt else None


def open_targets(memory: Memory, known: Collection[str]) -> tuple[str, ...]:
    """The targets of open reviewed actions and intents that are among the ``known``."""
    still = {target for _, target in (*memory.open_reviews, *memory.open_intents)}
    return tuple(sorted(still & set(known)))


def rotations(
    memory: Memory, files: Sequence[Evidence], asked: Collection[str], known: Collection[str]
) -> tuple[str, ...]:
    """The webhooks whose secret is to be set again: as ``asked`` for now, or as reviewed and not done yet.

    ``known`` are the targets of this run: what was reviewed of others is not its business.
    """
    in_files = {action.target for item in files for action in item.actions if action.operation == "rotate"}
    in_log = {action.target for action, _ in memory.open_reviews.values() if action.operation == "rotate"}
    reviewed = {*(url for url in in_files if not _secret_known(memory, url)), *in_log}
    return tuple(sorted({*asked, *(reviewed & set(known))}))


def _secret_known(memory: Memory, url: str) -> bool:
    """Whether the log knows for certain which secret the webhook has: then a plan compares, and rotates by itself."""
    known = memory.remembered.get((with_secret().phase, url))
    return known is not None and known.fingerprint is not None and not known.doubt
