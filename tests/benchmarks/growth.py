"""What a plan costs over a growing history, before the log had several files and since: figures, and a picture of them.

    python -m tests.benchmarks.growth                       draw `.github/plan-time.svg` from `growth.json`
    python -m tests.benchmarks.growth --measure             measure this checkout first
    python -m tests.benchmarks.growth --before WORKTREE     measure another, of a commit before there were several files
    python -m tests.benchmarks.growth --histories FOLDER    keep the logs there, and find them there

A figure is the least of the runs, a whole process started cold: 1,000 templates, all live already.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from . import plot
from .long import FEW, PORT, of_length
from .processes import RECONCILER, ROOT, Ran, run, tenant
from .table import Bench, machine

LENGTHS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
FIGURES = Path(__file__).with_name("growth.json")


def measured(
    checkout: Path, histories: Path, lengths: list[int], rounds: int, *, old: bool
) -> dict[str, object]:
    """A checkout's figures: for each length of the log the records, the seconds, and the peak in MB."""
    with tempfile.TemporaryDirectory() as at, tenant(FEW, "APPROVED", 0.0, PORT) as live:
        folder = Bench(at=Path(at), rounds=1, records=0, histories=histories).folder(FEW, 10)
        logs = {0: Path(at, "none.jsonl"), **{one: of_length(histories, one, old=old) for one in lengths}}
        points = []
        for count, log in logs.items():
            runs = [_plan(checkout, folder, log, live.environment) for _ in range(rounds)]
            points.append(
                [count, round(min(one.wall for one in runs), 2), round(max(one.peak for one in runs) / 1e6)]
            )
            print(*points[-1], flush=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True
    )
    return {"commit": commit.stdout.strip(), "machine": machine(), "points": points}


def _plan(checkout: Path, folder: Path, log: Path, environment: dict[str, str]) -> Ran:
    command = [*RECONCILER, "plan", "--templates", str(folder), "--audit-log", str(log)]
    return run(command, expect=f"Plan: nothing to do; {2 * FEW + 1} unchanged", env=environment, cwd=checkout)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.growth", description="A plan over a history."
    )
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--before", type=Path, metavar="WORKTREE")
    parser.add_argument(
        "--histories", type=Path, default=Path(tempfile.gettempdir(), f"histories-{os.getuid()}")
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=1_000_000, metavar="RECORDS")
    chosen = parser.parse_args()
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    lengths = [one for one in LENGTHS if one <= chosen.most]
    for name, checkout in (("before", chosen.before), ("since", ROOT if chosen.measure else None)):
        if checkout is not None:
            old = name == "before"
            figures[name] = measured(checkout.resolve(), chosen.histories, lengths, chosen.rounds, old=old)
            FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if figures.keys() >= {"before", "since"}:
        (ROOT / ".github" / "plan-time.svg").write_text(plot.drawn(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
