"""Outcomes to the tenant's audit log: at least once, each with its own Idempotency-Key (help audit)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.core.canonical import sha256
from reconciler.core.errors import BrokenAuditLog, ReconcilerError
from reconciler.cxone.audit_logs import delivery
from reconciler.cxone.concurrency import each
from reconciler.kinds._responses import found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.log import Writer
    from reconciler.audit.records import Run
    from reconciler.cxone.concurrency import Sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How many records were delivered, how many were not, and why not."""

    delivered: int
    left: int
    why: str | None

    @property
    def warning(self) -> str | None:
        """A warning for people; None where every record was delivered."""
        if not self.left:
            return None
        records = "1 audit record was" if self.left == 1 else f"{self.left} audit records were"
        return (
            f"{records} not delivered to the tenant's audit log: {self.why} They are safe in the local log; the next "
            "`apply` or `reconciler audit publish` sends them."
        )


async def deliver(
    outcomes: Sequence[Record], client: Sends, writer: Writer, run: Run, *, attempts: int, concurrency: int
) -> Delivery:
    """Send outcome records to the tenant and append a ``delivered`` record for those that arrived.

    The first that cannot be delivered ends the delivery.
    """
    arrived: list[int] = []
    failed: list[str] = []

    async def send(record: Record) -> None:
        if not failed:
            why = await _send(record, client, attempts)
            if why is None:
                arrived.append(record["seq"])
            else:
                failed.append(why)

    await each(outcomes, send, concurrency)
    if arrived:
        try:
            await writer.record(run.record("delivered", delivered=sorted(arrived)))
        except BrokenAuditLog as failure:
            failed.append(failure.message)
    left = len(outcomes) - len(arrived)
    return Delivery(delivered=len(arrived), left=left, why=failed[0] if failed else None)


async def _send(record: Record, client: Sends, attempts: int) -> str | None:
    """None where it arrived, else why it did not. A lost answer cannot be looked up: the same is sent again."""
    key = sha256(["delivery", record["hash"]]).removeprefix("sha256:")
    request = delivery(record, key)
    error = ""
    try:
        for attempt in range(attempts):
            response = await client.send(replace(request, attempt=attempt))
            if found(response):
                return None
            error = response.error
            if not response.unknown:
                break
    except ReconcilerError as failure:
        return failure.message
    return error
