"""The end of what earlier runs left open, told in the log by a run that does not do it again (see ``resume``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.audit.remembered import of_json
from reconciler.core.model import SECRET
from reconciler.core.outcome import Ended, Outcome
from reconciler.core.plan_json import value_of
from reconciler.kinds import asked_by_carriers, by_phase
from reconciler.plan.resume import memory_after

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Spot
    from reconciler.core.model import Remembered, Value
    from reconciler.kinds._base import Kind
    from reconciler.plan.build import PlanInput
    from reconciler.plan.review import ReviewedPlan


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
