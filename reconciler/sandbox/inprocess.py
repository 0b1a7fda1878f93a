"""The embedded CXone without a port: an httpx transport, for ``--sandbox``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from reconciler.sandbox.extra import need
from reconciler.sandbox.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from reconciler.sandbox.store import Store

_NO_FAULTS = Faults()


class InProcess(httpx.ASGITransport):
    """Requests go straight to the application. Closing it waits for webhook events still on their way."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(app)
        self._courier = app.state.courier

    async def aclose(self) -> None:
        """Wait for the deliveries under way; they are bounded in time."""
        await self._courier.drain()


def in_process(
    store: Store, *, faults: Faults = _NO_FAULTS, clock: Callable[[], float] = time.time
) -> InProcess:
    """A transport for ``httpx.AsyncClient``, under any base URL. ReconcilerError without the extra."""
    need("starlette")
    from reconciler.sandbox.app import create_app

    return InProcess(create_app(store, clock=clock, faults=faults))
