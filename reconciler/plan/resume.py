"""What an earlier run left open, and how it ends: open intents, reviewed actions that are not done, rotations.

The one owner of these. An intent without an outcome is a crash, or a write whose fate nobody could find out: what
became of it is told by what the tenant shows now. A reviewed action stays open until it is applied or unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.audit.memory import of_json
from reconciler.core.diff import moved
from reconciler.core.model import SECRET, Live, Remembered
from reconciler.core.outcome import Ended, Outcome
from reconciler.core.plan_json import value_of
from reconciler.kinds import asked_by_carriers, by_phase, with_secret
from reconciler.kinds._responses import shows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Memory, Spot
    from reconciler.core.model import Key, Observation, Policy, Value
    from reconciler.kinds._base import Kind
    from reconciler.plan.build import PlanInput
    from reconciler.plan.review import Evidence, ReviewedPlan


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
    """What is remembered, by kind and target, with the open intents taken into account; these by phase and target."""

    remembered: Mapping[Key, Remembered] = field(default_factory=dict)
    intents: Mapping[Spot, OpenIntent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of something that an earlier run left open.

    ``origin`` is its ``intent`` or ``reviewed`` record; ``changes`` those that were sent, or of what was only reviewed
    those that are in place by now; ``memory`` what is to be remembered of it; ``shown`` the template's text as the
    tenant shows it, None where it was not read; ``registered`` whether the template's registration is in place.
    ``words`` tell people.
    """

    kind: Kind
    target: str
    origin: Record
    ended: Ended
    changes: tuple[Record, ...]
    memory: Remembered | None
    shown: Value
    registered: bool
    words: str


def settle(memory: Memory, observed: Observation, policy: Policy, desired: Collection[Key]) -> Resumption:
    """What became of the open intents of the desired objects; the others stay open."""
    kinds = by_phase()
    remembered = {
        (kinds[phase].name, target): kept
        for (phase, target), kept in memory.remembered.items()
        if phase in kinds
    }
    intents: dict[Spot, OpenIntent] = {}
    for spot, record in sorted(memory.open_intents.items()):
        if spot[0] not in kinds:
            continue  # a later version wrote it
        kind = kinds[spot[0]]
        key = (kind.name, spot[1])
        if key not in desired:
            continue  # not in this run's scope: nobody looked
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
    return Resumption(remembered=remembered, intents=intents)


def _absent(kind: Kind, intent: Intent, lives: Sequence[Live], *, listed: bool) -> bool:
    """Whether the tenant shows that a write without a shown end never arrived."""
    if kind.conditional:
        return bool(lives) and lives[0].version == intent.updated_at
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


def open_targets(memory: Memory, known: Collection[str], targets: Collection[str]) -> tuple[str, ...]:
    """The targets of open reviewed actions and intents that documents still name (``known``), within ``targets``."""
    still = {target for _, target in (*memory.open_reviews, *memory.open_intents)}
    return tuple(sorted(target for target in still & set(known) if not targets or target in targets))


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


def registered(given: PlanInput, planned: Collection[Spot], target: str, done: Collection[str] = ()) -> bool:
    """Whether all that carriers ask of a template is in place: by one of the kinds ``done``, or with nothing to do."""
    return all(
        kind.name in done or ((kind.name, target) in given.desired and (kind.phase, target) not in planned)
        for kind in asked_by_carriers()
    )


def closings(given: PlanInput, review: ReviewedPlan) -> Iterator[Closing]:
    """How everything ends that earlier runs left open and that this run does not do again.

    An intent whose fate nobody can tell stays open, until the tenant shows it or it is done again.
    """
    plan = review.plan
    redone = {(action.phase, action.target) for action in review.reviewed}
    planned = {(action.phase, action.target) for action in plan.actions}
    for spot, intent in sorted(given.resumption.intents.items()):
        if intent.ended is not None or (intent.absent and spot not in redone):
            yield _closing(given, planned, spot, intent.record, intent.ended or _ABSENT)
    done = {*planned, *given.resumption.intents}
    for spot, (_, record) in sorted(given.memory.open_reviews.items()):
        kind = by_phase()[spot[0]]
        if (kind.name, spot[1]) in given.desired and spot not in done and spot[1] not in plan.waiting:
            live = kind.chosen(given.observed.lives.get((kind.name, spot[1]), ()), None)
            asked = action_in(record, spot)["changes"]
            error = None if len(_in_place(given, spot, asked)) == len(asked) else _NOT_DONE
            ended = Ended(outcome=Outcome.UNCHANGED, live=live, error=error)
            yield _closing(given, planned, spot, record, ended)


def _in_place(given: PlanInput, spot: Spot, asked: Sequence[Record]) -> tuple[Record, ...]:
    """Of the changes that were asked for those that the files ask for still, where nothing is to be done."""
    fields = given.desired[by_phase()[spot[0]].name, spot[1]].fields
    return tuple(
        change
        for change in asked
        if change["desired"] == SECRET or value_of(change["desired"]) == fields.get(change["field"])
    )


_NOT_DONE = "not done, since the files ask for something else by now"


_ABSENT = Ended(
    outcome=Outcome.FAILED,
    error="The run that was to write this ended before it could say so, and the tenant shows that it did not arrive.",
)


def _closing(
    given: PlanInput, planned: Collection[Spot], spot: Spot, origin: Record, ended: Ended
) -> Closing:
    kind, target = by_phase()[spot[0]], spot[1]
    begun = origin["event"] == "intent"
    texts = (
        live.fields.get("content")
        for name in (kind.name, *kind.after)
        for live in given.observed.lives.get((name, target), ())
    )
    told = origin if begun else action_in(origin, spot)
    earlier = "begun by an earlier run" if begun else "reviewed earlier"
    asked = told["changes"] or ()
    said = _NOT_DONE if ended.error == _NOT_DONE else _CLOSED[ended.outcome]
    return Closing(
        kind=kind,
        target=target,
        origin=origin,
        ended=ended,
        changes=tuple(asked) if begun else _in_place(given, spot, asked),
        memory=memory_after(kind, of_json(origin["memory"]), ended, given.policy) if begun else None,
        shown=next((text for text in texts if text is not None), None),
        registered=registered(given, planned, target, {kind.name}),
        words=f"{told['operation']} {target} ({spot[0]}), {earlier}: {said}",
    )


def action_in(reviewed: Record, spot: Spot) -> Record:
    """The action of this phase and target in a reviewed record."""
    action: Record = next(one for one in reviewed["actions"] if (one["phase"], one["target"]) == spot)
    return action


_CLOSED = {
    Outcome.APPLIED: "it had arrived, the tenant shows it",
    Outcome.UNCHANGED: "it is in place by now",
    Outcome.PENDING: "the tenant took it and has not decided it yet",
    Outcome.HELD: "somebody decided against it in the tenant",
    Outcome.CONFLICT: "the tenant shows something else by now",
    Outcome.FAILED: "it is not shown to have arrived",
}
