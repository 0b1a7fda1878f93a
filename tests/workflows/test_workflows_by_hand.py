"""Runs by hand: shown, let through by somebody else, only then recorded; what must not wait, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import hub as keeping
from auditlog import events
from checkout import template
from github import github, log_of, plan_bytes, zipped
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
    assert outcome["review"]["approvers"] == ["bob"], "who let it through"
    assert run.jobs["What is asked for"].summary.count("tmpl_b") > 1
    assert reason in run.jobs["What is asked for"].summary


def test_an_unknown_digest_and_a_short_one_do_nothing(team):
    """By hand a plan is named by all 64 digits of an artifact that is there."""
    for digest in ("0" * 64, "abc"):
        run = team.by_hand("apply.yml", tenant="example", digest=digest, reason="why not")
        assert run.conclusion == "failure"
        assert set(_ran(run)) == {"Tenants", "What is asked for"}
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


def _ran(run):
    """The jobs that came to something, by what."""
    return {name: job.result for name, job in run.jobs.items() if job.result != "skipped"}


def _drifted(team):
    """A template was edited in the console, and somebody made a plan by hand that undoes it; its digest."""
    team.tenants["example"].edit("tmpl_a", name="Edited in the console")
    return team.plan_of(team.by_hand("plan.yml", tenant="example"))["digest"].removeprefix("sha256:")


def _apply(team, digest, **more):
    """The run, after which nothing may have been written or recorded."""
    before = team.text_on_branch("example.jsonl")
    run = team.by_hand("apply.yml", tenant="example", digest=digest, reason="it looks good", **more)
    assert run.conclusion == "failure"
    assert team.tenants["example"].writes() == []
    assert team.text_on_branch("example.jsonl") == before
    return run


def test_what_a_reviewer_rejects_leaves_nothing_in_the_log(team):
    """Shown, and rejected: no job with a credential starts."""
    run = _apply(team, _drifted(team), let_through=("bob", "rejected"))
    assert _ran(run) == {"Tenants": "success", "What is asked for": "success", "Let through": "failure"}


def test_nothing_is_let_through_where_nobody_was_asked(team):
    """The environment has no reviewers, as where nobody made it: GitHub goes on, the job that records does not."""
    digest = _drifted(team)
    del team.runner.environments["example-by-hand"]
    assert "Nobody but who started this run has let it through" in _apply(team, digest).log


def test_nobody_lets_his_own_run_through(team):
    """Even where `prevent self-review` is not set."""
    assert "Nobody but who started" in _apply(team, _drifted(team), by="bob").log


def test_a_run_that_was_let_through_is_not_run_again(team):
    """Jobs after the one that reviewers are asked for run again without them."""
    assert "was let through once" in _apply(team, _drifted(team), attempt=2).log


def _at_hand(team, content, *, event="workflow_dispatch", head=None):
    """A run of plan.yml on what is called main, with a plan."""
    with team.hub.change() as state:
        run = keeping.add_run(
            state,
            workflow="plan.yml",
            event=event,
            actor="mallory",
            head_sha=head or team.copy.tip(),
            head_branch="main",
        )
        keeping.end_run(state, run["id"], "success")
        kept = keeping.add_artifact(state, run["id"], "plan-example-1", len(content))
    team.hub.keep_zip(kept["id"], content)


def _proposed(team, plan):
    """What `github propose` says of a plan, named by its digest."""
    digest = json.loads(plan)["digest"]
    words = ("--tenant", "example", "--log", str(log_of(team)), "--digest", digest)
    return github(team, "propose", *words, "--out", str(team.folder / "shown"))


def test_a_plan_made_on_a_tag_of_the_branchs_name_does_not_count(teams):
    """Mallory pushes a tag `main` with a plan.yml of his own and starts it: to GitHub that run is on main, too."""
    team = teams(tenants=())
    aside = team.copy.orphan({"x": "x"}, "His own", to="refs/tags/main")
    _at_hand(team, zipped(plan_bytes()), head=aside)
    said = _proposed(team, plan_bytes())
    assert (said.code, "No plan of example" in said.text) == (1, True)
    _at_hand(team, zipped(plan_bytes()))
    assert _proposed(team, plan_bytes()).code == 1, "the folder is there"


def test_a_plan_that_is_too_large_to_be_shown_is_refused(teams):
    """GitHub shows nothing of a summary over 1 MiB, and what nobody can read nobody can let through."""
    team = teams(tenants=())
    plan = plan_bytes(notes=[f"{number} " + "x" * 1000 for number in range(1100)])
    _at_hand(team, zipped(plan))
    said = _proposed(team, plan)
    assert said.code == 1
    assert "larger than 1 MiB" in said.text


def test_what_somebody_gives_as_reason_hides_nothing_of_the_plan(teams):
    """It stands in a block of its own, whatever marks are in it."""
    team = teams(tenants=())
    _at_hand(team, zipped(plan_bytes()))
    summary = team.folder / "summary"
    digest = json.loads(plan_bytes())["digest"]
    words = (
        "--tenant",
        "example",
        "--log",
        str(log_of(team)),
        "--digest",
        digest,
        "--reason",
        "<!-- ```\n```",
    )
    said = github(
        team, "propose", *words, "--out", str(team.folder / "out"), GITHUB_STEP_SUMMARY=str(summary)
    )
    assert said.code == 0, said.text
    text = summary.read_text(encoding="utf-8")
    assert text.index("tmpl_a") < text.index("<!--")
    assert "````text\n<!-- ```\n```\n````" in text


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
    assert run.jobs["Batch 1 / example / Apply"].result == "skipped"
    assert team.tenants["example"].writes() == []
