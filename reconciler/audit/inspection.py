"""A look at the log from outside: nothing is made, set aside or locked for longer than it takes to see."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass

from reconciler.audit import chain
from reconciler.core.errors import BrokenAuditLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """The log, None where it is ``broken`` (the error's words); ``obstacle`` says what would stop a writer."""

    log: chain.Log | None
    broken: str = ""
    obstacle: str = ""
    busy: bool = False


def inspect(path: str) -> Inspected:
    """Everything that a run would find out about the log at ``path``."""
    obstacle = _obstacle(path)
    busy = not obstacle and _is_locked(f"{path}.lock")
    try:
        return Inspected(log=chain.read(path), obstacle=obstacle, busy=busy)
    except BrokenAuditLog as failure:
        return Inspected(log=None, broken=failure.message, obstacle=obstacle, busy=busy)


def _obstacle(path: str) -> str:
    """What could not be written: the log or its lock where they are there, else the nearest folder that is."""
    for file in (path, f"{path}.lock"):
        if os.path.exists(file) and not (os.path.isfile(file) and os.access(file, os.W_OK)):  # noqa: PTH110, PTH113
            return f"{file} cannot be written"
    if os.path.exists(path) and os.path.exists(f"{path}.lock"):  # noqa: PTH110
        return ""
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder) or "."  # noqa: PTH120
    if not os.path.isdir(folder):  # noqa: PTH112
        return f"{folder} is not a folder"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} cannot be written"


def _is_locked(lock: str) -> bool:
    """Whether another process holds the lock; one that nobody has made yet is free."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)  # and the lock with it
    return False
