"""Reading the log: the hash chain, record by record (contract section 5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, Any

from reconciler.canonical import sha256
from reconciler.errors import BrokenAuditLog
from reconciler.exactjson import utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log that was read and whose chain holds. ``torn`` is what a crash left of a last line, else empty."""

    records: tuple[Record, ...] = ()
    missing: bool = False
    torn: bytes = b""

    @property
    def head(self) -> str | None:
        """The last record's hash; null for an empty log."""
        return self.records[-1]["hash"] if self.records else None


def read(path: str) -> Log:
    """The log at ``path``, missing or not. BrokenAuditLog names the first record that does not fit."""
    torn: list[bytes] = []
    try:
        with open(path, "rb") as file:  # noqa: PTH123  pathlib costs start-up time here for nothing
            return Log(records=tuple(_verified(_lines(file, torn), path)), torn=b"".join(torn))
    except FileNotFoundError:
        return Log(missing=True)
    except OSError as failure:
        raise BrokenAuditLog(
            f"The audit log {path} cannot be read: {failure.strerror}. Mend its permissions, or name another with "
            "--audit-log or RECONCILER_AUDIT_LOG."
        ) from None


def _lines(file: Iterable[bytes], torn: list[bytes]) -> Iterator[bytes]:
    """The whole lines, one at a time; what stands behind the last of them goes to ``torn``."""
    for text in file:
        if text.endswith(b"\n"):
            yield text[:-1]
        else:
            torn.append(text)


def seal(record: Record, previous: str | None, seq: int) -> Record:
    """The record with its place in the chain and its hash."""
    placed = {**record, "seq": seq, "prev_hash": previous}
    return {**placed, "hash": sha256(placed)}


def line(record: Record) -> bytes:
    """One record as it stands in the file."""
    return utf8(json.dumps(record, ensure_ascii=False, separators=(",", ":"))) + b"\n"


def _verified(lines: Iterable[bytes], path: str) -> Iterator[Record]:
    previous = None
    for number, text in enumerate(lines, 1):
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
