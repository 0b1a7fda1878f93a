"""What must hold of every workflow as it stands, whatever a run does."""

from __future__ import annotations

import os
import re

import pytest
import yaml
from checkout import ROOT
from expressions import Scope, Standing, expressions_in
from workflow import Workflow

from reconciler.commands.init import texts

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ALL = {path.name: Workflow(path.read_text(encoding="utf-8"), path.name) for path in FILES}
OURS = ("ci.yml", "release.yml")
"""What is about the tool itself, and is not laid down anywhere else."""

_VERBS = {
    "RECONCILER_DEPLOY_KEY": "keep",
    "CXONE_CLIENT_SECRET": "(plan|apply)",
    "RECONCILER_LOG_KEY": "(check-log|record|apply)",
}
"""What the step does that has a secret: the first of its secrets counts."""
SECRETS = ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_WEBHOOK_SECRET")


def jobs():
    """(workflow, key, job) of every job."""
    return [(name, key, job) for name, workflow in ALL.items() for key, job in workflow.jobs.items()]


def steps(job):
    return job.get("steps", [])


def all_steps():
    return [(f"{name}: {key}", step) for name, key, job in jobs() for step in steps(job)]


def test_no_token_may_anything_unless_a_job_says_so():
    """``permissions`` is empty at the top of every workflow, and every job names its own."""
    assert {name: workflow.body["permissions"] for name, workflow in ALL.items()} == {
        name: {} for name in ALL
    }
    assert [key for _, key, job in jobs() if "permissions" not in job] == []


def test_no_pull_request_runs_with_the_bases_secrets():
    """``pull_request_target`` and ``workflow_run`` are used nowhere."""
    used = {event for workflow in ALL.values() for event in workflow.on}
    assert used & {"pull_request_target", "workflow_run", "issue_comment"} == set()


def test_no_expression_stands_in_a_script():
    """What GitHub puts into a text never becomes part of a program."""
    assert [where for where, step in all_steps() if "${{" in step.get("run", "")] == []


def test_actions_are_pinned_and_say_which_version_that_is():
    """Each by the 40 hexadecimal digits of a commit and a comment with the version; the same action at one commit."""
    pinned = {}
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.search(r"\buses:\s*(\S+)(.*)", line):
                if found[1].startswith("./"):
                    continue
                whole = re.fullmatch(r"([\w./-]+)@[0-9a-f]{40}", found[1])
                assert whole, line
                assert re.fullmatch(r" # v\d+\.\d+\.\d+", found[2]), line
                pinned.setdefault(whole[1], set()).add((found[1], found[2]))
    assert {name for name, versions in pinned.items() if len(versions) > 1} == set()


def test_no_checkout_leaves_its_token_behind():
    """``persist-credentials: false`` in each."""
    checkouts = [step for _, step in all_steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) > 10
    assert [step for step in checkouts if step["with"].get("persist-credentials") is not False] == []


def test_what_plans_or_applies_fetches_the_logs_current_file_alone():
    """So that it costs the same after ten years; only what writes the branch has all of it."""
    for name, key, job in jobs():
        taken = [step["with"] for step in job.get("steps", ()) if "actions/checkout@" in step.get("uses", "")]
        for given in (one for one in taken if one.get("ref") == "reconciler-audit"):
            writes = "RECONCILER_DEPLOY_KEY" in str(job)
            assert ("sparse-checkout" in given) != writes, (name, key)
            wanted = given.get("sparse-checkout", "").splitlines()
            current = [[".jsonl", ".applied.json"], ["/*.jsonl", "!/*.*.jsonl", "/*.applied.json"]]
            assert [one.rpartition("}}")[2] for one in wanted] in ([[]] if writes else current)


def test_secrets_stand_in_the_environment_of_the_steps_that_need_them_alone():
    """Not in a job's or a workflow's, and only in steps that talk to the tenant."""
    for name, workflow in ALL.items():
        assert "secrets." not in yaml.safe_dump(workflow.body.get("env", {})), name
    for name, key, job in jobs():
        bare = {part: value for part, value in job.items() if part not in ("steps", "secrets")}
        assert "secrets." not in yaml.safe_dump(bare), f"{name}: {key}"
    for where, step in all_steps():
        elsewhere = {part: value for part, value in step.items() if part != "env"}
        assert "secrets." not in yaml.safe_dump(elsewhere), where
        if any("secrets." in str(value) for value in step.get("env", {}).values()):
            env = {*step["env"]}
            verb = next((verb for name, verb in _VERBS.items() if name in env), "")
            assert re.match(rf"reconciler github {verb} ", step["run"]), f"{where}: {step['name']}"


def test_the_webhooks_secret_is_where_it_is_sent_alone():
    """No workflow that plans names it: a plan needs none."""
    assert {
        name for name, workflow in ALL.items() if "CXONE_WEBHOOK_SECRET" in yaml.safe_dump(workflow.body)
    } == {
        "apply.yml",
        "apply-tenants.yml",
        "apply-tenant.yml",
    }


def test_no_job_holds_a_tenants_secrets_and_a_credential_that_can_write():
    """A job with the tenant's may read this repository, and has neither a token in its steps nor the deploy key."""
    holders = []
    for name, key, job in jobs():
        if "secrets.CXONE_" in yaml.safe_dump(steps(job)):
            holders.append(f"{name}: {key}")
            assert job["permissions"] == {"contents": "read"}, f"{name}: {key}"
            assert not re.search("github.token|DEPLOY_KEY", yaml.safe_dump(steps(job))), f"{name}: {key}"
    assert holders == ["apply-tenant.yml: apply", "plan-tenants.yml: plan"]


def test_the_logs_key_is_where_the_log_is_written_or_believed():
    """In the environments TENANT-record and TENANT-apply alone; a plan checks hashes without it."""
    keyed = {
        f"{where}: {step['name']}"
        for where, step in all_steps()
        if "RECONCILER_LOG_KEY" in step.get("env", {})
    }
    assert keyed == {
        "apply-tenant.yml: review: Check the log against the last apply's head",
        "apply-tenant.yml: review: Record them",
        "apply-tenant.yml: apply: Apply",
    }
    for name, key in (("apply.yml", "batch"), ("apply.yml", "by-hand"), ("apply-tenants.yml", "apply")):
        passed = ALL[name].jobs[key]["secrets"]
        assert set(passed) == set(ALL["apply-tenant.yml"].on["workflow_call"]["secrets"]), (name, key)


def test_no_token_of_a_job_can_push():
    """``contents: write`` is nobody's: the audit log is pushed with a deploy key, by the jobs that record."""
    assert [key for _, key, job in jobs() if job["permissions"].get("contents") == "write"] == []
    keyed = {f"{name}: {key}" for name, key, job in jobs() if "DEPLOY_KEY" in yaml.safe_dump(steps(job))}
    assert keyed == {"apply-tenant.yml: review", "apply-tenant.yml: record"}


def test_environments_are_four_a_tenant():
    """To plan, apply, record, none of which says "deployed" on a pull request; and to let a run by hand through."""
    used = {f"{name}: {key}": job["environment"] for name, key, job in jobs() if "environment" in job}
    assert used.pop("apply.yml: let-through") == "${{ needs.tenants.outputs.tenant }}-by-hand"
    assert used.pop("release.yml: publish") == "pypi"
    assert used == {
        where: {"name": f"${{{{ {tenant} }}}}-{what}", "deployment": False}
        for where, tenant, what in (
            ("apply-tenant.yml: apply", "inputs.tenant", "apply"),
            ("apply-tenant.yml: record", "inputs.tenant", "record"),
            ("apply-tenant.yml: review", "inputs.tenant", "record"),
            ("plan-tenants.yml: plan", "matrix.tenant", "plan"),
        )
    }


def test_nothing_waits_for_a_person_in_a_tenants_queue():
    """Who lets a run by hand through is asked outside, by a job that has no token's rights and no secrets."""
    gate = ALL["apply.yml"].jobs["let-through"]
    assert "concurrency" not in gate
    assert gate["permissions"] == {}
    assert "secrets." not in yaml.safe_dump(gate)
    assert "let-through" in ALL["apply.yml"].jobs["by-hand"]["needs"]
    assert "shown" in gate["needs"]


def test_a_plan_that_was_approved_is_never_replaced():
    """Each attempt of a run has a plan artifact of its own, and none is uploaded over another."""
    kept = [
        step["with"]
        for _, step in all_steps()
        if "upload-artifact@" in step.get("uses", "") and step["with"]["name"].startswith("plan-")
    ]
    assert len(kept) == 2
    assert [given for given in kept if "overwrite" in given] == []
    assert [given for given in kept if not given["name"].endswith("-${{ github.run_attempt }}")] == []


def test_plans_ask_for_reading_alone():
    """``CXONE_SCOPES`` is messaging:read where nothing else is set, in every step that plans for review."""
    planning = steps(ALL["plan-tenants.yml"].jobs["plan"])
    scopes = [step["env"]["CXONE_SCOPES"] for step in planning if "CXONE_ORG" in step.get("env", {})]
    assert scopes == ["${{ vars.CXONE_SCOPES || 'messaging:read' }}"]


def test_what_runs_of_a_pull_request_meets_no_token_that_writes():
    """In plan.yml a job whose token may write has the default branch's files, or none and no script at all."""
    writers = {
        key: job for key, job in ALL["plan.yml"].jobs.items() if "write" in job["permissions"].values()
    }
    assert set(writers) == {"findings", "comment"}
    for key, job in writers.items():
        checkouts = [step["with"] for step in steps(job) if "actions/checkout@" in step.get("uses", "")]
        refs = {with_["ref"] for with_ in checkouts}
        assert refs <= {"${{ github.event.repository.default_branch }}"}, key
        assert checkouts or [step for step in steps(job) if "run" in step] == [], key


def test_the_repository_lies_beside_what_counts():
    """Checked out into `repository`, where scripts run; artifacts are made of its siblings alone; no `-m` is unsafe."""
    for name, workflow in ALL.items():
        if name in OURS or not any(steps(job) for job in workflow.jobs.values()):
            continue
        assert workflow.working_directory == "repository"
        assert workflow.body["env"]["PYTHONSAFEPATH"] == "1"
    for where, step in all_steps():
        if where.startswith(OURS):
            continue
        given = step.get("with", {})
        if "actions/checkout@" in step.get("uses", ""):
            assert given["path"] in ("repository", "audit", "branch"), where
        for path in given.get("path", "").split():
            assert not path.startswith(("repository/", ".")), where


def test_what_publishes_runs_nothing_of_the_repository():
    """The one job that can sign and publish has actions alone; it follows the job that builds and audits."""
    release = ALL["release.yml"]
    signing = {key: job for key, job in release.jobs.items() if "id-token" in job["permissions"]}
    assert set(signing) == {"publish"}
    (job,) = signing.values()
    assert (job["needs"], job["environment"]) == ("build", "pypi")
    assert [step for step in steps(job) if "run" in step or "actions/checkout@" in step["uses"]] == []
    others = [where for where, text in _texts() if "id-token" in text and where != "release.yml"]
    assert others == []


def _texts():
    return [(path.name, path.read_text(encoding="utf-8")) for path in FILES]


def test_nothing_is_installed_that_is_not_pinned_by_its_hash():
    """Not for a build either: pip would fetch its requirements into a job that goes on to hold credentials."""
    scripts = [(ROOT / ".github" / "install-reconciler").read_text(encoding="utf-8"), texts.INSTALL]
    scripts += [step["run"] for _, step in all_steps() if "pip" in step.get("run", "")]
    installs = [
        line
        for script in scripts
        for line in script.splitlines()
        if re.search(r"pip\S* (install|wheel)", line)
    ]
    assert len(installs) >= 6
    for line in installs:
        assert "--require-hashes" in line or (
            "--no-deps" in line and (".whl" in line or "--no-build-isolation" in line)
        )


def test_every_job_ends_in_time():
    """``timeout-minutes`` in each that has steps."""
    assert [
        f"{name}: {key}" for name, key, job in jobs() if "steps" in job and "timeout-minutes" not in job
    ] == []


def test_a_workflow_decides_nothing():
    """A script is one command without branches, loops or pipes, and an ``if`` looks up what a command has put out."""
    steps_of_ours = [(where, step) for where, step in all_steps() if not where.startswith(OURS)]
    decides = re.compile(r"[;|&`]|\$\(|\b(if|for|while|case)\b|\n(?!$)")
    assert [where for where, step in steps_of_ours if decides.search(step.get("run", ""))] == []
    asked = [body.get("if", "") for _, body in [*all_steps(), *((key, job) for _, key, job in jobs())]]
    assert {found for each in asked for found in re.findall(r"\b(?:github|inputs|vars)\.\w+", each)} == {
        "inputs.validate",
        "inputs.findings",
    }, "what `github tenants` put out, handed on"


def test_a_tenant_does_not_stop_another():
    """No matrix fails fast, and each tenant's apply waits in a queue of its own that nothing cancels."""
    matrices = [job["strategy"] for _, _, job in jobs() if "strategy" in job]
    assert [matrix for matrix in matrices if matrix.get("fail-fast") is not False] == []
    for name, key, tenant in (
        ("apply-tenants.yml", "apply", "matrix.tenant"),
        ("apply.yml", "by-hand", "needs.tenants.outputs.tenant"),
    ):
        queue = {"group": f"apply-${{{{ {tenant} }}}}", "cancel-in-progress": False, "queue": "max"}
        assert ALL[name].jobs[key]["concurrency"] == queue
    queues = [job["concurrency"] for _, _, job in jobs() if "concurrency" in job]
    assert len(queues) == 2


def test_no_list_of_paths_says_what_starts_a_workflow():
    """It could disagree with the list of tenants."""
    assert [name for name, one in ALL.items() for how in one.on.values() if "paths" in how] == []


@pytest.mark.parametrize("name", ALL)
def test_every_expression_can_be_read(name):
    """The tests' own reader knows each expression, so that no run skips one that it does not understand."""
    known = ("github", "inputs", "vars", "secrets", "needs", "matrix", "steps")
    scope = Scope(dict.fromkeys(known), Standing([]))
    for expression in expressions_in(ALL[name].body):
        if "fromJSON" not in expression:
            scope.evaluate(expression)


def test_the_install_script_can_be_run():
    """It is a program: the workflows call it by its path."""
    assert os.access(ROOT / ".github" / "install-reconciler", os.X_OK)
