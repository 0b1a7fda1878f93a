"""What is known when a plan is made: the log's memory with the open ends of earlier runs tied up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import (
    A2P,
    EVENTS,
    FIELDS,
    T0,
    T1,
    TENANT,
    URL,
    action,
    desired,
    given,
    hook,
    live,
    observed,
    planned,
    record,
    template,
    wire,
    wire_registration,
    wire_webhook,
)

from reconciler.audit.chain import Record
from reconciler.audit.memory import remember
from reconciler.audit.records import Run
from reconciler.audit.records import reviewed as records_reviewed
from reconciler.core.model import Policy, Remembered
from reconciler.core.outcome import Ended, Outcome
from reconciler.kinds import discover
from reconciler.plan.build import build
from reconciler.plan.closing import closings, registered
from reconciler.plan.resume import memory_after, open_targets, settle
from reconciler.plan.review import ReviewedPlan

KINDS = discover()
APPROVAL, A2P_SPOT, HOOK = ("approval", "tmpl_a"), ("a2p", "tmpl_a"), ("webhook", URL)
HOOK_SENT = {"events": list(EVENTS)}

OWED = Remembered(owed=FIELDS, owed_status="PENDING", owed_from=Policy().approve_from)


def intent(
    spot=APPROVAL, operation="approve", fields=None, *, updated_at=None, changed=("status",), **memory
):
    """An intent that no outcome follows; ``changed`` are the fields that its write changes."""
    sent = {"fields": fields if fields is not None else FIELDS, **memory}
    version = updated_at if spot[0] != "approval" else updated_at or T0
    return record(
        "intent",
        changes=[{"field": name, "live": None, "desired": None} for name in changed],
        seq=1,
        phase=spot[0],
        target=spot[1],
        operation=operation,
        memory=sent,
        updated_at=version,
    )


def settled(seen, *records, documents=None, policy=None):
    """What is known after these records over what was seen."""
    documents = documents if documents is not None else (template(), hook())
    keys = {(item.kind, item.target) for item in desired(*documents)}
    return settle(remember(records, TENANT), seen, policy or Policy(), keys)


def test_nothing_open_leaves_the_memory_as_it_is() -> None:
    """What is remembered by phase is known by kind."""
    kept = record(
        "outcome",
        seq=1,
        phase="webhook",
        target=URL,
        outcome="applied",
        memory={"fields": HOOK_SENT, "id": "wh_1"},
    )
    resumption = settled(observed(), kept)
    assert resumption.intents == {}
    assert resumption.remembered == {("webhook", URL): Remembered(fields={"events": EVENTS}, id="wh_1")}


@pytest.mark.parametrize(
    ("shown", "outcome", "state"),
    [
        ({"updated_at": T1}, None, "action"),
        ({"updated_at": T1, "status": "REJECTED"}, Outcome.HELD, "held"),
        ({"updated_at": T1, "status": "APPROVED"}, Outcome.APPLIED, "unchanged"),
        ({}, None, "action"),
        ({"updated_at": T1, "content": "Edited"}, Outcome.CONFLICT, "action"),
    ],
)
def test_an_approval_that_crashed_is_planned_by_what_the_tenant_shows(shown, outcome, state) -> None:
    """Owed by the crash is owed: the carrier is not asked twice."""
    seen = observed(wire(**shown), registrations=[wire_registration()])
    resumption = settled(seen, intent(), documents=[template()])
    intent_ = resumption.intents[APPROVAL]
    assert (intent_.ended.outcome if intent_.ended else None) == outcome
    plan = planned(template(), seen=seen, remembered=resumption.remembered)
    states = {
        "pending": plan.pending,
        "held": plan.held,
        "action": plan.actions,
        "unchanged": plan.unchanged == 2,
    }
    assert [name for name, there in states.items() if there] == [state]


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ({"updated_at": T1}, "approve"),
        ({"updated_at": "v7"}, "approve"),
        ({"updated_at": "0"}, "approve"),
        ({"updated_at": T0}, "held"),
        ({"updated_at": T1, "status": "REJECTED"}, "held"),
    ],
)
def test_a_revocation_that_crashed_and_is_taken_back_is_no_decision_against_it(shown, state) -> None:
    """The tenant shows what the intent sent, over another version than it was begun over: this tool set it."""
    revoked = intent(operation="revoke", fields={**FIELDS, "status": "SUSPENDED"})
    seen = observed(wire(**{"status": "SUSPENDED", **shown}), registrations=[wire_registration()])
    memory = remember([revoked], TENANT)
    resumption = settled(seen, revoked, documents=[template()])
    plan = build(replace(given(template(), seen=seen, memory=memory), resumption=resumption))
    assert [one.operation for one in plan.actions] + ["held"] * len(plan.held) == [state]


def test_an_approval_owed_by_a_crash_ends_like_any_other() -> None:
    """What was sent and over what status is remembered from the intent."""
    sent = intent(changed=("content", "status"))
    resumption = settled(observed(wire(updated_at=T1)), sent)
    assert resumption.remembered["template", "tmpl_a"] == OWED
    plan = planned(template(), seen=observed(wire(updated_at=T1)), remembered=resumption.remembered)
    assert ([one.id for one in plan.pending], plan.actions) == (["tmpl_a"], ())


def test_a_moved_updated_at_alone_is_no_approval_that_is_owed() -> None:
    """Killed before the tenant had the PUT, then any edit in the console: the approval is sent, not waited for."""
    edited = observed(wire(updated_at=T1, locale="de"), registrations=[wire_registration()])
    resumption = settled(edited, intent(), documents=[template()])
    assert resumption.intents[APPROVAL].doubt
    plan = planned(template(), seen=edited, remembered=resumption.remembered)
    assert [one.operation for one in plan.actions] == ["approve"]
    assert plan.pending == ()


@pytest.mark.parametrize(
    ("sent", "seen", "absent"),
    [
        (intent(), observed(wire()), True),
        (intent(), observed(wire(updated_at=T1)), False),
        (intent(), observed(wire(updated_at="")), False),
        (intent(A2P_SPOT, "register", A2P), observed(listed=["registration"]), True),
        (intent(A2P_SPOT, "register", A2P), observed(listed=[]), False),
        (intent(HOOK, "create", HOOK_SENT), observed(), True),
        (intent(HOOK, "rotate", HOOK_SENT), observed(webhooks=[wire_webhook()]), False),
    ],
)
def test_what_nobody_can_tell_is_not_taken_for_what_never_arrived(sent, seen, absent) -> None:
    """Only a tenant that shows that a write did not arrive ends it as failed; in doubt it stays open."""
    (open_intent,) = settled(seen, sent).intents.values()
    assert (open_intent.ended, open_intent.absent, open_intent.doubt) == (None, absent, not absent)


@pytest.mark.parametrize("listed", [True, False])
def test_a_registration_that_crashed_is_looked_up_where_there_is_a_list(listed) -> None:
    """Found: confirmed and remembered. No list: sent again, with the same key."""
    seen = observed(
        wire(status="APPROVED"),
        registrations=[wire_registration()] if listed else [],
        listed=["template", "registration"] if listed else [],
    )
    resumption = settled(seen, intent(A2P_SPOT, "register", A2P))
    ended = resumption.intents[A2P_SPOT].ended
    plan = planned(template(), seen=seen, remembered=resumption.remembered)
    if listed:
        assert ended is not None
        assert ended.outcome is Outcome.APPLIED
        assert resumption.remembered["registration", "tmpl_a"].fields == A2P
        assert plan.actions == ()
    else:
        assert ended is None
        assert [one.operation for one in plan.actions] == ["register"]


def test_a_registration_whose_last_write_is_in_doubt_is_sent_even_where_the_old_one_is_asked_for_again() -> (
    None
):
    """The tenant may have the new one: what was confirmed before it is no longer known to be there."""
    old = {**A2P, "campaign_name": "Old"}
    confirmed = record(
        "outcome", seq=1, phase="a2p", target="tmpl_a", outcome="applied", memory={"fields": old}
    )
    crashed = Record(intent(A2P_SPOT, "update", A2P), seq=2)
    seen = observed(wire(status="APPROVED"), listed=[])
    document = template(a2p=old)
    resumption = settled(seen, confirmed, crashed, documents=[document])
    plan = planned(document, seen=seen, remembered=resumption.remembered)
    assert [one.phase for one in plan.actions] == ["a2p"]


def test_a_webhook_that_crashed_is_found_in_the_list_with_its_secret() -> None:
    """The id comes from the tenant, the fingerprint from the intent."""
    seen = observed(webhooks=[wire_webhook("wh_7")])
    resumption = settled(seen, intent(HOOK, "create", HOOK_SENT, fingerprint="f"))
    kept = resumption.remembered["webhook", URL]
    assert kept == Remembered(fields={"events": EVENTS}, id="wh_7", fingerprint="f")
    assert planned(hook(), seen=seen, remembered=resumption.remembered, fingerprints={URL: "f"}).actions == ()


def test_a_webhook_that_crashed_without_a_list_is_in_doubt() -> None:
    """It is made again, and the record will say that there may be two."""
    seen = observed(listed=[])
    resumption = settled(seen, intent(HOOK, "create", HOOK_SENT, fingerprint="f"))
    assert resumption.intents[HOOK].ended is None
    assert resumption.remembered["webhook", URL].doubt
    plan = planned(hook(), seen=seen, remembered=resumption.remembered)
    assert [one.operation for one in plan.actions] == ["create"]


@pytest.mark.parametrize("listed", [True, False])
def test_a_rotation_that_crashed_is_done_again(listed) -> None:
    """Nothing shows which of two secrets the tenant has: doubt, and another rotation."""
    done = record(
        "outcome",
        seq=1,
        phase="webhook",
        target=URL,
        outcome="applied",
        memory={"fields": HOOK_SENT, "id": "wh_1", "fingerprint": "f"},
    )
    seen = observed(webhooks=[wire_webhook()] if listed else [], listed=["webhook"] if listed else [])
    crashed = Record(intent(HOOK, "rotate", HOOK_SENT, fingerprint="g"), seq=2)
    resumption = settled(seen, done, crashed)
    assert resumption.remembered["webhook", URL] == Remembered(
        fields={"events": EVENTS}, id="wh_1", fingerprint="f", doubt=True
    )
    for here in ("f", "g"):
        plan = planned(hook(), seen=seen, remembered=resumption.remembered, fingerprints={URL: here})
        assert [one.operation for one in plan.actions] == ["rotate"]


def test_what_this_run_does_not_look_at_stays_open() -> None:
    """Narrowed by ``--target``: nobody looked, so nothing is closed and nothing forgotten."""
    seen = observed(wire(updated_at=T1))
    resumption = settled(seen, intent(), intent(HOOK, "create", HOOK_SENT), documents=[template("tmpl_z")])
    assert (resumption.intents, resumption.remembered) == ({}, {})


def test_an_intent_of_a_phase_that_this_version_does_not_know_is_left_alone() -> None:
    """A log that a later version wrote to can still be planned with."""
    later = intent(("carrier", "x"), "announce", {})
    kept = record(
        "outcome", seq=2, phase="carrier", target="y", outcome="applied", memory={"fields": {"a": "b"}}
    )
    resumption = settled(observed(wire()), later, kept)
    assert resumption.intents == {}


SHOWN = live("template", wire(updated_at=T1))


def test_what_is_left_alone_hides_nothing_that_comes_after_it() -> None:
    """Neither a phase of a later version nor a target that nobody looks at, both of which sort before the others."""
    left = [intent(("aaa", "x"), "announce", {}), intent(("approval", "tmpl_0"))]
    resumption = settled(observed(wire(status="APPROVED", updated_at=T1)), *left, intent())
    assert [*resumption.intents] == [APPROVAL]


@pytest.mark.parametrize(
    ("kind", "ended", "expected"),
    [
        ("template", Ended(outcome=Outcome.PENDING, live=SHOWN, owed=True), "owed"),
        ("template", Ended(outcome=Outcome.PENDING, live=SHOWN), None),
        ("template", Ended(outcome=Outcome.APPLIED, live=SHOWN), None),
        ("template", Ended(outcome=Outcome.HELD, live=SHOWN), None),
        ("template", Ended(outcome=Outcome.FAILED, doubt=True), None),
        ("registration", Ended(outcome=Outcome.APPLIED, id="r"), Remembered(fields=A2P, id="r")),
        ("registration", Ended(outcome=Outcome.UNCHANGED, id="r"), Remembered(fields=A2P, id="r")),
        ("registration", Ended(outcome=Outcome.FAILED), None),
        ("registration", Ended(outcome=Outcome.FAILED, doubt=True), Remembered(doubt=True)),
        ("registration", Ended(outcome=Outcome.BLOCKED), None),
    ],
)
def test_what_an_end_leaves_to_remember(kind, ended, expected) -> None:
    """What cannot be read back, and nothing else."""
    sent = A2P if kind == "registration" else FIELDS
    kept = memory_after(KINDS[kind], Remembered(fields=sent), ended, Policy())
    assert kept == (OWED if expected == "owed" else expected)


@pytest.mark.parametrize(
    ("outcome", "doubt", "expected"),
    [
        (Outcome.APPLIED, False, Remembered(fields={"events": EVENTS}, id="w", fingerprint="f")),
        (Outcome.APPLIED, True, Remembered(fields={"events": EVENTS}, id="w", fingerprint="f")),
        (Outcome.UNCHANGED, False, Remembered(fields={"events": EVENTS}, id="w")),
        (Outcome.FAILED, True, Remembered(doubt=True)),
        (Outcome.BLOCKED, False, None),
        (Outcome.FAILED, False, None),
    ],
)
def test_a_secret_is_remembered_only_where_we_sent_it(outcome, doubt, expected) -> None:
    """A webhook that somebody else made has a secret that we do not know."""
    ended = Ended(outcome=outcome, id="w", doubt=doubt)
    assert (
        memory_after(
            KINDS["webhook"], Remembered(fields={"events": EVENTS}, fingerprint="f"), ended, Policy()
        )
        == expected
    )


OLD_A2P = {**A2P, "campaign_name": "Old"}
REGISTERED = record(
    "outcome", seq=1, phase="a2p", target="tmpl_a", outcome="applied", memory={"fields": OLD_A2P}
)
MADE = record(
    "outcome",
    seq=1,
    phase="webhook",
    target=URL,
    outcome="applied",
    memory={"fields": {"events": ["old"]}, "id": "wh_1", "fingerprint": "f"},
)
SET = Record(MADE, memory={"fields": HOOK_SENT, "id": "wh_1", "fingerprint": "f"})
OTHERS = [wire_webhook(events=["old"])]


@pytest.mark.parametrize("failed", [False, True], ids=["crashed", "given up in doubt"])
@pytest.mark.parametrize(
    ("spot", "operation", "before", "seen"),
    [
        (APPROVAL, "approve", [], observed(wire(), registrations=[wire_registration()])),
        (APPROVAL, "approve", [], observed(wire(content="Old"), registrations=[wire_registration()])),
        (A2P_SPOT, "register", [], observed(wire(status="APPROVED"), listed=[])),
        (A2P_SPOT, "register", [], observed(wire(status="APPROVED"))),
        (A2P_SPOT, "update", [REGISTERED], observed(wire(status="APPROVED"), listed=[])),
        (HOOK, "create", [], observed(listed=[])),
        (HOOK, "create", [], observed()),
        (HOOK, "update", [MADE], observed(listed=[])),
        (HOOK, "update", [MADE], observed(webhooks=OTHERS)),
        (HOOK, "update", [], observed(webhooks=OTHERS)),
        (HOOK, "rotate", [SET], observed(listed=[])),
        (HOOK, "rotate", [SET], observed(webhooks=[wire_webhook()])),
    ],
)
def test_what_did_not_arrive_is_planned_again_as_it_was_reviewed(
    spot, operation, before, seen, failed
) -> None:
    """A plan that failed half-way is finished by the same command: the next plan's action is the identical one."""
    document = hook() if spot == HOOK else template()
    said = {"seen": seen, "fingerprints": {URL: "g"}}
    first = planned(document, remembered=settled(seen, *before).remembered, **said)
    assert [(one.phase, one.operation) for one in first.actions] == [(spot[0], operation)]
    sent = {"approval": FIELDS, "a2p": A2P, "webhook": HOOK_SENT}[spot[0]]
    lost = Record(intent(spot, operation, sent, fingerprint="g"), seq=2)
    ends = [Record(lost, event="outcome", outcome="failed", memory={"doubt": True}, seq=3)] if failed else []
    again = planned(document, remembered=settled(seen, *before, lost, *ends).remembered, **said)
    assert again.digest == first.digest


# --- closings -------------------------------------------------------------------------------------------------------


def closings_of(seen, *records, documents=None, reviewed=None):
    """The ends of what these records left open; ``reviewed`` picks of the plan's phases."""
    documents = documents if documents is not None else (template(),)
    memory = remember([Record(one, seq=number) for number, one in enumerate(records, 1)], TENANT)
    keys = {(item.kind, item.target) for item in desired(*documents)}
    resumption = settle(memory, seen, Policy(), keys)
    whole = replace(given(*documents, seen=seen, memory=memory), resumption=resumption)
    plan = build(whole)
    done = tuple(one for one in plan.actions if reviewed is None or one.phase in reviewed)
    return list(closings(whole, ReviewedPlan(plan=plan, reviewed=done)))


def closed(*seen_and_records, **more):
    """The same in short: phase, outcome and doubt."""
    ends = closings_of(*seen_and_records, **more)
    return [(one.kind.phase, one.ended.outcome, one.ended.doubt) for one in ends]


SENT = Record(intent(), operator_id="o", git=None, review=None, plan_digest="d")
REVIEWED = records_reviewed(
    Run(run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.0),
    [action()],
    unchecked=[],
    unlisted=[],
    digest="sha256:d",
)


ASKED_TOO = records_reviewed(
    Run(run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.0),
    [action("a2p", "register", changes=[("campaign_name", None, A2P["campaign_name"])])],
    unchecked=[],
    unlisted=[],
    digest="sha256:d",
)


def test_an_intent_that_the_tenant_shows_is_closed_as_it_ended() -> None:
    """Whether or not anything of it is to be done now."""
    assert closed(observed(wire(status="APPROVED", updated_at=T1)), SENT) == [
        ("approval", Outcome.APPLIED, False)
    ]


def test_an_intent_that_never_arrived_is_closed_unless_it_is_done_again() -> None:
    """Done again it ends with that."""
    assert closed(observed(wire()), SENT, reviewed=()) == [("approval", Outcome.FAILED, False)]
    assert closed(observed(wire()), SENT) == []


def test_an_intent_that_nobody_can_tell_of_stays_open() -> None:
    """No record says of it what nobody knows; a later run may see more."""
    assert closed(observed(wire(updated_at=T1)), SENT, reviewed=()) == []


def test_a_reviewed_action_that_is_in_place_by_now_is_closed() -> None:
    """Somebody else had done it; what still waits, or is to be done, is not closed."""
    assert closed(observed(wire(status="APPROVED", updated_at=T1)), REVIEWED) == [
        ("approval", Outcome.UNCHANGED, False)
    ]
    assert closed(observed(wire()), REVIEWED) == []
    assert closed(observed(wire(status="REJECTED")), REVIEWED) == []
    assert closed(observed(), REVIEWED, documents=()) == []


def test_a_reviewed_action_that_nobody_asks_for_any_more_is_not_said_to_be_in_place() -> None:
    """Document and console both went elsewhere: words, error and changes tell that it was not done."""
    now = wire(status="SUSPENDED", updated_at=T1)
    (end,) = closings_of(observed(now), REVIEWED, documents=(template(status="SUSPENDED", a2p=None),))
    assert (end.ended.outcome, end.changes) == (Outcome.UNCHANGED, ())
    assert "not done" in end.words
    assert "in place" not in end.words
    assert end.ended.error in end.words
    (end,) = closings_of(observed(wire(status="APPROVED", updated_at=T1)), REVIEWED)
    assert end.words == "approve tmpl_a (approval), reviewed earlier: it is in place by now"
    assert [change["desired"] for change in end.changes] == ["APPROVED"]
    assert (end.ended.error, "in place by now" in end.words) == (None, True)


def test_a_closing_has_the_text_that_the_tenant_shows() -> None:
    """That of the template, for its registration too; a webhook has none."""
    there = observed(
        wire(status="APPROVED", updated_at=T1, content="Shown"), registrations=[wire_registration()]
    )
    asked = template(content="Shown")
    sent = intent(fields={**FIELDS, "content": "Shown"})
    approved, begun = closings_of(
        there,
        Record({**SENT, **sent}),
        Record({**SENT, **intent(A2P_SPOT, "register", A2P)}),
        documents=[asked],
    )
    assert {approved.target, begun.target} == {"tmpl_a"}
    assert [approved.shown, begun.shown] == ["Shown", "Shown"]
    made = Record({**SENT, **intent(HOOK, "create", HOOK_SENT)})
    (hooked,) = closings_of(observed(webhooks=[wire_webhook()]), made, documents=[hook()])
    assert hooked.shown is None
    assert (
        hooked.words
        == f"create {URL} (webhook), begun by an earlier run: it had arrived, the tenant shows it"
    )


def test_each_action_of_a_review_is_closed_as_itself() -> None:
    """One record holds both: what is said of the registration is no word of the approval."""
    both = Record({**REVIEWED, "actions": [*REVIEWED["actions"], *ASKED_TOO["actions"]]})
    there = observed(wire(status="APPROVED", updated_at=T1), registrations=[wire_registration()])
    ends = {one.kind.phase: one for one in closings_of(there, both)}
    assert {phase: one.words.split(" (")[0] for phase, one in ends.items()} == {
        "a2p": "register tmpl_a",
        "approval": "approve tmpl_a",
    }
    assert [change["field"] for change in ends["a2p"].changes] == ["campaign_name"]
    assert [change["field"] for change in ends["approval"].changes] == ["status"]


def test_what_was_reviewed_and_is_in_place_is_closed_over_what_the_tenant_shows() -> None:
    """Its status and its version stand in the record."""
    (end,) = closings_of(observed(wire(status="APPROVED", updated_at=T1)), REVIEWED)
    assert (end.ended.live.fields["status"], end.ended.live.version) == ("APPROVED", T1)


def test_what_was_sent_is_remembered_and_of_what_was_only_reviewed_nothing() -> None:
    """The tenant shows a registration whose answer was lost: what was sent then counts from now on."""
    sent = Record({**SENT, **intent(A2P_SPOT, "register", A2P)})
    there = observed(wire(status="APPROVED", updated_at=T1), registrations=[wire_registration()])
    begun, approved = closings_of(there, sent, REVIEWED)
    assert (begun.origin["event"], begun.memory) == ("intent", Remembered(fields=A2P, id="reg_tmpl_a"))
    assert (approved.origin["event"], approved.memory) == ("reviewed", None)


def test_what_is_open_is_gone_on_with_where_a_document_still_names_it() -> None:
    """Begun or reviewed."""
    begun = Record({**SENT, **intent(HOOK, "create", HOOK_SENT)}, seq=1)
    memory = remember([begun, Record(REVIEWED, seq=2)], TENANT)
    assert open_targets(memory, {URL, "tmpl_a", "tmpl_b"}) == tuple(sorted((URL, "tmpl_a")))
    assert open_targets(memory, {URL}) == (URL,)


def spots(plan):
    """The phases and targets for which there is something to do."""
    return {(one.phase, one.target) for one in plan.actions}


def test_a_registration_is_in_place_where_it_is_asked_for_and_nothing_is_to_be_done() -> None:
    """By the fresh plan, whatever of it was reviewed."""
    there = given(template(), seen=observed(wire(status="APPROVED"), registrations=[wire_registration()]))
    absent = given(template(), seen=observed(wire(status="APPROVED")))
    unasked = given(template(a2p=None), seen=observed(wire(status="APPROVED")))
    assert [registered(one, spots(build(one)), "tmpl_a") for one in (there, absent, unasked)] == [
        True,
        False,
        False,
    ]
