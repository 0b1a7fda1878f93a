"""The embedded CXone as a process, and what it has, over its control calls."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import httpx


class Embedded:
    """``reconciler sandbox`` in a folder, on a port that stays its own over restarts."""

    def __init__(self, folder, *faults, env=None, templates="templates.d"):
        self._folder, self._env, self._templates = folder, env, templates
        self._process = None
        self.exports = {}
        self._port = 0
        self.client = httpx.Client(trust_env=False, timeout=20)
        self.restart(*faults)

    @property
    def url(self):
        return self.exports["CXONE_BASE_URL"]

    def restart(self, *faults):
        """As it was, but with these faults."""
        self.stop()
        command = [sys.executable, "-m", "reconciler", "sandbox", "--port", str(self._port), "--db", "tenant.db"]
        command += ["--templates", self._templates, *(word for fault in faults for word in ("--fault", fault))]
        self._process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        lines = [self._process.stdout.readline() for _ in range(3)]
        assert all(line.startswith("export ") for line in lines), lines
        self.exports = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        self._port = int(self.url.rpartition(":")[2])

    def stop(self):
        """End the process, by its own handle, and give its port back."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

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
            (write["call"], write["path"].rpartition("/")[2]) for write in self.writes() if write["status"] < 300
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


def free_port():
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=15):
    """Wait for what another process is about to do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
