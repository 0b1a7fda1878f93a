"""Who may open a pull request reaches no credential that can write, and only what was reviewed counts."""

from __future__ import annotations

import json

from artifacts import edited
from proposals import NEW, change

NOSY = """#!/bin/sh
env
gh api --method POST --input - "repos/$GITHUB_REPOSITORY/issues/1/comments" <<< '{"body": "hello"}' || true
"""


def test_a_fork_gets_the_offline_plan_and_nothing_else(team):
    """Validated and compared with the base in the summary; no comment, no artifact, the tenant is not asked."""
    pull = team.propose(change("a"), by="mallory", fork=True)
    run = team.plan(pull, whole=True)
    assert run.conclusion == "success"
    assert run.jobs["Comment"].result == "skipped"
    assert "tmpl_a" in run.summary
    assert NEW in run.summary
    assert pull.comments == []
    assert team.hub.read()["artifacts"] == []
    assert team.tenants["example"].count("POST", "/oauth/token") == 0


def test_a_fork_that_looks_for_secrets_finds_none(team):
    """Its own install script prints all it can see: no secret is there, and its token can write nothing."""
    nosy = NOSY.replace("#!/bin/sh", "#!/bin/bash")
    pull = team.propose({".github/install-reconciler": nosy, **change("a")}, by="mallory", fork=True)
    run = team.plan(pull, whole=True)
    assert "GITHUB_REPOSITORY=acme/messages" in run.log
    assert pull.comments == []
    assert team.runner.leaks == []


def test_a_pull_request_cannot_reach_what_may_write(team):
    """A branch whose workflow asks for the environment that applies: GitHub gives it to main alone."""
    text = team.copy("show", "origin/main:.github/workflows/plan-tenants.yml")
    stolen = text.replace("name: ${{ matrix.tenant }}-plan", "name: ${{ matrix.tenant }}-apply")
    assert stolen != text
    pull = team.propose({".github/workflows/plan-tenants.yml": stolen + "\n"})
    run = team.plan(pull, whole=True)
    assert run.jobs["Batch 1 / Plan (example)"].result == "failure"
    assert team.tenants["example"].count("POST", "/oauth/token") == 0


def test_dependabot_has_no_secrets(team):
    """A branch of this repository, without secrets: the offline plan in the summary, green, and no comment."""
    pull = team.propose(change("a"), by="dependabot[bot]")
    run = team.plan(pull, whole=True)
    assert run.conclusion == "success"
    assert NEW in run.summary
    assert run.jobs["Comment"].result == "success"
    assert pull.comments == []
    assert team.tenants["example"].count("POST", "/oauth/token") == 0


def test_a_forged_artifact_does_not_count(team):
    """Somebody edited the plan in the artifact: it is refused, nothing is written, the fresh plan is posted."""
    pull = team.propose(change("a"))
    planned = team.plan(pull)
    team.review(pull)
    artifact = next(each for each in team.hub.read()["artifacts"] if each["name"] == "plan-example-1")
    forged = edited(team.hub.zip_of(artifact["id"]), "plan.json", _another_text)
    team.hub.keep_zip(artifact["id"], forged)
    run = team.apply(team.merge(pull))
    assert planned.id == artifact["workflow_run"]["id"]
    assert run.conclusion == "failure"
    assert team.tenants["example"].writes() == []
    assert "Nothing was applied for this pull request" in pull.said("apply example")
    assert "tomorrow" in pull.said("fresh plan example")


def _another_text(content):
    plan = json.loads(content)
    plan["actions"][0]["changes"][0]["desired"] = "Win a prize! Reply STOP to opt out."
    return json.dumps(plan).encode()


def test_a_plan_artifact_from_a_fork_does_not_count(team):
    """The same commit planned by a fork's run, with an artifact of that name: it is as if there were none."""
    pull = team.propose(change("a"))
    genuine = team.plan(pull)
    team.review(pull)
    with team.hub.change() as state:
        run = next(each for each in state["runs"] if each["id"] == genuine.id)
        run["head_repository"] = {"id": 2, "full_name": "mallory/messages"}
        for artifact in state["artifacts"]:
            artifact["workflow_run"]["head_repository_id"] = 2
    applied = team.apply(team.merge(pull))
    assert applied.conclusion == "failure"
    assert team.tenants["example"].writes() == []
    assert "No run of plan.yml" in pull.said("apply example")
    digest = team.plan_of(genuine)["digest"].removeprefix("sha256:")
    by_hand = team.by_hand("apply.yml", tenant="example", digest=digest, reason="it looks good")
    assert by_hand.conclusion == "failure"
    assert team.tenants["example"].writes() == []
