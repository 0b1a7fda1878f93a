"""The desired state's files as they were at another commit, through git: nothing is checked out."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SUFFIXES = (".yaml", ".yml")
_SECONDS = 60
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_/-]|\.(?!\.))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """YAML files of one commit, by the name they have in findings, and their content."""

    commit: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The merge base of HEAD and ``ref``, and the tip of ``ref``; ``tip`` is None where it is the merge base."""

    ref: str
    merge_base: Snapshot
    tip: Snapshot | None


def read(ref: str, paths: Sequence[str]) -> Base:
    """The files at ``paths`` as the branch found them, and as ``ref`` has them now.

    ReconcilerError where this is no repository, ``ref`` is no commit here, or the history does not reach the merge
    base; it says what to fetch.
    """
    _git(
        "rev-parse",
        "--git-dir",
        why="`--base-ref` reads the base from git, and this folder is in no repository",
    )
    tip = _commit(ref)
    merge_base = _merge_base(ref, tip)
    before = Snapshot(commit=merge_base, files=_files(merge_base, paths))
    after = None if merge_base == tip else Snapshot(commit=tip, files=_files(tip, paths))
    return Base(ref=ref, merge_base=before, tip=after)


def _commit(ref: str) -> str:
    """The commit that ``ref`` names. A name that begins with a dash stays a name."""
    found = _run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    branch = _branch(ref)
    here = branch if branch == ref else f"refs/remotes/origin/{branch}"
    # Only what is plainly a branch's name is put into a command that people will paste.
    fetch = f": `git fetch origin {branch}:{here}`" if _PLAIN.fullmatch(branch) else ""
    raise ReconcilerError(
        f"--base-ref {ref!r} names no commit here. Fetch it first{fetch}, or check out with the whole history "
        "(`fetch-depth: 0` in actions/checkout)."
    )


def _merge_base(ref: str, tip: str) -> str:
    found = _run("merge-base", "HEAD", tip)
    if found.returncode == 0:
        return found.stdout.decode().strip()
    shallow = _run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    why = "this checkout is shallow and does not reach it" if shallow else "the two have no history in common"
    raise ReconcilerError(
        f"The merge base of HEAD and {ref!r} cannot be found: {why}. "
        + (
            "Fetch more: `git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout."
            if shallow
            else "Name the branch that this one left."
        )
    )


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/").removeprefix("origin/")


def _files(commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Name and content of every YAML file below the paths, hidden ones apart, as ``find`` would name them."""
    listed = _git("ls-tree", "-r", "-z", "--full-tree", commit, why="the commit cannot be listed")
    top = _git("rev-parse", "--show-toplevel", why="there is no working tree").decode().rstrip("\n")
    wanted: dict[str, bytes] = {}
    for entry in listed.split(b"\0"):
        about, _, inside = entry.partition(b"\t")
        _, _, blob = about.rpartition(b" ")
        file = inside.decode("utf-8", "surrogateescape")
        if file.endswith(_SUFFIXES) and (name := _name(os.path.join(top, file), paths)) is not None:  # noqa: PTH118
            wanted[name] = blob
    return dict(zip(wanted, _contents(list(wanted.values())), strict=True))


def _name(file: str, paths: Sequence[str]) -> str | None:
    """The file's name under the first of the given paths that holds it; None where none does."""
    for given in paths:
        at = os.path.realpath(given)
        if file == at:
            return os.path.normpath(given)
        if file.startswith(at.rstrip("/") + "/"):
            below = file[len(at.rstrip("/")) + 1 :]
            hidden = any(part.startswith(".") for part in below.split("/"))
            return None if hidden else os.path.normpath(f"{given}/{below}")
    return None


def _contents(blobs: Sequence[bytes]) -> list[bytes]:
    """The blobs in one process. They are asked for by hash, since a name may hold anything, a line break too."""
    answer = _run("cat-file", "--batch", given=b"".join(blob + b"\n" for blob in blobs)).stdout
    found, at = [], 0
    for _ in blobs:
        header, _, _ = answer[at : at + 200].partition(b"\n")
        words = header.split(b" ")
        size = (
            int(words[2]) if len(words) == 3 else 0
        )  # "<hash> missing" has two: a submodule's, or not fetched
        at += len(header) + 1
        found.append(answer[at : at + size])
        at += size + (len(words) == 3)
    return found


def _git(*words: str, why: str) -> bytes:
    done = _run(*words)
    if done.returncode != 0:
        raise ReconcilerError(f"{why[0].upper()}{why[1:]}.")
    return done.stdout


def _run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  the words are ours, and a ref stands behind --end-of-options
            ["git", *words],  # noqa: S607  git is where PATH has it
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise ReconcilerError("`--base-ref` reads the base from git, and there is no git on PATH.") from None
    except subprocess.TimeoutExpired:
        raise ReconcilerError(f"git {words[0]} did not answer in {_SECONDS} s. Try again.") from None


def checked_out() -> Mapping[str, str | None] | None:
    """The commit and branch that are checked out here, for the audit log; None outside of a repository."""
    try:
        commit = _run("rev-parse", "--verify", "-q", "HEAD")
        branch = _run("symbolic-ref", "-q", "HEAD")
    except ReconcilerError:
        return None
    if commit.returncode != 0:
        return None
    return {
        "commit": commit.stdout.decode("utf-8", "backslashreplace").strip(),
        "ref": branch.stdout.decode("utf-8", "backslashreplace").strip() or None,
        "actor": None,
    }
