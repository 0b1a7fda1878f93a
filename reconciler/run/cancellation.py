"""Whether a run is to end early: asked for by a signal, or forced by a log that can no longer be written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.core.errors import Interrupted

if TYPE_CHECKING:
    from reconciler.core.errors import BrokenAuditLog


class Cancellation:
    """Once requested, what is in flight ends and is recorded, and no write, retry or wait is begun."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self.cause: BrokenAuditLog | None = None

    @property
    def requested(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._requested.is_set()

    def request(self, cause: BrokenAuditLog | None = None) -> None:
        """End early; ``cause`` where it is not a signal."""
        self.cause = self.cause or cause
        self._requested.set()

    def check(self) -> None:
        """Interrupted where nothing more is to be begun: asked just before a write leaves."""
        if self.requested:
            raise Interrupted("Interrupted.")

    async def sleep(self, seconds: float) -> None:
        """Wait so long; Interrupted where the run is to end before that."""
        self.check()
        try:
            async with asyncio.timeout(seconds):
                await self._requested.wait()
        except TimeoutError:
            return
        self.check()
