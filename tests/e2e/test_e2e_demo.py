"""``reconciler demo``: the whole way of a change, with the real commands, and nothing left behind."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import socket
import subprocess
import sys

import pytest
from documents import ROOT, accepts
from terminal import CTRL_C, OnTerminal

TITLES = [
    "Propose",
    "Somebody edits in the console",
    "Stale",
    "Plan again",
    "Apply, and wait for the carrier",
    "Continue",
    "Report",
]
REAL = {
    "CXONE_BASE_URL": "https://real.example.com",
    "CXONE_CLIENT_ID": "real",
    "CXONE_CLIENT_SECRET": "a real secret",
    "RECONCILER_AUDIT_LOG": "/nowhere/audit.jsonl",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


@pytest.fixture
def there(bare, tmp_path):
    """A folder to be in and one for temporary files, both empty, and variables of a real tenant."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    bare.folder = tmp_path / "here"
    bare.env |= {**REAL, "TMPDIR": str(tmp_path / "temporary")}
    yield bare
    assert [*bare.folder.iterdir(), *(tmp_path / "temporary").iterdir()] == []


def shown(out: str) -> list[str]:
    """The command lines that stand in the demo's output."""
    return [line.strip()[2:] for line in out.splitlines() if line.startswith("    $ ")]


def port_is_free(out: str) -> bool:
    """Whether nobody listens any more where the demo's tenant was."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(re.findall(r"http://127\.0\.0\.1:(\d+)", out)[0]))) != 0


def test_it_goes_from_a_proposal_to_a_report(there):
    """Seven steps with the exit codes of the contract, never the real tenant; folder, tenant and server are gone."""
    ran = there.run("demo", "--fast")
    assert re.findall(r"^\d\. (.*)$", ran.out, re.MULTILINE) == TITLES
    assert re.findall(r"^Exit code (\d+)\.$", ran.out, re.MULTILINE) == ["0", "4", "0", "3", "0", "0"]
    assert ran.out.count("Look at: ") == len(TITLES)
    assert "approved by Dana" in ran.out
    assert "1 of 1 template approved" in ran.out
    assert "What was reviewed has moved" in ran.err
    assert "real" not in ran.said.replace("really run", "")
    assert port_is_free(ran.out)


def test_every_line_that_it_shows_can_be_typed(there):
    """Its own commands exist with these options, and the edits are JSON for a program that everybody has."""
    lines = shown(there.run("demo", "--fast").out)
    ours = [line for line in lines if "reconciler " in line and not line.startswith("cd ")]
    assert len(ours) == 7
    for line in ours:
        accepts(re.sub(r"^.*?reconciler ", "", line))
    edits = [shlex.split(line) for line in lines if line.startswith("curl ")]
    assert [sorted(json.loads(words[-1])) for words in edits] == [["content"], ["status"]]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_terminal_it_waits_and_its_words_fold(there, columns):
    """Enter goes on; nothing is wider than the terminal but what can be copied."""
    with OnTerminal(there, "demo", columns=columns) as terminal:
        for number in range(len(TITLES) + 1):
            terminal.until(f"{number}. {TITLES[number - 1]}" if number else "really run")
            terminal.until("[Enter goes on, Ctrl-C ends]")
            terminal.type(b"\n")
            terminal._written = terminal._written.replace(b"[Enter", b"[")
        assert terminal.end() == 0


def test_ctrl_c_while_it_waits_leaves_nothing(there):
    """130, one sentence, and neither folder nor server."""
    with OnTerminal(there, "demo") as terminal:
        terminal.until("[Enter goes on, Ctrl-C ends]")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "Interrupted: the demo has ended" in terminal.said
        assert port_is_free(terminal.said)


def test_without_the_sandbox_it_says_what_to_install(there):
    """A sentence and exit code 1, before a folder is made."""
    program = "import sys; sys.modules.update(starlette=None)\nfrom reconciler.__main__ import main\nmain()"
    ran = subprocess.run(
        [sys.executable, "-c", program, "demo", "--fast"],
        cwd=there.folder,
        env=there.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "pip install 'cxone-reconciler[sandbox]'" in ran.stderr


def test_the_pictures_are_what_the_demo_prints(monkeypatch):
    """`.github/pictures/` has what `.ci/pictures.py` draws of a run of today."""
    script = runpy.run_path(str(ROOT / ".ci" / "pictures.py"))
    for name in REAL:
        monkeypatch.delenv(name, raising=False)
    for name, text in script["pictures"](script["demo"]()).items():
        assert (ROOT / ".github" / "pictures" / name).read_text("utf-8") == text, (
            f"run .ci/pictures.py: {name}"
        )
