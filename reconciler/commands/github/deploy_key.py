"""The one way to push the audit log's branch: by SSH, with a deploy key that only the jobs that record have.

The server's host keys are those of its API (``/meta``), so that nothing else is ever trusted.
"""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.commands.github import runner
from reconciler.commands.github.gh import client
from reconciler.core.errors import CredentialsError, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "RECONCILER_DEPLOY_KEY"
_OPTIONS = (
    *("-F", os.devnull, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"),
    *("-o", "StrictHostKeyChecking=yes", "-o", f"GlobalKnownHostsFile={os.devnull}"),
)


def remote() -> str:
    """The repository's address for SSH."""
    return f"ssh://git@{_name()}/{runner.needed('GITHUB_REPOSITORY')}.git"


@contextmanager
def environment() -> Iterator[Mapping[str, str]]:
    """git's environment while the key lies in a file. CredentialsError where there is no key."""
    key = os.environ.get(VARIABLE, "").strip()
    if not key:
        raise CredentialsError(
            f"There is no {VARIABLE}, without which the audit log cannot be pushed. `reconciler init` says how to make "
            "the deploy key and where it is set: in the environment TENANT-record."
        )
    with TemporaryDirectory() as folder:
        file, known = Path(folder, "key"), Path(folder, "known_hosts")
        for path, text in ((file, f"{key}\n"), (known, _known_hosts())):
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        words = ("ssh", "-i", str(file), "-o", f"UserKnownHostsFile={known}", *_OPTIONS)
        yield {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}


def _known_hosts() -> str:
    answer = client().server("meta")
    keys = answer.get("ssh_keys") if isinstance(answer, dict) else None
    if not isinstance(keys, list) or not keys:
        raise ReconcilerError(
            f"{_name()} does not tell its SSH host keys (/meta), and no others are trusted."
        )
    return "".join(f"{_name()} {key}\n" for key in keys if isinstance(key, str) and "\n" not in key)


def _name() -> str:
    return runner.host().partition(":")[0]
