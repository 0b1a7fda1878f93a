"""The issue about drift: one a tenant, opened, kept up to date and closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands._shared.plan_files import read
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import posts
from reconciler.commands.github.gh import client
from reconciler.commands.github.runner import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.github.gh import Gh

_MOST_RUNS = 30
_DRIFT = (
    "The tenant is not as the files on the default branch ask for. Either somebody changed it there, or what was "
    "merged is not applied yet. To undo it, have a plan reviewed and applied; to keep it, write it into the files."
)


def drift(tenant: str, out: str) -> None:
    """Keep the issue by the plan that ``github plan`` left in ``out``, unless an apply was at work meanwhile."""
    gh, folder, screen = client(), Path(out), Screen()
    plan = read(str(folder / "plan.json"))
    if any(_in_flight(gh, text_of(str(folder / "began")))):
        screen.say("An apply is under way, or was while the tenant was read: what differs may be its doing.")
        return
    about, title = f"drift {tenant}", f"Drift: {tenant}"
    if plan.actions:
        text = f"{_DRIFT}\n\n{text_of(str(folder / 'plan.md'))}"
        number = posts.open_issue(gh, about, title, text)
        screen.warn(f"{tenant} is not as the files ask for: issue #{number} says where.")
    else:
        closed = posts.close_issue(gh, about, "The tenant is as the files ask for again.")
        screen.say(f"No drift.{f' Issue #{closed} is closed.' if closed is not None else ''}")


def _in_flight(gh: Gh, since: str) -> Iterator[bool]:
    """For each of the latest runs of the apply workflow, whether it overlaps with the time since then."""
    for number, run in enumerate(gh.pages("actions/workflows/apply.yml/runs", "workflow_runs")):
        if number == _MOST_RUNS:
            return
        yield run.get("status") != "completed" or str(run.get("updated_at")) >= since
