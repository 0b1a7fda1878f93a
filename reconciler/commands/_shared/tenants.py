"""The list of tenants, ``.github/tenants.json``: what each is called, and where its documents stand."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from reconciler.core.errors import ReconcilerError

TENANTS = ".github/tenants.json"
TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""A tenant's name: GitHub's environments do not tell capitals from small letters, so it has none."""

_EXAMPLE = '{"tenant": "acme", "templates": "templates.d"}'


def listed(top: str) -> dict[str, str] | None:
    """The folders of the tenants by name, in the file's order; None where the repository ``top`` has no such file."""
    place = Path(top, TENANTS)
    if not os.path.lexists(place):
        return None
    try:
        found = {one["tenant"]: one["templates"] for one in json.loads(place.read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError, KeyError):
        found = {"": ""}
    if not all(_is_name(name) and _is_inside(folder) for name, folder in found.items()):
        raise ReconcilerError(
            f"{TENANTS} is not a list of tenants, each with a name of small letters, digits, - and _, and a folder in "
            f"this repository, such as {_EXAMPLE}. Fix it, then run this again."
        )
    return {name: os.path.normpath(folder) for name, folder in found.items()}


def _is_name(name: object) -> bool:
    return isinstance(name, str) and TENANT.fullmatch(name) is not None


def _is_inside(folder: object) -> bool:
    """Whether it is a relative path that does not lead out of the repository."""
    return (
        isinstance(folder, str)
        and folder != ""
        and not os.path.isabs(folder)
        and ".." not in folder.split("/")
    )
