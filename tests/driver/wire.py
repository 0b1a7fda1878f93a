"""The wire between one run and the tenant: it carries requests, or loses them, as the weather has it."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import Any

import httpx

from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import parse

from .clock import aside
from .weather import CUTS, DONE, GARBAGE, HAPPENINGS, SIGNALS, SILENT, UNAUTHORISED, UNDONE


class Killed(BaseException):
    """The run ends here, and nothing that it does on its way out counts."""


@dataclass
class Write:
    """A PUT or POST that is no delivery of an audit record, as it reached the tenant or would have."""

    phase: str
    target: str
    body: dict[str, Any]
    moment: int
    before: Any
    durable: bytes
    id: str = ""
    made: bool = False
    key: str | None = None
    done: bool = False
    status: int = 0
    replayed: bool = False
    clear: bool = False

    @property
    def spot(self):
        return self.phase, self.target


class Wire:
    """Carries one run's requests to the tenant, or does not."""

    def __init__(self, world, run, happen):
        self.world, self.run, self._happen = world, run, happen
        names = iter(range(10**9))
        app = create_app(
            world.tenant.store,
            clock=world.clock.now,
            faults=parse(world.tenant.profile),
            deliver=_nowhere,
            random_text=lambda: f"token-{run.number}-{next(names)}",
        )
        self._inner = httpx.ASGITransport(app)
        self._at = (0, -1)
        self._strikes = list(run.strikes)
        self._refusals = 0
        self._tokenless = False
        self.dead = False

    async def answer(self, request):
        """What the run gets for its request."""
        if self.dead:
            raise Killed
        self.run.requests += 1
        call, write = self._sorted_in(request)
        faults = self._due()
        for strike in faults:
            if strike.what in HAPPENINGS:
                with aside():
                    self._happen(strike)
            elif strike.what in SIGNALS:
                self._signal(strike.what)
        if write is not None:
            write.moment, write.before = self.world.tenant.moment, self.world.tenant.now
            write.durable = self.world.durable(self.run.log)
            self.run.writes.append(write)
        fault = next((one for one in faults if one.what not in (*HAPPENINGS, *SIGNALS)), None)
        return await self._answered(request, call, write, fault)

    def _sorted_in(self, request):
        path, method = request.url.path, request.method
        call = "token" if path == "/oauth/token" else "audit" if path.endswith("/audit/logs") else path
        if method == "GET" or call in ("token", "audit"):
            self._at = (self._at[0], self._at[1] + 1)
            return call, None
        self._at = (self._at[0] + 1, 0)
        body = json.loads(request.content)
        phase = "approval" if "templates" in path else "a2p" if "a2p" in path else "webhook"
        target = {"approval": body.get("id"), "a2p": body.get("template_id"), "webhook": body.get("url")}[
            phase
        ]
        key = request.headers.get("idempotency-key")
        write = Write(
            phase, target, body, 0, None, b"", id=path.rpartition("/")[2], made=method == "POST", key=key
        )
        return call, write

    def _due(self):
        due = [one for one in self._strikes if (one.write, one.after) == self._at]
        self._strikes = [one for one in self._strikes if one not in due]
        for one in due:
            self.run.spoilt.add(one.what)
        return due

    async def _answered(self, request, call, write, fault):
        what = fault.what if fault is not None else None
        if what in CUTS and not what.endswith("-done"):
            self._end(fault)
        if what in UNAUTHORISED:
            self._refusals = 2 if what == "401-twice" else 1
            self._tokenless = what == "no-token"
        if call == "token" and self._tokenless:
            return _response(400, content=b'{"error": "invalid_client"}')
        if self._refusals and (call != "token" or what in UNAUTHORISED):
            self._refusals -= 1
            return self._kept(write, _response(401, content=b'{"error": "invalid_token"}'))
        if what in UNDONE:
            status, headers = UNDONE[what]
            return self._kept(write, _response(status, headers))
        if what in SILENT and not SILENT[what][0]:
            raise SILENT[what][1]
        answer = await self._carried(request, call, write)
        if what in CUTS:
            self._end(fault)
        if what in SILENT:
            raise SILENT[what][1]
        if what in DONE:
            status, headers = DONE[what]
            return _response(status, headers)
        if write is not None:
            write.clear = write.done
        return answer

    async def _carried(self, request, call, write):
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        if write is not None:
            write.status, write.done = response.status_code, response.is_success
            write.replayed = "idempotency-replayed" in response.headers
            if write.done and not write.replayed:
                self.world.tenant.took(write)
        elif call == "audit":
            self.run.delivered += response.is_success
        return _response(response.status_code, response.headers, content)

    def _kept(self, write, response):
        if write is not None:
            write.status = response.status_code
        return response

    def _end(self, fault):
        self.dead = True
        disk = self.world.disk
        self.run.left = disk.after_power_cut(fault.arg or 0) if fault.what.startswith("cut") else disk.files()
        raise Killed

    def exits(self, code):
        """In place of ``os._exit``: nothing that comes after it counts."""
        self.dead, self.run.left, self.run.code = True, self.world.disk.files(), code
        raise Killed

    def _signal(self, name):
        number = getattr(signal, name)
        if signal.getsignal(number) is signal.SIG_DFL:
            self.exits(-number)
        signal.raise_signal(number)


def _response(status, headers=None, content=GARBAGE):
    """An answer that is still to be read, as from a wire."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


async def _nowhere(url, headers, body):
    return 200
