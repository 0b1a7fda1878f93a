"""Outcomes as audit records."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from builders import (
    EVENTS,
    FIELDS,
    T0,
    T1,
    TENANT,
    URL,
    action,
    create,
    hook,
    live,
    observed,
    record,
    register,
    template,
    unchecked,
    wire,
    wire_registration,
)

from reconciler.audit.records import Run, about, reviewed, timestamp
from reconciler.core.model import Observation, Remembered, Shown, Waiver
from reconciler.core.outcome import Ended, Outcome
from reconciler.kinds import discover
from reconciler.plan.closing import Closing
from reconciler.run.audit_records import (
    DocumentFacts,
    closing_record,
    intent_record,
    outcome_record,
    seen_records,
)

KINDS = discover()
SEVEN = {"timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready"}
OURS = {
    *(
        "run_id",
        "event",
        "tenant",
        "base_url",
        "phase",
        "operation",
        "target",
        "plan_digest",
        "source",
    ),
    *("memory", "git"),
}
GIT = {"commit": "c0ffee", "ref": "refs/heads/main", "actor": "ada"}
REVIEW = {"pull_request": 7, "approvers": ["bob"], "run": "r", "reason": None}
RUN = Run(
    run_id="run-1",
    tenant=TENANT,
    base_url=TENANT,
    operator_id="ada",
    git=GIT,
    review=REVIEW,
    now=lambda: 1_700_000_000.1239,
    plan_digest="sha256:d",
)
APPROVED = live("template", wire(status="APPROVED", updated_at=T1))
WAIVER = Waiver(rule="CX103", reason="Carrier exception 1182", expires="2027-01-31")


def facts(*, flawed=(), waivers=None, clock=12.3456) -> DocumentFacts:
    """What is said of a template and a webhook whose validation began at second 10."""
    documents = {"tmpl_a": replace(template(), began=10.0), URL: replace(hook(), began=10.0)}
    return DocumentFacts(documents=documents, waivers=waivers or {}, flawed=flawed, clock=lambda: clock)


def outcome(one, ended, *, kind="template", registered=False, said=None, attempts=1, memory=None):
    """The record of one end."""
    return outcome_record(
        RUN, said or facts(), KINDS[kind], one, ended, attempts=attempts, memory=memory, registered=registered
    )


def test_a_record_has_the_seven_fields_and_ours() -> None:
    """What applies is there; ``seq`` and the hashes come with the chain."""
    made = outcome(action(), Ended(outcome=Outcome.APPLIED, live=APPROVED), registered=True)
    assert set(made) >= SEVEN | OURS | {"changes", "content_sha256", "updated_at", "waivers", "review"}
    assert {name: made[name] for name in SEVEN} == {
        "timestamp": "2023-11-14T22:13:20.123Z",
        "template_id": "tmpl_a",
        "action": "TEMPLATE_APPROVAL",
        "status": "APPROVED",
        "latency_ms": 2346,
        "operator_id": "ada",
        "carrier_ready": True,
    }
    assert made["event"] == "outcome"
    assert (made["run_id"], made["base_url"], made["plan_digest"]) == ("run-1", TENANT, "sha256:d")
    assert (made["phase"], made["operation"], made["target"]) == ("approval", "approve", "tmpl_a")
    assert made["source"] == {"file": "templates.d/a.yaml", "line": 1}
    assert made["changes"] == [{"field": "status", "live": "PENDING", "desired": "APPROVED"}]
    assert (made["git"], made["review"], made["updated_at"], made["attempts"]) == (GIT, REVIEW, T1, 1)
    assert (made["outcome"], made["error"], made["doubt"], made["memory"]) == ("applied", None, None, None)
    assert made["actions"] is None


@pytest.mark.parametrize(
    ("kind", "one", "name", "template_id"),
    [
        ("template", action(), "TEMPLATE_APPROVAL", "tmpl_a"),
        ("registration", register(), "A2P_REGISTRATION", "tmpl_a"),
        ("webhook", create(), "WEBHOOK_CONFIGURATION", ""),
    ],
)
def test_the_tenants_action_and_template_id_by_kind(kind, one, name, template_id) -> None:
    """``template_id`` is empty for a webhook."""
    made = outcome(one, Ended(outcome=Outcome.APPLIED), kind=kind)
    assert (made["action"], made["template_id"]) == (name, template_id)


@pytest.mark.parametrize(
    ("kind", "one", "ended", "status"),
    [
        ("template", action(), Ended(outcome=Outcome.APPLIED, live=APPROVED), "APPROVED"),
        ("template", action(), Ended(outcome=Outcome.PENDING, live=live("template", wire())), "PENDING"),
        ("template", action(), Ended(outcome=Outcome.CONFLICT, live=live("template", wire())), "PENDING"),
        ("template", action(), Ended(outcome=Outcome.FAILED, error="e"), "failed"),
        ("template", action(), Ended(outcome=Outcome.BLOCKED, error="e"), "blocked"),
        ("registration", register(), Ended(outcome=Outcome.APPLIED), "applied"),
        ("registration", register(), Ended(outcome=Outcome.BLOCKED), "blocked"),
        ("webhook", create(), Ended(outcome=Outcome.UNCHANGED), "unchanged"),
    ],
)
def test_status_is_the_templates_or_the_outcome(kind, one, ended, status) -> None:
    """Where no template's status is known, or it says nothing of what happened, the outcome stands there."""
    assert outcome(one, ended, kind=kind)["status"] == status


@pytest.mark.parametrize(
    ("ended", "registered", "flawed", "ready"),
    [
        (Outcome.APPLIED, True, (), True),
        (Outcome.UNCHANGED, True, (), True),
        (Outcome.APPLIED, False, (), False),
        (Outcome.APPLIED, True, ("tmpl_a",), False),
        (Outcome.APPLIED, True, ("tmpl_b",), True),
        (Outcome.PENDING, True, (), False),
        (Outcome.HELD, True, (), False),
        (Outcome.FAILED, True, (), False),
        (Outcome.CONFLICT, True, (), False),
        (Outcome.BLOCKED, True, (), False),
    ],
)
def test_carrier_ready_means_every_rule_passed_and_registered(ended, registered, flawed, ready) -> None:
    """Passed or waived, and the registration in place; anything short of done is not ready."""
    made = outcome(
        action(), Ended(outcome=ended, live=APPROVED), registered=registered, said=facts(flawed=flawed)
    )
    assert made["carrier_ready"] is ready


def test_content_is_kept_as_its_hash() -> None:
    """Of the text that the tenant shows, else the document's; a webhook has none."""
    shown = live("template", wire(status="APPROVED", content="caf\u00e9"))
    expected = "sha256:" + hashlib.sha256("caf\u00e9".encode()).hexdigest()
    of_document = "sha256:" + hashlib.sha256(FIELDS["content"].encode()).hexdigest()
    assert outcome(action(), Ended(outcome=Outcome.APPLIED, live=shown))["content_sha256"] == expected
    assert outcome(action(), Ended(outcome=Outcome.FAILED))["content_sha256"] == of_document
    assert (
        outcome(register(), Ended(outcome=Outcome.APPLIED), kind="registration")["content_sha256"]
        == of_document
    )
    assert outcome(create(), Ended(outcome=Outcome.APPLIED), kind="webhook")["content_sha256"] is None
    unknown = outcome(action(target="tmpl_x"), Ended(outcome=Outcome.FAILED))
    assert (unknown["content_sha256"], unknown["latency_ms"]) == (None, None)


def test_waivers_in_force_and_doubt_and_error_are_kept() -> None:
    """Whoever reads the log sees what was excused, and what is not known."""
    made = outcome(
        create(),
        Ended(outcome=Outcome.FAILED, error="no answer", doubt=True),
        kind="webhook",
        said=facts(waivers={URL: [WAIVER]}),
        memory=Remembered(doubt=True),
    )
    assert made["waivers"] == [{"rule": "CX103", "reason": "Carrier exception 1182", "expires": "2027-01-31"}]
    assert (made["doubt"], made["error"], made["memory"]) == (True, "no answer", {"doubt": True})


def test_memory_holds_fields_id_and_fingerprint() -> None:
    """A set is an array in JSON; nothing that is empty is written."""
    kept = Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="scrypt:00")
    made = outcome(create(), Ended(outcome=Outcome.APPLIED, id="wh_1"), kind="webhook", memory=kept)
    assert made["memory"] == {"fields": {"events": list(EVENTS)}, "id": "wh_1", "fingerprint": "scrypt:00"}
    assert (
        outcome(create(), Ended(outcome=Outcome.FAILED), kind="webhook", memory=Remembered())["memory"]
        is None
    )


def test_an_intent_says_what_is_about_to_be_sent() -> None:
    """Fields, fingerprint and the version it is sent over; no outcome."""
    made = intent_record(RUN, facts(), KINDS["template"], action(), Remembered(fields=FIELDS), T0)
    assert (made["event"], made["outcome"], made["updated_at"]) == ("intent", None, T0)
    assert (made["phase"], made["target"], made["memory"]) == ("approval", "tmpl_a", {"fields": FIELDS})
    sent = Remembered(fields={"events": EVENTS}, fingerprint="f")
    made = intent_record(RUN, facts(), KINDS["webhook"], create(), sent, None)
    assert made["memory"] == {"fields": {"events": list(EVENTS)}, "fingerprint": "f"}
    assert made["template_id"] == ""


def test_a_reviewed_record_holds_the_actions_and_what_the_digest_covers() -> None:
    """Enough to compare later plans with, whoever makes them."""
    made = reviewed(
        RUN, [action(), create()], unchecked=[unchecked()], unlisted=["webhooks"], digest="sha256:e"
    )
    assert (made["event"], made["plan_digest"]) == ("reviewed", "sha256:e")
    assert [one["target"] for one in made["actions"]] == ["tmpl_a", URL]
    assert (made["unchecked"], made["unlisted"], made["review"]) == (
        [{"url": URL, "secret": {"env": "HOOK_SECRET"}}],
        ["webhooks"],
        REVIEW,
    )


def test_a_reviewed_record_can_be_sealed_whatever_a_template_holds() -> None:
    """A tenant's unknown fields may be floats or numbers that have no canonical form; the log goes on all the same."""
    from builders import observed, planned

    from reconciler.audit.chain import seal

    odd = wire(weight=0.5, big=2**70, deep={"x": [1.5, "\ud800"]})
    plan = planned(template(), seen=observed(odd))
    made = reviewed(RUN, plan.actions, unchecked=[], unlisted=[], digest=plan.digest)
    assert seal(made, None, 1)["hash"].startswith("sha256:")


def closing(kind, origin, ended, *, registered=False, shown=None) -> Closing:
    """The end of what an earlier run left open."""
    return Closing(
        kind=KINDS[kind],
        target=origin["target"] or "tmpl_a",
        origin=origin,
        ended=ended,
        changes=tuple(origin.get("changes") or ()),
        memory=None,
        shown=shown,
        registered=registered,
        words="",
    )


def test_an_earlier_runs_intent_is_closed_in_its_own_name() -> None:
    """Who did it, who approved it, from which commit and over which text is never lost to the run that finds it."""
    origin = record(
        "intent",
        **about(action(), KINDS["template"]),
        waivers=[],
        operator_id="grace",
        git={"commit": "old"},
        review={"approvers": ["eve"]},
        plan_digest="sha256:old",
        content_sha256="sha256:then",
        run_id="run-0",
    )
    ended = Ended(outcome=Outcome.APPLIED, live=APPROVED)
    made = closing_record(RUN, facts(), closing("template", origin, ended))
    assert (made["operator_id"], made["git"], made["review"]) == (
        "grace",
        {"commit": "old"},
        {"approvers": ["eve"]},
    )
    assert (made["plan_digest"], made["run_id"], made["event"]) == ("sha256:old", "run-1", "outcome")
    assert (made["outcome"], made["status"], made["attempts"], made["updated_at"]) == (
        "applied",
        "APPROVED",
        0,
        T1,
    )
    assert made["content_sha256"] == "sha256:then"


@pytest.mark.parametrize(("kind", "one"), [("template", action()), ("registration", register())])
@pytest.mark.parametrize("ended", [Outcome.FAILED, Outcome.CONFLICT, Outcome.APPLIED])
def test_a_closing_tells_of_the_text_that_was_sent_then(kind, one, ended) -> None:
    """The intent has its hash; neither the document of today nor what the tenant shows now stands in for it."""
    intent = intent_record(RUN, facts(), KINDS[kind], one, Remembered(fields=FIELDS), T0)
    assert intent["content_sha256"] == "sha256:" + hashlib.sha256(FIELDS["content"].encode()).hexdigest()
    edited = replace(
        facts(), documents={"tmpl_a": template(content="Another text today. Reply STOP to opt out.")}
    )
    shown = live("template", wire(content="Edited in the console"))
    made = closing_record(RUN, edited, closing(kind, intent, Ended(outcome=ended, live=shown)))
    assert made["content_sha256"] == intent["content_sha256"]


def test_what_was_only_reviewed_is_closed_with_the_text_that_the_tenant_shows() -> None:
    """Nothing was sent; somebody else had done it."""
    origin = {**reviewed(RUN, [register()], unchecked=[], unlisted=[], digest="sha256:e"), "target": None}
    made = closing_record(
        RUN, facts(), closing("registration", origin, Ended(outcome=Outcome.UNCHANGED), shown="There")
    )
    assert made["content_sha256"] == "sha256:" + hashlib.sha256(b"There").hexdigest()
    assert (made["operation"], made["template_id"]) == ("register", "tmpl_a")


@pytest.mark.parametrize(
    ("kind", "one", "result", "registered", "ready"),
    [
        ("registration", register(), Outcome.APPLIED, True, True),
        ("registration", register(), Outcome.UNCHANGED, True, True),
        ("registration", register(), Outcome.FAILED, True, False),
        ("webhook", create(), Outcome.APPLIED, False, True),
        ("template", action(), Outcome.APPLIED, False, False),
        ("template", action(), Outcome.CONFLICT, True, False),
        ("template", action(), Outcome.PENDING, True, False),
    ],
)
def test_what_a_later_run_closes_is_ready_as_if_it_had_ended_then(
    kind, one, result, registered, ready
) -> None:
    """A registration that is found to be in place is in place."""
    origin = record("intent", **about(one, KINDS[kind]), operator_id="o", waivers=[])
    made = closing_record(RUN, facts(), closing(kind, origin, Ended(outcome=result), registered=registered))
    assert made["carrier_ready"] is ready


def test_timestamps_are_rfc3339_in_utc_with_milliseconds() -> None:
    """Also on a whole second."""
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1_700_000_000.9999) == "2023-11-14T22:13:20.999Z"


def test_a_run_outside_of_git_and_review_says_null() -> None:
    """What is not known is null."""
    bare = Run(
        run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.0
    )
    made = bare.record("outcome")
    assert (made["git"], made["review"], made["plan_digest"], made["memory"]) == (None, None, None, None)


TEXT = "sha256:" + hashlib.sha256(FIELDS["content"].encode()).hexdigest()
KNOWN = {
    "tmpl_a": Shown(status="APPROVED", since="2026-11-20T10:00:00.000Z", content_sha256=TEXT, version=T0)
}


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"status": "APPROVED", "updated_at": T1}, False),
        ({"status": "REJECTED"}, True),
        ({"status": "APPROVED", "content": "Another"}, True),
        ({"status": "APPROVED", "name": "Another"}, False),
        ({"status": "REJECTED", "content": None}, True),
        ({"status": "APPROVED", "content": None}, False),
        ({"status": None, "content": "Another"}, False),
    ],
)
def test_another_status_or_another_text_than_the_log_knew_is_seen(shown, told) -> None:
    """Neither a version nor a name alone; what a list does not show is not judged."""
    assert bool(list(seen_records(RUN, observed(wire(**shown)), KNOWN))) is told


def test_what_the_log_never_knew_is_not_seen_to_have_changed() -> None:
    """A first run would have nothing else to say; and a webhook has no status."""
    assert list(seen_records(RUN, observed(wire(status="REJECTED")), {})) == []
    assert list(seen_records(RUN, Observation(lives={}), KNOWN)) == []


def test_what_is_not_seen_hides_nothing_that_comes_after_it() -> None:
    """A registration, a template that the log never knew, one that a list shows without its status: then one more."""
    seen = observed(
        wire("tmpl_0", status="REJECTED"),
        wire("tmpl_1", status=None),
        wire(status="REJECTED"),
        registrations=[wire_registration("tmpl_0"), wire_registration("tmpl_a")],
    )
    known = {"tmpl_1": KNOWN["tmpl_a"], **KNOWN}
    assert [one["target"] for one in seen_records(RUN, seen, known)] == ["tmpl_a"]


def test_a_sighting_has_the_seven_fields_and_no_other_that_does_not_apply() -> None:
    """The tenant's own seven are null where they do not apply; operation, memory and the like are not there."""
    (made,) = seen_records(RUN, observed(wire(status="REJECTED", updated_at=T1)), KNOWN)
    assert {name: made[name] for name in SEVEN if made[name] is not None} == {
        "timestamp": "2023-11-14T22:13:20.123Z",
        "template_id": "tmpl_a",
        "status": "REJECTED",
        "operator_id": "ada",
    }
    assert {name: made[name] for name in set(made) - SEVEN if made[name] is not None} == {
        "event": "seen",
        "run_id": "run-1",
        "tenant": TENANT,
        "base_url": TENANT,
        "phase": "approval",
        "target": "tmpl_a",
        "plan_digest": "sha256:d",
        "git": GIT,
        "content_sha256": TEXT,
        "updated_at": T1,
    }
