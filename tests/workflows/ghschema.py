"""A repository as GitHub's GraphQL schema shows it, over what the hub keeps."""

from __future__ import annotations

import subprocess

_OPINIONS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


def root(state):
    """The object that a query begins at."""
    return {"__typename": "Query", "repository": lambda owner, name: _repository(state, f"{owner}/{name}")}


def _repository(state, full_name):
    if full_name != state["repository"]["full_name"]:
        return None
    return {
        "__typename": "Repository",
        "object": lambda oid: _commit(state, oid),
        "pullRequests": lambda **asked: _pulls(state, **asked),
    }


def _pulls(state, headRefName, first, states=None, orderBy=None):  # noqa: N803  GraphQL's own names
    found = [one for one in state["pulls"] if one["head"]["ref"] == headRefName]
    if states is not None:
        found = [one for one in found if one["state"].upper() == states]
    if orderBy not in (None, {"field": "UPDATED_AT", "direction": "DESC"}):
        raise NotImplementedError(orderBy)
    if orderBy is not None:
        found.sort(key=lambda one: one["updated_at"], reverse=True)
    return _connection("PullRequest", [_pull(state, one) for one in found], first)


def tip(state, ref):
    """The commit that a full ref stands at."""
    asked = ["git", "--git-dir", state["git"], "rev-parse", ref]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _connection(of, nodes, first):
    return {"__typename": f"{of}Connection", "nodes": nodes[:first], "totalCount": len(nodes)}


def _commit(state, oid):
    found = [one for one in state["pulls"] if oid in (*one["commits"], *one["landed"])]
    return {
        "__typename": "Commit",
        "oid": oid,
        "associatedPullRequests": lambda first: _connection(
            "PullRequest", [_pull(state, one) for one in found], first
        ),
    }


def _pull(state, pull):
    return {
        "__typename": "PullRequest",
        "number": pull["number"],
        "url": pull["html_url"],
        "merged": pull["merged_at"] is not None,
        "createdAt": pull["created_at"],
        "updatedAt": pull["updated_at"],
        "closedAt": pull["closed_at"],
        "baseRefName": pull["base"]["ref"],
        "headRefName": pull["head"]["ref"],
        "headRefOid": pull["head"]["sha"],
        "headRepository": {"__typename": "Repository", "nameWithOwner": pull["head"]["repo"]["full_name"]},
        "author": _actor(pull["user"]),
        "latestOpinionatedReviews": lambda first: _connection(
            "PullRequestReview", _reviews(state, pull["number"]), first
        ),
        "timelineItems": lambda itemTypes, last: _timeline(pull, itemTypes, last),  # noqa: N803
    }


def _reviews(state, number):
    """Each person's latest opinion."""
    latest = {}
    for review in state["reviews"]:
        if review["pull"] == number and review["state"] in _OPINIONS:
            latest[review["user"]["login"]] = review
    return [
        {
            "__typename": "PullRequestReview",
            "state": review["state"],
            "submittedAt": review["submitted_at"],
            "authorCanPushToRepository": login not in state["strangers"],
            "commit": {"__typename": "Commit", "oid": review["commit_id"]},
            "author": _actor(review["user"]),
        }
        for login, review in latest.items()
    ]


def _timeline(pull, kinds, last):
    known = {
        "BASE_REF_CHANGED_EVENT": "BaseRefChangedEvent",
        "AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT": "AutomaticBaseChangeSucceededEvent",
    }
    asked = [known[kind] for kind in kinds]
    nodes = [
        {"__typename": kind, "createdAt": when}
        for kind, when in pull.get("base_changed", [])
        if kind in asked
    ]
    return {"__typename": "PullRequestTimelineItemsConnection", "nodes": nodes[-last:]}


def _actor(user):
    return {"__typename": user["type"], "login": user["login"]}
