"""The tests' runner does what GitHub does with a workflow: order, conditions, outputs, rights and machines."""

from __future__ import annotations

import pytest
from solo import job, step
from workflow import WorkflowError


def test_a_step_that_fails_ends_the_job_but_for_what_asks_to_run(solo):
    """``-e`` without pipefail; later steps are skipped save always() and failure(); the outcome is kept."""
    run = solo(
        "  a: "
        + job(
            step("false | true", name="piped"),
            step("false; echo never", id="bad", name="bad"),
            step("echo no", name="skipped"),
            step(
                'echo "$HOW" >> "$GITHUB_STEP_SUMMARY"',
                **{"name": "always", "if": "always()"},
                env={"HOW": "${{ steps.bad.outcome }}"},
            ),
            step("true", **{"name": "failed", "if": "failure() && steps.bad.conclusion == 'failure'"}),
            step("true", **{"name": "not", "if": "${{ !cancelled() && false }}"}),
            {"uses": "actions/nothing@1", "if": "github.ref_name == 'main'"},
        )
    )
    assert [one.outcome for one in run.jobs["a"].steps] == [
        *("success", "failure", "skipped", "success", "success", "skipped", "skipped"),
    ]
    assert "never" not in run.log
    assert (run.summary, run.conclusion) == ("failure\n", "failure")


def test_a_forgiven_step_fails_alone(solo):
    """``continue-on-error``: its outcome is failure, its conclusion success, the job goes on."""
    run = solo(
        "  a: "
        + job(
            step("exit 3", id="bad", **{"continue-on-error": True}),
            step("true", **{"if": "steps.bad.outcome == 'failure' && steps.bad.conclusion == 'success'"}),
        )
    )
    assert [one.outcome for one in run.jobs["a"].steps] == ["failure", "success"]
    assert run.conclusion == "success"


def test_what_a_step_writes_reaches_the_next_ones(solo):
    """Outputs (of several lines too), variables and the path; a job's outputs reach the job that needs it."""
    write = (
        'echo "one=1" >> "$GITHUB_OUTPUT"; printf "two<<END\\na=b\\nc\\nEND\\n" >> "$GITHUB_OUTPUT"; '
        'echo "KEPT=yes" >> "$GITHUB_ENV"; mkdir p; echo "#!/bin/sh\necho mine" > p/tool; chmod +x p/tool; '
        'echo "$PWD/p" >> "$GITHUB_PATH"'
    )
    told = {"one": "${{ steps.w.outputs.one }}", "two": "${{ steps.w.outputs.two }}"}
    show = 'tool; echo "$KEPT $SHOWN $TOP"'
    second = step(show, name="show", env={"SHOWN": "${{ env.KEPT }}"})
    third = step("echo $TWO", name="echo", env={"TWO": "${{ needs.a.outputs.two }}"})
    run = solo(
        f"  a: {job(step(write, id='w'), second, env={'TOP': 't'}, outputs=told)}\n"
        f"  b: {job(third, needs='a')}\n"
    )
    assert run.jobs["a"].step("show").log == "mine\nyes yes t\n"
    assert run.jobs["b"].step("echo").log == "a=b c\n"


def test_a_jobs_need_decides(solo):
    """A job after a failed or skipped one is skipped, and so is the one after that, save where its ``if`` asks."""
    run = solo(
        f"  a: {job(step('false'))}\n  b: {job(step('true'), needs=['a'])}\n  c: {job(step('true'), needs='b')}\n"
        f"  d: {job(step('true'), **{'needs': ['a', 'b'], 'if': COUNTED})}\n"
        f"  e: {job(step('true'), **{'if': 'inputs.word == 1'})}\n"
    )
    assert {name: one.result for name, one in run.jobs.items()} == {
        "a": "failure",
        "b": "skipped",
        "c": "skipped",
        "d": "success",
        "e": "skipped",
    }


COUNTED = "${{ !cancelled() && needs.a.result == 'failure' && needs.b.result != 'success' }}"


def test_a_matrix_from_json_makes_a_job_each(solo):
    """Each with its values; one that fails does not stop the others; what it leads to fails."""
    matrix = {"fail-fast": False, "matrix": {"include": "${{ fromJSON(inputs.word) }}"}}
    run = solo(
        f"  m: {job(step('exit $N', env={'N': '${{ matrix.n }}'}), name='M (${{ matrix.n }})', strategy=matrix)}\n"
        f"  z: {job(step('true'), needs='m')}\n",
        word='[{"n": 0}, {"n": 1}, {"n": 0}]',
    )
    assert {name: one.result for name, one in run.jobs.items()} == {
        "M (0)": "success",
        "M (1)": "failure",
        "z": "skipped",
    }


def test_inputs_are_declared_and_of_their_type(solo):
    """A boolean given as text is one; an unknown input, and a text where a boolean belongs, are errors."""
    run = solo("  a: " + job(step("true", **{"if": "inputs.sure && inputs.word == 'hello'"})), sure="true")
    assert run.jobs["a"].steps[0].outcome == "success"


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


def test_a_lost_machine_runs_nothing_more(solo):
    """Not even what should always run; to the others the job has failed."""
    run = solo(
        f"  a: {job(step('true', name='last'), step('echo x', **{'name': 'never', 'if': 'always()'}))}\n"
        f"  b: {job(step('true'), **{'needs': 'a', 'if': AFTER})}\n",
        lost={"a": "last"},
    )
    assert [one.name for one in run.jobs["a"].steps] == ["last"]
    assert (run.jobs["a"].result, run.jobs["b"].result) == ("failure", "success")


AFTER = "${{ always() && needs.a.result == 'failure' }}"


@pytest.mark.parametrize(
    "jobs",
    [
        "  a: " + job({"uses": "actions/unknown@v1"}),
        "  a: " + job({"uses": "actions/checkout@v1", "with": {"submodules": True}}),
        "  a: " + job(step("echo ${{ inputs.word }}")),
        "  a: " + job({**step("true"), "timeout": 3}),
        "  a: " + job(step("true"), **{"timeout-minutes": 3}),
        "  a: " + job(step("echo nothing >> $GITHUB_OUTPUT")),
        "  a: {runs-on: x, permissions: {}, steps: []}\n  b: " + job(step("true"), needs="c"),
    ],
)
def test_what_is_not_known_is_an_error(solo, jobs):
    """Keys, actions, inputs and file commands that the runner does not know stop the test."""
    with pytest.raises(WorkflowError):
        solo(jobs)


def test_artifacts_pass_between_jobs_and_checkouts_are_real(solo):
    """A job's files reach the next through the artifact alone; the checkout holds main's file, and no token."""
    up = [
        {"uses": "actions/checkout@v5", "with": {"persist-credentials": False, "path": "src"}},
        step(
            "mkdir -p out; cp src/file.txt out/; echo x > out/.hidden\n"
            "git -C src config --get-all http.extraheader || echo none",
            name="make",
        ),
        {"uses": "actions/upload-artifact@v4", "with": {"name": "made", "path": "out/\nnone/*.json\n"}},
        {
            "uses": "actions/upload-artifact@v4",
            "with": {"name": "none", "path": "none", "if-no-files-found": "ignore"},
        },
    ]
    down = [
        {
            "uses": "actions/download-artifact@v5",
            "with": {"pattern": "ma*", "merge-multiple": True, "path": "got"},
        },
        step("find . -type f", name="find"),
        {"uses": "actions/download-artifact@v5", "with": {"name": "none"}},
    ]
    run = solo(f"  a: {job(*up)}\n  b: {job(*down, needs='a')}\n")
    assert run.jobs["a"].step("make").log == "none\n"
    assert run.jobs["b"].step("find").log == "./got/out/file.txt\n"
    assert [one.outcome for one in run.jobs["b"].steps] == ["success", "success", "failure"]
