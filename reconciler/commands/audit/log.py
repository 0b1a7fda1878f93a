"""The steps of ``audit verify``, ``publish``, ``review`` and ``accept``."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import nullcontext
from secrets import token_hex
from typing import TYPE_CHECKING

from reconciler.audit import records
from reconciler.audit.delivery import deliver
from reconciler.audit.memory import remember
from reconciler.audit.records import timestamp
from reconciler.commands._shared import provenance, signals
from reconciler.commands._shared.plan_files import evidence, read
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.session import targets_of
from reconciler.commands._shared.settings import log_key_of_file
from reconciler.core.canonical import printable
from reconciler.core.errors import BrokenAuditLog, Interrupted, UsageProblem
from reconciler.core.model import Action, Remembered, Source
from reconciler.kinds import with_secret
from reconciler.outputs._results import Audited, counted
from reconciler.run.cancellation import Cancellation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.audit.delivery import Delivery
    from reconciler.audit.log import Writer
    from reconciler.commands._shared.session import Session


def publish(session: Session) -> int:
    """Deliver what is not delivered yet; 1 where something is left."""
    connection = session.connection()
    PROGRESS.step("Delivering audit records")
    with session.writing() as writer:
        outcomes = list(remember(writer.log.records, session.tenant).undelivered.values())
        cancellation = Cancellation()

        async def run() -> Delivery:
            task = asyncio.current_task()
            assert task is not None
            told = signals.told_to(asyncio.get_running_loop(), cancellation.request, task.cancel)
            with told, session.transport(None) as transport:
                async with session.client(connection, transport, cancellation) as client:
                    return await deliver(
                        outcomes,
                        client.for_writing(),
                        writer,
                        session.run(),
                        attempts=connection.retries + 1,
                        concurrency=session.concurrency,
                    )

        try:
            delivery = asyncio.run(run())
        except asyncio.CancelledError:
            raise Interrupted(
                "Interrupted. What was sent may be sent once more by the next delivery."
            ) from None
        if cancellation.requested:
            raise Interrupted(
                f"Interrupted. Delivered {counted(delivery.delivered, 'record')}; {delivery.left} left. "
                f"Audit head: {writer.head}. `reconciler audit publish` goes on."
            )
        if delivery.warning is not None:
            session.screen.warn(delivery.warning)
        fields = {"delivered": delivery.delivered, "undelivered": delivery.left}
        said = f"Delivered {counted(delivery.delivered, 'record')}; {delivery.left} left."
        _tell(session, writer, said, fields)
        return 1 if delivery.left else 0


def review(session: Session, files: Sequence[str]) -> None:
    """Append each file's actions as reviewed."""
    session.warn_of_slips()
    plans = []
    for file in files:
        evidence(file)  # refuses an offline plan
        plans.append(read(file))
    with session.writing() as writer:
        appended = [
            records.reviewed(
                session.run(plan=plan),
                plan.actions,
                unchecked=plan.unchecked,
                unlisted=plan.unlisted,
                digest=str(plan.digest),
            )
            for plan in plans
            if plan.actions or plan.unchecked
        ]
        if appended:
            writer.append(appended)
        actions = sum(len(plan.actions) for plan in plans)
        said = f"Recorded {counted(actions, 'action')} of {counted(len(plans), 'plan')} as reviewed."
        _tell(session, writer, said, {"reviewed": actions})


def accept(session: Session, target: str, reason: str) -> None:
    """Append an ``accepted`` record: a person says that the webhook is as its document asks."""
    session.warn_of_slips()
    (url,) = targets_of((target,))
    state = session.load((url,))
    kind = with_secret()
    desired = next((item for item in state.desired() if (item.kind, item.target) == (kind.name, url)), None)
    if desired is None or desired.secret is None:
        raise UsageProblem(
            f"{target} is not a webhook: `audit accept` is for webhooks, the tenant shows the rest."
        )
    source = Source(file=desired.document.file, line=desired.document.line)
    action = Action(phase=kind.phase, operation="accept", target=url, changes=(), source=source)
    session.refuse_unreadable(state, [action])
    fingerprint = session.secrets.print_of(desired.secret, session.tenant, url)
    with session.writing() as writer:
        writer.append(
            [
                session.run().record(
                    "accepted",
                    **{
                        **records.about(action, kind),
                        "status": "accepted",
                        "reason": printable(reason),
                        "memory": records.memory_json(
                            Remembered(fields=desired.fields, fingerprint=fingerprint)
                        ),
                    },
                )
            ]
        )
        _tell(
            session, writer, f"Recorded that {url} is in place as its document asks for.", {"accepted": url}
        )


def seal(session: Session, key_file: str | None) -> None:
    """Close the current file; with a key file the new one has that key."""
    session.warn_of_slips()
    key = log_key_of_file(key_file, "--key-file") if key_file is not None else None
    with session.writing() as writer:
        if writer.log.head is None:
            raise BrokenAuditLog(
                f"There is no record in the audit log {session.log_path}, so there is nothing to seal. A log whose "
                "first record is written with RECONCILER_LOG_KEY set is kept with that key."
            )
        run = {"run_id": token_hex(8), "operator_id": provenance.operator(os.environ)}
        name = writer.seal({**run, "timestamp": timestamp(time.time())}, key)
        said = f"Sealed: {name} ends with record {writer.count - 1}; {session.log_path} goes on from it."
        if key is not None:
            said += (
                " It is kept with the key from now on: set RECONCILER_LOG_KEY, or RECONCILER_LOG_KEY_FILE."
            )
        _tell(session, writer, said, {"sealed": name})


def _tell(session: Session, writer: Writer, said: str, fields: Mapping[str, object]) -> None:
    head = f" Audit head: {writer.head}" if writer.head is not None else ""
    writer.check()
    stands = f"What was recorded is in the audit log.{head}"
    with signals.something_written(stands) if writer.appended else nullcontext():
        session.screen.show(Audited(said=said + head, head=writer.head, records=writer.count, fields=fields))
