"""Plan artifacts: which of them a merged pull request's reviewers could see, and their plan files.

An artifact is named ``plan-TENANT-ATTEMPT``, so that a later attempt of a run never takes an earlier one's place.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.commands._shared import plan_files
from reconciler.commands.github import history, runner
from reconciler.commands.github.gh import GitHubError
from reconciler.core.errors import BadPlanFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.commands.github.gh import Gh

WORKFLOW = "plan.yml"
_BY_HAND = (
    (WORKFLOW, frozenset({"workflow_dispatch"})),
    ("apply.yml", frozenset({"push", "schedule", "workflow_dispatch"})),
)
"""What makes plans on the default branch alone: by hand, and after each apply."""

_LARGEST = 64 * 2**20
_MOST_BY_DIGEST = 40
_FILE = "plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullHead:
    """What a run must have been for: the pull request's number, the branch it comes from and the one it goes to.

    ``since`` is when the pull request was opened (RFC 3339).
    """

    pull: int
    head: str
    base: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanArtifact:
    """One plan artifact: its id, when it was ``made`` (RFC 3339), its ``run``'s page, and what GitHub says of it."""

    id: int
    made: str
    run: str
    artifact: dict[str, Any]


def runs_at(gh: Gh, head: str, source: PullHead) -> tuple[dict[str, Any], ...]:
    """The runs of plan.yml, however they ended, for this repository's own pull request at ``head``, oldest first."""
    runs = gh.pages(
        f"actions/workflows/{WORKFLOW}/runs?event=pull_request&head_sha={head}",
        "workflow_runs",
    )
    # Asked for, and looked at all the same: what counts as reviewed must not hang on how a server reads a query.
    ours = [
        run
        for run in runs
        if run.get("event") == "pull_request"
        and run.get("head_sha") == head
        and run.get("head_branch") == source.head
        and str(run.get("created_at")) >= source.since
        and _is_of(run, WORKFLOW, gh)
        and _is_for(run, source)
    ]
    told = [
        {
            "id": int(run["id"]),
            "html_url": str(run.get("html_url")),
            "created_at": str(run.get("created_at")),
            "conclusion": run.get("conclusion"),
            "actor": str((run.get("actor") or {}).get("login")),
        }
        for run in ours
    ]
    return tuple(sorted(told, key=lambda run: (run["created_at"], run["id"])))


def of_run(gh: Gh, run: dict[str, Any]) -> list[dict[str, Any]]:
    """What a run kept: its artifacts' ids, names, sizes and times, expired or not."""
    wanted = ("id", "name", "size_in_bytes", "expired", "created_at")
    found = gh.pages(f"actions/runs/{run['id']}/artifacts", "artifacts")
    return [{name: each.get(name) for name in wanted} for each in found]


def plans_of(pull: dict[str, Any], tenant: str, *, since: str) -> tuple[PlanArtifact, ...]:
    """The plans of the tenant that good runs after ``since`` made for the pull request and kept, oldest first.

    None where the newest is not kept, and where a run has none any more (whoever may push may delete one): what an
    older one says is not what was seen last.
    """
    found = []
    for run in pull["runs"]:
        if run["conclusion"] != "success" or run["created_at"] <= since:
            continue
        ours = _of_tenant(pull["artifacts"][str(run["id"])], tenant)
        if not ours:
            return ()
        found += [
            PlanArtifact(id=int(each["id"]), made=str(each["created_at"]), run=run["html_url"], artifact=each)
            for each in ours
        ]
    found.sort(key=lambda plan: (plan.made, plan.id))
    if not found or found[-1].artifact["expired"]:
        return ()
    return tuple(plan for plan in found if not plan.artifact["expired"])


def plan_in(gh: Gh, artifact: dict[str, Any]) -> bytes:
    """The plan file in an artifact. BadPlanFile where it holds none."""
    name = f"the artifact {artifact.get('name')} ({artifact['id']})"
    too_large = BadPlanFile(f"{name} is larger than {_LARGEST // 2**20} MiB: it is not a plan.")
    if int(artifact.get("size_in_bytes", 0)) > _LARGEST:
        raise too_large
    content = gh.download(f"actions/artifacts/{artifact['id']}/zip")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(_FILE).file_size > _LARGEST:
                raise too_large
            text = archive.read(_FILE)
    # zipfile says by these: not there, no zip, encrypted or packed in a way that it does not know, cut.
    except (KeyError, zipfile.BadZipFile, RuntimeError, EOFError):
        raise BadPlanFile(f"{name} holds no {_FILE}.") from None
    if plan_files.parse(text, name).digest is None:
        raise BadPlanFile(f"{name} is an offline plan: the tenant was not asked.")
    return text


def digest_of(plan: bytes) -> str | None:
    """The digest of a plan file that was read by ``plan_in``."""
    return plan_files.parse(plan, _FILE).digest


def by_digest(gh: Gh, tenant: str, branch: str, digest: str) -> tuple[bytes, str] | None:
    """The plan with the whole digest that a workflow of the default branch made, and the page of its run."""
    for run in _on(gh, branch):
        for artifact in _of_tenant(of_run(gh, run), tenant):
            if artifact.get("expired"):
                continue
            try:
                text = plan_in(gh, artifact)
            except (BadPlanFile, GitHubError):
                continue
            if digest_of(text) == digest:
                return text, str(run.get("html_url"))
    return None


def _on(gh: Gh, branch: str) -> Iterator[dict[str, Any]]:
    """The newest runs on the branch of what makes plans there."""
    for workflow, events in _BY_HAND:
        runs = gh.pages(f"actions/workflows/{workflow}/runs?branch={branch}", "workflow_runs")
        good = (
            run
            for run in runs
            if run.get("event") in events and _is_on(run, branch) and _is_of(run, workflow, gh)
        )
        yield from islice(good, _MOST_BY_DIGEST)


def _of_tenant(kept: Sequence[dict[str, Any]], tenant: str) -> list[dict[str, Any]]:
    """The tenant's plans among what a run kept, newest first."""
    form = re.compile(rf"plan-{re.escape(tenant)}-[0-9]+")
    found = [each for each in kept if form.fullmatch(str(each["name"]))]
    return sorted(found, key=lambda each: -int(each["id"]))


def _is_of(run: dict[str, Any], workflow: str, gh: Gh) -> bool:
    """Whether the run is this workflow's, of this repository and not of a fork."""
    return (
        str(run.get("path", "")).split("@")[0] == f".github/workflows/{workflow}"
        and (run.get("head_repository") or {}).get("full_name") == gh.repository
    )


def _is_on(run: dict[str, Any], branch: str) -> bool:
    """Whether the run stood on the branch, and on no tag of its name: its commit was merged."""
    commit = str(run.get("head_sha"))
    return (
        run.get("head_branch") == branch
        and re.fullmatch("[0-9a-f]{40,64}", commit) is not None
        and history.holds(runner.needed("GITHUB_SHA"), commit)
    )


def _is_for(run: dict[str, Any], source: PullHead) -> bool:
    """Whether the run may be for this pull request and no other.

    GitHub lists a run's pull requests while they are open, and nothing afterwards: an empty list tells nothing.
    """
    pulls = run.get("pull_requests") or []
    return not pulls or (
        any(each.get("number") == source.pull for each in pulls)
        and all((each.get("base") or {}).get("ref") == source.base for each in pulls)
    )
