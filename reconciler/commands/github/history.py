"""What was merged into the default branch, found in git: since a tenant's last apply, by first parents alone."""

from __future__ import annotations

from reconciler.commands._shared import git
from reconciler.core.errors import ReconcilerError

_HERE = "."


def before(commit: str) -> str | None:
    """The commit's first parent; None for a first commit."""
    return git.asked(_HERE, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^1")


def newer(since: str | None, commit: str, folder: str) -> tuple[str, ...]:
    """The commits after ``since`` up to ``commit`` that touch the folder, newest first.

    ReconcilerError where ``since`` is not behind ``commit``: it is never passed over.
    """
    if since is not None and not holds(commit, since):
        raise ReconcilerError(
            f"The last apply got as far as {since[:12]}, and {commit[:12]} does not come after it. Either this is an "
            "old run that was run again, which applies nothing: start a new one. Or the default branch was written "
            "anew: put that commit back into its history."
        )
    which = commit if since is None else f"{since}..{commit}"
    return tuple(git.said(_HERE, "rev-list", "--first-parent", which, "--", folder).split())


def holds(commit: str, other: str) -> bool:
    """Whether the other commit is this one or behind it. One that is not here is not."""
    return git.run(_HERE, "merge-base", "--is-ancestor", other, commit).returncode == 0


def differs(one: str | None, other: str, *paths: str) -> bool:
    """Whether any of the paths (git's pathspecs) is another at the two commits; all are, where one is not here."""
    if one is None:
        return True
    return git.run(_HERE, "diff", "--quiet", one, other, "--", *paths).returncode != 0
