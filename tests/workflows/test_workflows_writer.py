"""Whoever may push a branch may run a workflow of his own there, as the same bot: what he makes counts for nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import hub as keeping
import pytest
from auditlog import events
from desk import WorkingCopy
from github import github, planned
from proposals import NEW, change
from tokens import token_of


def test_a_plan_made_anew_after_the_approval_was_not_reviewed(team):
    """The tenant moved, and the plan was run again: its digest is another, so it needs a later approval."""
    tenant = team.tenants["example"]
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    tenant.edit("tmpl_b", name="Edited in the console")
    team.plan(pull)
    run = team.apply(team.merge(pull))
    assert run.conclusion == "failure"
    assert tenant.done() == []
    assert "Planned anew since the approval: approve again." in pull.said("apply example")


def test_a_plan_made_anew_that_says_the_same_was_reviewed(team):
    """Run again with nothing changed: the digest is what was approved."""
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    team.plan(pull)
    assert team.apply(team.merge(pull)).conclusion == "success"
    assert team.tenants["example"].done() == [("put-template", "tmpl_a")]


def test_who_pushed_last_does_not_approve_his_own_push(team):
    """Mallory pushes to Ann's pull request and approves it: said so, with what to do; nothing is written."""
    pull = team.propose(change("a"))
    team.push(pull, change("a", content=NEW.replace("tomorrow", "on Monday")))
    team.plan(pull)
    with team.hub.change() as state:
        state["runs"][-1]["actor"]["login"] = "mallory"
    team.review(pull, by="mallory")
    run = team.apply(team.merge(pull))
    assert run.conclusion == "failure"
    assert team.tenants["example"].done() == []
    assert (
        'Only mallory has approved it, who pushed its last commit, or pressed "Update branch"'
        in pull.said("apply example")
    )


def test_who_pushed_last_is_known_from_a_run_that_he_cancelled(verdict):
    """Bob cancels the run of his own push, and the author's next one succeeds: he has pushed last all the same."""

    def make(team, pull):
        his = {"actor": keeping.user("bob")}
        planned(team, pull, conclusion="cancelled", run=his, name="other")
        planned(team, pull)

    assert verdict(make).startswith("Only bob has approved it, who pushed its last commit")


def test_an_appended_record_is_refused_by_the_server(team):
    """A record that the boss approved, well chained, pushed with `contents: write`: it does not get there."""
    tenant = team.tenants["example"]
    pull = team.propose(change("a"))
    run = team.plan(pull)
    team.apply(team.merge(pull))
    before = team.text_on_branch("example.jsonl")
    mine = WorkingCopy(team.folder / "mine", team.copy.remote)
    mine("checkout", "--quiet", "--detach", "origin/reconciler-audit")
    (mine.folder / "plan.json").write_text(json.dumps(team.plan_of(run)), encoding="utf-8")
    said = json.dumps({"pull_request": pull.url, "approvers": ["boss"]})
    subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "reconciler",
            *("audit", "review", "--audit-log", "example.jsonl", "plan.json"),
        ],
        cwd=mine.folder,
        env={**team.runner.machine, "RECONCILER_REVIEW": said},
        check=True,
    )
    mine("commit", "--quiet", "-m", "x", "example.jsonl")
    token = token_of("mallory's", {"contents": "write"})
    pushed = subprocess.run(
        [
            "git",
            "push",
            f"http://x-access-token:{token}@github.localhost/acme/messages",
            "HEAD:reconciler-audit",
        ],
        cwd=mine.folder,
        env=team.runner.machine,
        capture_output=True,
        text=True,
        check=False,
    )
    assert pushed.returncode == 1
    assert "GH013: Repository rule violations found for refs/heads/reconciler-audit" in pushed.stderr
    assert team.text_on_branch("example.jsonl") == before
    team.scheduled("apply.yml")
    assert tenant.done() == []
    assert [one for one in events(team.log(), "outcome") if "boss" in json.dumps(one["review"])] == []


def test_a_forged_status_hides_nothing(team):
    """`exit 0` as the bot, with a head of his own: what was merged is applied all the same, from the true log."""
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    team.merge(pull)
    team.set_status(f"exit 0; audit head sha256:{'0' * 64}")
    run = team.scheduled("apply.yml")
    assert run.conclusion == "success", run.log
    assert team.tenants["example"].done() == [("put-template", "tmpl_a")]
    assert events(team.log(), "outcome")[-1]["review"]["approvers"] == ["bob"]


@pytest.fixture
def verdict(teams):
    """``verdict(make)``: why the plan of a pull request does not count that ``make(team, pull)`` has prepared."""
    team = teams(tenants=())

    def _verdict(make):
        pull = team.propose(change("a"))
        make(team, pull)
        team.review(pull)
        team.merge(pull)
        (team.folder / "audit.jsonl").touch()
        words = (
            "--tenant",
            "example",
            "--templates",
            "templates.d",
            "--log",
            str(team.folder / "audit.jsonl"),
        )
        said = github(team, "plans", *words, "--into", str(team.folder / "reviewed"))
        assert said.code == 0, said.text
        assert list((team.folder / "reviewed").glob("*.plan.json")) == []
        ((one),) = json.loads((team.folder / "reviewed" / "pulls.json").read_text(encoding="utf-8"))
        return one["why"]

    return _verdict


def test_a_plan_made_for_another_base_does_not_count(verdict):
    """Opened into a branch whose plan.yml is his own, planned, then pointed at main."""

    def make(team, pull):
        planned(team, pull)
        with team.hub.change() as state:
            state["pulls"][0]["base_changed"] = [keeping.in_order(state)]

    assert "no longer kept" in verdict(make)


def test_a_plan_of_a_twin_does_not_count(verdict):
    """The same branch is proposed into another one as well: for which of the two a run was cannot be told."""

    def make(team, pull):
        planned(team, pull)
        with team.hub.change() as state:
            twin = json.loads(json.dumps(state["pulls"][0]))
            twin.update(number=keeping.next_number(state), state="closed", commits=[], landed=[])
            twin["base"]["ref"] = "mine"
            state["pulls"].append(twin)

    assert verdict(make).startswith("#2 takes the same branch elsewhere")


def test_a_run_of_another_pull_request_does_not_count(verdict):
    """While GitHub still lists whose run it was, it must be this one's."""
    others = {"pull_requests": [{"number": 9, "base": {"ref": "main"}}]}
    assert "No run of plan.yml" in verdict(lambda team, pull: planned(team, pull, run=others))


def test_an_approval_older_than_the_first_plan_covers_none(verdict):
    """Approved before there was anything to see."""

    def make(team, pull):
        team.review(pull, by="amy")
        planned(team, pull)
        with team.hub.change() as state:
            for artifact in state["artifacts"]:
                artifact["created_at"] = keeping.now(3600)

    assert verdict(make) == "Planned anew since the approval: approve again."


def test_a_push_that_the_server_declines_is_tried_once_and_says_why(team):
    """The server's own words, at once: trying again would change nothing."""
    hook = team.copy.remote / "hooks" / "pre-receive"
    hook.write_text(
        '#!/bin/sh\necho x >> "$0.calls"\necho "File too large: 120 MB" >&2\nexit 1\n', encoding="utf-8"
    )
    pull = team.propose(change("b"))
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull)
    hook.chmod(0o755)
    run = team.apply(push)
    assert run.conclusion == "failure"
    said = run.jobs["example / Record what was reviewed"].log
    assert "The server declines the audit log on reconciler-audit: File too large: 120 MB" in said
    assert (team.copy.remote / "hooks" / "pre-receive.calls").read_text(encoding="utf-8") == "x\n"
    assert team.tenants["example"].writes() == []


def test_without_the_deploy_key_nothing_is_pushed_and_the_reason_is_said(team):
    """No environment TENANT-record, or none with the key: red, before the tenant is written to."""
    team.runner.environments["example-record"]["secrets"] = {}
    _, run = team.ship(change("b"))
    assert run.conclusion == "failure"
    assert "There is no RECONCILER_DEPLOY_KEY" in run.log
    assert team.tenants["example"].writes() == []
