"""The log and what is set aside from it are plain files: nothing else is opened, for a FIFO would wait for ever."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from reconciler.core.errors import BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Callable

OWNERS = 0o600
"""Read and written by its owner alone: the log names people and holds fingerprints of secrets."""

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def opened(path: str, flags: int) -> int:
    """A descriptor of the plain file at ``path``. BrokenAuditLog where something else is there, else OSError.

    With ``O_NOFOLLOW`` a link to a plain file is something else too; with ``O_CREAT`` the file is its owner's alone.
    """
    refuse(path, follow=not flags & os.O_NOFOLLOW)
    # Between the look and the opening it may have become something else: that must not hang either.
    descriptor = os.open(path, flags | os.O_NONBLOCK, OWNERS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BrokenAuditLog(f"{path} has just become something else than a plain file. Run again.")
    return descriptor


def refuse(path: str, *, follow: bool = True) -> None:
    """BrokenAuditLog where something stands at ``path`` that is no plain file, and says what."""
    there = kind(path, follow=follow)
    if there:
        raise BrokenAuditLog(
            f"{path} is {there}, and the audit log is kept in plain files alone. Nothing is sent to the tenant "
            "without it. Move that elsewhere, or name another log with --audit-log or RECONCILER_AUDIT_LOG."
        )


def kind(path: str, *, follow: bool = True) -> str:
    """What stands at ``path``, in words; empty for a plain file, and for nothing."""
    try:
        mode = os.stat(path, follow_symlinks=follow).st_mode  # noqa: PTH116  pathlib costs start-up time here
    except OSError:
        return ""
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "")


def narrow(descriptor: int) -> bool:
    """Take away what others may do with the file; whether that could be done."""
    if not stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
        return True
    try:
        os.fchmod(descriptor, OWNERS)
    except OSError:
        return False
    return True


def names(path: str, descriptor: int) -> bool:
    """Whether ``path`` names the open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))  # noqa: PTH116
    except OSError:
        return False
