"""The tests in a process of their own: which of them run over which line, and whether some of them notice a change."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"
"""Plugins of pytest are among the third parties that are imported before it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """``seconds`` of each test by its id, and by module and line the ids of the tests that run over it.

    A line that runs when its module is imported has the id ``""`` as well.
    """

    seconds: dict[str, float]
    lines: dict[str, dict[int, frozenset[str]]]

    def over(self, module: str, line: int) -> tuple[str, ...]:
        """The tests that may notice a change of a line, the likeliest and quickest first.

        They are those that run over it, and those that were not seen to run over any line since they start processes
        of their own; every test where the line runs at the import.
        """
        lines = self.lines.get(module, {})
        # What is begun on one line may go on over others.
        found = next((lines[number] for number in range(line, 0, -1) if number in lines), frozenset())
        seen = frozenset[str]().union(*(ids for each in self.lines.values() for ids in each.values()))
        chosen = self.seconds if "" in found else found | (self.seconds.keys() - seen)
        return tuple(sorted(chosen, key=lambda one: (one not in found, self.seconds[one], one)))


@dataclass
class _Watch:
    """A plugin of pytest that keeps to ``chosen`` where it is given, in that order, and times each test."""

    chosen: Sequence[str] | None = None
    began: Callable[[str], None] = lambda _: None
    seconds: dict[str, float] = field(default_factory=dict)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.chosen is not None:
            order = {name: number for number, name in enumerate(self.chosen)}
            items[:] = sorted(
                (one for one in items if one.nodeid in order), key=lambda one: order[one.nodeid]
            )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.began(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration


def covering(copy: Path, room: str, tests: Sequence[str]) -> Covering | None:
    """Run the tests as they are, and watch the lines of a room; None where one fails."""
    kept = copy / "covering.json"

    def watched() -> int:
        import coverage

        watching = coverage.Coverage(data_file=None, source=[str(copy / room)], config_file=False)
        watch = _Watch(began=watching.switch_context)
        watching.start()
        # A test that happens to import a module first is not the only one that its definitions matter to.
        for path in (copy / room).rglob("*.py"):
            importlib.import_module(".".join(path.relative_to(copy).with_suffix("").parts))
        code = _pytest(tests, watch)
        watching.stop()
        told = watching.get_data()
        lines = {name: told.contexts_by_lineno(name) for name in told.measured_files()}
        kept.write_text(json.dumps({"seconds": watch.seconds, "lines": lines}), encoding="utf-8")
        return code

    if _in_a_process(copy, watched, 1200) != 0:
        return None
    told = json.loads(kept.read_text(encoding="utf-8"))
    kept.unlink()
    return Covering(
        seconds=told["seconds"],
        lines={
            os.path.relpath(name, copy): {int(line): frozenset(ids) for line, ids in lines.items()}
            for name, lines in told["lines"].items()
        },
    )


def end(copy: Path, tests: Sequence[str], seconds: float) -> str:
    """``noticed`` where one of the tests fails, ``timed out`` where they go on for too long, else ``survived``."""
    files = sorted({name.partition("::")[0] for name in tests})
    code = _in_a_process(copy, lambda: _pytest(files, _Watch(chosen=tests)), seconds) if tests else 0
    return "timed out" if code is None else "noticed" if code else "survived"


def _pytest(tests: Sequence[str], watch: _Watch) -> int:
    import pytest

    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", _REWRITTEN, *tests], plugins=[watch]))


def _in_a_process(copy: Path, work: Callable[[], int], seconds: float) -> int | None:
    """Its exit code, None where it takes too long. It has the third parties imported already, which costs the most."""
    child = os.fork()
    if child == 0:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.chdir(copy)
        sys.path[:0] = [str(copy)]
        os.environ["PYTHONPATH"] = str(copy)
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]
        os._exit(work())
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
