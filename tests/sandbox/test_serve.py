"""The sandbox as a process on a port, over real HTTP."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from reconciler.core.errors import ReconcilerError
from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.inprocess import in_process
from reconciler.sandbox.serve import serve
from reconciler.sandbox.store import Store

FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
ONE = "/api/v1/messaging/templates/tmpl_a"
PROGRAM = """
import sys
from reconciler.sandbox.faults import parse
from reconciler.sandbox.serve import serve
from reconciler.sandbox.store import Store
with Store(sys.argv[1]) as store:
    store.seed([{"id": "tmpl_a", "name": "A", "content": "x", "from_address": "45678"}])
    serve(store, 0, parse(sys.argv[2:]), lambda url: print(url, flush=True))
print("closed")
"""


@contextmanager
def served(path, *faults):
    """The process and a client with a token."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(path), *faults]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=url, trust_env=False) as client:
                token = client.post("/oauth/token", data=FORM).json()["access_token"]
                client.headers["Authorization"] = f"Bearer {token}"
                yield process, client
        finally:
            process.kill()


def stopped(process, number):
    process.send_signal(number)
    out, errors = process.communicate(timeout=20)
    return process.returncode, out, errors


def test_it_answers_until_it_is_stopped(tmp_path, receiver):
    """Announced when it listens; SIGTERM ends it quietly with 0, after the last delivery; the state stays."""
    path = tmp_path / "sandbox.db"
    with served(path) as (process, client):
        hook = {
            "url": receiver.url,
            "events": ["template.approved"],
            "secret": "a secret of 24 bytes, or more",
        }
        assert client.post("/api/v1/webhooks", json=hook).status_code == 201
        body = {**client.get(ONE).json(), "status": "APPROVED"}
        assert client.put(ONE, json=body).status_code == 200
        assert stopped(process, signal.SIGTERM) == (0, "closed\n", "")
    with Store(path) as store:
        assert store.template("tmpl_a")["status"] == "APPROVED"
        assert [delivery["outcome"] for delivery in store.deliveries()] == ["delivered"]
    assert len(receiver.got) == 1


def test_a_lost_answer_is_a_closed_connection(tmp_path):
    """``drop`` over HTTP: no response at all, nothing on stderr, the write done; SIGINT ends it as well."""
    path = tmp_path / "sandbox.db"
    with served(path, "drop=put-template") as (process, client):
        body = {**client.get(ONE).json(), "status": "APPROVED"}
        with pytest.raises(httpx.RemoteProtocolError):
            client.put(ONE, json=body)
        assert client.get(ONE).json()["status"] == "APPROVED"
        assert stopped(process, signal.SIGINT) == (0, "closed\n", "")


def test_a_port_that_is_taken_is_named():
    """The message says which port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken, Store(":memory:") as store:
        port = taken.getsockname()[1]
        with pytest.raises(
            ReconcilerError, match=rf"127\.0\.0\.1:{port}: Address already in use.*another port"
        ):
            serve(store, port, Faults(), lambda _: None)
        with pytest.raises(ReconcilerError, match="another port"):
            serve(store, 65536, Faults(), lambda _: None)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    """Neither way of running it ends in an ImportError."""
    monkeypatch.setitem(sys.modules, "starlette", None)
    with Store(":memory:") as store:
        for start in (lambda: in_process(store), lambda: serve(store, 0, Faults(), lambda _: None)):
            with pytest.raises(ReconcilerError, match=r"pip install 'cxone-reconciler\[sandbox\]'"):
                start()


def test_importing_the_package_needs_no_extra():
    """Names, faults, the store and both ways of starting are there without Starlette and uvicorn."""
    program = (
        "import sys; sys.modules.update(starlette=None, uvicorn=None)\n"
        "import reconciler.sandbox.faults, reconciler.sandbox.store\n"
        "import reconciler.sandbox.serve, reconciler.sandbox.inprocess\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_database_held_by_another_process_is_a_503(tmp_path):
    """Reads go on; a write is told to come again, and nothing of it is done."""
    path = tmp_path / "sandbox.db"

    async def scenario(store):
        async with httpx.AsyncClient(transport=in_process(store), base_url="https://acme.test") as client:
            token = (await client.post("/oauth/token", data=FORM)).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            read = await client.get(ONE)
            written = await client.put(ONE, json={**read.json(), "status": "APPROVED"})
            return read.status_code, written.status_code, written.headers["Retry-After"]

    with Store(path) as store, Store(path) as other:
        store.seed([{"id": "tmpl_a", "name": "A", "content": "x", "from_address": "45678"}])
        store._connection.execute("PRAGMA busy_timeout = 0")
        with other.transaction():
            assert asyncio.run(scenario(store)) == (200, 503, "1")
        assert store.template("tmpl_a")["status"] == "PENDING"
