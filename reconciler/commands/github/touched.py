"""Which tenants a change is for: those whose folder or entry it touches, all where what they share changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.commands._shared import git
from reconciler.commands._shared.tenants import TENANTS
from reconciler.commands.github import history
from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARED = (
    ".github",
    *(f":(exclude).github/{name}" for name in ("*.md", "CODEOWNERS", "dependabot.yml", "tenants.json")),
    *("schemas", "reconciler", "pyproject.toml", ".ci/requirements.txt"),
)
"""git's pathspecs of what every tenant's plan depends on: workflows, schemas, the tool and its version."""


def touched(folders: Mapping[str, str], base: str, commit: str) -> dict[str, str]:
    """The tenants that ``commit`` proposes to change, compared with where it left the ``base``."""
    left = git.asked(".", "merge-base", base, commit)
    if left is None or shared(left, commit):
        return dict(folders)
    before = _entries(left)
    return {
        name: folder
        for name, folder in folders.items()
        if before.get(name) != folder or history.differs(left, commit, folder)
    }


def shared(since: str | None, commit: str) -> bool:
    """Whether what all tenants share is another than it was."""
    return history.differs(since, commit, *SHARED)


def _entries(commit: str) -> dict[str, object]:
    """The list of tenants at a commit, as far as it is one."""
    try:
        text = git.said(".", "show", f"{commit}:{TENANTS}")
        return {one["tenant"]: one["templates"] for one in json.loads(text)}
    except (ReconcilerError, ValueError, TypeError, KeyError):
        return {}
