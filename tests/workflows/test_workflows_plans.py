"""Which plan counts as reviewed: `reconciler github plans` on what GitHub holds of merged pull requests."""

from __future__ import annotations

import json
import shutil

import hub as keeping
import pytest
from github import github, plan_bytes, planned, zipped
from proposals import change


@pytest.fixture
def team(teams):
    """A team whose tenants nobody asks here; its first commit is applied."""
    made = teams(tenants=())
    ended(made, "exit 0")
    return made


@pytest.fixture
def found(team):
    """``found()``: what `github plans` finds: (files, verdicts by number); the run must end well."""

    def _found(*words):
        log = team.folder / "audit.jsonl"
        log.touch()
        into = team.folder / "reviewed"
        shutil.rmtree(into, ignore_errors=True)
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
    team.push(pull, {"more.txt": "x"})
    planned(team, pull)


def a_second_thought(team, pull):
    planned(team, pull)
    team.review(pull)
    team.review(pull, verdict="CHANGES_REQUESTED")


def dismissed(team, pull):
    planned(team, pull)
    team.review(pull)
    team.review(pull, verdict="DISMISSED")


def note(number):
    """The files of a pull request that meets no other."""
    return {f"notes/{number}.txt": "x"}


def test_without_an_approval_of_the_last_commit_no_plan_counts(team, found):
    """Somebody who may write to the repository, and is not the author, must have the last word, on this very commit."""
    approvals = (
        nobody,
        only_the_author,
        only_a_bot,
        a_stranger,
        an_older_commit,
        a_second_thought,
        dismissed,
    )
    for number, approval in enumerate(approvals):
        pull = team.propose(note(number))
        approval(team, pull)
        team.merge(pull)
    files, verdicts = found()
    assert files == []
    said = {name.__name__: verdicts[number] for number, name in enumerate(approvals, 1)}
    assert {name for name, why in said.items() if "has approved its last commit" not in why} == set()


FORK = {"head_repository": {"id": 2, "full_name": "mallory/messages"}}
OTHERS = (
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
)


def test_another_runs_artifact_and_a_forged_one_do_not_count(team, found):
    """Only a good run of plan.yml on this repository's own pull request at its last commit, and a plan that holds."""
    for number, (how, _) in enumerate(OTHERS):
        pull = team.propose(note(number))
        planned(team, pull, **how)
        team.review(pull)
        team.merge(pull)
    files, verdicts = found()
    assert files == []
    assert [how for number, (how, why) in enumerate(OTHERS, 1) if why not in verdicts[number]] == []


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


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_every_way_to_merge_is_found(team, found, how):
    """By the commits that came to main, two of them after a rebase, while main had moved on."""
    pull = team.propose(note(1))
    team.push(pull, note(2))
    planned(team, pull)
    team.review(pull)
    team.commit_to_main(note(3))
    before = team.copy.tip()
    push = team.merge(pull, how)
    landed = team.copy("rev-list", "--first-parent", f"{before}..{push.sha}").split()
    assert len(landed) == (2 if how == "rebase" else 1)
    assert pull.head not in landed
    assert found() == (["00000001.plan.json"], {1: ""})


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


def test_a_folder_that_is_there_is_refused(team):
    """What lies in it would be taken for what reviewers approved."""
    log, into = team.folder / "audit.jsonl", team.folder / "reviewed"
    log.touch()
    into.mkdir()
    said = github(team, "plans", "--tenant", "example", "--log", str(log), "--into", str(into))
    assert (said.code, "is there already" in said.text) == (1, True)
    assert list(into.iterdir()) == []


def test_a_schedule_with_nothing_to_go_on_with_asks_nobody(team):
    """No plan and nothing open in the log: no job, whose reviewers would be asked; a push has one all the same."""
    log, output = team.folder / "audit.jsonl", team.folder / "output"
    log.touch()
    words = ("plans", "--tenant", "example", "--log", str(log), "--into")
    for event in ("schedule", "push"):
        github(team, *words, str(team.folder / event), GITHUB_OUTPUT=str(output), GITHUB_EVENT_NAME=event)
    assert output.read_text(encoding="utf-8") == "wanted=false\nwanted=true\n"


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
    check = ("check-log", "--tenant", "example", "--log", str(team.folder / "audit.jsonl"))
    said = github(team, *check, permissions={"contents": "read"})
    team.expected_refusals = [f"403 GET repos/acme/messages/commits/{team.copy.tip()}/statuses"]
    assert said.code == 1
    assert "HTTP 403" in said.text
    assert "permissions" in said.text
    assert github(team, *check, token="ghs_nobody").code == 1
    assert github(team, *check, token="").code == 1
