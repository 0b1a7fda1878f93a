"""Reading the log: the hash chain, record by record (README, The audit log)."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, Any

from reconciler.audit import plain_file
from reconciler.core.canonical import sha256
from reconciler.core.errors import BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The records of a log file. ``torn`` is what a crash left of a last line, else empty.

    ``unterminated``: the last record is whole, but for its line feed. ``broken`` says where the chain breaks, None
    where it holds: then ``records`` are those before the break, and ``beyond`` counts the lines from there on, of
    which nothing is proven.
    """

    records: tuple[Record, ...] = ()
    missing: bool = False
    torn: bytes = b""
    unterminated: bool = False
    broken: str | None = None
    beyond: int = 0

    @property
    def head(self) -> str | None:
        """The last record's hash, ``sha256:`` and hex; None for an empty log."""
        return self.records[-1]["hash"] if self.records else None


def read(path: str) -> Log:
    """The log at ``path``, missing or not. BrokenAuditLog names the first record that does not fit."""
    log = salvage(path)
    if log.broken is not None:
        raise BrokenAuditLog(log.broken)
    return log


def salvage(path: str) -> Log:
    """The log at ``path`` up to where its chain breaks. BrokenAuditLog only where the file cannot be read at all."""
    try:
        with os.fdopen(plain_file.opened(path, os.O_RDONLY), "rb") as file:
            return scan(file, path)
    except FileNotFoundError:
        return Log(missing=True)
    except OSError as failure:
        raise BrokenAuditLog(
            f"The audit log {path} cannot be read: {failure.strerror}. Fix its permissions, or name another with "
            "--audit-log or RECONCILER_AUDIT_LOG."
        ) from None


def scan(file: Iterable[bytes], path: str) -> Log:
    """The lines of an open log, as far as the chain holds; ``path`` is its name in messages."""
    rest: list[bytes] = []
    records: list[Record] = []
    broken, beyond, unterminated = None, 0, False
    lines = _lines(file, rest)
    try:
        records.extend(_verified(lines, path))
    except BrokenAuditLog as failure:
        broken, beyond = failure.message, 1 + sum(1 for _ in lines)
    else:
        # A crash may fall between a record and its line feed: the record was made.
        with suppress(BrokenAuditLog):
            records.extend(_verified(rest, path, records[-1] if records else None))
            unterminated = bool(rest)
    return Log(
        records=tuple(records),
        torn=b"" if unterminated else b"".join(rest),
        unterminated=unterminated,
        broken=broken,
        beyond=beyond,
    )


def _lines(file: Iterable[bytes], torn: list[bytes]) -> Iterator[bytes]:
    """The whole lines, one at a time; what stands behind the last of them goes to ``torn``."""
    for text in file:
        if text.endswith(b"\n"):
            yield text[:-1]
        else:
            torn.append(text)


def seal(record: Record, previous: str | None, seq: int) -> Record:
    """The record with ``seq``, ``prev_hash`` and its own ``hash``: SHA-256 of its RFC 8785 form."""
    placed = {**record, "seq": seq, "prev_hash": previous}
    return {**placed, "hash": sha256(placed)}


def line(record: Record) -> bytes:
    """One record as a line of the file, in bytes, its line feed included."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _verified(lines: Iterable[bytes], path: str, last: Record | None = None) -> Iterator[Record]:
    """The records of these lines, each held against its hash and the one before it; ``last`` stands before them."""
    previous, number = (last["hash"], last["seq"]) if last is not None else (None, 0)
    for text in lines:
        number += 1
        record = _record(text, number, path)
        if record.get("seq") != number or record.get("prev_hash") != previous:
            raise BrokenAuditLog(
                f"The audit log {path} is broken at line {number}: record {record.get('seq')} does not follow the one "
                "before it. A record was removed, added or reordered there. Compare with a copy of the log."
            )
        previous = record.get("hash")
        yield record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two equal ones, other readers may believe the other.

    The keys are interned, which halves the memory of a long log: the records' names are always the same.
    """
    found = {intern(key): value for key, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _record(text: bytes, number: int, path: str) -> Record:
    try:
        record: Record = json.loads(text, object_pairs_hook=_once)
        claimed = record.get("hash")
        true = sha256({key: value for key, value in record.items() if key != "hash"})
    except (ValueError, AttributeError, RecursionError):
        claimed, true = None, ""
    if claimed != true:
        raise BrokenAuditLog(
            f"The audit log {path} is broken at line {number}: record {number} was changed after it was written. "
            "Compare with a copy of the log."
        )
    return record
