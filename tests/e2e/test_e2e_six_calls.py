"""A tenant that has the tutorial's six calls alone: what cannot be read back is remembered."""

from __future__ import annotations

import json
import shutil

from auditlog import ends, events
from checkout import BASIC, HOOK, ids, outcomes, planned, template, webhook

OTHER = "second-webhook-secret-of-the-tests"


def test_the_second_apply_sends_no_write(site):
    """First apply: everything, with notes that nothing is known; after it the log knows, and nothing is sent twice."""
    here = site("six-calls", documents=BASIC)
    plan = here.plan()
    assert [action["operation"] for action in plan["actions"]] == [
        *("approve", "approve", "register", "register", "create"),
    ]
    assert any("registrations" in note for note in plan["notes"])
    assert any("webhooks" in note for note in plan["notes"])
    assert set(outcomes(here.apply()).values()) == {"applied"}
    writes = here.tenant.writes(audit=True)
    assert [write["call"] for write in writes].count("post-webhook") == 1
    second = here.plan("--detailed-exitcode")
    assert (second["actions"], second["unchanged"], second["notes"]) == ([], 5, [])
    assert here.apply()["results"] == []
    assert here.tenant.writes(audit=True) == writes


def test_lists_that_are_missing_are_asked_for_once_a_run(site):
    """404, 405 and 501 mean that the tenant has no such call: one question each, no warning, no failure."""
    here = site("six-calls", documents=BASIC)
    ran = here.run("plan", "--format", "json")
    assert "warning" not in ran.err
    for route in ("messaging/templates", "a2p/registrations", "webhooks"):
        assert here.tenant.count("GET", f"/api/v1/{route}") <= 1
    assert here.tenant.count("GET", "/api/v1/messaging/templates/{id}") == 2


def test_a_changed_secret_is_a_rotation_that_a_person_has_to_make(site):
    """Seen by its fingerprint; without the PUT it is blocked and says how; ``audit accept`` settles it."""
    here = site("six-calls", documents=BASIC)
    here.apply()
    here.secret(OTHER)
    plan = here.plan()
    assert planned(plan) == [("webhook", "rotate", HOOK)]
    assert plan["actions"][0]["changes"] == [{"field": "secret", "live": "(secret)", "desired": "(secret)"}]
    applied = here.apply(exits=3)
    assert outcomes(applied) == {("webhook", HOOK): "blocked"}
    assert "audit accept" in applied["results"][0]["error"]
    assert len(here.tenant.webhooks()) == 1
    here.run("audit", "accept", "--target", HOOK, "--reason", "set in the console by J. Doe")
    accepted = events(here.log, "accepted")
    assert [(record["target"], record["reason"]) for record in accepted] == [
        (HOOK, "set in the console by J. Doe")
    ]
    assert here.plan()["actions"] == []
    writes = here.tenant.writes(audit=True)
    assert here.apply()["results"] == []
    assert here.tenant.writes(audit=True) == writes


def test_a_changed_registration_is_sent_again(site):
    """Compared with what was sent last: one update with the remembered value as live, then quiet."""
    here = site("six-calls", documents=BASIC)
    here.apply()
    a2p = {**BASIC[0]["a2p"], "message_class": "MARKETING"}
    here.write("all.yaml", template("tmpl_a", a2p=a2p), *BASIC[1:])
    plan = here.plan()
    assert planned(plan) == [("a2p", "update", "tmpl_a")]
    assert plan["actions"][0]["changes"] == [
        {"field": "message_class", "live": "TRANSACTIONAL", "desired": "MARKETING"}
    ]
    here.apply()
    shown = {item["template_id"]: item["message_class"] for item in here.tenant.state()["registrations"]}
    assert shown == {"tmpl_a": "MARKETING", "tmpl_b": "TRANSACTIONAL"}
    assert here.plan()["actions"] == []


def test_changed_events_of_a_webhook_are_blocked_not_posted_again(site):
    """A second POST would make a second webhook: it is not sent."""
    here = site("six-calls", documents=BASIC)
    here.apply()
    here.write("all.yaml", *BASIC[:2], webhook(events=["template.approved"]))
    assert planned(here.plan()) == [("webhook", "update", HOOK)]
    assert outcomes(here.apply(exits=3)) == {("webhook", HOOK): "blocked"}
    assert len(here.tenant.webhooks()) == 1
    assert here.apply(exits=3)["summary"]["blocked"] == 1


def test_a_tenant_without_webhook_ids_has_one_webhook_for_good(site):
    """The 201's missing id is no failure, and does not make the next apply post again."""
    here = site("six-calls", "no-webhook-id", documents=BASIC)
    assert set(outcomes(here.apply()).values()) == {"applied"}
    assert here.plan()["actions"] == []
    assert len(here.tenant.webhooks()) == 1


def test_a_lost_log_is_said_or_refused(site):
    """Without its log a run says what it does not know and goes on; --require-audit-log refuses plan and apply."""
    here = site("six-calls", documents=BASIC)
    here.apply()
    shutil.rmtree(here.folder / ".reconciler")
    before = here.tenant.writes(audit=True)
    for command in (("plan",), ("apply", "--yes")):
        ran = here.run(*command, "--require-audit-log", exits=5)
        assert ".reconciler/audit.jsonl" in ran.err
    plan = here.plan()
    assert planned(plan) == [
        ("a2p", "register", "tmpl_a"),
        ("a2p", "register", "tmpl_b"),
        ("webhook", "create", HOOK),
    ]
    assert any("lost log" in note or "first run" in note for note in plan["notes"])
    assert here.tenant.writes(audit=True) == before
    here.log_path.parent.mkdir(exist_ok=True)
    here.log_path.touch()
    assert here.plan("--require-audit-log")["digest"] == plan["digest"]  # an empty log is not a missing one


def test_audit_accept_spares_a_webhook_that_is_older_than_the_log(site):
    """Recorded as in place, it is not posted a second time; nothing but the log is needed for that."""
    here = site("six-calls", documents=BASIC)
    here.run("audit", "accept", "--target", HOOK, "--reason", "older than the log")
    assert here.untouched()
    assert HOOK not in [action["target"] for action in here.plan()["actions"]]
    here.apply()
    assert here.tenant.webhooks() == []
    ran = here.run("audit", "accept", "--target", "tmpl_a", "--reason", "x", exits=None)
    assert ran.code in (1, 64)
    here.run("audit", "accept", "--target", HOOK, exits=64)


def test_what_is_remembered_counts_for_its_own_tenant(site):
    """The same log against another base URL remembers nothing of it."""
    here, there = site("six-calls", documents=BASIC), site("six-calls", documents=BASIC)
    here.apply()
    shutil.copytree(here.folder / ".reconciler", there.folder / ".reconciler")
    assert len(there.plan()["actions"]) == 5
    assert set(outcomes(there.apply()).values()) == {"applied"}
    assert len(there.tenant.webhooks()) == 1
    assert {record["base_url"] for record in there.log} == {here.tenant.url, there.tenant.url}


def test_no_longer_managed_templates_are_named_and_left_alone(site):
    """A document that was removed: a note names it, the template stays as it is."""
    here = site("six-calls", documents=BASIC)
    here.apply()
    here.write("all.yaml", BASIC[0], BASIC[2])
    plan = here.plan()
    assert plan["actions"] == []
    assert any("o longer managed" in note and "tmpl_b" in note for note in plan["notes"])
    assert here.apply()["results"] == []
    assert here.tenant.statuses()["tmpl_b"] == "APPROVED"


def test_a_pending_approval_is_remembered(site):
    """SUBMITTED after our PUT: the tenant owes it, so it is neither sent again nor registered; a decision ends that."""
    here = site("six-calls", "carrier=slow", documents=(template("tmpl_a"),))
    first = here.apply(exits=3)
    assert outcomes(first) == {("approval", "tmpl_a"): "pending", ("a2p", "tmpl_a"): "blocked"}
    plan = here.plan()
    assert (ids(plan["pending"]), plan["actions"], plan["unchanged"]) == (["tmpl_a"], [], 0)
    puts = len(here.tenant.writes())
    again = here.apply(exits=3)
    assert json.dumps(again["results"][0]["attempts"]) == "0"
    assert (outcomes(again), again["results"][0]["latency_ms"]) == ({("approval", "tmpl_a"): "pending"}, None)
    here.tenant.edit("tmpl_a", note="somebody looked")  # updated_at moves, and nothing that is compared
    assert ids(here.plan()["pending"]) == ["tmpl_a"]
    assert len(here.tenant.writes()) == puts
    here.tenant.edit("tmpl_a", status="APPROVED")
    assert planned(here.plan()) == [("a2p", "register", "tmpl_a")]
    assert outcomes(here.apply()) == {("a2p", "tmpl_a"): "applied"}
    assert here.plan()["actions"] == []
    assert ("a2p", "tmpl_a", "applied") in ends(here.log)
