"""A tenant made of canned answers, and a time that passes only when somebody sleeps."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest
import respx

from reconciler.core.secret import SecretValue
from reconciler.core.wire import Request
from reconciler.cxone.client import Client
from reconciler.cxone.connection import Connection

BASE = "https://acme.nicecxone.com"
TOKEN = {"access_token": "t0ken-one", "token_type": "Bearer", "expires_in": 3600}
TEMPLATE_PATH = "/api/v1/messaging/templates/tmpl_a"
EPOCH = 1_790_000_000.0


class Time:
    """Seconds that only sleeping makes pass; ``slept`` holds every sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def posix(self) -> float:
        return EPOCH + self.now - 1000.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        for _ in range(20):  # what can go on without time passing goes on first
            await asyncio.sleep(0)
        self.now += seconds


class Tenant:
    """Routes of respx under one base URL, and clients that talk to them."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.router = router
        self.time = Time()
        self.lines: list[str] = []
        self.random = 0.0
        self.secret = "w" * 24
        self.connection = Connection(
            base_url=BASE, token_url=f"{BASE}/oauth/token", client_id="me", client_secret="s3cret&=+% /ü"
        )
        self.token = router.post("/oauth/token").respond(json=TOKEN)

    def answers(self, *answers: httpx.Response | Exception, method: str = "GET", path: str = TEMPLATE_PATH):
        """What a path answers, in turn; the last again and again."""
        left = list(answers)

        def answer(request: httpx.Request) -> httpx.Response:
            given = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(given, Exception):
                raise given
            return httpx.Response(given.status_code, headers=given.headers, content=given.content)

        return self.router.route(method=method, path=path).mock(side_effect=answer)

    def client(self, *, read_only: bool = False, transport=None, **settings) -> Client:
        return Client(
            replace(self.connection, **settings),
            read_only=read_only,
            secret=lambda ref: SecretValue(self.secret),
            clock=self.time.clock,
            sleep=self.time.sleep,
            rng=lambda: self.random,
            now=self.time.posix,
            transport=transport,
            log=self.lines.append,
        )

    def send(self, request: Request, **settings):
        """One response, over a client of its own."""

        async def run():
            async with self.client(**settings) as client:
                return await client.send(request)

        return asyncio.run(run())


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def tenant():
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield Tenant(router)


@pytest.fixture
def get():
    return Request(method="GET", path=TEMPLATE_PATH, call="Reading template tmpl_a", scope="messaging:read")


@pytest.fixture
def put():
    return Request(
        method="PUT",
        path=TEMPLATE_PATH,
        call="Writing template tmpl_a",
        scope="messaging:write",
        body={"id": "tmpl_a", "price": 1.5},
    )


@pytest.fixture
def post():
    return Request(
        method="POST",
        path="/api/v1/webhooks",
        call="Creating webhook https://x.example/",
        scope="webhooks:write",
        body={"url": "https://x.example/"},
        idempotency_key="k-1",
    )
