"""``--format github``: annotations that a runner shows, and text that no runner obeys."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from builders import MESSAGE, action, create, plan_of, register, waiting
from hypothesis import given
from hypothesis import strategies as st

from reconciler.commands import run
from reconciler.core.errors import InvalidDesired, ReconcilerError
from reconciler.core.model import Finding, Guard, Severity
from reconciler.core.outcome import Outcome, Result
from reconciler.outputs import Look, render
from reconciler.outputs._results import Applied, Audited, Failed, Planned, Validated
from reconciler.outputs._visible import inert

HOSTILE = (
    "::error::pwn",
    "  ::add-mask::e",
    "\t::stop-commands::x",
    "##[error]pwn",
    "a ##[add-mask]e",
    "\r::warning::w",
)


def runner_obeys(line: str) -> bool:
    """Whether GitHub's runner takes a line for a command: ``::`` behind blanks, ``##[`` anywhere."""
    return line.lstrip().startswith("::") or "##[" in line


def parse(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it: level, properties, message, escapes undone."""
    found = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line)
    assert found is not None, line
    properties = dict(part.split("=", 1) for part in found[2].split(",")) if found[2] else {}
    return found[1], {name: unescaped(value) for name, value in properties.items()}, unescaped(found[3])


def unescaped(text: str) -> str:
    """A value without its escapes; the runner undoes %25 last."""
    for escape, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, char)
    return text


def split(report) -> tuple[list[tuple[str, dict[str, str], str]], list[str]]:
    """The report's annotations, and the lines of text behind them."""
    lines = re.split(r"\r\n|\r|\n", render(report, "github", Look()))
    commands = [line for line in lines if runner_obeys(line)]
    assert lines[: len(commands)] == commands
    return [parse(line) for line in commands], lines[len(commands) :]


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


def warning(**fields) -> Finding:
    """A warning on line 2."""
    return finding(severity=Severity.WARNING, code="CX105", name="ucs2", **fields)


def validated(*findings: Finding, **texts: str) -> Validated:
    """A validation with these findings."""
    valid = all(found.severity != Severity.ERROR for found in findings)
    return Validated(valid=valid, findings=findings, templates=(), documents=1, texts=texts)


def test_a_finding_is_an_annotation_at_its_place():
    """Level, file, line, column, code as title, and the message."""
    annotations, text = split(validated(finding()))
    place = {"file": "templates.d/a.yaml", "line": "2", "col": "5", "title": "CX101 segments"}
    assert annotations == [("error", place, "Too long.")]
    assert text[-2:] == ["Invalid: 1 document checked; 1 error, 0 warnings", ""]


def test_errors_come_before_warnings():
    """Whatever the order of the files, errors are annotated first."""
    annotations, _ = split(validated(warning(line=1), finding(line=2), warning(line=3), finding(line=4)))
    assert [(level, place["line"]) for level, place, _ in annotations] == [
        ("error", "2"),
        ("error", "4"),
        ("warning", "1"),
        ("warning", "3"),
    ]


def test_escapes_survive_the_runner():
    """Per cent, commas, colons and quotes in names and messages arrive as they were."""
    odd = "a,b:c%25\"d'e\u0301.yaml"
    annotations, _ = split(validated(finding(file=odd, message="100%0A of a, b: c::d")))
    assert annotations[0][1]["file"] == odd
    assert annotations[0][2] == "100%0A of a, b: c::d"


def test_ten_errors_and_ten_warnings_are_shown_and_the_rest_counted():
    """GitHub drops what is beyond ten a level, so that is said in one notice; the text has all."""
    errors = [finding(line=line) for line in range(1, 14)]
    warnings = [warning(line=line) for line in range(1, 12)]
    annotations, text = split(validated(*errors, *warnings))
    assert [level for level, *_ in annotations] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert annotations[-1][2].startswith("3 more errors and 1 more warning: ")
    assert sum("error[CX101]" in line for line in text) == 13


def test_ten_are_all_shown_without_a_notice():
    """Exactly ten are not too many."""
    annotations, _ = split(validated(*(finding(line=line) for line in range(1, 11))))
    assert [level for level, *_ in annotations] == ["error"] * 10


def test_a_plan_has_findings_guards_and_actions():
    """Findings by severity, guards as warnings, actions as notices at their documents."""
    plan = plan_of(
        action(changes=[("status", "PENDING", "APPROVED"), ("name", "A", "B")]),
        findings=(warning(),),
        guards=(Guard(name="revoke", targets=("tmpl_a",), message="One approval would be revoked."),),
    )
    annotations, text = split(Planned(plan=plan))
    assert [level for level, *_ in annotations] == ["warning", "warning", "notice"]
    message = "One approval would be revoked. Concerns: tmpl_a."
    assert annotations[0] == ("warning", {"title": "Guard revoke"}, message)
    _, place, message = annotations[2]
    source = plan.actions[0].source
    assert source is not None
    assert place == {"file": source.file, "line": str(source.line), "title": "approve tmpl_a (approval)"}
    assert set(message.split("\n")) == {
        f"text: {MESSAGE['content']}",
        "status: PENDING → APPROVED",
        "name: A → B",
    }
    assert text[-4].startswith("Plan: 1 to approve")


def test_what_must_not_be_missed_is_among_the_ten_that_are_shown():
    """A guard with its objects, what undoes the base branch at its file, and easier rules, before any finding."""
    plan = plan_of(
        action(undoes=("name",), cause="both"),
        findings=tuple(warning(line=line) for line in range(1, 30)),
        guards=(Guard(name="many", targets=tuple(f"t{number}" for number in range(3000)), message="Many."),),
        relaxed=("The policy makes CX107 ignore, it was warning",),
    )
    annotations, _ = split(Planned(plan=plan))
    first, second, third = annotations[:3]
    assert first[2].startswith("Many. Concerns: t0, t1, ")
    assert first[2].endswith("t19 and 2980 more.")
    assert second[1]["title"] == "Undoes the base branch: approve tmpl_a (approval, both)"
    assert second[1]["file"] == "templates.d/a.yaml"
    assert third == (
        "warning",
        {"title": "Rules made easier"},
        "The policy makes CX107 ignore, it was warning",
    )
    assert [level for level, *_ in annotations].count("warning") == 10
    assert "22 more warnings" in annotations[-1][2]


def test_at_most_ten_notices():
    """Nine actions and a notice that counts the others."""
    plan = plan_of(*(action(target=f"tmpl_{number:02}", changes=[("x", number, 0)]) for number in range(30)))
    annotations, _ = split(Planned(plan=plan))
    assert [level for level, *_ in annotations] == ["notice"] * 10
    assert annotations[-1][2].startswith("21 more actions: ")


def result(outcome: Outcome, error: str | None = None) -> Result:
    """How an approval ended."""
    return Result(
        phase="approval", operation="approve", target=f"tmpl_{outcome}", outcome=outcome, error=error
    )


def test_what_apply_did_not_get_done_is_annotated():
    """Failed, blocked and conflict are errors; what waits is a warning; what is done is nothing to look at."""
    report = Applied(
        plan_digest=None, audit_head=None, results=tuple(result(outcome, "Because.") for outcome in Outcome)
    )
    annotations, text = split(report)
    levels = {place["title"].partition(":")[0]: level for level, place, _ in annotations}
    assert levels == {
        "failed": "error",
        "blocked": "error",
        "conflict": "error",
        "pending": "warning",
        "held": "warning",
        "unreviewed": "warning",
    }
    assert [level for level, *_ in annotations] == ["error"] * 3 + ["warning"] * 3
    assert {message for *_, message in annotations} == {"Because."}
    assert text[-2].startswith("Incomplete: ")


def test_what_is_done_and_in_doubt_is_annotated_too():
    """What may be there twice is to be looked at, whatever the outcome."""
    ended = replace(result(Outcome.APPLIED, "There may be two."), doubt=True)
    annotations, _ = split(Applied(plan_digest=None, audit_head=None, results=(ended,)))
    assert [(level, words) for level, _, words in annotations] == [("warning", "There may be two.")]


def test_an_outcome_without_words_gets_some():
    """An annotation is never empty: a runner would drop it."""
    annotations, _ = split(Applied(plan_digest=None, audit_head=None, results=(result(Outcome.PENDING),)))
    assert annotations[0][2] == "approve tmpl_pending ended pending."


def test_an_error_is_annotated_with_its_findings_and_no_text():
    """The message first, line by line, then the findings; the words for the log are on stderr already."""
    error = InvalidDesired("Two templates not found:\n  tmpl_a\n  tmpl_b", findings=(finding(),))
    annotations, text = split(Failed(error=error))
    assert [place["title"] for _, place, _ in annotations] == ["reconciler", "CX101 segments"]
    assert annotations[0][2] == "Two templates not found:\n  tmpl_a\n  tmpl_b"
    assert text == [""]


def test_a_report_without_annotations_is_its_text():
    """What has no place in a file is printed as text."""
    annotations, text = split(Audited(said="Chain whole.", head=None, records=1))
    assert (annotations, text) == ([], ["Chain whole.", ""])


HOSTILE_TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet=":#[] \t\r\n\x0b\x85\u2028\u00a0error,%", max_size=30),
    st.tuples(st.sampled_from(["", " ", "\n", "\u2003"]), st.sampled_from(HOSTILE)).map("".join),
)


def everywhere(text: str):
    """Reports that have the text in every place that somebody else can write to."""
    found = finding(file=text, message=text, target=text)
    changed = [("content", text, f"{text} x"), ("name", text, text + "x")]
    planned = plan_of(
        action(target=text, changes=changed),
        register(text),
        create(text),
        findings=(warning(file=text, message=text),),
        guards=(Guard(name="revoke", targets=(text,), message=text),),
        notes=(text,),
        pending=(waiting(text),),
        tenant=text,
    )
    ended = Result(phase="a2p", operation="register", target=text, outcome=Outcome.FAILED, error=text)
    yield validated(found, **{text: f"{text}\n{text}\n"})
    yield Planned(plan=planned)
    yield Applied(plan_digest=None, audit_head=None, results=(ended,), closed=(text,))
    yield Failed(error=ReconcilerError(text, findings=(found,)))


@given(HOSTILE_TEXT)
def test_no_text_of_others_is_a_command(text):
    """Whatever stands in files, tenants and answers, a runner obeys our annotations and nothing else."""
    expected = {"error", "warning", "notice"}
    for report in everywhere(text):
        annotations, rest = split(report)
        assert not any(map(runner_obeys, rest))
        assert all(
            level in expected and set(place) <= {"file", "line", "col", "title"}
            for level, place, _ in annotations
        )
        assert not any("##[" in command for command in render(report, "github", Look()).splitlines())


@given(HOSTILE_TEXT)
def test_the_text_format_is_inert_too(text):
    """What goes to stderr beside the annotations is the text format, and the runner reads stderr as well."""
    for report in everywhere(text):
        lines = re.split(r"\r\n|\r|\n", render(report, "text", Look()))
        assert not any(map(runner_obeys, lines))


@pytest.mark.parametrize("line", HOSTILE)
def test_a_hostile_line_is_spelled_out(line):
    """Indenting would not help, so the first colon or the bracket is written as its code point."""
    assert runner_obeys(line)
    assert not runner_obeys(inert(line))
    assert inert("harmless: a::b") == "harmless: a::b"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with one template, whose text may be changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILER_AUDIT_LOG", raising=False)
    here = tmp_path / "templates.d"
    here.mkdir()
    (here / "a.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Template\nid: tmpl_a\nname: N\nfrom_address: '45678'\n"
        "content: Reply STOP to opt out.\n"
        "a2p: {campaign_name: C, message_class: OTP, opt_in_language: O}\n"
    )
    return here


def test_validate_annotates(folder, capsys):
    """``validate --format github`` ends with 1 and annotates the error."""
    (folder / "a.yaml").write_text((folder / "a.yaml").read_text().replace("STOP", "you"))
    assert run(["validate", "--format", "github"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("::error file=templates.d/a.yaml,line=6,col=10,title=CX103 opt-out::Opt-out")
    assert out.endswith("Invalid: 1 document checked; 1 error, 0 warnings\n")


def test_plan_show_and_apply_annotate(folder, capsys):
    """The three that deal with plans take the format as well."""
    assert run(["plan", "--sandbox", "--format", "github", "--out", "plan.json"]) == 0
    planned = capsys.readouterr().out
    assert planned.startswith(
        "::notice file=templates.d/a.yaml,line=1,title=approve%2C register tmpl_a (approval)::text: "
    )
    assert run(["show", "plan.json", "--format", "github"]) == 0
    shown = capsys.readouterr().out
    claims = [line for line in shown.splitlines(keepends=True) if "are what plan.json claims" in line]
    assert shown.replace("\n" + "".join(claims), "", 1) == planned
    assert len(claims) == 1
    assert run(["apply", "--sandbox", "--yes", "--format", "github"]) == 0
    assert capsys.readouterr().out.endswith("Done: 2 applied\n")


def test_a_plan_that_cannot_be_made_annotates_what_is_wrong(folder, capsys):
    """An error in the files stops the plan; its findings are annotated, and told on stderr."""
    (folder / "a.yaml").write_text((folder / "a.yaml").read_text().replace("STOP", "you"))
    assert run(["plan", "--sandbox", "--format=github"]) == 1
    shown = capsys.readouterr()
    annotations = [parse(line) for line in shown.out.splitlines()]
    assert [place["title"] for _, place, _ in annotations] == ["reconciler", "CX103 opt-out"]
    assert "CX103" in shown.err
