"""The embedded CXone over HTTP, in a thread of the tests' own, and what it has, over its control calls."""

from __future__ import annotations

import asyncio
import json
import socket
import threading

import httpx

from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET
from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import parse
from reconciler.sandbox.server import Server, configuration
from reconciler.sandbox.store import Store

FIELDS = ("id", "name", "content", "from_address")


class Embedded:
    """A tenant in a folder, on a port that stays its own over restarts; as ``reconciler sandbox`` serves it."""

    def __init__(self, folder, *faults, port=0):
        self._folder = folder
        self._port = port
        self._server = None
        self.client = httpx.Client(trust_env=False, timeout=20)
        self.restart(*faults)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    @property
    def exports(self):
        """What ``reconciler sandbox`` prints to export."""
        return {
            "CXONE_BASE_URL": self.url,
            "CXONE_CLIENT_ID": CLIENT_ID,
            "CXONE_CLIENT_SECRET": CLIENT_SECRET,
        }

    def restart(self, *faults):
        """As it was, but with these faults, and without a memory of tokens."""
        self.stop()
        self._store = Store(self._folder / "tenant.db")
        self._store.seed(self._documents())
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        listening = threading.Event()
        app = create_app(self._store, faults=parse(faults))
        self._server = Server(configuration(app), listening.set)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve(sockets=[listener])))
        self._thread.start()
        assert listening.wait(10)

    def _documents(self):
        """The templates in the folder's files, which hold one JSON document a line."""
        for path in sorted((self._folder / "templates.d").rglob("*.y*ml")):
            for line in path.read_text(encoding="utf-8").splitlines():
                body = json.loads(line) if line.startswith("{") else {}
                if body.get("kind") == "Template":
                    yield {name: body[name] for name in FIELDS}

    def stop(self):
        """Off the port, with its state kept."""
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join()
            self._store.close()
            self._server = None

    def close(self):
        self.stop()
        self.client.close()

    def ask(self, method, path, body=None):
        """A control call's answer."""
        answer = self.client.request(method, f"{self.url}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def state(self):
        """Everything that the tenant has."""
        return self.ask("GET", "state")

    def template(self, id_):
        return next(item for item in self.state()["templates"] if item["id"] == id_)

    def statuses(self):
        return {item["id"]: item["status"] for item in self.state()["templates"]}

    def registered(self):
        """Template ids that have a registration, one entry each."""
        return sorted(item["template_id"] for item in self.state()["registrations"])

    def webhooks(self):
        return self.state()["webhooks"]

    def writes(self, *, audit=False):
        """The PUTs and POSTs since this process of the tenant began; those of the audit log only if asked for."""
        found = self.ask("GET", "requests")["writes"]
        return [write for write in found if audit or write["call"] != "post-audit"]

    def done(self):
        """The writes that the tenant carried out, as (call, last part of the path)."""
        return [
            (write["call"], write["path"].rpartition("/")[2])
            for write in self.writes()
            if write["status"] < 300
        ]

    def count(self, method, route):
        """How many requests of one route there were."""
        counts = self.ask("GET", "requests")["counts"]
        return sum(item["count"] for item in counts if (item["method"], item["route"]) == (method, route))

    def edit(self, id_, **fields):
        """What a person does in the console: drift, or a carrier's decision."""
        return self.ask("PATCH", f"templates/{id_}", fields)

    def create(self, **fields):
        return self.ask("POST", "templates", fields)

    def delete(self, id_):
        return self.ask("DELETE", f"templates/{id_}")

    def deliveries(self):
        return self.ask("GET", "deliveries")["deliveries"]
