"""A report that begins at a checkpoint says of what was before it what a report of the whole log says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import TENANT, URL, action, create, register
from story import GIT, NEW, NOW, REVIEW, Story, everything

from reconciler.audit.chain import Log, Record, seal
from reconciler.audit.checkpoint import checkpoint
from reconciler.audit.memory import Memories
from reconciler.audit.report.fold import Question, report
from reconciler.audit.report.narrow import template_ids

WHOLE = everything().records


def cut(records, at) -> list[Record]:
    """The log's current file where it was sealed after so many records."""
    memories = Memories()
    for one in records[:at]:
        memories.take(one)
    first = seal(checkpoint(memories.content(), records[at]), records[at - 1]["hash"], at + 1)
    made = [first]
    for one in records[at:]:
        bare = {name: value for name, value in one.items() if name not in {"seq", "hash", "prev_hash"}}
        made.append(seal(bare, made[-1]["hash"], len(made) + at))
    return made


def both(records, at, **question):
    """The report of the whole log, with a checkpoint in its midst, and that of the file that begins with it."""
    rest = cut(records, at)
    day = date.fromisoformat(records[at]["timestamp"][:10]) + timedelta(1)
    asked = Question(log="l", now=NOW, since=day.isoformat(), **question)
    return (report(Log(records=tuple(part)), asked) for part in ([*records[:at], *rest], rest))


def known(records) -> set[str]:
    """The templates that any of them is about."""
    return set().union(*map(template_ids, records))


def told(history):
    """What is the same whatever file a report begins with."""
    return [
        {
            "tenant": tenant.tenant,
            "templates": [
                {
                    "id": one.id,
                    "approved": one.approved and (one.approved.seq, one.approved.at, one.approved.review),
                    "confirmed": one.confirmed and (one.confirmed.seq, one.confirmed.content_sha256),
                    "drifted": one.drifted and one.drifted.seq,
                    "ready": one.carrier_ready,
                    "waivers": one.waivers,
                    "approvals": [entry.seq for entry in one.approvals],
                    "registrations": [entry.seq for entry in one.registrations],
                    "seen": one.seen,
                }
                for one in tenant.templates
            ],
            "objects": [
                (one.target, one.confirmed and one.confirmed.seq, one.waivers) for one in tenant.objects
            ],
            "open": [(one.state, one.phase, one.target, one.seq, one.review) for one in tenant.open],
            "undelivered": [one.seq for one in tenant.undelivered],
        }
        for tenant in history.tenants
    ]


@pytest.mark.parametrize("at", range(1, len(WHOLE)))
@pytest.mark.parametrize("only", [(), ("tmpl_a",)])
def test_wherever_the_log_was_sealed_the_report_says_the_same(at, only) -> None:
    """Who approved what, what waits and since when, what drifted, what needs attention."""
    whole, rest = both(WHOLE, at, only=only)
    assert told(rest) == told(whole)
    assert rest.attention == whole.attention
    assert (rest.chain.begins, rest.chain.head) == (at + 1, whole.chain.head)


@pytest.mark.parametrize("at", range(1, len(WHOLE)))
def test_wherever_the_log_was_sealed_its_templates_are_known(at) -> None:
    """Those with an outcome: what was only begun or reviewed is told by what is open."""
    assert known(cut(WHOLE, at)) >= {"tmpl_a", "tmpl_b", "tmpl_c"} & known(WHOLE[:at])


def test_what_was_seen_and_what_waited_before_is_still_told() -> None:
    """A rejection in the console, an approval that its carrier owes, and one that failed."""
    story = Story()
    story.done()
    story.seen("REJECTED")
    story.done(target="tmpl_b")
    story.done("pending", target="tmpl_b", memory={"owed": {"content": NEW}, "owed_from": ["PENDING"]})
    story.done("failed", target="tmpl_c", error="the call answered 400")
    story.run("r2", "2026-10-01", review=REVIEW, git=GIT)
    story.done(target="tmpl_d")
    story.delivered()
    whole, rest = both(story.records, len(story.records) - 3)
    assert told(rest) == told(whole)
    assert rest.attention == whole.attention
    assert {"drift", "pending", "failed"} & {one.kind for one in rest.attention} == {"drift", "failed"}
    (tenant,) = rest.tenants
    assert tenant.templates[0].name == "Reminder"
    assert (tenant.tenant, [one.id for one in tenant.templates]) == (
        TENANT,
        ["tmpl_a", "tmpl_b", "tmpl_c", "tmpl_d"],
    )


def test_a_tenant_of_whom_only_the_checkpoint_tells_is_in_the_report() -> None:
    """What follows it is about another one, or not there at all."""
    story = Story()
    story.done()
    story.registered()
    story.base_url = "https://b.nicecxone.com"
    story.done(target="tmpl_b")
    rest = cut(story.records, 4)
    for part in (rest, rest[:1]):
        found = report(Log(records=tuple(part)), Question(log="l", now=NOW)).tenants
        assert TENANT in [one.tenant for one in found]
        (first,) = [one for one in found if one.tenant == TENANT]
        assert [one.id for one in first.templates] == ["tmpl_a"]
        assert [one.seq for one in first.undelivered] == [2, 4]


def test_drift_that_is_undone_behind_a_checkpoint_is_told() -> None:
    """The values that were confirmed before it stand there: a webhook's events, a template's name."""
    story = Story()
    hooked = {"phase": "webhook", "target": URL, "operation": "update"}
    story.done(**hooked, changes=[("events", None, ["a"])], memory={"fields": {"events": ["a"]}})
    story.done()
    story.run("r2", "2026-10-01")
    story.done(**hooked, changes=[("events", ["b"], ["a"])])
    story.done(operation="update", changes=[("name", "Other", "Reminder")])
    for part in (story.records, cut(story.records, 4)):
        (tenant,) = report(Log(records=tuple(part)), Question(log="l", now=NOW)).tenants
        assert [(one.field, one.found) for one in tenant.undone] == [("events", ("b",)), ("name", "Other")]


def test_a_report_on_one_template_knows_of_no_other_review_before_it() -> None:
    """What was reviewed of others, and of webhooks, is not open in it."""
    story = Story()
    story.reviewed(action(), register(), action(target="tmpl_b"), create())
    story.done(target="tmpl_c")
    rest = cut(story.records, 2)
    asked = Question(log="l", now=NOW, only=("tmpl_a",))
    (tenant,) = report(Log(records=tuple(rest)), asked).tenants
    assert [(one.state, one.phase, one.target) for one in tenant.open] == [
        ("reviewed", "a2p", "tmpl_a"),
        ("reviewed", "approval", "tmpl_a"),
    ]
