"""An apply from start to end: plan afresh, find what was reviewed, do that, record all of it (contract section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.audit import records
from reconciler.audit.delivery import deliver
from reconciler.audit.memory import of_json
from reconciler.core.errors import StaleReview
from reconciler.core.model import Ended, Outcome
from reconciler.core.plan_json import identity
from reconciler.kinds import by_phase
from reconciler.plan import guards
from reconciler.plan.review import Evidence, Review, divide, whole
from reconciler.plan.standing import memory_after
from reconciler.run.audit_records import closing_record
from reconciler.run.execute import Work, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from reconciler.audit.chain import Record
    from reconciler.audit.log import Writer
    from reconciler.audit.memory import Memory
    from reconciler.audit.records import Run
    from reconciler.core.model import Plan, Policy, Result
    from reconciler.cxone.concurrency import Sends
    from reconciler.kinds._base import Kind
    from reconciler.run.audit_records import Facts
    from reconciler.run.cancellation import Cancellation
    from reconciler.run.plan import Planning, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Under what an apply works: FILEs, a digest, the log alone (``continued``), or what is confirmed now."""

    files: tuple[Evidence, ...] = ()
    digest: str | None = None
    continued: bool = False
    allowed: frozenset[str] = frozenset()
    max_changes: int | None = None

    @property
    def backed(self) -> bool:
        """Whether a review stands behind it already, so that nobody is asked."""
        return bool(self.files) or self.digest is not None or self.continued


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """One apply's parts. ``check`` refuses what cannot be done with these secrets and scopes."""

    planning: Planning
    review: Review
    policy: Policy
    run: Run
    facts: Facts
    secrets: Secrets
    attempts: int
    concurrency: int
    cancellation: Cancellation
    progress: Callable[[Result], None] = field(default=lambda _: None)


def named_in_log(memory: Memory, digest: str | None) -> Evidence | None:
    """The latest reviewed plan in the log whose digest begins so."""
    if digest is None:
        return None
    for reviewed in reversed(memory.reviews):
        if reviewed.digest.startswith(digest):
            return Evidence(
                name=f"the reviewed plan {reviewed.digest[:19]} in the audit log",
                actions=reviewed.actions,
                unchecked=reviewed.unchecked,
                unlisted=reviewed.unlisted,
            )
    return None


def rotations(
    memory: Memory, mandate: Mandate, asked: tuple[str, ...], known: Collection[str]
) -> tuple[str, ...]:
    """The webhooks whose secret is to be set again: as asked for now, or in what was reviewed and is not done yet.

    ``known`` are the targets of this run: what was reviewed of others is not its business.
    """
    in_files = {
        action.target for item in mandate.files for action in item.actions if action.operation == "rotate"
    }
    in_log = {action.target for action, _ in memory.open_reviews.values() if action.operation == "rotate"}
    reviewed = {*(url for url in in_files if not _secret_known(memory, url)), *in_log}
    return tuple(sorted({*asked, *(reviewed & set(known))}))


def _secret_known(memory: Memory, url: str) -> bool:
    """Whether the log knows for certain which secret the webhook has: then a plan compares, and rotates by itself."""
    known = memory.remembered.get(("webhook", url))
    return known is not None and known.fingerprint is not None and not known.doubt


def reviewed_in(planning: Planning, mandate: Mandate) -> Review:
    """Which of the fresh plan's actions were reviewed. StaleReview where what was reviewed has moved."""
    plan = planning.plan
    log = {spot: action for spot, (action, _) in planning.memory.open_reviews.items()}
    if mandate.digest is not None:
        if plan.digest is not None and plan.digest.startswith(mandate.digest):
            return whole(plan)
        evidence = named_in_log(planning.memory, mandate.digest)
        if evidence is None:
            raise StaleReview(
                f"What was reviewed has moved; nothing was written. The plan is now {plan.digest}, and no reviewed "
                f"plan in the audit log has a digest that begins with {mandate.digest}. Look at "
                "`reconciler plan`, and have that reviewed."
            )
        return divide(plan, [evidence], log)
    if mandate.files:
        return divide(plan, mandate.files, log)
    if mandate.continued:
        return replace(divide(plan, [], log), unreviewed=())
    return whole(plan)


def guard(planning: Planning, review: Review, mandate: Mandate) -> None:
    """Refused where a guard holds: only what no review stands behind raises those that a review passes."""
    log = {identity(action) for action, _ in planning.memory.open_reviews.values()}
    unbacked = [] if mandate.backed else [action for action in review.reviewed if identity(action) not in log]
    guards.refuse(guards.raised(unbacked, planning.approved), mandate.allowed)
    guards.limit_changes(review.reviewed, mandate.max_changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an apply did: its results, the ends of earlier runs that it tied up, and what to warn of."""

    results: tuple[Result, ...]
    closed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def carry_out(applying: Applying, client: Sends, writer: Writer) -> Done:
    """Close what earlier runs left open, record what may be done, do it, and deliver what is not delivered yet."""
    closings = list(_closings(applying))
    opening = [*(record for record, _ in closings), *_reviewed(applying)]
    if opening:
        writer.append(opening)
    try:
        results = await execute(_work(applying), client, writer)
    finally:
        await writer.drain()
    writer.check()
    if applying.cancellation.requested:
        return Done(results=results)
    done = (record for record in writer.appended if record["event"] == "outcome")
    delivery = await deliver(
        [*applying.planning.memory.undelivered.values(), *done],
        client,
        writer,
        applying.run,
        attempts=applying.attempts,
        concurrency=applying.concurrency,
    )
    writer.check()
    return Done(
        results=results,
        closed=tuple(words for _, words in closings),
        warnings=(delivery.warning,) if delivery.warning is not None else (),
    )


def _reviewed(applying: Applying) -> Iterator[Record]:
    """The record of what this run may do; none where there is nothing to do."""
    plan = applying.planning.plan
    if applying.review.reviewed:
        yield records.reviewed(
            applying.run,
            applying.review.reviewed,
            unchecked=plan.unchecked,
            unlisted=plan.unlisted,
            digest=str(plan.digest),
        )


def _work(applying: Applying) -> Work:
    planning = applying.planning
    return Work(
        plan=_shown(planning.plan, applying.review),
        reviewed=applying.review.reviewed,
        desired=planning.desired,
        observed=planning.observed,
        remembered=planning.standing.remembered,
        memory=planning.memory,
        policy=applying.policy,
        run=applying.run,
        facts=applying.facts,
        attempts=applying.attempts,
        concurrency=applying.concurrency,
        fingerprint=applying.secrets.print_of,
        clock=applying.facts.clock,
        cancellation=applying.cancellation,
        progress=applying.progress,
    )


def _shown(plan: Plan, review: Review) -> Plan:
    """The plan without what is left alone without a word (``--continue``)."""
    kept = {(action.phase, action.target) for action in (*review.reviewed, *review.unreviewed)}
    return replace(plan, actions=tuple(a for a in plan.actions if (a.phase, a.target) in kept))


def _closings(applying: Applying) -> Iterator[tuple[Record, str]]:
    """The records, with words for people, that end what earlier runs left open."""
    planning = applying.planning
    redone = {(action.phase, action.target) for action in applying.review.reviewed}
    settled = set()
    for spot, closing in sorted(planning.standing.closings.items()):
        if closing.ended is None and spot in redone:
            continue  # it is done again now, and ends with that
        ended = closing.ended or _lost(spot, planning)
        settled.add(spot)
        yield _closed(applying, spot, closing.intent, ended)
    planned = {(action.phase, action.target) for action in planning.plan.actions}
    waiting = {*planning.plan.pending, *planning.plan.held}
    for spot, (_, record) in sorted(planning.memory.open_reviews.items()):
        kind = by_phase()[spot[0]]
        if (
            (kind.name, spot[1]) in planning.desired
            and spot not in planned | settled
            and spot[1] not in waiting
        ):
            live = kind.chosen(planning.observed.lives.get((kind.name, spot[1]), ()), None)
            yield _closed(applying, spot, record, Ended(outcome=Outcome.UNCHANGED, live=live))


def _lost(spot: tuple[str, str], planning: Planning) -> Ended:
    kind = by_phase()[spot[0]]
    seen = kind.conditional or kind.name in planning.observed.listed
    return Ended(
        outcome=Outcome.FAILED,
        doubt=not seen,
        error="The run that was to write this ended before it could say so, and the tenant "
        + ("shows that it did not arrive." if seen else "cannot show whether it arrived."),
    )


def _closed(applying: Applying, spot: tuple[str, str], origin: Record, ended: Ended) -> tuple[Record, str]:
    kind = by_phase()[spot[0]]
    about = _about(applying, kind, spot, origin)
    sent = of_json(about["memory"])
    memory = (
        memory_after(kind, sent.fields, ended, sent.fingerprint, applying.policy)
        if origin["event"] == "intent"
        else None
    )
    planned = {(action.phase, action.target) for action in applying.planning.plan.actions}
    registered = ("registration", spot[1]) in applying.planning.desired and ("a2p", spot[1]) not in planned
    record = closing_record(applying.run, applying.facts, kind, about, ended, memory, registered=registered)
    earlier = "begun by an earlier run" if origin["event"] == "intent" else "reviewed earlier"
    return record, f"{about['operation']} {spot[1]} ({spot[0]}), {earlier}: {_CLOSED[ended.outcome]}"


_CLOSED = {
    Outcome.APPLIED: "it had arrived, the tenant shows it",
    Outcome.UNCHANGED: "it is in place by now",
    Outcome.PENDING: "the tenant took it and has not decided it yet",
    Outcome.HELD: "somebody decided against it in the tenant",
    Outcome.CONFLICT: "the tenant shows something else by now",
    Outcome.FAILED: "it is not shown to have arrived",
}


def _about(applying: Applying, kind: Kind, spot: tuple[str, str], origin: Record) -> Record:
    """What a closing record takes over: an intent says it itself, a reviewed record in its action."""
    if origin["event"] == "intent":
        return origin
    action = next(one for one in origin["actions"] if (one["phase"], one["target"]) == spot)
    about = {name: action[name] for name in ("phase", "operation", "target", "changes", "source")}
    template = "" if kind.last else spot[1]
    waivers = records.waivers_json(applying.facts.waivers.get(spot[1], ()))
    return {**origin, **about, "template_id": template, "action": kind.audit_action, "waivers": waivers}
