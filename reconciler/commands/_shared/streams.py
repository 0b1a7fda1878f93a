"""stdin, stdout and stderr as a run may find them: closed, full, or left by whoever read them.

A result that cannot be printed is an error of the tool's own (``Unprinted``), by whichever way it was printed. Words
for which there is no stderr are dropped, and change no exit code.
"""

from __future__ import annotations

import os
import select
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

from reconciler.core.errors import Unprinted

if TYPE_CHECKING:
    from typing import TextIO


class _Lossy(FileIO):
    """A descriptor for writing. Once it is lost, what is written to it goes nowhere: nothing is tried at exit."""

    lost = False

    def write(self, text: Any) -> int:
        """All of it, also to a pipe that does not block."""
        size = memoryview(text).nbytes
        if self.lost:
            return size
        try:
            while (written := super().write(text)) is None:
                select.select([], [self], [])
        except OSError as failure:
            self.lost = True
            self.lose(failure)
            return size
        return written

    def lose(self, failure: OSError) -> None:
        """Nobody is there to be told."""


class _Result(_Lossy):
    def lose(self, failure: OSError) -> None:
        raise Unprinted(
            f"The result could not be printed: {failure.strerror}.", gone=isinstance(failure, BrokenPipeError)
        ) from None


def guard() -> None:
    """Put these streams in the place of Python's, over descriptors 0, 1 and 2, which are there afterwards.

    A file that was opened where one of them is missing would get its number, and with it what others print: git's
    warnings would stand in the audit log.
    """
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            # stdout is one that cannot be written, since somebody may wait for the result; stderr takes all.
            os.set_inheritable(os.open(os.devnull, flags), True)  # noqa: FBT003
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  it is open as long as the run
    sys.stdout = _stream(_Result(1, "w", closefd=False), sys.stdout)
    sys.stderr = _stream(_Lossy(2, "w", closefd=False), sys.stderr)


def _stream(raw: FileIO, like: TextIO | None) -> TextIO:
    return TextIOWrapper(
        BufferedWriter(raw),
        encoding=like.encoding if like is not None else "utf-8",
        errors=like.errors if like is not None else "backslashreplace",
        line_buffering=raw.fileno() == 2 or raw.isatty(),
    )
