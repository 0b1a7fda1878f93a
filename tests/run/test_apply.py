"""An apply from the documents to the log: whose review its records name, and what its results count."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver.team import Team
from driver.weather import Strike
from driver.world import HOOK

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the disk is watched by way of /proc"
)
WEBHOOK = ("webhook", HOOK)
BOTH = ("a2p.registered", "template.approved")
UNNAMED = ("apply", "--yes", "--allow-revoke", "--allow-many", "--format", "json")


class Rivals(Team):
    """A team in which somebody else makes the webhook too."""

    def makes(self, *events):
        self.world.tenant.store.add_webhook(HOOK, [*events], "another-secret")
        self.world.tenant.look()


@pytest.fixture
def team(tmp_path):
    """Two templates and a webhook, on a tenant that has everything."""
    one = Rivals(tmp_path)
    yield one
    one.close()


def by_spot(run):
    """A run's results by phase and target."""
    return {(one["phase"], one["target"]): one for one in run.json["results"]}


def recorded(run):
    """The outcomes in the log by phase and target."""
    return {(one["phase"], one["target"]): one for one in run.appended if one["event"] == "outcome"}


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


@pytest.mark.parametrize(("reviewed", "asked"), [(0, 1), (1, 0)])
def test_a_review_of_another_text_names_nobody(team, reviewed, asked):
    """Reviewed was another action for the same template: its reviewer has not seen this one."""
    team.wants("tmpl_a", text=reviewed)
    team.plans()
    review = team.reviews().review
    team.wants("tmpl_a", text=asked)
    run = team._run(*UNNAMED, named=False)
    names = approvers(team, run)
    assert names["outcome", "tmpl_a"] is None
    assert names["outcome", "tmpl_b"] == [review]


def test_a_runs_own_review_goes_before_that_in_the_log(team):
    """Whoever approved this run approved what it does."""
    team.plans()
    team.reviews()
    run = team.applies()
    assert {tuple(names) for names in approvers(team, run).values()} == {(run.review,)}


def test_results_are_in_the_order_of_doing_however_they_ended(team):
    """By phase, then by target, though the second template is done before the first."""
    run = team.applies(strikes=[Strike(1, 0, "429")])
    assert [*by_spot(run)] == [
        ("approval", "tmpl_a"),
        ("approval", "tmpl_b"),
        ("a2p", "tmpl_a"),
        ("a2p", "tmpl_b"),
        WEBHOOK,
    ]
    assert [write.target for write in run.writes[:3]] == ["tmpl_a", "tmpl_a", "tmpl_b"]


def test_a_result_tells_its_tries_and_its_time_with_the_waits(team):
    """Told once to come again in two seconds; an answer takes ten milliseconds here."""
    first = by_spot(team.applies(strikes=[Strike(1, 0, "429")]))["approval", "tmpl_a"]
    assert (first["attempts"], first["latency_ms"]) == (2, 2010)


def test_a_failure_stops_what_depends_on_it_and_nothing_else(team):
    """The other template and the webhook are done; of what was not sent there is no time and no try."""
    run = team.applies(strikes=[Strike(1, 0, "403")])
    ends = {spot: (one["outcome"], one["attempts"]) for spot, one in by_spot(run).items()}
    assert ends == {
        ("approval", "tmpl_a"): ("failed", 1),
        ("approval", "tmpl_b"): ("applied", 1),
        ("a2p", "tmpl_a"): ("blocked", 0),
        ("a2p", "tmpl_b"): ("applied", 1),
        WEBHOOK: ("applied", 1),
    }
    assert {spot: one["outcome"] for spot, one in recorded(run).items()} == {
        spot: outcome for spot, (outcome, _) in ends.items()
    }
    blocked = by_spot(run)["a2p", "tmpl_a"]
    assert blocked["error"] == "The approval of tmpl_a ended failed, and this comes after it."
    assert blocked["latency_ms"] is None
    assert run.code == 3


def test_what_was_blocked_is_done_by_the_next_run(team):
    """And what was done is not done again."""
    team.applies(strikes=[Strike(1, 0, "403")])
    run = team.applies()
    assert [(write.phase, write.target) for write in run.writes] == [
        ("approval", "tmpl_a"),
        ("a2p", "tmpl_a"),
    ]
    assert {one["carrier_ready"] for one in recorded(run).values()} == {False, True}


@pytest.mark.parametrize(
    ("events", "outcome", "code"), [(BOTH, "unchanged", 0), (("template.approved",), "conflict", 3)]
)
def test_a_webhook_that_somebody_makes_in_mid_run_is_not_made_twice(team, events, outcome, code):
    """As it is asked for it is in place; otherwise nothing is sent, and a person has to look."""
    run = team.applies(strikes=[Strike(4, 1, "edit", ("makes", *events))])
    end = by_spot(run)[WEBHOOK]
    assert (end["outcome"], end["attempts"], end["latency_ms"], run.code) == (outcome, 0, None, code)
    assert recorded(run)[WEBHOOK]["outcome"] == outcome
    assert [one["events"] for one in team.world.tenant.now.webhooks] == [[*events]]
    assert ("nothing was sent" in (end["error"] or "")) == (outcome == "conflict")


def test_no_webhook_is_made_where_the_list_cannot_be_read_again(team):
    """Nobody can tell whether it is there by now."""
    run = team.applies(strikes=[Strike(4, 1, "403")])
    end = by_spot(run)[WEBHOOK]
    assert (end["outcome"], end["attempts"], end["doubt"], run.code) == ("failed", 0, False, 3)
    assert end["error"].startswith("Nothing was sent: the list of webhooks could not be read again.")
    assert team.world.tenant.now.webhooks == ()


def test_after_a_signal_nothing_is_begun_and_what_is_in_flight_is_recorded(team):
    """Both approvals were under way; the registrations and the webhook are left to the next run."""
    run = team.applies(strikes=[Strike(1, 0, "SIGTERM")])
    assert [(write.phase, write.target) for write in run.writes] == [
        ("approval", "tmpl_a"),
        ("approval", "tmpl_b"),
    ]
    assert {spot for spot, one in recorded(run).items() if one["outcome"] == "applied"} == {
        ("approval", "tmpl_a"),
        ("approval", "tmpl_b"),
    }
    assert WEBHOOK not in recorded(run)
    assert run.code == 130


def test_a_log_that_is_gone_ends_the_run_before_the_next_write(team):
    """What had left goes on to its end; a registration or the webhook is not begun."""
    run = team.applies(strikes=[Strike(2, 0, "log", "unlink")])
    assert [write.phase for write in run.writes] == ["approval", "approval"]
    assert "No further write is begun" in run.json["error"]
    assert run.code == 3


def test_the_webhook_is_not_begun_before_all_that_stands_before_it_is_recorded(team):
    """The log is gone when the last registration has been made."""
    run = team.applies(strikes=[Strike(4, 1, "log", "unlink")])
    assert [write.phase for write in run.writes] == ["approval", "approval", "a2p", "a2p"]
    assert "4 were done (4 applied), 1 not begun" in run.json["error"]


def test_a_key_is_another_where_the_text_is_and_the_log_does_not_know_it(team):
    """An older copy of the log counts the same write again: the tenant must not give its answer to the other."""
    team.applies()
    team.doubles_log()
    keys = []
    for number in (1, 2):
        team.goes_back()
        team.wants("tmpl_a", a2p=number)
        run = team.applies()
        keys += [write.key for write in run.writes if write.phase == "a2p"]
    assert None not in keys
    assert len(set(keys)) == len(keys) == 2


def test_what_nobody_reviewed_is_left_alone_and_told(team):
    """The file names one template; by now the other's document asks for something too."""
    team.applies()
    team.wants("tmpl_a", text=1)
    team.plans()
    team.wants("tmpl_b", text=1)
    run = team.applies("file")
    ends = {spot: (one["outcome"], one["attempts"], one["latency_ms"]) for spot, one in by_spot(run).items()}
    assert ends == {
        ("approval", "tmpl_a"): ("applied", 1, 10),
        ("approval", "tmpl_b"): ("unreviewed", 0, None),
    }
    left = by_spot(run)["approval", "tmpl_b"]
    assert (left["operation"], left["error"].split(":")[0]) == ("update", "Nobody reviewed this")
    assert [write.target for write in run.writes] == ["tmpl_a"]
    assert recorded(run).keys() == {("approval", "tmpl_a")}


@pytest.mark.parametrize(
    ("status", "outcome", "why"),
    [
        ("PENDING", "pending", "The tenant took the approval"),
        ("REJECTED", "held", "Somebody decided against it"),
    ],
)
def test_what_waits_is_a_result_and_nothing_is_sent_or_recorded_for_it(tmp_path, status, outcome, why):
    """The carrier has not decided yet, or somebody has; the other template is approved by now."""
    team = Rivals(tmp_path, ("carrier=slow",))
    try:
        team.applies()
        team.decides("tmpl_b")
        if status != "PENDING":
            team.edits("tmpl_a", "status", status)
        run = team.applies()
    finally:
        team.close()
    waits = by_spot(run)["approval", "tmpl_a"]
    assert (waits["operation"], waits["outcome"], waits["attempts"]) == ("approve", outcome, 0)
    assert waits["error"].startswith(why)
    assert ("a2p", "tmpl_b") in recorded(run)
    assert ("approval", "tmpl_a") not in recorded(run)
    assert {write.target for write in run.writes} == {"tmpl_b"}


def test_what_could_not_be_delivered_is_a_warning_and_delivered_by_the_next_run(team):
    """The writes are done and recorded all the same; where all was delivered there is no word of it."""
    run = team.applies(strikes=[Strike(5, 2, "403")])
    assert run.code == 0
    assert "4 audit records were not delivered to the tenant's audit log" in run.err
    assert [len(one["delivered"]) for one in run.appended if one["event"] == "delivered"] == [1]
    later = team.applies()
    assert [len(one["delivered"]) for one in later.appended if one["event"] == "delivered"] == [4]
    assert "delivered" not in later.err


def test_a_first_run_that_was_killed_is_gone_on_with_under_its_keys(tmp_path):
    """The log's id stands in each key, and is known before the log has it on disk: the tenant registers once."""
    team = Rivals(tmp_path, ("no-lists",))
    try:
        first = team.applies(strikes=[Strike(3, 0, "kill-done")])
        again = team.applies()
    finally:
        team.close()
    (sent,) = [write for write in first.writes if write.phase == "a2p"]
    assert [write.key for write in again.writes if write.spot == sent.spot] == [sent.key]


@pytest.mark.parametrize(
    ("retries", "faults", "outcome"),
    [(0, 1, "failed"), (1, 1, "applied"), (2, 2, "applied"), (2, 3, "failed")],
)
def test_a_write_is_sent_once_more_than_it_may_be_repeated(tmp_path, retries, faults, outcome):
    """As RECONCILER_RETRIES has it; the tenant does not carry out what gets lost."""
    team = Rivals(tmp_path, (), retries)
    try:
        team.applies()
        team.wants("tmpl_a", text=1)
        run = team.applies(strikes=[Strike(number, 0, "vanished") for number in range(1, faults + 1)])
    finally:
        team.close()
    end = by_spot(run)["approval", "tmpl_a"]
    assert (end["outcome"], end["attempts"]) == (outcome, min(faults, retries) + 1)
