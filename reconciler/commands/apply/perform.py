"""How ``apply`` goes, from the lock on the audit log to the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reconciler.audit.log import writing
from reconciler.audit.memory import remember
from reconciler.commands._shared.scopes import require_scopes
from reconciler.core.errors import Bug, EndedEarly, Interrupted, ReconcilerError, StaleReview
from reconciler.outputs._results import Applied, Planned
from reconciler.plan import guards
from reconciler.plan.build import build
from reconciler.plan.resume import open_targets, rotations
from reconciler.plan.review import guard, reviewed_in, unlisted, whole
from reconciler.run.apply import carry_out
from reconciler.run.execute import Execution
from reconciler.run.plan import PlanRequest, gather, narrowed, needed_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.audit.log import Writer
    from reconciler.audit.memory import Memory
    from reconciler.commands._shared.session import Session
    from reconciler.core.model import Action, Plan
    from reconciler.core.outcome import Result
    from reconciler.cxone.client import Client
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
    session.run(reason=authorization.reason)  # what the environment asserts is read before anything is asked
    with contextlib.ExitStack() as stack:
        # A run that goes on with what is reviewed is narrowed to that, and the log says what it is.
        state = None if authorization.continued else session.load(targets)
        connection = session.connection()
        writer = stack.enter_context(writing(session.log_path, sleep=time.sleep, warn=session.screen.warn))
        memory = remember(writer.log.records, session.base_url)
        if state is None:
            state, targets = _reviewed_state(session, memory, targets)
        guards.require_tenant(session.base_url, state.policy.tenants)
        if require_audit_log:
            guards.require_audit_log(session.log_path, missing=writer.log.missing)
        known = {item.target for item in narrowed(state.desired, targets)}
        request = PlanRequest(
            base_url=session.base_url,
            state=state,
            targets=targets,
            rotate=rotations(memory, authorization.files, rotate, known),
            without=unlisted(memory, authorization),
        )
        transport = stack.enter_context(session.transport(state))
        client = session.client(connection, transport)
        try:
            return asyncio.run(_perform(session, authorization, request, memory, client, writer))
        except asyncio.CancelledError:
            raise Interrupted from None


def _reviewed_state(
    session: Session, memory: Memory, targets: tuple[str, ...]
) -> tuple[DesiredState, tuple[str, ...]]:
    """The documents of what the log holds as reviewed, within ``--target``, and their targets."""
    if targets:
        session.load(targets)  # a target that is in no document is an error here too
    targets = open_targets(memory, session.known_targets(), targets)
    state = session.load(targets)
    return (state if targets else replace(state, desired=())), targets


async def _perform(
    session: Session,
    authorization: Authorization,
    request: PlanRequest,
    memory: Memory,
    client: Client,
    writer: Writer,
) -> int:
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with client:
        given = await gather(request, memory, client, session.secrets)
        plan = build(given)
        session.warn_unlisted(plan)
        review = await _review(session, authorization, request, given, plan, client)
        _tell_passed_over(session, review)
        if not authorization.backed:
            _confirm(session, authorization, request, review)
        with _progress(review.reviewed) as advance:
            execution = Execution(
                given=given,
                review=review,
                run=session.run(plan.digest, authorization.reason),
                facts=session.facts(request.state),
                secrets=session.secrets,
                client=client.for_writing(),
                writer=writer,
                progress=advance,
            )
            done = await _carried_out(execution)
        return _told(session, execution, done)


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


def _tell_passed_over(session: Session, review: ReviewedPlan) -> None:
    for action in review.passed_over:
        again = f" `--rotate {action.target}` sets it again." if action.operation == "rotate" else ""
        session.screen.say(f"No longer needed: {action.operation} {action.target} ({action.phase}).{again}")


def _confirm(
    session: Session, authorization: Authorization, request: PlanRequest, review: ReviewedPlan
) -> None:
    """Show the plan; what is confirmed now is the review."""
    report = Planned(plan=review.plan, texts=request.state.texts)
    if session.screen.name == "text":
        session.screen.show(report)
    else:
        session.screen.complain(report)
    if not review.reviewed or authorization.yes:
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


async def _carried_out(execution: Execution) -> Done:
    """EndedEarly for whatever ends it once something is in the log."""
    before = len(execution.writer.appended)
    try:
        return await carry_out(execution)
    except Exception as failure:
        if len(execution.writer.appended) == before:
            raise
        raise EndedEarly(
            failure.message if isinstance(failure, ReconcilerError) else Bug(failure).message
        ) from failure


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
    session.screen.show(applied)
    return INCOMPLETE if applied.incomplete else 0


@contextlib.contextmanager
def _progress(actions: tuple[Action, ...]) -> Iterator[Callable[[Result], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not actions or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Applying", total=len(actions))
        yield lambda _: bar.advance(task)
