"""The tenant moves between review and apply, or without any: nothing is overwritten unseen, and people are told."""

from __future__ import annotations

import re

import hub as keeping
from auditlog import ends, events
from proposals import NEW, change


def test_an_edit_in_the_console_stops_the_apply_until_somebody_looked(team):
    """Refused, nothing written, the fresh plan posted; by hand, with its digest and a reason, it is done."""
    tenant = team.tenants["example"]
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    tenant.edit("tmpl_a", name="Edited in the console")
    refused = team.apply(team.merge(pull))
    assert refused.conclusion == "failure"
    assert tenant.writes(audit=True) == []
    assert team.status()[0] == "failure"
    assert team.status()[1] == f"exit 4; audit head {team.log()[-1]['hash']}"
    assert "Edited in the console" in " ".join(pull.said("apply example").split())
    fresh = pull.said("fresh plan example")
    assert "Edited in the console" in fresh

    digest = re.search("^[0-9a-f]{64}$", fresh, re.MULTILINE)[0]
    by_hand = team.by_hand("apply.yml", tenant="example", digest=digest, reason="the name is Ann's slip")
    assert by_hand.conclusion == "success"
    assert by_hand.title == "the name is Ann's slip"
    assert tenant.template("tmpl_a")["content"] == NEW
    assert tenant.template("tmpl_a")["name"] == "Reminder tmpl_a"
    outcome = events(team.log(), "outcome")[-1]
    assert outcome["review"]["reason"] == "the name is Ann's slip"
    assert outcome["operator_id"] == "ann"
    assert team.status()[1] == f"exit 0; audit head {team.log()[-1]['hash']}"
    assert "1 applied" in pull.said("apply example")


def test_drift_elsewhere_is_named_and_left_alone(team):
    """An unrelated template was edited: the reviewed part is applied, the run ends red and names the other."""
    tenant = team.tenants["example"]
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    tenant.edit("tmpl_b", name="Edited in the console")
    run = team.apply(team.merge(pull))
    assert run.conclusion == "failure"
    assert tenant.done() == [("put-template", "tmpl_a")]
    assert tenant.template("tmpl_b")["name"] == "Edited in the console"
    assert ends(team.log())[-1] == ("approval", "tmpl_a", "applied")
    assert team.status() == ("failure", f"exit 3; audit head {team.log()[-1]['hash']}")
    said = pull.said("apply example")
    assert ("applied", "tmpl_a") in outcomes_told(said)
    assert ("unreviewed", "tmpl_b") in outcomes_told(said)
    fresh = pull.said("fresh plan example")
    assert "tmpl_b" in fresh
    assert "update <code>tmpl_a" not in fresh


def outcomes_told(comment):
    """(outcome, target) of each row of an outcome's table."""
    return re.findall(r"^\| \**(\w+)\** \| [^|]* \| `(\w+)` \|", comment, re.MULTILINE)


def test_one_issue_about_drift_is_opened_updated_and_closed(team):
    """Three runs over a tenant that drifts, drifts more and is put right leave one issue, closed."""
    tenant = team.tenants["example"]
    tenant.edit("tmpl_a", name="Edited once")
    assert team.scheduled("drift.yml").conclusion == "success"
    (issue,) = team.issues()
    assert (issue["state"], issue["title"]) == ("open", "Drift: example")
    assert "Edited once" in issue["body"]

    tenant.edit("tmpl_a", name="Edited twice")
    team.scheduled("drift.yml")
    (issue,) = team.issues()
    assert "Edited twice" in issue["body"]

    tenant.edit("tmpl_a", name="Reminder tmpl_a")
    team.by_hand("drift.yml")
    (issue,) = team.issues()
    assert issue["state"] == "closed"
    assert tenant.writes(audit=True) == []


def test_an_apply_in_flight_is_no_drift(team):
    """While an apply is under way, or where one ended since the tenant was read, the issue stays as it is."""
    tenant = team.tenants["example"]
    with team.hub.change() as state:
        run = keeping.add_run(
            state,
            workflow="apply.yml",
            event="push",
            actor="ann",
            head_sha=team.copy.tip(),
            head_branch="main",
        )
    tenant.edit("tmpl_a", name="Written by that apply")
    assert team.scheduled("drift.yml").conclusion == "success"
    assert team.issues() == []

    def apply_ends():
        with team.hub.change() as state:
            keeping.end_run(state, run["id"], "success")

    team.scheduled("drift.yml", before={("Issue (example)", "Open, update or close the issue"): apply_ends})
    assert team.issues() == []
