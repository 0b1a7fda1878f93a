"""A tenant's plan in a workflow: for a pull request, where it is shown, by hand, or to look for drift."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands._shared.tenants import listed
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import own, posts, runner
from reconciler.commands.github.gh import client
from reconciler.core.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.github.runner import Trigger

_LEFT = "this pull request does not touch it any more."
_GOOD = frozenset({0, 2})
"""Exit codes of a plan that was made: nothing to do, something to do."""


def plan(tenant: str, templates: str, log: str, out: str, targets: str | None) -> int:
    """Plan with the tenant, or where there are no credentials compare with the base alone; the job's exit code.

    What is said goes into the job's summary. ``out`` is a new folder. A plan with the tenant leaves ``plan.json``,
    ``plan.md``, ``code`` (the plan's exit code) and ``began`` (when) there. Without credentials it stays empty: nothing
    may be taken for reviewed that the tenant was not asked for.
    """
    folder = runner.new_folder(out)
    base = base_of(runner.event(os.environ))
    if not has_credentials(os.environ):
        return _offline(tenant, templates, base)
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    (folder / "began").write_text(began, encoding="utf-8")
    code = save(words(templates, log, base=base, targets=targets), folder, "--detailed-exitcode")
    (folder / "code").write_text(str(code), encoding="utf-8")
    runner.summarise((folder / "plan.md").read_text(encoding="utf-8"))
    if (folder / "plan.json").is_file():
        own.told("show", str(folder / "plan.json"), "--format", "github")
    return 0 if code in _GOOD else code


def comment(pull: int, found: str, touched: str) -> None:
    """Write or update each tenant's comment with the plan that is in ``said-TENANT``.

    Without credentials there is no plan to show. One with nothing to do only updates a comment that is there, and a
    tenant that is not ``touched`` (JSON of the matrix) any more has its comment say so.
    """
    folders = [folder for folder in sorted(Path(found).glob("said-*")) if (folder / "plan.md").is_file()]
    names = {str(one["tenant"]) for one in json.loads(touched)}
    left = [name for name in listed(".") or {} if name not in names]
    if not folders and names:
        Screen().say("No plan was made with a tenant: nothing to show.")
        return
    gh = client()
    there = posts.comments(gh, pull)
    for folder in folders:
        nothing = runner.text_of(str(folder / "code")).strip() == "0"
        about, text = f"plan {folder.name.removeprefix('said-')}", runner.text_of(str(folder / "plan.md"))
        posts.comment(gh, pull, about, text, among=there, only_update=nothing)
    for name in left:
        posts.comment(gh, pull, f"plan {name}", f"**{name}**: {_LEFT}", among=there, only_update=True)


def save(options: tuple[str, ...], folder: Path, *more: str) -> int:
    """Plan into ``plan.json``, and what it says, or why there is none, into ``plan.md``; the plan's exit code."""
    file = str(folder / "plan.json")
    code, said = own.kept("plan", *options, *more, "--out", file, "--format", "markdown")
    (folder / "plan.md").write_text(said, encoding="utf-8")
    return code


def words(
    templates: str, log: str, *, base: str | None = None, targets: str | None = None
) -> tuple[str, ...]:
    """The options of a plan or an apply of a tenant. A lost log is never taken for that of a first run."""
    return (
        *("--templates", templates, "--audit-log", log, "--require-audit-log"),
        *(("--base-ref", base) if base is not None else ()),
        *(word for target in (targets or "").split() for word in ("--target", target)),
    )


def base_of(event: Trigger) -> str | None:
    """What a proposed change is compared with; None where nothing is proposed, by hand and on a schedule."""
    if event.name not in {"pull_request", "merge_group"}:
        return None
    return f"origin/{event.into or event.default_branch}"


def has_credentials(environ: Mapping[str, str]) -> bool:
    """Whether GitHub gave the job the environment's secrets: a fork and Dependabot get none."""
    return bool(environ.get("CXONE_CLIENT_ID") and environ.get("CXONE_CLIENT_SECRET"))


def _offline(tenant: str, templates: str, base: str | None) -> int:
    if base is None:
        raise CredentialsError(
            f"There are no credentials. Set CXONE_CLIENT_ID and CXONE_CLIENT_SECRET in the environment {tenant}-plan."
        )
    code, said = own.kept(
        "plan", "--offline", "--base-ref", base, "--templates", templates, "--format", "markdown"
    )
    runner.summarise(said)
    return code
