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


ISSUES = ("Issues", "Open, update or close the issues")


def _applies(team, *jobs, done=False):
    """A run of apply.yml whose jobs are (name, status, more)."""
    with team.hub.change() as state:
        tip = team.copy.tip()
        run = keeping.add_run(
            state, workflow="apply.yml", event="push", actor="ann", head_sha=tip, head_branch="main"
        )
        for name, status, more in jobs:
            state["jobs"].append(
                {
                    "run_id": run["id"],
                    "name": name,
                    "status": status,
                    "conclusion": None,
                    "completed_at": None,
                    **more,
                }
            )
        if done:
            keeping.end_run(state, run["id"], "success")


def test_an_apply_of_the_tenant_that_runs_is_no_drift(team):
    """While it writes, or where it ended since the tenant was read, the issue stays as it is."""
    team.tenants["example"].edit("tmpl_a", name="Written by that apply")
    ended = {"conclusion": "success", "completed_at": keeping.now(3600)}
    cases = (
        ("Batch 1 / example / Apply", "in_progress", {}),
        ("example / Apply", "completed", ended),
    )
    for job in cases:
        with team.hub.change() as state:
            state["runs"], state["jobs"] = [], []
        _applies(team, job, done=job[1] == "completed")
        with team.hub.change() as state:
            state["runs"][-1]["updated_at"] = keeping.now(3600)
        assert team.scheduled("drift.yml").conclusion == "success"
        assert team.issues() == []


def test_drift_is_told_while_an_apply_waits_or_is_anothers(team):
    """Whoever may push may start applies that wait for long: they hide nothing."""
    _applies(
        team,
        ("Batch 1 / example / Apply", "queued", {}),
        ("Batch 1 / example / Record what was reviewed", "in_progress", {}),
        ("Batch 1 / second / Apply", "in_progress", {}),
        ("Let through", "waiting", {}),
    )
    team.tenants["example"].edit("tmpl_a", name="Edited in the console")
    assert team.scheduled("drift.yml").conclusion == "success"
    (issue,) = team.issues()
    assert "Edited in the console" in issue["body"]


def test_a_tenant_that_is_down_hides_no_drift_of_another(teams):
    """Red, for the one that could not be planned; the other has its issue."""
    team = teams(tenants=("example", "second"))
    team.tenants["example"].stop()
    team.tenants["second"].edit("tmpl_a_second", name="Edited in the console")
    run = team.scheduled("drift.yml")
    assert run.jobs["Issues"].result == "failure"
    assert [issue["title"] for issue in team.issues()] == ["Drift: second"]
