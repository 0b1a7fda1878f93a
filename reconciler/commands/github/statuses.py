"""How each apply ended, kept as a commit status: its exit code, and the head that the next one must find in the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.commands.github.gh import Gh

BOT = "github-actions[bot]"
"""Who a workflow is to GitHub: what anybody else has written counts for nothing."""

_SAID = re.compile(r"exit ([0-9]{1,3}|lost)(?:; audit head (sha256:[0-9a-f]{64}))?")
_DONE = frozenset({"0", "3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LastApply:
    """What the statuses of a branch tell. ``newer`` are its commits since the last apply that ended 0 or 3.

    They stand newest first. ``head`` is the audit log's after the last apply of all, None where there is none.
    """

    newer: tuple[str, ...]
    head: str | None


def context(tenant: str) -> str:
    """The status's name."""
    return f"reconciler/{tenant}"


def said(code: int | None, head: str | None) -> str:
    """The status's description, of at most 140 characters: exit code and head of the log."""
    ending = f"exit {code if code is not None else 'lost'}"
    return f"{ending}; audit head {head}" if head is not None else ending


def last_apply(gh: Gh, tenant: str, commits: Sequence[str]) -> LastApply:
    """Ask commit by commit, newest first, until one tells of an apply that ended 0 or 3.

    Where none does: the commits since the oldest apply that was tried, or the newest commit alone.
    """
    newest: re.Match[str] | None = None
    oldest = 0
    for number, commit in enumerate(commits):
        endings = _endings(gh, tenant, commit)
        # The newest alone tells the head: one that tells none left an empty log, begun anew, and the heads before it
        # are those of the log that was lost.
        newest = newest or next(iter(endings), None)
        if any(found[1] in _DONE for found in endings):
            return LastApply(newer=tuple(commits[:number]), head=newest and newest[2])
        oldest = number if endings else oldest
    return LastApply(newer=tuple(commits[: oldest + 1]), head=newest and newest[2])


def _endings(gh: Gh, tenant: str, commit: str) -> list[re.Match[str]]:
    """What this tenant's statuses of a commit say, newest first."""
    return [
        found
        for status in gh.pages(f"commits/{commit}/statuses")
        if status.get("context") == context(tenant)
        and (status.get("creator") or {}).get("login") == BOT
        and (found := _SAID.fullmatch(str(status.get("description")))) is not None
    ]
