"""Webhook events on their way: signed as Standard Webhooks, to receivers on this machine only.

An event is recorded, then sent by a task of its own: the answer that caused it neither waits nor fails.
``drain`` waits for all that are out; what was not drained stays ``outstanding`` in the store.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import httpx

from reconciler.core.urls import is_local
from reconciler.webhooks import sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from reconciler.core.model import Json
    from reconciler.sandbox.exchange import Event
    from reconciler.sandbox.store import Store

    Deliver = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
    """Sends a POST (URL, headers, body) and returns the status; raises httpx.HTTPError where none came."""

ATTEMPTS = 2
AT_ONCE = 8
TIMEOUT = 3.0
"""Seconds for each attempt."""


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The default Deliver: no proxy, no redirects, a short time-out."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=_context()) as client:
        return (await client.post(url, headers=dict(headers), content=body)).status_code


@cache
def _context() -> ssl.SSLContext:
    """One for all: reading the certificates takes longer than a delivery."""
    return ssl.create_default_context()


class Courier:
    """Sends events to the webhooks that ask for them. ``new_id`` gives the random part of a message's id."""

    def __init__(
        self, store: Store, *, clock: Callable[[], float], deliver: Deliver, new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._deliver = deliver
        self._new_id = new_id
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    def send(self, events: Iterable[Event]) -> None:
        """Record each event for each webhook subscribed to it, and send those that may be sent."""
        for event in events:
            body = json.dumps({"type": event.type, "timestamp": self._moment(), "data": event.data})
            for webhook in self._store.webhooks():
                if event.type in webhook["events"]:
                    self._dispatch(webhook, event.type, body)

    async def drain(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _dispatch(self, webhook: Mapping[str, Json], event: str, body: str) -> None:
        message_id = f"msg_{self._new_id()}"
        number = self._store.add_delivery(webhook, event, message_id, body)
        if not is_local(webhook["url"]):
            self._store.end_delivery(number, "not delivered", "the sandbox delivers to loopback only", 0)
            return
        if not self._tasks:
            # A semaphore belongs to the loop it waited in, and a test may use one app in several loops.
            self._room = asyncio.Semaphore(AT_ONCE)
        task = asyncio.ensure_future(self._attempt(webhook, number, message_id, body.encode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempt(self, webhook: Mapping[str, Json], number: int, message_id: str, body: bytes) -> None:
        reason = ""
        async with self._room:
            for attempt in range(1, ATTEMPTS + 1):
                headers = self._headers(webhook["secret"], message_id, body)
                try:
                    status = await self._deliver(webhook["url"], headers, body)
                except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
                    reason = f"{type(problem).__name__}: {problem}"
                    continue
                if 200 <= status < 300:
                    self._store.end_delivery(number, "delivered", None, attempt)
                    return
                reason = f"answered {status}"
        self._store.end_delivery(number, "not delivered", reason, ATTEMPTS)

    def _headers(self, secret: str, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = int(self._clock())
        return {
            "content-type": "application/json",
            "user-agent": "cxone-sandbox",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret, message_id, timestamp, body),
        }

    def _moment(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
