"""Which plan counts as reviewed: `reconciler github plans` on what GitHub holds of merged pull requests."""

from __future__ import annotations

import json

import hub as keeping
import pytest
from github import github, plan_bytes, planned, zipped
from team import change


@pytest.fixture
def found(team):
    """``found()``: what `github plans` finds: (files, verdicts by number); the run must end well."""

    def _found(*words):
        log = team.folder / "audit.jsonl"
        log.touch()
        into = team.folder / "reviewed"
        said = github(team, "plans", "--tenant", "example", "--log", str(log), "--into", str(into), *words)
        assert said.code == 0, said.text
        pulls = json.loads((into / "pulls.json").read_text(encoding="utf-8"))
        return sorted(path.name for path in into.glob("*.plan.json")), {
            one["number"]: one["why"] for one in pulls
        }

    return _found


def test_an_approved_plan_of_the_last_commit_counts(team, found):
    """Its plan and its review are written: pull request, approvers, run and reason, nothing more."""
    pull = team.propose(change("a"))
    run = planned(team, pull)
    team.review(pull, by="bob")
    team.review(pull, by="amy")
    team.review(pull, by="eve", verdict="COMMENTED")
    team.merge(pull)
    assert found("--reason", "because") == (["00000001.plan.json"], {1: ""})
    written = json.loads((team.folder / "reviewed" / "00000001.review.json").read_text(encoding="utf-8"))
    assert written == {
        "pull_request": pull.url,
        "approvers": ["amy", "bob"],
        "run": run["html_url"],
        "reason": "because",
    }
    assert (team.folder / "reviewed" / "00000001.plan.json").read_bytes() == plan_bytes()


def nobody(team, pull):
    planned(team, pull)


def only_the_author(team, pull):
    planned(team, pull)
    team.review(pull, by="ann")


def only_a_bot(team, pull):
    planned(team, pull)
    team.review(pull, by="helper[bot]")


def a_stranger(team, pull):
    planned(team, pull)
    team.review(pull, by="mallory", stranger=True)


def an_older_commit(team, pull):
    planned(team, pull)
    team.review(pull)
    team.push(pull, change("b"))
    planned(team, pull)


def a_second_thought(team, pull):
    planned(team, pull)
    team.review(pull)
    team.review(pull, verdict="CHANGES_REQUESTED")


def dismissed(team, pull):
    planned(team, pull)
    team.review(pull)
    team.review(pull, verdict="DISMISSED")


@pytest.mark.parametrize(
    "approval",
    [nobody, only_the_author, only_a_bot, a_stranger, an_older_commit, a_second_thought, dismissed],
)
def test_without_an_approval_of_the_last_commit_no_plan_counts(team, found, approval):
    """Somebody who may write to the repository, and is not the author, must have the last word, on this very commit."""
    pull = team.propose(change("a"))
    approval(team, pull)
    team.merge(pull)
    files, verdicts = found()
    assert files == []
    assert "has approved its last commit" in verdicts[1]


FORK = {"head_repository": {"id": 2, "full_name": "mallory/messages"}}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"run": FORK, "artifact": {"workflow_run": {"id": 0}}}, "No run of plan.yml"),
        ({"run": {"path": ".github/workflows/other.yml"}}, "No run of plan.yml"),
        ({"run": {"event": "workflow_dispatch"}}, "No run of plan.yml"),
        ({"run": {"event": "merge_group"}}, "No run of plan.yml"),
        ({"run": {"head_sha": "0" * 40}}, "No run of plan.yml"),
        ({"conclusion": "failure"}, "No run of plan.yml"),
        ({"conclusion": "cancelled"}, "No run of plan.yml"),
        ({"artifact": {"expired": True}}, "no longer kept"),
        ({"name": "plan-other"}, "no longer kept"),
        ({"content": zipped(plan_bytes().replace(b"tomorrow", b"yesterday"))}, "digest"),
        ({"content": zipped(b"{}")}, "plan"),
        ({"content": zipped(plan_bytes(), "../plan.json")}, "holds no plan.json"),
        ({"content": b"no zip file"}, "holds no plan.json"),
    ],
)
def test_another_runs_artifact_and_a_forged_one_do_not_count(team, found, how, why):
    """Only a good run of plan.yml on this repository's own pull request at its last commit, and a plan that holds."""
    pull = team.propose(change("a"))
    planned(team, pull, **how)
    team.review(pull)
    team.merge(pull)
    files, verdicts = found()
    assert files == []
    assert why in verdicts[1]


def test_a_pull_request_from_a_fork_has_no_plan_that_counts(team, found):
    """Merged from a fork: named, with its reason."""
    pull = team.propose(change("a"), fork=True, by="mallory")
    planned(team, pull)
    team.review(pull)
    team.merge(pull)
    files, verdicts = found()
    assert files == []
    assert "fork" in verdicts[1]


def test_what_was_merged_since_the_last_good_apply_is_found(team, found):
    """One that ended 1, 4 or was lost does not count as done, one that ended 3 does; other people's statuses do not."""
    pulls = [team.propose(change(letter)) for letter in "ab"]
    for pull in pulls:
        planned(team, pull)
        team.review(pull)
        team.merge(pull)
        ended(team, "exit 4")
        ended(team, "exit lost")
        ended(team, "exit 0", by="mallory")
        ended(team, "exit 0", tenant="other")
    assert list(found()[1]) == [1, 2]
    ended(team, "exit 3")
    assert found()[1] == {}


def ended(team, said, *, by=keeping.BOT, tenant="example"):
    with team.hub.change() as state:
        state["statuses"].append(
            {
                "id": keeping.next_id(state),
                "sha": team.copy.tip(),
                "state": "success",
                "target_url": "",
                "context": f"reconciler/{tenant}",
                "description": said,
                "creator": keeping.user(by),
                "created_at": keeping.now(),
            }
        )


def test_lists_longer_than_a_page_are_read_to_the_end(team, found):
    """The 101st review is the one that approves."""
    pull = team.propose(change("a"))
    planned(team, pull)
    for number in range(100):
        team.review(pull, by=f"reader{number}", verdict="COMMENTED")
    team.review(pull)
    team.merge(pull)
    assert found()[0] == ["00000001.plan.json"]


def test_a_server_error_is_tried_again_and_a_refusal_is_not(team, found):
    """One 502 costs a moment; a token that lacks a permission ends the command with the call's name and what to do."""
    with team.hub.change() as state:
        state["failures"].append({"method": "GET", "path": "/statuses", "status": 502})
    assert found() == ([], {})
    said = github(team, "head", "--tenant", "example", permissions={"contents": "read"})
    team.expected_refusals = [f"403 GET repos/acme/messages/commits/{team.copy.tip()}/statuses"]
    assert said.code == 1
    assert "HTTP 403" in said.text
    assert "permissions" in said.text
    assert github(team, "head", "--tenant", "example", token="ghs_nobody").code == 1
    assert github(team, "head", "--tenant", "example", token="").code == 1
