"""Merged pull requests with their reviews, asked for by the commits that they brought, fifty a call (GraphQL)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.commands.github.gh import Gh

_BATCH = 50
_MOST_TWINS = 100
_FRAGMENTS = """
fragment Found on Commit { associatedPullRequests(first: 10) { nodes { ...Pull } } }
fragment Pull on PullRequest {
  number url merged createdAt baseRefName headRefName headRefOid
  headRepository { nameWithOwner }
  author { login }
  latestOpinionatedReviews(first: 100) {
    nodes { state submittedAt authorCanPushToRepository commit { oid } author { __typename login } }
  }
  timelineItems(itemTypes: [BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT], last: 1) {
    nodes { ... on BaseRefChangedEvent { createdAt } ... on AutomaticBaseChangeSucceededEvent { createdAt } }
  }
}
"""
_TWINS = "fragment Twins on PullRequestConnection { nodes { number updatedAt closedAt } }"


def merged_in(
    gh: Gh, commits: Sequence[str], branch: str
) -> tuple[dict[str, list[int]], tuple[dict[str, Any], ...]]:
    """The pull requests that brought these commits to the branch (merged, squashed or rebased): numbers by commit.

    And each, by number, as GitHub tells it (the fragment ``Pull``), with ``twin``: the words for another pull request
    of the same branch that was open at the same time, or None.
    """
    by_commit: dict[str, list[int]] = {}
    found: dict[int, dict[str, Any]] = {}
    for first in range(0, len(commits), _BATCH):
        for commit, pulls in _asked(gh, commits[first : first + _BATCH]).items():
            into = [pull for pull in pulls if pull["merged"] and pull["baseRefName"] == branch]
            by_commit[commit] = [int(pull["number"]) for pull in into]
            found |= {int(pull["number"]): pull for pull in into}
    twins = _twins(gh, found)
    return by_commit, tuple({**found[number], "twin": twins[number]} for number in sorted(found))


def _asked(gh: Gh, commits: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The pull requests of so many commits as one call takes."""
    asked = [f'c{number}: object(oid: "{commit}") {{ ...Found }}' for number, commit in enumerate(commits)]
    answer = gh.graphql(" ".join(asked), _FRAGMENTS)
    found = [
        (answer[f"c{number}"] or {}).get("associatedPullRequests") or {"nodes": []}
        for number in range(len(commits))
    ]
    return {commit: each["nodes"] for commit, each in zip(commits, found, strict=True)}


def _twins(gh: Gh, pulls: Mapping[int, dict[str, Any]]) -> dict[int, str | None]:
    """Each pull request's twin: the same commits ran there with the workflow of whatever branch it was for."""
    found: dict[int, str | None] = {}
    numbers = sorted(pulls)
    for first in range(0, len(numbers), _BATCH):
        some = numbers[first : first + _BATCH]
        answer = gh.graphql(" ".join(_of_branch(pulls[number]) for number in some), _TWINS)
        for number in some:
            others = [*answer[f"open{number}"]["nodes"], *answer[f"last{number}"]["nodes"]]
            found[number] = _twin(pulls[number], others)
    return found


def _of_branch(pull: dict[str, Any]) -> str:
    """What is asked of a branch: an open pull request, and those that something was last done to."""
    of, number = f"headRefName: {json.dumps(pull['headRefName'])}", pull["number"]
    last = f"first: {_MOST_TWINS}, orderBy: {{field: UPDATED_AT, direction: DESC}}"
    return (
        f"open{number}: pullRequests({of}, states: OPEN, first: 1) {{ ...Twins }} "
        f"last{number}: pullRequests({of}, {last}) {{ ...Twins }}"
    )


def _twin(pull: dict[str, Any], others: Sequence[dict[str, Any]]) -> str | None:
    """One that was closed before this one was opened is none: its runs are older."""
    for other in others:
        closed = other["closedAt"]
        if other["number"] != pull["number"] and (closed is None or closed >= pull["createdAt"]):
            return f"#{other['number']} took"
    more = len(others) >= _MOST_TWINS and others[-1]["updatedAt"] >= pull["createdAt"]
    return f"One of more than {_MOST_TWINS} pull requests may have taken" if more else None
