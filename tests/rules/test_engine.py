"""The engine: discovery, severities, waivers and crashes."""

from __future__ import annotations

from types import ModuleType

import pytest

from reconciler.core.model import Problem, Severity, Waiver
from reconciler.rules import Hit, check, collect, discover, rule, run, waivers_in_force
from reconciler.rules._base import listed, quoted

BARE = "Acme Dental"  # breaks CX103 only


def waive(code: str, expires: str = "2027-06-30") -> dict[str, str]:
    return {"rule": code, "reason": "Carrier exception 1182", "expires": expires}


def summary(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.severity.value) for one in problems]


@rule("CX901", "first", Severity.ERROR, kinds=("Template",))
def first(document, context):
    """Finds one thing and then crashes."""
    yield Hit("found")
    raise RuntimeError("sec\nret")


@rule("CX901", "second", Severity.ERROR, kinds=("Template",))
def same_code(document, context):
    """Has the code of another rule."""
    yield from ()


@rule("CX902", "first", Severity.ERROR, kinds=("Template",))
def same_name(document, context):
    """Has the name of another rule."""
    yield from ()


def module(**values) -> ModuleType:
    made = ModuleType("made")
    vars(made).update(values)
    return made


def test_discovery_is_read_only_and_sorted():
    """The registry cannot be changed, and comes in the order of the codes."""
    assert list(discover()) == sorted(discover())
    with pytest.raises(TypeError):
        discover()["CX999"] = first


def test_duplicates_are_errors():
    """A code or a name that is used twice stops the programme; the same rule seen twice does not."""
    assert list(collect([module(a=first), module(b=first)])) == ["CX901"]
    for other in (same_code, same_name):
        with pytest.raises(ValueError, match="exists already"):
            collect([module(a=first), module(b=other)])


def test_clean_document(problems):
    """A document that complies has no problems, of whatever kind it is."""
    assert [problems(kind) for kind in ("Template", "Webhook", "Policy")] == [(), (), ()]


def test_crash_is_a_finding(document, context):
    """A rule that crashes is a finding that names it; what it found before stays, and nothing is raised."""
    found = run((first, discover()["CX103"]), document(content=BARE), context())
    assert summary(found) == [("CX901", "error"), ("CX099", "error"), ("CX103", "error")]
    assert found[1].name == "rule-crash"
    assert "CX901 (first) crashed with RuntimeError" in found[1].message
    assert "ret" not in found[1].message.replace("report", "")


def test_crash_cannot_be_ignored(document, context):
    """A crash is reported even where the rule is waived or ignored, since nothing was checked."""
    given = context(severities={"CX103": "ignore"})
    crash = rule("CX103", "opt-out", Severity.ERROR, kinds=("Template",))(first.function)
    waived = document(content=BARE, waivers=[waive("CX103")])
    assert summary(run((crash,), waived, given)) == [("CX099", "error")]
    assert summary(run((crash,), waived, context())) == [("CX099", "error")]
    assert summary(run((crash,), document(), given)) == []


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("error", [("CX103", "error")]),
        ("warning", [("CX103", "warning")]),
        ("ignore", []),
        ("nonsense", [("CX103", "error")]),
    ],
)
def test_severities(severity, expected, document, context):
    """The policy decides how much a rule matters; a word that is no severity decides nothing."""
    assert summary(check(document(content=BARE), context(severities={"CX103": severity}))) == expected


def test_cx106_cannot_be_changed(document, context):
    """Neither the policy nor a waiver turns CX106 off, and its warning does not become an error."""
    given = context(severities={"CX106": "ignore"})
    expired = document(waivers=[waive("CX103", "2026-11-22"), waive("CX106")])
    assert summary(check(expired, given)) == [("CX106", "error"), ("CX106", "error")]
    soon = document(content=BARE, waivers=[waive("CX103", "2026-11-30")])
    assert summary(check(soon, context(severities={"CX106": "error"}))) == [("CX106", "warning")]


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-11-21", [("CX103", "error"), ("CX106", "error")]),
        ("2026-11-22", [("CX103", "error"), ("CX106", "error")]),
        ("2026-11-23", [("CX106", "warning")]),
        ("2026-11-24", [("CX106", "warning")]),
        ("2026-12-07", [("CX106", "warning")]),
        ("2026-12-08", []),
        ("2026-02-30", [("CX103", "error"), ("CX106", "error")]),
        ("20270131", [("CX103", "error"), ("CX106", "error")]),
        ("2027-W05-1", [("CX103", "error"), ("CX106", "error")]),
        ("tomorrow", [("CX103", "error"), ("CX106", "error")]),
    ],
)
def test_waiver_dates(expires, expected, problems):
    """A waiver counts until the end of its last day and warns for 14 days; what is no date waives nothing."""
    found = problems(content=BARE, waivers=[waive("CX103", expires)])
    assert summary(found) == expected
    assert [one.path for one in found if one.code == "CX106"] in ([], [("waivers", 0, "expires")])


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("CX106", "CX106 is what keeps waivers honest"),
        ("CX001", "CX001 is about the file itself"),
        ("cx103", "Did you mean CX103?"),
        ("opt-out", "must be one of CX101, CX102"),
        ("\u202eX", "'<U+202E>X'"),
    ],
)
def test_what_cannot_be_waived(code, says, problems):
    """A waiver for what is no rule, or cannot be waived, is an error that helps, and waives nothing."""
    found = problems(content=BARE, waivers=[waive(code)])
    assert summary(found) == [("CX103", "error"), ("CX106", "error")]
    assert found[1].path == ("waivers", 0, "rule")
    assert says in found[1].message


def test_waivers_waive_what_they_name(problems):
    """A waiver takes away its own rule's findings and no others."""
    found = problems(content=BARE, from_address="1", waivers=[waive("CX103")])
    assert summary(found) == [("CX102", "error")]


def test_webhooks_can_be_waived(problems):
    """A webhook's waiver counts like a template's."""
    assert problems("Webhook", url="http://hooks.example.com/", waivers=[waive("CX112")]) == ()


@pytest.mark.parametrize("code", ["CX102", "CX112"])
def test_unused_waiver(code, problems):
    """A waiver is unused if its rule does not fire, or is of another kind of document."""
    found = problems(content=BARE, waivers=[waive("CX103"), waive(code)])
    assert [(one.code, one.severity, one.path) for one in found] == [("CX110", "warning", ("waivers", 1))]


def test_unused_waivers_can_be_waived_and_ignored(document, context):
    """CX110 can be waived and ignored like any rule, but a waiver for it must have something to waive."""
    both = document(waivers=[waive("CX102"), waive("CX110")])
    assert check(both, context()) == ()
    assert check(document(waivers=[waive("CX102")]), context(severities={"CX110": "ignore"})) == ()
    alone = check(document(waivers=[waive("CX110")]), context())
    assert [(one.code, one.path) for one in alone] == [("CX110", ("waivers", 0))]


def test_waiver_of_an_ignored_rule(document, context):
    """A waiver for a rule that the policy ignores is used if the rule would have fired, else unused."""
    given = context(severities={"CX103": "ignore"})
    assert check(document(content=BARE, waivers=[waive("CX103")]), given) == ()
    assert summary(check(document(waivers=[waive("CX103")]), given)) == [("CX110", "warning")]


def test_waivers_in_force(document):
    """Those that count today come out sorted; expired, unknown and malformed ones do not."""
    written = [
        waive("CX105"),
        waive("CX103", "2026-11-23"),
        waive("CX102", "2026-11-22"),
        waive("CX106"),
        waive("CX999"),
        "none",
    ]
    assert waivers_in_force(document(waivers=written), "2026-11-23") == (
        Waiver(rule="CX103", reason="Carrier exception 1182", expires="2026-11-23"),
        Waiver(rule="CX105", reason="Carrier exception 1182", expires="2027-06-30"),
    )
    assert waivers_in_force(document(), "2026-11-23") == ()


def test_quoting():
    """A quoted text is cut, stays on one line and hides nothing; a list names the first few."""
    assert quoted("a\u202e\n\u0301" + "b" * 60) == "'a<U+202E><U+000A><U+0301>" + "b" * 56 + "…'"
    assert listed(list("abc"), limit=2) == "a; b; and 1 more"
    assert listed(list("ab"), limit=2) == "a; b"
