"""A repository on its server, by the URL of its remote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.commands._shared import git

_REMOTE = re.compile(
    r"(?:[a-z+]+://(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[^@/:]+@)?(?P<short>[\w.-]+):)"
    r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The repository on its server: ``https://host/owner/name``."""

    host: str
    owner: str
    name: str


def home_of(url: str) -> Home | None:
    """The server, owner and name in a remote's URL; None where it is no such URL. A password in it goes no further."""
    found = _REMOTE.fullmatch(url)
    if found is None:
        return None
    return Home(host=(found["host"] or found["short"]).lower(), owner=found["owner"], name=found["name"])


def home(top: str, url: str | None) -> Home | None:
    """By the remote's URL as git goes by it, else as it is written down: it may lead to a copy (insteadOf)."""
    written = git.asked(top, "config", "--get", "remote.origin.url")
    return next((found for each in (url, written) if each and (found := home_of(each)) is not None), None)
