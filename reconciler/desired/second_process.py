"""A second process for the work of many files: a fork, made while this process has one thread."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GONE = (EOFError, OSError)
"""What a pipe says of a process that has ended."""


class Tickets:
    """Numbers from 0 to 255, each of which is drawn once, by whichever process asks first."""

    def __init__(self) -> None:
        self.drawn, self.put_in = os.pipe()
        os.set_blocking(self.drawn, False)

    def put(self, numbers: bytes) -> None:
        os.write(self.put_in, numbers)

    def draw(self) -> Iterator[int]:
        """Until none is left."""
        with suppress(BlockingIOError):
            while True:
                yield os.read(self.drawn, 1)[0]

    def close(self) -> None:
        os.close(self.drawn)
        os.close(self.put_in)


class SecondProcess:
    """Runs ``work`` with its end of a pipe, beside this process. OSError where no process can be had."""

    def __init__(self, work: Callable[[Connection], None]) -> None:
        from multiprocessing import get_context  # 15 ms, which few commands need

        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=self._run, args=(work, theirs), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # until the second ignores them
        try:
            self.process.start()
        except OSError:
            self.pipe.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()

    def _run(self, work: Callable[[Connection], None], pipe: Connection) -> None:
        """In the second process. Whoever stops the command stops the first, which ends this one."""
        self.pipe.close()
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        with suppress(Exception):  # the first process misses the answer, and does the work itself
            work(pipe)

    def ask(self, question: object) -> None:
        with suppress(*_GONE):
            self.pipe.send(question)

    def answer(self) -> Any:  # noqa: ANN401  whatever ``work`` sends
        """What ``work`` sends next; None where it has ended."""
        try:
            return self.pipe.recv()
        except _GONE:
            return None

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def possible() -> bool:
    """Whether a fork is safe, and has a processor of its own. The kernel is asked, since libraries have threads too."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False
