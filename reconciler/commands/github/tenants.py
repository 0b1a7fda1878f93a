"""Which tenants a run is for, and which of a workflow's jobs it needs."""

from __future__ import annotations

import json
import os
from difflib import get_close_matches
from typing import TYPE_CHECKING

from reconciler.commands._shared.tenants import TENANTS, listed
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import batches, runner
from reconciler.commands.github.plan import base_of
from reconciler.commands.github.touched import touched
from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.github.runner import Trigger


def tenants(only: str | None) -> None:
    """Set the step's outputs: the tenants in batches and as one list, and whether each of some jobs is needed."""
    event = runner.event(os.environ)
    found = chosen(listed(".") or {}, only)
    base = base_of(event)
    if base is not None:
        every, found = found, touched(found, base, "HEAD")
        Screen().say(f"Of {len(every)} tenants this change touches: {', '.join(found) or 'none'}.")
    batches.put_out(found)
    runner.output("tenants", json.dumps([{"tenant": name} for name in found]))
    scanning = os.environ.get("CODE_SCANNING", "").lower() == "true" and 0 < len(found) <= batches.MOST
    for job, wanted in jobs(event, code_scanning=scanning).items():
        runner.output(job, "true" if wanted else "false")


def chosen(listed: Mapping[str, str], only: str | None) -> Mapping[str, str]:
    """All tenants, or the one that is asked for by name."""
    if not listed:
        raise ReconcilerError(f"{TENANTS} names no tenant. Run `reconciler init`, or add one to the list.")
    if only is None:
        return listed
    if only not in listed:
        near = get_close_matches(only, listed, n=1)
        hint = f"; did you mean {near[0]}?" if near else f". It names {', '.join(sorted(listed))}."
        raise ReconcilerError(f"{TENANTS} names no tenant {only}{hint}")
    return {only: listed[only]}


def jobs(event: Trigger, *, code_scanning: bool) -> dict[str, bool]:
    """Which jobs of plan.yml are needed.

    A plan by hand is narrowed to its targets, so somebody else's broken template must not stand in its way. A fork's
    token can write neither comments nor findings. Code scanning is free for public repositories only: they say that it
    is on.
    """
    return {
        "validate": event.name not in {"workflow_dispatch", "schedule"},
        "comment": event.name == "pull_request" and not event.fork,
        "findings": code_scanning and not event.fork,
    }


def refuse_unmerged(event: Trigger) -> None:
    """ReconcilerError on a branch that nobody has merged. A scheduled run is always on the default branch."""
    if event.name != "schedule" and event.branch != event.default_branch:
        raise ReconcilerError(
            f"This run is on {event.branch}, and only what is merged into {event.default_branch} is applied. Run it "
            "again on that branch."
        )
