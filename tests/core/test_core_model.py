"""The nouns."""

from __future__ import annotations

from reconciler.core.outcome import Outcome


def test_what_is_not_good_leaves_an_apply_incomplete_and_some_of_it_waits():
    """Applied and unchanged are good; pending and held wait for somebody, and the rest is not done."""
    assert [one for one in Outcome if one.good] == ["applied", "unchanged"]
    assert [one for one in Outcome if one.waits] == ["pending", "held"]
