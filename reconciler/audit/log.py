"""Writing the log: one writer at a time on a machine, durable before anything leaves (contract section 5)."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from reconciler.audit import chain
from reconciler.core.errors import AuditLogBusy, BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.audit.chain import Log, Record


@contextmanager
def writing(path: str, *, sleep: Callable[[float], None], warn: Callable[[str], None]) -> Iterator[Writer]:
    """The log, locked for this process, its chain verified and a torn last line set aside.

    The file is made with the first record. AuditLogBusy after some 30 s in which another process held the lock.
    """
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    new = not os.path.isdir(folder)  # noqa: PTH112
    lock = _locked(path, sleep, warn)
    try:
        log = chain.read(path)
        writer = Writer(path, log)
        if log.torn:
            warn(_set_aside(path, log))
        elif not log.missing:
            # A log that cannot be written is an error now, not after the first write to the tenant.
            os.close(writer.open())
        try:
            yield writer
        finally:
            writer.close()
    finally:
        if new and not os.path.exists(path):  # noqa: PTH110
            _leave_nothing(folder, f"{path}.lock")
        os.close(lock)


def _leave_nothing(folder: str, lock: str) -> None:
    """Without a record the folder that was made for them goes again, with the lock, which is still held."""
    with suppress(OSError):
        os.unlink(lock)  # noqa: PTH108
        os.rmdir(folder)  # noqa: PTH106


class Writer:
    """Appends records. Many that are asked for at once are written and synced together."""

    def __init__(self, path: str, log: Log) -> None:
        self.log = log
        self._path = path
        self._head = log.head
        self._count = len(log.records)
        self._file: int | None = None
        self._waiting: list[tuple[Record, asyncio.Future[Record]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._failure: BrokenAuditLog | None = None
        self.appended: list[Record] = []

    @property
    def head(self) -> str | None:
        """The hash of the last record; null while there is none."""
        return self._head

    def append(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Seal, write and sync the records; they are durable when this returns."""
        sealed = self._seal(records)
        self._write(b"".join(map(chain.line, sealed)))
        self._keep(sealed)
        return sealed

    async def record(self, record: Record) -> Record:
        """The same for one record, from a coroutine."""
        return await asyncio.shield(self.begin(record))

    def begin(self, record: Record) -> asyncio.Future[Record]:
        """The record's place in the log, taken now; the future ends when it is durable, or with BrokenAuditLog.

        Whatever is asked for while a sync is under way shares the next one, and becomes durable in this order.
        """
        future: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, future))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return future

    async def drain(self) -> None:
        """Wait until everything that was asked for is durable, also while the run is being cancelled."""
        while self._flushing is not None:
            await asyncio.shield(self._flushing)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # the other coroutines that are ready now join this sync
                batch, self._waiting = self._waiting, []
                await self._flush_batch(batch)
        finally:
            self._flushing = None

    async def _flush_batch(self, batch: list[tuple[Record, asyncio.Future[Record]]]) -> None:
        try:
            sealed = self._seal([record for record, _ in batch])
            await asyncio.to_thread(self._write, b"".join(map(chain.line, sealed)))
            self._keep(sealed)
        except Exception as failure:  # noqa: BLE001  whatever it is, nobody may wait for ever
            for _, future in batch:
                future.set_exception(failure)
                future.exception()  # asyncio would print it where a cancelled run waits for it no more
            return
        for (_, future), record in zip(batch, sealed, strict=True):
            future.set_result(record)

    def open(self) -> int:
        """A descriptor for appending. BrokenAuditLog where that is not allowed."""
        try:
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as failure:
            raise _unwritable(self._path, failure) from None

    def close(self) -> None:
        """Release the file; what was appended is durable already."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _seal(self, records: Sequence[Record]) -> tuple[Record, ...]:
        sealed: list[Record] = []
        head, count = self._head, self._count
        for record in records:
            whole = chain.seal(record, head, count + 1)
            head, count = whole["hash"], count + 1
            sealed.append(whole)
        return tuple(sealed)

    def _keep(self, sealed: tuple[Record, ...]) -> None:
        """What is durable is the head, and nothing else is."""
        self._head, self._count = sealed[-1]["hash"], sealed[-1]["seq"]
        self.appended += sealed

    def _write(self, text: bytes) -> None:
        if self._failure is not None:
            raise self._failure  # a part of it may be in the file: nothing may follow that
        try:
            if self._file is None:
                self._file = self.open()
                _sync_folder(self._path)
            while text:
                text = text[os.write(self._file, text) :]
            os.fsync(self._file)
        except OSError as failure:
            self._failure = _unwritable(self._path, failure)
            raise self._failure from None


def _locked(path: str, sleep: Callable[[float], None], warn: Callable[[str], None]) -> int:
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        raise _unwritable(path, failure) from None
    for attempt in range(120):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if attempt == 0:
                warn(f"Another run is writing the audit log {path}; waiting for it.")
            sleep(0.25)
        else:
            if _is_at(lock, f"{path}.lock"):
                return lock
            os.close(lock)  # its run ended without a record and removed it: nobody else sees this lock
            return _locked(path, sleep, warn)
    os.close(lock)
    raise AuditLogBusy(
        f"Another run holds the audit log {path}, and has for 30 seconds. Wait until it has ended, then run again."
    )


def _is_at(lock: int, path: str) -> bool:
    """Whether the path still names the file that is open."""
    try:
        return os.path.samestat(os.fstat(lock), os.stat(path))  # noqa: PTH116
    except OSError:
        return False


def _set_aside(path: str, log: Log) -> str:
    """Keep a torn last line in a file beside the log, then cut the log after its last whole record."""
    try:
        with open(path, "r+b") as file:  # noqa: PTH123
            content = file.read()
            whole = len(content) - len(log.torn)
            aside = f"{path}.torn-{len(log.records) + 1}"
            with open(aside, "ab") as kept:  # noqa: PTH123
                kept.write(log.torn + b"\n")
                kept.flush()
                os.fsync(kept.fileno())
            file.truncate(whole)
            os.fsync(file.fileno())
    except OSError as failure:
        raise _unwritable(path, failure) from None
    return (
        f"The last line of the audit log {path} was torn by a crash; it is kept in {aside}. "
        "The log goes on after its last whole record."
    )


def _sync_folder(path: str) -> None:
    """Make a new file's name durable as well as its content."""
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)  # noqa: PTH120
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unwritable(path: str, failure: OSError) -> BrokenAuditLog:
    return BrokenAuditLog(
        f"The audit log {path} cannot be written: {failure.strerror}. Nothing is sent to the tenant without it. "
        "Mend its permissions or the disk, or name another with --audit-log or RECONCILER_AUDIT_LOG."
    )
