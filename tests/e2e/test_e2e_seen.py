"""What people do in the console is known: recorded once as it is seen, told by the report, since when by the plan."""

from __future__ import annotations

import pytest
from auditlog import digest_of, ends, events
from checkout import PAIR, outcomes, template

BAD = "Win a prize! Call now"


def today(record):
    """A record's day."""
    return record["timestamp"][:10]


@pytest.fixture
def approved(site):
    """Two templates that were approved from here."""
    one = site(documents=PAIR)
    one.cli.env["RECONCILER_REVIEW"] = '{"pull_request": 7, "approvers": ["ann"]}'
    one.apply()
    return one


def sightings(here):
    """The log's ``seen`` records in short."""
    return [(one["target"], one["status"]) for one in events(here.log, "seen")]


@pytest.mark.parametrize("how", [(), ("--continue",)])
def test_a_rejection_in_the_console_is_seen_once_and_reported(approved, how):
    """Approved here, REJECTED there: in every format under what needs attention; seen again it is not written again."""
    approved.tenant.edit("tmpl_a", status="REJECTED")
    delivered = len(approved.tenant.writes(audit=True))
    approved.apply(*how, exits=0 if how else 3)
    assert sightings(approved) == [("tmpl_a", "REJECTED")]
    length = len(approved.log)
    approved.apply(*how, exits=0 if how else 3)
    assert len(approved.log) == length
    assert len(approved.tenant.writes(audit=True)) == delivered, "a sighting is not the tenant's to keep"

    (seen,) = events(approved.log, "seen")
    (held,) = approved.plan()["held"]
    assert held == {"id": "tmpl_a", "status": "REJECTED", "since": seen["timestamp"]}
    day = today(events(approved.log, "outcome")[0])
    said = f"approved here on {day}, REJECTED in the tenant when last seen {today(seen)}"
    told = approved.run("audit", "report", "--format", "json").json
    (point,) = told["attention"]
    assert {name: point[name] for name in ("kind", "target", "seq", "detail")} == {
        "kind": "drift",
        "target": "tmpl_a",
        "seq": seen["seq"],
        "detail": said,
    }
    assert [one["approved"] is None for one in told["tenants"][0]["templates"]] == [True, False]
    for format_ in ("text", "markdown", "html"):
        assert said in approved.run("audit", "report", "--format", format_).out, format_


def test_another_text_is_seen_before_an_apply_puts_it_right(approved):
    """The log has what customers received, then the outcome; the report needs nobody any more."""
    approved.tenant.edit("tmpl_b", content=BAD)
    assert outcomes(approved.apply()) == {("approval", "tmpl_b"): "applied"}
    assert [one["event"] for one in approved.log[-5:]] == [
        "seen",
        "reviewed",
        "intent",
        "outcome",
        "delivered",
    ]
    assert approved.run("audit", "report", "--format", "json").json["attention"] == []


def test_a_plan_says_what_customers_receive_of_a_text_that_drifted(approved):
    """The text as it is live, and the rules that it breaks: in every format, and in a plan file; not in the digest."""
    approved.tenant.edit("tmpl_b", content=BAD)
    plan = approved.plan("--out", "plan.json")
    (action,) = plan["actions"]
    broken = [{"code": "CX103", "name": "opt-out"}]
    assert action["received"] == {"content": BAD, "from_address": "45678", "breaks": broken}
    assert plan["digest"] == digest_of(plan)
    said = f'Customers receive now: "{BAD}" from 45678 – breaks CX103 opt-out'
    for format_ in ("text", "markdown", "github"):
        assert said in approved.run("plan", "--format", format_).out, format_
    assert said in approved.run("show", "plan.json").out
    approved.apply("plan.json")
    approved.write("all.yaml", PAIR[0], template("tmpl_b", content=f"{PAIR[1]['content']} Thank you."))
    assert "received" not in approved.plan()["actions"][0]


def test_what_is_put_back_in_the_console_is_seen_too(approved):
    """Each change once: away, and back."""
    for status in ("SUSPENDED", "APPROVED"):
        approved.tenant.edit("tmpl_a", status=status)
        approved.apply(exits=None)
    assert sightings(approved) == [("tmpl_a", "SUSPENDED"), ("tmpl_a", "APPROVED")]
    assert approved.run("audit", "report", "--format", "json").json["attention"] == []


def test_an_apply_that_does_not_go_on_to_its_work_records_nothing(approved):
    """A declined guard, and a plan: the log is as it was."""
    approved.tenant.edit("tmpl_a", status="REJECTED")
    before = approved.log
    approved.write("all.yaml", PAIR[0], template("tmpl_b", status="SUSPENDED"))
    approved.apply(exits=5)
    approved.plan()
    assert approved.log == before


def test_without_lists_continue_looks_at_what_is_open_alone(site):
    """There is nothing to read the others from; a plain apply reads each by id."""
    here = site("no-lists", documents=PAIR)
    here.apply()
    here.tenant.edit("tmpl_a", status="REJECTED")
    here.apply("--continue")
    assert sightings(here) == []
    here.apply(exits=3)
    assert sightings(here) == [("tmpl_a", "REJECTED")]


def test_a_narrowed_continue_looks_at_its_target_alone(approved):
    """The others are none of its business."""
    for id_ in ("tmpl_a", "tmpl_b"):
        approved.tenant.edit(id_, status="REJECTED")
    approved.apply("--continue", "--target", "tmpl_b")
    assert sightings(approved) == [("tmpl_b", "REJECTED")]


def test_a_carrier_that_refuses_is_seen_by_the_schedule(site):
    """Submitted, then REJECTED: what waits is held, since then, and the report says so."""
    here = site("carrier=slow", documents=PAIR[:1])
    here.apply(exits=3)
    here.tenant.edit("tmpl_a", status="REJECTED")
    here.apply("--continue", exits=3)
    (seen,) = events(here.log, "seen")
    assert here.plan()["held"] == [{"id": "tmpl_a", "status": "REJECTED", "since": seen["timestamp"]}]
    told = here.run("audit", "report", "--format", "json").json
    assert ("held", "tmpl_a") in [(one["kind"], one["target"]) for one in told["attention"]]


@pytest.mark.parametrize("crashed", [False, True])
def test_a_revocation_that_is_taken_back_by_its_commit_is_an_approval(approved, crashed):
    """Nobody decided against it: this tool set that status; also where its run was killed before it could say so."""
    approved.write("all.yaml", template("tmpl_a", status="SUSPENDED"), PAIR[1])
    approved.apply("--allow-revoke")
    if crashed:
        lines = approved.log_path.read_bytes().splitlines(keepends=True)
        intent = events(approved.log, "intent")[-1]["seq"]
        approved.log_path.write_bytes(b"".join(lines[:intent]))
    approved.write("all.yaml", *PAIR)
    plan = approved.plan()
    assert ([one["operation"] for one in plan["actions"]], plan["held"]) == (["approve"], [])
    assert outcomes(approved.apply()) == {("approval", "tmpl_a"): "applied"}
    assert approved.tenant.statuses()["tmpl_a"] == "APPROVED"
    assert [end for end in ends(approved.log) if end[0] == "approval"][-2:] == [
        ("approval", "tmpl_a", "applied")
    ] * 2
    assert sightings(approved) == []
