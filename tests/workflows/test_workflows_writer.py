"""Whoever may push a branch may run a workflow of his own there, as the same bot: what he makes counts for nothing."""

from __future__ import annotations

import json
import subprocess
import sys

from auditlog import events
from desk import WorkingCopy
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
    said = run.jobs["Batch 1 / example / Record what was reviewed"].log
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
