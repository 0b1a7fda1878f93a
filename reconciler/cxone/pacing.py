"""The pace of requests: at most so many a second, and none while the tenant asked for a pause.

Where nobody said how many, the tenant's limit is found from its headers and its refusals.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reconciler.cxone.limits import Discovery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from reconciler.cxone.limits import Limit

_SLACK = 0.015
"""Seconds that a late request may be made good for: a timer's delay must not lower the rate."""

_EASE = 0.25
"""Seconds between the first two requests after a pause; each good answer halves it."""

_EASE_ENDS = 0.001


class Pacer:
    """Spaces requests to at most ``rate`` a second, and holds all of them while the tenant asked for a pause.

    Waiters leave in the order of their tickets: a request that was refused goes before all that came later,
    so that a low limit wears out nobody's attempts. After a pause requests start again one by one.
    """

    def __init__(
        self, rate: float | None, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._slowest = 1 / rate if rate else 0.0
        self._discovery = Discovery()
        self._clock = clock
        self._sleep = sleep
        self._ease = 0.0
        self._next = -math.inf
        self._paused_until = -math.inf
        self._tickets = 0
        self._taken = False
        self._line: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def _interval(self) -> float:
        return max(self._slowest, self._discovery.interval)

    def ticket(self) -> int:
        """A place in the line, kept for all attempts of a request."""
        self._tickets += 1
        return self._tickets

    async def wait(self, ticket: int) -> None:
        """Return when this request may leave."""
        if not (self._interval or self._ease or self._taken or self._clock() < self._paused_until):
            return
        while not await self._leave(ticket):
            pass

    def pause(self, seconds: float) -> None:
        """Nothing leaves for so long: the tenant asked for it (429 or 503 with Retry-After)."""
        if seconds > 0:
            self._paused_until = max(self._paused_until, self._clock() + seconds)
            # Where the limit is known, requests go on at its pace.
            self._ease = 0.0 if self._discovery.interval else _EASE

    async def _leave(self, ticket: int) -> bool:
        """Take the next departure, unless an older request waits for it by then."""
        async with self._head_of_line(ticket):
            while (delay := self._delay()) > 0:
                await self._sleep(delay)
            if self._line and self._line[0][0] < ticket:
                return False
            spacing = max(self._interval, self._ease)
            self._next = max(self._next, self._clock() - _SLACK) + spacing
            return True

    def answered(self) -> None:
        """Take in an answer that asks for no pause: after a pause, it halves the time between two requests."""
        self._discovery.accepted(self._clock())
        if self._ease:
            self._ease = self._ease / 2 if self._ease > _EASE_ENDS else 0.0

    def refused(self) -> None:
        """Take in a request that was refused for its rate (429)."""
        self._discovery.refused(self._clock())

    def told(self, limit: Limit) -> None:
        """Take in what an answer's headers say of the tenant's limit."""
        self.pause(self._discovery.told(limit, self._clock()))

    def _delay(self) -> float:
        return max(self._paused_until, self._next) - self._clock()

    @asynccontextmanager
    async def _head_of_line(self, ticket: int) -> AsyncIterator[None]:
        if self._taken:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._line, (ticket, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._call_next()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._call_next()

    def _call_next(self) -> None:
        """Hand the head to the lowest ticket; ``_taken`` stays, so that nobody slips in between."""
        while self._line:
            _, turn = heapq.heappop(self._line)
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
