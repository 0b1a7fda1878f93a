"""The runs and the table; what is measured stands in the package's docstring."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .bare import httpx_alone
from .limited import limited
from .long import long, whole
from .peers import side_by_side
from .processes import RECONCILER, Ran, run, tenant
from .scale import large, waiting
from .table import HEADING, TEMPLATES, Bench, Row, compared, in_turns, machine, median, planned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

APPLIED = 1000
LATENCY = 0.050
CONCURRENCY = 50


def validate(bench: Bench) -> Iterator[Row]:
    for files in (100, TEMPLATES):
        folder = bench.folder(TEMPLATES, files)
        runs = in_turns(bench, partial(_validated, folder), partial(bench.baseline, folder))
        yield compared(f"validate, {files} files / loader + schema", runs, target=0.40)


def plan(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(TEMPLATES, 100)
    with tenant(TEMPLATES, "APPROVED", 0.0) as live:
        runs = in_turns(
            bench,
            lambda: planned(bench, folder, live.environment, 2 * TEMPLATES + 1),
            lambda: bench.baseline(folder),
        )
        _check_counts(live.counts(), _reads(TEMPLATES), bench.rounds)
    yield compared("plan, nothing to do / loader + schema", runs, target=1.3)


def apply(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(APPLIED, 10)
    ran, bounds, bare = [], [], []
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
            bare.append(httpx_alone(live, sum(counts.values()), CONCURRENCY))
            live.counts()
    yield Row(
        name=f"apply, {APPLIED} templates / requests x 50 ms / 50",
        figures=[one.wall / bound for one, bound in zip(ran, bounds, strict=True)],
        target=1.25,
        note=f"{median(ran):.2f} s, bound {bounds[0]:.2f} s, processor "
        f"{statistics.median(one.cpu for one in ran):.2f} s",
    )
    yield compared("  / as many requests by httpx alone", (ran, bare))


def memory(bench: Bench) -> Iterator[Row]:
    small, large = TEMPLATES // 10, TEMPLATES
    folders = {count: bench.folder(count, 100) for count in (small, large)}
    few, many = in_turns(bench, lambda: _validated(folders[small]), lambda: _validated(folders[large]))
    yield _growth("validate, peak kB per template", few, many, large - small)
    with tenant(small, "APPROVED", 0.0) as little, tenant(large, "APPROVED", 0.0) as much:
        few, many = in_turns(
            bench,
            lambda: planned(bench, folders[small], little.environment, 2 * small + 1),
            lambda: planned(bench, folders[large], much.environment, 2 * large + 1),
        )
    yield _growth("plan, peak kB per template", few, many, large - small)


def start(bench: Bench) -> Iterator[Row]:
    longer = replace(bench, rounds=5 * bench.rounds)
    for option, target in (("--version", 1.5), ("--help", 4.0)):
        runs = in_turns(
            longer,
            partial(run, [*RECONCILER, option], expect="reconciler"),
            partial(run, [sys.executable, "-c", "pass"]),
        )
        yield compared(f"{option} / python -c pass", runs, target=target)


_WRITES = {
    "GET /api/v1/messaging/templates/{id}": APPLIED,
    "PUT /api/v1/messaging/templates/{id}": APPLIED,
    "POST /api/v1/a2p/registrations": APPLIED,
    "POST /api/v1/audit/logs": 2 * APPLIED,
}


def _validated(folder: Path) -> Ran:
    return run([*RECONCILER, "validate", "--templates", str(folder)], expect="Valid: ")


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


def _growth(name: str, few: Sequence[Ran], many: Sequence[Ran], more: int) -> Row:
    figures = [(large.peak - small.peak) / more / 1000 for small, large in zip(few, many, strict=True)]
    small, large = (statistics.median(one.peak for one in runs) / 1e6 for runs in (few, many))
    return Row(name=name, figures=figures, target=10, note=f"{small:.0f} MB, {large:.0f} MB")


@contextmanager
def _bench(rounds: int, records: int, histories: Path | None) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="reconciler-benchmark-") as at:
        yield Bench(at=Path(at), rounds=rounds, records=records, histories=histories or Path(at, "histories"))


def main() -> int:
    cases = (validate, plan, waiting, apply, limited, memory, large, long, whole, start)
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="What the tool costs.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--records", type=int, default=100_000, help="in the long log (100000)")
    parser.add_argument("--histories", type=Path, metavar="FOLDER", help="where long logs are kept")
    parser.add_argument("--only", choices=[case.__name__ for case in cases], action="append")
    parser.add_argument(
        "--peers", action="store_true", help="only programs that do like work, as installed here"
    )
    chosen = parser.parse_args()
    wanted = (side_by_side,) if chosen.peers else cases
    print(machine())
    print(HEADING)
    missed = False
    with _bench(chosen.rounds, chosen.records, chosen.histories) as bench:
        for case in wanted:
            if chosen.only is None or chosen.peers or case.__name__ in chosen.only:
                for row in case(bench):
                    print(row, flush=True)
                    missed = missed or row.missed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
