"""The pace of requests: at most so many a second, and none while the tenant asked for a pause.

Where nobody said how many, the tenant's limit is found from its headers and its refusals.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from bisect import insort
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reconciler.cxone.limits import LONGEST_WINDOW, Discovery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from reconciler.cxone.limits import Limit

_SLACK = 0.015
"""Seconds that a late request may be made good for: a timer's delay must not lower the rate."""

_EASE = 0.25
"""Seconds between the first two requests after a pause; each good answer halves it."""

_EASE_ENDS = 0.001

_GUARD = 0.005
"""Of a window, by which ours is longer: two requests that left so far apart may arrive with less between them."""

_CATCH_UP = 0.8
"""Of the time between two requests: after a delay of ours more may leave for a while, as the window still allows."""


class Pacer:
    """Spaces requests to at most ``rate`` a second, and holds all of them while the tenant asked for a pause.

    A limit that the tenant turns out to have is kept as the tenant counts it: so many in any window, and what a delay
    of this machine left unused is used as long as the window has room for it.

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
        self._left: deque[float] = deque()
        self._usual = self._swing = 0.0
        self._tickets = 0
        self._taken = False
        self._line: list[tuple[int, asyncio.Future[None]]] = []

    def ticket(self) -> int:
        """A place in the line, kept for all attempts of a request."""
        self._tickets += 1
        return self._tickets

    async def wait(self, ticket: int) -> float:
        """Return when this request may leave: the moment, by the clock."""
        if self._spacing or self._taken or self._clock() < self._paused_until:
            while not await self._leave(ticket):
                pass
        now = self._clock()
        self._left.append(now)
        while self._left[0] < now - LONGEST_WINDOW:
            self._left.popleft()
        return now

    def pause(self, seconds: float) -> None:
        """Nothing leaves for so long: the tenant asked for it (429 or 503 with Retry-After)."""
        if seconds > 0:
            self._paused_until = max(self._paused_until, self._clock() + seconds)
            # Where the limit is known, requests go on at its pace.
            self._ease = 0.0 if self._discovery.limit else _EASE

    async def _leave(self, ticket: int) -> bool:
        """Take the next departure, unless an older request waits for it by then."""
        async with self._head_of_line(ticket):
            while (delay := self._delay()) > 0:
                await self._sleep(delay)
            if self._line and self._line[0][0] < ticket:
                return False
            self._next = max(self._next, self._clock() - _SLACK) + self._spacing
            return True

    def answered(self, left: float) -> None:
        """Take in an answer that asks for no pause: after a pause, it halves the time between two requests."""
        self._discovery.accepted(left, self._clock())
        if self._ease:
            self._ease = self._ease / 2 if self._ease > _EASE_ENDS else 0.0

    def refused(self, left: float) -> None:
        """Take in a request that was refused for its rate (429), and when it had left."""
        self._discovery.refused(left, self._clock())

    def goes_on(self, seconds: float) -> bool:
        """Whether a Retry-After of so many seconds holds no other request than the one that was refused last.

        Where the limit is known and kept, it says no more than that its window was full.
        """
        limit = self._discovery.limit
        return limit is not None and self._discovery.kept and seconds <= math.ceil(limit.seconds)

    def told(self, limit: Limit) -> None:
        """Take in what an answer's headers say of the tenant's limit."""
        self.pause(self._discovery.told(limit, self._clock()))

    def arrived(self, left: float) -> None:
        """Take in that a request was answered which had left then.

        Answered much later than others, it may have reached the tenant late, and stays in its window for longer.
        """
        took = self._clock() - left
        self._usual = self._usual or took
        late = took - self._usual
        if late > 2 * self._swing and left in self._left:
            self._left.remove(left)
            insort(self._left, left + late)
        late = min(late, 3 * self._swing + 0.001)
        self._usual += late / 32
        self._swing += (abs(late) - self._swing) / 32

    @property
    def _spacing(self) -> float:
        limit = self._discovery.limit
        return max(self._slowest, self._ease, limit.seconds / limit.count * _CATCH_UP if limit else 0.0)

    def _delay(self) -> float:
        limit = self._discovery.limit
        full = limit is not None and len(self._left) >= limit.count
        opens = self._left[-limit.count] + limit.seconds * (1 + _GUARD) if limit and full else -math.inf
        return max(self._paused_until, self._next, opens) - self._clock()

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
