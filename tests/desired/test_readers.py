"""Files read and judged by two processes: who did what changes nothing in what comes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from reconciler.desired import readers
from reconciler.desired.load import load
from reconciler.desired.readers import Readers
from reconciler.desired.second_process import possible

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.desired.state import DesiredState

TODAY = "2026-11-23"
TEXT = "Acme: see you soon. Reply STOP to opt out."

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="no second process on this machine"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve files: sound ones, every sort of trouble with one document, and trouble between two."""
    documents = {f"sound-{number}": template(f"tmpl_{number}") for number in range(6)}
    documents |= {
        "policy": "apiVersion: reconciler/v1\nkind: Policy\nseverities: {CX101: warning}\n",
        "long": template("tmpl_long", content=f'"{TEXT} {"x" * 200}"'),
        "schema": template("tmpl_schema", nmae="x"),
        "broken": "a: [",
        "twice": template("tmpl_0"),
        "campaign": template("tmpl_campaign", a2p="{campaign: Reminders}"),
        "reminders": "apiVersion: reconciler/v1\nkind: Campaign\nname: Reminders\nmessage_class: TRANSACTIONAL\n"
        "opt_in_language: At the front desk\n",
    }
    for name, text in documents.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    return tmp_path


def template(name: str, **changes: str) -> str:
    lines = {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "id": name,
        "name": "A name",
        "from_address": '"45678"',
        "content": f'"{TEXT}"',
        "a2p": "{campaign_name: c, message_class: TRANSACTIONAL, opt_in_language: At the front desk}",
        **changes,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


class Clock:
    """Makes the first process wait until the second has read ``least`` documents, and then does ``then`` there."""

    def __init__(self, least: int = 3, then: int | None = None) -> None:
        self.first = os.getpid()
        self.left = least
        self.then = then
        self.waits, self.tells = os.pipe()

    def __call__(self) -> float:
        if os.getpid() == self.first:
            if self.left:
                os.read(self.waits, 1)
                self.left = 0
        else:
            self.left -= 1
            if not self.left:
                os.write(self.tells, b"x")
                if self.then:
                    os.kill(os.getpid(), self.then)
        return 0.0


def loaded(folder: Path, ready: Readers | None = None) -> DesiredState:
    """The folder's state; by one process where no reader is ready."""
    state = load([str(folder)], today=TODAY, clock=lambda: 0.0, readers=ready)
    assert state.rules is not None
    return replace(state, texts=dict(state.texts), rules=replace(state.rules, campaigns={}))


def by_two(folder: Path, clock: Clock) -> Readers:
    readers.MUCH = 1
    ready = Readers([str(folder)], clock)
    assert ready.second is not None
    return ready


def alike(folder: Path) -> None:
    ready = by_two(folder, Clock())
    state = loaded(folder, ready)
    assert ready.theirs
    readers.MUCH = 2**60
    assert state == loaded(folder)
    codes = {finding.code for finding in state.findings}
    assert codes >= {"CX001", "CX002", "CX004", "CX006", "CX101"}, codes
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def lost_while_reading(folder: Path) -> None:
    ready = by_two(folder, Clock(then=signal.SIGKILL))
    state = loaded(folder, ready)
    assert not ready.theirs
    readers.MUCH = 2**60
    assert state == loaded(folder)


def lost_before_judging(folder: Path) -> None:
    ready = by_two(folder, Clock())
    done = tuple(ready.read())
    assert ready.second is not None
    assert ready.theirs
    os.kill(ready.second.process.pid or 0, signal.SIGKILL)
    ready.read = lambda: iter(done)  # type: ignore[method-assign]  # they are read
    state = loaded(folder, ready)
    readers.MUCH = 2**60
    assert state == loaded(folder)


def first_is_killed(folder: Path) -> None:
    tuple(by_two(folder, Clock()).read())
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted_as_a_group(folder: Path) -> None:
    os.setpgid(0, 0)
    ready = by_two(folder, Clock())
    signal.signal(signal.SIGINT, lambda *_: None)
    os.killpg(0, signal.SIGINT)
    assert loaded(folder, ready)
    assert ready.theirs


def run(name: str, folder: Path) -> int:
    """One of the functions above to its end, in a Python of one thread, which pytest's own need not be."""
    code = f"import sys, pathlib; from tests.desired import test_readers as t; t.{name}(pathlib.Path(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode


def test_two_processes_find_what_one_finds(folder: Path) -> None:
    """Documents, findings and their order are the same, whoever read and judged them, and no process is left."""
    assert run("alike", folder) == 0


@pytest.mark.parametrize("when", ["lost_while_reading", "lost_before_judging"])
def test_a_second_process_that_dies_is_not_missed(folder: Path, when: str) -> None:
    """The first does all of its work."""
    assert run(when, folder) == 0


def test_the_second_process_ends_with_the_first(folder: Path) -> None:
    """Nobody else holds its stdout once the first is killed, so there is no orphan."""
    assert run("first_is_killed", folder) == -signal.SIGKILL


def test_a_signal_for_both_is_for_the_first(folder: Path) -> None:
    """The second goes on until the first ends it: what a Ctrl-C does, one decides."""
    assert run("interrupted_as_a_group", folder) == 0


@pytest.mark.parametrize("command", [("validate",), ("plan", "--sandbox"), ("apply", "--sandbox", "--yes")])
def test_a_second_process_on_a_terminal(folder: Path, command: tuple[str, ...]) -> None:
    """Its progress is drawn by a thread, which begins after the fork: somebody has been waited for at the end."""
    code = (
        "import resource, sys; from reconciler.desired import readers; readers.MUCH = 1; "
        "from reconciler.commands import run; run(sys.argv[1:]); "
        "sys.exit(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss == 0)"
    )
    terminal, theirs = os.openpty()
    ended = subprocess.run(
        [sys.executable, "-c", code, *command, f"--templates={folder}"],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "CI": ""},
        cwd=folder,
        check=False,
    )
    os.close(theirs)
    os.close(terminal)
    assert ended.returncode == 0


def test_no_fork_beside_a_thread() -> None:
    """A fork would have the locks of a thread that it does not have."""
    done = Event()
    thread = Thread(target=done.wait)
    thread.start()
    try:
        assert not possible()
    finally:
        done.set()
        thread.join()


def test_little_is_read_by_one(folder: Path) -> None:
    """A few files are not worth a process."""
    assert Readers([str(folder)], lambda: 0.0).second is None
