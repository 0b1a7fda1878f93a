"""Merged pull requests, and whether the plan that their reviewers saw counts as reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.commands.github import artifacts
from reconciler.commands.github.gh import GitHubError
from reconciler.core.errors import BadPlanFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.commands.github.gh import Gh

_WRITERS = frozenset({"admin", "write"})
_UNKNOWN = 404
_DECIDES = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merged pull request. ``plan`` is the plan file that counts; where none does, ``why`` says so."""

    number: int
    url: str
    plan: bytes | None = None
    why: str = ""
    approvers: tuple[str, ...] = ()
    run: str | None = None


def merged_in(gh: Gh, commits: Sequence[str], branch: str, tenant: str) -> tuple[Merged, ...]:
    """The pull requests that brought these commits to the branch, by number: merged, squashed or rebased."""
    found: dict[int, dict[str, Any]] = {}
    for commit in commits:
        for pull in gh.pages(f"commits/{commit}/pulls"):
            if pull.get("merged_at") and (pull.get("base") or {}).get("ref") == branch:
                found[int(pull["number"])] = pull
    return tuple(_judged(gh, found[number], tenant) for number in sorted(found))


def _judged(gh: Gh, pull: dict[str, Any], tenant: str) -> Merged:
    """With its plan, if it counts: approved at the last head, by somebody else who may write, and planned there."""
    number, url, head = int(pull["number"]), str(pull.get("html_url")), str(pull["head"]["sha"])

    def without(why: str) -> Merged:
        return Merged(number=number, url=url, why=why)

    if (pull["head"].get("repo") or {}).get("full_name") != gh.repository:
        return without("It came from a fork, where no plan is made that counts.")
    approvers = tuple(_approvers(gh, number, head, str((pull.get("user") or {}).get("login"))))
    if not approvers:
        return without(f"Nobody with write access but its author has approved its last commit ({head[:12]}).")
    run = artifacts.reviewed_run(gh, head)
    if run is None:
        return without(f"No run of {artifacts.WORKFLOW} has ended well at its last commit ({head[:12]}).")
    artifact = artifacts.of_run(gh, run, f"plan-{tenant}")
    if artifact is None or artifact.get("expired"):
        return without(f"The plan that was reviewed ({run.get('html_url')}) is no longer kept.")
    try:
        plan = artifacts.plan_in(gh, artifact)
    except BadPlanFile as flaw:
        return without(flaw.message)
    return Merged(number=number, url=url, plan=plan, approvers=approvers, run=str(run.get("html_url")))


def _approvers(gh: Gh, number: int, head: str, author: str) -> Iterator[str]:
    """The people whose last word is an approval of this very commit; neither the author nor a bot.

    They may write to the repository: in a public one anybody may approve.
    """
    last: dict[str, dict[str, Any]] = {}
    for review in gh.pages(f"pulls/{number}/reviews"):
        user = review.get("user") or {}
        if review.get("state") in _DECIDES and user.get("type") == "User" and user.get("login") != author:
            last[str(user.get("login"))] = review
    for login, review in sorted(last.items()):
        if review.get("state") == "APPROVED" and review.get("commit_id") == head and _may_write(gh, login):
            yield login


def _may_write(gh: Gh, login: str) -> bool:
    """Whether GitHub lets this person write here. ``maintain`` is told as ``write``; a user that is gone, as 404."""
    try:
        answer = gh.get(f"collaborators/{quote(login, safe='')}/permission")
    except GitHubError as failure:
        if failure.status == _UNKNOWN:
            return False
        raise
    return isinstance(answer, dict) and answer.get("permission") in _WRITERS
