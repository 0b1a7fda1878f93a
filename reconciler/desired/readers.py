"""Reading and judging files, by two processes where there is much to read: a fork does a share of both.

It is made before a command starts a thread, keeps what it has read, to judge it later, and sends back what comes of
both. Where it cannot be made, or dies, this process does its share too: the outcome is the same.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.desired.discovery import Unreadable, find, text_of
from reconciler.desired.partial import judge
from reconciler.desired.schema import problems
from reconciler.desired.second_process import SecondProcess, Tickets, possible
from reconciler.desired.yaml_reader import read
from reconciler.rules import discover as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from typing import Self

    from reconciler.core.model import Document, Problem
    from reconciler.desired.discovery import SourceFile
    from reconciler.desired.reading import Reading
    from reconciler.rules import Context

MUCH = 2**19
"""Bytes of YAML, some 900 templates, from which on a second process gains more than it costs."""
_MOST_SHARES = 64


class Read(NamedTuple):
    """A file that was read: device and inode, what stands in it, and each document's problems with its schema."""

    inode: tuple[int, int]
    reading: Reading
    problems: tuple[tuple[Problem, ...], ...]


class Task(NamedTuple):
    """A document to be judged, of whose values the schema refuses those under the keys ``wrong``."""

    document: Document
    wrong: frozenset[str] = frozenset()


_Place = tuple[str, int]
_Shares = Mapping[int, Sequence[tuple[_Place, frozenset[str]]]]
"""What is to be judged of a share: file and index of each document, and what is wrong there."""


class Readers:
    """All that reads the files at ``paths``: made, then ``read``, then ``judge``, then closed as a context manager.

    ``clock`` gives monotonic seconds. Raises ReconcilerError as ``find`` does.
    """

    def __init__(self, paths: Sequence[str], clock: Callable[[], float]) -> None:
        self.sources = find(paths)
        self.clock = clock
        count = min(len(self.sources), _MOST_SHARES)
        self.shares = [self.sources[first::count] for first in range(count)]
        self.theirs: frozenset[int] = frozenset()
        self.tickets: Tickets | None = None
        self.second: SecondProcess | None = None
        if possible() and self._much():
            self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the second process, once."""
        if self.tickets is not None:
            self.tickets.close()
        if self.second is not None:
            self.second.end()
        self.tickets = self.second = None

    def read(self) -> Iterator[tuple[SourceFile, Read | Unreadable]]:
        """Every file, in the order of ``sources``."""
        done = {number: self._read(number) for number in self._drawn()}
        theirs = dict(iter(self._answer, None))
        self.theirs = frozenset(theirs)
        done |= theirs
        done |= {number: self._read(number) for number in range(len(self.shares)) if number not in done}
        count = len(self.shares)
        for number, source in enumerate(self.sources):
            yield source, done[number % count][number // count]

    def judge(
        self, tasks: Sequence[Task], context: Context
    ) -> Iterator[tuple[Document, tuple[Problem, ...]]]:
        """What the rules have against each of the documents, in their order."""
        shares = self._shares(tasks)
        if self.tickets is not None and self.second is not None:
            self.tickets.put(bytes(shares))
            self.second.ask((shares, context))
        theirs = {place for share in shares.values() for place, _ in share}
        by_place = {_place(document): document for document, _ in tasks}
        found = {
            place: judge(document, wrong, context)
            for document, wrong in tasks
            if (place := _place(document)) not in theirs
        }
        found |= _judged(self._drawn(), shares, by_place, context)
        found |= self._answer() or {}
        for document, wrong in tasks:
            place = _place(document)
            yield document, found[place] if place in found else judge(document, wrong, context)

    def _shares(self, tasks: Iterable[Task]) -> _Shares:
        """The tasks whose documents the second process has read."""
        shares: dict[int, list[tuple[_Place, frozenset[str]]]] = {number: [] for number in self.theirs}
        of_file = {source.file: share for number, share in shares.items() for source in self.shares[number]}
        for document, wrong in tasks:
            if document.file in of_file:
                of_file[document.file].append((_place(document), wrong))
        return shares

    def _read(self, number: int) -> list[Read | Unreadable]:
        return [_read(source, self.clock) for source in self.shares[number]]

    def _drawn(self) -> Iterator[int]:
        return iter(()) if self.tickets is None else self.tickets.draw()

    def _answer(self) -> Any:  # noqa: ANN401  shares, or what was judged
        """What the second process sends next; None where there is none, or it died."""
        return self.second.answer() if self.second is not None else None

    def _much(self) -> bool:
        sizes = accumulate(_size(source.path) for source in self.sources)
        return len(self.sources) > 1 and any(size >= MUCH for size in sizes)

    def _begin(self) -> None:
        rules()  # once, for both
        self.tickets = Tickets()
        self.tickets.put(bytes(range(len(self.shares))))
        with suppress(OSError):
            self.second = SecondProcess(self._beside)

    def _beside(self, pipe: Connection) -> None:
        """All that the second process does."""
        with without_collector():
            read = {number: self._read(number) for number in self._drawn()}
            for each in read.items():  # one by one: a share is taken in while the next is made ready
                pipe.send(each)
            pipe.send(None)
            shares, context = pipe.recv()
            every = (one for share in read.values() for one in share if isinstance(one, Read))
            by_place = {_place(document): document for one in every for document in one.reading.documents}
            pipe.send(_judged(self._drawn(), shares, by_place, context))


def _judged(
    numbers: Iterable[int], shares: _Shares, documents: Mapping[_Place, Document], context: Context
) -> dict[_Place, tuple[Problem, ...]]:
    tasks = (task for number in numbers for task in shares[number])
    return {place: judge(documents[place], wrong, context) for place, wrong in tasks}


def _place(document: Document) -> _Place:
    return document.file, document.index


def _read(source: SourceFile, clock: Callable[[], float]) -> Read | Unreadable:
    try:
        content, inode = source.read()
        text = text_of(content)
    except Unreadable as error:
        return error
    reading = read(text, source.file, clock)
    return Read(inode, reading, tuple(map(problems, reading.documents)))


def _size(path: str) -> int:
    with suppress(OSError):
        return Path(path).stat().st_size
    return 0


@contextmanager
def without_collector() -> Iterator[None]:
    """Many documents are many containers, none of them garbage: looking for it costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
