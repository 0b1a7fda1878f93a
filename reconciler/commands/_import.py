"""The folder that ``import`` writes to: what is in it, and how files get there, whole or not at all."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler import sourcefiles
from reconciler.adopt import Place
from reconciler.desired import DesiredState, errors, load, target_of
from reconciler.errors import InvalidDesired, ReconcilerError
from reconciler.schema import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.adopt import NewFile

_SCHEMA = "schemas/{}.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where files go. ``roots`` are what a plan of it reads; ``schemas`` is the folder of the schemas, made or not."""

    path: str
    roots: tuple[str, ...]
    state: DesiredState
    schemas: Path

    def place(self, *, force: bool) -> Place:
        """The folder as ``adopt`` sees it."""
        here = Path(self.path).resolve()
        files: dict[str, list[str]] = {name: [] for name in _names(self.path)}
        for document in self.state.documents:
            file = Path(document.file)
            if file.name in files and file.resolve().parent == here:
                files[file.name].append(target_of(document) or document.kind)
        for name, holds in files.items():
            if (here / name).is_dir():
                holds.append("a folder")
        found = [(finding.target, finding.file) for finding in self.state.findings]
        named = [(target_of(document), document.file) for document in self.state.documents]
        return Place(
            folder=sourcefiles.shown(self.path),
            managed={target: file for target, file in reversed([*named, *found]) if target is not None},
            files={name: tuple(holds) for name, holds in files.items()},
            variables=frozenset(
                one.secret.name for one in self.state.desired if one.secret is not None and one.secret.source == "env"
            ),
            policy=self.state.policy,
            schemas=Path(os.path.relpath(self.schemas, here)).as_posix(),
            force=force,
        )

    def plan(self, *, sandbox: bool) -> str:
        """The command line that shows the folder's plan."""
        words = ["reconciler", "plan", *(["--sandbox"] if sandbox else [])]
        for root in self.roots if self.roots != ("templates.d",) else ():
            words += ["--templates", root]
        return shlex.join(words)


def look(into: str, templates: Sequence[str], read: Callable[[Sequence[str]], DesiredState]) -> Folder:
    """The folder ``into``, which need not be there yet; ``read`` loads paths.

    Where it lies inside of ``templates`` it is planned with them, so their documents and policy count too.
    ReconcilerError where it is no folder, InvalidDesired where what is in it cannot be made sense of.
    """
    path = os.path.normpath(into)
    if os.path.lexists(path) and not os.path.isdir(path):
        raise ReconcilerError(f"Not a folder: {sourcefiles.shown(path)} is a file. Name a folder with --into.")
    here = Path(path).resolve()
    around = tuple(one for one in templates if here.is_relative_to(Path(one).resolve()))
    roots = around or (path,)
    return Folder(path=path, roots=roots, state=read(roots), schemas=_schemas_for(here))


def load_any(paths: Sequence[str], today: str, clock: Callable[[], float]) -> DesiredState:
    """What is at those paths that are there and hold YAML; findings and all."""
    there = []
    for path in paths:
        try:
            sourcefiles.find([path])
        except ReconcilerError:
            continue
        there.append(path)
    return load(there, today=today, clock=clock) if there else DesiredState()


def refuse_unclear(folder: Folder, *, force: bool) -> None:
    """InvalidDesired where a file cannot be read, so that nobody knows what it manages, or the policy is no policy.

    With ``force``, files of the folder itself may be broken: one that is in the way is what --force is for.
    """
    here = Path(folder.path).resolve()
    policy = folder.state.policy_document
    wrong = [
        found
        for found in errors(folder.state.findings)
        if (found.code in {"CX001", "CX002"} and not (force and Path(found.file).resolve().parent == here))
        or (policy is not None and found.file == policy.file and found.target is None)
    ]
    if wrong:
        error = InvalidDesired(
            f"What {sourcefiles.shown(folder.path)} manages already cannot be told; nothing was written. Mend these "
            "files first.",
            findings=tuple(wrong),
        )
        error.texts = folder.state.texts
        raise error


def save(folder: Folder, files: Sequence[NewFile]) -> str | None:
    """Write the files, all or none. The folder of schemas where it had to be made."""
    if not files:
        return None
    written: list[str] = []
    try:
        os.makedirs(folder.path, exist_ok=True)
        with TemporaryDirectory(dir=folder.path, prefix=".import-") as staging:
            for file in files:
                Path(staging, file.name).write_text(file.text, encoding="utf-8", newline="\n")
            for file in files:
                end = os.path.join(folder.path, file.name)
                if os.path.lexists(end) and not file.replaces:
                    raise ReconcilerError(f"{end} has just been made by somebody else; run the import again. {_so_far(written)}")
                os.replace(os.path.join(staging, file.name), end)
                written.append(end)
    except OSError as failure:
        raise ReconcilerError(
            f"{sourcefiles.shown(folder.path)} cannot be written to: {failure.strerror}. {_so_far(written)}"
        ) from None
    return _copy_schemas(folder)
