"""The plan, from literals: which actions, in which order, and what a reviewer is told beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from builders import (
    A2P,
    EVENTS,
    FIELDS,
    MESSAGE,
    T0,
    T1,
    T2,
    TENANT,
    URL,
    action,
    hook,
    observed,
    only,
    pairs,
    plan_of,
    planned,
    register,
    rotate,
    template,
    unchecked,
    waiting,
    wire,
    wire_registration,
    wire_webhook,
)
from builders import given as asked
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.audit.memory import Memory
from reconciler.core.model import (
    SECRET,
    Change,
    Finding,
    Guard,
    Measure,
    Plan,
    Policy,
    Remembered,
    Severity,
    Shown,
    Source,
)
from reconciler.core.plan_json import to_json, with_digest
from reconciler.plan.build import build
from reconciler.plan.resume import OpenIntent, Resumption

ALONE: tuple[str, ...] = ()
"""The source's six calls alone: no list of anything."""
SENT = Remembered(owed=FIELDS, owed_status="PENDING")
ASKED = replace(SENT, owed_from=Policy().approve_from)
HOOK = ("webhook", URL)
REGISTRATION = ("registration", "tmpl_a")
TEMPLATE = ("template", "tmpl_a")


# --- approvals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "asked", "operation", "fields"),
    [
        ("PENDING", "APPROVED", "approve", ["status"]),
        ("DRAFT", "APPROVED", "approve", ["status"]),
        ("APPROVED", "SUSPENDED", "revoke", ["status"]),
        ("APPROVED", "DRAFT", "revoke", ["status"]),
        ("DRAFT", "PENDING", "update", ["status"]),
        ("REJECTED", "DRAFT", "update", ["status"]),
    ],
)
def test_the_operation_says_what_becomes_of_the_status(live, asked, operation, fields) -> None:
    """``approve`` is to APPROVED, ``revoke`` from APPROVED, ``update`` any other change."""
    plan = planned(template(status=asked), seen=observed(wire(status=live)))
    one = only(plan, "approval")
    assert (one.operation, [change.field for change in one.changes]) == (operation, fields)
    assert pairs(one) == [("status", live, asked)]


def test_a_text_changed_under_an_approval_is_an_update() -> None:
    """APPROVED stays APPROVED: neither to it nor from it."""
    plan = planned(template(content="New text. STOP to end"), seen=observed(wire(status="APPROVED")))
    one = only(plan, "approval")
    assert (one.operation, pairs(one)) == (
        "update",
        [("content", FIELDS["content"], "New text. STOP to end")],
    )


def test_a_rejected_template_with_another_difference_is_approved() -> None:
    """It was held until another field of its document differed; now its text does."""
    seen = observed(wire(status="REJECTED", content="Old"))
    plan = planned(template(), seen=seen)
    assert plan.held == ()
    assert (only(plan, "approval").operation, [c.field for c in only(plan, "approval").changes]) == (
        "approve",
        ["content", "status"],
    )


def test_changes_are_sorted_by_field_name() -> None:
    """All four compared fields, in alphabetical order, each with both sides."""
    seen = observed(wire(content="c", from_address="1", name="n", status="DRAFT"))
    one = only(planned(template(), seen=seen), "approval")
    assert pairs(one) == [
        ("content", "c", FIELDS["content"]),
        ("from_address", "1", "45678"),
        ("name", "n", FIELDS["name"]),
        ("status", "DRAFT", "APPROVED"),
    ]


def test_an_approval_carries_updated_at_as_it_was_read() -> None:
    """The opaque version is neither parsed nor reformatted, and only an approval has one."""
    odd = "20261120T10+0530 (rev 7)"
    plan = planned(template(), hook(), seen=observed(wire(updated_at=odd)))
    assert [one.updated_at for one in plan.actions] == [odd, None, None]


def test_an_action_says_where_its_document_begins() -> None:
    """File and line of the document, for every phase."""
    plan = planned(template(line=7), hook(line=3), seen=observed(wire()))
    assert [one.source for one in plan.actions] == [
        Source(file="templates.d/a.yaml", line=7),
        Source(file="templates.d/a.yaml", line=7),
        Source(file="templates.d/hooks.yaml", line=3),
    ]


def test_what_no_file_manages_is_shown_beside_the_change() -> None:
    """A template's other fields, as they were read; none where only a lean value is at hand."""
    seen = observed(wire(locale={"tag": "de"}))
    assert only(planned(template(), seen=seen), "approval").unmanaged == {"locale": {"tag": "de"}}
    (whole,) = seen.lives[TEMPLATE]
    for raw in (None, {"id": "tmpl_a", **FIELDS, "meta": {}}):
        lean = replace(seen, lives={TEMPLATE: (whole._replace(raw=raw),)})
        assert only(planned(template(), seen=lean), "approval").unmanaged is None


# --- registrations --------------------------------------------------------------------------------------------------


def test_a_template_without_a_registration_is_registered() -> None:
    """``live`` is null for every field of a ``register``."""
    plan = planned(template(), seen=observed(wire(status="APPROVED")))
    assert (only(plan, "a2p").operation, pairs(only(plan, "a2p"))) == ("register", pairs(register()))
    assert plan.unchanged == 1


def test_a_registration_that_differs_is_updated() -> None:
    """Only the field that differs stands in the changes."""
    seen = observed(
        wire(status="APPROVED"),
        registrations=[wire_registration(campaign_name="Old"), wire_registration("x")],
    )
    one = only(planned(template(), seen=seen), "a2p")
    assert (one.operation, pairs(one)) == ("update", [("campaign_name", "Old", "Appointments")])


@pytest.mark.parametrize(
    "body",
    [{"status": "DRAFT"}, {"status": "SUSPENDED"}, {"a2p": None}],
    ids=["draft", "suspended", "no a2p"],
)
def test_only_templates_desired_approved_are_registered(body) -> None:
    """A document with another status, or no ``a2p``, has no registration to plan or to count."""
    seen = observed(wire(status=body.get("status", "APPROVED")))
    plan = planned(template(**body), seen=seen)
    assert (plan.actions, plan.unchanged) == ((), 1)


def test_a_remembered_registration_needs_nothing_where_there_is_no_list() -> None:
    """With the six calls alone a second apply sends no write: the log knows."""
    seen = observed(wire(status="APPROVED"), listed=ALONE)
    plan = planned(template(), seen=seen, remembered={REGISTRATION: Remembered(fields=A2P)})
    assert (plan.actions, plan.unchanged, plan.notes) == ((), 2, ())


def test_a_remembered_registration_that_differs_is_updated() -> None:
    """What was last confirmed stands for what is live."""
    old = {**A2P, "message_class": "MARKETING"}
    seen = observed(wire(status="APPROVED"), listed=ALONE)
    one = only(planned(template(), seen=seen, remembered={REGISTRATION: Remembered(fields=old)}), "a2p")
    assert (one.operation, pairs(one)) == ("update", [("message_class", "MARKETING", "TRANSACTIONAL")])


@pytest.mark.parametrize(
    ("shown", "operation"),
    [([], "register"), ([wire_registration(campaign_name="Old")], "update"), ([wire_registration()], None)],
    ids=["gone", "other", "there"],
)
def test_live_registrations_beat_remembered_ones(shown, operation) -> None:
    """Where the tenant lists them, the log's word does not count."""
    seen = observed(wire(status="APPROVED"), registrations=shown)
    plan = planned(template(), seen=seen, remembered={REGISTRATION: Remembered(fields=A2P)})
    assert [one.operation for one in plan.actions] == ([operation] if operation else [])


def test_a_summary_of_a_registration_is_completed_from_the_log() -> None:
    """A list item may be a summary: what it lacks is remembered, what it shows is live."""
    summary = wire_registration(opt_in_language=None, campaign_name="Old")
    seen = observed(wire(status="APPROVED"), registrations=[summary])
    one = only(planned(template(), seen=seen, remembered={REGISTRATION: Remembered(fields=A2P)}), "a2p")
    assert pairs(one) == [("campaign_name", "Old", "Appointments")]


def test_of_several_registrations_one_as_desired_is_enough() -> None:
    """A tenant that keeps every POST shows more than one for a template."""
    shown = [
        wire_registration(campaign_name="Old"),
        wire_registration(),
        wire_registration(campaign_name="B"),
    ]
    plan = planned(template(), seen=observed(wire(status="APPROVED"), registrations=shown))
    assert plan.actions == ()


# --- webhooks -------------------------------------------------------------------------------------------------------


def test_a_webhook_that_is_not_there_is_created() -> None:
    """``live`` is null for events and secret alike, and the secret shows as ``(secret)``."""
    one = only(planned(hook(), seen=observed()), "webhook")
    assert (one.operation, one.target) == ("create", URL)
    assert pairs(one) == [("events", None, EVENTS), ("secret", None, SECRET)]


@pytest.mark.parametrize(
    ("remembered", "expected"),
    [
        (None, [("events", ("x",), EVENTS), ("secret", SECRET, SECRET)]),
        (Remembered(fields={"events": ("x",)}, id="wh_1", fingerprint="f"), [("events", ("x",), EVENTS)]),
        (Remembered(fields={"events": ("x",)}, id="wh_0", fingerprint="f"), "with the secret"),
    ],
    ids=["never remembered", "remembered", "remembered of another webhook"],
)
def test_an_update_lists_the_secret_only_where_none_is_remembered(remembered, expected) -> None:
    """An ``update`` sends the secret; it is a change for the reviewer where the tenant's is not known to be ours."""
    seen = observed(webhooks=[wire_webhook(events=["x"])])
    memory = {HOOK: remembered} if remembered is not None else {}
    plan = planned(hook(), seen=seen, remembered=memory, fingerprints={URL: "f"})
    one = only(plan, "webhook")
    fields = [("events", ("x",), EVENTS), ("secret", SECRET, SECRET)]
    assert (one.operation, pairs(one)) == ("update", fields if expected == "with the secret" else expected)


@pytest.mark.parametrize(
    ("remembered", "here", "operation"),
    [
        (Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f"), {URL: "f"}, None),
        (Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f"), {URL: "g"}, "rotate"),
        (Remembered(fields={"events": EVENTS}, fingerprint="f"), {URL: "g"}, "rotate"),
        (Remembered(fields={"events": EVENTS}, id="wh_0", fingerprint="f"), {URL: "g"}, None),
        (Remembered(fields={"events": EVENTS}, id="wh_1"), {}, None),
        (Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f", doubt=True), {URL: "f"}, "rotate"),
        (None, {}, None),
    ],
    ids=["same", "another", "no id", "of another webhook", "no fingerprint", "in doubt", "adopted"],
)
def test_a_secret_is_rotated_where_another_was_remembered(remembered, here, operation) -> None:
    """``rotate`` is the secret alone, compared by what the log remembers of this very webhook."""
    assert _about_the_secret(remembered, here, listed=True) == operation


@pytest.mark.parametrize(
    ("remembered", "here", "operation"),
    [
        (Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f"), {URL: "f"}, None),
        (Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f"), {URL: "g"}, "rotate"),
        (Remembered(fields={"events": EVENTS}, fingerprint="f", doubt=True), {URL: "f"}, "rotate"),
        (Remembered(fields={"events": EVENTS}), {}, None),
    ],
    ids=["same", "another", "in doubt", "no fingerprint"],
)
def test_a_secret_is_rotated_by_the_log_alone(remembered, here, operation) -> None:
    """The same where the tenant lists nothing."""
    assert _about_the_secret(remembered, here, listed=False) == operation


def _about_the_secret(remembered, here, *, listed: bool) -> str | None:
    """The operation that is planned for a webhook whose events are as they should be."""
    seen = observed(webhooks=[wire_webhook()] if listed else [], listed=["webhook"] if listed else ALONE)
    memory = {HOOK: remembered} if remembered is not None else {}
    plan = planned(hook(), seen=seen, remembered=memory, fingerprints=here)
    assert all(pairs(one) == pairs(rotate()) for one in plan.actions)
    return plan.actions[0].operation if plan.actions else None


def test_rotate_on_demand_reaches_an_adopted_webhook() -> None:
    """``--rotate URL`` sets a secret that was never remembered; ``live`` reads ``(secret)``."""
    plan = planned(hook(), seen=observed(webhooks=[wire_webhook()]), rotate=(URL,))
    assert [(one.operation, pairs(one)) for one in plan.actions] == [("rotate", [("secret", SECRET, SECRET)])]


def test_an_unreadable_secret_is_unchecked_and_rotates_nothing() -> None:
    """The plan cannot know, says so, and leaves it to the apply that can read the secret."""
    memory = {HOOK: Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f")}
    seen = observed(webhooks=[wire_webhook()])
    plan = planned(hook(), seen=seen, remembered=memory, unreadable=(URL,))
    assert (plan.unchecked, plan.actions, plan.unchanged) == ((unchecked(),), (), 1)


def test_unchecked_webhooks_are_sorted() -> None:
    """Whatever order they were found in."""
    urls = [f"https://{name}.example.com/" for name in "cab"]
    plan = planned(*(hook(url) for url in urls), seen=observed(), unreadable=urls)
    assert plan.unchecked == tuple(map(unchecked, sorted(urls)))
    assert planned(hook(), template(), seen=observed(wire()), unreadable=urls).unchecked == ()


def test_events_are_a_set() -> None:
    """Order and repetition in the document or the tenant are no difference."""
    seen = observed(webhooks=[wire_webhook(events=[*reversed(EVENTS), EVENTS[0]])])
    assert planned(hook(events=[EVENTS[1], EVENTS[0]]), seen=seen).actions == ()


@pytest.mark.parametrize(
    "live_url", ["HTTPS://Hooks.Example.com:443/cxone", "https://hooks.example.com/cxone"]
)
def test_a_webhook_is_known_by_its_normalised_url(live_url) -> None:
    """Scheme and host in any case, the default port in words or not: the same webhook."""
    seen = observed(webhooks=[wire_webhook(url=live_url)])
    assert planned(hook("https://HOOKS.example.com/cxone"), seen=seen).actions == ()


def test_a_remembered_webhook_needs_nothing_where_there_is_no_list() -> None:
    """A second POST makes a second webhook: the log keeps us from it."""
    memory = {HOOK: Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f")}
    seen = observed(listed=ALONE)
    plan = planned(hook(), seen=seen, remembered=memory, fingerprints={URL: "f"})
    assert (plan.actions, plan.unchanged, plan.notes) == ((), 1, ())


def test_a_remembered_webhook_with_other_events_is_updated() -> None:
    """What was last confirmed stands for what is live."""
    memory = {HOOK: Remembered(fields={"events": ("x",)}, id="wh_1", fingerprint="f")}
    plan = planned(hook(), seen=observed(listed=ALONE), remembered=memory, fingerprints={URL: "f"})
    assert (pairs(only(plan, "webhook")), plan.notes) == ([("events", ("x",), EVENTS)], ())


def test_a_webhook_deleted_in_the_console_is_created_anew() -> None:
    """Live beats remembered: the list shows that it is gone."""
    memory = {HOOK: Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f")}
    plan = planned(hook(), seen=observed(), remembered=memory, fingerprints={URL: "f"})
    assert only(plan, "webhook").operation == "create"


@pytest.mark.parametrize(
    ("ids", "remembered", "chosen"),
    [
        (["wh_9", "wh_10", "wh_2"], "wh_9", "wh_9"),
        (["wh_c", "wh_b", "wh_a"], "wh_x", "wh_a"),
        (["10", "9", "11"], None, "9"),
        ([12, 3], None, "3"),
    ],
    ids=["remembered", "lowest text", "lowest number", "numbers on the wire"],
)
def test_of_several_webhooks_the_remembered_id_counts_else_the_lowest(ids, remembered, chosen) -> None:
    """The others are named in a warning, and only the chosen one is compared."""
    shown = [wire_webhook(one, events=EVENTS if str(one) == chosen else ["other"]) for one in ids]
    memory = {HOOK: Remembered(id=remembered, fields={"events": EVENTS})} if remembered else {}
    plan = planned(hook(), seen=observed(webhooks=shown), remembered=memory)
    assert plan.actions == ()
    warning = next(note for note in plan.notes if "delete the others" in note)
    assert all(str(one) in warning for one in ids)
    assert URL in warning


# --- what needs nothing, pending, held ------------------------------------------------------------------------------


def test_unchanged_counts_templates_registrations_and_webhooks() -> None:
    """All three in the files that need nothing, and none that do."""
    seen = observed(
        wire("tmpl_a", status="APPROVED"),
        wire("tmpl_b", status="APPROVED"),
        wire("tmpl_c", status="APPROVED", name="Other"),
        registrations=[wire_registration("tmpl_a"), wire_registration("tmpl_c")],
        webhooks=[wire_webhook()],
    )
    plan = planned(template("tmpl_a"), template("tmpl_b", a2p=None), template("tmpl_c"), hook(), seen=seen)
    assert (len(plan.actions), plan.unchanged) == (1, 5)


@pytest.mark.parametrize(
    ("shown", "memory", "policy", "state"),
    [
        ({}, SENT, {}, "pending"),
        ({"updated_at": T1}, SENT, {}, "pending"),
        ({"status": "SUBMITTED"}, SENT, {}, "pending"),
        ({"locale": {"tag": "de"}}, SENT, {}, "pending"),
        ({"status": "DRAFT"}, SENT, {}, "action"),
        ({"status": "REJECTED"}, SENT, {}, "held"),
        ({"status": "REJECTED"}, SENT, {"approve_from": ("REJECTED",)}, "pending"),
        ({"status": "REJECTED"}, ASKED, {"approve_from": ("REJECTED",)}, "action"),
        ({"status": "SUBMITTED"}, ASKED, {"approve_from": ("SUBMITTED", "REJECTED")}, "pending"),
        ({"status": "SUSPENDED"}, None, {}, "held"),
        ({"status": "WEIRD"}, None, {}, "held"),
        ({"status": "WEIRD"}, None, {"approve_from": ("WEIRD",)}, "action"),
        ({}, SENT, {"approve_from": ("DRAFT",)}, "held"),
        ({"content": "Other"}, SENT, {}, "action"),
        ({"name": "Other"}, SENT, {}, "action"),
        ({"from_address": "1"}, SENT, {}, "action"),
        ({}, None, {}, "action"),
        ({}, Remembered(), {}, "action"),
        ({}, Remembered(owed={**FIELDS, "content": "Other"}, owed_status="PENDING"), {}, "action"),
        ({"status": "APPROVED"}, SENT, {}, "unchanged"),
        ({"status": "APPROVED", "name": "Other"}, SENT, {}, "action"),
        ({"status": "REJECTED", "name": "Other"}, None, {}, "action"),
    ],
)
def test_what_the_carrier_owes_is_pending_and_what_it_refused_is_held(shown, memory, policy, state) -> None:
    """Owed until a compared field moves, the status leaves ``approve_from`` or is DRAFT again; else an action."""
    remembered = {TEMPLATE: memory} if memory is not None else {}
    plan = planned(
        template(),
        seen=observed(wire(**shown), registrations=[wire_registration()]),
        remembered=remembered,
        policy=Policy(**policy),
    )
    found = {
        "pending": [item.id for item in plan.pending] == ["tmpl_a"],
        "held": [item.id for item in plan.held] == ["tmpl_a"],
        "action": [one.phase for one in plan.actions] == ["approval"],
        "unchanged": plan.unchanged == 2,
    }
    assert {name for name, holds in found.items() if holds} == {state}


def test_a_document_that_asks_for_something_else_is_not_pending() -> None:
    """Pending only while the document asks for what was sent: its new text is an action as ever."""
    plan = planned(
        template(content="New. STOP to end"),
        seen=observed(wire(), registrations=[wire_registration()]),
        remembered={TEMPLATE: SENT},
    )
    assert (plan.pending, [c.field for c in only(plan, "approval").changes]) == ((), ["content", "status"])


def test_a_document_that_asks_for_another_status_is_not_pending() -> None:
    """An emergency stop of an approval under way is an action."""
    plan = planned(template(status="DRAFT"), seen=observed(wire()), remembered={TEMPLATE: SENT})
    assert (plan.pending, only(plan, "approval").operation) == ((), "update")


@pytest.mark.parametrize("status", ["PENDING", "REJECTED"])
def test_a_pending_or_held_template_has_no_action_in_either_phase(status) -> None:
    """Its registration waits too, is no action, and is not counted as needing nothing."""
    remembered = {TEMPLATE: SENT}
    plan = planned(template(), seen=observed(wire(status=status)), remembered=remembered)
    assert (plan.actions, plan.unchanged) == ((), 0)
    assert plan.waiting == {"tmpl_a"}


def test_one_that_waits_keeps_no_other_waiting() -> None:
    """The registration of the first comes after its carrier's decision, that of the second after its approval."""
    seen = observed(*map(wire, ("tmpl_a", "tmpl_b")))
    plan = planned(*map(template, ("tmpl_a", "tmpl_b")), seen=seen, remembered={TEMPLATE: ASKED})
    assert [one.id for one in plan.pending] == ["tmpl_a"]
    assert [(one.phase, one.target) for one in plan.actions] == [("approval", "tmpl_b"), ("a2p", "tmpl_b")]


def test_pending_and_held_are_sorted() -> None:
    """Whatever order the files are in."""
    names = ["tmpl_c", "tmpl_a", "tmpl_b"]
    remembered = {("template", name): SENT for name in names}
    pending = planned(*map(template, names), seen=observed(*map(wire, names)), remembered=remembered)
    held = planned(*map(template, names), seen=observed(*(wire(name, status="REJECTED") for name in names)))
    assert [[item.id for item in each] for each in (pending.pending, held.held)] == [sorted(names)] * 2


def test_a_template_that_is_not_wanted_approved_is_never_held() -> None:
    """Held are ids desired APPROVED; a rejected template that should be a DRAFT is changed."""
    plan = planned(template(status="DRAFT"), seen=observed(wire(status="REJECTED")))
    assert (plan.held, only(plan, "approval").operation) == ((), "update")


# --- order, lists, guards, notes ------------------------------------------------------------------------------------


def test_phases_come_in_order_and_targets_inside_them() -> None:
    """Approvals, registrations, webhooks; inside a phase by target."""
    plan = planned(
        hook("https://b.example.com/"),
        template("tmpl_b"),
        hook("https://a.example.com/"),
        template("Tmpl_c"),
        template("tmpl_a"),
        seen=observed(wire("tmpl_a"), wire("tmpl_b"), wire("Tmpl_c")),
    )
    assert [(one.phase, one.target) for one in plan.actions] == [
        ("approval", "Tmpl_c"),
        ("approval", "tmpl_a"),
        ("approval", "tmpl_b"),
        ("a2p", "Tmpl_c"),
        ("a2p", "tmpl_a"),
        ("a2p", "tmpl_b"),
        ("webhook", "https://a.example.com/"),
        ("webhook", "https://b.example.com/"),
    ]


def test_a_template_in_no_file_is_never_touched() -> None:
    """What the tenant has besides is no part of the plan."""
    seen = observed(
        wire("tmpl_a", status="APPROVED"),
        wire("tmpl_x"),
        registrations=[wire_registration("tmpl_a"), wire_registration("tmpl_x")],
        webhooks=[wire_webhook(url="https://other.example.com/")],
    )
    plan = planned(template(), seen=seen)
    assert (plan.actions, plan.unchanged, plan.notes, plan.pending, plan.held) == ((), 2, (), (), ())


def test_refused_lists_stand_in_unlisted_by_their_names() -> None:
    """``templates``, ``registrations``, ``webhooks``: the API's words, sorted."""
    seen = observed(wire(status="APPROVED"), listed=ALONE, refused=["webhook", "template", "registration"])
    assert planned(template(), hook(), seen=seen).unlisted == ("registrations", "templates", "webhooks")
    assert planned(template(), hook(), seen=observed(wire(), listed=ALONE)).unlisted == ()


def test_a_first_run_without_lists_says_that_nothing_is_known() -> None:
    """Where neither the tenant nor the log can tell, the plan says so in its notes and goes on."""
    plan = planned(template(), hook(), seen=observed(wire(status="APPROVED"), listed=ALONE))
    assert [one.operation for one in plan.actions] == ["register", "create"]
    about = [note for note in plan.notes if "not known" in note]
    assert len(about) == 2
    assert "tmpl_a" in about[0]
    assert URL in about[1]
    assert "audit accept" in about[1]


def test_nothing_is_unknown_where_the_tenant_lists() -> None:
    """A list that was read proves absence."""
    plan = planned(template(), hook(), seen=observed(wire(status="APPROVED")))
    assert not [note for note in plan.notes if "not known" in note]


def test_a_removed_document_is_named_as_no_longer_managed() -> None:
    """As long as the log remembers it, and without an action; a narrowed plan does not speak of others."""
    seen = observed(wire(status="APPROVED"), registrations=[wire_registration()])
    managed = {"tmpl_old", "tmpl_a", "tmpl_older"}
    plan = planned(template(), seen=seen, managed=managed)
    (note,) = plan.notes
    assert note.lower().startswith("no longer managed")
    assert "tmpl_old," in note
    assert "tmpl_older" in note
    assert "tmpl_a" not in note
    assert plan.actions == ()
    assert planned(template(), seen=seen, managed=managed, targets=("tmpl_a",)).notes == ()


def test_a_template_that_is_never_registered_is_managed_all_the_same() -> None:
    """Only a template whose document is gone is named, whatever else its document asks for."""
    seen = observed(wire(status="APPROVED"))
    assert planned(template(a2p=None), seen=seen, managed={"tmpl_a"}).notes == ()


def test_an_adopted_secret_is_noted_with_the_way_to_set_it() -> None:
    """A secret that was never remembered is in ``notes``, and set by ``--rotate URL``."""
    plan = planned(hook(), seen=observed(webhooks=[wire_webhook()]))
    (note,) = plan.notes
    assert f"--rotate {URL}" in note
    memory = {HOOK: Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f")}
    assert planned(hook(), seen=observed(webhooks=[wire_webhook()]), remembered=memory).notes == ()


def test_the_events_of_a_first_run_are_noted_as_not_delivered() -> None:
    """Webhooks come after approvals: what this run announces does not reach a webhook that it makes."""
    made = planned(template(), hook(), seen=observed(wire()))
    assert any("not delivered" in note and URL in note for note in made.notes)
    there = planned(template(), hook(), seen=observed(wire(), webhooks=[wire_webhook()]))
    alone = planned(hook(), seen=observed())
    assert not [note for note in (*there.notes, *alone.notes) if "not delivered" in note]


def test_long_notes_name_five_and_count_the_rest() -> None:
    """A lost log of a large tenant is one readable note."""
    names = [f"tmpl_{number}" for number in range(8)]
    seen = observed(*(wire(name, status="APPROVED") for name in names), listed=ALONE)
    (note,) = planned(*map(template, names), seen=seen).notes
    assert "tmpl_4 and 3 more" in note
    assert "tmpl_5" not in note
    (five,) = planned(*map(template, names[:5]), seen=seen).notes
    assert "tmpl_4:" in five
    assert "more" not in five


def test_callers_notes_findings_and_targets_stand_in_the_plan() -> None:
    """What the caller knows is passed on; targets are sorted and single."""
    finding = Finding(
        code="CX105", name="ucs2", severity=Severity.WARNING, message="m", file="f", line=1, column=1
    )
    plan = planned(
        template(), seen=observed(wire()), notes=("first",), findings=(finding,), targets=("b", "a", "b")
    )
    assert (plan.notes[0], plan.findings, plan.targets) == ("first", (finding,), ("a", "b"))


def test_guards_stand_in_the_plan() -> None:
    """A revocation shows what would be refused without a flag or a review."""
    plan = planned(template(status="SUSPENDED"), seen=observed(wire(status="APPROVED")))
    assert [(guard.name, guard.targets) for guard in plan.guards] == [("revoke", ("tmpl_a",))]
    assert planned(template(), seen=observed(wire())).guards == ()


@pytest.mark.parametrize(("approved", "many"), [(21, True), (22, False)])
def test_many_is_measured_by_what_is_live_approved(approved, many) -> None:
    """Eleven change; of all managed templates only those live APPROVED count, PENDING ones do not."""
    changing = {f"t{number:02}" for number in range(11)}
    names = [f"t{number:02}" for number in range(approved)]
    pending = [f"p{number:02}" for number in range(40)]
    plan = planned(
        *(template(name, a2p=None) for name in [*names, *pending]),
        seen=observed(
            *(
                wire(name, status="APPROVED", name="X" if name in changing else FIELDS["name"])
                for name in names
            ),
            *map(wire, pending),
        ),
    )
    assert [(guard.name, set(guard.targets)) for guard in plan.guards] == (
        [("many", changing)] if many else []
    )


def test_an_action_on_a_template_shows_the_message_before_and_after() -> None:
    """Sizes in septets; they are for the reader, and outside of the digest."""
    seen = observed(wire(content="Hi \u20ac. STOP to end"))
    one = only(planned(template(content="Hi. STOP to end"), seen=seen), "approval")
    assert one.sms == (
        Measure(encoding="gsm-7", units=18, segments=1),
        Measure(encoding="gsm-7", units=15, segments=1),
    )


@pytest.mark.parametrize(
    ("base", "newer", "cause", "undoes"),
    [
        ({**FIELDS, "name": "Live"}, {}, "intended", ()),
        ({**FIELDS}, {}, "drift", ()),
        ({**FIELDS, "name": "Third"}, {}, "both", ()),
        (None, {}, "intended", ()),
        ({**FIELDS}, {**FIELDS, "name": "Newer"}, "drift", ("name",)),
        ({**FIELDS}, {**FIELDS}, "drift", ()),
    ],
    ids=["the branch", "the tenant", "both", "new document", "newer on the base", "base as it was"],
)
def test_a_change_has_a_cause_where_a_base_is_compared_with(base, newer, cause, undoes) -> None:
    """What the files said at the merge base tells who wants it; the digest is the same with and without."""
    seen = observed(wire(status="APPROVED", name="Live"))
    document = template(a2p=None)
    compared = {"base": {TEMPLATE: base} if base else {}, "newer": {TEMPLATE: newer} if newer else {}}
    plan = planned(document, seen=seen, **compared)
    one = only(plan, "approval")
    assert (one.cause, [change.cause for change in one.changes], one.undoes) == (cause, [cause], undoes)
    assert plan.digest == planned(document, seen=seen).digest


# --- the digest -----------------------------------------------------------------------------------------------------

BASE = plan_of(
    action(sms=(Measure(encoding="gsm-7", units=1, segments=1),) * 2),
    register(),
    rotate(),
    unchecked=(unchecked(),),
)


def _with_first(**changed) -> Plan:
    first, *rest = BASE.actions
    return replace(BASE, actions=(replace(first, **changed), *rest))


@pytest.mark.parametrize(
    "plan",
    [
        replace(BASE, tenant="https://other.nicecxone.com"),
        replace(BASE, unchecked=()),
        replace(BASE, unlisted=("webhooks",)),
        replace(BASE, actions=BASE.actions[:-1]),
        replace(BASE, actions=BASE.actions[::-1]),
        _with_first(phase="a2p", reviewed={}),
        _with_first(operation="update"),
        _with_first(target="tmpl_b"),
        _with_first(reviewed={"message": MESSAGE, "updated_at": T1}),
        _with_first(reviewed={"message": MESSAGE, "updated_at": None}),
        _with_first(reviewed={"message": {**MESSAGE, "content": "Another."}, "updated_at": T0}),
        replace(BASE, unchecked=(unchecked(name="ANOTHER_SECRET"),)),
        replace(BASE, actions=(*BASE.actions[:-1], rotate(name="ANOTHER_SECRET"))),
        _with_first(changes=()),
        _with_first(changes=(Change(field="state", live="PENDING", desired="APPROVED"),)),
        _with_first(changes=(Change(field="status", live="DRAFT", desired="APPROVED"),)),
        _with_first(changes=(Change(field="status", live="PENDING", desired="SUSPENDED"),)),
        _with_first(changes=(Change(field="status", live=None, desired="APPROVED"),)),
    ],
    ids=lambda plan: "",
)
def test_the_digest_covers_what_a_review_approves(plan) -> None:
    """Tenant, unchecked, unlisted, and all of an action that a reviewer is shown."""
    assert with_digest(plan).digest != BASE.digest


@pytest.mark.parametrize(
    "plan",
    [
        replace(BASE, targets=("tmpl_a",)),
        replace(BASE, base_url="https://elsewhere.nicecxone.com"),
        replace(BASE, unchanged=99),
        replace(BASE, pending=(waiting("x"),), held=(waiting("y"),)),
        replace(BASE, guards=(Guard(name="many", targets=(), message="m"),)),
        replace(BASE, notes=("n",)),
        replace(
            BASE,
            findings=(
                Finding(
                    code="CX1", name="n", severity=Severity.ERROR, message="m", file="f", line=1, column=1
                ),
            ),
        ),
        replace(BASE, digest="sha256:of something else"),
        _with_first(source=Source(file="elsewhere.yaml", line=99)),
        _with_first(source=None),
        _with_first(sms=None),
        _with_first(cause="drift", undoes=("status",), unmanaged={"locale": 0.5}, received={"content": None}),
        _with_first(changes=(Change(field="status", live="PENDING", desired="APPROVED", cause="drift"),)),
    ],
    ids=lambda plan: "",
)
def test_the_digest_leaves_out_all_else(plan) -> None:
    """Source, notes, findings, counts, guards and sizes may differ from machine to machine."""
    assert with_digest(plan).digest == BASE.digest


def test_the_digest_is_the_sha256_of_the_reviewed_form() -> None:
    """Written down once by hand: the form that anyone can compute again."""
    import hashlib

    form = {
        "actions": [
            {
                "changes": [{"desired": "APPROVED", "field": "status", "live": "PENDING"}],
                "message": MESSAGE,
                "operation": "approve",
                "phase": "approval",
                "target": "tmpl_a",
                "updated_at": T0,
            },
            {
                "changes": [{"desired": SECRET, "field": "secret", "live": SECRET}],
                "operation": "rotate",
                "phase": "webhook",
                "secret": {"env": "HOOK_SECRET"},
                "target": URL,
            },
        ],
        "tenant": TENANT,
        "unchecked": [],
        "unlisted": ["webhooks"],
    }
    text = json.dumps(form, sort_keys=True, separators=(",", ":"))
    expected = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    assert plan_of(action(), rotate(), unlisted=("webhooks",)).digest == expected


DOCUMENTS = (
    template("tmpl_a"),
    template("tmpl_b", status="SUSPENDED", a2p=None),
    template("tmpl_c"),
    hook(),
    hook("https://b.example.com/"),
)
SEEN = (
    wire("tmpl_a"),
    wire("tmpl_b", status="APPROVED"),
    wire("tmpl_c", status="REJECTED"),
    wire("tmpl_d"),
)
HOOKS = (wire_webhook("7"), wire_webhook("12", events=["x"]), wire_webhook("3", "https://b.example.com/"))
FIRST = planned(
    *DOCUMENTS,
    seen=observed(*SEEN, webhooks=HOOKS),
    managed=("z", "y"),
    unreadable=(URL, "https://b.example.com/"),
)


@settings(deadline=None, max_examples=60)
@given(st.permutations(DOCUMENTS), st.permutations(SEEN), st.permutations(HOOKS))
def test_a_plan_does_not_depend_on_the_order_of_what_it_is_given(documents, seen, hooks) -> None:
    """Files and pages of lists come in any order: the same plan, the same digest."""
    again = planned(
        *documents,
        seen=observed(*seen, webhooks=hooks),
        managed=("y", "z"),
        unreadable=("https://b.example.com/", URL),
    )
    assert again == FIRST


def test_a_plan_does_not_depend_on_the_hash_seed() -> None:
    """Three processes with other string hashes write the same JSON."""
    script = (
        "import json, sys; sys.path[:0] = sys.argv[1:]; import test_build; "
        "from reconciler.core.plan_json import to_json; print(json.dumps(to_json(test_build.FIRST)))"
    )
    here = Path(__file__).parent
    command = [sys.executable, "-c", script, str(here), str(here.parent)]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env={"PYTHONHASHSEED": seed}, text=True)
        for seed in ("1", "20", "333")
    ]
    outputs = {run.communicate()[0] for run in runs}
    assert {json.dumps(to_json(FIRST)) + "\n"} == outputs
    assert FIRST.actions


# --- what the log last knew the tenant to show --------------------------------------------------------------------

REVOKED = Shown(status="SUSPENDED", since="2026-11-23T00:00:00.000Z", version=T1, ours=True)


@pytest.mark.parametrize(
    ("shown", "live", "state"),
    [
        (REVOKED, {}, "approve"),
        (REVOKED, {"updated_at": T2}, "held"),
        (REVOKED, {"status": "REJECTED"}, "held"),
        (replace(REVOKED, ours=False), {}, "held"),
        (replace(REVOKED, version=None), {"updated_at": None}, "held"),
        (None, {}, "held"),
    ],
)
def test_a_status_that_this_tool_set_itself_is_nobodys_decision_against_it(shown, live, state) -> None:
    """A revocation is taken back by reverting its commit, as long as nobody has written to the template since."""
    seen = observed(wire(**{"status": "SUSPENDED", "updated_at": T1, **live}))
    memory = Memory(shown={"tmpl_a": shown} if shown else {})
    plan = planned(template(a2p=None), seen=seen, memory=memory)
    assert [one.operation for one in plan.actions] + ["held"] * len(plan.held) == [state]


@pytest.mark.parametrize(
    ("status", "since"),
    [("REJECTED", "2026-11-23T00:00:00.000Z"), ("SUSPENDED", None), ("CANCELLED", None)],
)
def test_what_waits_says_its_status_and_since_when(status, since) -> None:
    """The status is the tenant's; since when, as far as the log knows it in that status."""
    memory = Memory(shown={"tmpl_a": Shown(status="REJECTED", since="2026-11-23T00:00:00.000Z")})
    plan = planned(template(a2p=None), seen=observed(wire(status=status)), memory=memory)
    assert plan.held == (waiting("tmpl_a", status, since),)


@pytest.mark.parametrize(
    ("document", "spot", "twice"),
    [(hook(), ("webhook", URL), True), (template(), ("a2p", "tmpl_a"), False)],
    ids=["webhook", "registration"],
)
def test_a_plan_over_an_open_intent_says_that_a_run_ended_early(document, spot, twice) -> None:
    """It is no first run and no lost log; and of a webhook there may be two."""
    begun = OpenIntent(record={}, ended=None)
    seen = observed(*([] if twice else [wire(status="APPROVED")]), listed=[])
    question = replace(asked(document, seen=seen), resumption=Resumption(intents={spot: begun}))
    (note,) = build(question).notes
    assert "A run that ended early" in note
    assert spot[1] in note
    assert ("twice" in note) is twice
    assert "first run" in " ".join(build(replace(question, resumption=Resumption())).notes)


def test_a_note_names_the_targets_of_its_own_kind_alone() -> None:
    """On a tenant without lists, each of what was never registered and never made is named once."""
    plan = planned(template(), hook(), seen=observed(wire(), listed=()))
    unknown = [note for note in plan.notes if note.startswith("The tenant cannot list")]
    assert [("tmpl_a" in note, URL in note) for note in unknown] == [(True, False), (False, True)]
