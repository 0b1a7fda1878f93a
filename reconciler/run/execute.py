"""Plan to outcomes: each template's approval, then its registration; webhooks last; everything audited."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.core.errors import BrokenAuditLog, ReconcilerError
from reconciler.core.outcome import Ended, Outcome, Result
from reconciler.core.plan_json import identity
from reconciler.cxone.concurrency import each
from reconciler.kinds import asked_by_carriers, by_phase, conditional, discover
from reconciler.plan.closing import registered
from reconciler.plan.resume import memory_after
from reconciler.plan.write_protocol import Step, run
from reconciler.run.audit_records import intent_record, outcome_record
from reconciler.run.cancellation import Cancellation
from reconciler.run.relist import look_again
from reconciler.run.step import sent_by, step_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.log import Writer
    from reconciler.audit.memory import Spot
    from reconciler.audit.records import Run
    from reconciler.core.model import Action, Remembered
    from reconciler.core.wire import Request, Response
    from reconciler.cxone.client import Client
    from reconciler.desired.secrets import Secrets
    from reconciler.kinds._base import Kind
    from reconciler.plan.build import PlanInput
    from reconciler.plan.review import ReviewedPlan
    from reconciler.run.audit_records import DocumentFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One apply under way: the plan's input, its reviewed actions, and the client and log that they are done with.

    ``results`` are those so far; ``begun`` what a write may have left for; ``recording`` the outcomes that may not be
    durable yet; ``settled`` how actions end that nothing is to be sent for.
    """

    given: PlanInput
    review: ReviewedPlan
    run: Run
    facts: DocumentFacts
    secrets: Secrets
    client: Client
    writer: Writer
    cancellation: Cancellation = field(default_factory=Cancellation)
    progress: Callable[[Result], None] = field(default=lambda _: None)
    results: dict[Spot, Result] = field(default_factory=dict)
    begun: set[Spot] = field(default_factory=set)
    recording: list[tuple[Result, asyncio.Future[Record]]] = field(default_factory=list)
    settled: dict[Spot, Ended] = field(default_factory=dict)
    planned: frozenset[Spot] = field(init=False)

    def __post_init__(self) -> None:
        """Index the plan's targets once, since every outcome asks for them."""
        spots = frozenset((action.phase, action.target) for action in self.review.plan.actions)
        object.__setattr__(self, "planned", spots)

    @property
    def attempts(self) -> int:
        """How often a write is sent at most."""
        return self.client.connection.retries + 1


@dataclass(frozen=True, slots=True)
class _Done:
    """How a step ended, after how many tries of its writes, and what it will have sent."""

    ended: Ended
    attempts: int = 0
    sent: Remembered | None = None


async def execute(execution: Execution) -> tuple[Result, ...]:
    """Do the reviewed actions and record each; the results are sorted by phase and target."""
    review = execution.review
    execution.results.update({(result.phase, result.target): result for result in untouched(review)})
    kinds = by_phase()
    early: dict[str, list[Action]] = defaultdict(list)
    for action in review.reviewed:
        if not kinds[action.phase].last:
            early[action.target].append(action)
    last = [action for action in review.reviewed if kinds[action.phase].last]
    # The client lets no more than `concurrency` requests out; with a few more targets under way than that, none of
    # these places is empty while a target waits for the disk.
    under_way = execution.client.connection.concurrency * 3 // 2
    await each(list(early.values()), lambda actions: _pipeline(execution, actions), under_way)
    await _recorded(execution)
    if not execution.cancellation.requested:
        execution.settled.update(await look_again(execution.client, execution.given, last))
    await each(last, lambda action: _pipeline(execution, (action,)), under_way)
    await _recorded(execution)
    order = list(kinds)
    return tuple(
        sorted(execution.results.values(), key=lambda result: (order.index(result.phase), result.target))
    )


def untouched(review: ReviewedPlan) -> Iterator[Result]:
    """The results of what an apply leaves alone: ``unreviewed``, ``pending`` and ``held``."""
    for action in review.unreviewed:
        yield Result(
            phase=action.phase,
            operation=action.operation,
            target=action.target,
            outcome=Outcome.UNREVIEWED,
            error="Nobody reviewed this: it is left alone. `reconciler plan --out plan.json`, have that "
            "reviewed, and apply it.",
        )
    kind = conditional()
    for outcome, waiting, why in (
        (Outcome.PENDING, review.plan.pending, "The tenant took the approval and has not decided it yet."),
        (
            Outcome.HELD,
            review.plan.held,
            "Somebody decided against it in the tenant: change its document, or approve_from.",
        ),
    ):
        for item in waiting:
            yield Result(phase=kind.phase, operation="approve", target=item.id, outcome=outcome, error=why)


async def _pipeline(execution: Execution, actions: Sequence[Action]) -> None:
    """One target's actions in their order. What depends on a step that did not end well is blocked.

    A run that is to end early begins none, and of what was not begun there is nothing to record.
    """
    for action in actions:
        spot = (action.phase, action.target)
        if _given_up(execution, spot):
            return
        kind = by_phase()[action.phase]
        ended = execution.settled.get(spot) or _unmet(execution, kind, action)
        began = execution.facts.clock()
        done = _Done(ended) if ended is not None else await _carry_out(execution, kind, action)
        if _given_up(execution, spot):
            return
        latency = round((execution.facts.clock() - began) * 1000) if done.attempts else None
        result = Result(
            phase=action.phase,
            operation=action.operation,
            target=action.target,
            outcome=done.ended.outcome,
            attempts=done.attempts,
            latency_ms=latency,
            error=done.ended.error,
            doubt=done.ended.doubt,
        )
        execution.results[spot] = result
        # Not waited for here: before the next write leaves its intent is durable, and so is all that stands before it.
        execution.recording.append((result, execution.writer.begin(_outcome(execution, kind, action, done))))
        execution.progress(result)


def _given_up(execution: Execution, spot: Spot) -> bool:
    """Whether the run is to end, and nothing of this action has left."""
    return execution.cancellation.requested and spot not in execution.begun


def _unmet(execution: Execution, kind: Kind, action: Action) -> Ended | None:
    """Blocked by what it depends on, where that did not get done."""
    for name in kind.after:
        phase = discover()[name].phase
        before = execution.results.get((phase, action.target))
        if before is not None and not before.outcome.good:
            why = f"The {phase} of {action.target} ended {before.outcome}, and this comes after it."
            return Ended(outcome=Outcome.BLOCKED, error=why)
        if before is None and (phase, action.target) in execution.review.silent:
            why = f"The {phase} of {action.target} was not reviewed as it is now, and this comes after it."
            return Ended(outcome=Outcome.BLOCKED, error=why)
    return None


async def _carry_out(execution: Execution, kind: Kind, action: Action) -> _Done:
    """Drive the step's protocol; an intent is durable before each write leaves."""
    attempts = 0
    sent = await sent_by(execution, kind, action)
    step = step_of(execution, kind, action, sent)
    protocol = run(step)
    try:
        request = next(protocol)
        while True:
            try:
                answer = await _exchanged(execution, step, sent, request)
            except ReconcilerError as failure:
                request = protocol.throw(failure)
            else:
                if request.method != "GET":
                    attempts += answer.attempts
                request = protocol.send(answer)
    except StopIteration as end:
        return _Done(end.value, attempts, sent)


async def _exchanged(execution: Execution, step: Step, sent: Remembered, request: Request) -> Response:
    if request.method != "GET":
        execution.cancellation.check()
        run = _run_for(execution, step.action)
        intent = intent_record(run, execution.facts, step.kind, step.action, sent, request.precondition)
        try:
            await execution.writer.record(intent)
        except BrokenAuditLog as failure:
            execution.cancellation.request(failure)
            raise
        execution.begun.add((step.action.phase, step.action.target))
    return await execution.client.send(request)


def _run_for(execution: Execution, action: Action) -> Run:
    """This run; where it asserts no review of its own, with the review that the log holds of the action."""
    held = execution.given.memory.open_reviews.get((action.phase, action.target))
    if execution.run.review is not None or held is None or identity(held[0]) != identity(action):
        return execution.run
    return replace(execution.run, review=held[1]["review"])


def _outcome(execution: Execution, kind: Kind, action: Action, done: _Done) -> Record:
    given = execution.given
    ended_well = {
        other.name
        for other in asked_by_carriers()
        if (result := execution.results.get((other.phase, action.target))) is not None and result.outcome.good
    }
    return outcome_record(
        _run_for(execution, action),
        execution.facts,
        kind,
        action,
        done.ended,
        attempts=done.attempts,
        memory=memory_after(kind, done.sent, done.ended, given.policy) if done.sent is not None else None,
        registered=registered(given, execution.planned, action.target, ended_well),
    )


async def _recorded(execution: Execution) -> None:
    """Wait until the outcomes are durable. A log that cannot be written turns them into failures that say so."""
    for result, record in execution.recording:
        try:
            await asyncio.shield(record)
        except BrokenAuditLog as failure:
            error = f"It ended {result.outcome}, unrecorded: {failure.message}"
            execution.results[result.phase, result.target] = replace(
                result, outcome=Outcome.FAILED, error=error
            )
    execution.recording.clear()
