"""The branch that holds the audit logs, one file a tenant: a log is kept there before and after every apply."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.audit import chain
from reconciler.commands._shared import git
from reconciler.commands._shared.git import AUDIT_BRANCH
from reconciler.commands._shared.terminal import Screen
from reconciler.core.errors import BrokenAuditLog, ReconcilerError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

_TRIES = 8
_SECONDS = 300
_CREDENTIALS = '!f() { test "$1" = get && echo username=x-access-token && echo "password=$GH_TOKEN"; }; f'
"""A credential helper of git's that reads the token where it is, so that it stands in no URL and in no file."""

_AS = (
    *("-c", "user.name=github-actions[bot]"),
    *("-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"),
)


def keep_log(log: str, after: str | None) -> None:
    """Push the log's branch, with the log that an apply left in ``after`` in the place of the one that is there."""
    screen = Screen()
    if after is not None:
        if not Path(after).is_file():
            screen.say("The apply left no log. The next one goes on from what the branch has.")
            return
        shutil.copyfile(after, log)
    kept = keep(log, time.sleep)
    screen.say(f"{log} is kept on {AUDIT_BRANCH}; its head is {kept or 'none yet'}.")


def keep(log: str, sleep: Callable[[float], None]) -> str | None:
    """Commit the log on the checkout it stands in, and push it; its head.

    A push that another tenant's lost is repeated on top. ReconcilerError where this tenant's own file has moved on the
    branch, or where the log does not go on from what is there.
    """
    folder, name = os.path.split(os.path.abspath(log))
    records = chain.read(log)
    _require_same_beginning(folder, name, log)
    _git(folder, "add", "--", name)
    if _run(folder, "diff", "--cached", "--quiet").returncode != 0:
        subject = f"{Path(name).stem}: {len(records.records)} records"
        _git(folder, *_AS, "commit", "--quiet", "-m", subject, "-m", f"Head: {records.head or 'none yet'}")
    for number in range(_TRIES):
        if _run(folder, "push", "--quiet", "origin", f"HEAD:refs/heads/{AUDIT_BRANCH}").returncode == 0:
            return records.head
        sleep(number / 2)
        _on_top(folder, name)
    raise ReconcilerError(
        f"The audit log cannot be pushed to {AUDIT_BRANCH}, {_TRIES} times refused. It is kept as an artifact "
        "of this run; look at the branch's rules, and that the job may write contents."
    )


def begin_anew(log: str, reason: str) -> None:
    """An empty log in the lost one's place, committed with the reason; what is there is kept under another name."""
    folder, name = os.path.split(os.path.abspath(log))
    path = Path(folder, name)
    if path.exists() and path.stat().st_size:
        number = next(n for n in range(1, 10_000) if not Path(folder, f"{name}.lost-{n}").exists())
        path.rename(Path(folder, f"{name}.lost-{number}"))
    path.write_bytes(b"")
    _git(folder, "add", "--all", "--", ".")
    if _run(folder, "diff", "--cached", "--quiet").returncode != 0:
        _git(folder, *_AS, "commit", "--quiet", "-m", f"{path.stem}: begin the log anew", "-m", reason)


def _require_same_beginning(folder: str, name: str, log: str) -> None:
    """The log may only have grown since it was checked out."""
    before = _run(folder, "show", f"HEAD:{name}")
    if before.returncode == 0 and not Path(log).read_bytes().startswith(before.stdout):
        raise BrokenAuditLog(
            f"The audit log {log} does not go on from the one on {AUDIT_BRANCH}: a record there is missing or "
            "another here. It is not kept; compare the two."
        )


def _on_top(folder: str, name: str) -> None:
    """Take in what others pushed; it must not be this tenant's own file."""
    _git(
        folder,
        "fetch",
        "--quiet",
        "origin",
        f"+refs/heads/{AUDIT_BRANCH}:refs/remotes/origin/{AUDIT_BRANCH}",
    )
    tip = f"refs/remotes/origin/{AUDIT_BRANCH}"
    base = _git(folder, "merge-base", "HEAD", tip).strip()
    if _run(folder, "diff", "--quiet", base, tip, "--", name).returncode != 0:
        raise ReconcilerError(
            f"The audit log {name} has moved on {AUDIT_BRANCH} while this ran: somebody else wrote it. This run's "
            "log is kept as an artifact. Find out who, and put both together by hand."
        )
    _git(folder, *_AS, "rebase", "--quiet", tip)


def _git(folder: str, *words: str) -> str:
    done = _run(folder, *words)
    if done.returncode != 0:
        verb = next(word for word in words if not word.startswith("-") and "=" not in word)
        raise ReconcilerError(
            f"The audit log's branch: git {verb} failed in {folder}: {git.complaint(done)}."
        )
    return done.stdout.decode("utf-8", "replace")


def _run(folder: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    helper = (
        ("-c", "credential.helper=", "-c", f"credential.helper={_CREDENTIALS}")
        if os.environ.get("GH_TOKEN")
        else ()
    )
    return git.run(folder, *helper, *words, seconds=_SECONDS)
