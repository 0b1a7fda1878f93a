"""Which tenants a run is for, and which jobs: by the list of tenants and the event alone."""

from __future__ import annotations

import json

import pytest

from reconciler.commands.github.batches import batches
from reconciler.commands.github.runner import Trigger
from reconciler.commands.github.tenants import chosen, jobs, refuse_unmerged
from reconciler.core.errors import ReconcilerError

LISTED = {"zeta": "tenants/zeta", "acme": "tenants/acme"}
TWO = json.dumps([{"tenant": name, "templates": folder} for name, folder in LISTED.items()])


def test_all_tenants_or_the_one_that_is_asked_for():
    """In the order of the list; one by name alone."""
    assert list(chosen(LISTED, None)) == ["zeta", "acme"]
    assert chosen(LISTED, "acme") == {"acme": "tenants/acme"}


@pytest.mark.parametrize(
    ("listed", "only", "said"),
    [
        (LISTED, "acne", "names no tenant acne; did you mean acme?"),
        (LISTED, "globex", "names no tenant globex. It names acme, zeta."),
        ({}, None, "names no tenant. Run `reconciler init`"),
    ],
)
def test_a_run_for_no_tenant_is_an_error(listed, only, said):
    """A matrix of nothing would end green, with nothing done."""
    with pytest.raises(ReconcilerError, match=said.replace("?", r"\?")):
        chosen(listed, only)


@pytest.mark.parametrize(
    ("event", "needed"),
    [
        (Trigger(name="pull_request"), "validate comment findings"),
        (Trigger(name="pull_request", fork=True), "validate"),
        (Trigger(name="merge_group"), "validate findings"),
        (Trigger(name="workflow_dispatch"), "findings"),
        (Trigger(name="schedule"), "findings"),
    ],
)
def test_a_job_runs_where_it_is_needed_and_can(event, needed):
    """A plan by hand does not validate, a fork's run may not write, findings are uploaded where code scanning is on."""
    assert " ".join(job for job, wanted in jobs(event, code_scanning=True).items() if wanted) == needed
    without = jobs(event, code_scanning=False)
    assert {**jobs(event, code_scanning=True), "findings": False} == without


@pytest.mark.parametrize(
    ("event", "refused"),
    [
        (Trigger(name="push", branch="main", default_branch="main"), False),
        (Trigger(name="schedule", branch="main"), False),
        (Trigger(name="workflow_dispatch", branch="mine", default_branch="main"), True),
        (Trigger(name="workflow_dispatch", branch="mine"), True),
    ],
)
def test_only_what_is_merged_is_applied(event, refused):
    """By hand from another branch is refused; a schedule, whose event names no repository, is on the default branch."""
    if refused:
        with pytest.raises(ReconcilerError, match="This run is on mine"):
            refuse_unmerged(event)
    else:
        refuse_unmerged(event)


def test_the_step_has_an_output_for_the_matrix_and_one_for_each_job(step):
    """JSON on one line, and true or false; an option that nobody filled in is not given."""
    (step.folder / ".github").mkdir()
    (step.folder / ".github" / "tenants.json").write_text(TWO)
    assert step.on("workflow_dispatch", {}, CODE_SCANNING="TRUE")("tenants", "--only", "") == 0
    outputs = dict(line.split("=", 1) for line in step.text("output").splitlines())
    (batch,) = json.loads(outputs.pop("batches"))
    assert (batch["batch"], json.loads(batch["tenants"])) == ("Batch 1", json.loads(TWO))
    assert outputs == {
        "any": "true",
        "tenants": '[{"tenant": "zeta"}, {"tenant": "acme"}]',
        "validate": "false",
        "comment": "false",
        "findings": "true",
    }


def test_300_tenants_are_two_matrices():
    """A matrix takes 256 jobs: each tenant is in one of them, once."""
    folders = {f"t{number:03}": f"tenants/t{number:03}" for number in range(300)}
    found = [json.loads(batch["tenants"]) for batch in batches(folders)]
    assert [len(batch) for batch in found] == [256, 44]
    assert {one["tenant"]: one["templates"] for batch in found for one in batch} == folders
    assert [batch["batch"] for batch in batches(folders)] == ["Batch 1", "Batch 2"]
    assert batches({}) == []


def test_what_is_refused_stands_on_the_runs_page(step):
    """As an annotation beside the message, and no output is set."""
    (step.folder / ".github").mkdir()
    (step.folder / ".github" / "tenants.json").write_text('[{"tenant": "a", "templates": "../b"}]')
    assert step.on("push", GITHUB_REF_NAME="main")("tenants") == 1
    assert step.out.startswith("::error ")
    assert "is not a list of tenants" in step.out
    assert "is not a list of tenants" in step.err
    assert step.text("output") == ""
