"""What stands before an apply: the log is whole, what reviewers approved is found, and recorded in the log."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.audit import chain
from reconciler.audit.memory import Memories
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import artifacts, audit_branch, cursor, history, own, runner
from reconciler.commands.github.gh import client
from reconciler.commands.github.pulls import merged_in
from reconciler.commands.github.verdict import Merged, judged
from reconciler.core.errors import ReconcilerError, UsageProblem
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from reconciler.commands.github.gh import Gh

_PLAN, _REVIEW = ".plan.json", ".review.json"
_SCREEN = Screen()


def check_log(log: str, *, new_log: bool, reason: str | None) -> int:
    """Check that the log is whole and holds the head that the last apply left, or begin a lost one anew."""
    if new_log and _is_whole(log):
        raise ReconcilerError("The log verifies, so it is not lost: no new one is begun.")
    code = 0
    if new_log:
        audit_branch.begin_anew(log, reason or "No reason was given.")
        _SCREEN.say(f"{log} is begun anew.")
    else:
        code = _verified(log)
    if code == 0:
        cursor.write(log, audit_branch.begun(log, runner.needed("GITHUB_SHA")))
    return code


def _verified(log: str) -> int:
    last = cursor.read(log)
    expected = ("--expect-head", last.head) if last is not None and last.head is not None else ()
    return own.told("audit", "verify", "--audit-log", log, *expected)


def _is_whole(log: str) -> bool:
    try:
        return _verified(log) == 0
    except ReconcilerError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which plans are looked for: a tenant's, of the documents in ``templates``; by hand by a digest, with a reason."""

    tenant: str
    templates: str
    digest: str | None = None
    reason: str | None = None


def plans(wanted: Wanted, log: str, into: str) -> None:
    """Find the reviewed plans, write them and their reviews, and say whether there is anything for an apply."""
    folder = runner.new_folder(into)
    gh, branch, reason = client(), runner.needed("GITHUB_REF_NAME"), wanted.reason
    commit = runner.needed("GITHUB_SHA")
    newer = history.newer(audit_branch.begun(log, commit).since, commit, wanted.templates)
    tip, pulls = merged_in(gh, newer, branch)
    if history.moved_on(commit, tip, wanted.templates):
        _SCREEN.say(
            f"{branch} has moved on in {wanted.templates}: its own run applies that, and this one nothing."
        )
        (folder / "pulls.json").write_text("[]\n", encoding="utf-8")
        runner.output("wanted", "false")
        return
    merged = tuple(judged(gh, pull, branch, wanted.tenant) for pull in pulls)
    for pull in merged:
        _write(folder, f"{pull.number:08d}", pull.plan, _review(pull, reason))
        verdict = "its reviewed plan counts" if pull.plan is not None else pull.why
        _SCREEN.say(f"#{pull.number}: {verdict}")
    if wanted.digest is not None:
        _by_digest(gh, wanted, branch, folder)
    told = [{"number": pull.number, "url": pull.url, "why": pull.why} for pull in merged]
    (folder / "pulls.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    scheduled = os.environ.get("GITHUB_EVENT_NAME") == "schedule"
    apply = bool(merged) or not scheduled or _has_open_ends(log)
    runner.output("wanted", "true" if apply else "false")
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


def _by_digest(gh: Gh, wanted: Wanted, branch: str, folder: Path) -> None:
    """The plan that somebody names by its digest, and takes the responsibility for."""
    digest = wanted.digest or ""
    whole = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    if len(whole) != len("sha256:") + 64:
        raise UsageProblem(f"--digest {digest!r} is not whole: by hand all 64 hexadecimal digits are needed.")
    found = artifacts.by_digest(gh, wanted.tenant, branch, whole)
    if found is None:
        raise ReconcilerError(
            f"No plan of {wanted.tenant} that a run on {branch} has made and that is still kept has the digest {whole}."
            " Run the plan workflow by hand, look at its plan, and take that digest."
        )
    text, run = found
    _write(folder, "digest", text, {"run": run, **({"reason": wanted.reason} if wanted.reason else {})})


def _review(pull: Merged, reason: str | None) -> dict[str, object]:
    asserted = {"pull_request": pull.url, "approvers": list(pull.approvers), "run": pull.run}
    return {**asserted, **({"reason": reason} if reason else {})}


def _write(folder: Path, name: str, plan: bytes | None, review: dict[str, object]) -> None:
    if plan is not None:
        (folder / f"{name}{_PLAN}").write_bytes(plan)
        (folder / f"{name}{_REVIEW}").write_text(json.dumps(review) + "\n", encoding="utf-8")


def _has_open_ends(log: str) -> bool:
    """Whether the log holds anything that a run without new plans would go on with."""
    memories = Memories()
    for record in chain.read(log).records:
        memories.take(record)
    return any(one.open_reviews or one.open_intents or one.undelivered for one in memories.tenants.values())
