"""Reports as text and JSON: nothing acts on a terminal, nothing is lost in JSON."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from builders import (
    FIELDS,
    MESSAGE,
    T0,
    TENANT,
    URL,
    action,
    create,
    plan_of,
    register,
    rotate,
    unchecked,
    waiting,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.commands._shared.plan_files import parse
from reconciler.core.errors import InvalidDesired, ReconcilerError
from reconciler.core.model import Finding, Guard, Measure, Plan, Severity, Source
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan_json import to_json
from reconciler.outputs import Look, formats, render
from reconciler.outputs._results import Applied, Audited, Failed, Planned, Sized, Validated
from reconciler.outputs._wording import shown, visible
from reconciler.outputs.text import verdict

PLAIN, COLOR = Look(), Look(color=True, width=120)
HOSTILE = "a\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp\u2066.\u200b\nb\r\tc [bold red]x[/] :smile: \\ \U000e0041"
HARMLESS = {"\n"}


def finding(**fields) -> Finding:
    """A finding in line 2 of a file."""
    whole = {
        "code": "CX101",
        "name": "segments",
        "severity": Severity.ERROR,
        "message": "Too long.",
        **fields,
    }
    return Finding(**{"file": "templates.d/a.yaml", "line": 2, "column": 5, "target": "tmpl_a", **whole})


def text(report, look: Look = PLAIN) -> str:
    """The report as text."""
    return render(report, "text", look)


def lines(report) -> list[str]:
    """Its lines."""
    return text(report).splitlines()


EMPTY = plan_of(unchanged=14)
EVERYTHING = plan_of(
    action(
        changes=[("content", "Hello old world", "Hello new world"), ("status", "PENDING", "APPROVED")],
        sms=(
            Measure(encoding="gsm-7", units=15, segments=1),
            Measure(encoding="ucs-2", units=71, segments=2),
        ),
    ),
    action(operation="revoke", target="tmpl_b", changes=[("status", "APPROVED", "SUSPENDED")]),
    action(operation="update", target="tmpl_c", changes=[("name", "A", "B")]),
    register("tmpl_d"),
    action("a2p", "update", "tmpl_e", [("campaign_name", "A", "B")]),
    create(),
    rotate("https://b.example.com/"),
    unchanged=11,
    targets=("tmpl_a", "tmpl_b"),
    pending=(waiting("tmpl_p"), waiting("tmpl_q")),
    held=(waiting("tmpl_h", "REJECTED"),),
    unchecked=(unchecked(),),
    unlisted=("webhooks",),
    guards=(Guard(name="revoke", targets=("tmpl_b",), message="1 template loses its approval."),),
    findings=(finding(severity=Severity.WARNING),),
    notes=("A first run.",),
)
ALL_VERDICT = (
    "Plan: 1 to approve, 1 to revoke, 1 to update, 1 to register, 1 to re-register, 2 webhooks; 2 pending; "
    "1 held; 11 unchanged"
)
RESULTS = (
    Result(
        phase="approval",
        operation="approve",
        target="tmpl_a",
        outcome=Outcome.APPLIED,
        attempts=1,
        latency_ms=212,
    ),
    Result(
        phase="approval",
        operation="approve",
        target="tmpl_b",
        outcome=Outcome.FAILED,
        attempts=3,
        latency_ms=9,
        error="PUT /x answered 500.",
    ),
    Result(
        phase="a2p", operation="register", target="tmpl_b", outcome=Outcome.BLOCKED, error="Not approved."
    ),
    Result(phase="webhook", operation="create", target=URL, outcome=Outcome.UNREVIEWED, error="Nobody."),
    Result(phase="approval", operation="approve", target="tmpl_p", outcome=Outcome.PENDING, error="Waits."),
)


# --- verdict lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (EMPTY, "Plan: nothing to do; 14 unchanged"),
        (
            plan_of(action(), register(), create(), unchanged=11),
            "Plan: 1 to approve, 1 to register, 1 webhook; 11 unchanged",
        ),
        (EVERYTHING, ALL_VERDICT),
        (plan_of(pending=(waiting("x"),)), "Plan: nothing to do; 1 pending; 0 unchanged"),
        (plan_of(action(), tenant=None), "Plan: 1 to approve; 0 unchanged"),
    ],
    ids=["empty", "typical", "everything", "pending", "offline"],
)
def test_a_plan_ends_with_verdict_digest_and_what_to_do_next(plan, expected) -> None:
    """One line each; the digest is whole, and the command that takes it too."""
    assert verdict(plan) == expected
    said = lines(Planned(plan=plan))
    assert said.count(expected) == 1
    assert said[said.index(expected) + 1 : -1] == ([f"Digest: {plan.digest}"] if plan.digest else [])
    assert said[-1].startswith("Next: ")
    if plan.actions and plan.digest:
        assert f"--expect-digest {plan.digest}`" in said[-1]
    assert text(Planned(plan=plan)).endswith("\n")


def test_an_empty_plan_says_so_in_few_lines() -> None:
    """No headings for what is not there."""
    said = text(Planned(plan=EMPTY))
    assert TENANT in said
    assert not any(word in said for word in ("Approvals", "Webhooks", "Pending", "Held", "Note", "Guard"))


def test_everything_in_a_plan_is_said() -> None:
    """Every target, field, file, note, guard and finding, and what pending, held and unchecked mean."""
    said = text(Planned(plan=EVERYTHING))
    for name in ("tmpl_a", "tmpl_b", "tmpl_c", "tmpl_d", "tmpl_e", "tmpl_p", "tmpl_q", "tmpl_h", URL):
        assert name in said
    for words in (
        "templates.d/a.yaml:1",
        "APPROVED",
        "SUSPENDED",
        "campaign_name",
        "TRANSACTIONAL",
        "(secret)",
    ):
        assert words in said
    for words in (
        "Pending: ",
        "Held: ",
        "Unchecked: ",
        "Unlisted: webhooks",
        "Note: A first run.",
        "Guard revoke",
    ):
        assert words in said
    for words in ("ucs-2, 71 code units, 2 segments", "gsm-7, 15 septets, 1 segment", "CX101", "Too long."):
        assert words in said
    assert "narrowed to tmpl_a, tmpl_b" in said


def test_a_text_is_shown_word_by_word() -> None:
    """Removed and added in place, with marks where there is no colour."""
    assert "Hello [-old-]{+new+} world" in text(Planned(plan=EVERYTHING))


def test_actions_stand_in_the_plans_order() -> None:
    """Phase by phase, each under its heading."""
    said = text(Planned(plan=EVERYTHING))
    places = [said.index(word) for word in ("Approvals", "A2P registrations", "Webhooks", "Pending: ")]
    assert places == sorted(places)


def test_an_offline_plan_says_that_the_tenant_was_not_asked() -> None:
    """Nobody takes it for a plan of the tenant."""
    assert "Offline plan" in lines(Planned(plan=plan_of(action(), tenant=None)))[0]


@pytest.mark.parametrize(
    ("report", "verdict_line"),
    [
        (
            Validated(valid=True, findings=(), templates=(), documents=3),
            "Valid: 3 documents checked; 0 errors, 0 warnings",
        ),
        (
            Validated(
                valid=False,
                findings=(finding(), finding(severity=Severity.WARNING)),
                templates=(),
                documents=1,
            ),
            "Invalid: 1 document checked; 1 error, 1 warning",
        ),
    ],
)
def test_a_validation_ends_with_its_verdict(report, verdict_line) -> None:
    """How many documents, errors and warnings."""
    assert lines(report)[-1] == verdict_line


def test_a_finding_shows_its_line_with_a_caret() -> None:
    """Under the column that it is about, wide characters counted as terminals do."""
    texts = {"templates.d/a.yaml": "first\n\u4f60\u597d: x\nlast\n"}
    report = Validated(valid=False, findings=(finding(),), templates=(), documents=1, texts=texts)
    said = lines(report)
    assert said[0] == "templates.d/a.yaml:2:5: error[CX101] segments: Too long."
    assert said[1].endswith("| \u4f60\u597d: x")
    assert (
        said[2].index("^") - said[1].index("\u4f60") == 6
    )  # two wide, then two narrow, characters before it


@pytest.mark.parametrize("line", [0, 5, 99])
def test_a_finding_without_its_line_is_still_said(line) -> None:
    """A file that is not at hand, or a line that is not in it."""
    report = Validated(
        valid=False,
        findings=(finding(line=line),),
        templates=(),
        documents=1,
        texts={"templates.d/a.yaml": "x"},
    )
    assert f"templates.d/a.yaml:{line}:5: error[CX101]" in text(report)


def test_a_long_line_is_cut_around_the_caret() -> None:
    """The column stays in sight."""
    texts = {"templates.d/a.yaml": "one\n" + "a" * 500 + "X" + "b" * 500}
    report = Validated(valid=False, findings=(finding(column=501),), templates=(), documents=1, texts=texts)
    said = lines(report)
    assert len(said[1]) < 120
    assert said[1][said[2].index("^")] == "X"


# --- apply ----------------------------------------------------------------------------------------------------------


def test_an_apply_says_each_result_and_the_head() -> None:
    """Outcome, operation, target, time and error by phase; then the head; the verdict last."""
    report = Applied(
        plan_digest="sha256:d", audit_head="sha256:head", results=RESULTS, closed=("approve x: applied",)
    )
    said = lines(report)
    assert "Closed: approve x: applied" in said[0]
    assert any(re.search(r"applied +approve +tmpl_a +212 ms", line) for line in said)
    assert any("failed" in line and "3 attempts" in line and "PUT /x answered 500." in line for line in said)
    assert "Audit head: sha256:head" in said
    assert said[-1] == "Incomplete: 1 applied, 1 pending, 1 failed, 1 blocked, 1 unreviewed"


@pytest.mark.parametrize(
    ("results", "expected", "incomplete"),
    [
        ((), "Done: nothing to do", False),
        (RESULTS[:1], "Done: 1 applied", False),
        (RESULTS[:2], "Incomplete: 1 applied, 1 failed", True),
    ],
)
def test_an_apply_ends_with_its_verdict(results, expected, incomplete) -> None:
    """Done or incomplete, as the exit code has it."""
    report = Applied(plan_digest=None, audit_head=None, results=results)
    assert (lines(report)[-1], report.incomplete) == (expected, incomplete)
    assert "Audit head" not in text(report)


@pytest.mark.parametrize("outcome", Outcome)
def test_what_makes_an_apply_incomplete(outcome) -> None:
    """``failed``, ``blocked``, ``conflict``, ``pending``, ``held`` and ``unreviewed``: exit 3."""
    result = Result(phase="approval", operation="approve", target="x", outcome=outcome)
    report = Applied(plan_digest=None, audit_head=None, results=(result,))
    assert report.incomplete is (outcome not in {Outcome.APPLIED, Outcome.UNCHANGED})


def test_an_apply_as_json_has_the_documented_shape() -> None:
    """Every key and its type, nulls where nothing was attempted, and a count of every outcome."""
    report = Applied(plan_digest="sha256:d", audit_head=None, results=RESULTS)
    form = json.loads(render(report, "json", PLAIN))
    assert list(form) == ["format_version", "plan_digest", "audit_head", "results", "summary"]
    assert (form["format_version"], form["plan_digest"], form["audit_head"]) == ("1.0", "sha256:d", None)
    assert form["results"][0] == {
        "phase": "approval",
        "operation": "approve",
        "target": "tmpl_a",
        "outcome": "applied",
        "attempts": 1,
        "latency_ms": 212,
        "error": None,
        "doubt": False,
    }
    assert (form["results"][2]["attempts"], form["results"][2]["latency_ms"]) == (0, None)
    assert form["summary"] == {
        "applied": 1,
        "unchanged": 0,
        "pending": 1,
        "held": 0,
        "conflict": 0,
        "failed": 1,
        "blocked": 1,
        "unreviewed": 1,
    }


# --- JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan", [EMPTY, EVERYTHING, plan_of(action(), tenant=None)], ids=["empty", "all", "off"]
)
def test_a_plan_as_json_is_its_file(plan) -> None:
    """What is printed can be saved and read back."""
    printed = render(Planned(plan=plan), "json", PLAIN)
    assert json.loads(printed) == to_json(plan)
    assert parse(printed, "stdout") == plan
    assert printed == render(Planned(plan=plan), "json", COLOR)


def test_a_validation_as_json_has_the_documented_shape() -> None:
    """Findings with code, place and target; templates with their size."""
    sized = Sized(
        id="tmpl_a",
        file="templates.d/a.yaml",
        line=1,
        measure=Measure(encoding="gsm-7", units=161, segments=2),
    )
    report = Validated(valid=False, findings=(finding(),), templates=(sized,), documents=1)
    assert json.loads(render(report, "json", PLAIN)) == {
        "format_version": "1.0",
        "valid": False,
        "findings": [
            {
                "code": "CX101",
                "name": "segments",
                "severity": "error",
                "message": "Too long.",
                "file": "templates.d/a.yaml",
                "line": 2,
                "column": 5,
                "target": "tmpl_a",
            }
        ],
        "templates": [
            {
                "id": "tmpl_a",
                "file": "templates.d/a.yaml",
                "line": 1,
                "encoding": "gsm-7",
                "units": 161,
                "segments": 2,
            }
        ],
    }


def test_an_error_as_json_is_json_too() -> None:
    """``{format_version, error, findings}``."""
    failed = Failed(error=InvalidDesired("Invalid.\nMend it.", findings=(finding(),)))
    form = json.loads(render(failed, "json", PLAIN))
    assert list(form) == ["format_version", "error", "findings"]
    assert (form["error"], form["findings"][0]["code"]) == ("Invalid.\nMend it.", "CX101")
    assert json.loads(render(Failed(error=ReconcilerError("x")), "json", PLAIN))["findings"] == []


def test_an_error_as_text_shows_its_findings_and_every_line() -> None:
    """First what was found, then the message."""
    said = lines(Failed(error=InvalidDesired("Invalid.\n  tmpl_a (a.yaml:1)", findings=(finding(),))))
    assert said[0].startswith("templates.d/a.yaml:2:5")
    assert said[-2:] == ["error: Invalid.", "  tmpl_a (a.yaml:1)"]


def test_an_audit_report_in_both_forms() -> None:
    """What was done, the head, and the command's own fields."""
    report = Audited(said="The chain holds.", head="sha256:h", records=4, fields={"delivered": 2})
    assert text(report) == "The chain holds.\n"
    form = json.loads(render(report, "json", PLAIN))
    assert form == {"format_version": "1.0", "records": 4, "audit_head": "sha256:h", "delivered": 2}


# --- hostile text ---------------------------------------------------------------------------------------------------


def hostile_reports(odd: str) -> dict[str, object]:
    """Every kind of report with the text in every place that somebody else can write to."""
    one = finding(message=odd, file=odd)
    plan = plan_of(
        action(target=odd, changes=[("content", odd, odd + "!"), ("name", odd, "x"), ("status", odd, odd)]),
        action(
            "webhook",
            "create",
            odd,
            [("events", None, (odd,)), (odd, None, odd)],
            source=Source(file=odd, line=1),
        ),
        tenant=odd,
        targets=(odd,),
        pending=(waiting(odd),),
        held=(waiting(odd, odd, odd),),
        unchecked=(unchecked(odd, odd),),
        unlisted=(odd,),
        guards=(Guard(name="many", targets=(odd,), message=odd),),
        findings=(one,),
        notes=(odd,),
    )
    result = Result(phase="approval", operation="approve", target=odd, outcome=Outcome.FAILED, error=odd)
    return {
        "plan": Planned(plan=plan, texts={odd: f"x\n{odd}"}),
        "apply": Applied(plan_digest=None, audit_head=None, results=(result,), closed=(odd,)),
        "validate": Validated(
            valid=False, findings=(one,), templates=(), documents=1, texts={odd: f"{odd}\n{odd}"}
        ),
        "error": Failed(error=InvalidDesired(odd, findings=(one,)), texts={odd: odd}),
        "audit": Audited(said=odd, head=None, records=0),
    }


def acting(said: str) -> list[str]:
    """The characters in a text that act on a terminal or hide from a reader, line ends aside."""
    return [
        char
        for char in said
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} and char not in HARMLESS
    ]


@pytest.mark.parametrize("name", list(hostile_reports("")))
def test_hostile_text_is_inert_and_visible(name) -> None:
    """ANSI, bidi, zero-width and control characters are spelled out; markup stands as it was written."""
    said = text(hostile_reports(HOSTILE)[name])
    assert acting(said) == []
    assert "\\u{001B}" in said
    assert "\\u{202E}" in said
    assert "[bold red]x[/] :smile:" in said


@pytest.mark.parametrize("name", list(hostile_reports("")))
def test_hostile_text_is_inert_in_colour(name) -> None:
    """Our own colours are the only escapes on a terminal."""
    said = text(hostile_reports(HOSTILE)[name], COLOR)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert acting(bare) == []
    assert "\x9b" not in said
    flat = re.sub(r"[\s\u2500-\u257f]+", "", bare)
    assert "[boldred]x[/]:smile:" in flat


def test_a_line_break_in_an_id_makes_no_line() -> None:
    """Nobody can write a verdict into somebody else's plan."""
    odd = "x\nPlan: nothing to do; 14 unchanged; digest 000000000000"
    said = lines(hostile_reports(odd)["plan"])
    assert len([line for line in said if line.startswith("Plan: ")]) == 1
    assert said[-3].startswith("Plan: 1 to approve")


def test_hostile_text_is_exact_in_json() -> None:
    """Nothing is escaped for show: what was there comes back."""
    reports = hostile_reports(HOSTILE)
    plan = json.loads(render(reports["plan"], "json", PLAIN))
    assert plan["actions"][0]["target"] == HOSTILE
    assert plan["actions"][0]["changes"][0]["live"] == HOSTILE
    assert plan["notes"] == [HOSTILE]
    applied = json.loads(render(reports["apply"], "json", PLAIN))
    assert applied["results"][0]["error"] == HOSTILE
    failed = json.loads(render(reports["error"], "json", PLAIN))
    assert failed["error"] == HOSTILE


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=12))
def test_no_text_acts_on_a_terminal(odd) -> None:
    """Any text at all, in every report."""
    for report in hostile_reports(odd).values():
        assert acting(text(report)) == []


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters(exclude_categories=[]), max_size=8))
def test_what_is_spelled_out_can_be_told_apart(odd) -> None:
    """Quoted, two different texts never look the same: the spelling can be read back."""
    spelled = visible(odd, quoted=True)
    short = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
    back = re.sub(
        r"\\(?:u\{([0-9A-F]+)\}|(.))",
        lambda found: chr(int(found[1], 16)) if found[1] else short[found[2]],
        spelled,
    )
    assert back == odd


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "(none)"),
        ("(secret)", "(secret)"),
        ("APPROVED", "APPROVED"),
        ("two words", '"two words"'),
        ("", '""'),
        ('say "hi"', '"say \\"hi\\""'),
        ("\u0430dmin", '"\u0430dmin"'),
        (("a", "b"), "a, b"),
        (5, "5"),
        (True, "True"),
    ],
)
def test_values_are_quoted_where_they_are_not_one_plain_word(value, expected) -> None:
    """So that an empty text, a blank at the end or a look-alike letter is seen."""
    assert shown(value) == expected


def test_sets_cannot_be_mistaken_for_one_text() -> None:
    """A set of two events does not read like one event with a comma in it."""
    assert shown(("a", "b")) != shown(("a, b",))


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_every_format_ends_in_one_line_break(name) -> None:
    """For every report that it knows."""
    assert name in formats()
    reports = [
        Planned(plan=EMPTY),
        Planned(plan=EVERYTHING),
        Applied(plan_digest=None, audit_head=None, results=()),
    ]
    for report in reports:
        said = render(report, name, PLAIN)
        assert said.endswith("\n")
        assert not said.endswith("\n\n")


def test_every_format_shows_a_secrets_source_and_no_secret() -> None:
    """``(secret)``, and the name of the variable that holds it."""
    plan = Plan(tenant=TENANT, base_url=TENANT, digest=None, actions=(create(), rotate()))
    for name in ("text", "json", "markdown", "github"):
        said = render(Planned(plan=plan), name, PLAIN)
        assert "(secret)" in said
        assert "HOOK_SECRET" in said


def test_the_terminal_shows_the_same_as_plain_text() -> None:
    """A table is another look, not another content."""
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text(Planned(plan=EVERYTHING), Look(color=True, width=200)))
    for word in (
        "tmpl_a",
        "SUSPENDED",
        "campaign_name",
        "(secret)",
        "templates.d/a.yaml:1",
        FIELDS["status"],
        URL,
    ):
        assert word in bare
    assert verdict(EVERYTHING) in bare.splitlines()
    assert T0 not in bare


def test_an_apply_that_only_waits_is_no_failure():
    """Pending and held alone are Waiting; whatever else is left is Incomplete, and says what goes on with it."""

    def ended(*outcomes):
        results = [
            Result(phase="approval", operation="approve", target="t", outcome=one, error="long words " * 9)
            for one in outcomes
        ]
        report = Applied(plan_digest=None, audit_head=None, results=tuple(results))
        assert ("**Next:** " in render(report, "markdown", Look())) == report.incomplete
        return render(report, "text", Look(width=40, terminal=True))

    waiting = ended(Outcome.PENDING, Outcome.HELD)
    assert waiting.splitlines()[-1] == "Waiting: 1 pending, 1 held"
    assert max(map(len, waiting.splitlines())) <= 40
    assert "`reconciler apply --continue` goes on" in " ".join(ended(Outcome.FAILED).split())
    assert ended(Outcome.FAILED).splitlines()[-1] == "Incomplete: 1 failed"
    assert "Next" not in ended(Outcome.APPLIED)


@pytest.mark.parametrize("width", [60, 80, 120, 159, 160, 200])
@pytest.mark.parametrize("color", [True, False])
def test_on_a_terminal_no_line_of_an_action_is_wider_than_it(width, color) -> None:
    """With or without colour; and a message's text is folded once, where a telephone's width ends."""
    shown = text(Planned(plan=EVERYTHING), Look(color=color, width=width, terminal=True))
    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert color == ("\x1b" in shown)
    long = [line for line in bare.splitlines() if len(line) > width]
    assert all(line.startswith(("Plan: ", "Digest: ", "Next: ")) for line in long), long
    message = {**MESSAGE, "content": "word " * 40}
    one = plan_of(action(reviewed={"message": message, "updated_at": T0}), register())
    folded = re.sub(
        r"\x1b\[[0-9;]*m", "", text(Planned(plan=one), Look(color=color, width=width, terminal=True))
    )
    words = [line.count("word") for line in folded.splitlines() if "word" in line]
    assert len(set(words[1:-1])) == 1, folded


def test_of_what_is_alike_the_text_stands_before_the_targets() -> None:
    """With three hundred of them nobody would find it behind."""
    said = text(Planned(plan=plan_of(*(action(target=f"tmpl_{n:03}") for n in range(300)))), Look())
    assert said.index("Acme Dental") < said.index("tmpl_000, tmpl_001")


class _Counted(str):
    """A file's text that counts how often it is divided into lines."""

    __slots__ = ()
    divided = 0

    def split(self, *how):
        type(self).divided += 1
        return super().split(*how)


@pytest.mark.parametrize("name", sorted({*formats()} - {"html"}))
def test_a_file_is_divided_into_lines_once_whatever_is_found_in_it(name):
    """20,000 empty documents in one file are told of in seconds: no finding costs a walk over the whole text."""
    text = _Counted("--- {}\n" * 500)
    found = tuple(
        Finding(
            code="CX004",
            name="schema",
            severity=Severity.ERROR,
            message="`kind` is missing.",
            file="a.yaml",
            line=number,
            column=5,
        )
        for number in range(1, 501)
    )
    report = Validated(valid=False, findings=found, templates=(), documents=500, texts={"a.yaml": text})
    _Counted.divided = 0
    render(report, name, Look())
    assert _Counted.divided <= 2
