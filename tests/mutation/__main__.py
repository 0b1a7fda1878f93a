"""``python -m tests.mutation [ROOM]…``: the mutation score of a sample, room by room."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutation.harmless import HARMLESS
from tests.mutation.mutants import changed, mutants

ROOT = Path(__file__).resolve().parents[2]
TESTS = {
    "reconciler/audit": ("tests/audit",),
    "reconciler/plan": ("tests/plan", "tests/run"),
    "reconciler/run": ("tests/run", "tests/e2e/test_e2e_outcomes.py", "tests/e2e/test_e2e_signals.py"),
}
_REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"
"""Plugins of pytest are among the third parties that are imported before it begins."""

LONGEST = 120
"""Seconds that the tests may take over one change: one that goes on for ever is noticed by that."""


def main() -> int:
    """Try changes until the time is up; 1 where fewer are noticed than asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "rooms", nargs="*", default=sorted(TESTS), metavar="ROOM", help="such as reconciler/plan"
    )
    parser.add_argument("--minutes", type=float, default=20, help="for each room (20)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (0)")
    parser.add_argument(
        "--at-least", type=float, default=92, metavar="PERCENT", help="the score asked for (92)"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
        scores = [_room(copy, room, asked.minutes * 60, asked.seed) for room in asked.rooms]
    return 0 if all(score >= asked.at_least for score in scores) else 1


def _room(copy: Path, room: str, seconds: float, seed: int) -> float:
    """The part of a room's sample that was noticed, or does no harm, in percent."""
    if _tested(copy, TESTS[room]) != "survived":
        sys.exit(f"The tests of {room} fail, or take too long, without any change.")
    every = mutants(copy, room)
    random.Random(seed).shuffle(every)
    ends: Counter[str] = Counter()
    until = time.monotonic() + seconds
    for mutant in every:
        if time.monotonic() > until:
            break
        path = copy / mutant.module
        text = path.read_text(encoding="utf-8")
        other = changed(text, mutant)
        if other is None or other == text:
            continue
        path.write_text(other, encoding="utf-8")
        try:
            end = _tested(copy, _nearest(copy, mutant.module, TESTS[room]))
        finally:
            path.write_text(text, encoding="utf-8")
        if end == "survived" and (mutant.module, mutant.source, mutant.operator) in HARMLESS:
            end = "harmless"
        ends[end] += 1
        if end == "survived":
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


def _nearest(copy: Path, module: str, tests: tuple[str, ...]) -> tuple[str, ...]:
    """The same tests, those that bear the module's name first: most changes are noticed there."""
    stem = Path(module).stem.strip("_")
    own = sorted(
        str(path.relative_to(copy)) for test in tests for path in (copy / test).rglob(f"test_*{stem}*.py")
    )
    return (*own, *tests)


def _tested(copy: Path, tests: tuple[str, ...]) -> str:
    """In a process of its own, which has the third parties imported already: a start costs more than most tests."""
    child = os.fork()
    if child == 0:
        os.setsid()
        _test(copy, tests)
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "noticed"
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timed out"


def _test(copy: Path, tests: tuple[str, ...]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(copy)
    sys.path[:0] = [str(copy)]
    os.environ["PYTHONPATH"] = str(copy)
    # A module is changed several times a second: compiled ones are told apart by their time in seconds.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", _REWRITTEN, *tests])))


if __name__ == "__main__":
    import click
    import fastjsonschema
    import httpx
    import hypothesis
    import jsonschema
    import pytest
    import yaml

    assert all((click, fastjsonschema, httpx, hypothesis, jsonschema, yaml))
    sys.exit(main())
