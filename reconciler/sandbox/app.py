"""The embedded CXone as an ASGI application: ``create_app``.

Besides CXone's own calls there are control calls under ``/_sandbox/``, no part of CXone and open to whoever
reaches the port (which is this machine alone):

    GET    /_sandbox/state            templates, registrations, webhooks (secrets in plain text), audit logs
    GET    /_sandbox/requests         requests counted since the start, and the writes among them
    GET    /_sandbox/deliveries       every webhook event and how its delivery ended, once all have
    POST   /_sandbox/templates        a new template, made in the console: any status, any further fields
    PATCH  /_sandbox/templates/{id}   an edit in the console (RFC 7396): drift, or a carrier's decision
    DELETE /_sandbox/templates/{id}   gone
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from reconciler.sandbox import wire
from reconciler.sandbox.courier import Courier, post
from reconciler.sandbox.exchange import Refusal
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.gate import Gate
from reconciler.sandbox.routes import EmbeddedTenant, routes
from reconciler.sandbox.tokens import IssuedTokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.courier import Deliver
    from reconciler.sandbox.store import Store

_NO_FAULTS = Faults()


def create_app(
    store: Store,
    *,
    clock: Callable[[], float] = time.time,
    faults: Faults = _NO_FAULTS,
    deliver: Deliver = post,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    random_text: Callable[[], str] = secrets.token_urlsafe,
) -> Starlette:
    """The application over ``store``, which stays the caller's to close.

    ``clock``: seconds since 1970. ``deliver`` sends a webhook event; ``await app.state.courier.drain()``
    waits for all that are on their way. ``random_text`` makes tokens and message ids.
    """
    tenant = EmbeddedTenant(
        store=store,
        gate=Gate(faults, clock),
        tokens=IssuedTokens(faults, clock, random_text),
        courier=Courier(store, clock=clock, deliver=deliver, new_id=random_text),
        sleep=sleep,
        began=store.last_write(),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await tenant.courier.drain()

    app = Starlette(
        routes=routes(tenant),
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _unknown(tenant),
            sqlite3.OperationalError: _busy,
            Exception: _broken,
        },
    )
    app.router.redirect_slashes = False
    app.state.courier = tenant.courier
    return app


def _unknown(tenant: EmbeddedTenant) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What answers a path or method that there is not."""

    async def unknown(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)
        tenant.gate.count(request.method, "(unknown)")
        why = "There is no such path." if problem.status_code == 404 else problem.detail
        return wire.problem(Refusal(problem.status_code, why, headers=problem.headers))

    return unknown


async def _busy(_: Request, __: Exception) -> Response:
    return wire.problem(Refusal(503, "The sandbox's database is busy.", headers={"Retry-After": "1"}))


async def _broken(_: Request, __: Exception) -> Response:
    return wire.problem(Refusal(500, "A bug in the sandbox: its own output says more."))
