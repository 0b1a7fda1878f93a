"""The log's files: one chain over a current file, and those that were sealed before it (help audit).

``audit.jsonl`` is the current one; ``audit.005000.jsonl``, beside it, ends with record 5000 and is never written again.
"""

from __future__ import annotations

import os
import re
from itertools import chain as join
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.audit.chain import Log, RecordStream
from reconciler.core.errors import BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.chain import Record

RECORDS = 5_000
BYTES = 8_000_000
LARGEST = 16_000_000
"""A file is sealed at so many records or bytes; none passes the last, which Git hosts take (GitHub warns at 50 MB)."""


def is_full(*, records: int, size: int, first: int, more: int) -> bool:
    """Whether a file of so many records and bytes is sealed before ``more`` bytes are appended.

    ``first`` is the length of its checkpoint, 0 where it begins the log: a file that is mostly checkpoint may grow to
    four times that, or sealing would come to be all that is done.
    """
    if records <= (1 if first else 0):
        return False
    return records >= RECORDS or size >= max(BYTES, 4 * first) or size + more > LARGEST


def sealed_name(path: str, last: int) -> str:
    """Where the file whose last record is number ``last`` stays."""
    real = os.path.realpath(path)
    return f"{os.path.splitext(real)[0]}.{last:06d}.jsonl"  # noqa: PTH122


def sealed(path: str, current: Log) -> tuple[str, ...]:
    """The sealed files that are there, in the order of their records.

    Where a crash fell into sealing, the ``current`` one has two names: it is none of them.
    """
    folder, name = os.path.split(os.path.realpath(path))
    pattern = re.compile(re.escape(os.path.splitext(name)[0]) + r"\.([0-9]{6,})\.jsonl")  # noqa: PTH122
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return ()
    found = {int(match[1]): one for one in names if (match := pattern.fullmatch(one))}
    first = current.records[0]["seq"] if current.records else None
    kept = sorted(number for number in found if first is None or number < first)
    return tuple(os.path.join(folder, found[number]) for number in kept)  # noqa: PTH118


def refuse_lost(path: str, current: Log) -> None:
    """BrokenAuditLog where there is no current file, and sealed ones tell that there was."""
    there = sealed(path, current) if not current.records else ()
    if there:
        raise BrokenAuditLog(
            f"The audit log {path} is missing or empty, and {there[-1]} is there: the current file of the log is lost. "
            "Put it back from a copy, or move the sealed files elsewhere to begin a log anew."
        )


def predecessor(path: str, first: Record) -> str | None:
    """The sealed file that a file beginning with ``first`` goes on from, there or not; None for the log's first."""
    return sealed_name(path, first["seq"] - 1) if first["seq"] != 1 else None


def is_before(path: str, first: Record, head: str) -> bool:
    """Whether a record with this hash stands in the sealed files before ``first``: the newest first, until it is found.

    BrokenAuditLog where a file is missing, broken, or not what the one after it goes on from.
    """
    found = False
    while not found and (name := predecessor(path, first)) is not None:
        begins, last = None, None
        for last in _records(name):
            begins = begins or last
            found = found or last["hash"] == head
        if begins is None or last is None:
            raise missing(name)
        require_link(last, first, path)
        first = begins
    return found


def forwards(path: str, current: RecordStream) -> Iterator[tuple[Record, bool]]:
    """The records of the sealed files that are there and of the current one, and whether each is a file's first.

    One at a time, whatever the log's length. BrokenAuditLog as for ``is_before``; the first file is taken as it is.
    """
    rest = iter(current)
    begin = tuple(islice(rest, 1))
    refuse_lost(path, Log(records=begin))
    last: Record | None = None
    for records in (*map(_records, sealed(path, Log(records=begin))), join(begin, rest)):
        begins = True
        for record in records:
            if begins and last is not None:
                require_link(last, record, path)
            yield record, begins
            last, begins = record, False


def _records(name: str) -> Iterator[Record]:
    reading = RecordStream(name)
    yield from reading
    if reading.torn or reading.unterminated:
        raise torn(name)


def require_link(last: Record, first: Record, path: str) -> None:
    """BrokenAuditLog where a file that begins with ``first`` does not go on from one that ends with ``last``.

    ``path`` is the current one's, for messages.
    """
    if (first["seq"], first["prev_hash"]) == (last["seq"] + 1, last["hash"]):
        return
    if first["seq"] > last["seq"] + 1:
        raise missing(sealed_name(path, first["seq"] - 1))
    raise BrokenAuditLog(
        f"Record {last['seq']}, the last of its file, is not the one that record {first['seq']} of the audit log "
        f"{path} goes on from: a file was changed, or is another log's. Compare with a copy of the log."
    )


def missing(name: str) -> BrokenAuditLog:
    """The error for a sealed file that is not there."""
    return BrokenAuditLog(
        f"{name} is missing: the audit log goes on from that file. Put it back beside the log, from a copy of it."
    )


def torn(name: str) -> BrokenAuditLog:
    """The error for a sealed file that does not end with a whole record."""
    return BrokenAuditLog(
        f"{name} ends in the midst of a record, and a sealed file is never written again: it was cut. Put it back from "
        "a copy of the log."
    )
