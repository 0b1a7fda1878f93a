"""CONTRIBUTING.md's recipes, followed in a copy of the program: one added file is found by the folder's scan."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULE = '''
"""Words that a marketer likes."""

from reconciler.core.model import Severity
from reconciler.rules._base import Hit, rule


@rule("CX199", "shouting", Severity.WARNING, kinds=("Template",))
def shouting(document, context):
    """A text that shouts.

    Why: nobody likes it.
    """
    if "!!!" in document.body["content"]:
        yield Hit("Do not shout.", ("content",))
'''
OUTPUT = '''
"""The verdict in one word."""


def render(report, look):
    """Good or bad."""
    return "good\\n" if report.valid else "bad\\n"
'''
COMMAND = '''
"""A greeting."""

import click


@click.command(short_help="Greet the reader.")
def COMMAND():
    """Greet the reader."""
    click.echo("Good morning.")
'''
LOUD = """\
apiVersion: reconciler/v1
kind: Template
id: tmpl_a
name: Sale
from_address: "45678"
content: "Acme Dental: sale!!! Reply STOP to end."
a2p: {campaign_name: Sales, message_class: MARKETING, opt_in_language: Opted in at the front desk}
"""


class Copy:
    """The program with what a contributor adds, and a folder of desired state with one loud template."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("reconciler", "schemas"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "templates.d").mkdir()
        (folder / "templates.d" / "a.yaml").write_text(LOUD)

    def add(self, path: str, text: str) -> None:
        """One new file in the package; one that is there already is not replaced."""
        with (self.folder / "reconciler" / path).open("x") as file:
            file.write(text.lstrip())

    def run(self, *arguments: str) -> str:
        """What a run prints that ends well."""
        ran = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture
def copy(tmp_path):
    """A copy of the program."""
    return Copy(tmp_path)


def codes(said: str) -> list[str]:
    """The codes of the findings in the JSON that ``validate`` prints."""
    return [found["code"] for found in json.loads(said)["findings"]]


def test_a_rule_is_one_file(copy) -> None:
    """It fires in ``validate``, and ``explain`` gives its docstring."""
    assert codes(copy.run("validate", "--format", "json")) == []
    copy.add("rules/shouting.py", RULE)
    assert codes(copy.run("validate", "--format", "json")) == ["CX199"]
    explained = copy.run("explain", "CX199")
    assert explained.startswith("CX199 shouting (warning)\n\nA text that shouts.\n")
    assert "Why: nobody likes it." in explained


def test_an_output_is_one_file_and_its_name_in_the_commands_that_offer_it(copy) -> None:
    """It is offered by the command that names it, and gets that command's report."""
    copy.add("outputs/verdict.py", OUTPUT)
    command = copy.folder / "reconciler" / "commands" / "validate.py"
    named = command.read_text().replace(
        '@options.formatted("text", ', '@options.formatted("text", "verdict", '
    )
    assert named != command.read_text()
    command.write_text(named)
    assert "[text|verdict|" in copy.run("validate", "--help")
    assert copy.run("validate", "--format", "verdict") == "good\n"


@pytest.mark.parametrize("path", ["good_morning.py", "good_morning/__init__.py"])
def test_a_command_is_one_file_or_a_folder(copy, path) -> None:
    """``--help`` lists it with its summary, and it runs; ``_`` in a module's name is a hyphen on the command line."""
    (copy.folder / "reconciler" / "commands" / path).parent.mkdir(exist_ok=True)
    copy.add(f"commands/{path}", COMMAND)
    (line,) = [line for line in copy.run("--help").splitlines() if "good-morning" in line]
    assert line.split() == ["good-morning", "Greet", "the", "reader."]
    assert copy.run("good-morning") == "Good morning.\n"
