"""Writing the log: one writer at a time on a machine, durable before a write is sent (help audit)."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.audit import chain, segments
from reconciler.audit.chain import CHECKPOINT
from reconciler.audit.checkpoint import checkpoint
from reconciler.audit.log_file import LogFile, opened
from reconciler.audit.memory import Memories
from reconciler.core.errors import BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from reconciler.audit.chain import Log, Record


@contextmanager
def writing(
    path: str, *, sleep: Callable[[float], None], warn: Callable[[str], None], key: bytes | None = None
) -> Iterator[Writer]:
    """The log, locked for this process, its current file verified and its last line set right.

    A missing one is made, and is gone again at the end where nothing was recorded. AuditLogBusy after some 30 s in
    which another process held the lock. With a ``key`` every record there must have its ``mac``, and new ones get it.
    """
    with opened(path, sleep=sleep, warn=warn) as file:
        log = file.read(key)
        if log.broken is not None:
            raise BrokenAuditLog(log.broken)
        if key is None and any(record["mac"] is not None for record in log.records[:1]):
            raise BrokenAuditLog(
                f"The audit log {path} is kept with a key, and RECONCILER_LOG_KEY is not set: a record written without "
                "it would be refused by every later run. Set the key."
            )
        segments.refuse_lost(path, log)
        if log.torn:
            warn(file.set_aside(log))
        elif log.unterminated:
            file.append(b"\n")
        yield Writer(file, log, key)


class Writer:
    """Appends records. Many that are asked for at once are written and synced together.

    ``log`` is what was there when it was opened, ``appended`` what this run wrote since. A file that is full is sealed
    before the next record.
    """

    def __init__(self, file: LogFile, log: Log, key: bytes | None = None) -> None:
        self.log = log
        self._file = file
        self._key = key
        self._head = log.head
        self._count = log.count
        self._records = list(log.records)
        begins = self._records[:1]
        self._first = sum(len(chain.line(record)) for record in begins if record["event"] == CHECKPOINT)
        # A crash may fall between a file's new name and the file that takes its place.
        self._half_sealed = bool(begins) and os.path.lexists(segments.sealed_name(file.path, log.count))
        self._waiting: list[tuple[Record, asyncio.Future[Record]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self.appended: list[Record] = []

    @property
    def count(self) -> int:
        """The number of the last record, over all files of the log."""
        return self._count

    @property
    def head(self) -> str | None:
        """The hash of the last record, ``sha256:`` and hex; None while there is none."""
        return self._head

    def append(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Seal, write and sync the records; they are durable when this returns."""
        made: list[Record] = []
        ready: list[Record] = []
        text = b""
        for record in records:
            sealed = self._sealed(record, ready)
            line = chain.line(sealed)
            if self._is_full(len(ready), len(text), len(line)):
                self._write(ready, text)
                self.seal(record)
                ready, text = [], b""
                sealed = self._sealed(record, ready)
                line = chain.line(sealed)
            ready.append(sealed)
            text += line
            made.append(sealed)
        self._write(ready, text)
        return tuple(made)

    def seal(self, cause: Mapping[str, Any], key: bytes | None = None) -> str:
        """Seal the current file under the name that is returned, and begin another with a checkpoint.

        ``key`` is the new file's, where it changes.

        ``cause`` is the record that finds the file full, or says in which run a person asked for this.
        """
        self._key = key or self._key
        memories = Memories()
        for one in self._records:
            memories.take(one)
        record = self._sealed(checkpoint(memories.content(), cause), ())
        line = chain.line(record)
        name = segments.sealed_name(self._file.path, self._count)
        self._file.seal(name, line)
        self._records, self._half_sealed = [], False
        self._keep([record])
        self._first = len(line)
        return name

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
            sealed = await asyncio.to_thread(self.append, [record for record, _ in batch])
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

    def _sealed(self, record: Record, before: Sequence[Record]) -> Record:
        """The record in its place behind those that are not written yet."""
        head, count = (before[-1]["hash"], before[-1]["seq"]) if before else (self._head, self._count)
        return chain.seal(record, head, count + 1, self._key)

    def _is_full(self, records: int, size: int, more: int) -> bool:
        """Whether the current file is to be sealed before ``more`` bytes, these records being ready for it."""
        length = self._file.size + size
        return self._half_sealed or segments.is_full(
            records=len(self._records) + records, size=length, first=self._first, more=more
        )

    def _write(self, sealed: Sequence[Record], text: bytes) -> None:
        if sealed:
            self._file.append(text)
            self._keep(sealed)

    def _keep(self, sealed: Sequence[Record]) -> None:
        """Take durable records into the log's head and count."""
        self._head, self._count = sealed[-1]["hash"], sealed[-1]["seq"]
        self._records += sealed
        self.appended += sealed
