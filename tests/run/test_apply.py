"""An apply from the documents to the log: whose review its records name, and what its results count."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver.team import Team

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the disk is watched by way of /proc"
)
UNNAMED = ("apply", "--yes", "--allow-revoke", "--allow-many", "--format", "json")


@pytest.fixture
def team(tmp_path):
    """Two templates and a webhook, on a tenant that has everything."""
    one = Team(tmp_path)
    yield one
    one.close()


def approvers(team, run):
    """Who approved, by target, as the intents and outcomes of a run say."""
    return {
        (one["event"], one["target"]): (one.get("review") or {}).get("approvers")
        for one in run.appended
        if one["event"] in ("intent", "outcome") and one["phase"] == "approval"
    }


def test_a_result_counts_the_writes_and_no_reads(team):
    """Each was sent once, however often it was looked at."""
    run = team.applies()
    assert sum(one["event"] == "intent" for one in run.appended) == len(run.writes) == 5
    assert [one["attempts"] for one in run.json["results"]] == [1] * 5
    assert {one["attempts"] for one in run.appended if one["event"] == "outcome"} == {1}


def test_what_the_log_holds_as_reviewed_is_done_in_its_reviewers_name(team):
    """The run asserts no review of its own."""
    team.plans()
    reviewed = team.reviews()
    run = team.applies("continue")
    assert {tuple(names) for names in approvers(team, run).values()} == {(reviewed.review,)}


def test_a_review_of_another_text_names_nobody(team):
    """Reviewed was another action for the same template: its reviewer has not seen this one."""
    team.plans()
    reviewed = team.reviews()
    team.wants("tmpl_a", text=1)
    run = team._run(*UNNAMED, named=False)
    names = approvers(team, run)
    assert names["outcome", "tmpl_a"] is None
    assert names["outcome", "tmpl_b"] == [reviewed.review]


def test_a_runs_own_review_goes_before_that_in_the_log(team):
    """Whoever approved this run approved what it does."""
    team.plans()
    team.reviews()
    run = team.applies()
    assert {tuple(names) for names in approvers(team, run).values()} == {(run.review,)}
