"""What can be found out about a repository and its surroundings, and the files that come of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands._shared.home import Home

ONE = "templates.d"
"""The folder of a repository's only tenant."""

MANY = "tenants"
"""The folder of the tenants' folders, where there are several."""

PACKAGE = "cxone-reconciler"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFolder:
    """One tenant: its folder, whether there is YAML in it, and what is set here for it.

    ``base_url`` goes into its policy; ``variables`` are names and values for its environments, none of them secret.
    """

    name: str
    folder: str
    in_use: bool = False
    base_url: str | None = None
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """The package as a file: its name, as wheels are named (PEP 427), and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the files and the list of what is next are made of.

    ``origin`` is whether there is a remote, ``home`` what its URL says. ``listed`` are the tenants that
    ``.github/tenants.json`` has, None where it is not there yet. ``workflows`` and ``schemas`` are texts by file name.
    ``requirements`` is None where it is there already. ``wheel`` is the package, where it comes from no index.
    """

    tenants: tuple[TenantFolder, ...]
    version: str
    audit_branch: str
    default_branch: str = "main"
    branch: str | None = "main"
    folder: str = "."
    origin: bool = True
    home: Home | None = None
    listed: tuple[str, ...] | None = None
    workflows: Mapping[str, str] = field(default_factory=dict)
    schemas: Mapping[str, str] = field(default_factory=dict)
    requirements: str | None = None
    wheel: Wheel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to lay down: its path from the repository's top, with ``/``; ``content`` where it is no text."""

    path: str
    text: str
    executable: bool = False
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What came of the files: the new ones, the texts of those that were there, and what git has still to be told.

    ``ignored`` are new files that git ignores, ``uncommitted`` all others that are not committed as they are,
    ``audit_pushed`` whether the audit log's branch is on the server as it is here.
    """

    written: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    uncommitted: frozenset[str] = frozenset()
    audit_pushed: bool = False


def word(text: str) -> str:
    """A text as one word of a shell's."""
    return shlex.quote(text)
