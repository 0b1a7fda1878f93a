"""Whole processes, timed and weighed, and a tenant to point them at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
RECONCILER = (sys.executable, "-m", "reconciler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One process: seconds by the wall clock, seconds of processor time, peak memory in bytes, its stdout."""

    wall: float
    cpu: float
    peak: int
    out: str


def run(
    command: Sequence[str], *, expect: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run to the end; SystemExit where it fails, or where ``expect`` is not in what it prints."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=error, env=_environment(env or {}), cwd=cwd)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        error.seek(0)
        printed, complaint = out.read().decode(), error.read().decode()
    if process.returncode or expect not in printed:
        sys.exit(
            f"{command}: exit {process.returncode}, no {expect!r} in\n{printed[-2000:]}{complaint[-2000:]}"
        )
    cpu = usage.ru_utime + usage.ru_stime
    return Ran(wall=wall, cpu=cpu, peak=usage.ru_maxrss * 1024, out=printed)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """This one, but bytecode is kept: every program is measured as it is once installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A running tenant, as `tenant.py` describes it."""

    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What points the tool at it."""
        return {
            "CXONE_BASE_URL": f"http://127.0.0.1:{self.port}",
            "CXONE_CLIENT_ID": "benchmark",
            "CXONE_CLIENT_SECRET": "benchmark-client-secret",
            "CXONE_WEBHOOK_SECRET": "a-secret-for-the-benchmark-only",
        }

    def counts(self) -> dict[str, int]:
        """How often each call was made since this was last asked."""
        found: dict[str, int] = self._ask("/counts", None)
        return found

    def reset(self) -> None:
        """As it was at the start."""
        self._ask("/reset", b"")

    def _ask(self, path: str, body: bytes | None) -> Any:
        with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", data=body), timeout=30) as answer:
            return json.load(answer)


@contextmanager
def tenant(
    count: int, status: str, latency: float, port: int = 0, limit: int = 0, told: str = "refusals"
) -> Iterator[Tenant]:
    """A tenant in a process of its own, until the block is left; the arguments are those of `tenant.py`."""
    with serving("tests.benchmarks.tenant", count, status, latency, port, limit, told) as found:
        yield Tenant(found)


@contextmanager
def serving(module: str, *arguments: object) -> Iterator[int]:
    """A server in a process of its own, until the block is left: its port, which is what it prints first."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()
