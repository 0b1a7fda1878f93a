"""Comments and issues that are found again by a hidden mark, so that there is one of each, kept up to date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.commands.github.statuses import BOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.commands.github.gh import Gh

_NOT_IN_A_MARK = re.compile(r"[^A-Za-z0-9 ._-]")


def marked(about: str, text: str) -> str:
    """The text under its mark, a comment of HTML that nobody sees."""
    return f"{_mark(about)}\n{text}"


def comments(gh: Gh, number: int) -> tuple[dict[str, Any], ...]:
    """What stands under the pull request."""
    return tuple(gh.pages(f"issues/{number}/comments"))


def comment(
    gh: Gh,
    number: int,
    about: str,
    text: str,
    *,
    among: Iterable[dict[str, Any]],
    only_update: bool = False,
) -> None:
    """The pull request's one comment about something: written, or brought up to date in its place ``among`` others."""
    there = _ours(among, about)
    body = {"body": marked(about, text)}
    if there is not None:
        gh.send("PATCH", f"issues/comments/{there['id']}", body)
    elif not only_update:
        gh.send("POST", f"issues/{number}/comments", body)


def open_issue(gh: Gh, about: str, title: str, text: str) -> int:
    """The one issue about something, opened, opened again, or brought up to date; its number."""
    there = _issue(gh, about)
    body = {"title": title, "body": marked(about, text)}
    if there is None:
        return int(gh.send("POST", "issues", body)["number"])
    gh.send("PATCH", f"issues/{there['number']}", {**body, "state": "open"})
    return int(there["number"])


def close_issue(gh: Gh, about: str, text: str) -> int | None:
    """Close the issue if it is open, with a last word; its number."""
    there = _issue(gh, about)
    if there is None or there.get("state") != "open":
        return None
    gh.send("POST", f"issues/{there['number']}/comments", {"body": text})
    gh.send("PATCH", f"issues/{there['number']}", {"state": "closed"})
    return int(there["number"])


def _issue(gh: Gh, about: str) -> dict[str, Any] | None:
    return _ours(gh.pages("issues?state=all&creator=app/github-actions"), about)


def _ours(items: Iterable[dict[str, Any]], about: str) -> dict[str, Any] | None:
    """The first that begins with the mark and is a workflow's: anybody may write such a mark."""
    return next(
        (
            item
            for item in items
            if str(item.get("body") or "").startswith(_mark(about))
            and (item.get("user") or {}).get("login") == BOT
        ),
        None,
    )


def _mark(about: str) -> str:
    return f"<!-- reconciler: {_NOT_IN_A_MARK.sub('-', about)} -->"
