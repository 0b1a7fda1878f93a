"""What a run waits for, on the last lines of a terminal.

Nothing is there in the first half second, and nothing stays: whoever prints takes it off the screen before. Where
stderr is no terminal that can erase, or a CI system reads it, nothing is ever drawn.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.cxone.delays import Delay

SILENCE = 0.4
"""Seconds without a word after which it is said what lasts so long, on the screen before half a second is over."""

_TICK = 0.1


class Progress:
    """The step that a run is in, how far it has come, and what holds it up.

    ``write`` puts text on the terminal, ``width`` is its columns, ``clock`` monotonic; ``now`` is the time of day in
    seconds since 1970. Nothing here waits: ``draw`` is called again and again.
    """

    def __init__(
        self,
        *,
        write: Callable[[str], None],
        width: Callable[[], int],
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self._write, self._width, self._clock, self._now = write, width, clock, now
        self._lock = threading.RLock()  # a signal may come while this thread holds it
        self._step = ""
        self._counts: dict[str, tuple[int, int | None]] = {}
        self._delays: dict[int, tuple[Delay, float]] = {}
        self._silent_since = clock()
        self._drawn: list[str] = []

    def step(self, words: str) -> None:
        """What the run does from now on; empty where it waits for nothing but a person, or has ended."""
        with self._lock:
            self._step, self._counts = words, {}
            if not words:
                self.erase()

    def count(self, what: str, done: int, of: int | None = None) -> None:
        """How many of what are done in this step, of how many where that is known."""
        self._counts[what] = (done, of)

    @contextmanager
    def watch(self, delay: Delay) -> Iterator[None]:
        """A request is held up as long as the context lasts."""
        key = id(delay)
        self._delays[key] = (delay, self._clock())
        try:
            yield
        finally:
            del self._delays[key]

    def draw(self) -> None:
        """Show how things are where nothing has been printed for long enough."""
        with self._lock:
            if self._clock() - self._silent_since < SILENCE:
                return
            lines = self._lines()
            if lines != self._drawn:
                self._write(_off(self._drawn) + "\n".join(lines))
                self._drawn = lines

    def erase(self) -> bool:
        """Take it off the screen until there has been silence again; whether there was anything."""
        with self._lock:
            drawn, self._drawn = self._drawn, []
            self._silent_since = self._clock()
            if drawn:
                self._write(_off(drawn))
            return bool(drawn)

    def _lines(self) -> list[str]:
        from textwrap import wrap

        counted = [f"{what} {_of(*numbers)}" for what, numbers in list(self._counts.items())]
        said = [f"{self._step}{': ' if counted else ' ...'}{', '.join(counted)}"] if self._step else []
        said += self._held_up()
        return [
            line for each in said for line in wrap(each, max(self._width() - 1, 20), subsequent_indent="  ")
        ]

    def _held_up(self) -> Iterator[str]:
        """The request that tells most: one that is to be tried again, else the one that has waited longest."""
        now = self._clock()
        long = [(delay, began) for delay, began in list(self._delays.values()) if now - began >= SILENCE]
        if not long:
            return
        delay, began = min(long, key=lambda each: (_rank(each[0]), each[1]))
        more = f" (and {len(long) - 1} more)" if len(long) > 1 else ""
        yield _words(delay, now - began, self._now()) + more


def _of(done: int, of: int | None) -> str:
    return f"{done:,}" if of is None else f"{done:,} of {of:,}"


def _rank(delay: Delay) -> int:
    return 0 if delay.attempt > 1 else 1 if not delay.reason else 2


def _words(delay: Delay, waited: float, now: float) -> str:
    """The request, why it is held up, and until when."""
    from urllib.parse import urlsplit

    call = f"{delay.method} {urlsplit(delay.url).path}"
    if not delay.reason:
        return f"Waiting for an answer to {call}" + (f", {int(waited)} s" if waited >= 1 else "")
    again = f", attempt {delay.attempt} of {delay.attempts}" if delay.attempt > 1 else ""
    left = (delay.seconds or 0) - waited
    if left <= 0:
        return f"{call}: {delay.reason}{again}"
    at = time.strftime("%H:%M:%S", time.localtime(now + left))
    return f"{call}: {delay.reason}{again} at {at}, in {int(left) + 1} s"


def _off(lines: list[str]) -> str:
    """What takes the lines off the screen, whose cursor stands at the end of the last one."""
    return f"\r{f'{chr(27)}[A' * (len(lines) - 1)}\x1b[J" if lines else ""


class Terminal(Progress):
    """The progress of this process on its stderr."""

    def __init__(self) -> None:
        super().__init__(write=_put, width=_columns, clock=time.monotonic, now=time.time)
        self._drawing: threading.Thread | None = None

    def step(self, words: str) -> None:
        super().step(words)
        if words and self._drawing is None and _erasable():
            self._drawing = threading.Thread(target=self._draw_on, daemon=True)
            self._drawing.start()

    def clear_line(self) -> None:
        """Take the ^C that was typed off the screen, or leave its line."""
        if os.isatty(2):
            _put("\r\x1b[J" if _erasable() else "\n")

    def _draw_on(self) -> None:
        while True:
            time.sleep(_TICK)
            self.draw()


def _erasable() -> bool:
    """Whether stderr is a terminal on which what was drawn can be taken away again."""
    ci = os.environ.get("CI", "") not in {"", "false"}
    return os.isatty(2) and os.environ.get("TERM") not in {None, "dumb"} and not ci


def _put(text: str) -> None:
    """Past Python's stderr, which a signal's handler may have interrupted."""
    with suppress(OSError):  # nobody is there any more
        os.write(2, text.encode("ascii", "replace"))


def _columns() -> int:
    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


PROGRESS = Terminal()
