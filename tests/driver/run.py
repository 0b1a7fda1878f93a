"""One command line, run in this process from ``main`` to its exit code, and the wire between it and the tenant."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import signal
import sys
import tempfile
import threading
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpx

from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import parse

from . import book
from .clock import aside
from .weather import CUTS, DONE, GARBAGE, HAPPENINGS, SIGNALS, SILENT, TELLING, UNAUTHORISED, UNDONE

API = "/api/v1"
_scrypt = functools.lru_cache(hashlib.scrypt)


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


@dataclass
class Run:
    """A run that has ended. ``log_before`` and ``log_after`` are the log's bytes; ``ask`` and ``yes``: the moments of
    the question and of its answer."""

    number: int
    args: tuple[str, ...]
    strikes: tuple[Any, ...]
    stdout: str
    log: Any
    start: int
    end: int = 0
    ask: int | None = None
    yes: int | None = None
    code: int | None = None
    out: str = ""
    err: str = ""
    killed: bool = False
    nested: bool = False
    requests: int = 0
    spoilt: set[str] = field(default_factory=set)
    writes: list[Write] = field(default_factory=list)
    delivered: int = 0
    log_before: bytes = b""
    log_after: bytes = b""
    documents: dict[str, Any] = field(default_factory=dict)
    review: str | None = None

    @property
    def command(self):
        return self.args[0]

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return None

    @property
    def appended(self):
        """The records that this run added to its log; those of a nested run to the same log are among them."""
        whole = book.records(self.log_after)
        return (
            whole[len(book.records(self.log_before)) :]
            if self.log_after.startswith(self.log_before)
            else whole
        )

    def __str__(self):
        told = f"run {self.number}: {' '.join(self.args)}  {list(self.strikes)} stdout={self.stdout}"
        return f"{told}\nexit {self.code}{' killed' if self.killed else ''}\n{self.out}\n{self.err}"


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
            write.durable = self.world.disk.synced.get(os.path.realpath(self.run.log), b"")
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


class Person(io.StringIO):
    """Somebody at the terminal who says yes; ``meanwhile`` is what happens before."""

    def __init__(self, meanwhile):
        super().__init__("y\n")
        self._meanwhile = meanwhile

    def isatty(self):
        return True

    def readline(self, *size):
        self._meanwhile()
        return super().readline(*size)


def start(world, args, *, strikes=(), happen=None, stdout="file", review=None, meanwhile=None, log=None):
    """Run ``reconciler`` with ``args`` to its end. ``meanwhile``: what happens while the question waits."""
    run = Run(
        number=len(world.runs),
        args=tuple(args),
        strikes=tuple(strikes),
        stdout=stdout,
        log=log or world.log,
        start=world.tenant.moment,
        nested=bool(world.wires),
        documents=json.loads(json.dumps({**world.documents, "secret": world.secret})),
        review=review,
    )
    run.log_before = world.content(run.log)
    world.runs.append(run)
    wire = Wire(world, run, happen or (lambda strike: None))

    def asked():
        run.ask = world.tenant.moment
        with _aside_if_needed():
            meanwhile()
        run.yes = world.tenant.moment

    world.wires.append(wire)
    try:
        _to_the_end(world, run, wire, Person(asked) if meanwhile else io.StringIO())
    finally:
        world.wires.pop()
    if wire.dead:
        run.killed = run.code is None
        world.disk.restore(run.left)
    run.end = world.tenant.moment
    run.log_after = world.content(run.log)
    return run


def _to_the_end(world, run, wire, stdin):
    from reconciler.__main__ import main

    options = ("--templates", str(world.folder / "templates.d"), "--audit-log", str(run.log))
    handlers = {name: signal.getsignal(getattr(signal, name)) for name in SIGNALS}

    async def carried(_, request):
        return await wire.answer(request)

    with ExitStack() as stack:
        stack.callback(_restore, handlers)
        stack.enter_context(_descriptors(run))
        stack.enter_context(patch.object(httpx.AsyncHTTPTransport, "handle_async_request", carried))
        stack.enter_context(patch.object(hashlib, "scrypt", _scrypt))
        stack.enter_context(patch.object(os, "fsync", world.disk.fsync))
        stack.enter_context(patch.object(os, "_exit", wire.exits))
        stack.enter_context(patch.dict(os.environ, world.env(run.review), clear=True))
        stack.enter_context(patch.object(sys, "argv", ["reconciler", *_placed(run.args, options)]))
        stack.enter_context(patch.object(sys, "stdin", stdin))
        stack.enter_context(world.clock.rules())
        code = _code(main)
        if run.code is None:
            run.code = code


@contextlib.contextmanager
def _descriptors(run):
    """Descriptors 1 and 2, and Python's streams over them, are the run's own; what was printed is kept."""
    sys.stdout.flush()
    saved = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        _stdout(run.stdout, out.fileno())
        os.dup2(err.fileno(), 2)
        streams = [io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8") for number in (1, 2)]
        if run.stdout == "closed":
            os.close(1)
            streams[0] = None
        with patch.object(sys, "stdout", streams[0]), patch.object(sys, "stderr", streams[1]):
            try:
                yield
            finally:
                for stream in (sys.stdout, sys.stderr, *streams):
                    with contextlib.suppress(OSError, ValueError, AttributeError):
                        stream.close()
                for number, descriptor in enumerate(saved, 1):
                    os.dup2(descriptor, number)
                    os.close(descriptor)
        for name, file in (("out", out), ("err", err)):
            file.seek(0)
            setattr(run, name, file.read().decode())


def _placed(args, options):
    at = 2 if args[0] == "audit" else 1
    words = (
        options[2:]
        if args[:2] in (("audit", "review"), ("audit", "publish"), ("audit", "verify"))
        else options
    )
    return [*args[:at], *words, *args[at:]]


def _code(main):
    """The exit code as the interpreter makes it: 120 where what is left in stdout cannot be flushed."""
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code
    except Killed:
        return None
    except BaseException as failure:
        if _is_killed(failure):
            return None
        sys.stderr.write(traceback.format_exc())
        code = 1
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        sys.stderr.write("Exception ignored on flushing sys.stdout\nTraceback\n")
        return 120
    return code


def _is_killed(failure):
    if isinstance(failure, BaseExceptionGroup):
        return any(map(_is_killed, failure.exceptions))
    return isinstance(failure, Killed)


def _stdout(kind, kept):
    """Descriptor 1: what keeps it, a full disk, or a pipe that nobody reads."""
    if kind == "full":
        kept = os.open("/dev/full", os.O_WRONLY)
    elif kind == "gone":
        reading, kept = os.pipe()
        os.close(reading)
    os.dup2(kept, 1)
    if kind in ("full", "gone"):
        os.close(kept)


def _restore(handlers):
    if threading.current_thread() is threading.main_thread():
        for name, handler in handlers.items():
            signal.signal(getattr(signal, name), handler)


@contextlib.contextmanager
def _aside_if_needed():
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        yield
        return
    with aside():
        yield


__all__ = ["TELLING", "Killed", "Run", "Wire", "Write", "start"]
