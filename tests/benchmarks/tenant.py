"""A tenant that costs next to nothing: HTTP/1.1 on a bare asyncio protocol, lists encoded beforehand, no checks.

    python -m tests.benchmarks.tenant COUNT STATUS LATENCY PORT LIMIT TOLD

Prints its port. It has COUNT templates of STATUS, their registrations where that is APPROVED, and one webhook; it
keeps what is written, and answers LATENCY seconds after a request has arrived. ``GET /counts`` tells how often each
call was made since it was last asked; ``POST /reset`` makes the tenant as it was.

Beyond LIMIT requests in a second, where that is not 0, it answers 429 with Retry-After: 1; TOLD is `headers` where each
answer names the limit, else `refusals`. With a LIMIT ``/counts`` has the milliseconds from the first request
about one template to the last request of all, and how many were taken in that time.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter, deque
from typing import Any
from urllib.parse import parse_qs

from . import corpus

PAGE = 500
TEMPLATES = "/api/v1/messaging/templates"
REGISTRATIONS = "/api/v1/a2p/registrations"
WEBHOOKS = "/api/v1/webhooks"
AUDIT = "/api/v1/audit/logs"
_TOKEN = {"access_token": "t" * 40, "token_type": "Bearer", "expires_in": 3600}


class State:
    """What the tenant holds, and how often each call was made."""

    def __init__(self, count: int, status: str) -> None:
        self.count = count
        self.status = status
        self.counts: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        numbers = range(self.count)
        self.templates = {one["id"]: one for one in (corpus.template(n, self.status) for n in numbers)}
        registrations = [corpus.registration(n) for n in numbers] if self.status == "APPROVED" else []
        self.registrations = {one["template_id"]: one for one in registrations}
        self.webhooks = {"wh_1": {"id": "wh_1", "url": corpus.WEBHOOK, "events": corpus.EVENTS}}
        self.pages: dict[str, list[bytes]] = {}
        for path in (TEMPLATES, REGISTRATIONS, WEBHOOKS):
            self.page(path, 0)

    def answer(self, method: str, target: str, body: bytes) -> bytes:
        path, _, query = target.partition("?")
        if path == "/counts":
            counts, self.counts = self.counts, Counter()
            return _answer(200, counts)
        if path == "/reset":
            self.reset()
            return _answer(200, {})
        if method == "GET" and path in {TEMPLATES, REGISTRATIONS, WEBHOOKS}:
            self.counts[f"GET {path}"] += 1
            return self.page(path, int(parse_qs(query).get("cursor", ["0"])[0]))
        shown = f"{TEMPLATES}/{{id}}" if path.startswith(TEMPLATES) else path
        self.counts[f"{method} {shown}"] += 1
        return self.single(method, path, body)

    def page(self, path: str, number: int) -> bytes:
        """A page of a list, encoded anew only after a write."""
        if path not in self.pages:
            held = {TEMPLATES: self.templates, REGISTRATIONS: self.registrations, WEBHOOKS: self.webhooks}
            self.pages[path] = _pages(list(held[path].values()))
        return self.pages[path][number]

    def single(self, method: str, path: str, body: bytes) -> bytes:
        if path.startswith(TEMPLATES):
            held = self.templates[path.rpartition("/")[2]]
            if method == "PUT":
                sent = json.loads(body)
                if sent["meta"] != held["meta"]:
                    return _answer(409, {"error": "conflict"})
                self.pages.pop(TEMPLATES, None)
                held.update(sent, meta={**held["meta"], "updated_at": "2026-11-23T10:00:00Z"})
            return _answer(200, held)
        if path == "/oauth/token":
            return _answer(200, _TOKEN)
        if path == REGISTRATIONS:
            sent = json.loads(body)
            self.pages.pop(REGISTRATIONS, None)
            self.registrations[sent["template_id"]] = sent
        return _answer(201 if path in {REGISTRATIONS, WEBHOOKS, AUDIT} else 404, {})


def _pages(items: list[dict[str, Any]]) -> list[bytes]:
    starts = range(0, max(len(items), 1), PAGE)
    return [
        _answer(
            200,
            {
                "items": items[start : start + PAGE],
                "next_cursor": str(start // PAGE + 1) if start + PAGE < len(items) else None,
            },
        )
        for start in starts
    ]


def _answer(status: int, value: object) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another, never two at once."""

    def __init__(self, state: State, latency: float, limit: Limit) -> None:
        self.state = state
        self.latency = latency
        self.limit = limit
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        found = head.lower().partition(b"content-length:")[2]
        length = int(found.partition(b"\r\n")[0]) if found else 0
        if len(rest) < length:
            return
        self.received = rest[length:]
        method, target, _ = head.decode("latin-1").split("\r\n", 1)[0].split(" ")
        own = target in {"/counts", "/reset"}
        if own and self.limit.rate:
            self.state.counts["ms"] = round(1000 * (self.limit.last - self.limit.first))
            self.state.counts["taken"] = self.limit.count
        loop = asyncio.get_running_loop()
        if own or self.limit.takes(loop.time(), of_one=target.startswith(f"{TEMPLATES}/")):
            loop.call_later(0 if own else self.latency, self.respond, method, target, rest[:length])
        else:
            self.state.counts["429"] += 1
            loop.call_later(self.latency, self.send, _REFUSAL)

    def respond(self, method: str, target: str, body: bytes) -> None:
        self.send(self.state.answer(method, target, body))

    def send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer.replace(b"\r\n", b"\r\n" + self.limit.header, 1))


class Limit:
    """At most ``rate`` requests in any second, 0: as many as come."""

    def __init__(self, rate: int, told: str) -> None:
        self.rate = rate
        self.header = f"RateLimit-Policy: {rate};w=1\r\n".encode() if told == "headers" else b""
        self.taken: deque[float] = deque()
        self.first = self.last = 0.0
        self.count = 0

    def takes(self, now: float, *, of_one: bool) -> bool:
        self.first, self.last = self.first or (now if of_one else 0.0), now
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        if self.rate and len(self.taken) >= self.rate:
            return False
        self.taken.append(now)
        self.count += bool(self.first)
        return True


_REFUSAL = b"HTTP/1.1 429 -\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}"


async def main() -> None:
    state = State(int(sys.argv[1]), sys.argv[2])
    loop = asyncio.get_running_loop()
    limit = Limit(int(sys.argv[5]), sys.argv[6])
    server = await loop.create_server(
        lambda: Connection(state, float(sys.argv[3]), limit), "127.0.0.1", int(sys.argv[4])
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
