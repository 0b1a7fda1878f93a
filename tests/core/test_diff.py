"""Differences between two sets of fields."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.diff import changes, moved
from reconciler.core.model import Change

_FIELDS = st.dictionaries(st.sampled_from("abcdef"), st.none() | st.text(max_size=2) | st.just(("x", "y")))


@pytest.mark.parametrize(
    ("live", "desired", "expected"),
    [
        ({}, {}, []),
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": "2"}, [("a", "1", "2")]),
        ({}, {"b": "1", "a": "2"}, [("a", None, "2"), ("b", None, "1")]),
        ({"a": "1", "z": "9"}, {"a": "1"}, []),
        ({"a": None}, {"a": None}, []),
        ({}, {"a": None}, [("a", None, None)]),
        ({"a": ("x",)}, {"a": ("x", "y")}, [("a", ("x",), ("x", "y"))]),
        ({"a": "caf\u00e9"}, {"a": "cafe\u0301"}, [("a", "caf\u00e9", "cafe\u0301")]),
    ],
)
def test_one_change_for_each_desired_field_that_differs(live, desired, expected) -> None:
    """By field name; what is not desired is nobody's business, and nothing is normalised."""
    assert [(c.field, c.live, c.desired) for c in changes(live, desired)] == expected


@settings(deadline=None)
@given(_FIELDS, _FIELDS)
def test_laying_the_changes_over_live_gives_what_is_desired(live, desired) -> None:
    """The changes are enough, sorted, and none of them is empty."""
    found = changes(live, desired)
    assert {**live, **{change.field: change.desired for change in found}} == {**live, **desired}
    assert [change.field for change in found] == sorted({change.field for change in found})
    assert all(change.field not in live or change.live != change.desired for change in found)
    assert changes({**live, **desired}, desired) == ()


@pytest.mark.parametrize(
    ("planned", "found", "expected"),
    [
        ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}, ()),
        ({"a": "1", "b": "2"}, {"b": "3", "a": "4"}, ("a", "b")),
        ({"a": "1"}, {}, ()),
        ({"a": "1"}, {"a": "1", "b": "2"}, ()),
        ({"a": "1"}, {"a": None}, ("a",)),
    ],
)
def test_moved_names_the_fields_that_are_shown_otherwise(planned, found, expected) -> None:
    """What is not shown at all has not moved."""
    assert moved(planned, found) == expected


def test_a_change_says_both_sides() -> None:
    """The value that is compared is the value that is shown."""
    assert changes({"name": "A"}, {"name": "B"}) == (Change(field="name", live="A", desired="B"),)
