"""``validate``: where it looks, what it counts, and what it says of fixes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.commands import USAGE, run

GOOD = """\
apiVersion: reconciler/v1
kind: Template
id: {id}
name: A name
from_address: "45678"
content: "Acme: see you soon. Reply STOP to opt out."
a2p: {{campaign_name: c, message_class: TRANSACTIONAL, opt_in_language: At the front desk}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """``templates.d`` with a good template, beside it one that lacks an opt-out and two texts' quotes."""
    monkeypatch.chdir(tmp_path)
    Path("templates.d").mkdir()
    Path("templates.d", "good.yaml").write_text(GOOD.format(id="good"))
    bad = GOOD.format(id="bad").replace(" Reply STOP to opt out.", "").replace('"45678"', "45678")
    Path("bad.yaml").write_text(bad.replace("name: A name", "name: 12"))


def printed(capsys, *words, exits=0):
    """What ``validate`` prints to stdout."""
    assert run(["validate", *words]) == exits
    return capsys.readouterr().out


def test_paths_are_checked_instead_of_the_default_folder(capsys):
    """An argument is as --templates, whose default does not count beside it; given both, both are checked."""
    assert "1 document checked" in printed(capsys, "templates.d/good.yaml")
    assert "1 document checked" in printed(capsys, "bad.yaml", exits=1)
    assert "2 documents checked" in printed(capsys, "bad.yaml", "--templates", "templates.d", exits=1)
    assert "1 document checked" in printed(capsys)


def test_what_can_be_fixed_is_counted_and_then_what_was(capsys):
    """The verdict says how many of the findings --fix fixes; with it, how many it fixed and how many are left."""
    assert printed(capsys, "bad.yaml", exits=1).endswith("3 errors, 0 warnings; 2 of 3 fixable with --fix\n")
    assert printed(capsys, "bad.yaml", "--fix", exits=1).endswith("1 error, 0 warnings; 2 fixed, 1 left\n")
    assert "fix" not in printed(capsys, "bad.yaml", exits=1).splitlines()[-1]


def test_statistics_count_by_rule(capsys):
    """One line a rule, the most frequent first, in text, Markdown and JSON; findings stay in the JSON."""
    text = printed(capsys, "bad.yaml", "--statistics", exits=1)
    assert [line.split()[:2] for line in text.splitlines()[:2]] == [["2", "CX007"], ["1", "CX103"]]
    assert "bad.yaml" not in text
    assert "2 error `CX007`" in printed(capsys, "bad.yaml", "--statistics", "--format", "markdown", exits=1)
    shape = json.loads(printed(capsys, "bad.yaml", "--statistics", "--format", "json", exits=1))
    assert shape["statistics"][0] == {
        "code": "CX007",
        "name": "yaml-type",
        "severity": "error",
        "count": 2,
        "files": 1,
    }
    assert len(shape["findings"]) == 3
    assert "statistics" not in json.loads(printed(capsys, "--format", "json"))
    printed(capsys, "--statistics", "--format", "sarif", exits=USAGE)


def test_choices_are_listed_without_control_characters(capsys):
    """A missing argument's choices stand on the line of the message, with nothing spelled out in it."""
    assert run(["completion"]) == USAGE
    said = capsys.readouterr().err
    assert "\\t" not in said
    assert "Choose from: bash, zsh, fish" in said
