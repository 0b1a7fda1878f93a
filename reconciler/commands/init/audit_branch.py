"""The audit log's branch, made: one empty file a tenant, without a look at working tree or index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.commands._shared import git
from reconciler.commands._shared.git import AUDIT_BRANCH

if TYPE_CHECKING:
    from collections.abc import Sequence

_REF = f"refs/heads/{AUDIT_BRANCH}"
_TRACKED = f"refs/remotes/origin/{AUDIT_BRANCH}"
_NOBODY = ("-c", "user.name=reconciler", "-c", "user.email=reconciler@localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The branch ``was`` made, extended or kept; ``pushed``: origin has it as it is here."""

    was: str
    pushed: bool


def make(top: str, tenants: Sequence[str], on_origin: str | None) -> Made:
    """See that each tenant has a file on the branch. ``on_origin`` is its commit there, if it is there.

    What origin has counts where it is ahead. Nothing is pushed, and no file is ever taken away or changed.
    """
    local = git.asked(top, "rev-parse", "--verify", "--quiet", _REF)
    remote = _fetched(top, on_origin)
    tip = remote if remote is not None and (local is None or _is_in(top, local, remote)) else local
    entries = git.said(top, "ls-tree", "-z", tip).split("\0") if tip is not None else []
    there = {entry.partition("\t")[2] for entry in entries}
    new = [f"{tenant}.jsonl" for tenant in tenants if f"{tenant}.jsonl" not in there]
    if tip is not None and not new:
        return Made(was="kept", pushed=tip == remote)
    empty = git.said(top, "hash-object", "-w", "--stdin")
    lines = [*filter(None, entries), *(f"100644 blob {empty}\t{name}" for name in new)]
    tree = git.said(top, "mktree", "-z", given="".join(f"{line}\0" for line in lines).encode())
    commit = _commit(top, tree, tip, "Begin the audit log" + ("" if len(new) == 1 else "s"), new)
    # The old value is what was looked at: a branch that somebody has moved meanwhile is left alone.
    git.said(top, "update-ref", "-m", "reconciler init", _REF, commit, local or "")
    return Made(was="made" if tip is None else "extended", pushed=False)


def _fetched(top: str, on_origin: str | None) -> str | None:
    """Origin's commit, after a fetch where it is not here yet."""
    if on_origin is not None and git.asked(top, "cat-file", "-t", on_origin) is None:
        git.said(
            top, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin", f"+{_REF}:{_TRACKED}"
        )
    return on_origin


def _is_in(top: str, older: str, newer: str) -> bool:
    return git.run(top, "merge-base", "--is-ancestor", older, newer).returncode == 0


def _commit(top: str, tree: str, parent: str | None, subject: str, names: Sequence[str]) -> str:
    """A commit by whoever git knows; where it knows nobody, by the program."""
    known = git.run(top, "var", "GIT_COMMITTER_IDENT").returncode == 0
    parents = () if parent is None else ("-p", parent)
    words = ("commit-tree", tree, *parents, "-m", subject, "-m", "\n".join(names))
    return git.said(top, *(() if known else _NOBODY), *words)
