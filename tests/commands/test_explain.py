"""``reconciler explain``: every code is explained, from the rule's own words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.commands import run
from reconciler.rules import CRASH, discover
from reconciler.rules._law import REVOKE_ALL
from reconciler.rules.codes import CODES, explanations, nearest

ROOT = Path(__file__).parents[2]
ALL = sorted({*CODES, CRASH, *discover()})


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What ``explain`` prints to stdout, where it ends with 0."""
    assert run(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_every_code_that_can_be_found_is_explained():
    """Rules, loading codes and the crash of a rule all have an explanation, under their own name and severity."""
    found = explanations()
    assert list(found) == ALL
    for code, entry in {**CODES, **discover()}.items():
        assert (found[code].name, found[code].severity) == (entry.name, entry.severity)


@pytest.mark.parametrize("code", ALL)
def test_an_explanation_says_why_and_shows_what_fails_and_what_passes(code, capsys):
    """Each has a summary of one line, a reason, a failing example and a passing one."""
    text = explained(capsys, code)
    entry = explanations()[code]
    assert text.startswith(f"{code} {entry.name} ({entry.severity})\n\n{entry.paragraphs[0]}\n")
    assert len(entry.summary) <= 100
    assert entry.summary.endswith(".")
    assert re.search(r"^Why", text, re.MULTILINE)
    assert re.search(r"^Fails[ (:]", text, re.MULTILINE)
    assert re.search(r"^Passes[ (:]", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 120


def test_the_text_of_a_rule_is_its_docstring(capsys):
    """What ``explain`` says of CX103 is what stands under the rule's function."""
    assert discover()["CX103"].docstring in explained(capsys, "CX103")


def test_the_law_s_date_stands_in_one_place(capsys):
    """From when one revocation counts for all of a sender's messages is said once, and `explain CX103` has it."""
    assert REVOKE_ALL in explained(capsys, "CX103")
    texts = [path.read_text("utf-8") for path in (ROOT / "reconciler").rglob("*.py")]
    assert sum(text.count(REVOKE_ALL) for text in texts) == 1


def test_a_rule_is_explained_by_its_name(capsys):
    """``opt-out`` is CX103, in any case, and once beside its code."""
    assert explained(capsys, "Opt-Out", "CX103") == explained(capsys, "CX103")
    assert run(["explain", "opt-ouch"]) == 1
    assert "did you mean CX103?" in capsys.readouterr().err


@pytest.mark.parametrize("code", ALL)
def test_an_explanation_is_as_wide_as_the_terminal(code, capsys, monkeypatch):
    """On a terminal of 60 columns the prose is filled to them, without colour too; its words stay."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    plain = explained(capsys, code)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    text = explained(capsys, code)
    assert text.split() == plain.split()
    prose = [part for part in text.split("\n\n") if part.startswith(("Why", "What", "How"))]
    assert prose
    for line in "\n".join(part for part in prose if "\n " not in part).splitlines():
        assert len(line) <= 60 or " " not in line


def test_several_codes_in_any_case_are_explained_once_each_in_order(capsys):
    """``cx105 CX007 CX105`` explains CX105, then CX007."""
    text = explained(capsys, "cx105", "CX007", "CX105")
    assert re.findall(r"^(CX\d+) \S+ \(", text, re.MULTILINE) == ["CX105", "CX007"]


def test_without_a_code_all_are_listed_on_one_line_each(capsys):
    """The list has every code, in order, with its severity and summary."""
    lines = explained(capsys).splitlines()
    assert [line.split()[0] for line in lines] == ALL
    assert [line.split()[1] for line in lines] == [str(each.severity) for each in explanations().values()]
    assert all(line.endswith(explanations()[line[:5]].summary) for line in lines)


def test_json_has_code_name_severity_and_text(capsys):
    """The JSON's shape is fixed, and its text is the whole explanation."""
    shape = json.loads(explained(capsys, "CX105", "--format", "json"))
    rule = discover()["CX105"]
    assert shape == {
        "format_version": "1.0",
        "rules": [{"code": "CX105", "name": "ucs2", "severity": "warning", "text": rule.docstring}],
    }


def test_json_without_a_code_has_all_of_them(capsys):
    """``explain --format json`` is the machine's list of rules."""
    shape = json.loads(explained(capsys, "--format", "json"))
    assert [rule["code"] for rule in shape["rules"]] == ALL


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("CX1O3", "CX103"), ("cx103x", "CX103"), ("103", "CX103"), ("optout", "CX103"), ("Segment", "CX101")],
)
def test_an_unknown_code_is_an_error_with_the_nearest(typed, meant, capsys):
    """A slip in the code, or a rule's name, leads to the code that was meant."""
    assert run(["explain", typed]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"there is no {typed} (did you mean {meant}?)" in shown.err


def test_all_unknown_codes_are_named_and_nothing_is_explained(capsys):
    """One known code among unknown ones does not hide them; what resembles nothing gets no guess."""
    assert run(["explain", "CX103", "zzzz", "CX1O5"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "there is no zzzz, no CX1O5 (did you mean CX105?)" in shown.err
    assert nearest("zzzz") is None


def test_an_unknown_code_in_json_is_a_json_error(capsys):
    """With ``--format json`` the error is JSON too."""
    assert run(["explain", "CX999x", "--format", "json"]) == 1
    shape = json.loads(capsys.readouterr().out)
    assert shape["error"].startswith("Unknown rule")
    assert shape["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "bold"), [(["--color", "always"], True), (["--color", "never"], False)]
)
def test_color_is_as_asked(arguments, bold, capsys):
    """The heading is bold where colours are asked for, and plain where not."""
    assert ("\x1b[1mCX103" in explained(capsys, "CX103", *arguments)) is bold
