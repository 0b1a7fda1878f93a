"""The state of the log for ``doctor``: no file is created or changed, and no lock is kept."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass

from reconciler.audit import chain, plain_file, segments
from reconciler.core.errors import BrokenAuditLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """The log; None where it cannot be read: ``broken`` is the error. ``obstacle`` says what would stop a writer."""

    log: chain.Log | None
    broken: str = ""
    obstacle: str
    busy: bool


def inspect(path: str, key: bytes | None = None) -> Inspected:
    """Everything that a run would find out about the log at ``path``; ``key`` is the log's, where there is one."""
    obstacle = _obstacle(path)
    busy = not obstacle and _is_locked(path)
    try:
        log = chain.read(path, key)
        segments.refuse_lost(path, log)
        return Inspected(log=log, obstacle=obstacle, busy=busy)
    except BrokenAuditLog as failure:
        return Inspected(log=None, broken=failure.message, obstacle=obstacle, busy=busy)


def _obstacle(path: str) -> str:
    """What could not be written: the log where it is there, else the nearest folder that is."""
    there = plain_file.kind(path)
    if there:
        return f"{path} is {there}, no plain file"
    if os.path.exists(path):  # noqa: PTH110
        return "" if os.access(path, os.R_OK | os.W_OK) else f"{path} cannot be written"
    folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)  # noqa: PTH120
    if not os.path.isdir(folder):  # noqa: PTH112
        return f"{folder} is not a folder"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} cannot be written"


def _is_locked(path: str) -> bool:
    """Whether another run holds the log; a missing one is free."""
    try:
        descriptor = plain_file.opened(path, os.O_RDONLY)
    except (OSError, BrokenAuditLog):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)  # and the lock with it
    return False
