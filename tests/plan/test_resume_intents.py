"""What became of a write whose run ended before it could say so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import A2P, EVENTS, FIELDS, T0, T1, live, wire, wire_registration, wire_webhook

from reconciler.core.model import Policy
from reconciler.core.outcome import Outcome
from reconciler.kinds import discover
from reconciler.plan.resume import Intent, recover

KINDS = discover()


def put(operation: str = "approve", **sent) -> Intent:
    """A template's PUT over ``T0``."""
    changed = tuple(sorted({*sent, "status"}))
    return Intent(operation=operation, sent={**FIELDS, **sent}, updated_at=T0, changed=changed)


def template_after(intent: Intent, *shown, policy=None):
    """How a template's PUT ended by what is shown."""
    lives = [live("template", item) for item in shown]
    return recover(KINDS["template"], intent, lives, policy or Policy())


@pytest.mark.parametrize(
    ("intent", "shown", "policy", "outcome"),
    [
        (put(), wire(status="APPROVED", updated_at=T1), {}, Outcome.APPLIED),
        (put(), wire(), {}, None),
        (put(content="New"), wire(), {}, None),
        (put(), wire(updated_at=T1), {}, None),
        (put(), wire(status="SUBMITTED", updated_at=T1), {}, None),
        (put(content="New"), wire(content="New", updated_at=T1), {}, Outcome.PENDING),
        (put(), wire(status="REJECTED", updated_at=T1), {}, Outcome.HELD),
        (put(), wire(status="REJECTED", updated_at="0"), {}, Outcome.HELD),
        (put(), wire(updated_at=T1), {"approve_from": ("DRAFT",)}, Outcome.HELD),
        (put(), wire(status="X", updated_at=T1), {"approve_from": ("X",)}, None),
        (replace(put(), changed=()), wire(updated_at=T1), {}, None),
        (
            put(content="New"),
            wire(content="New", status="X", updated_at=T1),
            {"approve_from": ("X",)},
            Outcome.PENDING,
        ),
        (put(content="New"), wire(updated_at=T1), {}, Outcome.CONFLICT),
        (put(), wire(content="Edited", updated_at=T1), {}, Outcome.CONFLICT),
        (put("revoke", status="SUSPENDED"), wire(status="SUSPENDED", updated_at=T1), {}, Outcome.APPLIED),
        (put("revoke", status="SUSPENDED"), wire(status="APPROVED", updated_at=T1), {}, Outcome.CONFLICT),
        (put("revoke", status="SUSPENDED"), wire(status="APPROVED"), {}, None),
        (put("update", status="DRAFT"), wire(status="DRAFT", updated_at=T1), {}, Outcome.APPLIED),
    ],
)
def test_a_put_is_judged_by_what_the_tenant_shows(intent, shown, policy, outcome) -> None:
    """Arrived, never arrived, owed, held or overtaken: by version and compared fields alone."""
    ended = template_after(intent, shown, policy=Policy(**policy))
    assert (ended.outcome if ended is not None else None) == outcome
    if ended is not None:
        assert ended.live is not None
        assert ended.live.version == shown["meta"]["updated_at"]
        assert ended.owed is (outcome is Outcome.PENDING)
        assert bool(ended.error) is (outcome in {Outcome.HELD, Outcome.CONFLICT})


def test_a_conflict_names_the_field_that_is_not_as_sent() -> None:
    """Somebody has to look at it."""
    ended = template_after(put(), wire(content="Edited", name="N", updated_at=T1))
    assert ended is not None
    assert "content, name" in (ended.error or "")


def test_nothing_is_told_of_a_template_that_was_not_read() -> None:
    """Without the object there is nothing to judge by."""
    assert template_after(put()) is None


@pytest.mark.parametrize("operation", ["register", "update"])
@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ([wire_registration()], Outcome.APPLIED),
        ([wire_registration(campaign_name="Old"), wire_registration()], Outcome.APPLIED),
        ([wire_registration(campaign_name="Old")], None),
        ([], None),
        ([{"id": "reg_tmpl_a", "template_id": "tmpl_a"}], None),
        ([wire_registration(campaign_name=None)], None),
    ],
    ids=["there", "among others", "the old one", "none", "a bare summary", "a partial summary"],
)
def test_a_registration_is_there_where_the_list_shows_it_as_sent(operation, shown, outcome) -> None:
    """All that was sent must be shown: a summary proves nothing."""
    lives = [live("registration", item) for item in shown]
    intent = Intent(operation=operation, sent=A2P, updated_at=None)
    ended = recover(KINDS["registration"], intent, lives, Policy())
    assert (ended.outcome if ended is not None else None) == outcome
    if ended is not None:
        assert ended.id == "reg_tmpl_a"


@pytest.mark.parametrize(
    ("operation", "events", "outcome"),
    [
        ("create", EVENTS, Outcome.APPLIED),
        ("create", ["other"], None),
        ("update", EVENTS, Outcome.APPLIED),
        ("update", ["old"], None),
        ("rotate", EVENTS, None),
    ],
)
def test_a_webhook_is_judged_by_its_events_and_a_rotation_not_at_all(operation, events, outcome) -> None:
    """Nothing in a tenant shows which secret a webhook has."""
    intent = Intent(operation=operation, sent={"events": EVENTS}, updated_at=None)
    ended = recover(KINDS["webhook"], intent, [live("webhook", wire_webhook(events=events))], Policy())
    assert (ended.outcome if ended is not None else None) == outcome
    if ended is not None:
        assert ended.id == "wh_1"


def test_a_webhook_on_a_tenant_without_the_list_cannot_be_told() -> None:
    """No live object, no verdict."""
    intent = Intent(operation="create", sent={"events": EVENTS}, updated_at=None)
    assert recover(KINDS["webhook"], intent, [], Policy()) is None
