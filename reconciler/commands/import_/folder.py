"""The folder that ``import`` writes to: what is in it, and how files get there, whole or not at all."""

from __future__ import annotations

import errno
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.commands.import_.adopt import Place
from reconciler.core.errors import InvalidDesired, ReconcilerError
from reconciler.desired import discovery, schema
from reconciler.desired.campaigns import by_name
from reconciler.desired.load import DesiredState, errors, load, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.commands.import_.adopt import NewFile


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
            folder=discovery.shown(self.path),
            managed={target: file for target, file in reversed([*named, *found]) if target is not None},
            files={name: tuple(holds) for name, holds in files.items()},
            secrets={one.target: secret for one, secret in self.state.with_secret()},
            policy=self.state.policy,
            campaigns=by_name(self.state.documents),
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
        raise ReconcilerError(f"Not a folder: {discovery.shown(path)} is a file. Name a folder with --into.")
    here = Path(path).resolve()
    around = tuple(one for one in templates if here.is_relative_to(Path(one).resolve()))
    roots = around or (path,)
    return Folder(path=path, roots=roots, state=read(roots), schemas=_schemas_for(here))


def load_any(paths: Sequence[str], today: str, clock: Callable[[], float]) -> DesiredState:
    """What is at those paths that are there and hold YAML; findings and all."""
    there = []
    for path in paths:
        try:
            discovery.find([path])
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
            f"What {discovery.shown(folder.path)} manages already cannot be told; nothing was written. Fix these "
            "files first.",
            findings=tuple(wrong),
        )
        error.texts = folder.state.texts
        raise error


def save(folder: Folder, files: Sequence[NewFile]) -> None:
    """Write the files: all of them beside their places first, so that a full disk leaves none behind."""
    moved = 0
    try:
        os.makedirs(folder.path, exist_ok=True)
        with TemporaryDirectory(dir=folder.path, prefix=".import-") as staging:
            for file in files:
                Path(staging, file.name).write_text(file.text, encoding="utf-8", newline="\n")
            for file in files:
                place = os.path.join(folder.path, file.name)
                if os.path.lexists(place) and not file.replaces:
                    raise FileExistsError(errno.EEXIST, f"{file.name} has just been made by somebody else")
                os.replace(os.path.join(staging, file.name), place)
                moved += 1
    except OSError as failure:
        done = (
            f"{moved} of {len(files)} files were written; run it again for the others"
            if moved
            else "nothing was written"
        )
        raise ReconcilerError(
            f"{discovery.shown(folder.path)} cannot be written to: {failure.strerror}; {done}."
        ) from None


def copy_schemas(folder: Folder) -> str | None:
    """Put the schemas where the new files' first line looks for them; the folder's name where it was not there.

    A copy in the checkout works on every machine and in every editor; the path of the installed package would be
    right on one machine only, and until the next Python. What is there is left as it is.
    """
    new = not folder.schemas.is_dir()
    for name, text in schema.texts().items():
        place = folder.schemas / name
        if not place.exists():
            folder.schemas.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8")
    return discovery.shown(os.path.relpath(folder.schemas)) if new else None


def _names(path: str) -> list[str]:
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def _schemas_for(here: Path) -> Path:
    """The nearest ``schemas`` with a template's schema, in the folder or above it, as far as this checkout goes.

    Without one: in the working directory, beside ``templates.d``; for a folder outside of it, in the folder itself.
    """
    top = Path.cwd()
    for above in (here, *here.parents):
        if (above / "schemas" / "template.schema.json").is_file():
            return above / "schemas"
        if above == top or (above / ".git").exists():
            break
    return (top if top in here.parents else here) / "schemas"
