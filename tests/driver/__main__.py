"""``python -m tests.driver``: many histories, and the table of what befell them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from . import weather

FILE = ".github/PROVEN.md"
COMMAND = ".venv/bin/python -m tests.driver"
HEADING = "# What was tried"
KINDS = (
    ("answers that say no, nothing done", tuple(weather.UNDONE)),
    ("answers that say no or nothing, all done", tuple(weather.DONE)),
    ("no answer", tuple(weather.SILENT)),
    ("401 once, 401 twice, no token", weather.UNAUTHORISED),
    ("killed before a request", ("kill",)),
    ("killed after the tenant did it", ("kill-done",)),
    ("power cut, with what was not synced", ("cut", "cut-done")),
    ("edits in the console in mid-run", ("edit",)),
    ("two applies at once", ("apply",)),
    ("the log taken away in mid-run", ("log",)),
    ("SIGTERM, SIGHUP, SIGINT", weather.SIGNALS),
    ("a stdout that cannot be written", ("stdout",)),
)
"""Rows of the table, and the names under which the driver counts them."""


_ABOUT = f"""\
`{COMMAND}` makes random histories of a team, a tenant and bad luck, runs the tool through them, and
holds every request, record, result and exit code against a model of its own. It ends at the first promise that is
broken, with the steps that broke it; where it comes to its end it writes this file.
"""

_WORDS = """\
*Lost*: the tenant carried it out, and the log tells of it neither as done nor as in doubt. *Duplicated*: made twice
where the tenant lets that be seen, or honours Idempotency-Keys and the same was asked for again (a key stands for one
body; where another is asked for, that there may be two is told). *Untrue*: a record, result or exit code that says
what was not so, an edit overwritten, or something done that nobody reviewed.
"""


def drive(*, histories, steps, chance=False, shrink=False, counts=None):
    """Run so many histories; AssertionError with the steps of the first that breaks a promise. Returns the counts."""
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.stateful import run_state_machine_as_test

    from .machine import Machine

    found = counts if counts is not None else {}
    machine = type("Machine", (Machine,), {"counts": found})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            derandomize=not chance,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
    return found


def table(counts, *, seconds):
    """The file: what was tried and how often; what was found is none, or there would be no table."""
    faults = [(name, sum(counts.get(one, 0) for one in names)) for name, names in KINDS]
    rows = [
        ("histories", counts.get("histories", 0)),
        ("runs", counts.get("runs", 0)),
        ("requests", counts.get("requests", 0)),
        ("faults", sum(number for _, number in faults)),
        *faults,
        ("lost", 0),
        ("duplicated", 0),
        ("untrue", 0),
    ]
    lines = "\n".join(f"| {name:<42} | {number:>9,} |" for name, number in rows)
    head = f"| {'':<42} | {'number':>9} |\n|{'-' * 44}|{'-' * 10}:|"
    return f"{HEADING}\n\n{_ABOUT}Last run: {seconds / 60:.0f} minutes.\n\n{head}\n{lines}\n\n{_WORDS}"


def main():
    """Run, and write the table; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--out", default=FILE)
    options = parser.parse_args()
    began, counts = time.monotonic(), {}
    try:
        while time.monotonic() - began < options.minutes * 60:
            drive(histories=100, steps=options.steps, chance=True, shrink=True, counts=counts)
    except AssertionError as broken:
        print(broken)
        return 1
    Path(options.out).write_text(table(counts, seconds=time.monotonic() - began), encoding="utf-8")
    print(Path(options.out).read_text("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
