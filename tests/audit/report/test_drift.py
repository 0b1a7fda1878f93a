"""Drift that was undone: a change back to what the log had confirmed last, and nothing else."""

from __future__ import annotations

import pytest
from builders import URL
from story import LIVE, NEW, OLD, REVIEW, STATUS, Story

BACK = [("content", NEW, OLD)]


def undone(story) -> list[tuple[str, object, object]]:
    """Field, what the tenant showed, what it was put back to."""
    return [(one.field, one.found, one.restored) for one in story.tenant().undone]


def sent(content) -> dict:
    """What an intent remembers of a text."""
    return {"fields": {**LIVE, "content": content}}


def test_a_change_back_to_what_was_confirmed_is_drift_undone() -> None:
    """Which record had confirmed it, when, and what the tenant showed meanwhile."""
    story = Story()
    first = story.done()
    story.run("r2", "2026-10-14")
    seq = story.done(operation="update", changes=BACK)
    (one,) = story.tenant().undone
    assert (one.field, one.found, one.restored, one.confirmed, one.seq) == ("content", NEW, OLD, first, seq)
    assert (one.confirmed_at[:10], one.at[:10]) == ("2026-09-01", "2026-10-14")
    assert story.template().approvals[-1].undone == ("content",)


def test_what_is_no_drift_hides_none_beside_it() -> None:
    """A field that was never confirmed, and one whose live value was not known, stand before the text."""
    story = Story()
    story.done()
    story.done(changes=[("aaa", "x", "y"), ("channel", None, "sms"), *BACK, ("zzz", "x", "y")])
    assert undone(story) == [("content", NEW, OLD)]


def test_a_first_change_undoes_nothing() -> None:
    """Nothing was confirmed before."""
    story = Story()
    story.done(changes=BACK)
    assert undone(story) == []


def test_a_change_of_ones_own_back_to_an_earlier_text_is_none() -> None:
    """The text before was confirmed too, but not last."""
    story = Story()
    story.done()
    story.done(changes=[("content", OLD, NEW)], sent=sent(NEW))
    story.done(changes=BACK)
    assert undone(story) == []


def test_a_change_that_waited_for_the_carrier_counts_as_ones_own() -> None:
    """The tenant holds the new text from then on: going back is no drift."""
    for outcome in ("pending", "held"):
        story = Story()
        story.done()
        story.done(outcome, changes=[("content", OLD, NEW)], sent=sent(NEW), status="SUBMITTED")
        story.done(changes=[*BACK, ("status", "SUBMITTED", "APPROVED")])
        assert undone(story) == [], outcome


def test_a_write_whose_fate_is_unknown_proves_nothing() -> None:
    """It may have been ours that moved the text: doubt, or an answer over another version."""
    for fate in ({"doubt": True}, {"updated_at": "T1"}):
        story = Story()
        story.done()
        story.done("failed", changes=[("content", OLD, NEW)], sent=sent(NEW), **fate)
        story.done(changes=BACK)
        assert undone(story) == [], fate


def test_a_crash_proves_nothing() -> None:
    """An intent without an outcome may have arrived."""
    story = Story()
    story.done()
    story.intent(changes=[("content", OLD, NEW)], memory=sent(NEW))
    story.outcome("conflict", changes=[("content", OLD, NEW)], doubt=True)
    story.done(changes=BACK)
    assert undone(story) == []


@pytest.mark.parametrize("fate", [{}, {"updated_at": "T0"}, {"outcome": "conflict", "updated_at": "T9"}])
def test_an_attempt_that_did_not_arrive_changes_nothing(fate) -> None:
    """The drift is undone by the attempt that succeeds, and is told once."""
    story = Story()
    story.done()
    story.done(**{"outcome": "failed", **fate}, changes=BACK)
    assert undone(story) == []
    story.done(changes=BACK)
    assert undone(story) == [("content", NEW, OLD)]
    story.done(changes=[("name", "Other", "Third")])
    assert undone(story) == [("content", NEW, OLD)]


def test_a_failure_before_anything_was_sent_changes_nothing() -> None:
    """No intent, no write."""
    story = Story()
    story.done()
    story.outcome("failed", changes=BACK, attempts=0)
    story.done(changes=BACK)
    assert undone(story) == [("content", NEW, OLD)]


def test_what_somebody_else_put_back_is_not_told() -> None:
    """An outcome `unchanged` did nothing."""
    story = Story()
    story.done()
    story.outcome("unchanged", changes=BACK)
    assert undone(story) == []


def test_a_status_that_a_carrier_decides_later_is_told_when_it_is_decided() -> None:
    """The text was put back at once, the status when a later run found it approved."""
    story = Story()
    story.done()
    story.run("r2", "2026-10-01")
    changes = [*BACK, ("status", "DRAFT", "APPROVED")]
    story.done("pending", changes=changes, status="SUBMITTED")
    assert undone(story) == [("content", NEW, OLD)]
    story.run("r3", "2026-10-02")
    story.outcome("pending", changes=changes, attempts=0, status="SUBMITTED")
    end = story.outcome("unchanged", changes=changes, attempts=0, review=REVIEW)
    assert undone(story) == [("content", NEW, OLD), ("status", "DRAFT", "APPROVED")]
    assert story.tenant().undone[-1].seq == end
    story.done(changes=STATUS)
    assert len(undone(story)) == 3


def test_a_status_that_was_never_confirmed_is_no_drift_when_it_is_decided() -> None:
    """A first approval that waited."""
    story = Story()
    story.done("pending", status="SUBMITTED")
    story.outcome("unchanged", attempts=0)
    assert undone(story) == []


def test_unknown_values_and_secrets_prove_nothing() -> None:
    """A live null was not known; every secret looks the same."""
    story = Story()
    hook = {"phase": "webhook", "target": URL}
    changes = [("events", None, ["a", "b"]), ("secret", None, "(secret)")]
    story.done(**hook, changes=changes, memory={"fields": {"events": ["a", "b"]}})
    story.done(**hook, changes=changes)
    story.done(**hook, changes=[("secret", "(secret)", "(secret)")])
    assert undone(story) == []
    story.done(**hook, changes=[("events", ["a"], ["a", "b"])])
    assert undone(story) == [("events", ("a",), ("a", "b"))]


def test_what_a_person_accepted_counts_as_confirmed() -> None:
    """A later change back to it undoes drift."""
    story = Story()
    accepted = {"fields": {"events": ["a", "b"]}, "fingerprint": "f"}
    story.add("accepted", phase="webhook", operation="accept", target=URL, changes=[], memory=accepted)
    story.done(phase="webhook", target=URL, operation="update", changes=[("events", ["c"], ["a", "b"])])
    assert undone(story) == [("events", ("c",), ("a", "b"))]


def test_a_change_confirms_what_it_asked_for_by_itself() -> None:
    """Also where nothing else is remembered of what was sent."""
    story = Story()
    story.done(operation="update", changes=[("content", OLD, NEW)], sent={})
    story.done(operation="update", changes=[("content", OLD, NEW)], sent={})
    assert undone(story) == [("content", OLD, NEW)]
