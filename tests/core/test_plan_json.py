"""Plans as files: exact there and back, and nothing but BadPlanFile for anything else."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import partial

import pytest
from builders import (
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

from reconciler.core import plan_json
from reconciler.core.errors import BadPlanFile
from reconciler.core.model import Action, Change, Finding, Guard, Measure, Plan, Severity, Source
from reconciler.core.plan_json import file_text, identity, to_json, with_digest
from reconciler.desired.schema_files import fault
from reconciler.kinds import by_phase

read = partial(plan_json.read, phases=by_phase(), fault=partial(fault, "plan"))

SIZES = (Measure(encoding="gsm-7", units=49, segments=1), Measure(encoding="ucs-2", units=71, segments=2))
RICH = plan_of(
    action(
        sms=SIZES,
        cause="both",
        undoes=("status",),
        unmanaged={"locale": {"tag": "en"}, "weight": 0.5},
        received={"content": "Win", "from_address": "1", "breaks": [{"code": "CX103", "name": "opt-out"}]},
    ),
    register(),
    create(),
    rotate("https://b.example.com/"),
    targets=("tmpl_a",),
    unchanged=11,
    pending=(waiting("tmpl_p"),),
    held=(waiting("tmpl_h", "REJECTED", "2026-11-21T09:00:00.000Z"),),
    unchecked=(unchecked(),),
    unlisted=("webhooks",),
    guards=(Guard(name="many", targets=("tmpl_a",), message="Many."),),
    findings=(
        Finding(
            code="CX105",
            name="ucs2",
            severity=Severity.WARNING,
            message="caf\u00e9 \U0001f600",
            file="a.yaml",
            line=3,
            column=9,
            target="tmpl_a",
        ),
    ),
    notes=("A note.",),
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUE = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | _TEXT
    | st.lists(_TEXT, max_size=2).map(tuple)
)
_NUMBER = st.integers(0, 10**6)
_TEXTS = st.lists(_TEXT, max_size=2).map(tuple)
_MEASURE = st.builds(Measure, encoding=_TEXT, units=_NUMBER, segments=_NUMBER)


def _drawn(phase):
    """Actions of one phase, with what a review approves of them."""
    return st.builds(
        Action,
        phase=st.just(phase),
        operation=_TEXT,
        reviewed=_REVIEWED[phase],
        target=_TEXT,
        changes=st.lists(st.builds(Change, field=_TEXT, live=_VALUE, desired=_VALUE), max_size=2).map(tuple),
        source=st.none() | st.builds(Source, file=_TEXT, line=_NUMBER),
        sms=st.none() | st.tuples(_MEASURE, _MEASURE),
    )


_MESSAGE = st.fixed_dictionaries(dict.fromkeys(("name", "from_address", "content"), _TEXT))
_REVIEWED = {
    "approval": st.fixed_dictionaries({"message": _MESSAGE, "updated_at": st.none() | _TEXT}),
    "a2p": st.just({}),
    "webhook": st.fixed_dictionaries({"secret": st.fixed_dictionaries({"file": _TEXT})}),
}
_ACTION = st.sampled_from(sorted(_REVIEWED)).flatmap(_drawn)
_WAITING = st.lists(st.builds(waiting, target=_TEXT, status=_TEXT, since=st.none() | _TEXT), max_size=2).map(
    tuple
)
_PLAN = st.builds(
    Plan,
    tenant=st.none() | _TEXT,
    base_url=st.none() | _TEXT,
    digest=st.none(),
    targets=_TEXTS,
    actions=st.lists(_ACTION, max_size=3).map(tuple),
    unchanged=_NUMBER,
    pending=_WAITING,
    held=_WAITING,
    unchecked=st.lists(st.builds(unchecked, url=_TEXT, name=_TEXT), max_size=2).map(tuple),
    unlisted=_TEXTS,
    guards=st.lists(st.builds(Guard, name=_TEXT, targets=_TEXTS, message=_TEXT), max_size=2).map(tuple),
    findings=st.lists(
        st.builds(
            Finding,
            code=_TEXT,
            name=_TEXT,
            severity=st.sampled_from(Severity),
            message=_TEXT,
            file=_TEXT,
            line=_NUMBER,
            column=_NUMBER,
            target=st.none() | _TEXT,
        ),
        max_size=2,
    ).map(tuple),
    notes=_TEXTS,
)


def saved(plan: Plan, **changed) -> str:
    """The plan's file, some of its top-level members changed after the digest was taken."""
    return json.dumps({**to_json(plan), **changed}, ensure_ascii=False)


def test_the_file_has_the_documented_shape() -> None:
    """Every key, in its order and spelling."""
    form = to_json(RICH)
    assert list(form) == [
        *(
            "format_version",
            "tenant",
            "base_url",
            "targets",
            "digest",
            "actions",
            "unchanged",
            "pending",
            "held",
        ),
        *("unchecked", "unlisted", "guards", "findings", "notes"),
    ]
    assert form["format_version"] == "2.0"
    approve, registered, created, _ = form["actions"]
    assert {name: approve[name] for name in list(approve)[:7]} == {
        "phase": "approval",
        "operation": "approve",
        "target": "tmpl_a",
        "message": {
            "name": "Appointment reminder",
            "from_address": "45678",
            "content": "Acme Dental: see you at 5. Reply STOP to opt out.",
        },
        "changes": [{"field": "status", "live": "PENDING", "desired": "APPROVED", "cause": None}],
        "updated_at": "2026-11-20T10:00:00Z",
        "source": {"file": "templates.d/a.yaml", "line": 1},
    }
    assert list(registered) == ["phase", "operation", "target", "changes", "source"]
    assert list(registered["changes"][0]) == ["field", "live", "desired"]
    assert created["changes"] == [
        {"field": "events", "live": None, "desired": ["a2p.registered", "template.approved"]},
        {"field": "secret", "live": None, "desired": "(secret)"},
    ]
    assert list(created)[:4] == ["phase", "operation", "target", "secret"]
    assert created["secret"] == {"env": "HOOK_SECRET"}
    assert (form["pending"], form["held"]) == (
        [{"id": "tmpl_p", "status": "SUBMITTED", "since": None}],
        [{"id": "tmpl_h", "status": "REJECTED", "since": "2026-11-21T09:00:00.000Z"}],
    )
    assert form["unchecked"] == [{"url": URL, "secret": {"env": "HOOK_SECRET"}}]
    assert form["guards"] == [{"name": "many", "targets": ["tmpl_a"], "message": "Many."}]
    assert form["findings"] == [
        {
            "code": "CX105",
            "name": "ucs2",
            "severity": "warning",
            "message": "caf\u00e9 \U0001f600",
            "file": "a.yaml",
            "line": 3,
            "column": 9,
            "target": "tmpl_a",
        }
    ]


@settings(deadline=None, max_examples=80)
@given(_PLAN)
def test_a_plan_survives_the_way_there_and_back(plan) -> None:
    """Whatever stands in it, read back it is the same plan with the same digest."""
    plan = with_digest(plan)
    assert read(saved(plan), "plan.json") == plan
    assert read(json.dumps(to_json(plan)).encode(), "plan.json") == plan


def test_an_offline_plan_has_no_digest_and_no_tenant() -> None:
    """Both are null in the file, and it reads back."""
    plan = plan_of(action(), tenant=None)
    assert (to_json(plan)["tenant"], to_json(plan)["digest"]) == (None, None)
    assert read(saved(plan), "plan.json") == plan


@pytest.mark.parametrize(
    "changed",
    [
        {"tenant": "https://evil.nicecxone.com"},
        {"tenant": None},
        {"digest": None},
        {"digest": ""},
        {"digest": "sha256:" + "0" * 64},
        {"tenant": None, "digest": "sha256:" + "0" * 64},
        {"actions": []},
        {"actions": to_json(RICH)["actions"][::-1]},
        {"unchecked": []},
        {"unlisted": []},
    ],
    ids=repr,
)
def test_a_file_that_does_not_match_its_digest_is_refused(changed) -> None:
    """What a review approves cannot be edited afterwards; exit 1."""
    with pytest.raises(BadPlanFile, match="digest") as refused:
        read(saved(RICH, **changed), "plan.json")
    assert refused.value.exit_code == 1
    assert "plan.json" in refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "1",
        '"text"',
        "{",
        b"\xff\xfe\x00",
        b"\x00",
        "NaN",
        "[" * 100_000,
        '{"format_version": 1}',
        '{"format_version": null}',
        '{"format_version": "1.0"}',
        "9" * 5000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_plan_is_refused(text) -> None:
    """Any bytes at all, a depth that breaks parsers, a number too long: the file is named, nothing escapes."""
    with pytest.raises(BadPlanFile, match="some/plan"):
        read(text, "some/plan.json")


@pytest.mark.parametrize("version", ["1.0", "0.9", "20.0", "", "one", "v2.0", "1", "3"])
def test_an_unknown_major_version_is_refused(version) -> None:
    """A file of another major version is not guessed at."""
    with pytest.raises(BadPlanFile, match="format_version"):
        read(saved(RICH, format_version=version), "plan.json")


def test_an_unknown_minor_version_and_unknown_keys_are_accepted() -> None:
    """A later minor version may say more; the digest still holds."""
    form = json.loads(saved(RICH, format_version="2.7", added={"more": [1.5]}))
    form["actions"][0]["x_added"] = "later"
    form["findings"][0]["help"] = "https://example.com"
    assert read(json.dumps(form), "plan.json") == RICH


@pytest.mark.parametrize("key", [key for key in to_json(RICH) if key not in {"format_version", "base_url"}])
@pytest.mark.parametrize("value", [1.5, True, {"a": 1}, [1], [[]], [None], [{}], "text", -1, 2**60, None])
def test_a_member_of_the_wrong_shape_is_refused(key, value) -> None:
    """Each member in turn replaced by each kind of JSON; a count may be any integer."""
    if key == "unchanged" and value in (-1, 2**60):
        assert read(saved(RICH, unchanged=value), "plan.json").unchanged == value
        return
    with pytest.raises(BadPlanFile):
        read(saved(RICH, **{key: value}), "plan.json")


@pytest.mark.parametrize("key", [key for key in to_json(RICH) if key != "format_version"])
def test_a_missing_member_is_refused(key) -> None:
    """Every member of the published shape is required."""
    form = to_json(RICH)
    del form[key]
    with pytest.raises(BadPlanFile):
        read(json.dumps(form), "plan.json")


_JUNK = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        2**53,
        2**70,
        "",
        "x",
        "\ud800",
        [],
        {},
        [None],
        [[]],
        {"a": 1},
        "APPROVED",
        ["a", 1],
    ]
)


def _places(value, path=()) -> list:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


_FORM = to_json(RICH)
_PLACES = [place for place in _places(_FORM) if place]


@settings(deadline=None, max_examples=500)
@given(st.sampled_from(_PLACES), _JUNK | st.just("(delete)"), st.booleans())
def test_a_damaged_file_is_a_bad_plan_file_or_still_a_plan(place, junk, forged) -> None:
    """Any member replaced or deleted, the digest forged to match or not: BadPlanFile or a plan that can be shown."""
    form = copy.deepcopy(_FORM)
    at = form
    for key in place[:-1]:
        at = at[key]
    if junk == "(delete)":
        del at[place[-1]]
    else:
        at[place[-1]] = junk
    if forged:
        form = {**form, "digest": _forged(form)}
    try:
        plan = read(json.dumps(form), "plan.json")
    except BadPlanFile:
        return
    assert with_digest(plan).digest == plan.digest
    assert to_json(read(file_text(plan).encode(), "plan.json")) == to_json(plan)


def _forged(form: dict) -> object:
    """The digest that the damaged content would have, where it can have one."""
    from reconciler.core.canonical import sha256

    try:
        return sha256(
            {
                "tenant": form["tenant"],
                "actions": [
                    {
                        name: one[name]
                        for name in (
                            "phase",
                            "operation",
                            "target",
                            "message",
                            "secret",
                            "changes",
                            "updated_at",
                        )
                        if name in one
                    }
                    for one in form["actions"]
                ],
                "unchecked": form["unchecked"],
                "unlisted": form["unlisted"],
            }
        )
    except (ValueError, KeyError, TypeError):
        return "sha256:0"


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=40) | st.text(max_size=40) | st.sampled_from(saved(RICH)))
def test_random_text_is_a_bad_plan_file(text) -> None:
    """Never another exception."""
    with pytest.raises(BadPlanFile):
        read(text, "plan.json")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(saved(RICH)) - 1))
def test_a_cut_file_is_a_bad_plan_file(length) -> None:
    """A download that broke off."""
    with pytest.raises(BadPlanFile):
        read(saved(RICH)[:length], "plan.json")


@pytest.mark.parametrize("change", [{"notes": ("\ud800",)}, {"held": (waiting("\udfff"),)}])
def test_lone_surrogates_are_kept(change) -> None:
    """A text that was cut in half is written as an escape, since UTF-8 has no form for it, and read back as it was."""
    plan = with_digest(replace(RICH, **change))
    text = file_text(plan)
    assert read(text.encode(), "plan.json") == plan


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"unchanged": "3"}, "`unchanged` should be an integer"),
        ({"base_url": 7}, "`base_url` should be text or null"),
        ({"actions": "x"}, "`actions` should be an array"),
        ({"actions": ["x"]}, "`actions[0]` should be an object"),
        ({"actions": [{"phase": "a2p", "target": "t"}]}, "`actions[0]` has no `operation`, `changes`"),
        (
            {"findings": [{**to_json(RICH)["findings"][0], "severity": "fatal"}]},
            "`findings[0].severity` should be",
        ),
        (
            {"actions": [{**to_json(RICH)["actions"][1], "phase": "approval"}]},
            "`actions[0]` has no `message`, `updated_at`",
        ),
        ({"actions": [{**to_json(RICH)["actions"][1], "phase": "webhook"}]}, "`actions[0]` has no `secret`"),
        ({"held": ["tmpl_a"]}, "`held[0]` should be an object"),
        ({"notes": ["", None]}, "`notes[1]` should be text"),
        ({"unlisted": ["\ud800"]}, "a lone surrogate has no canonical form"),
    ],
    ids=str,
)
def test_a_file_that_is_none_says_what_is_wrong_and_where(changed, words) -> None:
    """The file, the place in it and what should stand there; no name of an exception of ours."""
    with pytest.raises(BadPlanFile) as bad:
        read(saved(RICH, **changed), "plan.json")
    assert bad.value.message.startswith("plan.json is not a plan file: ")
    assert words in bad.value.message
    assert "Error" not in bad.value.message


def test_a_missing_member_is_named() -> None:
    """At the top of the file there is no place to name but the file itself."""
    form = to_json(RICH)
    del form["notes"]
    with pytest.raises(BadPlanFile, match=r"plan\.json is not a plan file: it has no `notes`"):
        read(json.dumps(form), "plan.json")


def test_an_action_of_an_unknown_phase_is_refused() -> None:
    """What no output shows must not pass as a plan in which nothing is to be done."""
    with pytest.raises(BadPlanFile, match=r"`actions\[1\]` is of a phase that this version does not know"):
        read(saved(plan_of(action(), action("approvals", reviewed={}))), "plan.json")


def test_no_fingerprint_and_no_secret_is_ever_in_a_file() -> None:
    """A secret shows as ``(secret)`` on both sides."""
    assert [change.live for change in create().changes] == [None, None]
    form = json.dumps(to_json(plan_of(create(), rotate())))
    assert "scrypt" not in form
    assert form.count('"(secret)"') == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (action(), action(source=Source(file="b", line=2)), True),
        (action(), action(sms=SIZES), True),
        (action(), action(updated_at="other"), False),
        (register(), register("tmpl_b"), False),
        (create(), create(), True),
    ],
)
def test_an_actions_identity_is_what_the_digest_covers(one, other, same) -> None:
    """Where it comes from is outside; everything else is inside."""
    assert (identity(one) == identity(other)) is same


def test_the_tenant_is_written_as_it_is_compared() -> None:
    """The file holds the normalised base URL."""
    assert (to_json(RICH)["tenant"], to_json(RICH)["base_url"]) == (TENANT, TENANT)


def test_a_key_that_stands_twice_is_refused():
    """Readers take one or the other of two, so a person and the program could read two plans."""
    text = file_text(with_digest(RICH))
    twice = text.replace('"digest"', '"unchanged": 0, "digest"', 1)
    with pytest.raises(BadPlanFile, match="a key stands twice"):
        read(twice, "plan.json")
