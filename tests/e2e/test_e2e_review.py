"""Only what was reviewed: plan files, digests, the log; and what has moved in between."""

from __future__ import annotations

import json

from auditlog import digest_of, ends, events
from checkout import BASIC, HOOK, outcomes, template

NONE = dict.fromkeys(
    ("applied", "unchanged", "pending", "held", "conflict", "failed", "blocked", "unreviewed"), 0
)


TEXT = "Acme Dental: your visit is near. Reply STOP to opt out."


def test_a_reviewed_file_is_applied_without_asking(site):
    """FILE neither prompts nor needs --yes; the reviewed record holds its actions and its digest."""
    here = site()
    here.reviewed()
    digest = here.plan()["digest"]
    applied = here.apply("plan.json")
    assert applied["plan_digest"] == digest
    assert set(outcomes(applied).values()) == {"applied"}
    (reviewed,) = events(here.log, "reviewed")
    assert reviewed["plan_digest"] == digest
    again = here.run("apply", "plan.json", "--format", "json")
    assert again.json["results"] == []
    assert "tmpl_a" in again.err  # named and passed over


def test_what_moved_under_a_review_stops_everything(site):
    """Exit 4, nothing written, and the message says what was reviewed, what is there now and since when."""
    here = site()
    here.reviewed()
    here.tenant.edit("tmpl_b", from_address="90210")
    ran = here.run("apply", "plan.json", exits=4)
    stamp = here.tenant.template("tmpl_b")["meta"]["updated_at"]
    for word in ("tmpl_b", "90210", stamp, "plan.json"):
        assert word in ran.err
    assert "tmpl_a" not in ran.err
    assert here.untouched()
    assert events(here.log, "intent") == []
    failure = here.run("apply", "plan.json", "--format", "json", exits=4)
    assert set(failure.json) == {"format_version", "error", "findings"}


def test_a_moved_updated_at_alone_is_a_move(site):
    """An approval's precondition is part of what was reviewed."""
    here = site()
    here.reviewed()
    here.tenant.edit("tmpl_a", note="looked at")
    assert "tmpl_a" in here.run("apply", "plan.json", exits=4).err
    assert here.untouched()


def test_a_changed_document_is_a_move_too(site):
    """What the files ask for now is not what was reviewed."""
    here = site()
    here.reviewed()
    here.write("all.yaml", template("tmpl_a", content=TEXT), *BASIC[1:])
    assert "tmpl_a" in here.run("apply", "plan.json", exits=4).err
    assert here.untouched()


def test_drift_that_nobody_reviewed_is_left_alone(site):
    """The reviewed actions are done, the other one ends as unreviewed: 3, then a review of its own finishes it."""
    here = site(documents=(*BASIC, template("tmpl_c", status="PENDING", a2p=None)))
    here.reviewed()
    here.tenant.edit("tmpl_c", name="Somebody's idea")
    applied = here.apply("plan.json", exits=3)
    assert outcomes(applied)["approval", "tmpl_c"] == "unreviewed"
    assert applied["summary"] == {**NONE, "applied": 5, "unreviewed": 1}
    (left,) = [one for one in applied["results"] if one["target"] == "tmpl_c"]
    assert (left["attempts"], left["latency_ms"]) == (0, None)
    assert here.tenant.template("tmpl_c")["name"] == "Somebody's idea"
    here.reviewed("second.json")
    assert outcomes(here.apply("second.json")) == {("approval", "tmpl_c"): "applied"}


def test_two_reviewed_plans_are_applied_together(site):
    """Each was narrowed to its part; neither alone covers the fresh plan, both do."""
    here = site(documents=BASIC)
    one = here.reviewed("one.json", "--target", "tmpl_a")
    two = here.reviewed("two.json", "--target", "tmpl_b", "--target", HOOK)
    assert here.plan("--target", "tmpl_a")["targets"] == ["tmpl_a"]
    assert here.apply(one, exits=3)["summary"] == {**NONE, "applied": 2, "unreviewed": 3}
    applied = here.apply(one, two)
    assert "unreviewed" not in outcomes(applied).values()
    assert here.tenant.registered() == ["tmpl_a", "tmpl_b"]
    assert len(here.tenant.webhooks()) == 1


def test_a_file_that_failed_half_way_is_finished_by_the_same_command(site):
    """One PUT refused: the rest is done, 3; the same FILE again does what is left, and nothing twice."""
    here = site("fail=put-template:500", documents=BASIC)
    here.reviewed()
    applied = here.apply("plan.json", exits=3)
    failed = [spot for spot, outcome in outcomes(applied).items() if outcome == "failed"]
    assert len(failed) == 1
    assert applied["summary"] == {**NONE, "applied": 3, "failed": 1, "blocked": 1}
    again = here.apply("plan.json")
    assert {spot[1] for spot in outcomes(again)} == {failed[0][1]}
    assert set(outcomes(again).values()) == {"applied"}
    assert sorted(call for call, _ in here.tenant.done()) == [
        *("post-registration", "post-registration", "post-webhook", "put-template", "put-template"),
    ]
    assert here.plan()["actions"] == []


def test_a_waiting_plan_is_finished_after_the_carriers_decision(site):
    """Pending: the registration waits, 3; decided: --continue does just that, and then there is nothing left."""
    here = site("carrier=slow", documents=BASIC[:2])
    here.reviewed()
    first = here.apply("plan.json", exits=3)
    assert first["summary"] == {**NONE, "pending": 2, "blocked": 2}
    assert here.apply("--continue", exits=3)["summary"]["pending"] == 2
    here.tenant.edit("tmpl_a", status="APPROVED")
    second = here.apply("--continue", exits=3)
    assert outcomes(second) == {("a2p", "tmpl_a"): "applied", ("approval", "tmpl_b"): "pending"}
    here.tenant.edit("tmpl_b", status="APPROVED")
    assert outcomes(here.apply("plan.json")) == {("a2p", "tmpl_b"): "applied"}
    assert here.apply("--continue")["results"] == []
    assert here.tenant.registered() == ["tmpl_a", "tmpl_b"]
    done = {
        (phase, target) for phase, target, outcome in ends(here.log) if outcome in ("applied", "unchanged")
    }
    assert done == {("approval", "tmpl_a"), ("approval", "tmpl_b"), ("a2p", "tmpl_a"), ("a2p", "tmpl_b")}


def test_continue_leaves_all_else_without_a_word(site):
    """Nothing reviewed: nothing done, exit 0, no results; a change nobody reviewed stays unmentioned."""
    here = site()
    ran = here.run("apply", "--continue", "--format", "json")
    assert ran.json["results"] == []
    assert "tmpl_" not in ran.said
    assert here.untouched()
    assert not here.log_path.exists()


def test_an_offline_review_lets_another_job_apply(site):
    """``audit review`` needs no credentials; a later --continue does exactly those actions."""
    here = site()
    here.reviewed("a.json", "--target", "tmpl_a")
    nothing = dict.fromkeys(
        ("CXONE_BASE_URL", "CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_WEBHOOK_SECRET")
    )
    here.run("audit", "review", "a.json", env=nothing)
    (record,) = events(here.log, "reviewed")
    assert [(one["phase"], one["target"]) for one in record["actions"]] == [
        ("approval", "tmpl_a"),
        ("a2p", "tmpl_a"),
    ]
    applied = here.apply("--continue")
    assert outcomes(applied) == {("approval", "tmpl_a"): "applied", ("a2p", "tmpl_a"): "applied"}
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED", "tmpl_b": "PENDING"}
    assert here.apply("--continue")["results"] == []


def test_a_review_in_the_log_counts_for_a_later_file(site):
    """The latest reviewed action for its phase and target, without a confirmed outcome since, is reviewed."""
    here = site(documents=BASIC)
    here.reviewed("a.json", "--target", "tmpl_a")
    here.reviewed("rest.json", "--target", "tmpl_b", "--target", HOOK)
    here.run("audit", "review", "a.json")
    applied = here.apply("rest.json")
    assert set(outcomes(applied).values()) == {"applied"}
    assert len(applied["results"]) == 5


def test_a_plan_file_is_evidence_that_is_checked(site):
    """Edited, cut, not JSON, of another version, of another tenant, missing or offline: 1, named, nothing written."""
    here = site()
    plan = json.loads((here.folder / here.reviewed()).read_text())
    edited = json.loads(json.dumps(plan))
    edited["actions"][0]["changes"][0]["desired"] = "SUSPENDED"
    elsewhere = {**plan, "tenant": "https://other.nicecxone.com", "base_url": "https://other.nicecxone.com"}
    elsewhere["digest"] = digest_of(elsewhere)
    bad = {
        "edited.json": json.dumps(edited),
        "cut.json": json.dumps(plan)[:-40],
        "noise.json": "\x00\x01",
        "array.json": "[]",
        "empty.json": "",
        "deep.json": "[" * 100_000,
        "version.json": json.dumps({**plan, "format_version": "9.0"}),
        "elsewhere.json": json.dumps(elsewhere),
        "first.json": json.dumps({**plan, "format_version": "1.0"}),
        "offline.json": json.dumps({**plan, "tenant": None, "base_url": None, "digest": None}),
    }
    running = []
    for name, text in bad.items():
        (here.folder / name).write_text(text)
        running.append((name, here.cli.start("apply", name)))
    running.append(("missing.json", here.cli.start("apply", "missing.json")))
    for name, process in running:
        assert name in here.cli.end(process, exits=1).err
    for name in ("edited.json", "cut.json", "deep.json"):
        assert name in here.run("show", name, exits=1).err
    assert here.run("show", "offline.json").out
    assert here.untouched()
    assert not here.log_path.exists()


def test_ways_of_review_exclude_each_other_and_somebody_must_be_there(site):
    """64 for two of FILE, --expect-digest and --continue, and where there is no terminal and no --yes."""
    here = site()
    here.reviewed()
    digest = here.plan()["digest"]
    running = [
        here.cli.start("apply", *args)
        for args in (
            ("plan.json", "--continue"),
            ("plan.json", "--expect-digest", digest),
            ("--continue", "--expect-digest", digest),
            (),
            ("--no-such-option",),
            ("--format", "xml"),
        )
    ]
    for process in running:
        here.cli.end(process, exits=64)
    failure = here.run("apply", "--format", "json", exits=64).json
    assert (set(failure), failure["findings"]) == ({"format_version", "error", "findings"}, [])
    assert here.untouched()
