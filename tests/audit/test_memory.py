"""What the log remembers of one tenant: a fold over its records."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import EVENTS, FIELDS, T1, TENANT, URL, action, create, record, register, rotate, unchecked

from reconciler.audit.chain import Record
from reconciler.audit.memory import remember, shown_after
from reconciler.audit.records import Run, reviewed
from reconciler.core.model import Remembered, Shown

HOOK, APPROVAL, REGISTRATION = ("webhook", URL), ("approval", "tmpl_a"), ("a2p", "tmpl_a")
SET = {"fields": {"events": list(EVENTS)}, "id": "wh_1", "fingerprint": "f"}
OWED = {"owed": FIELDS, "owed_status": "PENDING"}


def chain(*records):
    """The memory of these records, numbered."""
    return remember([Record(one, seq=number) for number, one in enumerate(records, 1)], TENANT)


def outcome(spot, result="applied", memory=None, **fields):
    """An outcome."""
    return record("outcome", phase=spot[0], target=spot[1], outcome=result, memory=memory, **fields)


def intent(spot, **fields):
    """An intent."""
    return record("intent", phase=spot[0], target=spot[1], operation="x", memory={}, **fields)


def review(*actions, run_review=None, unchecked=(), unlisted=(), digest="sha256:d"):
    """A reviewed record."""
    run = Run(
        run_id="r",
        tenant=TENANT,
        base_url=TENANT,
        operator_id="o",
        git=None,
        review=run_review,
        now=lambda: 0.0,
    )
    return reviewed(run, actions, unchecked=unchecked, unlisted=unlisted, digest=digest)


def test_an_empty_log_remembers_nothing() -> None:
    """A first run, or a lost log."""
    memory = chain()
    assert (memory.remembered, memory.open_reviews, memory.open_intents) == ({}, {}, {})
    assert (memory.reviews, memory.undelivered, memory.templates) == ([], {}, set())


@pytest.mark.parametrize("tenant", ["https://a.nicecxone.com", "https://b.nicecxone.com"])
def test_other_tenants_records_do_not_count(tenant) -> None:
    """What is remembered counts for the tenant it was done on."""
    theirs = [
        outcome(HOOK, memory=SET),
        intent(APPROVAL),
        review(action()),
        outcome(APPROVAL, "pending", OWED),
        record("accepted", phase="webhook", target=URL, memory=SET),
        record("delivered", delivered=[6]),
    ]
    other = [Record(one, tenant=tenant) for one in theirs]
    memory = chain(*other[:-1], outcome(REGISTRATION), other[-1])
    assert list(memory.undelivered) == [6]
    assert (memory.remembered, memory.open_reviews, memory.open_intents, memory.reviews) == ({}, {}, {}, [])


def test_events_of_a_later_version_say_nothing() -> None:
    """A log that a later version wrote can still be read."""
    memory = chain(record("celebrated", phase="webhook", target=URL, outcome="applied", memory=SET))
    assert (memory.remembered, memory.undelivered) == ({}, {})


def test_what_was_confirmed_last_is_remembered() -> None:
    """Fields, id and fingerprint of the last confirmed outcome."""
    old = {"fields": {"events": ["old"]}, "id": "wh_1", "fingerprint": "e"}
    memory = chain(outcome(HOOK, memory=old), outcome(HOOK, memory=SET))
    assert memory.remembered[HOOK] == Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f")


@pytest.mark.parametrize("result", ["failed", "blocked", "conflict"])
def test_an_end_without_memory_changes_nothing(result) -> None:
    """A failure leaves what was confirmed before."""
    memory = chain(outcome(HOOK, memory=SET), outcome(HOOK, result))
    assert memory.remembered[HOOK].fingerprint == "f"


@pytest.mark.parametrize("spot", [APPROVAL, REGISTRATION, HOOK])
def test_a_write_that_failed_in_doubt_stays_open(spot) -> None:
    """Whatever its phase: the next run sees in the tenant what became of it, and closes it in its reviewer's name."""
    failed = outcome(spot, "failed")
    assert list(chain(intent(spot), Record(failed, doubt=True)).open_intents) == [spot]
    assert list(chain(intent(spot), failed).open_intents) == []
    for result in ("applied", "unchanged"):
        assert list(chain(intent(spot), Record(outcome(spot, result), doubt=True)).open_intents) == []


def test_doubt_leaves_the_rest_standing() -> None:
    """Which of two secrets the tenant has is not known; that there is a webhook is."""
    memory = chain(outcome(HOOK, memory=SET), outcome(HOOK, "failed", {"doubt": True}))
    assert memory.remembered[HOOK] == Remembered(
        fields={"events": EVENTS}, id="wh_1", fingerprint="f", doubt=True
    )
    settled = chain(
        outcome(HOOK, memory=SET), outcome(HOOK, "failed", {"doubt": True}), outcome(HOOK, memory=SET)
    )
    assert not settled.remembered[HOOK].doubt


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"id": "wh_1"}, ("wh_1", "f")),
        ({}, ("wh_1", "f")),
        ({"id": "wh_2"}, ("wh_2", None)),
        ({"id": "wh_0"}, ("wh_0", None)),
        ({"id": "wh_2", "fingerprint": "g"}, ("wh_2", "g")),
        ({"fingerprint": "g"}, ("wh_1", "g")),
    ],
)
def test_a_fingerprint_belongs_to_the_webhook_of_one_id(new, expected) -> None:
    """A webhook with another id has a secret that we never set."""
    memory = chain(
        outcome(HOOK, memory=SET), outcome(HOOK, memory={"fields": {"events": list(EVENTS)}, **new})
    )
    kept = memory.remembered[HOOK]
    assert (kept.id, kept.fingerprint) == expected


def test_what_was_sent_in_doubt_is_remembered_as_that() -> None:
    """Other events were sent, and nobody knows whether they arrived: the doubt is about these."""
    new = {"fields": {"events": ["template.approved"]}, "doubt": True}
    kept = chain(outcome(HOOK, memory=SET), outcome(HOOK, "failed", new)).remembered[HOOK]
    assert (kept.fields, kept.doubt) == ({"events": ("template.approved",)}, True)


def test_what_is_certain_and_names_no_fields_leaves_no_doubt() -> None:
    """An id alone, say."""
    kept = chain(outcome(HOOK, memory=SET), outcome(HOOK, memory={"id": "wh_2"})).remembered[HOOK]
    assert (kept.id, kept.doubt) == ("wh_2", False)


def test_an_approval_is_owed_until_another_outcome_says_otherwise() -> None:
    """Pending is remembered with what was sent; applied, unchanged or held settles it."""
    owed = Remembered(owed=FIELDS, owed_status="PENDING")
    assert chain(outcome(APPROVAL, "pending", OWED)).remembered[APPROVAL] == owed
    for result in ("applied", "unchanged", "held", "pending"):
        memory = chain(outcome(APPROVAL, "pending", OWED), outcome(APPROVAL, result))
        assert memory.remembered[APPROVAL].owed is None
    for result in ("failed", "conflict"):
        memory = chain(outcome(APPROVAL, "pending", OWED), outcome(APPROVAL, result))
        assert memory.remembered[APPROVAL] == owed


def test_an_intent_is_open_until_its_outcome() -> None:
    """A crash leaves it open; any outcome of the same phase and target closes it, another's does not."""
    assert list(chain(intent(HOOK)).open_intents) == [HOOK]
    assert list(chain(intent(HOOK), outcome(HOOK, "failed")).open_intents) == []
    assert list(chain(outcome(HOOK), intent(HOOK)).open_intents) == [HOOK]
    assert list(chain(intent(REGISTRATION), outcome(APPROVAL)).open_intents) == [REGISTRATION]
    accepted = record("accepted", phase="webhook", target=URL, memory=SET)
    assert list(chain(intent(HOOK), accepted).open_intents) == []


@pytest.mark.parametrize(
    ("result", "open_"),
    [
        ("applied", False),
        ("unchanged", False),
        ("pending", True),
        ("held", True),
        ("conflict", True),
        ("failed", True),
        ("blocked", True),
        ("unreviewed", True),
    ],
)
def test_a_reviewed_action_is_open_until_applied_or_unchanged(result, open_) -> None:
    """A plan that failed half-way, or waits for a carrier, is finished by what was reviewed before."""
    memory = chain(review(action(), register()), outcome(APPROVAL, result))
    assert (APPROVAL in memory.open_reviews) is open_
    assert REGISTRATION in memory.open_reviews


def test_a_later_review_replaces_the_earlier_for_its_phase_and_target() -> None:
    """The latest reviewed one counts; other targets' stand."""
    later = action(updated_at=T1)
    memory = chain(review(action(), register()), review(later))
    assert memory.open_reviews[APPROVAL][0] == later
    assert memory.open_reviews[REGISTRATION][0] == register()


def test_an_action_reviewed_again_after_it_was_done_is_open_again() -> None:
    """Drift brought it back, and somebody reviewed that."""
    memory = chain(review(action()), outcome(APPROVAL), review(action()))
    assert APPROVAL in memory.open_reviews


def test_whose_review_it_was_is_kept_by_a_run_that_goes_on() -> None:
    """A scheduled ``--continue`` asserts no review: the one that the action had stands; another action's does not."""
    asserted = {"approvers": ["bob"]}
    kept = chain(review(action(), run_review=asserted), review(action()))
    assert kept.open_reviews[APPROVAL][1]["review"] == asserted
    other = chain(review(action(), run_review=asserted), review(action(updated_at=T1)))
    assert other.open_reviews[APPROVAL][1]["review"] is None
    newer = chain(review(action(), run_review=asserted), review(action(), run_review={"approvers": ["eve"]}))
    assert newer.open_reviews[APPROVAL][1]["review"] == {"approvers": ["eve"]}


def test_whole_reviews_are_kept_with_digest_unchecked_and_unlisted() -> None:
    """For ``--expect-digest``: a reviewed plan in the log counts as the FILE."""
    memory = chain(
        review(action(), digest="sha256:1"),
        review(rotate(), create(), unchecked=[unchecked()], unlisted=["webhooks"], digest="sha256:2"),
    )
    assert [one.digest for one in memory.reviews] == ["sha256:1", "sha256:2"]
    last = memory.reviews[-1]
    assert (last.actions, last.unchecked, last.unlisted) == (
        (rotate(), create()),
        (unchecked(),),
        ("webhooks",),
    )


def test_an_accepted_webhook_is_remembered_as_in_place() -> None:
    """A person did it in the console: fields and fingerprint count, doubt and reviewed actions are settled."""
    accepted = record(
        "accepted", phase="webhook", target=URL, memory={"fields": SET["fields"], "fingerprint": "g"}
    )
    memory = chain(outcome(HOOK, "failed", {"doubt": True}), review(rotate()), accepted)
    kept = memory.remembered[HOOK]
    assert (kept.fields, kept.fingerprint, kept.doubt) == ({"events": EVENTS}, "g", False)
    assert memory.open_reviews == {}
    assert list(memory.undelivered) == [1]


def test_an_accepted_webhook_may_have_another_id_than_before() -> None:
    """It was made anew in the console: its secret is the accepted one, whatever its id is now."""
    from builders import hook, observed, planned, wire_webhook

    accepted = record(
        "accepted", phase="webhook", target=URL, memory={"fields": SET["fields"], "fingerprint": "g"}
    )
    memory = chain(outcome(HOOK, memory=SET), accepted)
    seen = observed(webhooks=[wire_webhook("wh_2")])
    plan = planned(
        hook(), seen=seen, remembered={HOOK: memory.remembered[HOOK]}, fingerprints={URL: "changed since"}
    )
    assert [one.operation for one in plan.actions] == ["rotate"]


def test_what_is_not_delivered_yet_is_known() -> None:
    """Every outcome until a ``delivered`` record names it; nothing else is ever delivered."""
    memory = chain(
        review(action()),
        intent(APPROVAL),
        outcome(APPROVAL),
        outcome(HOOK, "failed"),
        record("accepted", phase="webhook", target=URL, memory=SET),
        outcome(REGISTRATION),
        record("delivered", delivered=[3, 6]),
    )
    assert {seq: one["phase"] for seq, one in memory.undelivered.items()} == {4: "webhook"}
    again = chain(outcome(APPROVAL), record("delivered", delivered=[1, 1, 77]))
    assert again.undelivered == {}


def sent(**fields) -> Remembered:
    """What is about to be sent."""
    return Remembered(fields=fields)


def written(**fields):
    """An intent that sends these fields."""
    return {**intent(REGISTRATION), "memory": {"fields": fields}}


def test_a_rerun_after_a_crash_counts_as_the_same_write() -> None:
    """The same key then: the intent that it repeats was counted when it was made."""
    assert chain().times(REGISTRATION, sent(a="1")) == 1
    assert chain(written(a="1")).times(REGISTRATION, sent(a="1")) == 1
    assert chain(written(a="1"), written(a="1")).times(REGISTRATION, sent(a="1")) == 1


def test_a_change_back_after_two_crashes_is_a_new_write() -> None:
    """Another text in between, and then the first again: the tenant must not answer as it did then."""
    assert chain(written(a="1")).times(REGISTRATION, sent(a="2")) == 2
    assert chain(written(a="1"), written(a="2")).times(REGISTRATION, sent(a="1")) == 3


def test_what_was_settled_is_another_write_and_a_doubt_settles_nothing() -> None:
    """Done, refused or blocked: the next one is new. In doubt: it may be the same one that arrives."""
    for result in ("applied", "unchanged", "failed", "blocked"):
        assert chain(written(a="1"), outcome(REGISTRATION, result)).times(REGISTRATION, sent(a="1")) == 2
    doubtful = Record(outcome(REGISTRATION, "failed"), doubt=True)
    assert chain(written(a="1"), doubtful).times(REGISTRATION, sent(a="1")) == 1
    assert chain(written(a="1"), outcome(REGISTRATION)).times(HOOK, sent(a="1")) == 1


def test_another_secret_is_another_write() -> None:
    """By its fingerprint, which stands in its place."""
    first = Record(intent(HOOK), memory={"fields": {"a": ["b"]}, "fingerprint": "f"})
    memory = chain(first)
    assert memory.times(HOOK, Remembered(fields={"a": ("b",)}, fingerprint="f")) == 1
    assert memory.times(HOOK, Remembered(fields={"a": ("b",)}, fingerprint="g")) == 2


def test_a_logs_id_is_the_hash_of_its_first_record() -> None:
    """Whichever tenant that one was about."""
    first = Record(written(a="1"), hash="sha256:1", base_url="https://b.nicecxone.com")
    assert chain(first, Record(written(a="1"), hash="sha256:2")).log == "sha256:1"
    assert chain().log == ""


@pytest.mark.parametrize("spot", [APPROVAL, REGISTRATION])
def test_templates_that_were_managed_are_remembered(spot) -> None:
    """By an approval or a registration: a removed document is named as long as the log remembers it."""
    assert chain(outcome(spot), outcome(HOOK)).templates == {"tmpl_a"}


def shows(status, *, at, result="applied", version=T1, changed=("status",)):
    """The outcome of an approval's phase that shows a template so."""
    changes = [{"field": name, "live": None, "desired": None} for name in changed]
    return outcome(
        APPROVAL,
        result,
        status=status,
        timestamp=at,
        updated_at=version,
        changes=changes,
        content_sha256="sha256:c",
    )


def test_what_a_template_was_last_known_to_show_is_remembered_since_when() -> None:
    """Since the first record with that status; what was not looked at shows nothing."""
    first, second = (
        shows("SUBMITTED", at="1", result="pending"),
        shows("SUBMITTED", at="2", result="conflict"),
    )
    failed = shows("failed", at="3", result="failed")
    assert chain(first, second, failed).shown["tmpl_a"].since == "1"
    assert chain(first, second, shows("APPROVED", at="4")).shown["tmpl_a"].since == "4"
    assert chain(failed).shown == {}
    assert chain(shows("unchanged", at="5", result="unchanged")).shown == {}


def test_what_says_nothing_of_a_templates_status_shows_nothing() -> None:
    """A registration, a kind that only a later version knows, and a record without a status."""
    for spot in (REGISTRATION, HOOK, ("of a later version", "tmpl_a")):
        assert chain(outcome(spot, status="APPROVED", timestamp="1")).shown == {}
    assert chain(outcome(APPROVAL, timestamp="1")).shown == {}


def test_a_status_is_ours_where_our_write_set_it_and_nothing_moved_since() -> None:
    """Set by a write that changed the status, and kept by our later writes; not what others had set before."""
    revoked = shows("SUSPENDED", at="1")
    assert chain(revoked).shown["tmpl_a"].ours
    assert chain(revoked, shows("SUSPENDED", at="2", version="3", changed=("name",))).shown["tmpl_a"].ours
    assert not chain(shows("REJECTED", at="1", changed=("name",))).shown["tmpl_a"].ours
    for version in ("0", "3"):
        after = chain(revoked, shows("SUSPENDED", at="2", result="unchanged", version=version))
        assert not after.shown["tmpl_a"].ours
    assert not chain(shows("REJECTED", at="1", result="held")).shown["tmpl_a"].ours


def seen(status, *, at, version="T9", **more):
    """A sighting of the template."""
    told = {"status": status, "timestamp": at, "updated_at": version, "event": "seen", "target": "tmpl_a"}
    return Record({"tenant": TENANT, "phase": "approval", **told, **more})


def test_what_was_seen_is_known_since_then() -> None:
    """Its status and text; a text that was not shown is the one before; a status once ours is so no more."""
    revoked = shows("SUSPENDED", at="1")
    after = chain(revoked, seen("REJECTED", at="2", content_sha256="sha256:d")).shown["tmpl_a"]
    assert after == Shown(status="REJECTED", since="2", content_sha256="sha256:d", version="T9")
    again = chain(revoked, seen("SUSPENDED", at="2")).shown["tmpl_a"]
    assert again == Shown(status="SUSPENDED", since="1", content_sha256="sha256:c", version="T9")


def test_a_sighting_changes_nothing_but_what_is_shown() -> None:
    """Open intents and reviews, what is owed, what is delivered, and the counts behind Idempotency-Keys stay."""
    before = [review(action()), intent(APPROVAL), outcome(APPROVAL, "pending", OWED), intent(REGISTRATION)]
    plain, after = chain(*before), chain(*before, seen("REJECTED", at="9"))
    assert after.shown != plain.shown
    assert after.unsettled.keys() - plain.unsettled.keys() == {("seen", APPROVAL)}
    assert replace(after, shown={}, unsettled={}) == replace(plain, shown={}, unsettled={})
    assert after.times(APPROVAL, Remembered()) == plain.times(APPROVAL, Remembered())


def test_records_can_be_taken_in_beforehand() -> None:
    """What is known once they stand in the log, while the memory itself stays as it is."""
    memory = chain(shows("SUBMITTED", at="1", result="pending"))
    after = shown_after(memory.shown, [shows("APPROVED", at="2", result="unchanged")])
    assert (memory.shown["tmpl_a"].status, after["tmpl_a"].status) == ("SUBMITTED", "APPROVED")


@pytest.mark.parametrize(
    ("later", "waits"), [([], False), (["pending"], True), (["held"], True), (["pending", "applied"], False)]
)
def test_an_object_waits_from_what_was_sent_last_until_it_is_decided(later, waits) -> None:
    """How it was left before stands all the same."""
    ends = [outcome(APPROVAL, one, status="SUBMITTED") for one in later]
    left = chain(outcome(APPROVAL, status="APPROVED"), *ends).left[APPROVAL]
    assert left.waits is waits


@pytest.mark.parametrize(
    ("status", "left"), [("APPROVED", "APPROVED"), ("verified", "verified"), ("applied", None), (None, None)]
)
def test_an_approval_leaves_the_status_that_its_template_shows(status, left) -> None:
    """An outcome in its place says nothing of the template; a registration's status is none."""
    assert chain(outcome(APPROVAL, status=status)).left[APPROVAL].status == left
    assert chain(outcome(HOOK, status=status)).left[HOOK].status is None


def test_a_sighting_is_unsettled_until_something_is_done_about_it() -> None:
    """Done, or sent and not decided yet; a failure leaves it."""
    for result, left in (("applied", False), ("pending", False), ("held", False), ("failed", True)):
        memory = chain(outcome(APPROVAL), seen("REJECTED", at="2"), outcome(APPROVAL, result))
        assert (("seen", APPROVAL) in memory.unsettled) is left, result
