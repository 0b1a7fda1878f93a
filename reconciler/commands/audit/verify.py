"""The steps of ``audit verify``: the current file alone, or every file of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit import segments
from reconciler.audit.chain import CHECKPOINT, mac
from reconciler.audit.memory import Memories
from reconciler.commands._shared.settings import log_key_of_file
from reconciler.core.errors import BrokenAuditLog
from reconciler.outputs._results import Audited, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.audit.chain import Log, Record
    from reconciler.commands._shared.session import Session


def verify(
    session: Session, *, expect_head: str | None, every: bool = False, old_key_files: Sequence[str] = ()
) -> None:
    """Check the chain. BrokenAuditLog where it does not hold, or no record has the hash that is expected."""
    session.warn_of_slips()
    path = session.log_path
    keys = [log_key_of_file(file, "--old-key-file") for file in old_key_files]
    log = session.log()
    if log.missing:
        raise BrokenAuditLog(f"There is no audit log at {path}. Name another with --audit-log.")
    if log.torn:
        session.screen.warn(f"The last line of {path} is torn (a crash); the next apply sets it aside.")
    checked = _every(path, log, [*keys, *([session.log_key] if session.log_key else [])]) if every else None
    if expect_head is not None:
        _require_head(path, log, expect_head)
    session.screen.show(
        Audited(
            said=_said(path, log, checked, keyed=session.log_key is not None),
            head=log.head,
            records=len(log.records) if checked is None else checked,
        )
    )


def _said(path: str, log: Log, checked: int | None, *, keyed: bool) -> str:
    first = log.records[0]["seq"] if log.records else 1
    records = counted(len(log.records) if checked is None else checked, "record")
    from_ = f" from record {first} on" if checked is None and first != 1 else ""
    said = f"{path}: the chain of {records}{from_} holds; its head is {log.head or 'none yet'}."
    if from_:
        said += " `--all` checks the files before that."
    return said if keyed else f"{said} Checked by hashes alone: RECONCILER_LOG_KEY is not set."


def _require_head(path: str, log: Log, head: str) -> None:
    """Look for the hash in the current file, then file by file backwards."""
    if any(record["hash"] == head for record in log.records):
        return
    for earlier in segments.backwards(path, log):
        if any(record["hash"] == head for record in earlier.records):
            return
    raise BrokenAuditLog(
        f"No record of {path} has the hash {head}: its tail was cut, or it was written anew. "
        "Compare with a copy of the log."
    )


def _every(path: str, log: Log, keys: Sequence[bytes]) -> int:
    """How many records all files hold. Each checkpoint must say what the records before it add up to."""
    memories = Memories()
    number = 0
    signed = False
    for record, begins in segments.forwards(path, log):
        if number == 0 and record["seq"] != 1:
            raise segments.missing(segments.sealed_name(path, record["seq"] - 1))
        if begins:
            signed = record["mac"] is not None
        if keys and signed:
            _require_mac(path, record, keys)
        if record["event"] == CHECKPOINT:
            _require_checkpoint(path, record, memories)
        else:
            memories.take(record)
        number += 1
    return number


def _require_mac(path: str, record: Record, keys: Sequence[bytes]) -> None:
    if record["mac"] not in {mac(record["hash"], key) for key in keys}:
        raise BrokenAuditLog(
            f"Record {record['seq']} of the audit log {path} has no mac that one of the keys given made: nobody with "
            "them wrote it. Name earlier keys with --old-key-file, or compare with a copy of the log."
        )


def _require_checkpoint(path: str, record: Record, memories: Memories) -> None:
    said = memories.content()
    if any(record[name] != value for name, value in said.items()):
        raise BrokenAuditLog(
            f"Record {record['seq']} of the audit log {path} is a checkpoint that does not say what the records before "
            "it do: it was forged, or an error of this program. Nothing that stands on it counts; compare with a copy."
        )
    for memory in memories.tenants.values():
        memory.reviews.clear()  # a checkpoint leaves out what is closed, and a long log has much of that
