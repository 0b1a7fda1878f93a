"""git, run in a folder and never asking for input: its answers, and its complaints as errors."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AUDIT_BRANCH = "reconciler-audit"
"""The branch that holds the audit logs, one file a tenant."""

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}


def run(
    folder: str,
    *words: str,
    given: bytes = b"",
    seconds: float = 60,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """A finished git command, failed or not; ``given`` is stdin, ``environ`` more variables.

    ReconcilerError without git or after ``seconds``.
    """
    try:
        return subprocess.run(  # noqa: S603  the words are ours
            ["git", "-C", folder, *words],  # noqa: S607  git is where PATH has it
            input=given,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, **_QUIET, **(environ or {})},
        )
    except FileNotFoundError:
        raise ReconcilerError("This needs git, and there is no git on PATH.") from None
    except subprocess.TimeoutExpired:
        raise ReconcilerError(f"git {_verb(words)} did not end in {seconds:g} s. Run again.") from None


def asked(folder: str, *words: str) -> str | None:
    """The one line that git answers; None where it has none to give."""
    done = run(folder, *words)
    return done.stdout.decode("utf-8", "replace").strip() or None if done.returncode == 0 else None


def said(folder: str, *words: str, given: bytes = b"") -> str:
    """The one line that git answers; ReconcilerError, with its words, where it fails."""
    done = run(folder, *words, given=given)
    if done.returncode != 0:
        raise ReconcilerError(f"git {_verb(words)} failed in {folder}: {complaint(done)}.")
    return done.stdout.decode("utf-8", "replace").strip()


def complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git said of a failure, on one line."""
    return " ".join(done.stderr.decode("utf-8", "replace").split())[:300].rstrip(".")


def _verb(words: Sequence[str]) -> str:
    """git's command: options of git itself may stand before it."""
    return next(word for word in words if not word.startswith("-") and "=" not in word)
