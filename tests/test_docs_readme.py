"""README goes as it says: the quick start and the change from pull request to audit log print what is shown."""

from __future__ import annotations

import re
import shlex
import shutil

import httpx
from documents import ROOT, blocks, check_shown, reconciler_in, section, served

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
