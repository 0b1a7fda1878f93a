"""Plan artifacts: which one a merged pull request's reviewers saw, and its plan file."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from reconciler.commands._shared import plan_files
from reconciler.commands.github.gh import GitHubError
from reconciler.core.errors import BadPlanFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.github.gh import Gh

WORKFLOW = "plan.yml"
_LARGEST = 64 * 2**20
_MOST_BY_DIGEST = 100
_FILE = "plan.json"


def reviewed_run(gh: Gh, head: str) -> dict[str, Any] | None:
    """The newest successful plan of this repository's own pull request at the commit ``head``."""
    runs = gh.pages(
        f"actions/workflows/{WORKFLOW}/runs?event=pull_request&status=success&head_sha={head}",
        "workflow_runs",
    )
    # Asked for, and looked at all the same: what counts as reviewed must not hang on how a server reads a query.
    good = [
        run
        for run in runs
        if run.get("event") == "pull_request"
        and run.get("conclusion") == "success"
        and run.get("head_sha") == head
        and str(run.get("path", "")).split("@")[0] == f".github/workflows/{WORKFLOW}"
        and (run.get("head_repository") or {}).get("full_name") == gh.repository
    ]
    return max(good, key=lambda run: (str(run.get("created_at")), int(run["id"])), default=None)


def of_run(gh: Gh, run: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The run's newest artifact of that name, expired or not."""
    found = [
        each
        for each in gh.pages(f"actions/runs/{run['id']}/artifacts", "artifacts")
        if each.get("name") == name
    ]
    return max(found, key=lambda each: int(each["id"]), default=None)


def plan_in(gh: Gh, artifact: dict[str, Any]) -> bytes:
    """The plan file in an artifact. BadPlanFile where it holds none."""
    name = f"the artifact {artifact.get('name')} ({artifact['id']})"
    content = gh.download(f"actions/artifacts/{artifact['id']}/zip")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(_FILE).file_size > _LARGEST:
                raise BadPlanFile(f"{name} is larger than {_LARGEST // 2**20} MiB: it is no plan.")
            text = archive.read(_FILE)
    except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        raise BadPlanFile(f"{name} holds no {_FILE}.") from None
    if plan_files.parse(text, name).digest is None:
        raise BadPlanFile(f"{name} is an offline plan: the tenant was not asked.")
    return text


def by_digest(gh: Gh, name: str, digest: str) -> tuple[bytes, dict[str, Any]] | None:
    """The newest plan of this repository's own runs with the whole digest, and its artifact."""
    for number, artifact in enumerate(_own(gh, name)):
        if number == _MOST_BY_DIGEST:
            break
        try:
            text = plan_in(gh, artifact)
        except (BadPlanFile, GitHubError):
            continue
        if plan_files.parse(text, name).digest == digest:
            return text, artifact
    return None


def _own(gh: Gh, name: str) -> Iterator[dict[str, Any]]:
    for artifact in gh.pages(f"actions/artifacts?name={name}", "artifacts"):
        run = artifact.get("workflow_run") or {}
        own = run.get("head_repository_id") is not None and run.get("head_repository_id") == run.get(
            "repository_id"
        )
        if artifact.get("name") == name and not artifact.get("expired") and own:
            yield artifact
