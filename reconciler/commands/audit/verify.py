"""The steps of ``audit verify``: the current file alone, or every file of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.audit import segments
from reconciler.audit.chain import CHECKPOINT, Log, RecordStream, mac
from reconciler.audit.memory import Memories
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.settings import log_key_of_file
from reconciler.core.errors import BrokenAuditLog
from reconciler.outputs._results import Audited, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.audit.chain import Record
    from reconciler.commands._shared.session import Session


def verify(
    session: Session, *, expect_head: str | None, every: bool = False, old_key_files: Sequence[str] = ()
) -> None:
    """Check the chain. BrokenAuditLog where it does not hold, or no record has the hash that is expected."""
    session.warn_of_slips()
    path = session.log_path
    keys = [log_key_of_file(file, "--old-key-file") for file in old_key_files]
    PROGRESS.step("Reading the audit log")
    reading = RecordStream(path, session.log_key)
    keys += [session.log_key] if session.log_key else []
    checked = _Checked(expected=expect_head)
    for record in _every(path, reading, keys) if every else reading:
        checked.take(record)
    if checked.first is None:
        segments.refuse_lost(path, Log())
    if reading.missing:
        raise BrokenAuditLog(f"There is no audit log at {path}. Name another with --audit-log.")
    if reading.torn:
        session.screen.warn(f"The last line of {path} is torn (a crash); the next apply sets it aside.")
    _require_head(path, checked)
    session.screen.show(
        Audited(
            said=_said(path, checked, every=every, keyed=session.log_key is not None),
            head=checked.head,
            records=checked.records,
        )
    )


@dataclass(slots=True, kw_only=True)
class _Checked:
    """What was read and holds: its ``first`` record, how many ``records``, the last one's hash, and whether one had
    the hash that is ``expected``."""

    expected: str | None
    first: Record | None = None
    records: int = 0
    head: str | None = None
    found: bool = False

    def take(self, record: Record) -> None:
        self.first = self.first or record
        self.records += 1
        self.head = record["hash"]
        self.found = self.found or self.head == self.expected


def _said(path: str, checked: _Checked, *, every: bool, keyed: bool) -> str:
    first = checked.first["seq"] if checked.first is not None else 1
    from_ = f" from record {first} on" if not every and first != 1 else ""
    records = counted(checked.records, "record")
    said = f"{path}: the chain of {records}{from_} holds; its head is {checked.head or 'none yet'}."
    if from_:
        said += " `--all` checks the files before that."
    return said if keyed else f"{said} Checked by hashes alone: RECONCILER_LOG_KEY is not set."


def _require_head(path: str, checked: _Checked) -> None:
    """The hash may stand in what was read, else in a file before that."""
    head, first = checked.expected, checked.first
    if head is None or checked.found or (first is not None and segments.is_before(path, first, head)):
        return
    raise BrokenAuditLog(
        f"No record of {path} has the hash {head}: its tail was cut, or it was written anew. "
        "Compare with a copy of the log."
    )


def _every(path: str, reading: RecordStream, keys: Sequence[bytes]) -> Iterator[Record]:
    """The records of all files. Each checkpoint must say what the records before it add up to."""
    memories = Memories()
    signed = False
    first = True
    for record, begins in segments.forwards(path, reading):
        if first and record["seq"] != 1:
            raise segments.missing(segments.sealed_name(path, record["seq"] - 1))
        first = False
        if begins:
            signed = record["mac"] is not None
        if keys and signed:
            _require_mac(path, record, keys)
        if record["event"] == CHECKPOINT:
            _require_checkpoint(path, record, memories)
        else:
            memories.take(record)
        yield record


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
