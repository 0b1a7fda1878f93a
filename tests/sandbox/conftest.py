"""A visitor to the embedded CXone, and a receiver of its webhooks."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET
from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import parse
from reconciler.sandbox.inprocess import InProcess
from reconciler.sandbox.store import Store

TEMPLATE = {"id": "tmpl_a", "name": "A", "content": "Reply STOP to opt out.", "from_address": "45678"}
FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture
def store():
    """A store in memory with three templates, at a time that stands still."""
    with Store(":memory:", clock=lambda: 1_800_000_000.0) as opened:
        opened.seed([{**TEMPLATE, "id": f"tmpl_{letter}"} for letter in "abc"])
        yield opened


@pytest.fixture
def visit(store):
    """``visit(scenario, *faults)`` awaits ``scenario(client)`` with an authorised client, and its result."""

    def _visit(scenario, *faults, authorised=True, **options):
        async def main():
            app = create_app(store, faults=parse(faults), **options)
            async with httpx.AsyncClient(transport=InProcess(app), base_url="https://acme.test") as client:
                if authorised:
                    token = (await client.post("/oauth/token", data=FORM)).json()["access_token"]
                    client.headers["Authorization"] = f"Bearer {token}"
                return await scenario(client)

        return asyncio.run(main())

    return _visit


@pytest.fixture
def receiver():
    """A receiver on loopback: ``.url``, ``.got`` (headers, body) and ``.answers``, the statuses to give."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            server.got.append((dict(self.headers.items()), body))
            self.send_response(server.answers.pop(0) if server.answers else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
