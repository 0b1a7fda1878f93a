"""How the commands for the workflows go."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.audit import chain
from reconciler.audit.memory import remember
from reconciler.commands._shared import git, plan_files
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import artifacts, audit_branch, posts
from reconciler.commands.github.gh import Gh
from reconciler.commands.github.pulls import Merged, merged_in
from reconciler.commands.github.statuses import last_apply
from reconciler.core.errors import ReconcilerError, UsageProblem
from reconciler.desired import git_base
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_COMMITS = 200
_SCREEN = Screen()


def plans(tenant: str, log: str, into: str, *, digest: str | None, reason: str | None) -> None:
    """Find the reviewed plans, write them and their reviews, and say whether there is anything for an apply."""
    gh = client()
    sha = needed("GITHUB_SHA")
    since = last_apply(gh, tenant, git_base.first_parents(sha, _MOST_COMMITS)).newer
    merged = merged_in(gh, since, needed("GITHUB_REF_NAME"), tenant)
    folder = Path(into)
    folder.mkdir(parents=True, exist_ok=True)
    for pull in merged:
        _write(folder, f"{pull.number:08d}", pull.plan, _review(pull, reason))
        verdict = "its reviewed plan counts" if pull.plan is not None else pull.why
        _SCREEN.say(f"#{pull.number}: {verdict}")
    if digest is not None:
        _by_digest(gh, tenant, folder, digest, reason)
    told = [{"number": pull.number, "url": pull.url, "why": pull.why} for pull in merged]
    (folder / "pulls.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    scheduled = os.environ.get("GITHUB_EVENT_NAME") == "schedule"
    wanted = bool(merged) or not scheduled or _has_open_ends(log)
    _output("wanted", "true" if wanted else "false")
    _SCREEN.say(f"{counted(len(merged), 'pull request')} merged since the last apply.")


def _by_digest(gh: Gh, tenant: str, folder: Path, digest: str, reason: str | None) -> None:
    """The plan that somebody names by its digest, and takes the responsibility for."""
    whole = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    if len(whole) != len("sha256:") + 64:
        raise UsageProblem(f"--digest {digest!r} is not whole: by hand all 64 hexadecimal digits are needed.")
    found = artifacts.by_digest(gh, f"plan-{tenant}", whole)
    if found is None:
        raise ReconcilerError(
            f"No plan artifact of {tenant} that is still kept has the digest {whole}. Run the plan workflow by hand, "
            "look at its plan, and take that digest."
        )
    text, artifact = found
    run = f"{server()}/{gh.repository}/actions/runs/{(artifact.get('workflow_run') or {}).get('id')}"
    _write(folder, "digest", text, {"run": run, **({"reason": reason} if reason else {})})


def _review(pull: Merged, reason: str | None) -> dict[str, object]:
    asserted = {"pull_request": pull.url, "approvers": list(pull.approvers), "run": pull.run}
    return {**asserted, **({"reason": reason} if reason else {})}


def _write(folder: Path, name: str, plan: bytes | None, review: dict[str, object]) -> None:
    if plan is not None:
        (folder / f"{name}.plan.json").write_bytes(plan)
        (folder / f"{name}.review.json").write_text(json.dumps(review) + "\n", encoding="utf-8")


def _has_open_ends(log: str) -> bool:
    """Whether the log holds anything that a run without new plans would go on with."""
    records = chain.read(log).records
    for base_url in {record["base_url"] for record in records}:
        memory = remember(records, base_url)
        if memory.open_reviews or memory.open_intents or memory.undelivered:
            return True
    return False


def head(tenant: str) -> str | None:
    """The head that the last apply's status has."""
    return last_apply(client(), tenant, git_base.first_parents(needed("GITHUB_SHA"), _MOST_COMMITS)).head


def keep(log: str, *, begin_anew: bool, reason: str | None) -> None:
    """Push the log's branch; a log that is begun anew is pushed by the next one."""
    if begin_anew:
        audit_branch.begin_anew(log, reason or "No reason was given.")
        _SCREEN.say(f"{log} is begun anew.")
        return
    kept = audit_branch.keep(log, time.sleep)
    _SCREEN.say(f"{log} is kept on {git.AUDIT_BRANCH}; its head is {kept or 'none yet'}.")


def comment(pull: int, about: str, file: str, *, only_update: bool) -> None:
    """Write or update a pull request's comment."""
    posts.comment(client(), pull, about, text_of(file), only_update=only_update)


def drift(tenant: str, since: str, plan_file: str, file: str) -> None:
    """Keep the tenant's issue about drift, unless an apply was at work meanwhile."""
    gh = client()
    plan = plan_files.read(plan_file)
    if any(_in_flight(gh, since)):
        _SCREEN.say("An apply is under way, or was while the tenant was read: what differs may be its doing.")
        return
    about, title = f"drift {tenant}", f"Drift: {tenant}"
    if plan.actions:
        number = posts.open_issue(gh, about, title, f"{_DRIFT}\n\n{text_of(file)}")
        _SCREEN.warn(f"{tenant} is not as the files ask for: issue #{number} says where.")
    else:
        closed = posts.close_issue(gh, about, "The tenant is as the files ask for again.")
        _SCREEN.say(f"No drift.{f' Issue #{closed} is closed.' if closed is not None else ''}")


_DRIFT = (
    "The tenant is not as the files on the default branch ask for. Either somebody changed it there, or what was "
    "merged is not applied yet. To undo it, have a plan reviewed and applied; to keep it, write it into the files."
)


def _in_flight(gh: Gh, since: str) -> Iterator[bool]:
    """For each of the latest runs of the apply workflow, whether it overlaps with the time since then."""
    for number, run in enumerate(gh.pages("actions/workflows/apply.yml/runs", "workflow_runs")):
        if number == 30:
            return
        yield run.get("status") != "completed" or str(run.get("updated_at")) >= since


def client() -> Gh:
    """The repository's API."""
    return Gh(repository=needed("GITHUB_REPOSITORY"), sleep=time.sleep)


def server() -> str:
    """Where people look at the repository."""
    return os.environ.get("GITHUB_SERVER_URL", "https://github.com")


def needed(variable: str) -> str:
    """A variable that GitHub's runners set."""
    value = os.environ.get(variable, "")
    if not value:
        raise ReconcilerError(f"{variable} is not set: this command is for GitHub's workflows, where it is.")
    return value


def text_of(file: str) -> str:
    """A file of the workflow's."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as failure:
        raise ReconcilerError(f"{file} cannot be read: {failure}.") from None


def _output(name: str, value: str) -> None:
    """An output of the step; printed where no runner asks for it."""
    path = os.environ.get("GITHUB_OUTPUT")
    if path is None:
        _SCREEN.say(f"{name}={value}")
        return
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")
