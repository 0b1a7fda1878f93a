"""README goes as it says: quick start, the change from pull request to audit log, a repository of one's own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys

import httpx
from documents import BARE, README, ROOT, blocks, check_shown, reconciler_in, rows, section, served
from wheels import wheel

from reconciler import __version__
from reconciler.commands.apply.perform import INCOMPLETE
from reconciler.core import errors

DONE = 0


def test_quick_start_is_two_commands():
    """Two `sh` blocks of one line each, for a machine with Python and a shell: the main job, then the tests."""
    first, second = blocks("sh", section("## Quick start"))
    for block in (first, second):
        assert block.count("\n") == 1
        assert block.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert not re.search(r"(^|&& )(python|pip|reconciler)\b(?!3)", block)
    assert "'.[sandbox]'" in first
    assert first.rstrip().endswith("reconciler plan --sandbox && .venv/bin/reconciler apply --sandbox --yes")
    assert "'.[dev]'" in second
    assert second.rstrip().endswith("python -m pytest -n auto")


def test_quick_start_prints_what_is_shown(tmp_path):
    """The lines that stand under the first command are those that it prints."""
    shutil.copytree(ROOT / "templates.d", tmp_path / "templates.d")
    plan, apply = blocks("text", section("## Quick start"))
    for block, words in ((plan, ["plan", "--sandbox"]), (apply, ["apply", "--sandbox", "--yes"])):
        ran = reconciler_in(tmp_path, *words)
        assert ran.returncode == DONE, ran.stderr
        check_shown(block.splitlines(), ran.stdout)


def test_worked_example_goes_as_shown(tmp_path):
    """The change from pull request to audit log, on the embedded CXone: each command prints what stands under it."""
    steps = [
        (command, body.splitlines())
        for block in blocks("console", section("## A change, from pull request to audit log"))
        for command, _, body in (
            part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        )
    ]
    shutil.copytree(ROOT / "templates.d", tmp_path / "templates.d")
    reconciler_in(tmp_path, "apply", "--sandbox", "--yes")
    with served(tmp_path, "--fault", "carrier=slow") as env:
        appointment = tmp_path / "templates.d" / "appointment.yaml"
        text = appointment.read_text("utf-8")
        asked, wanted = re.findall(
            r"`(Call 555-0142 [^`]+)`", section("## A change, from pull request to audit log")
        )
        assert wanted in text
        appointment.write_text(text.replace(wanted, asked), "utf-8")
        codes = []
        for command, shown in steps:
            words = shlex.split(command)
            if words[0] == "curl":
                url = words[words.index("PATCH") + 1].replace("$CXONE_BASE_URL", env["CXONE_BASE_URL"])
                httpx.patch(
                    url, content=words[-1], headers={"content-type": "application/json"}
                ).raise_for_status()
                continue
            ran = reconciler_in(tmp_path, *words[1:], env=env)
            codes.append(ran.returncode)
            check_shown(shown, ran.stdout + ran.stderr)
            if ran.returncode == errors.StaleReview.exit_code:
                reconciler_in(tmp_path, "plan", "--out", "plan.json", env=env)
    assert codes == [DONE, errors.StaleReview.exit_code, INCOMPLETE, DONE, DONE, DONE]


def test_own_repository_is_made_by_four_commands(tmp_path):
    """The block's lines, as a shell reads them in a clone; pip, which would ask an index, has done its part before."""
    (block,) = blocks("sh", section("## In your own repository"))
    build, *rest = block.splitlines()
    assert build == ".venv/bin/pip wheel --quiet --no-deps --wheel-dir dist ."
    assert len(rest) == 3
    clone = tmp_path / "clone"
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / "dist").mkdir()
    wheel(clone / "dist", "cxone_reconciler", __version__)
    tool = clone / ".venv" / "bin" / "reconciler"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
    tool.chmod(0o700)
    ran = subprocess.run(
        ["sh", "-euc", "\n".join(rest)],
        cwd=clone,
        env={**BARE, "HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    made = tmp_path / "acme-messages"
    assert (made / ".github" / "workflows" / "apply.yml").is_file()
    assert "https://acme.nicecxone.com" in (made / "templates.d" / "policy.yaml").read_text()
    assert "What to set next" in ran.stdout


def test_readme_is_an_entrance():
    """At most 280 lines; what it is for comes before how it is used; two pictures; the ten words are explained."""
    assert len(README.splitlines()) <= 280
    assert (
        README.index("| a script for each template |")
        < README.index("<picture>")
        < README.index("## Quick start")
    )
    for name in ("plan", "report"):
        for look in ("light", "dark"):
            assert f".github/pictures/{name}-{look}.svg" in README
    words = {row[0] for row in rows(section("## Glossary"))} - {"word"}
    assert words == {
        *("A2P", "segment", "plan", "digest", "head", "pending", "held", "blocked", "drift", "waiver"),
    }
