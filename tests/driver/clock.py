"""Time that passes only where somebody waits for it: an event loop and a clock without a second of real waiting."""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

BEGAN = 1_795_000_000.0
DISK = 0.01
"""Seconds that a call in a thread takes: longer than any answer of the tenant, so that nobody forgets to wait."""


class Clock:
    """Seconds since the start, moved on by whoever sleeps. A loop compares them to the nanosecond, so they stay few."""

    def __init__(self):
        self.seconds = 0.0

    def monotonic(self):
        return self.seconds

    def now(self):
        """Seconds since 1970."""
        return BEGAN + self.seconds

    def sleep(self, seconds):
        self.seconds += max(seconds, 0)

    @contextmanager
    def rules(self):
        """Within, the standard library's clocks are this one, and ``asyncio.run`` makes loops on it."""
        with ExitStack() as stack:
            for name, instead in (("monotonic", self.monotonic), ("time", self.now), ("sleep", self.sleep)):
                stack.enter_context(patch.object(time, name, instead))
            stack.enter_context(patch.object(asyncio.events, "new_event_loop", lambda: Loop(self)))
            yield


class _Selector(selectors.DefaultSelector):
    """Where a loop would wait for its next timer, the clock moves there."""

    def __init__(self, clock):
        super().__init__()
        self._clock = clock

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the run waits for something that never comes")
        if not ready and timeout > 0:
            self._clock.sleep(timeout)
        return ready


class Loop(asyncio.SelectorEventLoop):
    """What is given to a thread is done on this one, a moment later: the same order every time."""

    def __init__(self, clock):
        self._clock = clock
        self._left = {}
        super().__init__(_Selector(clock))

    def time(self):
        return self._clock.monotonic()

    def run_in_executor(self, executor, func, *args):
        future = self.create_future()

        def work():
            self._left.pop(future)
            try:
                result, failure = func(*args), None
            except Exception as error:  # noqa: BLE001  it is the future's
                result, failure = None, error
            if not future.cancelled():
                future.set_exception(failure) if failure is not None else future.set_result(result)

        self._left[future] = work
        self.call_later(DISK, lambda: future in self._left and work())
        return future

    async def shutdown_default_executor(self, timeout=None):  # noqa: ASYNC109  as asyncio has it
        """What a thread began it ends, also after its task was cancelled."""
        for work in list(self._left.values()):
            work()

    def add_signal_handler(self, sig, callback, *args):
        if threading.current_thread() is threading.main_thread():
            super().add_signal_handler(sig, callback, *args)


@contextmanager
def aside():
    """Within a coroutine: another loop may run to its end."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asyncio.tasks._leave_task(loop, task)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
        asyncio.tasks._enter_task(loop, task)
