"""The log as a file: locked by its own inode, whatever its name, and watched while it is written."""

from __future__ import annotations

import errno
import fcntl
import filecmp
import os
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.audit import chain, plain_file
from reconciler.core.errors import AuditLogBusy, BrokenAuditLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.audit.chain import Log

_ATTEMPTS = 120
_PAUSE = 0.25
"""Seconds between two looks at a lock that another run holds."""

_APPENDED = os.O_RDWR | os.O_APPEND
_MADE = _APPENDED | os.O_CREAT | os.O_EXCL
"""How the log is opened, and how a file is made that must not be there yet, not even as a link."""


@contextmanager
def opened(path: str, *, sleep: Callable[[float], None], warn: Callable[[str], None]) -> Iterator[LogFile]:
    """The log's file, made where there is none, and locked. AuditLogBusy where another run does not let go of it."""
    try:
        file = _locked(path, sleep, warn)
    except OSError as failure:
        raise unwritable(path, failure) from None
    try:
        if not plain_file.narrow(file.descriptor):
            warn(
                f"Others may read the audit log {path}, and its mode cannot be changed. Take that right away."
            )
        yield file
    finally:
        file.close()


class LogFile:
    """An open log: its ``descriptor``, and how long this run left it.

    ``unsynced`` are the folders whose new names are not durable yet; there are some only where this run made the file.
    """

    def __init__(self, path: str, descriptor: int, unsynced: Sequence[str]) -> None:
        self.path = path
        self.descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._made = bool(unsynced) and self._size == 0
        self._unsynced = tuple(unsynced)
        self._new_folders = self._unsynced[:-1]
        self._failure: BrokenAuditLog | None = None

    @property
    def size(self) -> int:
        """Its length as this run left it, in bytes."""
        return self._size

    def read(self, key: bytes | None = None) -> Log:
        """What is in it; a file that this run made was missing."""
        with os.fdopen(os.dup(self.descriptor), "rb") as file:
            file.seek(0)
            return replace(chain.scan(file, self.path, key), missing=self._made)

    def append(self, text: bytes) -> None:
        """Write and sync; it is durable when this returns. After a failure nothing more is ever written."""
        self.check()
        try:
            for folder in self._unsynced:
                sync_folder(folder)
            self._unsynced = ()
            _write(self.descriptor, text)
        except OSError as failure:
            # A part of it may be in the file: nothing may follow that.
            self._failure = unwritable(self.path, failure)
            raise self._failure from None
        self._size += len(text)

    def seal(self, name: str, first: bytes) -> None:
        """Leave the file as ``name`` and go on in a new one that begins with ``first``; durable when this returns.

        Until the new file has the path, the path names the old one: a crash in between leaves a log that is whole, and
        that is sealed again before anything is appended.
        """
        self.check()
        real = os.path.realpath(self.path)
        aside = f"{real}.new"
        try:
            descriptor = _made_aside(aside, first)
            try:
                _keep_as(real, name)
                sync_folder(_folder(real))
                os.rename(aside, real)  # noqa: PTH104
            except BaseException:
                os.close(descriptor)
                raise
            os.close(self.descriptor)
            self.descriptor, self._size = descriptor, len(first)
            sync_folder(_folder(real))
        except OSError as failure:
            self._failure = unwritable(self.path, failure)
            raise self._failure from None

    def check(self) -> None:
        """BrokenAuditLog where the path no longer names this file, or it is not as long as this run left it."""
        if self._failure is not None:
            raise self._failure
        if not plain_file.names(self.path, self.descriptor):
            self._failure = self._lost("was moved, replaced or removed, or its folder was")
        elif os.fstat(self.descriptor).st_size != self._size:
            self._failure = self._lost("was cut, or something else was written to it,")
        if self._failure is not None:
            raise self._failure

    def _lost(self, what: str) -> BrokenAuditLog:
        return BrokenAuditLog(
            f"The audit log {self.path} {what} while this run was writing it. No further write is begun: it could not "
            "be recorded. Find out what did that, and put the log back, or a copy of it, before the next run."
        )

    def set_aside(self, log: Log) -> str:
        """Keep a torn last line in a file beside the log, then cut the log after its last whole record."""
        aside = f"{self.path}.torn-{log.count + 1}"
        try:
            kept = plain_file.opened(aside, _APPENDED | os.O_CREAT | os.O_NOFOLLOW)
            try:
                plain_file.narrow(kept)
                _write(kept, log.torn + b"\n")
            finally:
                os.close(kept)
            sync_folder(_folder(aside))
            self._size -= len(log.torn)
            os.ftruncate(self.descriptor, self._size)
            os.fsync(self.descriptor)
        except OSError as failure:
            raise unwritable(self.path, failure) from None
        return (
            f"The last line of the audit log {self.path} was torn by a crash; it is kept in {aside}. "
            "The log goes on after its last whole record."
        )

    def close(self) -> None:
        """Let go of the lock. A file that this run made, and wrote nothing to, goes with it and its new folders."""
        if (
            self._made
            and os.fstat(self.descriptor).st_size == 0
            and plain_file.names(self.path, self.descriptor)
        ):
            os.unlink(os.path.realpath(self.path))  # noqa: PTH108
            with suppress(OSError):  # somebody else may keep something there by now
                for folder in self._new_folders:
                    os.rmdir(folder)  # noqa: PTH106
        os.close(self.descriptor)


def _made_aside(path: str, text: bytes) -> int:
    """A new file with this text, durable but for its name, and locked before the log's path can name it."""
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108  what a crash left
    descriptor = plain_file.opened(path, _MADE)
    try:
        _lock(descriptor)
        _write(descriptor, text)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _keep_as(path: str, name: str) -> None:
    """Give the file a second name, or a copy of it that name where the file system knows no hard links."""
    if os.path.lexists(name):
        plain_file.refuse(name, follow=False)
        if not filecmp.cmp(path, name, shallow=False):
            raise BrokenAuditLog(
                f"{name} is there already, and is not the audit log {path} up to that record. Nothing is sent to the "
                "tenant without a log that can go on. Find out what it is, and move it elsewhere."
            )
        return
    try:
        os.link(path, name)
    except OSError:
        with open(path, "rb") as file:  # noqa: PTH123
            os.close(_made_aside(f"{name}.new", file.read()))
        os.rename(f"{name}.new", name)  # noqa: PTH104


def _write(descriptor: int, text: bytes) -> None:
    """All of the text, durable when this returns."""
    while text:
        text = text[os.write(descriptor, text) :]
    os.fsync(descriptor)


def _lock(descriptor: int) -> None:
    """Keep other runs from the file. BlockingIOError where one holds it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _locked(path: str, sleep: Callable[[float], None], warn: Callable[[str], None]) -> LogFile:
    """Open and lock. Whoever waited for the lock may hold that of a file which has been replaced in the meantime."""
    for attempt in range(_ATTEMPTS):
        descriptor, made_in = _open(path)
        try:
            _lock(descriptor)
        except BlockingIOError:
            os.close(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        else:
            if plain_file.names(path, descriptor):
                return LogFile(path, descriptor, made_in)
            os.close(descriptor)
            continue
        if attempt == 0:
            warn(f"Another run is writing the audit log {path}; waiting for it.")
        sleep(_PAUSE)
    raise AuditLogBusy(
        f"Another run holds the audit log {path}, and has for 30 seconds. Wait until it has ended, then run again."
    )


def _open(path: str) -> tuple[int, Sequence[str]]:
    """A descriptor, and where the file had to be made, the folders in which there are new names."""
    for _ in range(_ATTEMPTS):
        try:
            return plain_file.opened(path, _APPENDED), ()
        except FileNotFoundError:
            # Through a link that leads nowhere yet, the file is made where it leads to.
            real = os.path.realpath(path)
            folders = _make_folders(_folder(real))
        try:
            return plain_file.opened(real, _MADE), folders
        except FileExistsError:
            continue  # another run was faster
    raise FileNotFoundError(errno.ENOENT, "it comes and goes")


def _make_folders(folder: str) -> Sequence[str]:
    """Make it and those above it; the folders that got a new name, this one first."""
    changed = [folder]
    while not os.path.isdir(changed[-1]):  # noqa: PTH112
        changed.append(_folder(changed[-1]))
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    return changed


def _folder(path: str) -> str:
    return os.path.dirname(path) or "."  # noqa: PTH120


def sync_folder(folder: str) -> None:
    """Make a new file's name durable as well as its content."""
    descriptor = os.open(folder, os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: str, failure: OSError) -> BrokenAuditLog:
    """The error for a log that the system does not let be written."""
    return BrokenAuditLog(
        f"The audit log {path} cannot be written: {failure.strerror}. Nothing is sent to the tenant without it. "
        "Fix its permissions or the disk, or name another with --audit-log or RECONCILER_AUDIT_LOG."
    )
