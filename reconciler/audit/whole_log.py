"""The log's files as one, read record by record, and any of these records again (help audit).

No record is kept: of each there is the byte of its file at which its line begins.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain as join
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.audit import chain, plain_file, segments
from reconciler.audit.chain import Log, RecordStream
from reconciler.core.errors import BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from reconciler.audit.chain import Record

_SMALL = 1 << 32


@dataclass(slots=True, kw_only=True)
class _File:
    """One file of the log; the current one is ``open``, so that sealing it takes nothing away.

    ``first`` is the place of its first record among those of all files, ``seq`` that record's number, ``begins`` the
    byte of each line.
    """

    name: str
    open: BinaryIO | None = None
    first: int = 0
    seq: int = 0
    begins: array[int] = field(default_factory=lambda: array("Q"))

    def lines(self) -> AbstractContextManager[Iterable[bytes]]:
        """Its lines; none where it has gone since it was found. OSError."""
        if self.open is not None:
            return nullcontext(self.open)
        try:
            file = os.fdopen(plain_file.opened(self.name, os.O_RDONLY), "rb")
        except FileNotFoundError:
            return nullcontext(())
        self.begins = array("I" if os.fstat(file.fileno()).st_size < _SMALL else "Q")
        return file

    def again(self, place: int) -> Record:
        """One record of it."""
        at, line = self.begins[place - self.first], place - self.first + 1
        if self.open is not None:
            return chain.again(self.open.fileno(), at, self.name, line)
        try:
            descriptor = plain_file.opened(self.name, os.O_RDONLY)
            try:
                return chain.again(descriptor, at, self.name, line)
            finally:
                os.close(descriptor)
        except OSError as failure:
            raise chain.unreadable(self.name, failure) from None


@dataclass(slots=True, kw_only=True)
class WholeLog:
    """All files that are there as one log, checkpoints among the records; what is told at the end is as of a ``Log``.

    A record's place is counted from 0 over all of them.
    """

    path: str
    missing: bool = False
    torn: bytes = b""
    broken: str | None = None
    beyond: int = 0
    lacking: tuple[str, ...] = ()
    _files: tuple[_File, ...] = ()
    _firsts: list[int] = field(default_factory=list)
    _count: int = 0

    @property
    def records(self) -> Iterator[Record]:
        """The records, once, as far as the chain holds; BrokenAuditLog where a file cannot be read at all."""
        last: Record | None = None
        for file in self._files:
            reading = RecordStream(file.name)
            try:
                with file.lines() as lines:
                    for record in self._records(file, reading, lines, last):
                        last = record
                        yield record
            except OSError as failure:
                raise chain.unreadable(file.name, failure) from None
            if self.broken is not None:
                return

    def _records(
        self, file: _File, reading: RecordStream, lines: Iterable[bytes], last: Record | None
    ) -> Iterator[Record]:
        records = reading.salvaged(lines)
        begin = tuple(islice(records, 1))
        try:
            self._join(last, begin)
        except BrokenAuditLog as failure:
            behind = sum(1 for _ in records) + reading.beyond
            self.torn, self.broken, self.beyond = reading.torn, failure.message, 1 + behind
            return
        file.first, file.seq = self._count, begin[0]["seq"] if begin else 0
        self._firsts.append(file.first)
        for record in join(begin, records):
            file.begins.append(reading.at)
            self._count += 1
            yield record
        self.torn, self.broken, self.beyond = reading.torn, reading.broken, reading.beyond
        if self.torn and self.broken is None and file.open is None:
            self.broken, self.beyond = segments.torn(file.name).message, 1

    def again(self, place: int) -> Record:
        """The record at a place that was read; BrokenAuditLog where it was changed since, or is gone."""
        return self._file(place).again(place)

    def seq(self, place: int) -> int:
        """The number of the record at a place that was read."""
        file = self._file(place)
        return file.seq + place - file.first

    def _file(self, place: int) -> _File:
        return self._files[bisect_right(self._firsts, place) - 1]

    def _join(self, last: Record | None, begin: tuple[Record, ...]) -> None:
        """BrokenAuditLog where a file does not go on from ``last``; one between that is not there is ``lacking``."""
        if not begin or begin[0]["seq"] == 1:
            return
        first = begin[0]
        before = segments.sealed_name(self.path, first["seq"] - 1)
        if last is None or first["seq"] > last["seq"] + 1:
            there = last is None and os.path.exists(before)  # noqa: PTH110
            self.lacking += () if there else (before,)
        else:
            segments.require_link(last, first, self.path)


@contextmanager
def reading(path: str, since: str | None = None) -> Iterator[WholeLog]:
    """All files that are there, missing or not; with a day (ISO date, UTC), those that reach back to it.

    The checkpoint that the first of them begins with tells of what was before. BrokenAuditLog where the current file is
    lost, or cannot be read.
    """
    try:
        descriptor = plain_file.opened(path, os.O_RDONLY)
    except FileNotFoundError:
        segments.refuse_lost(path, Log())
        yield WholeLog(path=path, missing=True)
        return
    except OSError as failure:
        raise chain.unreadable(path, failure) from None
    with os.fdopen(descriptor, "rb") as file:
        begin = tuple(islice(RecordStream(path).salvaged(file), 1))
        file.seek(0)
        current = Log(records=begin)
        segments.refuse_lost(path, current)
        names = _needed(segments.sealed(path, current), begin, since)
        yield WholeLog(path=path, _files=(*(_File(name=name) for name in names), _File(name=path, open=file)))


def _needed(names: tuple[str, ...], begin: tuple[Record, ...], since: str | None) -> tuple[str, ...]:
    """The newest of these sealed files, back to one that begins before the day; all of them without a day."""
    if since is None:
        return names
    begins = next(iter(begin), None)
    number = len(names)
    while number and begins is not None and begins["timestamp"] >= since:
        number -= 1
        begins = _first(names[number])
    return names[number:]


def _first(name: str) -> Record | None:
    """The file's first record; None where nothing can be said of it without reading all of it."""
    try:
        return next(iter(RecordStream(name)), None)
    except BrokenAuditLog:
        return None
