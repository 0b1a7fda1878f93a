"""SIGINT, SIGTERM and SIGHUP, which all ask a run to end.

Until a command says otherwise ``__main__`` ends the run at once. Whatever is put in its place here falls back to that
for the next signal, so that nobody has to ask more than three times. A signal that was ignored as the run began (nohup)
stays so.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from typing import TYPE_CHECKING

from reconciler.core.errors import EndedEarly, Interrupted, Unprinted

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterator
    from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def wait_for_input() -> None:
    """Until stdin can be read. A signal that comes between Python's last look for one and a plain read would wait
    with it for the next key. Where stdin is no file there is nothing to wait for.
    """
    came, comes = os.pipe()
    os.set_blocking(comes, False)
    before = signal.set_wakeup_fd(comes)
    try:
        with suppress(UnsupportedOperation):
            select.select([sys.stdin, came], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(came)
        os.close(comes)


@contextmanager
def told_to(loop: AbstractEventLoop, *callbacks: Callable[[], object]) -> Iterator[None]:
    """The first signal calls the first callback, in the loop, the second the second; those after them end the run."""
    left = list(callbacks)

    def receive() -> None:
        loop.call_soon_threadsafe(left.pop(0))

    with _received(receive, lambda: bool(left)):
        yield


@contextmanager
def something_written(words: str) -> Iterator[None]:
    """What is done in here writes, or prints what came of it: ``words`` say what stands.

    A lost stdout is EndedEarly (3) then, and a signal ends it as Interrupted.
    """
    try:
        with unwound(lambda: f"Interrupted. {words}"):
            yield
            sys.stdout.flush()
    except Unprinted as failure:
        raise EndedEarly(f"{failure.message} {words}") from None


@contextmanager
def unwound(words: Callable[[], str]) -> Iterator[None]:
    """The first signal ends what is done in here by way of what cleans up, as Interrupted with these words."""
    left = [KeyboardInterrupt()]

    def receive() -> None:
        raise left.pop()

    try:
        with _received(receive, lambda: bool(left)):
            yield
    except KeyboardInterrupt:
        raise Interrupted(words()) from None


@contextmanager
def _received(receive: Callable[[], None], ready: Callable[[], bool]) -> Iterator[None]:
    """Signals go to ``receive`` while it is ``ready``, then to what received them before."""
    before: dict[int, Callable[[int, FrameType | None], object]] = {}

    def handler(number: int, frame: FrameType | None) -> None:
        if ready():
            receive()
        else:
            before[number](number, frame)

    for number in ENDING:
        earlier = signal.getsignal(number)
        if callable(earlier):
            before[number] = earlier
            signal.signal(number, handler)
    try:
        yield
    finally:
        for ending, restored in before.items():
            signal.signal(ending, restored)
