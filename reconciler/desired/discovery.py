"""The files of the desired state: finding them, and reading their text."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES = 5 * 2**20
_SUFFIXES = (".yaml", ".yml")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):
    """A file that is no text: why, and at which line and column where that can be said."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """``file`` is its name in findings, ``path`` what is opened, and ``outside`` the folder that it leads out of."""

    file: str
    path: str
    outside: str | None = None

    def read(self) -> tuple[bytes, tuple[int, int]]:
        """As ``slurp``; Unreadable too for a link out of the tree that is reviewed."""
        if self.outside is not None:
            raise Unreadable(
                f"Not read: it is a link that leads out of {self.outside}, and what is there no review shows. Put the "
                "file itself here, or remove the link."
            )
        return slurp(self.path)


def find(paths: Sequence[str]) -> tuple[SourceFile, ...]:
    """All YAML files at and below ``paths``, and links that lead out of their tree, sorted by name.

    ReconcilerError for a path with none.
    """
    found: dict[str, SourceFile] = {}
    for given in paths:
        at = os.path.normpath(given)
        tree = _tree(at)
        if _leads_out(at, tree):
            here = [(at, True)]
        elif Path(at).is_dir():
            here = list(_below(at, tree))
            if not here:
                raise ReconcilerError(
                    f"No files: the folder {shown(at)} has no *.yaml or *.yml in it. {_begin(at)}"
                )
        elif os.path.lexists(at):
            here = [(at, False)]
        else:
            raise ReconcilerError(f"Not found: {shown(at)} does not exist here. {_begin(at)}")
        for path, out in here:
            found[path] = SourceFile(file=shown(path), path=path, outside=shown(tree) if out else None)
    return tuple(found[path] for path in sorted(found))


def _begin(folder: str) -> str:
    """How somebody without documents gets some."""
    return (
        f"`reconciler import --all --into {shown(folder)}` writes what the tenant has, `reconciler init` sets up a "
        "repository with an example. Or name another folder or file with --templates."
    )


def _tree(at: str) -> str:
    """Where files may be: the Git work tree that the path stands in, else its folder; a real path."""
    place = Path(at).absolute()
    for folder in (place, *place.parents):
        if os.path.lexists(folder / ".git"):
            return os.path.realpath(folder)
    return os.path.realpath(place if place.is_dir() else place.parent)


def _leads_out(path: str, tree: str) -> bool:
    real = os.path.realpath(path)
    return real != tree and not real.startswith(tree.rstrip(os.sep) + os.sep)


def _below(folder: str, tree: str) -> Iterator[tuple[str, bool]]:
    """YAML files below a folder, and whether each is a link out of the tree; so are links to folders that are.

    Neither hidden ones, nor what is behind a link to a folder in the tree.
    """
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield folder, False  # reading it as a file makes the finding that says why
        return
    for entry in listed:
        if entry.name.startswith("."):
            continue
        path = entry.name if folder == "." else f"{folder.rstrip('/')}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _below(path, tree)
        elif entry.is_symlink() and Path(path).is_dir():
            if _leads_out(path, tree):
                yield path, True
        elif entry.name.endswith(_SUFFIXES):
            yield path, entry.is_symlink() and _leads_out(path, tree)


def shown(path: str) -> str:
    """A path as it can be printed, with ``/``; bytes that are no UTF-8 show as escapes."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if os.sep == "/" else text.replace(os.sep, "/")


def slurp(path: str) -> tuple[bytes, tuple[int, int]]:
    """A regular file's bytes, its device and inode; Unreadable for anything else. Never waits for a FIFO."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        broken_link = isinstance(error, FileNotFoundError) and Path(path).is_symlink()
        why = "it is a link to nothing" if broken_link else error.strerror
        raise Unreadable(f"Not readable: {why}. Fix or remove it.") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("Not readable: it is not a regular file. Replace or remove it.")
        if status.st_size > MAX_BYTES:
            raise Unreadable(
                f"Too large: {status.st_size} bytes, and {MAX_BYTES} are the most. Split the file."
            )
        return FileIO(descriptor, closefd=False).readall(), (status.st_dev, status.st_ino)
    except OSError as error:
        raise Unreadable(f"Not readable: {error.strerror}.") from None
    finally:
        os.close(descriptor)


def text_of(content: bytes) -> str:
    """UTF-8 text, without its byte order mark; Unreadable, with the place, where it is none."""
    if content[:2] in _UTF16:
        raise Unreadable("Not UTF-8: the file is UTF-16. Save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The offset counts from behind the byte order mark.
        at = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
        line, column = _place(content, at)
        raise Unreadable(
            f"Not UTF-8: byte 0x{content[at]:02X} at offset {at} (line {line}) is not UTF-8. The file looks like "
            "Latin-1 or Windows-1252: save it as UTF-8.",
            line,
            column,
        ) from None
    if "\0" in text:
        line, column = _place(content, content.index(b"\0"))
        raise Unreadable(
            f"Not text: a zero byte on line {line}. The file is binary, or UTF-16: save it as UTF-8.",
            line,
            column,
        )
    return text


def _place(content: bytes, at: int) -> tuple[int, int]:
    lines = re.split(rb"\r\n?|\n", content[:at])
    return len(lines), len(lines[-1].decode("utf-8-sig", "replace")) + 1
