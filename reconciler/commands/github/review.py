"""What stands before an apply: the log is whole, what reviewers approved is found, and recorded in the log."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import audit_branch, by_hand, cursor, history, own, runner
from reconciler.commands.github.gh import client
from reconciler.commands.github.merged import has_open_ends, of_commits
from reconciler.commands.github.verdict import Merged, judged
from reconciler.core.errors import ReconcilerError
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAN, _REVIEW = ".plan.json", ".review.json"
_SCREEN = Screen()


def check_log(tenant: str, log: str, *, new_log: bool, reason: str | None) -> int:
    """Check that the log is whole and holds the head that the last apply left, or begin a lost one anew."""
    code = 0
    if new_log:
        refuse_whole(log)
        approvers = by_hand.let_through(client(), tenant)
        said = f"{reason or 'No reason was given.'}\n\nLet through by {', '.join(approvers)}."
        audit_branch.begin_anew(log, said)
        _SCREEN.say(f"{log} is begun anew.")
    else:
        code = _verified(log)
    if code == 0:
        cursor.write(log, audit_branch.begun(log, runner.needed("GITHUB_SHA")))
    return code


def propose(tenant: str, log: str, out: str, wanted: Wanted, *, new_log: bool) -> None:
    """Show in the job's summary what is asked for by hand; the plan file is left in ``out``."""
    folder = runner.new_folder(out)
    if new_log:
        refuse_whole(log)
        by_hand.show_new_log(tenant, log, wanted.reason)
    if wanted.digest is not None:
        by_hand.show_plan(tenant, wanted.digest, wanted.reason, wanted.targets, folder)


def refuse_whole(log: str) -> None:
    """ReconcilerError where the log verifies: it is not lost."""
    try:
        lost = _verified(log) != 0
    except ReconcilerError:
        lost = True
    if not lost:
        raise ReconcilerError("The log verifies, so it is not lost: no new one is begun.")


def _verified(log: str) -> int:
    last = cursor.read(log)
    expected = ("--expect-head", last.head) if last is not None and last.head is not None else ()
    return own.told("audit", "verify", "--audit-log", log, *expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which plans are looked for: a tenant's, of the documents in ``templates``; by hand by a digest, with a reason.

    ``merged`` is the file that `github merged` wrote, ``shown`` the folder of `github propose`.
    """

    tenant: str
    templates: str = ""
    merged: str = ""
    shown: str = ""
    digest: str | None = None
    targets: str | None = None
    reason: str | None = None


def plans(wanted: Wanted, log: str, into: str) -> None:
    """Find the reviewed plans, write them and their reviews, and say whether there is anything for an apply."""
    folder = runner.new_folder(into)
    branch, commit = runner.needed("GITHUB_REF_NAME"), runner.needed("GITHUB_SHA")
    newer = history.newer(audit_branch.begun(log, commit).since, commit, wanted.templates)
    gh = client()
    # Not the checkout's idea of the branch: that is the run's own commit.
    if history.differs(commit, gh.tip(branch), wanted.templates):
        _SCREEN.say(
            f"{branch} has moved on in {wanted.templates}: its own run applies that, and this one nothing."
        )
        _tell(folder, ())
        runner.output("wanted", "false")
        return
    merged = tuple(judged(gh, pull, wanted.tenant) for pull in of_commits(wanted.merged, newer))
    for pull in merged:
        _write(folder, pull, wanted.reason)
    if wanted.digest is not None:
        plan, run = by_hand.plan_shown(wanted.shown, wanted.digest)
        review = by_hand.review_of(run, by_hand.let_through(gh, wanted.tenant), wanted.reason)
        _put(folder, "digest", plan, review)
    _tell(folder, merged)
    scheduled = os.environ.get("GITHUB_EVENT_NAME") == "schedule"
    runner.output("wanted", "true" if merged or not scheduled or has_open_ends(log) else "false")


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


def review_by_hand(reviewed: str) -> str | None:
    """Who let the plan through that was named by hand, as the log has it; None where none was."""
    file = Path(reviewed, f"digest{_REVIEW}")
    return runner.text_of(str(file)) if file.is_file() else None


def _write(folder: Path, pull: Merged, reason: str | None) -> None:
    _SCREEN.say(f"#{pull.number}: {'its reviewed plan counts' if pull.plan is not None else pull.why}")
    asserted = {"pull_request": pull.url, "approvers": list(pull.approvers), "run": pull.run}
    if pull.plan is not None:
        review = json.dumps({**asserted, **({"reason": reason} if reason else {})}) + "\n"
        _put(folder, f"{pull.number:08d}", pull.plan, review)


def _put(folder: Path, name: str, plan: bytes, review: str) -> None:
    (folder / f"{name}{_PLAN}").write_bytes(plan)
    (folder / f"{name}{_REVIEW}").write_text(review, encoding="utf-8")


def _tell(folder: Path, merged: Sequence[Merged]) -> None:
    told = [{"number": pull.number, "url": pull.url, "why": pull.why} for pull in merged]
    (folder / "pulls.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    _SCREEN.say(f"{counted(len(merged), 'pull request')} merged since the last apply.")
