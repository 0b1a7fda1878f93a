"""Reading the log: the hash chain, record by record (help audit)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, Any

from reconciler.audit import plain_file
from reconciler.core.canonical import sha256
from reconciler.core.errors import BrokenAuditLog
from reconciler.cxone.audit_logs import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

CHECKPOINT = "checkpoint"
"""The event of the record that a file of the log begins with, where others were sealed before it."""

_ALWAYS = frozenset({*FIELDS, "prev_hash"})
_UNHASHED = frozenset({"hash", "mac"})
_A_LINE = 4096
"""Bytes that hold most records whole."""


class Record(dict[str, Any]):
    """One record, as JSON. A field that does not apply is left out, and reads as None."""

    __slots__ = ()

    def __missing__(self, key: str) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The records of one file of the log, or of several. ``torn`` is what a crash left of a last line, else empty.

    ``unterminated``: the last record is whole, but for its line feed. ``broken`` says where the chain breaks, None
    where it holds: then ``records`` are those before the break, and ``beyond`` counts the lines from there on, of
    which nothing is proven. ``lacking`` are sealed files that are not there, as far as the others tell.
    """

    records: tuple[Record, ...] = ()
    missing: bool = False
    torn: bytes = b""
    unterminated: bool = False
    broken: str | None = None
    beyond: int = 0
    lacking: tuple[str, ...] = ()

    def again(self, place: int) -> Record:
        """The record at a place, counted from 0."""
        return self.records[place]

    def seq(self, place: int) -> int:
        """The number of the record at a place."""
        return int(self.records[place]["seq"])

    @property
    def head(self) -> str | None:
        """The last record's hash, ``sha256:`` and hex; None for an empty log."""
        return self.records[-1]["hash"] if self.records else None

    @property
    def count(self) -> int:
        """The number of the last record that holds, over all files of the log."""
        return self.records[-1]["seq"] if self.records else 0


@dataclass(slots=True)
class RecordStream:
    """A file of the log, read record by record: to hold none of them, whatever its length.

    At the end ``missing`` and ``torn`` are told, and whether the last record was ``unterminated``, as of a ``Log``.
    BrokenAuditLog names the first record that does not fit; ``salvaged`` tells it as ``broken`` and ``beyond``.
    ``at`` is the byte of the file at which the record's line begins that was read last.
    """

    path: str
    key: bytes | None = None
    missing: bool = False
    torn: bytes = b""
    unterminated: bool = False
    broken: str | None = None
    beyond: int = 0
    at: int = 0
    _end: int = 0

    def __iter__(self) -> Iterator[Record]:
        try:
            with os.fdopen(plain_file.opened(self.path, os.O_RDONLY), "rb") as file:
                yield from self.of(file)
        except FileNotFoundError:
            self.missing = True
        except OSError as failure:
            raise unreadable(self.path, failure) from None

    def of(self, file: Iterable[bytes]) -> Iterator[Record]:
        """The records of these lines; where one does not fit, the lines behind it are left."""
        rest: list[bytes] = []
        last = None
        for last in verified(self._placed(lines(file, rest)), self.path, key=self.key):
            yield last
        self.torn = b"".join(rest)
        # A crash may fall between a record and its line feed: the record was made.
        with suppress(BrokenAuditLog):
            for record in verified(self._placed(rest), self.path, last, key=self.key):
                self.torn, self.unterminated = b"", True
                yield record

    def salvaged(self, file: Iterable[bytes]) -> Iterator[Record]:
        """The records of these lines, as far as the chain holds."""
        texts = iter(file)
        try:
            yield from self.of(texts)
        except BrokenAuditLog as failure:
            rest: list[bytes] = []
            self.broken, self.beyond = failure.message, 1 + sum(1 for _ in lines(texts, rest))
            self.torn = b"".join(rest)

    def _placed(self, texts: Iterable[bytes]) -> Iterator[bytes]:
        for text in texts:
            self.at, self._end = self._end, self._end + len(text) + 1
            yield text


def read(path: str, key: bytes | None = None) -> Log:
    """The log's current file at ``path``, missing or not. BrokenAuditLog names the first record that does not fit.

    With a ``key`` every record must have the ``mac`` that goes with it.
    """
    log = salvage(path, key)
    if log.broken is not None:
        raise BrokenAuditLog(log.broken)
    return log


def salvage(path: str, key: bytes | None = None) -> Log:
    """The file at ``path`` up to where its chain breaks. BrokenAuditLog only where it cannot be read at all."""
    try:
        with os.fdopen(plain_file.opened(path, os.O_RDONLY), "rb") as file:
            return scan(file, path, key)
    except FileNotFoundError:
        return Log(missing=True)
    except OSError as failure:
        raise unreadable(path, failure) from None


def unreadable(path: str, failure: OSError) -> BrokenAuditLog:
    """The error for a log that the system does not let be read."""
    return BrokenAuditLog(
        f"The audit log {path} cannot be read: {failure.strerror}. Fix its permissions, or name another with "
        "--audit-log or RECONCILER_AUDIT_LOG."
    )


def scan(file: Iterable[bytes], path: str, key: bytes | None = None) -> Log:
    """The lines of an open log, as far as the chain holds; ``path`` is its name in messages."""
    reading = RecordStream(path, key)
    records = tuple(reading.salvaged(file))
    told = {name: getattr(reading, name) for name in ("torn", "unterminated", "broken", "beyond")}
    return Log(records=records, **told)


def again(descriptor: int, at: int, path: str, line: int) -> Record:
    """The record whose line begins at this byte of an open file; BrokenAuditLog where its hash no longer fits.

    ``path`` and ``line`` name it in messages.
    """
    text = b""
    while b"\n" not in text and (more := os.pread(descriptor, _A_LINE, at + len(text))):
        text += more
    return _record(text.partition(b"\n")[0], line, path, None)  # which was read with _once before


def lines(file: Iterable[bytes], torn: list[bytes]) -> Iterator[bytes]:
    """The whole lines, one at a time; what stands behind the last of them goes to ``torn``."""
    for text in file:
        if text.endswith(b"\n"):
            yield text[:-1]
        else:
            torn.append(text)


def seal(record: Mapping[str, Any], previous: str | None, seq: int, key: bytes | None = None) -> Record:
    """The record with ``seq``, ``prev_hash`` and its own ``hash``: SHA-256 of its RFC 8785 form.

    With a ``key`` it has a ``mac`` too: HMAC-SHA256 (RFC 2104) over its hash. A field that does not apply is left out,
    save those of the tenant's audit call and ``prev_hash``.
    """
    placed = {**record, "seq": seq, "prev_hash": previous}
    for name in [name for name, value in placed.items() if value is None and name not in _ALWAYS]:
        del placed[name]
    sealed = Record(placed, hash=sha256(placed))
    if key is not None:
        sealed["mac"] = mac(sealed["hash"], key)
    return sealed


def mac(record_hash: str, key: bytes) -> str:
    """What only a holder of the log's key can write beside a record's ``hash``: hex, HMAC-SHA256 over it in ASCII."""
    return hmac.new(key, record_hash.encode(), hashlib.sha256).hexdigest()


def line(record: Mapping[str, Any]) -> bytes:
    """One record as a line of the file, in bytes, its line feed included.

    In nearly every case that is the RFC 8785 form, so that its hash is checked without making that form anew.
    """
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def verified(
    lines: Iterable[bytes], path: str, last: Record | None = None, *, key: bytes | None = None
) -> Iterator[Record]:
    """The records of these lines, each held against its hash and the one before it.

    ``last`` stands before them; where none does, the first is the log's first, or a checkpoint that goes on from files
    that were sealed.
    """
    previous, seq = (last["hash"], last["seq"]) if last is not None else (None, 0)
    for number, text in enumerate(lines, 1):
        record = _record(text, number, path)
        if last is None and number == 1 and _goes_on(record):
            previous, seq = record["prev_hash"], record["seq"] - 1
        seq += 1
        if record["seq"] != seq or record["prev_hash"] != previous:
            raise BrokenAuditLog(
                f"The audit log {path} is broken at line {number}: record {record['seq']} does not follow the one "
                "before it. A record was removed, added or reordered there. Compare with a copy of the log."
            )
        if key is not None:
            _require_mac(record, key, path, number)
        previous = record["hash"]
        yield record


def _goes_on(record: Record) -> bool:
    """Whether a file may begin with this record because others were sealed before it."""
    placed = type(record["seq"]) is int and record["seq"] > 1 and isinstance(record["prev_hash"], str)
    return placed and record["event"] == CHECKPOINT


def _require_mac(record: Record, key: bytes, path: str, number: int) -> None:
    if hmac.compare_digest(ascii(record["mac"]), ascii(mac(record["hash"], key))):
        return
    if record["mac"] is None:
        raise BrokenAuditLog(
            f"Record {record['seq']} of the audit log {path} (line {number}) has no mac, and RECONCILER_LOG_KEY is "
            "set: nobody with the key wrote it. `reconciler audit seal --key-file FILE`, without that variable, begins "
            "a file of the log that has one."
        )
    raise BrokenAuditLog(
        f"Record {record['seq']} of the audit log {path} (line {number}) has a mac that RECONCILER_LOG_KEY did not "
        "make: another key wrote it, or somebody without one. Compare with a copy of the log."
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two equal ones, other readers may believe the other.

    The keys are interned, which halves the memory of a long log: the records' names are always the same.
    """
    found = {intern(key): value for key, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _record(text: bytes, number: int, path: str, hook: Callable[..., Any] | None = _once) -> Record:
    try:
        found = json.loads(text, object_pairs_hook=hook)
        record = Record(found) if isinstance(found, dict) else Record()
        fits = _hashed(text, record) or record["hash"] == sha256(
            {key: value for key, value in record.items() if key not in _UNHASHED}
        )
    except (ValueError, RecursionError):
        fits = False
    if not fits:
        raise BrokenAuditLog(
            f"The audit log {path} is broken at line {number}: record {number} was changed after it was written. "
            "Compare with a copy of the log."
        )
    return record


def _hashed(text: bytes, record: Record) -> bool:
    """Whether the line without ``hash`` and ``mac`` has the hash that it claims: then it is the RFC 8785 form."""
    for name in _UNHASHED & record.keys():
        text = text.replace(f'"{name}":"{record[name]}",'.encode(), b"", 1)
    return bool(record["hash"] == "sha256:" + hashlib.sha256(text).hexdigest())
