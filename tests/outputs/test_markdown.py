"""The plan in Markdown: what a reviewer must not miss is there, it fits a comment, and nothing in it acts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from builders import MESSAGE, T0, action, create, plan_of, register, rotate, unchecked, waiting
from golden.plans import EMPTY, EVERYTHING, MIXED, ONE, PLANS, REPORTS, gsm
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rendered import Page

from reconciler.core.errors import InvalidDesired
from reconciler.core.model import Finding, Guard, Plan, Severity
from reconciler.core.outcome import Outcome, Result
from reconciler.outputs import Look, render
from reconciler.outputs._marks import code, seen, wrapped
from reconciler.outputs._results import (
    Applied,
    Audited,
    Check,
    CheckState,
    Examined,
    Failed,
    Imported,
    LaidDown,
    NextStep,
    Planned,
    Skipped,
    Unset,
    Validated,
    Written,
)
from reconciler.outputs._visible import visible
from reconciler.outputs.text import verdict
from reconciler.plan.offline import BANNER

LIMIT = 60_000


def markdown(report) -> str:
    """The report in Markdown; a plan may stand for its report."""
    return render(Planned(plan=report) if isinstance(report, Plan) else report, "markdown", Look())


def page(report) -> Page:
    """The report as GitHub reads it."""
    return Page(markdown(report))


def warning(number: int, **fields) -> Finding:
    """A finding."""
    whole = {
        "code": "CX107",
        "name": "placeholder",
        "severity": Severity.WARNING,
        "message": f"Finding {number}.",
    }
    return Finding(
        **{**whole, "file": "a.yaml", "line": number + 1, "column": 1, "target": f"t{number}", **fields}
    )


# --- what is said ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(PLANS))
def test_it_begins_with_the_verdict(name) -> None:
    """Counts and digest are the heading, the same as in text."""
    assert page(PLANS[name]).headings == [verdict(PLANS[name].plan)]


def test_what_must_not_be_missed_stands_before_the_table() -> None:
    """Guards and what takes work back, then the rest, each in a box of its own, with the objects' names."""
    boxes = page(EVERYTHING).boxes
    assert list(boxes) == ["CAUTION", "WARNING", "IMPORTANT", "NOTE"]
    assert "Guard many" in boxes["CAUTION"]
    assert "Guard revoke" in boxes["CAUTION"]
    assert "tmpl_fraud_alert" in boxes["CAUTION"]
    assert "Undoes the base branch: 1. " in boxes["CAUTION"]
    for word in (
        "Not from this branch: 3.",
        "Held: 1.",
        "Pending: 2.",
        "Unchecked: 1.",
        "Unlisted: 1.",
        "2 warnings",
    ):
        assert word in boxes["WARNING"]
    for words in EVERYTHING.relaxed or ():
        assert words in boxes["IMPORTANT"]
    for note in EVERYTHING.notes:
        assert note in boxes["NOTE"]
    text = markdown(EVERYTHING)
    assert text.index("[!NOTE]") < text.index("| Action |") < text.index("<details>") < text.index("Digest")


def test_a_revocation_that_no_guard_names_is_named() -> None:
    """As in a plan file of a later version, or under guards that changed."""
    plan = plan_of(action(operation="revoke", target="tmpl_x", changes=[("status", "APPROVED", "SUSPENDED")]))
    assert "Revoked: 1. tmpl_x" in page(plan).boxes["CAUTION"]
    assert "Revoked" not in markdown(EVERYTHING)


def test_an_empty_plan_is_a_few_lines() -> None:
    """No boxes, no table, nothing to apply."""
    text = markdown(EMPTY)
    assert len(text.splitlines()) < 10
    assert "reconciler apply" not in text
    assert f"`{EMPTY.digest}`" in text


def test_the_table_has_the_worst_first() -> None:
    """Revocations and what undoes the base branch lead; the rest is in the plan's order."""
    rows = page(EVERYTHING).tables[0]
    assert rows[0] == ["Action", "Target", "Fields", "Cause"]
    assert [row[1] for row in rows[1:5]] == [
        "tmpl_fraud_alert",
        "tmpl_recall",
        "tmpl_appointment",
        "tmpl_greeting",
    ]
    assert rows[3] == ["approve", "tmpl_appointment", "content, status", "both"]
    assert page(ONE).tables[0][0] == ["Action", "Target", "Fields"]


@pytest.mark.parametrize(("count", "more"), [(20, None), (21, "and 1 more"), (3000, "and 2980 more")])
def test_the_table_has_at_most_twenty_rows(count, more) -> None:
    """And says how many it leaves out."""
    plan = plan_of(
        *(
            action(target=f"tmpl_{number:04}", changes=[("name", "A", "B"), ("x", number, None)])
            for number in range(count)
        )
    )
    assert len(page(plan).tables[0]) == 1 + min(20, count)
    assert (more or "and 1 more") in markdown(plan) or more is None


def test_every_object_has_its_details() -> None:
    """One fold an object, with its actions of all phases; file, placeholders, sizes, unmanaged fields, findings."""
    folds = page(EVERYTHING).folds
    assert [title for title, _ in folds][:4] == [
        "revoke tmpl_fraud_alert",
        "update tmpl_recall",
        "approve tmpl_appointment",
        "approve, register tmpl_greeting",
    ]
    body = dict(folds)["approve tmpl_appointment"]
    text = body[body.index("As it will be sent") :].split("\n\n")[0]
    assert "Acme Dental: we look forward to seeing you on {{date}} at {{time}}, at 4 Harbor" in " ".join(
        text.split()
    )
    assert '! mostly another text; it was: "Acme Dental: see you {{date}} at {{hour}}.' in body
    assert "+ status: DRAFT → APPROVED   (drift)" in body
    assert '! content: "Enjoy the summer{+ ☀' in dict(folds)["approve, register tmpl_greeting"]
    assert "- status: APPROVED → SUSPENDED" in dict(folds)["revoke tmpl_fraud_alert"]
    assert "templates.d/appointments.yaml:1" in body
    assert "Placeholders: +{{time}} -{{hour}}" in body
    assert "SMS: gsm-7, 78 → 178 septets, 1 → 2 segments at the longest placeholders" in body
    assert "(more segments: every message costs more)" in body
    kept = dict(folds)["Live fields that no file manages, sent back as they are"]
    assert kept.startswith("tmpl_appointment:\n")
    assert 'labels: {"cost_center": "CC-1040", "owner": "Zoë", "reviewed": null}' in kept
    assert "CX107" in dict(folds)["update tmpl_recall"]
    assert "Undoes a newer name on the base branch" in dict(folds)["update tmpl_recall"]
    rotated = dict(folds)["rotate https://hooks.example.com/a"]
    assert "! secret: another (secret)" in rotated
    assert "Secret from env CXONE_WEBHOOK_SECRET" in rotated
    assert "CX110" in markdown(EVERYTHING)


def test_the_foot_says_what_an_approval_stands_for() -> None:
    """This, whole, on that tenant, made where; the commands are for those who type."""
    text = render(Planned(plan=ONE, commit="c0ffee", run="4711"), "markdown", Look())
    foot = text[text.index("---\nDigest") :]
    assert f"Digest `{ONE.digest}`" in foot
    assert "Approving this commit is approving exactly this on `https://acme.nicecxone.com`" in foot
    assert "Planned at commit `c0ffee`, run `4711`." in foot
    assert "--expect-digest" not in text
    assert "Planned at" not in markdown(ONE)
    assert "Approving" in markdown(plan_of(unchecked=(unchecked(),)))
    assert "Approving" not in markdown(EMPTY)


def test_what_is_alike_stands_once_with_all_it_is_done_to() -> None:
    """More than ten with the same changes and text are one entry; ten are ten."""
    eleven = plan_of(*(action(target=f"tmpl_{number:02}") for number in range(11)))
    ((title, body),) = page(eleven).folds
    assert title == "approve 11 alike"
    assert ", ".join(f"tmpl_{number:02}" for number in range(11)) in " ".join(body.split())
    assert len(page(plan_of(*eleven.actions[:10])).folds) == 10
    other = action(
        target="tmpl_xx", reviewed={"message": {**MESSAGE, "content": "Another."}, "updated_at": T0}
    )
    assert len(page(plan_of(*eleven.actions, other)).folds) == 2


def test_what_there_is_no_room_for_is_counted_and_named_at_the_top() -> None:
    """Nobody approves what is not on the page without being told so first."""
    texts = [action(target=f"tmpl_{n:02}", reviewed=said("Long. " * 1000 + str(n))) for n in range(12)]
    text = markdown(plan_of(*texts))
    left = [f"tmpl_{n:02}" for n in range(12) if f"<code>tmpl_{n:02}</code>" not in text]
    assert left
    top = text[: text.index("| Action |")]
    assert f"**{len(left)} objects are not shown here" in top
    assert all(f"`{name}`" in top for name in left)


def test_an_offline_plan_says_so_and_not_how_to_apply() -> None:
    """It has no digest; the banner stands once."""
    text = markdown(replace(MIXED, tenant=None, base_url=None, digest=None, notes=(BANNER, "Another note.")))
    assert text.count(BANNER) == 1
    assert "Another note." in text
    assert "--expect-digest" not in text
    assert "digest" not in text.splitlines()[0]


def test_a_change_far_inside_a_long_text_is_seen() -> None:
    """Twenty thousand characters with one word changed at their end show that word, and all of the text."""
    long = "Acme " * 4_000
    changed = [("content", f"{long}old end", f"{long}new end")]
    text = markdown(plan_of(action(changes=changed, reviewed=said(f"{long}new end"), sms=(gsm(1), gsm(1)))))
    assert "[-old-]{+new+} end" in text
    assert text.count("Acme") > 4_000


def test_a_text_of_which_every_word_changed_takes_no_longer() -> None:
    """Two long texts with nothing in common are not searched for what they might share."""
    plan = plan_of(action(changes=[("content", "a b " * 100_000, "c d " * 100_000)]))
    assert len(markdown(plan)) < 20_000


# --- the other reports ----------------------------------------------------------------------------------------------


def test_an_apply_has_what_went_wrong_first() -> None:
    """Counts in the heading, and the rows that need somebody before those that do not."""
    shown = page(REPORTS["applied"])
    assert shown.headings == [
        "Incomplete: 1 applied, 1 unchanged, 1 pending, 1 held, 1 conflict, 1 failed, 1 blocked, 1 unreviewed"
    ]
    assert [row[0] for row in shown.tables[0][1:]][-2:] == ["applied", "unchanged"]
    assert "X-Request-Id 6f1c" in shown.tables[0][4][3]
    assert "sha256:5c5c" in markdown(REPORTS["applied"])


def test_an_error_has_its_message_and_its_findings() -> None:
    """Line by line, wrapped."""
    text = markdown(REPORTS["invalid"])
    assert "The desired state has 1 error" in text
    assert "templates.d/recalls.yaml:7:46" in text
    assert max(map(len, markdown(REPORTS["stale"]).splitlines())) < 110


def test_an_import_says_what_is_to_be_done() -> None:
    """Secrets to set, what was left out, and every file with its waivers."""
    report = Imported(
        written=(Written(id="a", file="x/a.yaml", waivers=("CX101",)), Written(id="b", file="x/b.yaml")),
        skipped=(Skipped(id="c", why="It has no content."),),
        secrets=(Unset(url="https://a.example.com/", variable="CXONE_WEBHOOK_SECRET"),),
        notes=("A note.",),
        expires="2027-01-31",
    )
    text = markdown(report)
    assert page(report).headings == ["Imported: 2 files written, 1 left out, 1 secret to set"]
    for word in (
        "`c`",
        "It has no content.",
        "`CXONE_WEBHOOK_SECRET`",
        "until `2027-01-31`: `CX101`",
        "A note.",
    ):
        assert word in text


# --- the limit ------------------------------------------------------------------------------------------------------

HUGE = "€" * 400_000 + "x" * 200_000


def said(content: str) -> dict:
    """What a review approves of an approval with this text."""
    return {"message": {**MESSAGE, "content": content}, "updated_at": T0}


MANY = tuple(f"tmpl_{number:04}" for number in range(5000))
WAITING = tuple(map(waiting, MANY))
UNCHECKED = tuple(map(unchecked, MANY))
TOO_MUCH = {
    "templates": lambda: plan_of(*(action(target=name) for name in MANY), *(register(name) for name in MANY)),
    "one huge text": lambda: plan_of(
        action(changes=[("content", HUGE, HUGE[1:] + "y"), ("name", HUGE, HUGE[:-1])])
    ),
    "huge names": lambda: plan_of(
        *(action(target=f"{number}{HUGE}") for number in range(3)),
        create(HUGE),
        pending=(waiting(HUGE), waiting(HUGE[1:])),
        targets=(HUGE,),
    ),
    "findings": lambda: plan_of(findings=tuple(map(warning, range(5000)))),
    "findings of one object": lambda: plan_of(
        action(target="t"),
        findings=tuple(warning(number, target="t", message=HUGE[:5000]) for number in range(500)),
    ),
    "notes": lambda: plan_of(notes=tuple(f"Note {number}." for number in range(5000))),
    "huge notes": lambda: plan_of(notes=(HUGE,) * 50),
    "held": lambda: plan_of(held=WAITING),
    "everything waits": lambda: plan_of(
        pending=WAITING, held=WAITING, unchecked=UNCHECKED, unlisted=MANY, targets=MANY
    ),
    "guards": lambda: plan_of(guards=(Guard(name="many", targets=MANY, message=HUGE),) * 50),
    "relaxed": lambda: plan_of(relaxed=tuple(f"{number} {HUGE[:1000]}" for number in range(5000))),
    "fields": lambda: plan_of(
        action(changes=[(f"{number}{HUGE[:3000]}", HUGE[:3000], "b") for number in range(500)])
    ),
    "unmanaged": lambda: plan_of(action(unmanaged={f"{number}": {"deep": [HUGE]} for number in range(200)})),
    "undoes": lambda: plan_of(action(undoes=MANY, cause="drift")),
    "backticks": lambda: plan_of(
        *(action(target="`" * (number + 1)) for number in range(300)), notes=("`" * 10_000,)
    ),
    "control characters": lambda: plan_of(
        action(target="\0" * 5000, changes=[("content", "\0" * 9000, "\1" * 9000)])
    ),
    "markup": lambda: plan_of(
        *(action(target=f"&<>\"'|{number}" * 100) for number in range(300)),
        held=(waiting("&<>|" * 999),) * 99,
    ),
}


@pytest.mark.parametrize("name", list(TOO_MUCH))
def test_no_plan_is_larger_than_a_comment(name) -> None:
    """At most 60,000 bytes; the verdict with every count stays, and what is left out is counted."""
    plan = TOO_MUCH[name]()
    text = markdown(plan)
    assert len(text.encode()) <= LIMIT
    assert text.startswith(f"## {verdict(plan)}\n")
    assert re.search(r"\d+ more|not shown here", text)
    assert text.rstrip().endswith((".", "`"))
    assert f"Digest `{plan.digest}`" in text
    Page(text)


def test_all_of_it_at_once_fits_too() -> None:
    """The parts do not eat each other's room, and every count is there."""
    plans = [made() for made in TOO_MUCH.values()]
    plan = plan_of(
        *(one for plan in plans for one in plan.actions[:1000]),
        *(replace(rotate(), target=HUGE[number:]) for number in range(5)),
        targets=MANY,
        pending=WAITING,
        held=WAITING,
        unchecked=UNCHECKED,
        unlisted=MANY,
        guards=TOO_MUCH["guards"]().guards,
        findings=TOO_MUCH["findings"]().findings,
        notes=TOO_MUCH["notes"]().notes + TOO_MUCH["huge notes"]().notes,
        relaxed=TOO_MUCH["relaxed"]().relaxed,
    )
    text = markdown(plan)
    assert len(text.encode()) <= LIMIT
    assert text.startswith(f"## {verdict(plan)}\n")
    for word in ("Held: 5000.", "Pending: 5000.", "Unchecked: 5000.", "5000 warnings", "this branch: 5000"):
        assert word in text
    Page(text)


@pytest.mark.parametrize("kept", [59, 60])
def test_details_are_left_out_from_the_end_and_counted(kept) -> None:
    """What is shown and what is said to be left out make up all of it."""
    plan = plan_of(
        *(action(target=f"tmpl_{number:04}", changes=[("x", number, None)]) for number in range(kept * 50))
    )
    text = markdown(plan)
    folds = [title for title, _ in Page(text).folds]
    assert folds == [f"approve tmpl_{number:04}" for number in range(len(folds))]
    left = re.search(r"\*\*(\d+) objects are not shown here", text)
    assert left is not None
    assert len(folds) + int(left[1]) == kept * 50
    assert len(text.encode()) > LIMIT * 0.85


@pytest.mark.parametrize(
    "report",
    [
        Applied(
            plan_digest=None,
            audit_head="sha256:h",
            results=(
                Result(
                    phase="approval", operation="approve", target=HUGE, outcome=Outcome.FAILED, error=HUGE
                ),
            )
            * 3000,
            closed=(HUGE,) * 3000,
        ),
        Validated(valid=False, findings=tuple(map(warning, range(9000))), templates=(), documents=9),
        Failed(error=InvalidDesired(HUGE, findings=tuple(map(warning, range(9000))))),
        Failed(error=InvalidDesired("`\n" * 5000)),
        Audited(said=HUGE, head=None, records=1),
        Imported(written=tuple(Written(id=name, file=HUGE[:500], waivers=MANY[:5]) for name in MANY)),
        LaidDown(
            folder=HUGE,
            written=MANY,
            kept=MANY,
            branch=HUGE,
            was="kept",
            steps=tuple(NextStep(title=name, why=HUGE[:500], lines=(name,)) for name in MANY),
        ),
        Examined(
            base_url=None,
            checks=(Check(group="Files", name=HUGE, state=CheckState.WARNING, found=HUGE, fix=HUGE),) * 900,
        ),
    ],
    ids=lambda report: type(report).__name__,
)
def test_no_other_report_is_larger_either(report) -> None:
    """3,000 failures, 9,000 findings, a megabyte of message, 5,000 imported files."""
    text = markdown(report)
    assert len(text.encode()) <= LIMIT
    assert re.search(r"\d+ more|not shown here", text)
    Page(text)


# --- the marks ------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(max_size=40) | st.text(st.sampled_from(" `"), max_size=4))
@example(" ")
@example("  `")
def test_a_code_span_holds_its_text_and_nothing_else(text) -> None:
    """Whatever the text: one span on the line, with the text made visible in it."""
    (paragraph,) = Page(f"a {code(text)} b\n").spans
    if not text:
        assert paragraph == [("text", "a (empty) b")]
    else:
        assert paragraph == [("text", "a "), ("code_inline", visible(text)), ("text", " b")]


@settings(deadline=None)
@given(st.text(st.sampled_from("ab  é€"), max_size=300), st.integers(1, 60))
def test_what_is_cut_is_counted(text, most) -> None:
    """At most so many bytes stay, never half a character, and the rest is counted."""
    kept = seen(text, most)
    if len(text.encode()) <= most:
        assert kept == text
    else:
        head, _, tail = kept.rpartition("… (")
        assert text.startswith(head)
        assert len(head.encode()) <= most
        assert int(tail.split(" ")[0]) == len(text) - len(head)


@settings(deadline=None)
@given(st.text(st.sampled_from("abc  "), max_size=600))
def test_wrapped_lines_make_up_the_text(text) -> None:
    """Every line behind its sign, no character lost or added but the indent of further lines."""
    first, *more = wrapped("+", text)
    assert all(line.startswith("+   ") for line in more)
    assert first.removeprefix("+ ") + "".join(line.removeprefix("+   ") for line in more) == text
    assert all(len(line) <= 190 for line in (first, *more))


# --- any plan -------------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        "x",
        "€",
        "\0",
        "`",
        "```\n",
        "~~~\n",
        "|",
        "<",
        "&",
        "</details>",
        "\n",
        "@a",
        "::",
        "\u202e",
        "word ",
        "{{a}}",
    ]
)
_TEXTS = st.builds(lambda piece, times: piece * times, _PIECES, st.sampled_from([0, 1, 3, 90, 700, 9_000]))
_ANY_ACTION = st.builds(
    action,
    st.sampled_from(["approval", "a2p", "webhook"]),
    st.sampled_from(["approve", "revoke", "update", "rotate"]) | _TEXTS,
    _TEXTS,
    st.lists(st.tuples(_TEXTS | st.just("content"), _TEXTS | st.none(), _TEXTS), max_size=40),
    cause=st.none() | st.sampled_from(["intended", "drift", "both"]) | _TEXTS,
    undoes=st.lists(_TEXTS, max_size=3).map(tuple),
    unmanaged=st.none() | st.dictionaries(_TEXTS, _TEXTS | st.lists(_TEXTS, max_size=3), max_size=4),
    received=st.none()
    | st.builds(
        lambda odd: {"content": odd, "from_address": odd, "breaks": [{"code": odd, "name": odd}] * 9}, _TEXTS
    ),
    sms=st.none() | st.just((gsm(10**60), gsm(3 * 10**60, 10**50))),
)


def _many(element, most=4):
    """A few of them, or hundreds: the list again and again."""
    repeated = st.sampled_from([1, 1, 30, 200])
    return st.builds(lambda items, times: tuple(items) * times, st.lists(element, max_size=most), repeated)


_PLANS = st.builds(
    lambda actions, **fields: plan_of(*actions, **fields),
    _many(_ANY_ACTION),
    **{name: _many(_TEXTS) for name in ("targets", "unlisted", "notes", "relaxed")},
    **{name: _many(st.builds(waiting, _TEXTS, _TEXTS, st.none() | _TEXTS)) for name in ("pending", "held")},
    unchecked=_many(st.builds(unchecked, _TEXTS, _TEXTS)),
    guards=_many(
        st.builds(
            lambda name, targets: Guard(name=name, targets=targets, message=name), _TEXTS, _many(_TEXTS, 2)
        )
    ),
    findings=_many(
        st.builds(
            lambda number, text: warning(number, message=text, target=text), st.integers(0, 10**40), _TEXTS
        )
    ),
    # Forty digits read as a commit, and GitHub would link it.
    unchanged=st.integers(0, 10**38),
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(_PLANS)
def test_any_plan_fits_and_balances(plan) -> None:
    """At most 60,000 bytes, the verdict with every count first, fences and folds closed, nothing in it acts."""
    text = markdown(plan)
    assert len(text.encode()) <= LIMIT
    assert text.startswith(f"## {verdict(plan)}\n")
    seen = Page(text)
    assert len(seen.headings) == 1
    for label, names in (("Held", plan.held), ("Pending", plan.pending), ("Unchecked", plan.unchecked)):
        assert (f"**{label}: {len(names)}.**" in text) == bool(names)
    assert (f"this branch: {len(plan.relaxed)}**" in text) == bool(plan.relaxed)


def test_the_first_five_changes_are_open_and_long_ones_are_folded() -> None:
    """A reviewer sees them without unfolding; what fills a screen waits for a click, also among the first."""
    long = {"message": {**MESSAGE, "content": "A long line of a text message.\n" * 60}, "updated_at": T0}
    seven = [action(target=f"tmpl_{number}", reviewed=long if number == 1 else {}) for number in range(7)]
    assert page(plan_of(*seven)).opened == ["approve tmpl_0", *(f"approve tmpl_{n}" for n in (2, 3, 4))]


def test_what_no_file_manages_is_said_once() -> None:
    """Each set of such fields with the templates that have it, in one fold behind the changes."""
    same = [action(target=f"tmpl_{n}", unmanaged={"channel": "sms"}) for n in range(3)]
    other = action(target="tmpl_x", unmanaged={"channel": "rcs"})
    *_, (title, body) = page(plan_of(*same, other)).folds
    assert title == "Live fields that no file manages, sent back as they are"
    assert body == 'tmpl_0, tmpl_1, tmpl_2:\nchannel: "sms"\n\ntmpl_x:\nchannel: "rcs"\n\n'
