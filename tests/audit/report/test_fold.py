"""From records to a report: a fold that asks nobody (help report)."""

from __future__ import annotations

import pytest
from builders import TENANT, URL, action
from story import GIT, LIVE, NEW, OLD, REVIEW, STATUS, Story, everything, sha256

from reconciler.audit.chain import Log, Record, seal
from reconciler.audit.report.attention import KINDS, grouped, waiting
from reconciler.audit.report.fold import Question, report
from reconciler.audit.report.history import Commit, Latency, Review
from reconciler.audit.report.narrow import template_ids

WAIVER = {"rule": "CX103", "reason": "Exception 1182", "expires": "2026-12-01"}


def kinds(history) -> list[tuple[str, str | None]]:
    """What needs attention, in short."""
    return [(one.kind, one.target) for one in history.attention]


def states(tenant) -> list[tuple[str, str, str]]:
    """What is open, in short."""
    return [(one.state, one.phase, one.target) for one in tenant.open]


def test_an_empty_log_is_intact_and_tells_of_nothing() -> None:
    """No record, no tenant, no attention."""
    history = report(Log(), Question(log="l", now="2026-11-25T10:00:00.000Z"))
    assert (history.tenants, history.attention) == ((), ())
    assert (history.chain.intact, history.chain.records, history.chain.head) == (True, 0, None)
    assert (history.chain.begins, history.chain.first, history.chain.last) == (1, None, None)


def test_an_approval_says_who_what_when_and_from_which_pull_request() -> None:
    """Text, hash, time, approvers, pull request, operator, commit, plan, and the review record that allowed it."""
    story = Story()
    reviewed = story.reviewed()
    seq = story.done()
    (entry,) = story.template().approvals
    assert (entry.seq, entry.at, entry.outcome, entry.status) == (
        seq,
        "2026-09-01T09:00:00.000Z",
        "applied",
        "APPROVED",
    )
    assert (entry.content, entry.content_sha256) == (OLD, sha256(OLD))
    assert entry.review == Review(**{**REVIEW, "approvers": ("j.rivera", "k.osei")})
    assert (entry.git, entry.operator_id, entry.reviewed) == (Commit(**GIT), "ci", reviewed)
    assert (entry.plan_digest, entry.hash) == ("sha256:" + "ab" * 32, story.records[seq - 1]["hash"])
    assert story.template().approved == entry


def test_a_text_that_the_log_does_not_hold_is_not_invented() -> None:
    """An approval names the hash; without the text that has it there is none."""
    story = Story()
    story.outcome("unchanged", attempts=0)
    (entry,) = story.template().approvals
    assert (entry.content, entry.content_sha256) == (None, sha256(OLD))


@pytest.mark.parametrize(
    ("said", "approvers", "pull"),
    [
        ({"approvers": "j.rivera", "pull_request": 12}, ("j.rivera",), "12"),
        ({"approvers": [{"name": "j"}, 7], "pull_request": None}, ('{"name": "j"}', "7"), None),
        (
            {"approvers": [{"role": "q", "name": "José"}], "pull_request": 0},
            ('{"name": "José", "role": "q"}',),
            "0",
        ),
        ({"approvers": None, "pull_request": ""}, (), None),
    ],
)
def test_a_review_of_any_form_is_read(said, approvers, pull) -> None:
    """What the environment asserts may be any JSON."""
    story = Story()
    story.run("r1", "2026-09-01", review=said)
    story.done()
    review = story.template().approved.review
    assert (review.approvers, review.pull_request, review.named) == (approvers, pull, bool(approvers or pull))


@pytest.mark.parametrize(
    ("later", "approved"),
    [
        (None, True),
        ({"outcome": "failed"}, True),
        ({"outcome": "conflict"}, True),
        ({"outcome": "blocked"}, True),
        ({"outcome": "pending", "status": "SUBMITTED"}, False),
        ({"outcome": "held", "status": "REJECTED"}, False),
        ({"outcome": "applied", "status": "SUSPENDED"}, False),
    ],
)
def test_a_template_is_approved_as_last_known(later, approved) -> None:
    """A step that failed leaves the approval; one that the tenant took, or a revocation, ends it."""
    story = Story()
    story.done()
    if later is not None:
        story.run("r2", "2026-10-01")
        story.done(**later)
    assert (story.template().approved is not None) is approved


def test_periods_tell_how_a_template_stood_through_time() -> None:
    """Waiting, approved, revoked; a failure in between changes nothing."""
    story = Story()
    story.done("pending", status="SUBMITTED")
    for run, (outcome, status) in enumerate(
        [("unchanged", "APPROVED"), ("failed", "failed"), ("applied", "SUSPENDED")]
    ):
        story.run(f"r{run + 2}", f"2026-10-0{run + 1}")
        story.done(outcome, status=status)
    assert [
        (one.state, one.began[:10], one.ended and one.ended[:10]) for one in story.template().periods
    ] == [
        ("pending", "2026-09-01", "2026-10-01"),
        ("approved", "2026-10-01", "2026-10-03"),
        ("off", "2026-10-03", None),
    ]


def test_carrier_readiness_is_that_of_the_last_record() -> None:
    """After the approval it waits for the registration, after that it is there, a failed change takes it away."""
    story = Story()
    story.done()
    assert story.template().carrier_ready is False
    assert ("not-ready", "tmpl_a") in kinds(story.report())
    story.registered()
    assert story.template().carrier_ready is True
    story.done("failed", carrier_ready=False)
    assert story.template().carrier_ready is False
    assert kinds(story.report()) == [("failed", "tmpl_a"), ("undelivered", None)]


@pytest.mark.parametrize(
    ("now", "state", "kind"),
    [
        ("2026-11-16", "in force", None),
        ("2026-11-17", "ending", "ending"),
        ("2026-12-01", "ending", "ending"),
        ("2026-12-02", "expired", "expired"),
    ],
)
def test_waivers_are_judged_on_the_reports_day(now, state, kind) -> None:
    """The last day counts; in the 14 days before it ends it is announced."""
    story = Story()
    story.done(waivers=[WAIVER], carrier_ready=True)
    (excuse,) = story.template(now=f"{now}T08:00:00.000Z").waivers
    assert (excuse.state, excuse.waiver.rule, excuse.waiver.reason) == (state, "CX103", "Exception 1182")
    found = [
        one for one in story.report(now=f"{now}T08:00:00.000Z").attention if one.kind in {"ending", "expired"}
    ]
    assert [(one.kind, one.detail) for one in found] == ([(kind, "CX103 2026-12-01")] if kind else [])


def test_a_webhooks_waivers_end_too() -> None:
    """Of an object that is no template as of any."""
    story = Story()
    story.done(phase="webhook", target=URL, operation="create", changes=[], waivers=[WAIVER])
    found = [(one.kind, one.target) for one in story.report(now="2026-12-02T08:00:00.000Z").attention]
    assert ("expired", URL) in found


def test_waivers_that_the_last_record_lacks_are_gone() -> None:
    """In force is what was in force when it was last touched; what cannot be read as a date has ended."""
    story = Story()
    story.done(waivers=[WAIVER])
    story.done(waivers=[{**WAIVER, "expires": "soon"}])
    assert [one.state for one in story.template().waivers] == ["expired"]
    story.done()
    assert story.template().waivers == ()


def test_what_is_not_done_is_told_by_its_last_record() -> None:
    """Pending, held, failed, blocked, conflict; begun without an end; reviewed and not begun."""
    story = Story()
    for outcome in ("pending", "held", "failed", "blocked", "conflict", "applied", "unchanged"):
        story.outcome(outcome, target=f"tmpl_{outcome}")
    story.intent(target="tmpl_begun")
    story.reviewed(action(target="tmpl_reviewed"), action(target="tmpl_failed"))
    assert states(story.tenant()) == [
        ("pending", "approval", "tmpl_pending"),
        ("held", "approval", "tmpl_held"),
        ("blocked", "approval", "tmpl_blocked"),
        ("conflict", "approval", "tmpl_conflict"),
        ("begun", "approval", "tmpl_begun"),
        ("reviewed", "approval", "tmpl_failed"),
        ("reviewed", "approval", "tmpl_reviewed"),
    ]


def test_a_log_may_begin_with_what_is_open() -> None:
    """Its very first record is an intent, or a review."""
    story = Story()
    story.intent()
    assert states(story.tenant()) == [("begun", "approval", "tmpl_a")]
    story = Story()
    story.reviewed(action())
    assert states(story.tenant()) == [("reviewed", "approval", "tmpl_a")]


def test_an_end_is_told_where_it_is_later_than_the_intent_and_the_review() -> None:
    """Both are open still: what failed in doubt may have arrived, and what failed was not done."""
    for doubt in (True, None):
        story = Story()
        story.reviewed(action())
        story.done("failed", doubt=doubt)
        assert states(story.tenant()) == [("failed", "approval", "tmpl_a")]


def test_a_sighting_before_a_write_says_nothing_of_its_end() -> None:
    """It was seen refused, then asked for again, and the carrier has that now."""
    story = Story()
    story.done()
    story.run("r2", "2026-10-01")
    story.seen("REJECTED")
    waits = story.done("pending", status="SUBMITTED", memory={"owed_from": ["SUBMITTED", "IN_REVIEW"]})
    assert [(one.state, one.seq) for one in story.tenant().open] == [("pending", waits)]
    story.seen("IN_REVIEW")
    assert [(one.state, one.seq) for one in story.tenant().open] == [("pending", waits)]
    refused = story.seen("SUSPENDED")
    assert [(one.state, one.seq) for one in story.tenant().open] == [("held", refused)]


def test_what_was_done_later_is_open_no_more() -> None:
    """A failed step that succeeded, a review that was carried out, a webhook that a person accepted."""
    story = Story()
    story.reviewed(action())
    story.done("failed")
    story.done("failed", phase="webhook", target=URL, operation="create", changes=[], doubt=True)
    story.run("r2", "2026-10-01")
    story.done()
    accepted = story.add(
        "accepted", phase="webhook", operation="accept", target=URL, changes=[], memory={}, reason="by hand"
    )
    tenant = story.tenant()
    assert states(tenant) == []
    assert [(one.entry.outcome, one.settled) for one in tenant.doubts] == [("failed", accepted)]
    (webhook,) = tenant.objects
    assert (webhook.phase, webhook.target) == ("webhook", URL)
    assert [one.outcome for one in webhook.entries] == ["failed", "accepted"]
    assert (webhook.confirmed.outcome, webhook.confirmed.reason) == ("accepted", "by hand")


def test_an_unsettled_doubt_needs_attention_once() -> None:
    """It is not told a second time as a failure."""
    story = Story()
    story.done("failed", phase="webhook", target=URL, operation="create", changes=[], doubt=True)
    story.delivered()
    assert kinds(story.report()) == [("doubt", URL)]


def test_a_doubt_is_not_settled_by_what_was_certain_before_it() -> None:
    """Nor by itself, nor by another object's end, nor by one that is in doubt too."""
    story = Story()
    webhook = {"phase": "webhook", "operation": "create", "changes": []}
    story.done(**webhook, target=URL)
    story.done(**webhook, target=URL, doubt=True)
    story.done(**webhook, target=f"{URL}/b")
    story.done(**webhook, target=URL, doubt=True)
    assert [one.settled for one in story.tenant().doubts] == [None, None]
    last = story.done(**webhook, target=URL)
    assert [one.settled for one in story.tenant().doubts] == [last, last]


@pytest.mark.parametrize(("earlier", "later"), [("r1", "r2"), ("r2", "r1")])
def test_the_end_of_an_earlier_run_is_told_apart(earlier, later) -> None:
    """By an intent or a review of another run; and that run's own operator and review stay its own."""
    story = Story()
    story.run(earlier, "2026-09-01")
    story.reviewed(action())
    story.done("pending", status="SUBMITTED")
    story.intent(target="tmpl_b")
    story.run(later, "2026-10-01", operator="night", review=None)
    story.outcome("unchanged", attempts=0, operator_id="ci", review=REVIEW)
    story.outcome("applied", target="tmpl_b", attempts=0, operator_id="ci", review=REVIEW)
    story.reviewed(action(target="tmpl_c"))
    story.outcome("unchanged", target="tmpl_c", attempts=0)
    tenant = story.tenant()
    ends = {template.id: template.approvals[-1].closes for template in tenant.templates}
    assert ends == {"tmpl_a": True, "tmpl_b": True, "tmpl_c": False}
    assert [(run.run_id, run.operator_id, run.unfinished) for run in tenant.runs] == [
        (earlier, "ci", 0),
        (later, "night", 0),
    ]
    assert tenant.runs[1].review.approvers == ("j.rivera", "k.osei")


def test_undelivered_records_are_named() -> None:
    """Outcomes that no delivered record names."""
    story = Story()
    story.done()
    story.delivered()
    seq = story.registered()
    history = story.report()
    assert [one.seq for one in history.tenants[0].undelivered] == [seq]
    assert [one.delivered for one in (*story.template().approvals, *story.template().registrations)] == [
        True,
        False,
    ]
    assert [(one.kind, one.seq, one.detail) for one in history.attention] == [("undelivered", seq, "1")]
    story.done(target="tmpl_b", carrier_ready=True)
    assert [(one.kind, one.seq, one.detail) for one in story.report().attention] == [
        ("undelivered", seq, "2")
    ]


def test_percentiles_are_by_nearest_rank_over_the_last_step_of_each_run() -> None:
    """1 to 100 ms: the 50th, the 90th, the 99th; a step before the last, and one without an attempt, do not count."""
    story = Story()
    for number in range(1, 101):
        story.run(f"r{number}", "2026-09-01")
        story.outcome(latency_ms=5)
        story.outcome(phase="a2p", latency_ms=number)
        story.outcome("blocked", phase="a2p", latency_ms=9_999, attempts=0)
    assert story.tenant().latency == Latency(count=100, p50=50, p90=90, p99=99, longest=100)
    assert story.template().latency == story.tenant().latency


def test_a_rank_between_two_measures_is_the_higher_one() -> None:
    """Of three the second is the half, and the last whatever is above two thirds."""
    story = Story()
    for number in (30, 10, 20):
        story.run(f"r{number}", "2026-09-01")
        story.outcome(latency_ms=number)
    assert story.tenant().latency == Latency(count=3, p50=20, p90=30, p99=30, longest=30)


def test_of_one_measure_every_percentile_is_that() -> None:
    """And of none there is none; webhooks do not count."""
    story = Story()
    story.outcome(phase="webhook", target=URL, latency_ms=7)
    assert story.tenant().latency is None
    story.outcome(latency_ms=3)
    assert story.tenant().latency == Latency(count=1, p50=3, p90=3, p99=3, longest=3)


def test_a_change_without_a_recorded_reviewer_needs_attention() -> None:
    """A reason alone names nobody; a pull request alone will do."""
    for review, expected in ((None, True), ({"reason": "now"}, True), ({"pull_request": "7"}, False)):
        story = Story()
        story.run("r1", "2026-09-01", review=review)
        story.done(carrier_ready=True)
        assert (("unnamed", "tmpl_a") in kinds(story.report())) is expected


def test_a_period_lists_what_is_in_it_and_says_how_things_stood_at_its_end() -> None:
    """Before ``since`` nothing is listed, and the approval stands all the same; after ``until`` nothing is known."""
    story = everything()
    template = story.template(since="2026-10-10", until="2026-10-15")
    assert [one.at[:10] for one in template.approvals] == ["2026-10-14"]
    assert story.template("tmpl_b", since="2026-10-10", until="2026-10-15").approved is not None
    assert story.template("tmpl_b", since="2026-10-10").approved is None
    tenant = story.tenant(since="2026-10-10", until="2026-10-15")
    assert [run.run_id for run in tenant.runs] == ["r4"]
    assert tenant.open == ()
    assert story.report(until="2026-10-15").day == "2026-10-15"
    assert story.report(until="2026-12-31").day == "2026-11-25"


def test_both_days_of_a_period_are_in_it_to_their_last_moment() -> None:
    """Three runs on days one after the other, of which any one can be asked for alone."""
    story = Story()
    for day in ("2026-10-14", "2026-10-15", "2026-10-16"):
        story.run(day, day)
        story.done()
    for day in ("2026-10-14", "2026-10-15", "2026-10-16"):
        (template,) = story.tenant(since=day, until=day).templates
        assert [one.run_id for one in template.approvals] == [day]
        assert [run.run_id for run in story.tenant(since=day, until=day).runs] == [day]


def test_what_a_person_accepted_is_delivered_to_nobody() -> None:
    """The tenant's own log has outcomes alone."""
    story = Story()
    story.done(phase="webhook", target=URL, operation="create", changes=[])
    story.add(
        "accepted", phase="webhook", target=URL, outcome="accepted", operation="accept", changes=[], memory={}
    )
    story.delivered()
    (hooked,) = story.tenant().objects
    assert [(one.event, one.delivered) for one in hooked.entries] == [("outcome", True), ("accepted", False)]


def test_each_tenant_has_its_own_part() -> None:
    """One log, two base URLs: neither counts for the other."""
    story = Story()
    story.done()
    story.base_url = "https://b.nicecxone.com"
    story.done("failed")
    first, second = story.report().tenants
    assert [first.base_url, second.base_url] == [TENANT, "https://b.nicecxone.com"]
    assert (first.templates[0].approved is None, second.templates[0].approved is None) == (False, True)


def test_attention_comes_in_the_order_of_its_gravity() -> None:
    """The chain first, a torn line last; every kind that arises is a known one."""
    story = everything()
    history = report(
        Log(records=tuple(story.records), torn=b"{", broken="It is broken.", beyond=3),
        Question(log="l", now="2026-11-25T10:00:00.000Z", head="sha256:no"),
    )
    found = [one.kind for one in history.attention]
    assert found == sorted(found, key=KINDS.index)
    assert [found[0], found[1], found[-1]] == ["chain", "head", "torn"]
    assert {"doubt", "begun", "failed", "expired", "undelivered", "unnamed"} <= set(found)
    assert (history.chain.intact, history.chain.beyond, history.chain.torn) == (False, 3, True)


def test_files_that_lack_are_named_without_their_folder() -> None:
    """Each on its own, behind all that is about a tenant."""
    log = Log(lacking=("/var/log/acme/audit.000002.jsonl", "audit.000009.jsonl"))
    history = report(log, Question(log="l", now="2026-11-25T10:00:00.000Z"))
    assert history.chain.lacking == ("audit.000002.jsonl", "audit.000009.jsonl")
    assert [(one.kind, one.detail) for one in history.attention] == [
        ("lacking", "audit.000002.jsonl"),
        ("lacking", "audit.000009.jsonl"),
    ]


def test_points_of_one_kind_come_by_tenant_and_target() -> None:
    """In whatever order the log has them."""
    story = Story()
    for tenant in ("cxone:b", "cxone:a"):
        for target in ("tmpl_c", "tmpl_b") if tenant == "cxone:a" else ("tmpl_a", "tmpl_d"):
            story.outcome("failed", target=target, tenant=tenant)
    assert [(one.tenant, one.target) for one in story.report().attention if one.kind == "failed"] == [
        ("cxone:a", "tmpl_b"),
        ("cxone:a", "tmpl_c"),
        ("cxone:b", "tmpl_a"),
        ("cxone:b", "tmpl_d"),
    ]


def test_what_waits_is_for_a_carrier_a_person_or_its_turn() -> None:
    """Not what ended otherwise than it was to."""
    story = Story()
    for number, outcome in enumerate(
        ("pending", "pending", "held", "failed", "blocked", "conflict", "applied")
    ):
        story.outcome(outcome, target=f"tmpl_{number}")
    assert waiting(story.tenant()) == 3
    story.intent(target="tmpl_begun")
    story.reviewed(action(target="tmpl_reviewed"))
    assert waiting(story.tenant()) == 5


def test_an_expected_head_is_looked_for_among_all_records() -> None:
    """Later records are fine; one that is nowhere means a cut tail."""
    story = everything()
    some = story.records[4]["hash"]
    assert story.report(head=some).chain.found is True
    assert story.report(head=some, until="2026-08-01").chain.intact is True
    assert story.report(head="sha256:gone").chain.intact is False
    assert story.report(head="sha256:sealed", is_before=lambda first: first["seq"] == 1).chain.found is True
    assert story.report().chain.found is None


@pytest.mark.parametrize(
    "broken",
    [
        {"event": 7},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-13-45T00:00:00.000Z"},
        {"base_url": None},
        {"changes": [{"field": "content"}]},
        {"changes": [{"field": "content", "live": {}, "desired": 1.5}]},
        {"waivers": [{"rule": "CX103"}]},
        {"memory": {"fields": ["x"]}},
        {"review": "me"},
        {"source": {"file": "a"}},
        {"latency_ms": "long"},
        {"outcome": None},
        {"event": "reviewed", "actions": [{"phase": "approval"}]},
        {"event": "reviewed", "actions": None},
        {"event": "delivered", "delivered": ["x"]},
    ],
    ids=str,
)
def test_a_record_of_another_shape_ends_what_is_read(broken) -> None:
    """Its hash fits, so somebody wrote it so: what stands before it is reported, and the log is not intact."""
    story = Story()
    story.done()
    story.outcome(target="tmpl_b")
    last = Record(story.records.pop(), **broken)
    last = Record({name: value for name, value in last.items() if name not in {"seq", "prev_hash", "hash"}})
    story.records.append(seal(last, story.records[-1]["hash"], 3)) if "desired" not in str(broken) else (
        story.records.append(Record(last, seq=3, prev_hash=None, hash="sha256:x"))
    )
    history = story.report()
    assert (history.chain.intact, history.chain.records, history.chain.beyond) == (False, 2, 1)
    assert (history.chain.broken or "").startswith("Record 3 of the audit log ")
    assert (history.attention[0].kind, history.attention[0].seq) == ("chain", 3)
    assert [template.id for template in history.tenants[0].templates] == ["tmpl_a"]


@pytest.mark.parametrize("number", range(4))
def test_what_stands_behind_a_record_of_another_shape_is_counted(number) -> None:
    """That record too, and the lines that the chain's own break had left beyond it."""
    story = Story()
    for target in "abcd":
        story.outcome(target=f"tmpl_{target}")
    story.records[number] = {**story.records[number], "timestamp": "yesterday"}
    log = Log(records=tuple(story.records), broken="It is broken.", beyond=2)
    chain = report(log, Question(log="l", now="2026-11-25T10:00:00.000Z")).chain
    assert (chain.records, chain.beyond) == (number, 6 - number)


def test_an_event_of_a_later_version_says_nothing() -> None:
    """It is part of the chain, and no break in it."""
    story = Story()
    story.done()
    story.add("celebrated", target=7)
    assert story.report().chain.intact is True
    assert story.report().chain.records == 3
    assert [one.id for one in story.tenant().templates] == ["tmpl_a"]


def test_texts_are_found_wherever_the_log_holds_them() -> None:
    """In a change's either side, in what was sent, in what the carrier owes, in what was reviewed."""
    for place in ("changes", "intent", "owed", "reviewed"):
        story = Story()
        if place == "intent":
            story.intent(memory={"fields": {**LIVE, "content": NEW}})
        elif place == "reviewed":
            story.reviewed(action(changes=[("content", OLD, NEW)]))
        memory = {"owed": {**LIVE, "content": NEW}, "owed_status": "PENDING"} if place == "owed" else None
        changes = [("content", NEW, OLD)] if place == "changes" else STATUS
        story.outcome("pending", changes=changes, memory=memory, content_sha256=sha256(NEW))
        assert story.template().approvals[-1].content == NEW, place


def test_a_template_has_the_name_that_the_log_had_last() -> None:
    """What was sent, else what a change asks for, else the message of a review; a registration names no template."""
    story = Story()
    story.done()
    story.registered()
    story.done(target="tmpl_b", operation="update", changes=[("name", "Old", "New")], sent={})
    story.outcome("unchanged", target="tmpl_c", attempts=0)
    reviewed = story.records[story.reviewed(action(target="tmpl_d")) - 1]
    reviewed["actions"][0]["message"] = {"name": "Recall", "from_address": "45678", "content": OLD}
    names = {one.id: one.name for one in story.tenant().templates}
    assert names == {"tmpl_a": "Reminder", "tmpl_b": "New", "tmpl_c": None, "tmpl_d": "Recall"}
    assert story.template().name == "Reminder"


def test_of_many_the_last_counts() -> None:
    """Four approvals, registrations and webhooks, a waiver each: how things stand is told by the fourth."""
    story = Story()
    for number in range(1, 5):
        story.run(f"r{number}", f"2026-09-{number:02}")
        waivers = [{**WAIVER, "rule": f"CX10{number}"}]
        story.done(waivers=waivers, base_url=f"https://{number}.example.com")
        for minute in (10, 20, 30):
            story.at = f"2026-09-{number:02}T09:{minute}:00.000Z"
            story.registered(waivers=waivers, carrier_ready=number == 4, latency_ms=minute)
        story.done(
            phase="webhook",
            target=URL,
            operation="create",
            changes=[],
            waivers=waivers,
            base_url=f"https://{number}",
        )
    (tenant,) = story.report().tenants
    (template,), (hooked,) = tenant.templates, tenant.objects
    assert (template.approved, template.confirmed) == (template.approvals[3], template.approvals[3])
    assert (template.carrier_ready, hooked.confirmed) == (True, hooked.entries[3])
    assert (hooked.phase, hooked.target) == ("webhook", URL)
    assert [[one.waiver.rule for one in each.waivers] for each in (template, hooked)] == [["CX104"]] * 2
    assert tenant.base_url == "https://4"
    assert [(run.began[11:16], run.ended[11:16]) for run in tenant.runs] == [("09:00", "09:30")] * 4
    chain = story.report().chain
    assert (chain.first[:10], chain.last[:10], chain.records) == ("2026-09-01", "2026-09-04", 40)


def test_of_many_sightings_the_last_counts() -> None:
    """Whether it is drift, or the end of what waited for its carrier."""
    story = Story()
    story.done()
    story.done("pending", target="tmpl_b", status="PENDING", memory={"owed_from": ["PENDING", "SUBMITTED"]})
    for number, (status, other) in enumerate(
        [("REJECTED", "SUBMITTED"), ("SUSPENDED", "PENDING"), ("DRAFT", "SUBMITTED"), ("HIDDEN", "REJECTED")],
        1,
    ):
        story.run(f"r{number}", f"2026-10-{number:02}")
        story.seen(status)
        story.seen(other, target="tmpl_b")
    drifted, refused = story.template(), story.template("tmpl_b")
    assert (drifted.drifted, drifted.drifted.status, drifted.approved) == (drifted.seen[3], "HIDDEN", None)
    assert [one.state for one in refused.seen] == ["pending", "pending", "pending", "off"]
    (open_,) = [one for one in story.tenant().open if one.target == "tmpl_b"]
    assert (open_.state, open_.seq, open_.at[:10]) == ("held", refused.seen[3].seq, "2026-10-04")


@pytest.mark.parametrize("said", ["", None, 7, ["Recall"]])
def test_what_is_no_name_leaves_the_name_that_was(said) -> None:
    """Whatever a record says in its place."""
    story = Story()
    story.done(sent={"fields": {**LIVE, "name": "Reminder"}})
    story.done(changes=[("name", "Reminder", said)])
    assert story.template().name == "Reminder"


@pytest.mark.parametrize("phase", ["a2p", "webhook", "of a later version"])
def test_only_a_templates_own_records_name_it(phase) -> None:
    """A registration's fields, and those of a kind that this version does not know, are about something else."""
    story = Story()
    story.done()
    other = {"target": "tmpl_a", "outcome": "applied", "operation": "x", "changes": [], "attempts": 1}
    story.add("outcome", phase=phase, memory={"fields": {"name": "Another"}}, **other)
    assert story.template().name == "Reminder"


def test_a_report_can_be_about_certain_templates() -> None:
    """Their records, reviews, deliveries, runs and points, as if nothing else had been done; the chain is whole."""
    history = everything().report(only=("tmpl_a",))
    (tenant,) = history.tenants
    assert ([one.id for one in tenant.templates], tenant.objects) == (["tmpl_a"], ())
    assert {entry.target for run in tenant.runs for entry in run.entries} == {"tmpl_a"}
    assert [(run.run_id, run.reviewed, run.delivered) for run in tenant.runs] == [
        ("r1", 2, 2),
        ("r4", 0, 0),
        ("r5", 0, 3),
        ("r6", 0, 0),
    ]
    assert {one.target for one in history.attention} <= {"tmpl_a", None}
    assert (history.chain.records, history.only) == (28, ("tmpl_a",))
    assert set().union(*map(template_ids, everything().records)) == {f"tmpl_{letter}" for letter in "abcde"}


def test_points_that_are_alike_are_one_group() -> None:
    """Of one kind, about one phase, in the order of the first; waivers of one rule that end on one day."""
    story = Story()
    for target in ("tmpl_a", "tmpl_b", "tmpl_c"):
        story.done("failed", target=target, waivers=[WAIVER])
    story.done("failed", phase="a2p", target="tmpl_a", operation="register", waivers=[WAIVER])
    groups = [
        (one.kind, one.phase, [each.target for each in one.attention])
        for one in grouped(story.report().attention)
    ]
    assert groups[0] == ("failed", "approval", ["tmpl_a", "tmpl_b", "tmpl_c"])
    assert ("failed", "a2p", ["tmpl_a"]) in groups
    assert ("ending", None, ["tmpl_a", "tmpl_b", "tmpl_c"]) in groups


def test_what_was_approved_here_and_rejected_there_needs_attention() -> None:
    """When it was approved, how and when it was last seen; it counts as approved and ready no more."""
    story = Story()
    story.done()
    story.registered()
    story.run("r2", "2026-10-01")
    seq = story.seen("REJECTED")
    template = story.template()
    assert (template.approved, template.carrier_ready, template.confirmed.seq) == (None, False, 2)
    assert [(one.seq, one.status) for one in template.seen] == [(seq, "REJECTED")]
    assert [(one.state, one.began[:10]) for one in template.periods] == [
        ("approved", "2026-09-01"),
        ("off", "2026-10-01"),
    ]
    (one,) = [one for one in story.report().attention if one.kind == "drift"]
    assert (one.tenant, one.target, one.seq) == (TENANT, "tmpl_a", seq)
    assert one.detail == "approved here on 2026-09-01, REJECTED in the tenant when last seen 2026-10-01"


@pytest.mark.parametrize(
    ("shown", "detail"),
    [
        (("APPROVED", NEW), "with another text in the tenant"),
        (("REJECTED", NEW), "REJECTED and with another text in the tenant"),
        (("REJECTED", None), "REJECTED in the tenant"),
        (("APPROVED", OLD), None),
    ],
)
def test_a_drift_is_what_was_seen_last(shown, detail) -> None:
    """Text, status or both; back as it was left there is none, and what an apply did after it settles it."""
    story = Story()
    story.done()
    story.run("r2", "2026-10-01")
    story.seen("SUSPENDED")
    story.seen(*shown)
    found = [one.detail for one in story.report().attention if one.kind == "drift"]
    assert found == ([f"approved here on 2026-09-01, {detail} when last seen 2026-10-01"] if detail else [])
    assert (story.template().approved is None) is (detail is not None)
    story.done(operation="update", changes=[("content", NEW, OLD)])
    assert "drift" not in [one.kind for one in story.report().attention]
    assert story.template().approved is not None


def test_a_revocation_that_somebody_took_back_needs_attention() -> None:
    """Customers receive it again, and nobody reviewed that."""
    story = Story()
    story.done(operation="revoke", changes=[("status", "APPROVED", "SUSPENDED")], status="SUSPENDED")
    story.run("r2", "2026-10-01")
    story.seen("APPROVED")
    (one,) = [one for one in story.report().attention if one.kind == "drift"]
    assert (
        one.detail == "set to SUSPENDED here on 2026-09-01, APPROVED in the tenant when last seen 2026-10-01"
    )


@pytest.mark.parametrize(
    ("status", "state", "period"),
    [("IN_REVIEW", "pending", "pending"), ("REJECTED", "held", "off")],
)
def test_what_waited_for_its_carrier_is_held_once_it_is_seen_refused(status, state, period) -> None:
    """By the statuses that counted as waiting when it was sent."""
    story = Story()
    owed = {"owed": LIVE, "owed_status": "SUBMITTED", "owed_from": ["SUBMITTED", "IN_REVIEW"]}
    story.done("pending", status="SUBMITTED", memory=owed)
    story.run("r2", "2026-10-01")
    seq = story.seen(status)
    ((one,),) = [tenant.open for tenant in story.report().tenants]
    assert (one.state, one.seq == seq) == (state, state == "held")
    assert story.template().periods[-1].state == period
    assert [one.kind for one in story.report().attention if one.kind in {"held", "drift"}] == (
        ["held"] if state == "held" else []
    )


def test_a_sighting_names_no_reviewer_of_its_run() -> None:
    """A run that begins with one has the review of what it did; one that only saw says how much."""
    story = Story()
    story.done()
    story.run("r2", "2026-10-01")
    story.seen("SUSPENDED")
    story.done(operation="update")
    story.run("r3", "2026-10-02")
    story.seen("REJECTED")
    runs = story.tenant().runs
    assert [(one.seen, one.review is not None) for one in runs] == [(0, True), (1, True), (1, False)]
    assert (runs[2].plan_digest, runs[2].git) == ("sha256:d", Commit(**GIT))


def test_a_runs_review_is_its_own_also_behind_a_sighting() -> None:
    """What it saw first names no review, and what it had reviewed and did not do is all that does."""
    story = Story()
    story.seen("REJECTED")
    story.reviewed(action())
    (run,) = story.tenant().runs
    assert (run.seen, run.reviewed, run.review.pull_request) == (1, 1, REVIEW["pull_request"])


def test_of_a_run_that_only_ended_earlier_ones_work_the_first_end_tells() -> None:
    """Each names the operator who had begun it."""
    story = Story()
    for number, operator in enumerate(("ada", "bob", "eve")):
        story.run(operator, "2026-09-01", operator=operator)
        story.intent(target=f"tmpl_{number}")
    story.run("night", "2026-10-01")
    for number, operator in enumerate(("ada", "bob", "eve")):
        story.outcome(target=f"tmpl_{number}", attempts=0, operator_id=operator)
    assert story.tenant().runs[-1].operator_id == "ada"


def test_a_report_is_about_tenants_and_not_about_hosts() -> None:
    """Two tenants behind one base URL are two; one that moved to another host is one, at the last."""
    story = Story()
    for tenant, host in (
        ("cxone:a", "https://api.x"),
        ("cxone:b", "https://api.x"),
        ("cxone:a", "https://api.y"),
    ):
        story.outcome(tenant=tenant, base_url=host)
    assert [(one.tenant, one.base_url) for one in story.report().tenants] == [
        ("cxone:a", "https://api.y"),
        ("cxone:b", "https://api.x"),
    ]
