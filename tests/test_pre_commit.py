"""The pre-commit hook names a command that there is, and runs for the files that it checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from reconciler.commands import run

ROOT = Path(__file__).parent.parent
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def test_the_hook_installs_this_package_and_nothing_else():
    """Its id is what users write; it is a Python hook without further dependencies, and is given no file names."""
    assert HOOK["id"] == "reconciler-validate"
    assert HOOK["language"] == "python"
    assert HOOK["pass_filenames"] is False
    assert "additional_dependencies" not in HOOK


def test_the_entry_is_a_command_that_checks_the_default_folder(monkeypatch):
    """The hook's own words, run here, accept the shipped templates."""
    program, *arguments = HOOK["entry"].split()
    assert program == "reconciler"
    monkeypatch.chdir(ROOT)
    assert run(arguments) == 0


@pytest.mark.parametrize(
    ("name", "checked"),
    [
        ("templates.d/a.yaml", True),
        ("templates.d/acme/b.yml", True),
        ("templates.d/README.md", False),
        ("docs/templates.d/a.yaml", False),
        ("templatesXd/a.yaml", False),
    ],
)
def test_it_runs_for_yaml_below_templates_d(name, checked):
    """pre-commit searches the pattern in each changed file's name."""
    assert bool(re.search(HOOK["files"], name)) is checked
