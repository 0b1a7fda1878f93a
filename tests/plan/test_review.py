"""Only what was reviewed: a saved plan is evidence, never a program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from builders import (
    MESSAGE,
    T0,
    T1,
    TENANT,
    URL,
    action,
    create,
    given,
    observed,
    plan_of,
    record,
    register,
    rotate,
    template,
    unchecked,
    wire,
)
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from reconciler.audit.chain import Record
from reconciler.audit.memory import remember
from reconciler.audit.records import Run
from reconciler.audit.records import reviewed as records_reviewed
from reconciler.core.errors import Refused, StaleReview
from reconciler.core.model import Measure, Source
from reconciler.core.plan_json import identity
from reconciler.plan.resume import rotations
from reconciler.plan.review import Authorization, Evidence, divide, guard, named_in_log, reviewed_in, whole

if TYPE_CHECKING:
    from reconciler.audit.memory import Memory
    from reconciler.core.model import Plan
    from reconciler.plan.build import PlanInput

APPROVE = action()
MOVED = action(updated_at=T1)
OTHER = action(target="tmpl_b")
UPDATE = action("webhook", "update", URL, [("events", ("x",), ("y",))])


def file(*actions, name="plan.json", **more) -> Evidence:
    """A plan file's evidence."""
    return Evidence(name=name, actions=actions, **more)


def log(*actions) -> dict:
    """The log's open reviewed actions."""
    return {(one.phase, one.target): one for one in actions}


def test_the_fresh_plans_actions_that_stand_in_a_file_are_reviewed() -> None:
    """Each by itself, in the plan's order; the rest is unreviewed."""
    plan = plan_of(APPROVE, OTHER, create())
    review = divide(plan, [file(create(), APPROVE)], {})
    assert (review.reviewed, review.unreviewed) == ((APPROVE, create()), (OTHER,))
    assert review.passed_over == ()


def test_what_the_log_holds_is_reviewed_too() -> None:
    """A file and the log together."""
    review = divide(plan_of(APPROVE, OTHER, create()), [file(create())], log(OTHER))
    assert (review.reviewed, review.unreviewed) == ((OTHER, create()), (APPROVE,))


def test_two_files_are_applied_together() -> None:
    """Their union, whichever comes first."""
    files = [file(APPROVE, name="a.json"), file(OTHER, register(), name="b.json")]
    plan = plan_of(APPROVE, OTHER, register())
    assert divide(plan, files, {}).reviewed == plan.actions
    assert divide(plan, files[::-1], {}).reviewed == plan.actions


def test_of_two_files_about_one_object_the_one_that_fits_counts() -> None:
    """An older plan beside a newer one is no reason to stop."""
    review = divide(plan_of(MOVED), [file(APPROVE, name="old.json"), file(MOVED, name="new.json")], {})
    assert (review.reviewed, review.passed_over) == ((MOVED,), ())


@pytest.mark.parametrize(
    "fresh",
    [
        replace(APPROVE, source=Source(file="moved.yaml", line=9)),
        replace(APPROVE, source=None),
        replace(APPROVE, sms=(Measure(encoding="gsm-7", units=1, segments=1),) * 2),
    ],
    ids=["source", "no source", "sizes"],
)
def test_identical_is_what_the_digest_covers(fresh) -> None:
    """The same action from another line of another file is the same action."""
    assert divide(plan_of(fresh), [file(APPROVE)], {}).reviewed == (fresh,)


@pytest.mark.parametrize(
    "fresh",
    [
        MOVED,
        replace(APPROVE, operation="update"),
        action(changes=[("status", "DRAFT", "APPROVED")]),
        action(changes=[("content", "a", "b"), ("status", "PENDING", "APPROVED")]),
        register(),
    ],
    ids=["version", "operation", "live", "another change", "another phase"],
)
def test_another_action_for_a_target_that_a_file_names_is_stale(fresh) -> None:
    """The object moved: exit 4, and the message names what was reviewed and what is there now."""
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(fresh, OTHER), [file(APPROVE)], {})
    assert stale.value.exit_code == 4
    assert "nothing was written" in stale.value.message
    assert "tmpl_a" in stale.value.message
    assert "tmpl_b" not in stale.value.message
    assert fresh.operation in stale.value.message


def test_a_stale_message_says_both_sides_and_since_when() -> None:
    """Reviewed was this, now it is that, since this ``updated_at``, and by which file."""
    fresh = action(changes=[("status", "REJECTED", "APPROVED")], updated_at=T1)
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(fresh), [file(APPROVE, name="reviewed.json")], {})
    for words in ("reviewed.json", "PENDING", "REJECTED", T1, APPROVE.updated_at):
        assert words in stale.value.message


@pytest.mark.parametrize("texts", [("Old", "New"), ("New", "Old")])
def test_a_stale_message_names_each_field_that_moved(texts) -> None:
    """What is asked for now, and what needs no change any more; nothing of the field that is as it was."""
    reviewed, now = texts
    was = action(
        changes=[("content", "Live", reviewed), ("name", "A", "B"), ("status", "PENDING", "APPROVED")]
    )
    fresh = action(changes=[("content", "Live", now), ("status", "PENDING", "APPROVED")])
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(fresh), [file(was)], {})
    assert f'content: "{reviewed}" was reviewed; the files ask for "{now}"' in stale.value.message
    assert 'name: "B" was reviewed, and needs no change any more' in stale.value.message
    assert "status:" not in stale.value.message
    assert "approve was reviewed" not in stale.value.message


def test_a_stale_message_names_another_operation() -> None:
    """Approved was an update; now it would approve."""
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(APPROVE), [file(action(operation="update"))], {})
    assert "update was reviewed; now it would be approve" in stale.value.message


def test_a_log_that_names_a_target_makes_nothing_stale() -> None:
    """Only a FILE's targets do; what the log held and moved is merely unreviewed."""
    review = divide(plan_of(MOVED), [file(OTHER)], log(APPROVE))
    assert (review.reviewed, review.unreviewed) == ((), (MOVED,))


def test_the_log_can_cover_what_a_file_has_otherwise() -> None:
    """The file is older than a review in the log: identical to something reviewed is reviewed."""
    assert divide(plan_of(MOVED), [file(APPROVE)], log(MOVED)).reviewed == (MOVED,)


def test_a_rotation_of_what_a_file_left_unchecked_is_reviewed() -> None:
    """The reviewer saw the webhook's URL in ``unchecked``; exactly these, and nothing but the secret."""
    evidence = [file(APPROVE, unchecked=(unchecked(),))]
    assert divide(plan_of(rotate()), evidence, {}).reviewed == (rotate(),)
    assert divide(plan_of(rotate("https://b.example.com/")), evidence, {}).reviewed == ()
    assert divide(plan_of(UPDATE), evidence, {}).reviewed == ()
    assert divide(plan_of(create()), evidence, {}).reviewed == ()


def test_a_rotation_to_another_source_than_was_left_unchecked_is_not_reviewed() -> None:
    """Who reviewed that one variable is taken has not reviewed that another is."""
    evidence = [file(APPROVE, unchecked=(unchecked(),))]
    elsewhere = rotate(name="ANOTHER_SECRET")
    assert divide(plan_of(elsewhere), evidence, {}).unreviewed == (elsewhere,)


def test_a_text_or_a_source_that_moved_alone_is_named() -> None:
    """What a reviewer read or saw the secret come from is part of the review, and the message says what is now."""
    was = action(reviewed={"message": {**MESSAGE, "content": "Another text."}, "updated_at": T0})
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(APPROVE, create()), [file(was, action("webhook", "create", URL, reviewed={}))], {})
    assert 'content: "Another text." was reviewed; the files ask for "Acme Dental' in stale.value.message
    assert (
        'the secret\'s source: null was reviewed; the files ask for {"env": "HOOK_SECRET"}'
        in stale.value.message
    )


def test_a_rotation_nobody_reviewed_is_left_alone() -> None:
    """Without ``unchecked`` it is like any other."""
    assert divide(plan_of(rotate()), [file(APPROVE)], {}).unreviewed == (rotate(),)


def test_a_reviewed_action_that_is_no_longer_needed_is_passed_over() -> None:
    """It was done, or is pending or held: named, and not stale."""
    review = divide(plan_of(OTHER), [file(APPROVE, register(), OTHER)], {})
    assert (review.reviewed, review.passed_over) == ((OTHER,), (APPROVE, register()))


def test_what_is_passed_over_is_named_once() -> None:
    """Two files with the same action, from other lines of the same document."""
    again = replace(APPROVE, source=Source(file="templates.d/a.yaml", line=9))
    review = divide(plan_of(), [file(APPROVE, name="a.json"), file(again, name="b.json")], {})
    assert len(review.passed_over) == 1


def test_what_a_narrowed_plan_did_not_look_at_is_not_passed_over() -> None:
    """``--target tmpl_b`` says nothing of tmpl_a: it may well be needed."""
    narrowed = replace(plan_of(), targets=("tmpl_b",))
    assert divide(narrowed, [file(APPROVE, OTHER)], {}).passed_over == (OTHER,)


def test_no_evidence_and_no_log_review_nothing() -> None:
    """``--continue`` with an empty log."""
    review = divide(plan_of(APPROVE, create()), [], {})
    assert (review.reviewed, review.unreviewed, review.passed_over) == ((), (APPROVE, create()), ())


def test_a_yes_reviews_the_whole_plan() -> None:
    """At the prompt, or by its digest."""
    plan = plan_of(APPROVE, create())
    assert (whole(plan).reviewed, whole(plan).unreviewed, whole(plan).passed_over) == (plan.actions, (), ())


_ACTIONS = st.lists(
    st.builds(
        action,
        st.sampled_from(["approval", "a2p", "webhook"]),
        st.sampled_from(["approve", "update", "rotate"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from([[], [("x", 1, 2)], [("x", 1, 3)]]),
        source=st.sampled_from([None, Source(file="f", line=1)]),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=300)
@drawn(_ACTIONS, st.lists(st.tuples(_ACTIONS, st.lists(st.sampled_from("ab"))), max_size=2), _ACTIONS)
def test_nothing_is_ever_reviewed_that_stands_nowhere(actions, files, logged) -> None:
    """Whatever the plan, the files and the log: reviewed is identical to evidence, or an unchecked rotation."""
    evidence = [file(*each, unchecked=tuple(map(unchecked, urls))) for each, urls in files]
    held = log(*logged)
    known = {identity(one) for one in [*held.values(), *(one for each in evidence for one in each.actions)]}
    urls = {one.url for each in evidence for one in each.unchecked}
    plan = plan_of(*actions)
    try:
        review = divide(plan, evidence, held)
    except StaleReview:
        named = {one.target for each in evidence for one in each.actions}
        assert any(identity(one) not in known and one.target in named for one in actions)
        return
    for one in review.reviewed:
        assert identity(one) in known or (one.operation == "rotate" and one.target in urls)
    assert sorted(map(repr, [*review.reviewed, *review.unreviewed])) == sorted(map(repr, actions))


# --- an apply's authorization: FILEs, a digest, the log, or a yes -----------------------------------------------


@dataclass(frozen=True)
class Fresh:
    """A fresh plan, and what it was made from."""

    plan: Plan
    given: PlanInput

    @property
    def memory(self) -> Memory:
        """What the log holds."""
        return self.given.memory


def planning(*actions, reviewed=(), digests=None, approved=(), **plan) -> Fresh:
    """A plan of these actions, over a log with these reviewed records; ``approved`` are live APPROVED."""
    run = Run(
        run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.0
    )
    records = [
        Record(
            records_reviewed(
                run, each, unchecked=[], unlisted=[], digest=(digests or {}).get(number, f"sha256:{number}")
            ),
            seq=number + 1,
            hash=f"sha256:{number + 1}",
        )
        for number, each in enumerate(reviewed)
    ]
    return Fresh(
        plan_of(*actions, **plan),
        given(
            *map(template, approved),
            seen=observed(*(wire(one, status="APPROVED") for one in approved)),
            memory=remember(records, TENANT),
        ),
    )


def test_a_plain_apply_reviews_the_whole_plan_by_its_yes() -> None:
    """What is confirmed at the prompt is the review."""
    fresh = planning(APPROVE, create())
    assert reviewed_in(fresh.plan, fresh.memory, Authorization()) == whole(fresh.plan)


def test_an_apply_of_files_does_what_they_and_the_log_hold() -> None:
    """And nothing else."""
    fresh = planning(APPROVE, OTHER, create(), reviewed=[[OTHER]])
    review = reviewed_in(fresh.plan, fresh.memory, Authorization(files=(file(APPROVE),)))
    assert (review.reviewed, review.unreviewed) == ((APPROVE, OTHER), (create(),))


def test_continue_does_what_the_log_holds_and_leaves_the_rest_without_a_word() -> None:
    """Nothing is unreviewed, nothing is stale: it is for a schedule."""
    fresh = planning(MOVED, OTHER, reviewed=[[APPROVE, OTHER]])
    review = reviewed_in(fresh.plan, fresh.memory, Authorization(continued=True))
    assert (review.reviewed, review.unreviewed) == ((OTHER,), ())


def test_a_digest_reviews_a_fresh_plan_that_has_it() -> None:
    """The whole digest, for the whole plan; the beginning of one is another."""
    fresh = planning(APPROVE, create())
    digest = fresh.plan.digest or ""
    assert reviewed_in(fresh.plan, fresh.memory, Authorization(digest=digest)) == whole(fresh.plan)
    with pytest.raises(StaleReview):
        reviewed_in(fresh.plan, fresh.memory, Authorization(digest=digest[:-1]))


def test_a_digest_of_a_plan_in_the_log_counts_as_the_file() -> None:
    """The fresh plan has another digest: a reviewed plan in the log stands in for the FILE."""
    earlier = plan_of(APPROVE, register())
    fresh = planning(register(), OTHER, reviewed=[[APPROVE, register()]], digests={0: earlier.digest})
    review = reviewed_in(fresh.plan, fresh.memory, Authorization(digest=earlier.digest))
    assert (review.reviewed, review.unreviewed, review.passed_over) == ((register(),), (OTHER,), (APPROVE,))


def test_a_digest_of_a_plan_in_the_log_makes_stale_like_a_file() -> None:
    """Its targets that moved stop the run."""
    earlier = plan_of(APPROVE)
    fresh = planning(MOVED, reviewed=[[APPROVE]], digests={0: earlier.digest})
    with pytest.raises(StaleReview, match="tmpl_a"):
        reviewed_in(fresh.plan, fresh.memory, Authorization(digest=earlier.digest))


def test_a_digest_that_nobody_knows_is_stale() -> None:
    """Exit 4, and the message says which digest the plan has now."""
    fresh = planning(APPROVE)
    with pytest.raises(StaleReview) as stale:
        reviewed_in(fresh.plan, fresh.memory, Authorization(digest="sha256:123456789012"))
    assert str(fresh.plan.digest) in stale.value.message
    assert "123456789012" in stale.value.message


def test_the_latest_reviewed_plan_with_a_digest_counts() -> None:
    """A plan can be reviewed twice."""
    fresh = planning(APPROVE, reviewed=[[APPROVE], [OTHER]], digests={0: "sha256:aa", 1: "sha256:aa"})
    evidence = named_in_log(fresh.memory, "sha256:aa")
    assert evidence is not None
    assert evidence.actions == (OTHER,)
    assert named_in_log(fresh.memory, "sha256:a") is None
    assert named_in_log(fresh.memory, None) is None


REVOKE = action(operation="revoke", changes=[("status", "APPROVED", "SUSPENDED")])


def test_a_revocation_needs_its_flag_or_a_review() -> None:
    """A FILE, a digest or the log was approved with the guard's line on top of the plan; a prompt was not."""
    fresh = planning(REVOKE, approved=["tmpl_a"])
    with pytest.raises(Refused):
        guard(fresh.given, whole(fresh.plan), Authorization())
    guard(fresh.given, whole(fresh.plan), Authorization(allowed=frozenset({"revoke"})))
    guard(fresh.given, whole(fresh.plan), Authorization(files=(file(REVOKE),)))
    guard(fresh.given, whole(fresh.plan), Authorization(digest=fresh.plan.digest))
    guard(fresh.given, whole(fresh.plan), Authorization(continued=True))
    held = planning(REVOKE, reviewed=[[REVOKE]], approved=["tmpl_a"])
    guard(held.given, whole(held.plan), Authorization())


def test_a_revocation_beside_reviewed_ones_is_still_refused() -> None:
    """The log's review covers its own action only."""
    other = action(operation="revoke", target="tmpl_b", changes=[("status", "APPROVED", "SUSPENDED")])
    fresh = planning(REVOKE, other, reviewed=[[REVOKE]], approved=["tmpl_a", "tmpl_b"])
    with pytest.raises(Refused) as refused:
        guard(fresh.given, whole(fresh.plan), Authorization())
    assert "tmpl_b" in refused.value.message


def test_max_changes_holds_always() -> None:
    """A review does not pass it."""
    fresh = planning(APPROVE, OTHER)
    with pytest.raises(Refused, match="max-changes"):
        guard(fresh.given, whole(fresh.plan), Authorization(files=(file(APPROVE, OTHER),), max_changes=1))
    guard(fresh.given, whole(fresh.plan), Authorization(max_changes=2))


def test_max_changes_counts_what_would_be_done() -> None:
    """Unreviewed actions are left alone, so they do not count."""
    fresh = planning(APPROVE, OTHER)
    guard(
        fresh.given,
        divide(fresh.plan, [file(APPROVE)], {}),
        Authorization(files=(file(APPROVE),), max_changes=1),
    )


def test_an_authorization_is_backed_by_files_a_digest_or_the_log() -> None:
    """None of the three prompts."""
    backed = [
        Authorization(files=(file(),)),
        Authorization(digest="sha256:1"),
        Authorization(continued=True),
        Authorization(),
    ]
    assert [each.backed for each in backed] == [True, True, True, False]


@pytest.mark.parametrize(
    ("confirmed", "fresh", "words"),
    [
        ((APPROVE,), (MOVED,), "tmpl_a"),
        ((APPROVE,), (APPROVE, OTHER), "tmpl_b"),
        ((APPROVE, OTHER), (APPROVE,), "while the question waited"),
    ],
    ids=["moved", "another", "gone"],
)
def test_what_was_confirmed_is_evidence_and_any_difference_is_stale(confirmed, fresh, words) -> None:
    """A person said yes to exactly that plan; the fresh one is what would be done."""
    authorization = Authorization(confirmed=plan_of(*confirmed))
    assert reviewed_in(plan_of(*confirmed), remember([], TENANT), authorization).reviewed == confirmed
    with pytest.raises(StaleReview, match=words) as stale:
        reviewed_in(plan_of(*fresh), remember([], TENANT), authorization)
    assert "nothing was written" in stale.value.message


def test_only_a_run_that_nothing_stands_behind_asks() -> None:
    """Neither a FILE, a digest, the log, --yes nor a plan that was confirmed already."""
    assert Authorization().asks
    backed = [{"files": (file(),)}, {"digest": "sha256:1"}, {"continued": True}]
    for given_ in (*backed, {"yes": True}, {"confirmed": plan_of()}):
        assert not Authorization(**given_).asks


def test_what_continue_leaves_alone_is_known_to_what_comes_after_it() -> None:
    """Without a word to people; a registration must not follow an approval that was not reviewed."""
    fresh = planning(MOVED, register(), reviewed=[[APPROVE, register()]])
    review = reviewed_in(fresh.plan, fresh.memory, Authorization(continued=True))
    assert (review.reviewed, review.unreviewed) == ((register(),), ())
    assert review.silent == {("approval", "tmpl_a")}


# --- rotations on demand --------------------------------------------------------------------------------------------

SENT_SECRET = {"fields": {"events": ["a"]}, "id": "wh_1", "fingerprint": "f"}


def rotated_before(memory: dict | None, *reviews):
    """The memory of a tenant whose webhook was rotated once before, if anything is remembered of it."""
    ends = [
        record("outcome", phase="webhook", target=URL, operation="rotate", outcome="applied", memory=memory)
    ]
    run = Run(
        run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.0
    )
    open_ = [records_reviewed(run, each, unchecked=[], unlisted=[], digest="sha256:1") for each in reviews]
    numbered = [
        Record(one, seq=number) for number, one in enumerate([*(ends if memory else []), *open_], start=1)
    ]
    return remember(numbered, TENANT)


@pytest.mark.parametrize(
    ("memory", "authorization", "asked", "expected"),
    [
        (None, Authorization(), (), ()),
        (None, Authorization(), (URL,), (URL,)),
        (None, Authorization(files=(file(rotate()),)), (), (URL,)),
        (None, Authorization(files=(file(APPROVE),)), (), ()),
        (Record(SENT_SECRET, doubt=True), Authorization(files=(file(rotate()),)), (), (URL,)),
        ({"fields": {"events": ["a"]}, "id": "wh_1"}, Authorization(files=(file(rotate()),)), (), (URL,)),
        (SENT_SECRET, Authorization(files=(file(rotate()),)), (), ()),
    ],
    ids=["none", "asked", "file", "no rotate", "in doubt", "no secret known", "done already"],
)
def test_a_reviewed_rotation_is_a_demand_to_rotate(memory, authorization, asked, expected) -> None:
    """``plan --rotate URL --out FILE``, then ``apply FILE``: done once, and again where its end is not known."""
    assert rotations(rotated_before(memory), authorization.files, asked, [URL]) == expected


def test_a_rotation_that_the_log_holds_is_a_demand_too() -> None:
    """``--continue`` finishes it; a run for other targets leaves it."""
    memory = rotated_before(SENT_SECRET, [rotate()])
    assert rotations(memory, (), (), [URL]) == (URL,)
    assert rotations(memory, (), (), ["tmpl_a"]) == ()


@pytest.mark.parametrize(("length", "cut"), [(118, False), (119, True)])
def test_a_long_text_is_cut_in_a_stale_message(length, cut) -> None:
    """A value is shown as JSON up to 120 characters, quotes included."""
    was, fresh = (action(changes=[("content", "Live", text)]) for text in ("x" * length, "New"))
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(fresh), [file(was)], {})
    assert ("…" in stale.value.message) is cut
    assert f'content: "{"x" * (119 if cut else length)}' in stale.value.message


def test_every_change_of_a_stale_action_is_told() -> None:
    """Those that nobody reviewed, those behind them that moved, and those that are needed no more."""
    was = action(changes=[("content", "Live", "New"), ("status", "PENDING", "APPROVED")])
    fresh = action(
        changes=[("name", "Old", "Name"), ("from_address", "1", "2"), ("content", "Edited", "Other")]
    )
    with pytest.raises(StaleReview) as stale:
        divide(plan_of(fresh), [file(was)], {})
    assert [line.partition(": ")[2] for line in stale.value.message.splitlines() if line[:2] == "  "] == [
        'not reviewed: name: the tenant has "Old", the files ask for "Name"',
        'not reviewed: from_address: the tenant has "1", the files ask for "2"',
        'content: when reviewed, the tenant had "Live"; now it has "Edited"',
        'content: "New" was reviewed; the files ask for "Other"',
        'status: "APPROVED" was reviewed, and needs no change any more',
    ]
