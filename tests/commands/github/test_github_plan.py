"""A plan in a workflow: what it is compared with, what it leaves behind, and what it does without credentials."""

from __future__ import annotations

import os
import subprocess

import pytest

from reconciler.commands.github.plan import base_of, has_credentials, words
from reconciler.commands.github.runner import Trigger, event

PLAN = (
    *("plan", "--tenant", "acme", "--templates", "templates.d", "--log", "audit/acme.jsonl"),
    *("--out", "out", "--targets", ""),
)
TEMPLATE = """\
apiVersion: reconciler/v1
kind: Template
id: tmpl_a
name: Reminder
from_address: "45678"
content: "Acme Dental: see you {when}. Reply STOP to opt out."
a2p: {campaign_name: C, message_class: TRANSACTIONAL, opt_in_language: At the desk}
"""


def pull(repository):
    """The payload of a pull request whose branch is in this repository; None: it is gone."""
    repo = None if repository is None else {"full_name": repository}
    return {"pull_request": {"number": 7, "head": {"repo": repo}}}


OWN, FORK, GONE = pull("acme/messages"), pull("mallory/messages"), pull(None)

NOBODY = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "PATH": os.environ["PATH"],
    **{
        f"GIT_{who}_{what}": "ann@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


@pytest.mark.parametrize(
    ("started", "base"),
    [
        (Trigger(name="pull_request", into="release", default_branch="main"), "origin/release"),
        (Trigger(name="merge_group", default_branch="main"), "origin/main"),
        (Trigger(name="workflow_dispatch", default_branch="main"), None),
        (Trigger(name="schedule"), None),
    ],
)
def test_a_proposed_change_is_compared_with_where_it_goes(started, base):
    """By hand and on a schedule nothing is proposed."""
    assert base_of(started) == base


@pytest.mark.parametrize(("payload", "fork"), [(OWN, False), (FORK, True), (GONE, True), ({}, False)])
def test_a_fork_is_known_by_its_repository(step, payload, fork):
    """One that is gone since is one too."""
    step.on("pull_request", payload, GITHUB_REF_NAME="7/merge", GITHUB_BASE_REF="main")
    assert event(os.environ) == Trigger(
        name="pull_request", branch="7/merge", into="main", default_branch="main", fork=fork
    )


@pytest.mark.parametrize(
    ("environ", "there"),
    [
        ({}, False),
        ({"CXONE_CLIENT_ID": "a", "CXONE_CLIENT_SECRET": ""}, False),
        ({"CXONE_CLIENT_ID": "", "CXONE_CLIENT_SECRET": "b"}, False),
        ({"CXONE_CLIENT_ID": "a", "CXONE_CLIENT_SECRET": "b"}, True),
    ],
)
def test_credentials_are_there_where_both_halves_are(environ, there):
    """GitHub gives a job an empty text for a secret that it does not have."""
    assert has_credentials(environ) is there


def test_the_options_of_a_plan():
    """Always the log, which must be there; a base and targets, at any blanks, where there are some."""
    always = ("--templates", "t", "--audit-log", "l", "--require-audit-log")
    assert words("t", "l") == always
    assert words("t", "l", base="origin/main", targets=" tmpl_a\n  https://x/y ") == (
        *always,
        *("--base-ref", "origin/main", "--target", "tmpl_a", "--target", "https://x/y"),
    )


def test_without_credentials_a_pull_request_is_compared_with_its_base(step):
    """In the summary; nothing is left that could be taken for a reviewed plan."""
    git(step, "init", "--quiet", "--initial-branch=main")
    commit(step, "soon")
    git(step, "update-ref", "refs/remotes/origin/main", "HEAD")
    commit(step, "tomorrow")
    assert step.on("pull_request", FORK, GITHUB_BASE_REF="main")(*PLAN) == 0, step.err
    assert "tmpl_a" in step.text("summary")
    assert "tomorrow" in step.text("summary")
    assert list((step.folder / "out").iterdir()) == []


def test_without_credentials_a_plan_by_hand_is_an_error(step):
    """There is nothing to compare with: the environment that lacks them is named."""
    assert step.on("workflow_dispatch")(*PLAN) == 1
    assert "CXONE_CLIENT_SECRET in the environment acme-plan" in step.out
    assert step.text("summary") == ""


@pytest.mark.parametrize("secret", ["", "secret"])
def test_a_folder_of_the_repositorys_is_not_taken_for_a_plan(step, secret):
    """Somebody committed ``out/plan.json``: refused, with credentials and without."""
    (step.folder / "out").mkdir()
    (step.folder / "out" / "plan.json").write_text("{}")
    started = step.on("pull_request", OWN, CXONE_CLIENT_ID="id", CXONE_CLIENT_SECRET=secret)
    assert started(*PLAN) == 1
    assert "out is there already" in step.out


def test_a_plan_that_cannot_be_made_says_why_where_people_look(step):
    """A lost log: the guard's exit code, the reason in the summary and in plan.md, and no plan."""
    (step.folder / "templates.d").mkdir()
    (step.folder / "templates.d" / "a.yaml").write_text(TEMPLATE)
    reach = {"CXONE_BASE_URL": "http://127.0.0.1:9", "CXONE_CLIENT_ID": "id", "CXONE_CLIENT_SECRET": "secret"}
    assert step.on("workflow_dispatch", **reach)(*PLAN) == 5, step.err
    assert step.text("out/code") == "5"
    assert "audit/acme.jsonl" in step.text("summary")
    assert step.text("summary") == step.text("out/plan.md")
    assert not (step.folder / "out" / "plan.json").exists()


TOUCHED = '[{"tenant": "acme"}]'


def test_where_no_plan_was_made_none_is_shown(step):
    """Nobody is asked: there is no token here, and GitHub would refuse."""
    assert step("comment", "--pull", "7", "--found", "said", "--touched", TOUCHED) == 0
    assert "nothing to show" in step.err


def commit(step, when):
    (step.folder / "templates.d").mkdir(exist_ok=True)
    (step.folder / "templates.d" / "a.yaml").write_text(TEMPLATE.replace("{when}", when))
    git(step, "add", "templates.d")
    git(step, "commit", "--quiet", "-m", when)


def git(step, *given):
    subprocess.run(["git", *given], cwd=step.folder, env=NOBODY, check=True, capture_output=True)
