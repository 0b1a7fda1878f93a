"""Runs by hand: what must not wait for anybody else's mistake, and from where it may be done."""

from __future__ import annotations

from dataclasses import replace

from auditlog import events
from checkout import template
from proposals import NEW, change

NEWER = NEW.replace("tomorrow", "on Monday")


def test_an_emergency_revocation_does_not_wait_for_a_broken_template(team):
    """main holds somebody's broken file: plan and apply by hand, narrowed to the target, revoke all the same."""
    tenant = team.tenants["example"]
    broken = {"templates.d/c.yaml": [template("tmpl_c", content="Nobody says how to opt out.")]}
    push = team.commit_to_main({**broken, **change("b", status="SUSPENDED")})
    assert team.apply(push).conclusion == "failure"
    assert tenant.writes(audit=True) == []

    planned = team.by_hand("plan.yml", tenant="example", targets="tmpl_b")
    assert planned.conclusion == "success", planned.log
    assert planned.title == "tmpl_b"
    plan = team.plan_of(planned)
    assert [(one["operation"], one["target"]) for one in plan["actions"]] == [("revoke", "tmpl_b")]
    digest = plan["digest"].removeprefix("sha256:")
    assert digest in planned.summary

    reason = "phishing by way of tmpl_b"
    run = team.by_hand(
        "apply.yml", tenant="example", targets="tmpl_b", digest=digest, reason=reason, by="eve"
    )
    assert run.conclusion == "success", run.log
    assert tenant.template("tmpl_b")["status"] == "SUSPENDED"
    assert tenant.done() == [("put-template", "tmpl_b")]
    outcome = events(team.log(), "outcome")[-1]
    assert (outcome["review"]["reason"], outcome["operator_id"]) == (reason, "eve")


def test_an_unknown_digest_and_a_short_one_do_nothing(team):
    """By hand a plan is named by all 64 digits of an artifact that is there."""
    for digest in ("0" * 64, "abc"):
        run = team.by_hand("apply.yml", tenant="example", digest=digest, reason="why not")
        assert run.conclusion == "failure"
        assert run.jobs["example / Apply"].result == "skipped"
    assert team.tenants["example"].writes(audit=True) == []


def test_apply_by_hand_runs_on_the_default_branch_alone(team):
    """From another branch would apply what nobody has merged: the first job says so, and no other starts."""
    event = team._on_main("workflow_dispatch", {"inputs": {"tenant": "example", "reason": "x"}}, "ann")
    elsewhere = {**event.payload, "repository": {"default_branch": "main"}}
    run = team.runner.run("apply.yml", replace(event, ref="refs/heads/mine", payload=elsewhere))
    assert run.conclusion == "failure"
    assert {name: job.result for name, job in run.jobs.items() if job.result != "skipped"} == {
        "Tenants": "failure"
    }
    assert "only what is merged into main is applied" in run.log


def test_an_unknown_tenant_is_an_error(team):
    """A name that tenants.json does not have ends the run red, not green with nothing done."""
    run = team.by_hand("plan.yml", tenant="exmaple")
    assert run.conclusion == "failure"
    said = ".github/tenants.json names no tenant exmaple; did you mean example?"
    assert ("error", said) in run.annotations


def test_a_plan_of_a_pull_request_cannot_be_named_by_hand(team):
    """Its run may be anybody's own: by hand only a plan counts that a workflow of the default branch has made."""
    pull = team.propose(change("a"))
    digest = team.plan_of(team.plan(pull))["digest"].removeprefix("sha256:")
    team.merge(pull)
    run = team.by_hand("apply.yml", tenant="example", digest=digest, reason="it looks good")
    assert run.conclusion == "failure"
    assert "No plan of example that a run on main has made" in run.log
    assert team.tenants["example"].writes() == []


def test_an_old_run_that_is_run_again_applies_nothing(team):
    """The folder is another at main's tip by now: the tip's own run applies, and the old one ends without a write."""
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    old = team.merge(pull)
    team.commit_to_main(change("a", content=NEWER))
    run = team.apply(old)
    assert run.conclusion == "success", run.log
    assert "main has moved on in templates.d" in run.log
    assert run.jobs["example / Apply"].result == "skipped"
    assert team.tenants["example"].writes() == []
