"""Whether the plan that a merged pull request's reviewers saw counts as reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.commands.github import artifacts
from reconciler.core.errors import BadPlanFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.commands.github.artifacts import PlanArtifact
    from reconciler.commands.github.gh import Gh


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merged pull request. ``plan`` is the plan file that counts; where none does, ``why`` says so."""

    number: int
    url: str
    plan: bytes | None = None
    why: str = ""
    approvers: tuple[str, ...] = ()
    run: str | None = None


class _DoesNotCountError(Exception):
    """Why no plan of a pull request counts."""


def judged(gh: Gh, pull: dict[str, Any], tenant: str) -> Merged:
    """With its plan, if it counts: approved at the last head, by somebody else who may write, after it was planned.

    ``pull`` is as `github merged` wrote it: GitHub's fields, its runs, and what these kept.
    """
    number, url = int(pull["number"]), str(pull["url"])
    try:
        approvals = _approved(gh, pull)
        first = _first_run(pull)
        plans = _kept(pull, tenant)
        plan, approvers = _covered(gh, plans, _without_pusher(approvals, first))
    except _DoesNotCountError as why:
        return Merged(number=number, url=url, why=str(why))
    except BadPlanFile as flaw:
        return Merged(number=number, url=url, why=flaw.message)
    return Merged(number=number, url=url, plan=plan, approvers=approvers, run=plans[-1].run)


def _approved(gh: Gh, pull: dict[str, Any]) -> dict[str, str]:
    """When who approved."""
    if (pull["headRepository"] or {}).get("nameWithOwner") != gh.repository:
        raise _DoesNotCountError("It came from a fork, where no plan is made that counts.")
    approvals = dict(_approvals(pull))
    if not approvals:
        raise _DoesNotCountError(
            f"Nobody with write access but its author has approved its last commit ({pull['headRefOid'][:12]})."
        )
    return approvals


def _approvals(pull: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(who, when) of each person whose latest opinion is an approval of the last commit; not the author, no bot.

    They may write to the repository: in a public one anybody may approve.
    """
    author = (pull["author"] or {}).get("login")
    for review in pull["latestOpinionatedReviews"]["nodes"]:
        who = review["author"] or {}
        if (
            review["state"] == "APPROVED"
            and (review["commit"] or {}).get("oid") == pull["headRefOid"]
            and review["authorCanPushToRepository"]
            and who.get("__typename") == "User"
            and who["login"] != author
        ):
            yield str(who["login"]), str(review["submittedAt"])


def _first_run(pull: dict[str, Any]) -> dict[str, Any]:
    """The first run at the last commit, however it ended, which its push has started; another has ended well."""
    if pull["twin"] is not None:
        raise _DoesNotCountError(
            f"{pull['twin']} the same branch elsewhere while this one was open, and for which of the two a plan was "
            "made cannot be told. Close that one, and propose the branch anew."
        )
    if all(run["conclusion"] != "success" for run in pull["runs"]):
        raise _DoesNotCountError(
            f"No run of {artifacts.WORKFLOW} has ended well at its last commit ({pull['headRefOid'][:12]})."
        )
    first: dict[str, Any] = pull["runs"][0]
    return first


def _without_pusher(approvals: Mapping[str, str], first: dict[str, Any]) -> dict[str, str]:
    """The approvals of others than the one whose push the first run at the last commit was for."""
    pusher = first["actor"]
    others = {who: when for who, when in approvals.items() if who != pusher}
    if not others:
        raise _DoesNotCountError(
            f'Only {pusher} has approved it, who pushed its last commit, or pressed "Update branch". Have somebody '
            "else approve it, or its author push again and then approve."
        )
    return others


def _kept(pull: dict[str, Any], tenant: str) -> tuple[PlanArtifact, ...]:
    """The plans; what was planned before the pull request was pointed at another branch was planned for that one."""
    changed = max((str(event["createdAt"]) for event in pull["timelineItems"]["nodes"]), default="")
    plans = artifacts.plans_of(pull, tenant, since=changed)
    if not plans:
        raise _DoesNotCountError(
            f"The plan that was reviewed ({pull['runs'][-1]['html_url']}) is no longer kept."
        )
    return plans


def _covered(
    gh: Gh, plans: Sequence[PlanArtifact], approvals: Mapping[str, str]
) -> tuple[bytes, tuple[str, ...]]:
    """The newest plan, and who approved what it says: the newest plan that was there at the approval has its digest.

    GitHub's times are whole seconds: a plan made in the second of an approval was not seen by it.
    """
    newest = artifacts.plan_in(gh, plans[-1].artifact)
    digest = artifacts.digest_of(newest)
    digests = {plans[-1].id: digest}
    approvers = []
    for who, when in sorted(approvals.items()):
        seen = next((plan for plan in reversed(plans) if plan.made < when), None)
        if seen is not None and seen.id not in digests:
            digests[seen.id] = artifacts.digest_of(artifacts.plan_in(gh, seen.artifact))
        if seen is not None and digests[seen.id] == digest:
            approvers.append(who)
    if not approvers:
        raise _DoesNotCountError("Planned anew since the approval: approve again.")
    return newest, tuple(approvers)
