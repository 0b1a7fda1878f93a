"""The API of the repository that a workflow's run is for, on the run's own server."""

from __future__ import annotations

import time

from reconciler.commands._shared.gh import Gh, GitHubError
from reconciler.commands.github.runner import host, needed

__all__ = ["Gh", "GitHubError", "client"]


def client() -> Gh:
    """The API, as the run's variables name it."""
    return Gh(host=host(), repository=needed("GITHUB_REPOSITORY"), sleep=time.sleep)
