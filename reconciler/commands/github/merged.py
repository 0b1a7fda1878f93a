"""What was merged since the tenants' last applies: found in git, and asked of GitHub once for all of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.audit import chain
from reconciler.audit.memory import Memories
from reconciler.commands._shared.tenants import listed
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import artifacts, audit_branch, batches, history, runner
from reconciler.commands.github.gh import client
from reconciler.commands.github.pulls import merged_in
from reconciler.commands.github.tenants import chosen, refuse_unmerged
from reconciler.commands.github.touched import shared
from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.commands.github.gh import Gh


def merged(only: str | None, audit: str, into: str, *, by_hand: bool) -> None:
    """Set the outputs ``batches`` and ``any``, the tenants that there is something to apply for; write what was merged.

    By hand for one tenant, with a plan or for a new log: ``by_hand``, ``tenant`` and ``templates`` instead.
    """
    event, commit = runner.event(os.environ), runner.needed("GITHUB_SHA")
    refuse_unmerged(event)
    folders = dict(chosen(listed(".") or {}, only))
    found: dict[str, str] = {}
    commits: dict[str, None] = {}
    for name, folder in folders.items():
        log = str(Path(audit, f"{name}.jsonl"))
        newer = _newer(log, commit, folder)
        commits |= dict.fromkeys(newer)
        if only is not None or newer or _has_more(event.name, log, commit):
            found[name] = folder
    write(client(), tuple(commits), runner.needed("GITHUB_REF_NAME"), into)
    batches.put_out({} if by_hand else found)
    runner.output("by_hand", "true" if by_hand else "false")
    if by_hand and only is not None:
        runner.output("tenant", only)
        runner.output("templates", folders[only])
    Screen().say(f"Of {len(folders)} tenants there is something to do for: {', '.join(found) or 'none'}.")


def write(gh: Gh, commits: Sequence[str], branch: str, into: str) -> None:
    """The pull requests of these commits, each with its runs of plan.yml and what these kept, as ``merged.json``."""
    folder = runner.new_folder(into)
    by_commit, pulls = merged_in(gh, commits, branch)
    told = {}
    for pull in pulls:
        source = artifacts.PullHead(
            pull=pull["number"], head=pull["headRefName"], base=branch, since=pull["createdAt"]
        )
        runs = artifacts.runs_at(gh, pull["headRefOid"], source)
        kept = {str(run["id"]): artifacts.of_run(gh, run) for run in runs if run["conclusion"] == "success"}
        told[str(pull["number"])] = {**pull, "runs": runs, "artifacts": kept}
    content = {"commits": by_commit, "pulls": told}
    (folder / "merged.json").write_text(json.dumps(content) + "\n", encoding="utf-8")


def of_commits(file: str, commits: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """The pull requests that brought these commits, by number. ReconcilerError where one of them was not asked for."""
    found: dict[str, Any] = json.loads(runner.text_of(file))
    numbers: set[int] = set()
    for commit in commits:
        if commit not in found["commits"]:
            raise ReconcilerError(
                f"The pull request of {commit[:12]} was not looked for: the log has moved. Run all jobs again."
            )
        numbers.update(found["commits"][commit])
    return tuple(found["pulls"][str(number)] for number in sorted(numbers))


def has_open_ends(log: str) -> bool:
    """Whether the log holds anything that a run without new plans would go on with."""
    memories = Memories()
    for record in chain.read(log).records:
        memories.take(record)
    return any(one.open_reviews or one.open_intents or one.undelivered for one in memories.tenants.values())


def _newer(log: str, commit: str, folder: str) -> tuple[str, ...]:
    """The commits since the last apply that touch the folder; of a log that is lost, those of this push."""
    try:
        since = audit_branch.begun(log, commit).since
    except ReconcilerError:
        since = history.before(commit)
    try:
        return history.newer(since, commit, folder)
    except ReconcilerError:
        return ()


def _has_more(event: str, log: str, commit: str) -> bool:
    """On a schedule, or where a run is run again, what the log holds open; after a push what all tenants share.

    Also where that cannot be told: the tenant's own jobs say why.
    """
    try:
        since = audit_branch.begun(log, commit).since
        if event == "schedule":
            return has_open_ends(log)
        again = runner.needed("GITHUB_RUN_ATTEMPT") != "1"
        lost = since is not None and not history.holds(commit, since)
        return lost or shared(since, commit) or (again and has_open_ends(log))
    except ReconcilerError:
        return True
