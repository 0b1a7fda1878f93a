"""What stands before an apply: the log is whole, what reviewers approved is found, and recorded in the log."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.audit import chain
from reconciler.audit.memory import remember
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import artifacts, audit_branch, own, runner
from reconciler.commands.github.gh import client
from reconciler.commands.github.pulls import Merged, merged_in
from reconciler.commands.github.statuses import LastApply, last_apply
from reconciler.core.errors import ReconcilerError, UsageProblem
from reconciler.desired import git_base
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from reconciler.commands.github.gh import Gh

_MOST_COMMITS = 200
_PLAN, _REVIEW = ".plan.json", ".review.json"
_SCREEN = Screen()


def check_log(tenant: str, log: str, *, new_log: bool, reason: str | None) -> int:
    """Check that the log is whole and holds the head that the last apply left, or begin a lost one anew."""
    if new_log:
        audit_branch.begin_anew(log, reason or "No reason was given.")
        _SCREEN.say(f"{log} is begun anew.")
        return 0
    head = _last_apply(client(), tenant).head
    expected = ("--expect-head", head) if head is not None else ()
    return own.told("audit", "verify", "--audit-log", log, *expected)


def plans(tenant: str, log: str, into: str, *, digest: str | None, reason: str | None) -> None:
    """Find the reviewed plans, write them and their reviews, and say whether there is anything for an apply."""
    folder = runner.new_folder(into)
    gh = client()
    merged = merged_in(gh, _last_apply(gh, tenant).newer, runner.needed("GITHUB_REF_NAME"), tenant)
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
    runner.output("wanted", "true" if wanted else "false")
    _SCREEN.say(f"{counted(len(merged), 'pull request')} merged since the last apply.")


def record(log: str, reviewed: str) -> int:
    """Append each reviewed plan's actions to the log, with who reviewed it; the exit code."""
    for plan in plans_in(reviewed):
        review = runner.text_of(plan.removesuffix(_PLAN) + _REVIEW)
        code = own.told("audit", "review", "--audit-log", log, plan, RECONCILER_REVIEW=review)
        if code != 0:
            return code
    return 0


def plans_in(reviewed: str) -> tuple[str, ...]:
    """The plan files that were found, the oldest pull request's first."""
    return tuple(sorted(str(path) for path in Path(reviewed).glob(f"*{_PLAN}")))


def _last_apply(gh: Gh, tenant: str) -> LastApply:
    return last_apply(gh, tenant, git_base.first_parents(runner.needed("GITHUB_SHA"), _MOST_COMMITS))


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
    run = f"{runner.server()}/{gh.repository}/actions/runs/{(artifact.get('workflow_run') or {}).get('id')}"
    _write(folder, "digest", text, {"run": run, **({"reason": reason} if reason else {})})


def _review(pull: Merged, reason: str | None) -> dict[str, object]:
    asserted = {"pull_request": pull.url, "approvers": list(pull.approvers), "run": pull.run}
    return {**asserted, **({"reason": reason} if reason else {})}


def _write(folder: Path, name: str, plan: bytes | None, review: dict[str, object]) -> None:
    if plan is not None:
        (folder / f"{name}{_PLAN}").write_bytes(plan)
        (folder / f"{name}{_REVIEW}").write_text(json.dumps(review) + "\n", encoding="utf-8")


def _has_open_ends(log: str) -> bool:
    """Whether the log holds anything that a run without new plans would go on with."""
    records = chain.read(log).records
    for tenant in {record["tenant"] for record in records}:
        memory = remember(records, tenant)
        if memory.open_reviews or memory.open_intents or memory.undelivered:
            return True
    return False
