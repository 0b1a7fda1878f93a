"""``reconciler completion``: the scripts load, and complete commands, targets and codes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from reconciler.commands import reconciler, run
from reconciler.commands.completion import VARIABLE
from reconciler.rules.codes import explanations


def completed(arguments: list[str], incomplete: str) -> list[str]:
    """The words that a shell would offer after these."""
    completer = ShellComplete(reconciler, {}, "reconciler", VARIABLE)
    return [item.value for item in completer.get_completions(arguments, incomplete)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with targets in ``templates.d`` and elsewhere; one file is no YAML, one no text."""
    here = tmp_path / "templates.d"
    (here / "sub").mkdir(parents=True)
    (here / "a.yaml").write_text(
        'kind: Template\nid: tmpl_a  # first\ncontent: "x\nid: no"\n---\nid: "tmpl_b"\n'
    )
    (here / "sub" / "b.yml").write_text("kind: Webhook\r\nurl: https://hooks.example.com/x\r\n")
    (here / "broken.yaml").write_text("id: tmpl_c\nname: [\n")
    (here / "binary.yaml").write_bytes(b"id: tmpl_d\xff\n")
    (tmp_path / "other.yaml").write_text("id: other_one\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_are_completed():
    """The start of a command's name leads to the commands."""
    assert completed([], "va") == ["validate"]
    assert {"apply", "completion", "explain", "plan", "validate"} <= set(completed([], ""))


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_targets_are_completed_from_the_files(command, folder):
    """Ids and URLs come from the files' lines; a file that is no text is passed over."""
    offered = completed([command, "--target"], "")
    assert offered == ["https://hooks.example.com/x", "tmpl_a", "tmpl_b", "tmpl_c"]
    assert completed([command, "--target"], "tmpl_b") == ["tmpl_b"]


def test_targets_come_from_the_templates_that_are_named(folder):
    """``--templates`` before ``--target`` says where to look."""
    assert completed(["plan", "--templates", "other.yaml", "--target"], "") == ["other_one"]


def test_no_files_means_no_targets(tmp_path, monkeypatch):
    """Where nothing can be read the shell stays silent."""
    monkeypatch.chdir(tmp_path)
    assert completed(["plan", "--target"], "") == []


def test_codes_are_completed_for_explain():
    """Codes in any case, with what they mean for shells that show it."""
    assert completed(["explain"], "cx00") == [code for code in explanations() if code.startswith("CX00")]
    completer = ShellComplete(reconciler, {}, "reconciler", VARIABLE)
    (item,) = completer.get_completions(["explain"], "CX103")
    assert (item.value, item.help) == ("CX103", explanations()["CX103"].summary)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_accepts_its_script(shell, capsys, tmp_path):
    """What is printed is a script that the shell can parse, for the command's own name and variable."""
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"{VARIABLE}={shell}_complete" in script
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: its script was printed, but not parsed")
    file = tmp_path / "script"
    file.write_text(script)
    assert subprocess.run([program, "-n", str(file)], capture_output=True, check=False).stderr == b""


def test_an_unknown_shell_is_a_usage_error(capsys):
    """Only shells that there is a script for are taken."""
    assert run(["completion", "tcsh"]) == 64
    assert "bash" in capsys.readouterr().err


def test_bash_completes_targets_commands_and_codes(folder):
    """In a real bash with the script loaded, the words that a user would see are offered."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    asked = """
        eval "$(reconciler completion bash)"
        complete -p reconciler
        offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _reconciler_completion reconciler
                  echo "${COMPREPLY[*]}"; }
        offer reconciler comp
        offer reconciler plan --target tmpl_
        offer reconciler explain CX10
    """
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    command = bin_folder / "reconciler"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    command.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [bash, "--norc", "-c", asked],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    registered, commands, targets, codes = done.stdout.splitlines()
    assert registered.endswith("-F _reconciler_completion reconciler")
    assert commands == "completion"
    assert targets == "tmpl_a tmpl_b tmpl_c"
    assert codes == " ".join(code for code in explanations() if code.startswith("CX10"))
