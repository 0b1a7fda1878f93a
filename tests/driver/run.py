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

from . import book
from .clock import aside
from .weather import SIGNALS
from .wire import Killed, Wire, Write

_scrypt = functools.lru_cache(hashlib.scrypt)


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
        before = {record["hash"] for record in book.records(self.log_before)}
        return [record for record in book.records(self.log_after) if record["hash"] not in before]

    def __str__(self):
        told = f"run {self.number}: {' '.join(self.args)}  {list(self.strikes)} stdout={self.stdout}"
        return f"{told}\nexit {self.code}{' killed' if self.killed else ''}\n{self.out}\n{self.err}"


class Person(io.StringIO):
    """Somebody at the terminal who says yes; ``meanwhile`` is what happens before."""

    def __init__(self, meanwhile):
        super().__init__("yes\n")
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
    except BaseException as failure:  # noqa: BLE001  whatever it is, the interpreter would print it
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
