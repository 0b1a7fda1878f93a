"""To which pull request a plan is tied: by what GitHub tells of runs, branches and times, whatever somebody tries.

Whoever may push may open pull requests from the same branch into branches of his own, whose plan.yml is his.
"""

from __future__ import annotations

import json

import hub as keeping
import pytest
from github import listed, planned, reviewed
from proposals import change


@pytest.fixture
def judged(teams):
    """``judged(make)``: whether the plan of a pull request that ``make(team, pull)`` prepared counts, or why not."""
    team = teams(tenants=())
    listed(team, example="templates.d")

    def _judged(make):
        pull = team.propose(change("a"))
        make(team, pull)
        team.review(pull)
        team.merge(pull)
        said = reviewed(team, team.folder / "reviewed")
        assert said.code == 0, said.text
        ((one),) = json.loads((team.folder / "reviewed" / "pulls.json").read_text(encoding="utf-8"))
        plans = list((team.folder / "reviewed").glob("*.plan.json"))
        assert len(plans) == (0 if one["why"] else 1)
        return one["why"] or "its plan counts"

    return _judged


def other(hub, **more):
    """Another pull request of the same branch, open unless something else is said."""
    twin = json.loads(json.dumps(hub["pulls"][0]))
    twin.update(number=keeping.next_number(hub), commits=[], landed=[], updated_at=keeping.in_order(hub))
    twin["base"]["ref"] = "mine"
    twin.update(more)
    hub["pulls"].append(twin)


def test_a_plan_counts(judged):
    """What all others here differ from."""
    assert judged(planned) == "its plan counts"


@pytest.mark.parametrize("kind", ["BaseRefChangedEvent", "AutomaticBaseChangeSucceededEvent"])
def test_a_plan_made_for_another_base_does_not_count(judged, kind):
    """Opened into a branch whose plan.yml is his own, planned, then pointed at main, by him or by GitHub."""

    def make(team, pull):
        planned(team, pull)
        with team.hub.change() as state:
            state["pulls"][0]["base_changed"] = [(kind, keeping.in_order(state))]

    assert "no longer kept" in judged(make)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"state": "closed", "closed_at": "9999-01-01T00:00:00Z"},
        {"base": {"ref": "main"}, "state": "closed", "closed_at": "9999-01-01T00:00:00Z"},
        {"head": {"ref": "ann/1", "sha": "0" * 40, "repo": {"full_name": "acme/messages"}}},
    ],
    ids=["open", "closed since", "pointed at main, then closed", "pushed past"],
)
def test_a_plan_of_a_twin_does_not_count(judged, how):
    """The same branch was proposed into another one as well: for which of the two a run was cannot be told."""

    def make(team, pull):
        planned(team, pull)
        with team.hub.change() as state:
            other(state, **how)

    assert judged(make).startswith("#2 took the same branch elsewhere while this one was open")


def test_one_that_was_closed_before_is_no_twin(judged):
    """The branch was proposed before, and that pull request closed: its runs are older than this one."""

    def make(team, pull):
        planned(team, pull)
        with team.hub.change() as state:
            other(state, state="closed", closed_at="2000-01-01T00:00:00Z", updated_at="2000-01-01T00:00:00Z")

    assert judged(make) == "its plan counts"


def test_a_twin_among_a_hundred_others_does_not_hide(judged):
    """GitHub lists a hundred at a time, the newest first: what stands behind them is not taken for nothing."""

    def make(team, pull):
        planned(team, pull)
        with team.hub.change() as state:
            for _ in range(100):
                other(state, state="closed", closed_at="2000-01-01T00:00:00Z")

    assert judged(make).startswith("One of more than 100 pull requests may have taken the same branch")


def test_a_run_from_before_the_pull_request_does_not_count(judged):
    """The same commit of the same branch, planned when it was proposed elsewhere."""
    assert "No run of plan.yml" in judged(
        lambda team, pull: planned(team, pull, run={"created_at": "2000-01-01T00:00:00Z"})
    )


def test_a_run_of_another_pull_request_does_not_count(judged):
    """While GitHub still lists whose run it was, it must be this one's."""
    others = {"pull_requests": [{"number": 9, "base": {"ref": "main"}}]}
    assert "No run of plan.yml" in judged(lambda team, pull: planned(team, pull, run=others))


def test_a_plan_whose_artifact_was_deleted_leaves_no_older_one_to_count(judged):
    """Planned twice and the newer plan deleted: what the older one says is not what was seen last."""

    def make(team, pull):
        planned(team, pull)
        run = planned(team, pull)
        with team.hub.change() as state:
            keeping.drop_artifact(state, run["id"], "plan-example-1")

    assert "no longer kept" in judged(make)


def test_an_approval_older_than_the_first_plan_covers_none(judged):
    """Approved before there was anything to see."""

    def make(team, pull):
        team.review(pull, by="amy")
        planned(team, pull)
        with team.hub.change() as state:
            for artifact in state["artifacts"]:
                artifact["created_at"] = keeping.now(3600)

    assert judged(make) == "Planned anew since the approval: approve again."


def test_who_pushed_last_is_known_from_a_run_that_he_cancelled(judged):
    """Bob cancels the run of his own push, and the author's next one succeeds: he has pushed last all the same."""

    def make(team, pull):
        his = {"actor": keeping.user("bob")}
        planned(team, pull, conclusion="cancelled", run=his, name="other")
        planned(team, pull)

    assert judged(make).startswith("Only bob has approved it, who pushed its last commit")
