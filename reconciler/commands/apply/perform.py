"""The steps of ``apply``, from the lock on the audit log to the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.audit.memory import remember
from reconciler.commands._shared import signals
from reconciler.commands._shared.loop import loop
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.scopes import require_scopes
from reconciler.commands.apply.tally import Tally
from reconciler.core.errors import Bug, EndedEarly, Interrupted, ReconcilerError, StaleReview
from reconciler.outputs._planned import question
from reconciler.outputs._results import Applied, Planned
from reconciler.plan import guards
from reconciler.plan.build import build
from reconciler.plan.resume import open_targets, rotations
from reconciler.plan.review import guard, reviewed_in, unlisted, whole
from reconciler.run.apply import carry_out
from reconciler.run.cancellation import Cancellation
from reconciler.run.execute import Execution
from reconciler.run.plan import PlanRequest, gather, needed_scopes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reconciler.audit.chain import Log
    from reconciler.audit.memory import Memory
    from reconciler.commands._shared.session import Session
    from reconciler.commands._shared.terminal import Screen
    from reconciler.core.model import Plan
    from reconciler.cxone.client import Client
    from reconciler.cxone.connection import Connection
    from reconciler.desired.load import DesiredState
    from reconciler.plan.build import PlanInput
    from reconciler.plan.review import Authorization, ReviewedPlan
    from reconciler.run.apply import Done

INCOMPLETE = EndedEarly.exit_code


def perform(
    session: Session,
    authorization: Authorization,
    targets: tuple[str, ...],
    rotate: tuple[str, ...],
    *,
    require_audit_log: bool,
) -> int:
    """Apply, and return the exit code."""
    connection = session.connection()
    session.run(reason=authorization.reason)  # what the environment asserts is read before anything is asked
    # A run that goes on with what is reviewed is narrowed to that, and the log says what it is.
    state = None if authorization.continued else session.load(targets)
    if authorization.asks:
        # Nothing waits for a person who thinks: the log is only read here, and what is confirmed is evidence.
        log = session.log()
        request, memory = _request(session, authorization, log, state, targets, rotate)
        _require_log(session, log, required=require_audit_log)
        confirmed = loop(_asked(session, connection, authorization, request, memory))
        _show(session.screen, confirmed, request)
        if confirmed.reviewed and not session.screen.agreed(question(confirmed.plan)):
            raise ReconcilerError("Declined, nothing was written.")
        authorization = replace(authorization, confirmed=confirmed.plan)
        state = session.load(targets)
    PROGRESS.step("Reading the audit log")
    with session.writing() as writer:
        request, memory = _request(session, authorization, writer.log, state, targets, rotate)
        _require_log(session, writer.log, required=require_audit_log)
        tally = Tally(writer, session.command("apply", "--continue"))
        with signals.unwound(tally.interrupted):
            try:
                execution, done = asyncio.run(
                    _perform(session, connection, authorization, request, memory, tally)
                )
            except asyncio.CancelledError:
                raise Interrupted(tally.interrupted()) from None
            if execution.cancellation.requested:
                raise Interrupted(tally.interrupted())
            return _told(session, execution, done)


def _require_log(session: Session, log: Log, *, required: bool) -> None:
    if required:
        guards.require_audit_log(session.log_path, missing=log.missing)


def _request(
    session: Session,
    authorization: Authorization,
    log: Log,
    state: DesiredState | None,
    targets: tuple[str, ...],
    rotate: tuple[str, ...],
) -> tuple[PlanRequest, Memory]:
    """What is asked for, and what the log remembers of the tenant; without a state, what the log holds as reviewed."""
    memory = remember(log.records, session.tenant)
    watched: frozenset[str] = frozenset()
    if state is None:
        if targets:
            session.load(targets)  # a target that is in no document is an error here too
        managed = session.known_targets()
        managed = managed & set(targets) if targets else managed
        watched = managed & memory.shown.keys()
        targets = open_targets(memory, managed)
        state = session.load(targets)
        state = state if targets else replace(state, sound=())
    guards.require_tenant(session.tenant, state.policy.tenants)
    known = {item.target for item, _ in state.with_secret()}
    request = PlanRequest(
        tenant=session.tenant,
        base_url=session.base_url,
        state=state,
        targets=targets,
        rotate=rotations(memory, authorization.files, rotate, known),
        without=unlisted(memory, authorization),
        watched=watched,
    )
    return request, memory


@contextlib.asynccontextmanager
async def _planned(
    session: Session,
    connection: Connection,
    authorization: Authorization,
    request: PlanRequest,
    memory: Memory,
    cancellation: Cancellation | None = None,
) -> AsyncIterator[tuple[Client, PlanInput, ReviewedPlan]]:
    """What the tenant shows now, and what of a fresh plan may be done. Sends nothing but reads."""
    with session.transport(request.state) as transport:
        async with session.client(connection, transport, cancellation) as client:
            PROGRESS.step("Reading the tenant")
            given = await gather(request, memory, client, session.secrets, PROGRESS.count)
            plan = build(given)
            if authorization.confirmed is None:
                session.warn_unlisted(plan)
            yield client, given, await _review(session, authorization, request, given, plan, client)


async def _asked(
    session: Session,
    connection: Connection,
    authorization: Authorization,
    request: PlanRequest,
    memory: Memory,
) -> ReviewedPlan:
    """What a person is asked about."""
    async with _planned(session, connection, authorization, request, memory) as (_, _, review):
        return review


async def _perform(
    session: Session,
    connection: Connection,
    authorization: Authorization,
    request: PlanRequest,
    memory: Memory,
    tally: Tally,
) -> tuple[Execution, Done]:
    task = asyncio.current_task()
    assert task is not None
    cancellation = Cancellation()

    def end() -> None:
        """As long as nothing is recorded there is nothing to wait for."""
        if tally.writer.appended:
            PROGRESS.step("Interrupted, what is under way ends; a second time ends it at once")
            cancellation.request()
        else:
            task.cancel()

    planned = _planned(session, connection, authorization, request, memory, cancellation)
    with signals.told_to(asyncio.get_running_loop(), end, task.cancel):
        async with planned as (client, given, review):
            _tell_passed_over(session.screen, review)
            if authorization.yes:
                _show(session.screen, review, request)
            tally.begin(review.reviewed)
            execution = Execution(
                given=given,
                review=review,
                run=session.run(review.plan.digest, authorization.reason),
                facts=session.facts(request.state),
                secrets=session.secrets,
                client=client.for_writing(),
                writer=tally.writer,
                cancellation=cancellation,
                progress=tally.count,
            )
            return execution, await _carried_out(execution, tally)


async def _review(
    session: Session,
    authorization: Authorization,
    request: PlanRequest,
    given: PlanInput,
    plan: Plan,
    client: Client,
) -> ReviewedPlan:
    """What may be done. The errors come in the order of their exit codes: 1, then 4, then 5."""
    stale = None
    try:
        review = reviewed_in(plan, given.memory, authorization)
    except StaleReview as failure:
        stale, review = failure, whole(plan)
    if review.reviewed:
        session.refuse_unreadable(request.state, review.reviewed)
        require_scopes(await client.granted(), needed_scopes(review.reviewed))
    if stale is not None:
        raise stale
    guard(given, review, authorization)
    return review


def _tell_passed_over(screen: Screen, review: ReviewedPlan) -> None:
    for action in review.passed_over:
        again = f" `--rotate {action.target}` sets it again." if action.operation == "rotate" else ""
        screen.say(f"No longer needed: {action.operation} {action.target} ({action.phase}).{again}")


def _show(screen: Screen, review: ReviewedPlan, request: PlanRequest) -> None:
    """Show the plan that is confirmed; beside a result in another format it goes to stderr."""
    report = Planned(plan=review.plan, texts=request.state.texts, asked=True)
    if screen.name == "text":
        screen.show(report)
    else:
        screen.complain(report)


async def _carried_out(execution: Execution, tally: Tally) -> Done:
    """EndedEarly for whatever ends it once a write may have left."""
    try:
        return await carry_out(execution)
    except Exception as failure:
        if not tally.written:
            raise
        why = failure.message if isinstance(failure, ReconcilerError) else Bug(failure).message
        raise EndedEarly(f"{why} {tally.words()}") from failure


def _told(session: Session, execution: Execution, done: Done) -> int:
    """Show how it ended; the exit code."""
    for warning in done.warnings:
        session.screen.warn(warning)
    applied = Applied(
        plan_digest=execution.review.plan.digest,
        audit_head=execution.writer.head,
        results=done.results,
        closed=done.closed,
        onward=session.command("apply", "--continue"),
    )
    stands = f"What was done is in the audit log. Audit head: {applied.audit_head}."
    with signals.something_written(stands) if execution.writer.appended else contextlib.nullcontext():
        session.screen.show(applied)
    if session.sandbox and applied.results and not applied.incomplete:
        report = shlex.join(("reconciler", "audit", "report", *session.same_log(), "--out=report.html"))
        session.screen.say(
            f"Sandbox: to try next, change a text in {', '.join(session.templates)} and run "
            f"`{session.command('plan')}`; `{report}` makes a page of who approved what."
        )
    return INCOMPLETE if applied.incomplete else 0
