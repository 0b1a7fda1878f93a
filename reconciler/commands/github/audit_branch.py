"""The branch that holds the audit logs, one file a tenant: a log is kept there before and after every apply."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.audit import chain, segments
from reconciler.commands._shared import git
from reconciler.commands._shared.git import AUDIT_BRANCH
from reconciler.commands._shared.terminal import Screen
from reconciler.commands.github import cursor, deploy_key, history, runner
from reconciler.commands.github.cursor import Cursor
from reconciler.core.errors import BrokenAuditLog, ReconcilerError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence

_TRIES = 8
_SECONDS = 300
_BEHIND = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value")
"""git's words for a push that another one was quicker than: only such a push is tried again."""

_AS = (
    *("-c", "user.name=github-actions[bot]"),
    *("-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"),
)


def keep_log(log: str, after: str | None, out: str | None) -> None:
    """Push the log's branch, with how far the apply got.

    Before an apply both are None. Afterwards the log that it left in ``after`` takes the place of the one that is
    there, and ``out`` has its exit code; without one or the other it was lost on its way.
    """
    screen, commit = Screen(), runner.needed("GITHUB_SHA")
    last = begun(log, commit)
    if after is not None:
        if Path(after).is_file():
            _take(after, log)
        else:
            screen.say("The apply left no log. The next one goes on from what the branch has.")
        last = last.then(commit, code_in(out), chain.read(log).head)
    cursor.write(log, last)
    head = keep(log, time.sleep)
    runner.output("kept", "true")
    screen.say(f"{log} is kept on {AUDIT_BRANCH}; its head is {head or 'none yet'}.")


def _take(after: str, log: str) -> None:
    """Put the log that an apply left in the place of the one that is there, with the files that it sealed."""
    for file in segments.sealed(after, chain.read(after)):
        place = Path(log).with_name(Path(file).name)
        if place.exists() and place.read_bytes() != Path(file).read_bytes():
            raise BrokenAuditLog(
                f"{place.name} is on {AUDIT_BRANCH}, and a sealed file is never written again, but the apply left "
                "another one. It is not kept; compare the two."
            )
        shutil.copyfile(file, place)
    shutil.copyfile(after, log)


def begun(log: str, commit: str) -> Cursor:
    """How far the last apply got; before the first one, as if it had got to what was there before the run's commit."""
    first = Cursor(since=history.before(commit), commit=commit, exit=None, head=None)
    return cursor.read(log) or first


def code_in(out: str | None) -> int | None:
    """The exit code that ``github apply`` left in its folder; None where it left none."""
    file = Path(out or "", "code")
    if out is None or not file.is_file():
        return None
    text = runner.text_of(str(file)).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def keep(log: str, sleep: Callable[[float], None]) -> str | None:
    """Commit the log and the cursor on the checkout they stand in, and push it; the log's head.

    A push that another tenant's lost is repeated on top. ReconcilerError where this tenant's own file has moved on the
    branch, where the log does not go on from what is there, or with the server's words where it declines the push.
    """
    folder, name = os.path.split(os.path.abspath(log))
    records = chain.read(log)
    sealed = segments.sealed(log, records)
    _require_same_beginning(folder, name, (log, *reversed(sealed)))
    ours = (name, cursor.name_for(name), *(os.path.basename(file) for file in sealed))
    _git(folder, "add", "--", *ours)
    if _run(folder, "diff", "--cached", "--quiet").returncode != 0:
        subject = f"{Path(name).stem}: {records.count} records"
        _git(folder, *_AS, "commit", "--quiet", "-m", subject, "-m", f"Head: {records.head or 'none yet'}")
    with deploy_key.environment() as environment:
        for number in range(_TRIES):
            push = ("push", "--quiet", deploy_key.remote(), f"HEAD:refs/heads/{AUDIT_BRANCH}")
            done = _run(folder, *push, environ=environment)
            if done.returncode == 0:
                return records.head
            _require_behind(done)
            sleep(number / 2)
            _on_top(folder, ours, environment)
    raise ReconcilerError(
        f"The audit log cannot be pushed to {AUDIT_BRANCH}: {_TRIES} times somebody else was quicker. It is kept as an "
        "artifact of this run. Run again."
    )


def begin_anew(log: str, reason: str) -> None:
    """An empty log in the lost one's place, committed with the reason; what is there is kept under another name."""
    folder, name = os.path.split(os.path.abspath(log))
    path = Path(folder, name)
    _forget_head(log)
    if path.exists() and path.stat().st_size:
        number = next(n for n in range(1, 10_000) if not Path(folder, f"{name}.lost-{n}").exists())
        path.rename(Path(folder, f"{name}.lost-{number}"))
    path.write_bytes(b"")
    _git(folder, "add", "--all", "--", ".")
    if _run(folder, "diff", "--cached", "--quiet").returncode != 0:
        _git(folder, *_AS, "commit", "--quiet", "-m", f"{path.stem}: begin the log anew", "-m", reason)


def _forget_head(log: str) -> None:
    """How far the last apply got still counts; a cursor that cannot be read is lost with the log."""
    try:
        last = cursor.read(log)
    except ReconcilerError:
        Path(cursor.name_for(log)).unlink(missing_ok=True)
        return
    if last is not None:
        cursor.write(log, Cursor(since=last.since, commit=last.commit, exit=last.exit, head=None))


def _require_behind(done: subprocess.CompletedProcess[bytes]) -> None:
    """ReconcilerError with the server's own words where trying again would change nothing."""
    said = done.stderr.decode("utf-8", "replace")
    if any(words in said for words in _BEHIND):
        return
    remote = [
        line.removeprefix("remote:").strip() for line in said.splitlines() if line.startswith("remote:")
    ]
    why = " ".join(filter(None, remote))[:600] or git.complaint(done)
    raise ReconcilerError(
        f"The server declines the audit log on {AUDIT_BRANCH}: {why}. The log is kept as an artifact of this run."
    )


def _require_same_beginning(folder: str, name: str, files: Sequence[str]) -> None:
    """The log may only have grown since it was checked out; what was its current file may be sealed by now."""
    before = _run(folder, "show", f"HEAD:{name}")
    if before.returncode == 0 and not any(
        Path(file).read_bytes().startswith(before.stdout) for file in files
    ):
        raise BrokenAuditLog(
            f"The audit log {files[0]} does not go on from the one on {AUDIT_BRANCH}: a record there is missing or "
            "another here. It is not kept; compare the two."
        )


def _on_top(folder: str, ours: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Take in what others pushed; it must not be this tenant's own files."""
    tip = f"refs/remotes/origin/{AUDIT_BRANCH}"
    _git(
        folder,
        *("fetch", "--quiet", deploy_key.remote(), f"+refs/heads/{AUDIT_BRANCH}:{tip}"),
        environ=environment,
    )
    base = _git(folder, "merge-base", "HEAD", tip).strip()
    if _run(folder, "diff", "--quiet", base, tip, "--", *ours).returncode != 0:
        raise ReconcilerError(
            f"The audit log {ours[0]} has moved on {AUDIT_BRANCH} while this ran: somebody else wrote it. This run's "
            "log is kept as an artifact. Find out who, and put both together by hand."
        )
    _git(folder, *_AS, "rebase", "--quiet", tip)


def _git(folder: str, *words: str, environ: Mapping[str, str] | None = None) -> str:
    done = _run(folder, *words, environ=environ)
    if done.returncode != 0:
        verb = next(word for word in words if not word.startswith("-") and "=" not in word)
        raise ReconcilerError(
            f"The audit log's branch: git {verb} failed in {folder}: {git.complaint(done)}."
        )
    return done.stdout.decode("utf-8", "replace")


def _run(
    folder: str, *words: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return git.run(folder, *words, seconds=_SECONDS, environ=environ)
