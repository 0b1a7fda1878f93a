"""What was merged into the default branch since a tenant's last apply, found in git: first parents alone."""

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
    if since is not None and git.run(_HERE, "merge-base", "--is-ancestor", since, commit).returncode != 0:
        raise ReconcilerError(
            f"The last apply got as far as {since[:12]}, and {commit[:12]} does not come after it. Either this is an "
            "old run that was run again, which applies nothing: start a new one. Or the default branch was written "
            "anew: put that commit back into its history."
        )
    which = commit if since is None else f"{since}..{commit}"
    return tuple(git.said(_HERE, "rev-list", "--first-parent", which, "--", folder).split())


def moved_on(commit: str, tip: str | None, folder: str) -> bool:
    """Whether the branch's tip has another folder than the commit: then the tip's own run is the one that applies.

    A tip that is not here came up since the checkout, a moment ago: that is no old run.
    """
    return tip is not None and git.run(_HERE, "diff", "--quiet", commit, tip, "--", folder).returncode == 1
