"""The kinds together: their registry, their order, their schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import document, hook, template

from reconciler.desired.schema import schemas
from reconciler.kinds import by_phase, discover

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_phases_come_in_the_order_of_doing() -> None:
    """Approvals, then registrations, then webhooks."""
    assert list(by_phase()) == ["approval", "a2p", "webhook"]
    assert [kind.collection for kind in discover().values()] == ["templates", "registrations", "webhooks"]


def test_the_registry_is_frozen() -> None:
    """Nobody adds a kind while a run is under way."""
    with pytest.raises(TypeError):
        discover()["other"] = None  # type: ignore[index]


def test_what_a_kind_comes_after_is_there() -> None:
    """Named, known, and of an earlier phase."""
    order = list(discover())
    for name, kind in discover().items():
        assert all(order.index(before) < order.index(name) for before in kind.after)
    assert discover()["registration"].after == ("template",)
    assert [name for name, kind in discover().items() if kind.last] == ["webhook"]


def test_every_kind_has_a_schema_for_its_document_that_has_its_fields() -> None:
    """A compared field is a property of the document, or of a block in it."""
    for kind in discover().values():
        schema = json.loads((SCHEMAS / f"{kind.document.lower()}.schema.json").read_text())
        assert schema["properties"]["kind"] == {**schema["properties"]["kind"], "const": kind.document}
        known = set(schema["properties"])
        for block in schema["properties"].values():
            known |= set(block.get("properties", {}))
        assert set(kind.fields) <= known


def test_every_documents_schema_has_a_kind_or_is_for_other_documents() -> None:
    """No document is accepted that nothing is done with."""
    assert set(schemas()) == {kind.document for kind in discover().values()} | {"Policy", "Campaign"}


def test_a_kind_takes_nothing_from_other_documents() -> None:
    """Every document is offered to every kind."""
    taken = {
        each.kind: [name for name, kind in discover().items() if kind.desired(each) is not None]
        for each in (template(), hook(), document("Policy"))
    }
    assert taken == {"Template": ["template", "registration"], "Webhook": ["webhook"], "Policy": []}


def test_each_kind_says_which_scope_its_writes_need() -> None:
    """A 403 names it, and apply checks it before anything is written."""
    assert {name: kind.scope for name, kind in discover().items()} == {
        "template": "messaging:write",
        "registration": "a2p:write",
        "webhook": "webhooks:write",
    }


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("template", "/api/v1/messaging/templates"),
        ("registration", "/api/v1/a2p/registrations"),
        ("webhook", "/api/v1/webhooks"),
    ],
)
def test_a_list_is_asked_for_in_pages_of_at_most_500(name, path) -> None:
    """``limit`` and, from the second page on, ``cursor``; lists need ``messaging:read``."""
    first, second = discover()[name].listing(None), discover()[name].listing("c&=1")
    assert (first.method, first.path, first.scope) == ("GET", path, "messaging:read")
    assert dict(first.query) == {"limit": "500"}
    assert dict(second.query) == {"limit": "500", "cursor": "c&=1"}


def test_only_templates_are_read_by_id() -> None:
    """The other two have no such call."""
    readable = [name for name, kind in discover().items() if kind.read("x") is not None]
    assert readable == ["template"]


@pytest.mark.parametrize(
    ("name", "before", "after", "operation"),
    [
        ("template", None, {"status": "APPROVED"}, "approve"),
        ("template", {"status": "APPROVED"}, {"status": "APPROVED"}, "update"),
        ("template", {"status": "APPROVED"}, {"status": "SUSPENDED"}, "revoke"),
        ("template", {"status": "DRAFT"}, {"status": "SUSPENDED"}, "update"),
        ("template", None, {"status": "DRAFT"}, "update"),
        ("registration", None, {"a": "b"}, "register"),
        ("registration", {"a": "c"}, {"a": "b"}, "update"),
        ("webhook", None, {"events": ("a",)}, "create"),
        ("webhook", {"events": ("b",)}, {"events": ("a",)}, "update"),
        ("webhook", {"events": ("a",)}, {"events": ("a",)}, "rotate"),
    ],
)
def test_an_operation_is_named_by_where_it_comes_from(name, before, after, operation) -> None:
    """An operation has one name, in plans of a tenant and in offline ones."""
    assert discover()[name].operation(before, after) == operation


def test_two_kinds_of_one_name_are_an_error(monkeypatch) -> None:
    """A copied file whose constants were not changed is found when the program starts."""
    import sys
    from types import ModuleType

    from reconciler import kinds

    module = ModuleType("reconciler.kinds.zz_copy")
    module.KIND = discover()["webhook"]  # type: ignore[attr-defined]
    listing = [*kinds.pkgutil.iter_modules(kinds.__path__)]
    copied = listing[-1]._replace(name="zz_copy")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(kinds.pkgutil, "iter_modules", lambda _: [*listing, copied])
    kinds.discover.cache_clear()
    with pytest.raises(RuntimeError, match="webhook"):
        kinds.discover()
    monkeypatch.undo()
    assert "webhook" in kinds.discover()


def test_a_kind_without_a_choice_takes_the_first_live_object() -> None:
    """Only webhooks can be there more than once under one name."""
    from builders import live, wire_registration, wire_webhook

    registrations = [live("registration", wire_registration(id=name)) for name in ("b", "a")]
    webhooks = [live("webhook", wire_webhook(name)) for name in ("b", "a", None)]
    assert discover()["registration"].chosen(registrations, "a") == registrations[0]
    assert discover()["registration"].chosen([], "a") is None
    assert discover()["webhook"].chosen(webhooks, "b") == webhooks[0]
    assert discover()["webhook"].chosen(webhooks[:2], "z") == webhooks[1]
    assert discover()["webhook"].chosen([], None) is None
