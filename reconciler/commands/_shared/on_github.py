"""The repository on GitHub that a folder is a checkout of, and what it is to be protected for."""

from __future__ import annotations

import time
from pathlib import Path

from reconciler.commands._shared import git, tenants
from reconciler.commands._shared.gh import Gh
from reconciler.commands._shared.home import home
from reconciler.commands._shared.protections import Setup

_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for the file: the first that is there counts."""


def look(folder: str) -> tuple[Gh, Setup] | None:
    """The repository's API, and its setup; None where the folder is in no checkout of one."""
    top = git.asked(folder, "rev-parse", "--show-toplevel")
    place = home(top, git.asked(top, "remote", "get-url", "origin")) if top is not None else None
    if top is None or place is None:
        return None
    gh = Gh(host=place.host, repository=f"{place.owner}/{place.name}", sleep=time.sleep, answers={})
    found = gh.server(f"repos/{gh.repository}")
    default = found.get("default_branch") if isinstance(found, dict) else None
    setup = Setup(
        tenants=tuple(tenants.listed(top) or ()),
        default_branch=str(default or "main"),
        owners=_owners(top),
    )
    return gh, setup


def _owners(top: str) -> str | None:
    there = (Path(top, name) for name in _OWNERS)
    first = next((path for path in there if path.is_file()), None)
    return first.read_text(encoding="utf-8", errors="replace") if first is not None else None
