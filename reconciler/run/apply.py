"""The steps of an apply: close what is open, record what is seen and reviewed, carry it out, deliver the outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.audit import records
from reconciler.audit.delivery import deliver
from reconciler.audit.memory import shown_after
from reconciler.plan.closing import closings
from reconciler.run.audit_records import closing_record, seen_records
from reconciler.run.execute import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.chain import Record
    from reconciler.core.outcome import Result
    from reconciler.run.execute import Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an apply did: its results, what earlier runs left open and it closed, and warnings."""

    results: tuple[Result, ...]
    closed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def carry_out(execution: Execution) -> Done:
    """Close what earlier runs left open, record what moved and what may be done, do it, and deliver the outcomes."""
    writer = execution.writer
    closed = tuple(closings(execution.given, execution.review))
    opening = [closing_record(execution.run, execution.facts, closing) for closing in closed]
    known = shown_after(execution.given.memory.shown, opening)
    opening += seen_records(execution.run, execution.given.observed, known)
    opening += _reviewed(execution)
    if opening:
        writer.append(opening)
    try:
        results = await execute(execution)
    finally:
        await writer.drain()
    writer.check()
    if execution.cancellation.requested:
        return Done(results=results)
    done = (record for record in writer.appended if record["event"] == "outcome")
    delivery = await deliver(
        [*execution.given.memory.undelivered.values(), *done],
        execution.client,
        writer,
        execution.run,
        attempts=execution.attempts,
        concurrency=execution.client.connection.concurrency,
    )
    writer.check()
    return Done(
        results=results,
        closed=tuple(closing.words for closing in closed),
        warnings=(delivery.warning,) if delivery.warning is not None else (),
    )


def _reviewed(execution: Execution) -> Iterator[Record]:
    """The record of what this run may do; none where there is nothing to do."""
    review = execution.review
    if review.reviewed:
        yield records.reviewed(
            execution.run,
            review.reviewed,
            unchecked=review.plan.unchecked,
            unlisted=review.plan.unlisted,
            digest=str(review.plan.digest),
        )
