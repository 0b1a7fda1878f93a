"""The table of a benchmark: rows, the runs that are compared, and the machine."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import corpus
from .processes import RECONCILER, ROOT, Ran, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TEMPLATES = 10_000
WIDTH = 50
HEADING = f"{'':<{WIDTH}}{'least':>8}{'median':>8}{'most':>8}{'target':>8}{'cpu':>8}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: a figure of each round, and the most that its median may be.

    ``processor`` are the same of processor time. Where there are no figures, ``note`` says why.
    """

    name: str
    figures: Sequence[float]
    processor: Sequence[float] = ()
    target: float | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        return (
            self.target is not None and bool(self.figures) and statistics.median(self.figures) > self.target
        )

    def __str__(self) -> str:
        if not self.figures:
            return f"{self.name:<{WIDTH}}  left out: {self.note}"
        low, middle, high = min(self.figures), statistics.median(self.figures), max(self.figures)
        target = f"{self.target:8.2f}" if self.target is not None else "       -"
        verdict = "MISSED" if self.missed else "ok" if self.target is not None else ""
        processor = f"{statistics.median(self.processor):8.2f}" if self.processor else "       -"
        figures = f"{low:8.2f}{middle:8.2f}{high:8.2f}{target}{processor}"
        return f"{self.name:<{WIDTH}}{figures}  {verdict:<7}{self.note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A temporary folder with the corpora, and how many rounds are run; ``records`` are in a long log.

    Long logs are kept in the folder ``histories``, and found there by the next run.
    """

    at: Path
    rounds: int
    records: int
    histories: Path

    def folder(self, count: int, files: int) -> Path:
        """Templates in files, written when they are first asked for."""
        path = self.at / f"{count}-in-{files}"
        if not path.exists():
            corpus.write(path, count, files)
        return path

    def baseline(self, folder: Path) -> Ran:
        script = Path(__file__).with_name("baseline.py")
        return run([sys.executable, str(script), str(ROOT / "schemas"), str(folder)], expect=" documents")


def planned(
    bench: Bench, folder: Path, environment: dict[str, str], unchanged: int, log: Path | None = None
) -> Ran:
    kept = str(log or bench.at / "no-audit-log.jsonl")
    command = [*RECONCILER, "plan", "--templates", str(folder), "--audit-log", kept]
    return run(command, expect=f"Plan: nothing to do; {unchanged} unchanged", env=environment)


def in_turns(bench: Bench, one: Callable[[], Ran], other: Callable[[], Ran]) -> tuple[list[Ran], list[Ran]]:
    pairs = [(one(), other()) for _ in range(bench.rounds)]
    return [first for first, _ in pairs], [second for _, second in pairs]


def compared(name: str, pairs: tuple[Sequence[Ran], Sequence[Ran]], target: float | None = None) -> Row:
    """The first of each pair in parts of the second, by the clock and in processor time."""
    ours, theirs = pairs
    return Row(
        name=name,
        figures=ratios(ours, theirs),
        processor=[one.cpu / other.cpu for one, other in zip(ours, theirs, strict=True)],
        target=target,
        note=seconds(ours, theirs),
    )


def ratios(ours: Sequence[Ran], theirs: Sequence[Ran]) -> list[float]:
    return [one.wall / other.wall for one, other in zip(ours, theirs, strict=True)]


def median(runs: Sequence[Ran]) -> float:
    return statistics.median(one.wall for one in runs)


def seconds(ours: Sequence[Ran], theirs: Sequence[Ran]) -> str:
    return f"{median(ours):.3f} s, {median(theirs):.3f} s"


def machine() -> str:
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
