"""The tests' runner gives a job the secrets, variables and rights that GitHub would give it, and no more."""

from __future__ import annotations

import json

import pytest
from solo import job, step
from tokens import permissions_of
from workflow import WorkflowError

CALLED = """
name: called
on:
  workflow_call:
    inputs:
      tenant: {type: string, required: true}
    secrets:
      MINE: {required: false}
permissions: {}
jobs:
  deep:
    name: Deep
    runs-on: x
    environment: ${{ inputs.tenant }}-apply
    permissions: {contents: LEVEL}
    env: {VALUE: "${{ vars.WHERE }}"}
    steps:
      - name: show
        env: {MINE: "${{ secrets.MINE }}", OTHER: "${{ secrets.OTHER }}", SHARED: "${{ secrets.SHARED }}"}
        run: echo "${#MINE} ${#OTHER} ${#SHARED} $VALUE"
"""
ENVIRONMENTS = {
    "acme-apply": {
        "secrets": {"MINE": "a secret of the environment", "OTHER": "another one"},
        "vars": {"WHERE": "here"},
        "branches": ["main"],
    }
}


def call(**more):
    given = {
        "permissions": {"contents": "read"},
        "with": {"tenant": "acme"},
        "secrets": {"MINE": "${{ secrets.MINE }}"},
    }
    return "  up: " + json.dumps({"uses": "./.github/workflows/called.yml", "name": "Up", **given, **more})


def test_a_called_workflow_sees_what_it_was_passed_and_its_environment(solo):
    """The environment's secret takes the passed name's place; one that was not passed by name does not arrive."""
    called = {".github/workflows/called.yml": CALLED.replace("LEVEL", "read")}
    run = solo(call(), others=called, environments=ENVIRONMENTS)
    assert run.jobs["Up / Deep"].step("show").log == "27 0 0 here\n"


def test_a_called_job_cannot_have_more_than_its_caller(solo):
    """GitHub refuses such a workflow before it starts."""
    called = {".github/workflows/called.yml": CALLED.replace("LEVEL", "write")}
    with pytest.raises(WorkflowError, match="its caller has read"):
        solo(call(), others=called, environments=ENVIRONMENTS)


def test_an_environment_is_for_its_branches_alone(solo):
    """From another branch the job fails before its first step, and sees nothing."""
    jobs = "  a: " + job(step("echo here", env={"MINE": "${{ secrets.MINE }}"}), environment="acme-apply")
    run = solo(jobs, environments=ENVIRONMENTS, ref="refs/heads/mine")
    assert run.conclusion == "failure"
    assert "not allowed to deploy" in run.log
    assert "here" not in run.log


def test_secrets_are_for_the_job_in_the_environment_alone(solo):
    """A job outside sees the repository's, and whoever prints one is found out."""
    shown = {"MINE": "${{ secrets.MINE }}", "SHARED": "${{ secrets.SHARED }}"}
    run = solo(
        "  a: " + job(step('echo "[$MINE][$SHARED]"', name="show", env=shown)), environments=ENVIRONMENTS
    )
    assert run.jobs["a"].step("show").log == "[][the-repositorys-secret]\n"
    assert run.leaks == ["w: the log"]


def test_a_forks_run_has_no_secret_and_a_token_that_reads(solo):
    """Whatever its workflow asks for."""
    asked = {"contents": "write", "issues": "write"}
    show = 'echo "[$SHARED]$TOKEN"'
    env = {"SHARED": "${{ secrets.SHARED }}", "TOKEN": "${{ github.token }}"}
    jobs = "  a: " + job(step(show, name="show", env=env), permissions=asked)
    run = solo(jobs, event={"trusted": False, "writes": False})
    said, _, token = run.jobs["a"].step("show").log.strip().partition("]")
    assert (said, permissions_of(token)) == ("[", {"contents": "read", "issues": "read"})
