"""Writing the log: one writer at a time on a machine, durable before a write is sent (README, The audit log)."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.audit import chain
from reconciler.audit.log_file import LogFile, opened
from reconciler.core.errors import BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.audit.chain import Log, Record


@contextmanager
def writing(path: str, *, sleep: Callable[[float], None], warn: Callable[[str], None]) -> Iterator[Writer]:
    """The log, locked for this process, its chain verified and its last line set right.

    A missing one is made, and is gone again at the end where nothing was recorded. AuditLogBusy after some 30 s in
    which another process held the lock.
    """
    with opened(path, sleep=sleep, warn=warn) as file:
        log = file.read()
        if log.broken is not None:
            raise BrokenAuditLog(log.broken)
        if log.torn:
            warn(file.set_aside(log))
        elif log.unterminated:
            file.append(b"\n")
        yield Writer(file, log)


class Writer:
    """Appends records. Many that are asked for at once are written and synced together."""

    def __init__(self, file: LogFile, log: Log) -> None:
        self.log = log
        self._file = file
        self._head = log.head
        self._count = len(log.records)
        self._waiting: list[tuple[Record, asyncio.Future[Record]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self.appended: list[Record] = []

    @property
    def head(self) -> str | None:
        """The hash of the last record, ``sha256:`` and hex; None while there is none."""
        return self._head

    def append(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Seal, write and sync the records; they are durable when this returns."""
        sealed = self._seal(records)
        self._file.append(b"".join(map(chain.line, sealed)))
        self._keep(sealed)
        return sealed

    async def record(self, record: Record) -> Record:
        """Append one record; it is durable when this returns. BrokenAuditLog where it cannot be written."""
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
            await asyncio.to_thread(self._file.append, b"".join(map(chain.line, sealed)))
            self._keep(sealed)
        except Exception as failure:  # noqa: BLE001  whatever it is, nobody may wait for ever
            for _, future in batch:
                future.set_exception(failure)
                future.exception()  # asyncio would print it where a cancelled run waits for it no more
            return
        for (_, future), record in zip(batch, sealed, strict=True):
            future.set_result(record)

    def check(self) -> None:
        """BrokenAuditLog where the path no longer names this log, or somebody else wrote to it or cut it."""
        self._file.check()

    def _seal(self, records: Sequence[Record]) -> tuple[Record, ...]:
        sealed: list[Record] = []
        head, count = self._head, self._count
        for record in records:
            whole = chain.seal(record, head, count + 1)
            head, count = whole["hash"], count + 1
            sealed.append(whole)
        return tuple(sealed)

    def _keep(self, sealed: tuple[Record, ...]) -> None:
        """Take durable records into the log's head and count."""
        self._head, self._count = sealed[-1]["hash"], sealed[-1]["seq"]
        self.appended += sealed
