"""The tests' runner fails where GitHub would, gives a job no more than that, and refuses what it does not know."""

from __future__ import annotations

import json

import pytest
from artifacts import ActionFailed, names_of, packed
from expressions import ExpressionError
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
CALL = "  up: " + json.dumps(
    {
        "uses": "./.github/workflows/called.yml",
        "name": "Up",
        "permissions": {"contents": "read"},
        "with": {"tenant": "acme"},
        "secrets": {"MINE": "${{ secrets.MINE }}"},
    }
)
AFTER = "${{ always() && needs.a.result == 'failure' && needs.b.result != 'success' }}"


def test_a_step_that_fails_ends_the_job_but_for_what_asks_to_run(solo):
    """Later steps and jobs are skipped, save where their ``if`` says otherwise; a forgiven step ends nothing."""
    run = solo(
        "  a: "
        + job(
            step("exit 3", **{"continue-on-error": True}),
            step("false; echo never", id="bad"),
            step("true"),
            step("true", **{"if": "always()"}),
            step("true", **{"if": "failure() && steps.bad.conclusion == 'failure'"}),
            step("true", **{"if": "${{ !cancelled() && inputs.word == 'other' }}"}),
            {"uses": "actions/nothing@1", "if": "github.ref_name == 'main'"},
        )
        + f"\n  b: {job(step('true'), needs='a')}\n  c: {job(step('true'), **{'needs': ['a', 'b'], 'if': AFTER})}\n"
    )
    assert [one.outcome for one in run.jobs["a"].steps] == [
        *("failure", "failure", "skipped", "success", "success", "skipped", "skipped"),
    ]
    assert "never" not in run.log
    assert {name: one.result for name, one in run.jobs.items()} == {
        "a": "failure",
        "b": "skipped",
        "c": "success",
    }


def test_a_lost_machine_runs_nothing_more(solo):
    """Not even what should always run; to the others the job has failed."""
    run = solo(
        "  a: " + job(step("true", name="last"), step("echo x", **{"name": "never", "if": "always()"})),
        lost={"a": "last"},
    )
    assert ([one.name for one in run.jobs["a"].steps], run.conclusion) == (["last"], "failure")


@pytest.mark.parametrize(
    "jobs",
    [
        "  a: " + job({"uses": "actions/unknown@v1"}),
        "  a: " + job({"uses": "actions/checkout@v1", "with": {"submodules": True}}),
        "  a: " + job(step("echo ${{ inputs.word }}")),
        "  a: " + job({**step("true"), "timeout": 3}),
        "  a: " + job(step("echo nothing >> $GITHUB_OUTPUT")),
        "  a: {runs-on: x, permissions: {}, steps: []}\n  b: " + job(step("true"), needs="c"),
        *(
            "  a: " + job(step("true", **{"if": condition}))
            for condition in (
                *("inputs.unknown == 'x'", "runner.os == 'x'", "hashFiles('x')", "github.ref_name == "),
                *("inputs.sure && inputs.word || 'x'", "(true)", "1 < 2", "${{ inputs.word }} == 'x'"),
            )
        ),
    ],
)
def test_what_is_not_known_is_an_error(solo, jobs):
    """Keys, actions, inputs, file commands, expressions: a condition that nobody understands must not skip a step."""
    with pytest.raises((WorkflowError, ExpressionError)):
        solo(jobs)


@pytest.mark.parametrize("given", [{"unknown": "x"}, {"sure": "maybe"}])
def test_a_wrong_input_is_an_error(solo, given):
    """As GitHub answers 422."""
    with pytest.raises(WorkflowError):
        solo("  a: " + job(step("true")), **given)


def test_nothing_of_this_machine_leaks_in(solo, monkeypatch):
    """A job's environment is GitHub's own, not that of whoever runs the tests."""
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "of whoever runs the tests")
    run = solo("  a: " + job(step("env", name="env")))
    names = {line.partition("=")[0] for line in run.jobs["a"].step("env").log.splitlines()}
    ours = {name for name in names if not name.startswith(("GITHUB_", "RUNNER_"))}
    assert ours == {"CI", "HOME", "LANG", "PATH", "PWD", "SHLVL", "_"}


def test_a_called_workflow_sees_what_it_was_passed_and_its_environment(solo):
    """The environment's secret takes the passed name's place; one that was not passed by name does not arrive."""
    called = {".github/workflows/called.yml": CALLED.replace("LEVEL", "read")}
    run = solo(CALL, others=called, environments=ENVIRONMENTS)
    assert run.jobs["Up / Deep"].step("show").log == "27 0 0 here\n"


def test_a_called_job_cannot_have_more_than_its_caller(solo):
    """GitHub refuses such a workflow before it starts."""
    called = {".github/workflows/called.yml": CALLED.replace("LEVEL", "write")}
    with pytest.raises(WorkflowError, match="its caller has read"):
        solo(CALL, others=called, environments=ENVIRONMENTS)


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
    run = solo("  a: " + job(step('echo "[$MINE][$SHARED]"', env=shown)), environments=ENVIRONMENTS)
    assert "[][the-repositorys-secret]\n" in run.log
    assert run.leaks == ["w: the log"]


def test_a_forks_run_has_no_secret_and_a_token_that_reads(solo):
    """Whatever its workflow asks for."""
    env = {"SHARED": "${{ secrets.SHARED }}", "TOKEN": "${{ github.token }}"}
    asked = {"contents": "write", "issues": "write"}
    jobs = "  a: " + job(step('echo "[$SHARED]$TOKEN"', name="show", env=env), permissions=asked)
    run = solo(jobs, event={"trusted": False, "writes": False})
    said, _, token = run.jobs["a"].step("show").log.strip().partition("]")
    assert (said, permissions_of(token)) == ("[", {"contents": "read", "issues": "read"})


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("out/plan.json", ["plan.json"]),
        ("out/", ["code", "plan.json"]),
        ("audit/t.jsonl\nnot-there/*.json", ["audit/t.jsonl"]),
        ("audit/t.jsonl*\nout/", ["audit/t.jsonl", "audit/t.jsonl.torn-3", "out/code", "out/plan.json"]),
    ],
)
def test_an_artifacts_names_are_relative_to_the_least_common_ancestor(tmp_path, patterns, names):
    """As upload-artifact has it: one file by its name, one path below it, several below what they have in common."""
    for name in ("audit/t.jsonl", "audit/t.jsonl.torn-3", "out/plan.json", "out/code", "out/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names_of(packed(tmp_path, patterns)) == names
    assert packed(tmp_path, "not-there/*.json") is None
    with pytest.raises(ActionFailed):
        packed(tmp_path, "!out/code")
