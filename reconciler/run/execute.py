"""Plan to outcomes: each template's approval, then its registration; webhooks last; everything audited."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.core.canonical import sha256
from reconciler.core.errors import BrokenAuditLog, Interrupted, ReconcilerError
from reconciler.core.model import Ended, Outcome, Remembered, Result, SecretRef
from reconciler.core.plan_json import identity
from reconciler.cxone.concurrency import each
from reconciler.kinds import by_phase, discover
from reconciler.plan.standing import memory_after
from reconciler.plan.write_protocol import Step, run
from reconciler.run.audit_records import intent_record, outcome_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.log import Writer
    from reconciler.audit.memory import Memory
    from reconciler.audit.records import Run
    from reconciler.core.model import Action, Desired, Json, Observation, Plan, Policy
    from reconciler.cxone.concurrency import Sends
    from reconciler.kinds._base import Kind
    from reconciler.run.audit_records import Facts
    from reconciler.run.cancellation import Cancellation

Spot = tuple[str, str]
_GOOD = frozenset({Outcome.APPLIED, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What an apply works from.

    ``reviewed`` are the actions it may do, ``plan`` the fresh plan they stand in. ``attempts`` bounds how often a
    write is sent. ``fingerprint`` reads a secret and gives its fingerprint for a webhook's URL.
    """

    plan: Plan
    reviewed: Sequence[Action]
    desired: Mapping[tuple[str, str], Desired]
    observed: Observation
    remembered: Mapping[tuple[str, str], Remembered]
    memory: Memory
    policy: Policy
    run: Run
    facts: Facts
    attempts: int
    concurrency: int
    fingerprint: Callable[[SecretRef, str], str]
    clock: Callable[[], float]
    cancellation: Cancellation
    progress: Callable[[Result], None] = lambda _: None


@dataclass(slots=True)
class _State:
    """What has happened so far in one apply; ``recording`` are the outcomes that may not be durable yet."""

    results: dict[Spot, Result] = field(default_factory=dict)
    planned: frozenset[Spot] = frozenset()
    recording: list[tuple[Result, asyncio.Future[Record]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Done:
    """How a step ended, after how many tries of its writes, and what it will have sent."""

    ended: Ended
    attempts: int = 0
    sent: Remembered | None = None


async def execute(work: Work, client: Sends, writer: Writer) -> tuple[Result, ...]:
    """Do the reviewed actions. One result for every action of the plan, and for each pending and held template."""
    state = _State(
        results={(result.phase, result.target): result for result in untouched(work.plan, work.reviewed)},
        planned=frozenset((action.phase, action.target) for action in work.plan.actions),
    )
    kinds = by_phase()
    early: dict[str, list[Action]] = defaultdict(list)
    for action in work.reviewed:
        if not kinds[action.phase].last:
            early[action.target].append(action)
    late = [[action] for action in work.reviewed if kinds[action.phase].last]
    # The client lets no more than `concurrency` requests out; with a few more targets under way than that, none of
    # these places is empty while a target waits for the disk.
    under_way = work.concurrency * 3 // 2
    for pipelines in (list(early.values()), late):
        await each(pipelines, lambda pipeline: _pipeline(work, client, writer, state, pipeline), under_way)
        await _recorded(state)
    order = list(kinds)
    return tuple(
        sorted(state.results.values(), key=lambda result: (order.index(result.phase), result.target))
    )


def untouched(plan: Plan, reviewed: Sequence[Action]) -> Iterator[Result]:
    """The results of what an apply leaves alone: ``unreviewed``, ``pending`` and ``held``."""
    spots = {(action.phase, action.target) for action in reviewed}
    for action in plan.actions:
        if (action.phase, action.target) not in spots:
            yield Result(
                phase=action.phase,
                operation=action.operation,
                target=action.target,
                outcome=Outcome.UNREVIEWED,
                error="Nobody reviewed this: it is left alone. `reconciler plan --out plan.json`, have that "
                "reviewed, and apply it.",
            )
    for outcome, targets, why in (
        (Outcome.PENDING, plan.pending, "The tenant took the approval and has not decided it yet."),
        (
            Outcome.HELD,
            plan.held,
            "Somebody decided against it in the tenant: change its document, or approve_from.",
        ),
    ):
        for target in targets:
            yield Result(phase="approval", operation="approve", target=target, outcome=outcome, error=why)


async def _pipeline(
    work: Work, client: Sends, writer: Writer, state: _State, actions: Sequence[Action]
) -> None:
    """One target's actions in their order. What depends on a step that did not end well is blocked."""
    for action in actions:
        if work.cancellation.requested:
            return
        kind = by_phase()[action.phase]
        against = _unmet(kind, action, state)
        began = work.clock()
        done = (
            await _carry_out(work, client, writer, kind, action)
            if against is None
            else _Done(_blocked(against))
        )
        if done is None:
            return
        latency = round((work.clock() - began) * 1000) if done.attempts else None
        result = Result(
            phase=action.phase,
            operation=action.operation,
            target=action.target,
            outcome=done.ended.outcome,
            attempts=done.attempts,
            latency_ms=latency,
            error=done.ended.error,
        )
        state.results[action.phase, action.target] = result
        # Not waited for here: before the next write leaves its intent is durable, and so is all that stands before it.
        state.recording.append((result, writer.begin(_outcome(work, state, kind, action, done))))
        work.progress(result)


def _blocked(why: str) -> Ended:
    return Ended(outcome=Outcome.BLOCKED, error=why)


def _unmet(kind: Kind, action: Action, state: _State) -> str | None:
    """What it depends on that did not get done."""
    for name in kind.after:
        before = state.results.get((discover()[name].phase, action.target))
        if before is not None and before.outcome not in _GOOD:
            return f"The {before.phase} of {action.target} ended {before.outcome}, and this comes after it."
    return None


async def _carry_out(work: Work, client: Sends, writer: Writer, kind: Kind, action: Action) -> _Done | None:
    """Drive the step's protocol; an intent is durable before each write leaves. None where the run ended before one."""
    desired = work.desired[kind.name, action.target]
    sent = None
    attempts = 0
    answer = None
    begun = doubt = False
    try:
        sent = await _sent(work, desired)
        protocol = run(_step(work, kind, action, desired, sent))
        while True:
            request = next(protocol) if answer is None else protocol.send(answer)
            if request.method != "GET":
                work.cancellation.check()
                await writer.record(
                    intent_record(
                        _run_for(work, action), work.facts, kind, action, sent, request.precondition
                    )
                )
                begun = True
            answer = await client.send(request)
            if request.method != "GET":
                attempts += answer.attempts
                doubt = answer.unknown
    except StopIteration as end:
        return _Done(end.value, attempts, sent)
    except Interrupted:
        error = f"Interrupted: it was not sent{' again' if attempts else ''}."
        return (
            _Done(Ended(outcome=Outcome.FAILED, error=error, doubt=doubt), attempts, sent) if begun else None
        )
    except BrokenAuditLog as failure:
        work.cancellation.request(failure)
        ended = Ended(outcome=Outcome.FAILED, error=failure.message, doubt=doubt)
        return _Done(ended, attempts, sent) if begun else None
    except ReconcilerError as failure:
        return _Done(Ended(outcome=Outcome.FAILED, error=failure.message), attempts, sent)


def _run_for(work: Work, action: Action) -> Run:
    """This run; where it asserts no review of its own, with the review that the log holds of the action."""
    held = work.memory.open_reviews.get((action.phase, action.target))
    if work.run.review is not None or held is None or identity(held[0]) != identity(action):
        return work.run
    return replace(work.run, review=held[1]["review"])


async def _sent(work: Work, desired: Desired) -> Remembered:
    """What will have been sent, as it is remembered: fields, and a secret's fingerprint."""
    if desired.secret is None:
        return Remembered(fields=desired.fields)
    print_of = await asyncio.to_thread(work.fingerprint, desired.secret, desired.target)
    return Remembered(fields=desired.fields, fingerprint=print_of)


def _step(work: Work, kind: Kind, action: Action, desired: Desired, sent: Remembered) -> Step:
    spot = (action.phase, action.target)
    before = work.remembered.get((kind.name, action.target), Remembered())
    live = kind.chosen(work.observed.lives.get((kind.name, action.target), ()), before.id)
    step = Step(
        kind=kind,
        action=action,
        desired=desired,
        policy=work.policy,
        key="",
        id=live.id if live is not None else before.id,
        listed=kind.name in work.observed.listed,
        attempts=work.attempts,
        doubt=spot in work.memory.open_intents or before.doubt,
    )
    if kind.conditional:
        return step
    request = kind.write(action, desired, None, step.id)
    body = _printed(request.body, sent.fingerprint) if request is not None else None
    key = sha256([work.run.base_url, *spot, body, work.memory.confirmed[spot]])
    return replace(step, key=key.removeprefix("sha256:"))


def _printed(body: Json, fingerprint: str | None) -> Json:
    """The body with its secret's fingerprint in the secret's place."""
    return {name: fingerprint if isinstance(value, SecretRef) else value for name, value in body.items()}


def _outcome(work: Work, state: _State, kind: Kind, action: Action, done: _Done) -> Record:
    registered = kind.name == "registration" and done.ended.outcome in _GOOD
    return outcome_record(
        _run_for(work, action),
        work.facts,
        kind,
        action,
        done.ended,
        attempts=done.attempts,
        memory=memory_after(kind, done.sent.fields, done.ended, done.sent.fingerprint, work.policy)
        if done.sent is not None
        else None,
        registered=registered or _registered_before(work, state, action),
    )


async def _recorded(state: _State) -> None:
    """Wait until the outcomes are durable. A log that cannot be written turns them into failures that say so."""
    for result, record in state.recording:
        try:
            await asyncio.shield(record)
        except BrokenAuditLog as failure:
            error = f"It ended {result.outcome}, unrecorded: {failure.message}"
            state.results[result.phase, result.target] = replace(result, outcome=Outcome.FAILED, error=error)
    state.recording.clear()


def _registered_before(work: Work, state: _State, action: Action) -> bool:
    """Whether the template's registration is in place without this action."""
    return ("registration", action.target) in work.desired and ("a2p", action.target) not in state.planned
