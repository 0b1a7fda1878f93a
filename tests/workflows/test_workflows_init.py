"""A repository that was empty, set up by ``init`` and the lines that it printed: the whole way works there as well."""

from __future__ import annotations

import shlex

import pytest
import venvs
import warm
from artifacts import names_of
from auditlog import ends, events
from desk import bare
from embedded import Embedded
from team import FULL_NAME, Team
from userrepo import Repo, lines
from wheels import wheel

from reconciler import __version__

OLD, NEW = "see you {{date}}", "we look forward to seeing you {{date}}"
EXAMPLE = "templates.d/example.yaml"


@pytest.fixture
def newcomer(tmp_path, host, venv):
    """``(team, repo)``. The package is a wheel whose program is the one under test, so that it is really installed by
    its hash, by the script that ``init`` has laid down. No index has it: it lies beside the repository."""
    own = tmp_path / "newcomer"
    own.mkdir()
    repo = Repo(own)
    wheel(repo.wheels, "cxone_reconciler", __version__, script=warm.server().program)
    repo.package = repo.package.replace(own / repo.package.name)
    repo.leads_to(bare(tmp_path / f"{FULL_NAME}.git"))
    tenant = _tenant(tmp_path / "example")
    team = Team(tmp_path, {"example": tenant}, host)
    pip = {name: value for name, value in repo.cli.env.items() if name.startswith("PIP_")}
    venvs.python(tmp_path / "bin" / "python3", venv)
    team.runner.machine |= pip
    yield team, repo
    tenant.close()
    assert team.hub.read()["refused"] == team.expected_refusals
    assert team.runner.leaks == []


def _tenant(folder):
    """A tenant in which the example's template was made in the console."""
    folder.mkdir()
    tenant = Embedded(folder)
    text = f"Acme Dental: {OLD}. Reply STOP to opt out."
    tenant.create(
        id="tmpl_example", name="Appointment reminder", status="PENDING", content=text, from_address="45678"
    )
    return tenant


def test_init_in_an_empty_repository_then_propose_plan_merge_apply(newcomer):
    """Set up by copying lines; a pull request is then planned, approved, merged, applied, and stands in the log."""
    team, repo = newcomer
    report = repo.init("--tenant", "example", "--wheel", str(repo.package))
    for step in report["next"][:2]:
        for line in step["lines"]:
            program, *words = shlex.split(line)
            assert program == "git"
            repo.git(*words)
    team.copy.fetch()
    assert team.text_on_branch("example.jsonl") == ""

    example = (repo.folder / EXAMPLE).read_text("utf-8")
    pull = team.propose({EXAMPLE: example.replace(OLD, NEW)})
    planned = team.plan(pull, whole=True)
    assert planned.conclusion == "success", planned.log
    assert {name for name, job in planned.jobs.items() if "(" in name and job.result != "skipped"} == {
        f"Batch 1 / {job} (example)" for job in ("Validate", "Plan")
    }
    assert planned.jobs["Planned"].result == "success"
    assert '{"context": "Planned"}' in " ".join(lines(report)), "the rule waits for a check that comes"
    assert names_of(team.artifacts(planned, "plan-example-1")[0]) == ["plan.json"]
    assert "1 to approve, 1 to register" in pull.said("plan example")
    assert team.tenants["example"].writes(audit=True) == []

    team.review(pull)
    applied = team.apply(team.merge(pull))
    assert applied.conclusion == "success", applied.log
    live = team.tenants["example"].template("tmpl_example")
    assert (NEW in live["content"], live["status"]) == (True, "APPROVED")
    assert team.tenants["example"].registered() == ["tmpl_example"]
    records = team.log()
    assert ends(records) == [("approval", "tmpl_example", "applied"), ("a2p", "tmpl_example", "applied")]
    assert {outcome["review"]["pull_request"] for outcome in events(records, "outcome")} == {pull.url}
    assert team.status() == ("success", f"exit 0; audit head {records[-1]['hash']}")
    assert "2 applied" in pull.said("apply example")

    assert team.scheduled("drift.yml").conclusion == "success"
    assert team.issues() == []
    assert repo.init()["written"] == []
