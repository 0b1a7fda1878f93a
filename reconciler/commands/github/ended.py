"""What an apply in a workflow came to: its status, and what the merged pull requests are told."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.audit import chain, whole_log
from reconciler.commands._shared import plan_files
from reconciler.commands.github import audit_branch, posts, runner, statuses
from reconciler.commands.github.gh import client
from reconciler.core import plan_json
from reconciler.core.errors import EndedEarly, ReconcilerError, StaleReview
from reconciler.core.outcome import Outcome, Result
from reconciler.outputs import Look, render
from reconciler.outputs._results import Applied, Failed, counted

if TYPE_CHECKING:
    from reconciler.core.model import Plan
    from reconciler.outputs._results import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """An apply's end; ``code`` None: it was lost on its way. ``plan`` is what is to be done now, ``text`` says it."""

    code: int | None
    report: Report | None
    plan: Plan | None
    text: str
    head: str | None

    @property
    def results(self) -> tuple[Result, ...]:
        """One for each action, where it came so far."""
        return self.report.results if isinstance(self.report, Applied) else ()

    @property
    def waits(self) -> bool:
        """Whether nothing is left but what carriers, or people in the tenant, owe, and what comes after that."""
        incomplete = [result for result in self.results if not result.outcome.good]
        owed = {result.target for result in incomplete if result.outcome.waits}
        return (
            self.code == EndedEarly.exit_code
            and bool(incomplete)
            and all(
                result.outcome.waits or (result.outcome is Outcome.BLOCKED and result.target in owed)
                for result in incomplete
            )
        )


def ended(tenant: str, log: str, reviewed: Path, out: Path, *, kept: bool) -> int:
    """Set the status, tell the pull requests, and give the job's exit code: it is good only where the log was kept."""
    gh = client()
    end = _read(out, log)
    pulls = _pulls(reviewed, log)
    unplanned = bool(end.plan and end.plan.actions) and _asked_for_all(end)
    good = kept and ((end.code == 0 and not unplanned) or end.waits)
    gh.send(
        "POST",
        f"statuses/{runner.needed('GITHUB_SHA')}",
        {
            "state": "success" if good else "failure",
            "context": statuses.context(tenant),
            "description": statuses.said(end.code, end.head),
            "target_url": runner.run_url(),
        },
    )
    if end.report is not None:
        runner.summarise(render(end.report, "markdown", Look()))
    for pull in pulls:
        there, told = posts.comments(gh, pull["number"]), _told(end, tenant, pull["why"])
        posts.comment(gh, pull["number"], f"apply {tenant}", told, among=there)
        if _shows_plan(end, unplanned=unplanned):
            fresh = _fresh(end, tenant)
            posts.comment(gh, pull["number"], f"fresh plan {tenant}", fresh, among=there)
    _annotate(end, tenant, unplanned=unplanned)
    return 0 if good else 1


def _pulls(reviewed: Path, log: str) -> list[dict[str, Any]]:
    """The pull requests to be told: those merged since the last apply, and earlier ones that this one went on with."""
    pulls: list[dict[str, Any]] = json.loads(runner.text_of(str(reviewed / "pulls.json")))
    known = {pull["number"] for pull in pulls}
    before = chain.read(str(reviewed.parent / "audit" / Path(log).name)).count
    ours = re.compile(
        re.escape(f"{runner.server()}/{runner.needed('GITHUB_REPOSITORY')}/pull/") + "([0-9]{1,9})"
    )
    with whole_log.reading(log) as files:
        for record in files.records:
            named = ours.fullmatch(str((record["review"] or {}).get("pull_request")))
            fresh = record["event"] == "outcome" and record["seq"] > before
            if fresh and named is not None and int(named[1]) not in known:
                known.add(int(named[1]))
                pulls.append({"number": int(named[1]), "why": ""})
    return pulls


def _read(out: Path, log: str) -> End:
    records = chain.read(log)
    code = audit_branch.code_in(str(out))
    if code is None:
        return End(code=None, report=None, plan=None, text="", head=records.head)
    plan = out / "plan.json"
    return End(
        code=code,
        report=_report(out / "applied.json"),
        plan=plan_files.read(str(plan)) if plan.is_file() else None,
        text=runner.text_of(str(out / "plan.md")) if (out / "plan.md").is_file() else "",
        head=records.head,
    )


def _report(file: Path) -> Report | None:
    """What `apply --format json` printed; None where it printed nothing."""
    text = runner.text_of(str(file)) if file.is_file() else ""
    if not text.strip():
        return None
    said: dict[str, Any] = json.loads(text)
    if "error" in said:
        return Failed(error=ReconcilerError(said["error"], findings=plan_json.findings_of(said["findings"])))
    return Applied(
        plan_digest=said["plan_digest"],
        audit_head=said["audit_head"],
        results=tuple(
            Result(**{**result, "outcome": Outcome(result["outcome"])}) for result in said["results"]
        ),
    )


def _asked_for_all(end: End) -> bool:
    """Whether what is left should have been done by now: not by a scheduled run, nor by one narrowed to targets."""
    return os.environ.get("GITHUB_EVENT_NAME") == "push" and not (end.plan and end.plan.targets)


def _shows_plan(end: End, *, unplanned: bool) -> bool:
    """Whether people are to look at what would be done now."""
    unreviewed = any(result.outcome is Outcome.UNREVIEWED for result in end.results)
    return bool(end.text) and (end.code == StaleReview.exit_code or unreviewed or unplanned)


def _told(end: End, tenant: str, why: str) -> str:
    """A pull request's comment: what came of the apply, and why its own plan did not count."""
    parts = [f"**{tenant}** · [run]({runner.run_url()})", ""]
    if why:
        parts += [f"Nothing was applied for this pull request: {why}", ""]
    if end.report is not None:
        parts.append(render(end.report, "markdown", Look()))
    elif end.code is None:
        parts.append(
            "The run was lost before it could say how it ended. The next apply goes on from the audit log."
        )
    return "\n".join(parts)


def _fresh(end: End, tenant: str) -> str:
    digest = end.plan.digest.removeprefix("sha256:") if end.plan is not None and end.plan.digest else ""
    return (
        f"**What would be done to {tenant} now.** To do it, open a pull request and have this plan reviewed in it, "
        f"or run the `apply` workflow by hand with the tenant `{tenant}`, a reason, and the digest\n\n"
        f"```text\n{digest}\n```\n\n{end.text}"
    )


def _annotate(end: End, tenant: str, *, unplanned: bool) -> None:
    if end.report is not None and not end.waits:
        sys.stdout.write(render(end.report, "github", Look()))
    if end.code is None:
        sys.stdout.write(f"::error title={tenant}::The apply was lost on its way. Run the workflow again.\n")
    elif end.waits:
        sys.stdout.write(f"::warning title={tenant}::Only what is pending or held is left.\n")
    elif unplanned and end.plan is not None:
        left = counted(len(end.plan.actions), "action")
        sys.stdout.write(f"::error title={tenant}::{left} that nobody reviewed: see the plan in this run.\n")
