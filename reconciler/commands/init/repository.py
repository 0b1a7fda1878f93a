"""A checkout and its origin, as git knows them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.commands._shared import git
from reconciler.commands._shared.git import AUDIT_BRANCH
from reconciler.commands._shared.home import home
from reconciler.core.errors import ReconcilerError
from reconciler.core.urls import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.commands._shared.home import Home

_SECONDS = 20
_HEADS = "refs/heads/"
_ARTIFACTS = re.compile(r"(?:.+\.)?github\.com|.+\.ghe\.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """``top`` is the working tree's folder. ``audit`` is the commit of the audit log's branch on origin.

    ``branch`` is the one that is checked out, None for a commit alone.
    """

    top: str
    branch: str | None
    default_branch: str
    origin: bool
    home: Home | None
    audit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """What origin itself says: its default branch, and where the audit log's branch is."""

    default_branch: str | None = None
    audit: str | None = None


def look(folder: str) -> Repository:
    """The repository whose top ``folder`` is. ReconcilerError where it is none, or the audit log's branch is out."""
    top = _top(folder)
    branch = _short(git.asked(top, "symbolic-ref", "--quiet", "HEAD"))
    if branch == AUDIT_BRANCH:
        raise ReconcilerError(
            f"{AUDIT_BRANCH} is checked out here, and it holds the audit logs and nothing else. Check out the branch "
            "that the workflows are to be on."
        )
    url = git.asked(top, "remote", "get-url", "origin")
    origin = _origin(top) if url is not None else _Origin()
    return Repository(
        top=top,
        branch=branch,
        default_branch=origin.default_branch or _default_branch(top, branch),
        origin=url is not None,
        home=home(top, url),
        audit=origin.audit,
    )


def refuse_server(place: Home | None) -> None:
    """ReconcilerError where the workflows cannot run on the server, whatever is laid down.

    Artifacts of version 4, which carry the plans, are for github.com and GHE.com alone, not for GitHub Enterprise
    Server (README of actions/upload-artifact). A name without a dot is one of ssh's configuration, and says nothing.
    """
    if place is None or "." not in place.host or is_loopback(place.host) or _ARTIFACTS.fullmatch(place.host):
        return
    raise ReconcilerError(
        f"The workflows cannot run on {place.host}: they hand plans on as artifacts (actions/upload-artifact 7 and "
        "download-artifact 8), which github.com and GHE.com have, and GitHub Enterprise Server has not. Nothing was "
        "written. Use a repository on one of these; `reconciler validate`, `plan` and `apply` run anywhere."
    )


def ignored(top: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths that git ignores."""
    given = "\0".join(paths).encode()
    answer = git.run(top, "check-ignore", "-z", "--stdin", given=given).stdout
    return frozenset(answer.decode("utf-8", "surrogateescape").split("\0")) - {""}


def uncommitted(top: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths that are not in the last commit as they are here."""
    words = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *paths)
    entries = git.run(top, "status", *words).stdout.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(entry[3:] for entry in entries if entry)


def _top(folder: str) -> str:
    if not os.path.isdir(folder):
        raise ReconcilerError(f"Not a folder: {folder}. Make it, run `git init` in it, then this.")
    done = git.run(folder, "rev-parse", "--show-toplevel")
    if b"not a git repository" in done.stderr:
        raise ReconcilerError(
            f"Not in a git repository: {os.path.abspath(folder)}. Run `git init` there first, then `reconciler init`."
        )
    if done.returncode != 0:
        raise ReconcilerError(f"Nothing can be created in {folder}: {git.complaint(done)}.")
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def _origin(top: str) -> _Origin:
    """Asked over the network, for so many seconds; what it said last, where it does not answer."""
    try:
        done = git.run(
            top, "ls-remote", "--symref", "origin", "HEAD", f"{_HEADS}{AUDIT_BRANCH}", seconds=_SECONDS
        )
        answer = done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
    except ReconcilerError:
        answer = None
    if answer is None:
        head = git.asked(top, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        tip = git.asked(top, "rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{AUDIT_BRANCH}")
        return _Origin(default_branch=head and head.removeprefix("refs/remotes/origin/"), audit=tip)
    found: dict[str, str] = {}
    for line in answer.splitlines():
        value, _, name = line.partition("\t")
        found.setdefault(name, value)  # HEAD comes twice: first what it stands for
    head = found.get("HEAD", "")
    return _Origin(
        default_branch=_short(head.removeprefix("ref: ")) if head.startswith("ref: ") else None,
        audit=found.get(f"{_HEADS}{AUDIT_BRANCH}"),
    )


def _default_branch(top: str, branch: str | None) -> str:
    """Without a word from origin: the one of the two usual names that is there, else what is checked out."""
    usual = ("main", "master")
    there = [
        name
        for name in usual
        if git.asked(top, "rev-parse", "--verify", "--quiet", f"{_HEADS}{name}") is not None
    ]
    return there[0] if len(there) == 1 else branch or usual[0]


def _short(ref: str | None) -> str | None:
    return None if ref is None else ref.removeprefix(_HEADS)
