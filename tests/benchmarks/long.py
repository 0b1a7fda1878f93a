"""What a long history costs: 1,000 templates over a log of many records, against the same over none."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from datetime import date, timedelta
from typing import TYPE_CHECKING

from . import history
from .processes import RECONCILER, Ran, run, tenant
from .table import TEMPLATES, Bench, Row, in_turns, planned, ratios, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .processes import Tenant

FEW = TEMPLATES // 10
PORT = 47_110
"""Where the tenant listens: a log that is kept for the next run is about this one."""


def long(bench: Bench) -> Iterator[Row]:
    """A plan with nothing to do, an apply of one change, and a report of the last month."""
    folder, changed = bench.folder(FEW, 10), bench.at / "changed"
    shutil.copytree(folder, changed)
    first = min(changed.glob("*.yaml"))
    first.write_text(
        first.read_text(encoding="utf-8").replace("reminder 0\n", "recall 0\n", 1), encoding="utf-8"
    )
    kept, nowhere = of_length(bench.histories, bench.records), bench.at / "no-audit-log.jsonl"
    with tenant(FEW, "APPROVED", 0.0, PORT) as live:
        over, none = in_turns(
            bench,
            lambda: planned(bench, folder, live.environment, 2 * FEW + 1, kept),
            lambda: planned(bench, folder, live.environment, 2 * FEW + 1),
        )
        yield from _compared(f"plan of {FEW}, {bench.records} records / none", over, none)
        over, none = in_turns(
            bench,
            lambda: _one_change(bench, changed, live, kept),
            lambda: _one_change(bench, changed, live, nowhere),
        )
        yield from _compared(f"apply of 1 change, {bench.records} records / none", over, none)
    month = [_report(kept) for _ in range(min(bench.rounds, 3))]
    yield Row(
        name=f"report of {bench.records}, --since a month, s",
        figures=[one.wall for one in month],
        note=f"{max(one.peak for one in month) / 1e6:.0f} MB, {_read(month[0])} records read",
    )


def whole(bench: Bench) -> Iterator[Row]:
    """Every record of the log, as ``audit verify --all`` reads it."""
    kept = of_length(bench.histories, bench.records)
    verified = run([*RECONCILER, "audit", "verify", "--all", "--audit-log", str(kept)], expect=" holds; ")
    yield Row(
        name=f"audit verify --all of {bench.records}, peak MB",
        figures=[verified.peak / 1e6],
        target=60,
        note=f"{verified.wall:.1f} s, {verified.wall / bench.records * 1e6:.0f} us a record",
    )


def of_length(histories: Path, count: int, *, old: bool = False) -> Path:
    """A log of so many records about the tenant at ``PORT``; made where it is not there yet.

    ``old``: one file, with null fields, as the versions before the log had several files wrote it.
    """
    path = histories / f"{count}{'-old' if old else ''}" / "audit.jsonl"
    if not path.exists():
        path.parent.mkdir(parents=True)
        history.write(path, f"http://127.0.0.1:{PORT}", FEW, count, old=old)
    return path


def _compared(name: str, over: Sequence[Ran], none: Sequence[Ran]) -> Iterator[Row]:
    yield Row(name=name, figures=ratios(over, none), target=1.3, note=seconds(over, none))
    yield Row(
        name="the same, processor time",
        figures=[one.cpu / other.cpu for one, other in zip(over, none, strict=True)],
    )
    yield Row(
        name="the same, peak memory",
        figures=[one.peak / other.peak for one, other in zip(over, none, strict=True)],
        target=1.3,
        note=", ".join(
            f"{statistics.median(one.peak for one in each) / 1e6:.0f} MB" for each in (over, none)
        ),
    )


def _one_change(bench: Bench, folder: Path, live: Tenant, log: Path) -> Ran:
    """An apply of one change, over a copy of the log's current file alone."""
    live.reset()
    with tempfile.TemporaryDirectory(dir=bench.at) as at:
        if log.exists():
            shutil.copy(log, at)
        command = [*RECONCILER, "apply", "--yes", "--templates", str(folder)]
        command += ["--audit-log", f"{at}/{log.name}"]
        return run(command, expect="Done: 1 applied", env=live.environment)


def _report(log: Path) -> Ran:
    """A report of the last thirty days of the log."""
    last = json.loads(log.read_bytes().splitlines()[-1])["timestamp"][:10]
    since = date.fromisoformat(last) - timedelta(30)
    command = [*RECONCILER, "audit", "report", "--since", since.isoformat(), "--format", "json"]
    return run([*command, "--audit-log", str(log)], expect='"intact": true')


def _read(report: Ran) -> int:
    return int(json.loads(report.out)["chain"]["records"])
