"""Drift told by its consequence: what customers receive now, and which rules that breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import FIELDS, T0, TENANT, given, observed, planned, record, template, wire, wire_registration

from reconciler.audit.memory import remember
from reconciler.core.canonical import text_sha256
from reconciler.core.model import Policy
from reconciler.plan.build import build
from reconciler.plan.resume import settle
from reconciler.rules import Context

CONTEXT = Context(policy=Policy(), today="2026-11-26")
KEY = ("template", "tmpl_a")
BAD = "Win a prize! " * 13
NOTHING = {"content": None, "from_address": None, "breaks": []}


def left(outcome="applied", status="APPROVED", **fields):
    """What the log remembers after an approval of the template as its document asks, with these fields."""
    sent = {**FIELDS, **fields}
    spot = {"phase": "approval", "target": "tmpl_a", "operation": "approve", "changes": []}
    return [
        record("intent", **spot, seq=1, memory={"fields": sent}, updated_at=T0),
        record(
            "outcome",
            **spot,
            seq=2,
            outcome=outcome,
            status=status,
            content_sha256=text_sha256(sent["content"]),
        ),
    ]


def received(*records, document=None, **shown):
    """What the only action on the template says of what customers receive."""
    seen = observed(wire(**{"status": "APPROVED", **shown}), registrations=[wire_registration()])
    memory = remember(records, TENANT)
    question = given(document or template(), seen=seen, memory=memory, rules=CONTEXT)
    settled = settle(memory, seen, Policy(), question.desired)
    (one,) = [
        each for each in build(replace(question, resumption=settled)).actions if each.phase == "approval"
    ]
    return one.received


def test_a_text_that_somebody_changed_is_told_with_the_rules_that_it_breaks() -> None:
    """The live text, its sender, and each rule's code and name once."""
    assert received(*left(), content=BAD) == {
        "content": BAD,
        "from_address": "45678",
        "breaks": [{"code": "CX101", "name": "segments"}, {"code": "CX103", "name": "opt-out"}],
    }


def test_a_sender_that_somebody_changed_is_told_likewise() -> None:
    """As far as the log knows which sender was sent."""
    said = received(*left(), from_address="ACME")
    assert (said["from_address"], said["breaks"]) == ("ACME", [{"code": "CX102", "name": "sender"}])
    assert received(*left()[1:], from_address="ACME") is None


def test_a_waived_rule_is_not_broken() -> None:
    """The document's waivers hold for the live text too."""
    waiver = {"rule": "CX103", "reason": "Carrier exception", "expires": "2027-01-31"}
    said = received(*left(), document=template(waivers=[waiver]), content="Win a prize!")
    assert said == {"content": "Win a prize!", "from_address": "45678", "breaks": []}


@pytest.mark.parametrize(
    ("records", "shown", "told"),
    [
        (left(), {"status": "DRAFT"}, NOTHING),
        (left(), {"status": "DRAFT", "content": BAD}, NOTHING),
        ([], {"status": "DRAFT"}, None),
        ([], {"content": BAD}, None),
        (left(content=BAD), {"content": BAD}, None),
        (left("pending", "SUBMITTED", content="Before"), {"status": "DRAFT"}, None),
        (left()[:1], {"content": BAD}, None),
    ],
    ids=["reset", "reset and edited", "first run", "lost log", "a wish of the files", "our own", "a crash"],
)
def test_what_is_told_is_what_somebody_else_did(records, shown, told) -> None:
    """Not approved any more: customers receive nothing. What this tool did, and what nobody knows, is no drift."""
    assert received(*records, **shown) == told


def test_a_template_that_was_approved_again_in_the_console_is_received_again() -> None:
    """Revoked here: whatever its text, nobody reviewed that customers receive it."""
    revoked = left(status="SUSPENDED")
    said = received(*revoked, document=template(status="SUSPENDED"))
    assert (said["content"], said["breaks"]) == (FIELDS["content"], [])


@pytest.mark.parametrize(("base", "told"), [(FIELDS, True), ({**FIELDS, "content": BAD}, False)])
def test_with_a_base_its_causes_say_what_drifted(base, told) -> None:
    """Without a log too: the base asks for what the tenant does not show; a wish of the branch is none."""
    seen = observed(wire(status="APPROVED", content=BAD), registrations=[wire_registration()])
    plan = planned(template(), seen=seen, base={KEY: base}, rules=CONTEXT)
    assert (plan.actions[0].received is not None) is told


def test_the_digest_is_of_what_is_done_alone() -> None:
    """What customers receive meanwhile is outside: two machines, one with the log, plan the same."""
    seen = observed(wire(status="APPROVED", content=BAD), registrations=[wire_registration()])
    with_log = planned(template(), seen=seen, memory=remember(left(), TENANT), rules=CONTEXT)
    without = planned(template(), seen=seen)
    assert with_log.actions != without.actions
    assert with_log.digest == without.digest
