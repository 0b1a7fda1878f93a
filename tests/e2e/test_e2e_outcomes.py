"""How an action can end, and that the same command finishes what was not done."""

from __future__ import annotations

import pytest
from auditlog import ends, events
from checkout import BASIC, HOOK, ids, outcomes, planned, policy, template

NONE = dict.fromkeys(
    ("applied", "unchanged", "pending", "held", "conflict", "failed", "blocked", "unreviewed"), 0
)
TEXT = "Acme Dental: your visit is near. Reply STOP to opt out."


def test_a_rejected_approval_is_held_until_the_document_changes(site):
    """REJECTED after our PUT: held, not registered, not sent again; another text is a new approval."""
    here = site("carrier=reject", documents=BASIC[:1])
    applied = here.apply(exits=3)
    assert outcomes(applied) == {("approval", "tmpl_a"): "held", ("a2p", "tmpl_a"): "blocked"}
    plan = here.plan("--detailed-exitcode")
    assert (ids(plan["held"]), plan["pending"], plan["actions"], plan["unchanged"]) == (["tmpl_a"], [], [], 0)
    puts = here.tenant.writes()
    again = here.apply(exits=3)
    assert outcomes(again) == {("approval", "tmpl_a"): "held"}
    assert (again["results"][0]["operation"], again["results"][0]["attempts"]) == ("approve", 0)
    assert here.tenant.writes() == puts
    here.tenant.restart()
    here.write("all.yaml", template("tmpl_a", content=TEXT))
    assert outcomes(here.apply()) == {("approval", "tmpl_a"): "applied", ("a2p", "tmpl_a"): "applied"}


def test_a_suspended_template_is_held_unless_the_policy_says_otherwise(site):
    """Somebody decided that: it waits until ``approve_from`` names the status."""
    here = site(documents=BASIC[:2])
    here.tenant.edit("tmpl_a", status="SUSPENDED")
    plan = here.plan()
    assert (ids(plan["held"]), [action["target"] for action in plan["actions"]]) == (
        ["tmpl_a"],
        ["tmpl_b", "tmpl_b"],
    )
    assert here.apply(exits=3)["summary"] == {**NONE, "applied": 2, "held": 1}
    here.write("policy.yaml", policy(approve_from=["PENDING", "SUSPENDED"]))
    assert set(outcomes(here.apply()).values()) == {"applied"}
    assert here.tenant.statuses()["tmpl_a"] == "APPROVED"


def test_a_suspended_template_whose_text_changes_is_an_action(site):
    """With another field to change the wish is new, and goes to the carrier."""
    here = site(documents=BASIC[:1])
    here.tenant.edit("tmpl_a", status="SUSPENDED", content=TEXT)
    plan = here.plan()
    assert (plan["held"], planned(plan)[0]) == ([], ("approval", "approve", "tmpl_a"))
    assert [change["field"] for change in plan["actions"][0]["changes"]] == ["content", "status"]
    assert set(outcomes(here.apply()).values()) == {"applied"}


@pytest.mark.parametrize("faults", [(), ("no-etag",)])
def test_an_edit_of_a_compared_field_during_the_run_is_a_conflict(site, faults):
    """409 or 412, read again, not as planned: nothing of the edit is overwritten, the registration is blocked, 3."""
    here = site("race=content", *faults)
    applied = here.apply(exits=3)
    conflicts = [spot[1] for spot, outcome in outcomes(applied).items() if outcome == "conflict"]
    assert len(conflicts) == 1
    assert applied["summary"] == {**NONE, "applied": 2, "conflict": 1, "blocked": 1}
    assert here.tenant.template(conflicts[0])["content"] == "edited in the console"
    assert here.tenant.template(conflicts[0])["status"] == "PENDING"
    plan = here.plan()
    assert plan["actions"][0]["changes"][0]["live"] == "edited in the console"
    assert set(outcomes(here.apply()).values()) == {"applied"}


@pytest.mark.parametrize("faults", [("no-etag",), ("put-204",)])
def test_an_edit_of_another_field_during_the_run_is_carried_along(site, faults):
    """None of the compared fields moved: sent again over the fresh read, and the edit survives."""
    here = site("race=labels", *faults, documents=BASIC[:1])
    applied = here.apply("--retries", "2")
    assert set(outcomes(applied).values()) == {"applied"}
    after = here.tenant.template("tmpl_a")
    assert (after["status"], after["labels"]) == ("APPROVED", "edited in the console")
    outcome = events(here.log, "outcome")[0]
    assert outcome["updated_at"] == after["meta"]["updated_at"]


def test_somebody_elses_approval_during_the_run_is_unchanged(site):
    """As desired already when it is read again: unchanged, and the registration follows."""
    here = site(documents=BASIC[:1])
    here.reviewed()
    here.run("audit", "review", "plan.json")
    here.tenant.edit("tmpl_a", status="APPROVED")
    assert outcomes(here.apply("plan.json")) == {("a2p", "tmpl_a"): "applied"}
    assert ("approval", "tmpl_a", "unchanged") in ends(here.log)


def test_a_failure_stops_only_what_depends_on_it(site):
    """A refused PUT blocks its own registration; the other template and the webhook are done; then a rerun finishes."""
    here = site("fail=put-template:400", documents=BASIC)
    applied = here.apply("--concurrency", "1", exits=3)
    assert outcomes(applied) == {
        ("approval", "tmpl_a"): "failed",
        ("approval", "tmpl_b"): "applied",
        ("a2p", "tmpl_a"): "blocked",
        ("a2p", "tmpl_b"): "applied",
        ("webhook", HOOK): "applied",
    }
    failed, blocked = (
        next(one for one in applied["results"] if one["outcome"] == o) for o in ("failed", "blocked")
    )
    assert "PUT /api/v1/messaging/templates/tmpl_a" in failed["error"]
    assert (blocked["attempts"], blocked["latency_ms"]) == (0, None)
    again = here.apply()
    assert outcomes(again) == {("approval", "tmpl_a"): "applied", ("a2p", "tmpl_a"): "applied"}
    assert here.apply()["results"] == []


def test_a_failed_registration_is_sent_by_the_next_apply(site):
    """The approval stands; the registration alone is planned and done; carrier_ready turns true with it."""
    here = site("fail=post-registration:500:2", documents=BASIC[:1])
    assert outcomes(here.apply(exits=3)) == {("approval", "tmpl_a"): "applied", ("a2p", "tmpl_a"): "failed"}
    assert [record["carrier_ready"] for record in events(here.log, "outcome")] == [False, False]
    assert planned(here.plan()) == [("a2p", "register", "tmpl_a")]
    here.apply("--retries", "0", exits=3)
    assert outcomes(here.apply()) == {("a2p", "tmpl_a"): "applied"}
    assert events(here.log, "outcome")[-1]["carrier_ready"] is True


@pytest.mark.parametrize("call", ["put-template", "post-registration", "post-webhook"])
def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(site, call):
    """Done, and the connection closed: found in the tenant, so it is applied, once."""
    here = site(f"drop={call}", documents=(BASIC[0], BASIC[2]))
    applied = here.apply("--retries", "1")
    assert set(outcomes(applied).values()) == {"applied"}
    assert sorted(here.tenant.done()) == [
        *(("post-registration", "registrations"), ("post-webhook", "webhooks"), ("put-template", "tmpl_a")),
    ]


def test_an_undelivered_audit_record_is_a_warning_and_is_sent_later(site):
    """The apply succeeds and warns; ``audit publish`` delivers each outcome once; then nothing is left."""
    here = site("fail=post-audit:500:100", documents=BASIC[:1])
    ran = here.run("apply", "--yes")
    assert "not delivered" in ran.err
    assert here.run("audit", "publish", exits=None).code != 0
    here.tenant.restart()
    assert "warning" not in here.run("audit", "publish").err
    assert len(here.tenant.state()["audit_logs"]) == 2
    head = here.log[-1]["hash"]
    assert here.run("audit", "publish", "--format", "json").json["audit_head"] == head
    assert here.apply()["results"] == []
    assert len(here.tenant.state()["audit_logs"]) == 2


def test_an_undelivered_audit_record_is_sent_by_the_next_apply(site):
    """At least once, with the same key for the same record: a tenant that honours keys has each once."""
    here = site("drop=post-audit:100", documents=BASIC[:1])
    here.run("apply", "--yes")
    here.tenant.restart()
    assert here.apply()["results"] == []
    logs = here.tenant.state()["audit_logs"]
    assert sorted((one["action"], one["template_id"]) for one in logs) == [
        ("A2P_REGISTRATION", "tmpl_a"),
        ("TEMPLATE_APPROVAL", "tmpl_a"),
    ]


def test_a_put_that_the_tenant_does_not_show_is_no_success(site):
    """Applied means that the tenant shows the desired status, whatever it answered: 204, then a GET."""
    here = site("put-204", "carrier=slow", documents=BASIC[:1])
    assert outcomes(here.apply(exits=3))["approval", "tmpl_a"] == "pending"
    assert here.tenant.registered() == []
    here.tenant.restart("put-204")
    here.tenant.edit("tmpl_a", status="DRAFT")  # sent back: it is to be approved again
    assert set(outcomes(here.apply()).values()) == {"applied"}


def test_a_pending_approval_with_another_difference_is_an_action(site):
    """Drift of a compared field ends what is owed: the plan approves again, over the new state."""
    here = site("carrier=slow", documents=BASIC[:1])
    here.apply(exits=3)
    here.tenant.edit("tmpl_a", content=TEXT)
    plan = here.plan()
    assert (plan["pending"], planned(plan)[0]) == ([], ("approval", "approve", "tmpl_a"))
    here.tenant.edit("tmpl_a", content=BASIC[0]["content"])
    here.tenant.edit("tmpl_a", status="REJECTED")
    assert ids(here.plan()["held"]) == ["tmpl_a"]


def test_a_change_back_is_sent_under_a_new_key(site):
    """Registered as A, then B, then A again: a tenant that honours keys must not replay the first answer."""
    here = site(documents=BASIC[:1])
    for wanted in ("TRANSACTIONAL", "MARKETING", "TRANSACTIONAL", "MARKETING"):
        here.write("all.yaml", template("tmpl_a", a2p={**BASIC[0]["a2p"], "message_class": wanted}))
        here.apply()
        assert here.tenant.state()["registrations"][0]["message_class"] == wanted
    keys = [
        write["idempotency_key"] for write in here.tenant.writes() if write["call"] == "post-registration"
    ]
    assert len(set(keys)) == 4
    assert None not in keys
