"""A plan that is named by its digest, or a log to be begun anew: shown, let through, and only then done."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands.github import artifacts, own, runner
from reconciler.commands.github.gh import client
from reconciler.core.errors import ReconcilerError, UsageProblem
from reconciler.outputs._marks import fenced
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from reconciler.commands.github.gh import Gh

_LARGEST_SUMMARY = 2**20
"""GitHub shows nothing of a step's summary that is larger (workflow commands, "Adding a job summary")."""

_PLAN, _RUN = "plan.json", "run"


def environment(tenant: str) -> str:
    """The environment whose reviewers let a run by hand through."""
    return f"{tenant}-by-hand"


def show_plan(tenant: str, digest: str, reason: str | None, targets: str | None, folder: Path) -> None:
    """Put the whole plan with this digest into the job's summary, and its file into ``folder``."""
    whole = _whole(digest)
    found = artifacts.by_digest(client(), tenant, runner.needed("GITHUB_REF_NAME"), whole)
    if found is None:
        raise ReconcilerError(
            f"No plan of {tenant} that a run on {runner.needed('GITHUB_REF_NAME')} has made and that is still kept has "
            f"the digest {whole}. Run the plan workflow by hand, look at its plan, and take that digest."
        )
    text, run = found
    (folder / _PLAN).write_bytes(text)
    (folder / _RUN).write_text(run, encoding="utf-8")
    _, said = own.kept("show", str(folder / _PLAN), "--format", "text")
    narrowed = f"only {targets}" if targets else "all of it"
    _show(f"To be applied to {tenant}: {narrowed}", [said, f"{run}\n{whole}", reason or ""])


def show_new_log(tenant: str, log: str, reason: str | None) -> None:
    """Say in the job's summary what is to be put aside."""
    file = Path(log)
    there = f"{file.stat().st_size} bytes of it are put aside" if file.is_file() else "no file is there"
    _show(f"The audit log of {tenant} is to be begun anew: {there}", [reason or ""])


def _show(title: str, parts: list[str]) -> None:
    """Each part in a block of its own, so that nothing in one hides another."""
    blocks = [fenced("text", [visible(line) for line in part.splitlines()]) for part in parts if part]
    text = "\n\n".join([f"## {title}", *("\n".join(block) for block in blocks)]) + "\n"
    if len(text.encode()) > _LARGEST_SUMMARY:
        raise ReconcilerError(
            f"The plan is larger than {_LARGEST_SUMMARY // 2**20} MiB as text, of which GitHub shows nothing, and what "
            "nobody can read nobody can let through. Make plans of fewer targets."
        )
    runner.summarise(text)


def let_through(gh: Gh, tenant: str) -> tuple[str, ...]:
    """Who let this run through. ReconcilerError where nobody but who started it did, and for a second attempt.

    GitHub asks the environment's reviewers once a run: jobs after that may be run again without them.
    """
    if runner.needed("GITHUB_RUN_ATTEMPT") != "1":
        raise ReconcilerError("A run by hand was let through once, and is not run again: start a new one.")
    started = {os.environ.get("GITHUB_ACTOR"), os.environ.get("GITHUB_TRIGGERING_ACTOR")}
    approvals = gh.get(f"actions/runs/{runner.needed('GITHUB_RUN_ID')}/approvals")
    who = {
        str((each.get("user") or {}).get("login"))
        for each in (approvals if isinstance(approvals, list) else ())
        if each.get("state") == "approved"
        and (each.get("user") or {}).get("type") == "User"
        and environment(tenant) in {str(one.get("name")).lower() for one in each.get("environments") or ()}
    } - started
    if not who:
        raise ReconcilerError(
            f"Nobody but who started this run has let it through. The environment {environment(tenant)} needs required "
            "reviewers, and `prevent self-review`: `reconciler init` says how. Nothing was recorded."
        )
    return tuple(sorted(who))


def plan_shown(folder: str, digest: str) -> tuple[bytes, str]:
    """The plan file that was shown in this run, and the page of the run that made it."""
    try:
        plan = Path(folder, _PLAN).read_bytes()
    except OSError:
        plan = b""
    if not plan or artifacts.digest_of(plan) != _whole(digest):
        raise ReconcilerError("The plan with this digest was not shown in this run: start a new one.")
    return plan, runner.text_of(str(Path(folder, _RUN)))


def review_of(run: str, approvers: tuple[str, ...], reason: str | None) -> str:
    """What the audit log says of the review (RECONCILER_REVIEW)."""
    asserted = {"approvers": list(approvers), "run": run, **({"reason": reason} if reason else {})}
    return json.dumps(asserted) + "\n"


def _whole(digest: str) -> str:
    whole = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    if len(whole) != len("sha256:") + 64:
        raise UsageProblem(f"--digest {digest!r} is not whole: by hand all 64 hexadecimal digits are needed.")
    return whole
