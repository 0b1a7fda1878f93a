"""From the pull request to the audit log: what was reviewed is done, and the log says who approved it."""

from __future__ import annotations

import json

from artifacts import names_of
from auditlog import ends, events
from checkout import template
from proposals import NEW, change


def test_propose_plan_merge_apply(team):
    """The plan is commented and kept, the merge applies exactly it, and log, status and comment say who approved."""
    team.runner.variables["CODE_SCANNING"] = "true"
    pull = team.propose(change("a"))
    planned = team.plan(pull, whole=True)
    assert planned.conclusion == "success"
    ((category, findings),) = planned.jobs["Findings (example)"].sarif
    assert category == "reconciler-example"
    assert json.loads(findings)["version"] == "2.1.0"
    assert planned.jobs["Batch 1 / Plan (example)"].summary in pull.said("plan example")
    assert names_of(team.artifacts(planned, "plan-example-1")[0]) == ["plan.json"]
    assert team.tenants["example"].writes(audit=True) == []
    team.plan(pull, whole=True)
    assert len(pull.comments) == 1, "the comment is updated in place"

    team.review(pull)
    push = team.merge(pull)
    before = len(team.log())
    recorded = []
    look = {("Batch 1 / example / Apply", "Apply"): lambda: recorded.extend(team.log()[before:])}
    applied = team.apply(push, before=look)
    assert applied.conclusion == "success", applied.log
    assert team.tenants["example"].template("tmpl_a")["content"] == NEW
    assert team.tenants["example"].done()[0] == ("put-template", "tmpl_a")

    said = {"pull_request": pull.url, "approvers": ["bob"]}
    assert [(one["event"], one["review"] and one["review"]["approvers"]) for one in recorded] == [
        ("reviewed", ["bob"])
    ], "the review is on the branch before the first write"
    records = team.log()[before:]
    (outcome,) = events(records, "outcome")
    assert ends(records) == [("approval", "tmpl_a", "applied")]
    assert {name: outcome["review"][name] for name in said} == said
    assert outcome["review"]["run"].startswith(f"{team.host.url}/acme/messages/actions/runs/")
    assert team.status() == ("success", f"exit 0; audit head {records[-1]['hash']}")
    assert "1 applied" in pull.said("apply example")
    assert records[-1]["hash"] in applied.summary
    assert team.issues() == []


def test_a_squash_is_found(team):
    """The commit on main is none of the pull request's, and its reviewed plan is applied all the same."""
    pull = team.propose(change("a"))
    team.push(pull, change("b"))
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull, "squash")
    assert pull.head not in team.copy("rev-list", "origin/main").split()
    assert team.apply(push).conclusion == "success"
    assert sorted(ends(team.log())[-2:]) == [
        ("approval", "tmpl_a", "applied"),
        ("approval", "tmpl_b", "applied"),
    ]
    assert "2 applied" in pull.said("apply example")


def test_two_merged_close_together_are_applied_together(team):
    """The first push's run never came: one apply does both plans, and each outcome names its own pull request."""
    pulls = [team.propose(change("a")), team.propose(change("b"), by="eve")]
    for pull in pulls:
        team.plan(pull)
        team.review(pull)
    pushes = [team.merge(pull) for pull in pulls]
    run = team.apply(pushes[-1])
    assert run.conclusion == "success"
    outcomes = events(team.log(), "outcome")[-2:]
    assert sorted((one["target"], one["review"]["pull_request"]) for one in outcomes) == [
        ("tmpl_a", pulls[0].url),
        ("tmpl_b", pulls[1].url),
    ]
    assert ["2 applied" in pull.said("apply example") for pull in pulls] == [True, True]
    assert sorted(team.tenants["example"].done()) == [("put-template", "tmpl_a"), ("put-template", "tmpl_b")]


def test_the_merge_queue_plans(team):
    """A merge_group event plans against main, and comments nowhere."""
    pull = team.propose(change("a"))
    queued = team.queue(pull)
    assert queued.conclusion == "success"
    assert [one["target"] for one in team.plan_of(queued)["actions"]] == ["tmpl_a"]
    assert queued.jobs["Batch 1 / Validate (example)"].result == "success"
    assert pull.comments == []


def test_nothing_to_do_ends_green_without_a_plan(team):
    """A push to main that asks for nothing new needs no review."""
    run = team.apply(
        team.commit_to_main({"templates.d/a.yaml": [template("tmpl_a")], "templates.d/note.txt": "x"})
    )
    assert run.conclusion == "success"
    assert team.status()[1].startswith("exit 0; ")


def test_what_touches_no_document_applies_nothing(team):
    """A push that changes other files starts no tenant's job."""
    run = team.apply(team.commit_to_main({"README.md": "Hello"}))
    assert {name for name, job in run.jobs.items() if job.result != "skipped"} == {"Tenants"}


def test_an_unapproved_change_is_left_alone_and_shown(team):
    """Merged without an approval of its last commit: nothing is written, the fresh plan is posted with what to do."""
    pull = team.propose(change("a"))
    team.review(pull)
    team.push(pull, change("a", content=NEW.replace("tomorrow", "on Monday")))
    team.plan(pull)
    run = team.apply(team.merge(pull))
    assert run.conclusion == "failure"
    assert "Nobody with write access but its author has approved its last commit" in pull.said(
        "apply example"
    )
    fresh = pull.said("fresh plan example")
    assert team.plan_of(run)["digest"].removeprefix("sha256:") in fresh
    assert "by hand" in fresh
    assert team.tenants["example"].writes() == []
