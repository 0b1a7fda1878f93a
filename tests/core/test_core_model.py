"""The nouns."""

from __future__ import annotations

from dataclasses import fields, replace

from reconciler.core.model import Live
from reconciler.core.outcome import Outcome


def test_what_is_not_good_leaves_an_apply_incomplete_and_some_of_it_waits():
    """Applied and unchanged are good; pending and held wait for somebody, and the rest is not done."""
    assert [one for one in Outcome if one.good] == ["applied", "unchanged"]
    assert [one for one in Outcome if one.waits] == ["pending", "held"]


def test_a_lean_object_lacks_its_wire_object_alone() -> None:
    """Whatever other field an object may have, one held lean has it too."""
    whole = Live(
        kind="template",
        target="tmpl_a",
        fields={"status": "APPROVED"},
        id="1",
        version="v1",
        raw={"id": "1"},
        etag='"e"',
        crlf=True,
    )
    plain = Live(kind="", target="", fields={})
    assert all(getattr(whole, field.name) != getattr(plain, field.name) for field in fields(Live))
    assert whole.lean(whole.fields) == replace(whole, raw=None)
