"""Which plan counts as reviewed: `reconciler github plans` on what GitHub holds of merged pull requests."""

from __future__ import annotations

import json
import shutil

import hub as keeping
import pytest
from github import gathered, github, listed, log_of, plan_bytes, planned, reviewed, zipped
from proposals import change

from reconciler.commands.github import cursor
from reconciler.commands.github.cursor import Cursor


@pytest.fixture
def team(teams):
    """A team whose tenants nobody asks here; its first commit is applied."""
    made = teams(tenants=())
    listed(made, example="templates.d")
    ended(made, 0)
    return made


@pytest.fixture
def found(team):
    """``found()``: what `github plans` finds: (files, verdicts by number); the run must end well."""

    def _found(*words):
        into = team.folder / "reviewed"
        shutil.rmtree(into, ignore_errors=True)
        shutil.rmtree(f"{into}-merged", ignore_errors=True)
        said = reviewed(team, into, *words)
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
    return {f"templates.d/notes/{number}.txt": "x"}


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
    ({"name": "plan-other-1"}, "no longer kept"),
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
    """One that ended 1, 4 or was lost does not count as done, one that ended 3 does; commit statuses say nothing."""
    pulls = [team.propose(change(letter)) for letter in "ab"]
    for pull in pulls:
        planned(team, pull)
        team.review(pull)
        team.merge(pull)
        ended(team, 4)
        ended(team, None)
        team.set_status(f"exit 0; audit head sha256:{'0' * 64}")
    assert list(found()[1]) == [1, 2]
    ended(team, 3)
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


def ended(team, code):
    """An apply of main's tip has ended with this exit code."""
    tip, log = team.copy.tip(), str(log_of(team))
    last = cursor.read(log) or Cursor(since=tip, commit=tip, exit=None, head=None)
    cursor.write(log, last.then(tip, code, None))


def test_a_folder_that_is_there_is_refused(team):
    """What lies in it would be taken for what reviewers approved."""
    into = team.folder / "reviewed"
    into.mkdir()
    said = reviewed(team, into)
    assert (said.code, "is there already" in said.text) == (1, True)
    assert list(into.iterdir()) == []


def test_a_schedule_with_nothing_to_go_on_with_asks_nobody(team):
    """No plan and nothing open in the log: no job at all; a run by hand has one all the same."""
    output = team.folder / "output"
    for event in ("schedule", "workflow_dispatch"):
        how = {"GITHUB_OUTPUT": str(output), "GITHUB_EVENT_NAME": event}
        gathered(
            team, team.folder / f"{event}-any", *(["--only", "example"] if event[0] == "w" else []), **how
        )
        reviewed(team, team.folder / event, **how)
    said = output.read_text(encoding="utf-8").splitlines()
    assert [line for line in said if line.startswith("wanted=")] == ["wanted=false", "wanted=true"]
    assert [line for line in said if line.startswith("any=")] == ["any=false", *["any=true"] * 3]


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
    team.merge(team.propose(change("a")))
    with team.hub.change() as state:
        state["failures"].append({"method": "POST", "path": "graphql", "status": 502})
    assert list(found()[1]) == [1]
    said = reviewed(team, team.folder / "b", permissions={"contents": "read"})
    assert said.code == 1
    assert "not accessible" in said.text
    assert "permissions" in said.text
    assert reviewed(team, team.folder / "c", token="ghs_nobody").code == 1
    assert reviewed(team, team.folder / "d", token="").code == 1


def test_a_rate_limit_is_named_as_one(team):
    """GitHub answers 403 where the calls of an hour are used up: that is not for want of a permission."""
    team.merge(team.propose(change("a")))
    limit = "API rate limit exceeded for installation ID 1."
    with team.hub.change() as state:
        state["failures"].append({"method": "POST", "path": "graphql", "status": 403, "message": limit})
    said = reviewed(team, team.folder / "b")
    assert said.code == 1
    assert "limit of calls is used up" in said.text
    assert "`permissions`" not in said.text


def test_a_cursor_that_does_not_lead_here_refuses(team):
    """A commit that is not on the branch, a file that is none, and a missing one beside a log with records: exit 1."""
    log = log_of(team)
    file = log.with_name("example.applied.json")
    file.write_text(file.read_text("utf-8").replace('"since": "', '"since": "0000000'), "utf-8")
    assert "does not say how far" in reviewed(team, team.folder / "a").text
    ended(team, 0) if file.unlink() is None else None
    aside = team.copy.orphan({"x": "x"}, "Elsewhere", to="refs/heads/elsewhere")
    cursor.write(str(log), Cursor(since=aside, commit=aside, exit=0, head=None))
    assert "does not come after it" in reviewed(team, team.folder / "b").text


def test_150_commits_and_20_tenants_take_46_calls(team):
    """One pull request that touches all of 20 tenants, among 150 commits that touch one: asked for once, fifty a call.

    Three calls for the commits, one for twins, one for the runs, one for what they kept; then each tenant asks for
    main's tip and its own plan.
    """
    names = [f"t{number:02}" for number in range(20)]
    listed(team, **{name: f"tenants/{name}" for name in names})
    tip = team.copy.tip()
    for name in names:
        cursor.write(str(log_of(team, name)), Cursor(since=tip, commit=tip, exit=0, head=None))
    pull = team.propose({f"tenants/{name}/{file}.txt": "x" for name in names for file in range(3)})
    content = zipped(plan_bytes())
    run = planned(team, pull, content, name="plan-t00-1")
    with team.hub.change() as state:
        for name in names[1:]:
            kept = keeping.add_artifact(state, run["id"], f"plan-{name}-1", len(content))
            team.hub.keep_zip(kept["id"], content)
    team.review(pull)
    team.merge(pull)
    team.commits_to_main(149, "tenants/t07/note.txt")
    found, output = team.folder / "found", team.folder / "output"
    said = gathered(team, found, GITHUB_OUTPUT=str(output))
    assert said.code == 0, said.text
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    (batch,) = json.loads(outputs["batches"])
    assert [one["tenant"] for one in json.loads(batch["tenants"])] == names
    assert len(team.hub.read()["calls"]) == 6, sorted(team.hub.read()["calls"])
    for name in names:
        words = ("--tenant", name, "--templates", f"tenants/{name}", "--log", str(log_of(team, name)))
        into = team.folder / name
        said = github(team, "plans", *words, "--into", str(into), "--merged", str(found / "merged.json"))
        assert said.code == 0, said.text
        assert [path.name for path in into.glob("*.plan.json")] == ["00000001.plan.json"]
    assert len(team.hub.read()["calls"]) == 46, sorted(team.hub.read()["calls"])
