"""The runs and the table; what is measured stands in the package's docstring."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import corpus, history
from .processes import RECONCILER, ROOT, Ran, run, tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .processes import Tenant

TEMPLATES = 10_000
APPLIED = 500
LATENCY = 0.050
CONCURRENCY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: a figure of each round, and the most that its median may be."""

    name: str
    figures: Sequence[float]
    target: float | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        return self.target is not None and statistics.median(self.figures) > self.target

    def __str__(self) -> str:
        low, middle, high = min(self.figures), statistics.median(self.figures), max(self.figures)
        target = f"{self.target:8.2f}" if self.target is not None else "       -"
        verdict = "MISSED" if self.missed else "ok" if self.target is not None else ""
        return f"{self.name:<44}{low:8.2f}{middle:8.2f}{high:8.2f}{target}  {verdict:<7}{self.note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A temporary folder with the corpora, and how many rounds are run; ``records`` are in a long log."""

    at: Path
    rounds: int
    records: int

    def folder(self, count: int, files: int) -> Path:
        """Templates in files, written when they are first asked for."""
        path = self.at / f"{count}-in-{files}"
        if not path.exists():
            corpus.write(path, count, files)
        return path

    def baseline(self, folder: Path) -> Ran:
        script = Path(__file__).with_name("baseline.py")
        return run([sys.executable, str(script), str(ROOT / "schemas"), str(folder)], expect=" documents")


def validate(bench: Bench) -> Iterator[Row]:
    for files in (100, TEMPLATES):
        folder = bench.folder(TEMPLATES, files)
        ours, theirs = _in_turns(bench, partial(_validated, folder), partial(bench.baseline, folder))
        yield Row(
            name=f"validate, {files} files / loader + schema",
            figures=_ratios(ours, theirs),
            target=0.6,
            note=_seconds(ours, theirs),
        )


def plan(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(TEMPLATES, 100)
    with tenant(TEMPLATES, "APPROVED", 0.0) as live:

        def planned() -> Ran:
            return _planned(bench, folder, live.environment, 2 * TEMPLATES + 1)

        ours, theirs = _in_turns(bench, planned, lambda: bench.baseline(folder))
        _check_counts(live.counts(), _reads(TEMPLATES), bench.rounds)
    yield Row(
        name="plan, nothing to do / loader + schema",
        figures=_ratios(ours, theirs),
        target=1.3,
        note=_seconds(ours, theirs),
    )


def apply(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(APPLIED, 5)
    ran, bounds = [], []
    with tenant(APPLIED, "PENDING", LATENCY) as live:
        for number in range(bench.rounds):
            live.reset()
            log = bench.at / f"audit-{number}.jsonl"
            command = [*RECONCILER, "apply", "--yes", "--templates", str(folder), "--audit-log", str(log)]
            command += ["--concurrency", str(CONCURRENCY)]
            ran.append(run(command, expect=f"Done: {2 * APPLIED} applied", env=live.environment))
            counts = live.counts()
            _check_counts(counts, _reads(APPLIED, registrations=0) | _WRITES, 1)
            bounds.append(sum(counts.values()) * LATENCY / CONCURRENCY)
            _check_log(log)
    yield Row(
        name=f"apply, {APPLIED} templates / requests x 50 ms / 50",
        figures=[one.wall / bound for one, bound in zip(ran, bounds, strict=True)],
        target=1.6,
        note=f"{_median(ran):.2f} s, bound {bounds[0]:.2f} s, processor "
        f"{statistics.median(one.cpu for one in ran):.2f} s",
    )


def memory(bench: Bench) -> Iterator[Row]:
    small, large = TEMPLATES // 10, TEMPLATES
    folders = {count: bench.folder(count, 100) for count in (small, large)}
    few, many = _in_turns(bench, lambda: _validated(folders[small]), lambda: _validated(folders[large]))
    yield _growth("validate, peak kB per template", few, many, large - small)
    with tenant(small, "APPROVED", 0.0) as little, tenant(large, "APPROVED", 0.0) as much:
        few, many = _in_turns(
            bench,
            lambda: _planned(bench, folders[small], little.environment, 2 * small + 1),
            lambda: _planned(bench, folders[large], much.environment, 2 * large + 1),
        )
    yield _growth("plan, peak kB per template", few, many, large - small)


def long(bench: Bench) -> Iterator[Row]:
    small = TEMPLATES // 10
    folder, changed = bench.folder(small, 10), bench.at / "changed"
    shutil.copytree(folder, changed)
    first = min(changed.glob("*.yaml"))
    first.write_text(
        first.read_text(encoding="utf-8").replace("reminder 0\n", "recall 0\n", 1), encoding="utf-8"
    )
    with tenant(small, "APPROVED", 0.0) as live:
        kept = bench.at / "kept" / "audit.jsonl"
        kept.parent.mkdir()
        history.write(kept, live.environment["CXONE_BASE_URL"], small, bench.records)
        nowhere = bench.at / "no-audit-log.jsonl"
        over, none = _in_turns(
            bench,
            lambda: _planned(bench, folder, live.environment, 2 * small + 1, kept),
            lambda: _planned(bench, folder, live.environment, 2 * small + 1),
        )
        name = f"plan of {small}, {bench.records} records / none"
        yield Row(name=name, figures=_ratios(over, none), target=1.3, note=_seconds(over, none))
        yield Row(
            name="the same, peak memory",
            figures=[one.peak / other.peak for one, other in zip(over, none, strict=True)],
            target=1.3,
            note=f"{statistics.median(one.peak for one in over) / 1e6:.0f} MB",
        )
        over, none = _in_turns(
            bench,
            lambda: _one_change(bench, changed, live, kept),
            lambda: _one_change(bench, changed, live, nowhere),
        )
        yield Row(
            name=f"apply of 1 change, {bench.records} records / none",
            figures=_ratios(over, none),
            target=1.3,
            note=_seconds(over, none),
        )
    verified = run([*RECONCILER, "audit", "verify", "--all", "--audit-log", str(kept)], expect=" holds; ")
    yield Row(
        name=f"audit verify --all of {bench.records}, peak MB",
        figures=[verified.peak / 1e6],
        target=60,
        note=f"{verified.wall:.1f} s",
    )


def start(bench: Bench) -> Iterator[Row]:
    longer = replace(bench, rounds=5 * bench.rounds)
    for option in ("--version", "--help"):
        ours, bare = _in_turns(
            longer,
            partial(run, [*RECONCILER, option], expect="reconciler"),
            partial(run, [sys.executable, "-c", "pass"]),
        )
        yield Row(name=f"{option} / python -c pass", figures=_ratios(ours, bare), note=_seconds(ours, bare))


_WRITES = {
    "GET /api/v1/messaging/templates/{id}": APPLIED,
    "PUT /api/v1/messaging/templates/{id}": APPLIED,
    "POST /api/v1/a2p/registrations": APPLIED,
    "POST /api/v1/audit/logs": 2 * APPLIED,
}


def _validated(folder: Path) -> Ran:
    return run([*RECONCILER, "validate", "--templates", str(folder)], expect="Valid: ")


def _one_change(bench: Bench, folder: Path, live: Tenant, log: Path) -> Ran:
    """An apply of one change, over a copy of the log's current file alone."""
    live.reset()
    with tempfile.TemporaryDirectory(dir=bench.at) as at:
        if log.exists():
            shutil.copy(log, at)
        command = [
            *RECONCILER,
            "apply",
            "--yes",
            "--templates",
            str(folder),
            "--audit-log",
            f"{at}/{log.name}",
        ]
        return run(command, expect="Done: 1 applied", env=live.environment)


def _planned(
    bench: Bench, folder: Path, environment: dict[str, str], unchanged: int, log: Path | None = None
) -> Ran:
    kept = str(log or bench.at / "no-audit-log.jsonl")
    command = [*RECONCILER, "plan", "--templates", str(folder), "--audit-log", kept]
    return run(command, expect=f"Plan: nothing to do; {unchanged} unchanged", env=environment)


def _reads(templates: int, registrations: int | None = None) -> dict[str, int]:
    """The requests of a plan: a token, and every page of the three lists."""
    there = templates if registrations is None else registrations
    return {
        "POST /oauth/token": 1,
        "GET /api/v1/messaging/templates": -(-templates // 500),
        "GET /api/v1/a2p/registrations": max(1, -(-there // 500)),
        "GET /api/v1/webhooks": 1,
    }


def _check_counts(found: dict[str, int], expected: dict[str, int], runs: int) -> None:
    wanted = {call: runs * count for call, count in expected.items()}
    if found != wanted:
        sys.exit(f"The tenant saw other requests than it should have:\n{found}\ninstead of\n{wanted}")


def _check_log(log: Path) -> None:
    run(
        [*RECONCILER, "audit", "verify", "--audit-log", str(log)],
        expect=f"chain of {4 * APPLIED + 2} records",
    )


def _in_turns(bench: Bench, one: Callable[[], Ran], other: Callable[[], Ran]) -> tuple[list[Ran], list[Ran]]:
    pairs = [(one(), other()) for _ in range(bench.rounds)]
    return [first for first, _ in pairs], [second for _, second in pairs]


def _ratios(ours: Sequence[Ran], theirs: Sequence[Ran]) -> list[float]:
    return [one.wall / other.wall for one, other in zip(ours, theirs, strict=True)]


def _growth(name: str, few: Sequence[Ran], many: Sequence[Ran], more: int) -> Row:
    figures = [(large.peak - small.peak) / more / 1000 for small, large in zip(few, many, strict=True)]
    small, large = (statistics.median(one.peak for one in runs) / 1e6 for runs in (few, many))
    return Row(name=name, figures=figures, target=10, note=f"{small:.0f} MB, {large:.0f} MB")


def _median(runs: Sequence[Ran]) -> float:
    return statistics.median(one.wall for one in runs)


def _seconds(ours: Sequence[Ran], theirs: Sequence[Ran]) -> str:
    return f"{_median(ours):.3f} s, {_median(theirs):.3f} s"


def _machine() -> str:
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8").splitlines()
        model = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model
        )
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return (
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} x {model}, load {load}, "
        f"{time.strftime('%Y-%m-%d %H:%M')}"
    )


@contextmanager
def _bench(rounds: int, records: int) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="reconciler-benchmark-") as at:
        yield Bench(at=Path(at), rounds=rounds, records=records)


def main() -> int:
    cases = (validate, plan, apply, memory, long, start)
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="What the tool costs.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--records", type=int, default=100_000, help="in the log of the case `long` (100000)")
    parser.add_argument("--only", choices=[case.__name__ for case in cases], action="append")
    chosen = parser.parse_args()
    print(_machine())
    print(f"{'':<44}{'least':>8}{'median':>8}{'most':>8}{'target':>8}")
    missed = False
    with _bench(chosen.rounds, chosen.records) as bench:
        for case in cases:
            if chosen.only is None or case.__name__ in chosen.only:
                for row in case(bench):
                    print(row, flush=True)
                    missed = missed or row.missed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
