"""``python -m tests.mutation [ROOM]…``: the mutation score of a sample, room by room."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutation.covering import covering, end
from tests.mutation.harmless import HARMLESS
from tests.mutation.mutants import Mutant, changed, one_a_place

ROOT = Path(__file__).resolve().parents[2]
TESTS = {
    "reconciler/audit": ("tests/audit", "tests/run/test_audit_records.py"),
    "reconciler/plan": ("tests/plan", "tests/run", "tests/driver/test_found.py"),
    "reconciler/run": ("tests/run", "tests/driver/test_found.py", "tests/plan/test_three_way.py"),
}


def main() -> int:
    """Try changes until the time is up; 1 where fewer are noticed than asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "rooms", nargs="*", default=sorted(TESTS), metavar="ROOM", help="such as reconciler/plan"
    )
    parser.add_argument("--minutes", type=float, default=20, help="for each room (20)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (0)")
    parser.add_argument("--most", type=int, default=10**9, help="how many changes to a room at most (all)")
    parser.add_argument(
        "--at-least", type=float, default=92, metavar="PERCENT", help="the score asked for (92)"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
        scores = [_room(copy, room, asked.minutes * 60, asked.seed, asked.most) for room in asked.rooms]
    return 0 if all(score >= asked.at_least for score in scores) else 1


def _room(copy: Path, room: str, seconds: float, seed: int, most: int) -> float:
    """The part of a room's sample that was noticed, or does no harm, in percent."""
    tests = TESTS[room]
    known = covering(copy, room, tests)
    if known is None:
        sys.exit(f"The tests of {room} fail, or take too long, without any change.")
    every = one_a_place(copy, room, random.Random(seed))
    ends: Counter[str] = Counter()
    until = time.monotonic() + seconds
    for number, mutant in enumerate(every, 1):
        if time.monotonic() > until or ends.total() == most:
            break
        path = copy / mutant.module
        text = path.read_text(encoding="utf-8")
        other = changed(text, mutant)
        if other is None:
            continue
        _write(path, other, number)
        chosen = known.over(mutant.module, mutant.line)
        longest = 10 + 3 * sum(known.seconds[one] for one in chosen)
        try:
            ended = end(copy, chosen, longest)
        finally:
            _write(path, text, 0)
        if ended == "survived" and _harmless(mutant):
            ended = "harmless"
        ends[ended] += 1
        if ended == "survived":
            print(
                f"{mutant.module}:{mutant.line}: {mutant.operator} ({mutant.occurrence}): {mutant.source}",
                flush=True,
            )
    tried = ends.total()
    score = 100 * (tried - ends["survived"]) / tried if tried else 0.0
    print(
        f"{room}: {score:.1f} % of {tried} tried, of {len(every)}: {dict(sorted(ends.items()))}", flush=True
    )
    return score


def _harmless(mutant: Mutant) -> bool:
    return any((mutant.module, mutant.source, name) in HARMLESS for name in (mutant.operator, mutant.changes))


def _write(path: Path, text: str, second: int) -> None:
    """Compiled modules are told apart by their file's time in seconds, and several changes fall into one."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (second, second))


if __name__ == "__main__":
    import click
    import fastjsonschema
    import httpx
    import hypothesis
    import jsonschema
    import pytest
    import yaml

    assert all((click, fastjsonschema, httpx, hypothesis, jsonschema, pytest, yaml))
    sys.exit(main())
