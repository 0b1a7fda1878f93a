"""From the pull request to the audit log: what was reviewed is done, and the log says who approved it."""

from __future__ import annotations

from checkout import template

NEW = "Acme Dental: see you tomorrow. Reply STOP to opt out."


def test_propose_plan_merge_apply(team):
    """The plan is commented and kept, the merge applies exactly it, and log, status and comment say who approved."""
    pull = team.propose({"templates.d/a.yaml": [template("tmpl_a", content=NEW)]})
    planned = team.plan(pull)
    print(planned.log)
    assert planned.conclusion == "success"
    team.review(pull)
    applied = team.apply(team.merge(pull))
    print(applied.log)
    assert applied.conclusion == "success"
