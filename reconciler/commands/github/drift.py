"""The issue about drift: one a tenant, opened, kept up to date and closed."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.commands._shared.plan_files import read
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import posts
from reconciler.commands.github.gh import client
from reconciler.commands.github.runner import text_of

if TYPE_CHECKING:
    from reconciler.commands.github.gh import Gh

_APPLY = "Apply"
"""The name of the job in apply-tenant.yml that meets the tenant."""

_MOST_RUNS = 30
_DRIFT = (
    "The tenant is not as the files on the default branch ask for. Either somebody changed it there, or what was "
    "merged is not applied yet. To undo it, have a plan reviewed and applied; to keep it, write it into the files."
)


def drift(found: str) -> int:
    """Keep each tenant's issue by the plan that is in ``said-TENANT``; the job's exit code, 1 where a plan is missing.

    Not where an apply of that tenant was at work while it was read: what differs may be its doing.
    """
    gh, code = client(), 0
    applies = Applies(gh)
    for folder in sorted(Path(found).glob("said-*")):
        tenant = folder.name.removeprefix("said-")
        if not (folder / "plan.json").is_file():
            sys.stdout.write(f"::error title={tenant}::No plan was made: see the job that plans.\n")
            code = 1
        elif applies.at_work(tenant, text_of(str(folder / "began"))):
            Screen().say(f"{tenant}: an apply is at work, or was while the tenant was read.")
        else:
            _keep(gh, tenant, folder)
    return code


def _keep(gh: Gh, tenant: str, folder: Path) -> None:
    plan, screen = read(str(folder / "plan.json")), Screen()
    about, title = f"drift {tenant}", f"Drift: {tenant}"
    if plan.actions:
        text = f"{_DRIFT}\n\n{text_of(str(folder / 'plan.md'))}"
        number = posts.open_issue(gh, about, title, text)
        screen.warn(f"{tenant} is not as the files ask for: issue #{number} says where.")
    else:
        closed = posts.close_issue(gh, about, "The tenant is as the files ask for again.")
        screen.say(f"{tenant}: no drift.{f' Issue #{closed} is closed.' if closed is not None else ''}")


class Applies:
    """The jobs that apply, of the latest runs of apply.yml; each run is asked for once, and only if it matters."""

    def __init__(self, gh: Gh) -> None:
        self._gh = gh
        pages = gh.pages("actions/workflows/apply.yml/runs", "workflow_runs")
        self._runs = tuple(islice(pages, _MOST_RUNS))
        self._jobs: dict[int, tuple[dict[str, Any], ...]] = {}

    def at_work(self, tenant: str, since: str) -> bool:
        """Whether the tenant's own apply runs now, or ended at or after ``since``; one that waits touches nothing."""
        return any(
            self._overlaps(job, since)
            for run in self._runs
            if run.get("status") != "completed" or str(run.get("updated_at")) >= since
            for job in self._of(int(run["id"]))
            if str(job.get("name")).split(" / ")[-2:] == [tenant, _APPLY]
        )

    def _of(self, run: int) -> tuple[dict[str, Any], ...]:
        if run not in self._jobs:
            self._jobs[run] = tuple(self._gh.pages(f"actions/runs/{run}/jobs", "jobs"))
        return self._jobs[run]

    def _overlaps(self, job: dict[str, Any], since: str) -> bool:
        if job.get("status") == "completed":
            return job.get("conclusion") != "skipped" and str(job.get("completed_at")) >= since
        return job.get("status") == "in_progress"
