"""Merged pull requests with their reviews, asked for by the commits that they brought, fifty a call (GraphQL)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.commands.github.gh import Gh

_BATCH = 50
_FRAGMENTS = """
fragment Found on Commit { associatedPullRequests(first: 10) { nodes { ...Pull } } }
fragment Pull on PullRequest {
  number url merged baseRefName headRefName headRefOid
  headRepository { nameWithOwner }
  author { login }
  latestOpinionatedReviews(first: 100) {
    nodes { state submittedAt authorCanPushToRepository commit { oid } author { __typename login } }
  }
  timelineItems(itemTypes: [BASE_REF_CHANGED_EVENT], last: 1) {
    nodes { ... on BaseRefChangedEvent { createdAt } }
  }
}
"""
_TWINS = "fragment Twins on PullRequestConnection { nodes { number baseRefName headRefOid } }"


def merged_in(gh: Gh, commits: Sequence[str], branch: str) -> tuple[str | None, tuple[dict[str, Any], ...]]:
    """The branch's tip, and the pull requests that brought these commits to it, by number: merged, squashed or rebased.

    Each as GitHub tells it (the fragment ``Pull``), and ``twin``: the number of another pull request that takes the
    same commit of the same branch elsewhere, or None.
    """
    found: dict[int, dict[str, Any]] = {}
    tip = None
    for first in range(0, max(1, len(commits)), _BATCH):
        tip, pulls = _asked(gh, commits[first : first + _BATCH], branch)
        for pull in pulls:
            if pull["merged"] and pull["baseRefName"] == branch:
                found[int(pull["number"])] = pull
    twins = _twins(gh, tuple(found.values()), branch)
    return tip, tuple({**found[number], "twin": twins.get(number)} for number in sorted(found))


def _asked(gh: Gh, commits: Sequence[str], branch: str) -> tuple[str | None, list[dict[str, Any]]]:
    """The branch's tip, and the pull requests of so many commits as one call takes."""
    ref = json.dumps(f"refs/heads/{branch}")
    asked = [f'c{number}: object(oid: "{commit}") {{ ...Found }}' for number, commit in enumerate(commits)]
    fragments = _FRAGMENTS if commits else ""
    answer = gh.graphql(f"tip: ref(qualifiedName: {ref}) {{ target {{ oid }} }} {' '.join(asked)}", fragments)
    tip = answer.pop("tip") or {"target": {"oid": None}}
    found = [(commit or {}).get("associatedPullRequests") or {"nodes": []} for commit in answer.values()]
    return tip["target"]["oid"], [pull for each in found for pull in each["nodes"]]


def _twins(gh: Gh, pulls: Sequence[dict[str, Any]], branch: str) -> dict[int, int]:
    """Each pull request's twin: there the same commit ran with another branch's workflow."""
    asked = [
        f"p{pull['number']}: pullRequests(headRefName: {json.dumps(pull['headRefName'])}, first: 100) {{ ...Twins }}"
        for pull in pulls
    ]
    answer = gh.graphql(" ".join(asked), _TWINS) if asked else {}
    return {
        pull["number"]: twin["number"]
        for pull in pulls
        for twin in answer[f"p{pull['number']}"]["nodes"]
        if twin["headRefOid"] == pull["headRefOid"] and twin["baseRefName"] != branch
    }
