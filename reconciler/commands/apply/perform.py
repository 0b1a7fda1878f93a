"""How ``apply`` goes, from the lock on the audit log to the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from reconciler.audit.log import writing
from reconciler.audit.memory import remember
from reconciler.commands._shared import signals
from reconciler.commands._shared.scopes import require_scopes
from reconciler.commands._shared.session import targets_of
from reconciler.commands.apply.tally import Tally
from reconciler.core.errors import Bug, EndedEarly, Interrupted, ReconcilerError, StaleReview
from reconciler.outputs._results import Applied, Planned
from reconciler.plan import guards
from reconciler.plan.review import Review, whole
from reconciler.run.apply import Applying, Mandate, carry_out, guard, named_in_log, reviewed_in, rotations
from reconciler.run.cancellation import Cancellation
from reconciler.run.plan import Wish, make_plan, narrowed, needed_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.audit.log import Writer
    from reconciler.audit.memory import Memory
    from reconciler.commands._shared.session import Session
    from reconciler.core.model import Action, Result
    from reconciler.cxone.client import Client
    from reconciler.desired.load import DesiredState
    from reconciler.run.apply import Done
    from reconciler.run.plan import Planning, Secrets

INCOMPLETE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The options of one apply."""

    allowed: frozenset[str]
    max_changes: int | None
    yes: bool
    reason: str | None
    targets: tuple[str, ...]
    rotate: tuple[str, ...]
    require_audit_log: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What one apply works with, once files, settings and log are read."""

    session: Session
    mandate: Mandate
    order: Order
    memory: Memory
    secrets: Secrets
    writer: Writer
    wish: Wish
    attempts: int
    cancellation: Cancellation
    tally: Tally

    @property
    def state(self) -> DesiredState:
        """What the files ask for."""
        return self.wish.state


def perform(session: Session, mandate: Mandate, order: Order) -> int:
    """Apply, and return the exit code."""
    mandate = replace(mandate, allowed=order.allowed, max_changes=order.max_changes)
    session.run(reason=order.reason)  # what the environment asserts is read before anything is asked
    tally = None

    def interrupted() -> str:
        return f"Interrupted. {tally.words() if tally is not None else 'Nothing was done.'}"

    with contextlib.ExitStack() as stack:
        stack.enter_context(signals.unwound(interrupted))
        # A run that goes on with what is reviewed is narrowed to that, and the log says what it is.
        state = None if mandate.continued else session.load(targets_of(order.targets))
        connection = session.connection()
        writer = stack.enter_context(writing(session.log_path, sleep=time.sleep, warn=session.screen.warn))
        memory = remember(writer.log.records, session.base_url)
        wish = _wish(session, mandate, order, memory, state)
        guards.require_tenant(session.base_url, wish.state.policy.tenants)
        if order.require_audit_log:
            guards.require_audit_log(session.log_path, missing=writer.log.missing)
        tally = Tally(writer, f"reconciler apply --continue{' --sandbox' if session.sandbox else ''}")
        cancellation = Cancellation()
        parts = _Parts(
            session=session,
            mandate=mandate,
            order=order,
            memory=memory,
            secrets=session.secrets(),
            writer=writer,
            wish=wish,
            attempts=connection.retries + 1,
            cancellation=cancellation,
            tally=tally,
        )
        transport = stack.enter_context(session.transport(wish.state))
        try:
            client = session.client(connection, parts.secrets, transport, cancellation)
            return asyncio.run(_perform(parts, client))
        except asyncio.CancelledError:
            raise Interrupted(interrupted()) from None


def _wish(
    session: Session, mandate: Mandate, order: Order, memory: Memory, state: DesiredState | None
) -> Wish:
    """What is to be planned; without a state, what the log holds as reviewed."""
    targets = targets_of(order.targets)
    if state is None:
        if targets:
            session.load(targets)  # a target that is in no document is an error here too
        targets = _open_targets(session, memory, targets)
        state = session.load(targets)
        state = state if targets else replace(state, desired=())
    known = {item.target for item in narrowed(state.desired, targets)}
    return Wish(
        base_url=session.base_url,
        state=state,
        targets=targets,
        rotate=rotations(memory, mandate, order.rotate, known),
        without=_without(memory, mandate),
        concurrency=session.concurrency,
    )


def _open_targets(session: Session, memory: Memory, targets: tuple[str, ...]) -> tuple[str, ...]:
    """The targets of the log's open reviewed actions that documents still name, within ``--target``."""
    open_targets = {target for _, target in (*memory.open_reviews, *memory.open_intents)}
    known = session.known_targets()
    return tuple(sorted(open_targets & known & (set(targets) if targets else known)))


def _without(memory: Memory, mandate: Mandate) -> frozenset[str]:
    """The lists that a reviewed plan did without, so that this one does too."""
    evidence = [*mandate.files]
    found = named_in_log(memory, mandate.digest)
    return frozenset(name for item in (*evidence, *([found] if found else [])) for name in item.unlisted)


async def _perform(parts: _Parts, client: Client) -> int:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    async with client:
        with signals.told_to(loop, task.cancel):
            planning = await make_plan(parts.wish, client, parts.memory, parts.secrets)
            parts.session.warn_unlisted(planning.plan)
            review = await _review(parts, client, planning)
        _tell_passed_over(parts, review)
        if not parts.mandate.backed:
            _confirm(parts, planning, review)
        with signals.told_to(loop, parts.cancellation.request, task.cancel):
            done = await _do(parts, client, planning, review)
    return _tell(parts, planning, done)


async def _review(parts: _Parts, client: Client, planning: Planning) -> Review:
    """What may be done. The errors come in the contract's order: 1, then 4, then 5."""
    stale = None
    try:
        review = reviewed_in(planning, parts.mandate)
    except StaleReview as failure:
        stale, review = failure, whole(planning.plan)
    if review.reviewed:
        parts.session.refuse_unreadable(parts.state, review.reviewed)
        require_scopes(await client.granted(), needed_scopes(review.reviewed))
    if stale is not None:
        raise stale
    guard(planning, review, parts.mandate)
    return review


def _tell_passed_over(parts: _Parts, review: Review) -> None:
    for action in review.passed_over:
        again = f" `--rotate {action.target}` sets it again." if action.operation == "rotate" else ""
        parts.session.screen.say(
            f"No longer needed: {action.operation} {action.target} ({action.phase}).{again}"
        )


def _confirm(parts: _Parts, planning: Planning, review: Review) -> None:
    """Show the plan; what is confirmed now is the review."""
    screen, order = parts.session.screen, parts.order
    report = Planned(plan=planning.plan, texts=parts.state.texts)
    if screen.name == "text":
        screen.show(report)
    else:
        screen.complain(report)
    if not review.reviewed or order.yes:
        return
    if not _confirmed():
        raise ReconcilerError("Declined, nothing was written.")


def _confirmed() -> bool:
    """Whether somebody says yes; the end of input is no."""
    try:
        return click.confirm("Apply this plan?", default=False, err=True)
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            return False
        raise


async def _do(parts: _Parts, client: Client, planning: Planning, review: Review) -> Done:
    session = parts.session
    run = session.run(planning.plan.digest, parts.order.reason)
    parts.tally.planned = len(review.reviewed)
    try:
        with _progress(parts.tally, review.reviewed) as advance:
            return await carry_out(
                Applying(
                    planning=planning,
                    review=review,
                    policy=parts.state.policy,
                    run=run,
                    facts=session.facts(parts.state),
                    secrets=parts.secrets,
                    attempts=parts.attempts,
                    concurrency=session.concurrency,
                    cancellation=parts.cancellation,
                    progress=advance,
                ),
                client.for_writing(),
                parts.writer,
            )
    except Exception as failure:
        if not parts.tally.written:
            raise
        why = failure.message if isinstance(failure, ReconcilerError) else Bug(failure).message
        raise EndedEarly(f"{why} {parts.tally.words()}") from failure


def _tell(parts: _Parts, planning: Planning, done: Done) -> int:
    """Show how it ended; the exit code."""
    if parts.cancellation.requested:
        raise Interrupted(f"Interrupted. {parts.tally.words()}")
    for warning in done.warnings:
        parts.session.screen.warn(warning)
    head = parts.writer.head
    applied = Applied(
        plan_digest=planning.plan.digest, audit_head=head, results=done.results, closed=done.closed
    )
    stands = f"What was done is in the audit log. Audit head: {head}."
    with signals.something_written(stands) if parts.writer.appended else contextlib.nullcontext():
        parts.session.screen.show(applied)
    return INCOMPLETE if applied.incomplete else 0


@contextlib.contextmanager
def _progress(tally: Tally, actions: tuple[Action, ...]) -> Iterator[Callable[[Result], None]]:
    """Count the results; a bar on a terminal, nothing elsewhere."""
    if not actions or not sys.stderr.isatty():
        yield tally.count
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Applying", total=len(actions))

        def advance(result: Result) -> None:
            tally.count(result)
            bar.advance(task)

        yield advance
