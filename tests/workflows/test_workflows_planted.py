"""What somebody has committed stays a file of the repository: it is neither evidence, nor a result, nor a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from artifacts import read_in
from auditlog import events
from checkout import ROOT
from proposals import change

from reconciler.commands.init import texts

BOSS = json.dumps({"pull_request": "https://github.com/acme/messages/pull/1", "approvers": ["boss"]})


def test_a_committed_folder_of_reviews_is_no_evidence(team):
    """A plan and a review by the boss, committed as `reviewed/`, are not what the job finds: nothing is written."""
    plan = read_in(
        *team.artifacts(team.plan(team.propose(change("a"))), "plan-example-1"), "plan.json"
    ).decode()
    planted = {"reviewed/00000000.plan.json": plan, "reviewed/00000000.review.json": BOSS}
    run = team.apply(team.merge(team.propose({**planted, **change("a")})))
    assert team.tenants["example"].writes() == []
    assert [one["review"] for one in events(team.log(), "outcome") if one.get("review")] == []
    assert run.conclusion == "failure"


def test_committed_results_are_not_what_an_apply_came_to(team):
    """`out/` is committed with a good end in it, and the tenant is down: status and comment tell of no such end."""
    good = {"plan_digest": "sha256:" + "0" * 64, "audit_head": None, "results": [], "summary": {}}
    planted = {"out/code": "0", "out/applied.json": json.dumps(good), "out/plan.md": "All is well."}
    pull = team.propose({**planted, **change("a")})
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull)
    team.tenants["example"].stop()
    run = team.apply(push)
    assert run.conclusion == "failure"
    assert team.status()[0] == "failure"
    assert [said for said in pull.comments if "All is well." in said] == []


def test_a_committed_plan_is_not_commented_as_one(team):
    """`out/plan.md` of a pull request is not shown as what its plan says."""
    pull = team.propose({"out/plan.md": "Nothing to do.", "out/code": "2", **change("a")})
    team.plan(pull, whole=True)
    assert [said for said in pull.comments if "Nothing to do." in said] == []


THIEF = 'import pathlib, sys\npathlib.Path("stolen").touch()\nsys.exit(1)\n'


@pytest.mark.parametrize("script", ["this repository's", "init's"])
def test_a_committed_module_does_not_run_as_the_tools_own(tmp_path, script):
    """`venv/` in the repository is a folder, not the module that makes the tool's environment."""
    own = (ROOT / ".github" / "install-reconciler").read_text(encoding="utf-8")
    (tmp_path / "install").write_text(
        own if script == "this repository's" else texts.INSTALL, encoding="utf-8"
    )
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").write_text(
        f'#!/bin/sh\nexec {sys.executable} "$@" --without-pip\n', encoding="utf-8"
    )
    (programs / "python3").chmod(0o755)
    planted = tmp_path / "repository" / "venv"
    planted.mkdir(parents=True)
    for name, text in (("__init__.py", ""), ("__main__.py", THIEF)):
        (planted / name).write_text(text, encoding="utf-8")
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_PATH": os.devnull,
    }
    ran = subprocess.run(
        ["bash", str(tmp_path / "install")], cwd=planted.parent, env=env, capture_output=True, check=False
    )
    assert not (planted.parent / "stolen").exists()
    assert (tmp_path / "reconciler" / "bin").is_dir(), ran.stderr
