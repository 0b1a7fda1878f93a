"""A job's GITHUB_TOKEN: it says itself what it may do, so that the API and the git host can refuse."""

from __future__ import annotations

import base64
import json

_PREFIX = "ghs_"


def token_of(job, permissions):
    """A token for a job with these permissions, ``{scope: "read" | "write"}``."""
    said = json.dumps({"job": job, "permissions": permissions}, sort_keys=True)
    return _PREFIX + base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def permissions_of(token):
    """What a token may do; None for one that nobody gave out."""
    if not token.startswith(_PREFIX):
        return None
    coded = token.removeprefix(_PREFIX)
    try:
        said = json.loads(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
    except ValueError:
        return None
    return said["permissions"]
