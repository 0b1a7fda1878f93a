"""A change starts the jobs of the tenants that it touches, found by git: no list of paths says otherwise."""

from __future__ import annotations

import json

from checkout import template
from proposals import NEW, change

TWO = ("example", "second")


def started(run):
    """The tenants that a run had jobs for."""
    names = [name.removeprefix("Batch 1 / ") for name, job in run.jobs.items() if job.result != "skipped"]
    return sorted({tenant for tenant in TWO for name in names if tenant in name})


def test_a_pull_request_is_planned_for_the_tenants_that_it_touches(teams):
    """One folder: one tenant; none: none, and the check that is required ends well; a workflow: all."""
    team = teams(tenants=TWO)
    cases = {
        "one": (change("a"), ["example"]),
        "none": ({"README.md": "Hello"}, []),
        "all": ({".github/workflows/plan.yml": _with_a_line(team)}, ["example", "second"]),
    }
    for files, tenants in cases.values():
        run = team.plan(team.propose(files))
        assert started(run) == tenants
        assert run.jobs["Planned"].result == "success"


def test_a_tenant_that_a_pull_request_left_alone_again_says_so(team):
    """Its comment showed a plan of a change that was taken back: it must not be taken for what would be done."""
    pull = team.propose(change("a"))
    team.plan(pull, whole=True)
    assert NEW in pull.said("plan example")
    team.push(pull, {"templates.d/a.yaml": [template("tmpl_a")], "README.md": "Hello"})
    team.plan(pull, whole=True)
    assert "does not touch it any more" in pull.said("plan example")
    assert len(pull.comments) == 1


def test_a_failed_plan_fails_the_check_that_is_required(team):
    """The tenant is down."""
    team.tenants["example"].stop()
    run = team.plan(team.propose(change("a")))
    assert run.jobs["Planned"].result == "failure"


def test_a_tenant_whose_entry_changed_is_planned(teams):
    """Its folder is another now: no file of it need have changed."""
    team = teams(tenants=TWO)
    entries = [
        {"tenant": "example", "templates": "templates.d"},
        {"tenant": "second", "templates": "tenants/moved"},
    ]
    moved = {"tenants/moved/a.yaml": [template("tmpl_a_second")]}
    run = team.plan(team.propose({".github/tenants.json": json.dumps(entries), **moved}))
    assert started(run) == ["second"]


def test_a_push_is_applied_for_the_tenants_that_it_touches(teams):
    """The other's jobs do not start, and what was merged for it before its own apply failed is found later."""
    team = teams(tenants=TWO)
    _, run = team.ship(change("a"))
    assert started(run) == ["example"]
    other = team.propose({"tenants/second/a.yaml": [template("tmpl_a_second", content=NEW)]})
    team.plan(other)
    team.review(other)
    team.merge(other)  # and its run was cancelled before it did anything
    run = team.apply(team.commit_to_main({"README.md": "Hello"}))
    assert started(run) == ["second"]
    assert team.tenants["second"].done() == [("put-template", "tmpl_a_second")]
    assert started(team.scheduled("apply.yml")) == []


def _with_a_line(team):
    return team.copy("show", "origin/main:.github/workflows/plan.yml") + "\n# Another line.\n"
