"""Artifacts as actions/upload-artifact and download-artifact make and unpack them."""

from __future__ import annotations

import fnmatch
import io
import os
import re
import zipfile
from pathlib import Path


class ActionFailed(Exception):
    """The action ends red."""


def files_of(workspace, patterns):
    """The files that the patterns find and the folder that their names are relative to, by the action's rule.

    Several search paths: their least common ancestor; one file named as such: its folder; else the search path.
    A hidden file or folder below a search path is left out.
    """
    wanted = [line.strip() for line in patterns.splitlines() if line.strip()]
    if any(line[0] in "!~" for line in wanted):
        raise ActionFailed(f"a path of {wanted} is written in a way that this stand-in does not know")
    places = [_place(workspace, line) for line in wanted]
    found = sorted(
        {file for where, line in zip(places, wanted, strict=True) for file in _found(workspace, where, line)}
    )
    roots = [
        where for where in places if not any(other != where and other in where.parents for other in places)
    ]
    if len(set(roots)) > 1:
        return found, Path(os.path.commonpath(roots))
    if found == [roots[0]]:
        return found, roots[0].parent
    return found, roots[0]


def _place(workspace, line):
    """The path before the first wildcard."""
    steps = line.rstrip("/").split("/")
    fixed = []
    for step in steps:
        if re.search(r"[*?\[]", step):
            break
        fixed.append(step)
    return Path(os.path.normpath(workspace.joinpath(*fixed)))


def _found(workspace, where, line):
    whole = Path(os.path.normpath(workspace / line))
    if whole.is_file():
        return [whole]
    pattern = _pattern(os.path.normpath(workspace / line))
    return [
        file
        for file in where.rglob("*")
        if file.is_file()
        and not any(step.startswith(".") for step in file.relative_to(where).parts)
        and re.fullmatch(pattern, str(file))
    ]


def _pattern(path):
    """A path with wildcards as a regular expression; a folder stands for all that is in it."""
    parts = [
        {"/**/": "/(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
        for part in re.split(r"(/\*\*/|\*\*|\*|\?)", path)
    ]
    return "".join(parts) + "(?:/.*)?"


def packed(workspace, patterns):
    """The zip file's bytes; None where nothing is found."""
    found, root = files_of(workspace, patterns)
    if not found:
        return None
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in found:
            archive.write(file, file.relative_to(root))
    return content.getvalue()


def unpacked(content, folder):
    """The zip file's content in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def names_of(content):
    """The names in a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sorted(archive.namelist())


def read_in(content, name):
    """One file of a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def edited(content, name, edit):
    """The zip file with one of its files sent through ``edit``."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(made, "w") as copy:
        for each in archive.namelist():
            kept = archive.read(each)
            copy.writestr(each, edit(kept) if each == name else kept)
    return made.getvalue()


def matching(names, pattern):
    """Artifact names by a pattern, as download-artifact has it."""
    return [name for name in names if fnmatch.fnmatchcase(name, pattern)]
