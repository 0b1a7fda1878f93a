"""``validate --format sarif``: SARIF 2.1.0 by its published schema, stable where lines move."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from reconciler import __version__
from reconciler.commands import run
from reconciler.core.errors import InvalidDesired, ReconcilerError
from reconciler.core.model import Finding, Severity
from reconciler.outputs import Look, render, sarif
from reconciler.outputs._results import Failed, Validated
from reconciler.rules.codes import explanations

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "sarif.json"


@cache
def schema() -> Draft4Validator:
    """The published schema, with its formats checked too."""
    text = (HERE / "sarif-schema-2.1.0.json").read_text("utf-8")
    return Draft4Validator(json.loads(text), format_checker=Draft4Validator.FORMAT_CHECKER)


def finding(**fields) -> Finding:
    """A finding on line 2."""
    whole = {
        "code": "CX101",
        "name": "segments",
        "severity": Severity.ERROR,
        "message": "Too long.",
        **fields,
    }
    return Finding(**{"file": "templates.d/a.yaml", "line": 2, "column": 5, "target": "tmpl_a", **whole})


def report(*findings: Finding, **texts: str) -> Validated:
    """A validation with these findings; ``texts`` by a file's stem."""
    named = {f"templates.d/{stem}.yaml": text for stem, text in texts.items()}
    return Validated(valid=not findings, findings=findings, templates=(), documents=1, texts=named)


def run_of(of) -> dict:
    """The report's only SARIF run, which the schema accepts."""
    log = json.loads(render(of, "sarif", Look()))
    schema().validate(log)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    return log["runs"][0]


def marks(of) -> list[str]:
    """The fingerprints of a report's results."""
    return [result["partialFingerprints"][sarif.FINGERPRINT] for result in run_of(of)["results"]]


EVERYTHING = report(
    finding(),
    finding(
        code="CX105",
        name="ucs2",
        severity=Severity.WARNING,
        message="Use ' for ’: {{name}} [x](1) \u2028.",
        column=1,
    ),
    finding(file="templates.d/ü ber:100%/#1.yaml", line=1, column=3, target=None),
    finding(file="/srv/templates d/b.yaml", target="https://hooks.example.com/x"),
    a="kind: Template\ncontent: x\n",
)


def test_the_log_is_as_agreed():
    """Results, locations and fingerprints stand as in the golden file, which leaves out what a new rule changes."""
    run_ = run_of(EVERYTHING)
    del run_["tool"]
    for result in run_["results"]:
        del result["ruleIndex"]
    text = json.dumps(run_, ensure_ascii=False, indent=2) + "\n"
    assert text == GOLDEN.read_text("utf-8")


def test_the_driver_has_every_rule_with_its_help():
    """Tool and rules: id, name, descriptions, help in text and Markdown, level; no code twice, none made up."""
    driver = run_of(report())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("reconciler", __version__)
    assert [rule["id"] for rule in driver["rules"]] == list(explanations())
    for rule, known in zip(driver["rules"], explanations().values(), strict=True):
        assert rule["name"] == known.name
        assert rule["shortDescription"]["text"] == known.summary
        assert rule["fullDescription"]["text"].startswith(known.summary)
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"] == known.text
        assert "```text\nFails" in rule["help"]["markdown"]
        assert "**Why" in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] == known.severity


def test_every_code_leads_to_its_rule():
    """``ruleIndex`` points at the rule of ``ruleId``, for each code there is."""
    findings = [finding(code=code, name=known.name) for code, known in explanations().items()]
    run_ = run_of(report(*findings))
    rules = run_["tool"]["driver"]["rules"]
    assert len(run_["results"]) == len(findings)
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_fingerprint_moves_with_its_line():
    """Lines that are added above change no fingerprint; another text on the line does."""
    before = marks(report(finding(), a="x\ncontent: long\n"))
    moved = marks(report(finding(line=9), a="x\n" * 8 + "  content: long  \r\n"))
    changed = marks(report(finding(), a="x\ncontent: longer\n"))
    assert before == moved
    assert before != changed


def test_fingerprints_tell_findings_apart():
    """Code, file, target and the number among equals all count."""
    others = [
        finding(),
        finding(column=9),
        finding(code="CX105", name="ucs2"),
        finding(file="templates.d/b.yaml"),
        finding(target="tmpl_b"),
    ]
    assert len(set(marks(report(*others, a="x\ny\n", b="x\ny\n")))) == len(others)


def test_columns_are_code_points():
    """An emoji before the place counts once, and the run says so."""
    run_ = run_of(report(finding(column=12)))
    assert run_["columnKind"] == "unicodeCodePoints"
    assert run_["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 12,
    }


def test_an_error_that_ends_the_command_is_in_the_log():
    """The run is not successful, says why, and has the error's findings."""
    error = InvalidDesired("The desired state has 1 error.", findings=(finding(),))
    run_ = run_of(Failed(error=error))
    (invocation,) = run_["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "The desired state has 1 error."
    assert len(run_["results"]) == 1
    assert run_of(Failed(error=ReconcilerError("No YAML.")))["results"] == []


def test_a_run_holds_no_more_than_is_taken_and_errors_go_first(monkeypatch):
    """Beyond the limit warnings are left out before errors, and the run says how many."""
    monkeypatch.setattr(sarif, "MOST", 3)
    mild = finding(severity=Severity.WARNING)
    findings = [mild, mild, finding(line=3), mild, finding(line=4)]
    run_ = run_of(report(*findings))
    assert [result["level"] for result in run_["results"]] == ["error", "error", "warning"]
    (notification,) = run_["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("2 more findings")
    assert run_["invocations"][0]["executionSuccessful"] is True


def test_the_schema_can_refuse():
    """The schema that the tests trust does refuse a log that is none."""
    log = json.loads(render(EVERYTHING, "sarif", Look()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not schema().is_valid(log)
    assert schema().is_valid(json.loads(render(replace(EVERYTHING, findings=()), "sarif", Look())))


@pytest.mark.parametrize(("content", "code"), [("Reply STOP to opt out.", 0), ("Hello.", 1)])
def test_the_command_prints_a_log_and_keeps_its_exit_code(content, code, tmp_path, monkeypatch, capsys):
    """``validate --format sarif`` ends with 1 where there are errors, and its log is the same as JSON's findings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates.d").mkdir()
    (tmp_path / "templates.d" / "a.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Template\nid: tmpl_a\nname: N\nfrom_address: '45678'\n"
        f"content: {content}\na2p: {{campaign_name: C, message_class: OTP, opt_in_language: O}}\n"
    )
    assert run(["validate", "--format", "sarif"]) == code
    log = json.loads(capsys.readouterr().out)
    schema().validate(log)
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["CX103"] * code


def test_a_command_that_cannot_begin_prints_a_log_too(tmp_path, monkeypatch, capsys):
    """Without any file stdout is still SARIF, so that an upload does not break on it; words are on stderr."""
    monkeypatch.chdir(tmp_path)
    assert run(["validate", "--format=sarif"]) == 1
    shown = capsys.readouterr()
    schema().validate(json.loads(shown.out))
    assert "Not found: templates.d" in shown.err
