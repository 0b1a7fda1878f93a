"""An apply in a workflow: what is recorded before it, what stands behind it, and what it leaves for the next job."""

from __future__ import annotations

import json
import os

import pytest
from builders import action, plan_of

from reconciler.commands.github.apply import mandate_of
from reconciler.core.plan_json import file_text

APPLY = (
    *("apply", "--templates", "templates.d", "--log", "audit/acme.jsonl", "--branch", "branch/acme.jsonl"),
    *("--reviewed", "reviewed", "--out", "out", "--targets", "", "--digest", "", "--reason", ""),
)


@pytest.mark.parametrize(
    ("reviewed", "digest", "reason", "mandate"),
    [
        ((), None, None, ("--continue",)),
        (("1.plan.json", "2.plan.json"), None, None, ("1.plan.json", "2.plan.json")),
        (("1.plan.json", "digest.plan.json"), "abc", "why", ("--expect-digest", "abc", "--reason", "why")),
        ((), None, "why", ("--continue", "--reason", "why")),
    ],
)
def test_what_stands_behind_an_apply(reviewed, digest, reason, mandate):
    """By hand the digest, else the reviewed plans, else what the log holds: never a plan that nobody looked at."""
    assert mandate_of(reviewed, digest, reason) == mandate


def test_each_reviewed_plan_is_recorded_with_its_own_review(step, monkeypatch):
    """The oldest pull request's first; what the environment said of a review before is not touched."""
    monkeypatch.setenv("RECONCILER_REVIEW", '{"run": "another"}')
    put(step, "reviewed/00000002.plan.json", file_text(plan_of(action(target="tmpl_b"))))
    put(step, "reviewed/00000002.review.json", '{"approvers": ["amy"]}')
    put(step, "reviewed/00000001.plan.json", file_text(plan_of(action(target="tmpl_a"))))
    put(step, "reviewed/00000001.review.json", '{"approvers": ["bob"]}')
    put(step, "audit/acme.jsonl", "")
    assert step("record", "--log", "audit/acme.jsonl", "--reviewed", "reviewed") == 0, step.err
    records = [json.loads(line) for line in step.text("audit/acme.jsonl").splitlines()]
    assert [(one["event"], one["review"]["approvers"]) for one in records] == [
        ("reviewed", ["bob"]),
        ("reviewed", ["amy"]),
    ]
    assert [one["actions"][0]["target"] for one in records] == ["tmpl_a", "tmpl_b"]
    assert os.environ["RECONCILER_REVIEW"] == '{"run": "another"}'


def test_a_plan_that_does_not_hold_stops_the_recording(step):
    """What stands after it is not recorded either."""
    put(
        step,
        "reviewed/1.plan.json",
        file_text(plan_of(action(target="tmpl_a"))).replace("PENDING", "REJECTED"),
    )
    put(step, "reviewed/2.plan.json", file_text(plan_of(action(target="tmpl_b"))))
    for number in "12":
        put(step, f"reviewed/{number}.review.json", "{}")
    put(step, "audit/acme.jsonl", "")
    assert step("record", "--log", "audit/acme.jsonl", "--reviewed", "reviewed") == 1
    assert step.text("audit/acme.jsonl") == ""


def test_an_apply_on_a_log_that_moved_is_refused(step):
    """The job alone was run again: nothing is applied, and nothing left that says it was."""
    put(step, "audit/acme.jsonl", "")
    put(step, "branch/acme.jsonl", "{}\n")
    assert step(*APPLY) == 1
    assert "Run all jobs again" in step.out
    assert not (step.folder / "out").exists()


def test_a_refused_apply_is_told_by_the_next_job(step):
    """Exit 0, with the apply's own code and its error as JSON, what a plan says now, and no plan to take for one."""
    put(step, "audit/acme.jsonl", "not a record\n")
    put(step, "branch/acme.jsonl", "not a record\n")
    put(step, "templates.d/policy.yaml", "apiVersion: reconciler/v1\nkind: Policy\n")
    reach = {"CXONE_BASE_URL": "http://127.0.0.1:9", "CXONE_CLIENT_ID": "id", "CXONE_CLIENT_SECRET": "secret"}
    assert step.on("push", **reach)(*APPLY) == 0, step.err
    assert step.text("out/code") == "1"
    assert "audit/acme.jsonl" in json.loads(step.text("out/applied.json"))["error"]
    assert "audit/acme.jsonl" in step.text("out/plan.md")
    assert not (step.folder / "out" / "plan.json").exists()


def put(step, name, text):
    path = step.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
