"""The released package and all that it needs, at exact versions and by their hashes, out of pip's installation report.

The report's form: https://pip.pypa.io/en/stable/reference/installation-report/ (version 1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reconciler.commands.init.facts import PACKAGE
from reconciler.commands.init.markers import PYTHON, holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9.+!_-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


class NoPins(Exception):
    """A report that no requirements come of; why."""


def arguments(report: str, target: str, wanted: Sequence[str]) -> list[str]:
    """pip's arguments that make the report, and install nothing."""
    return [
        *(
            "install",
            "--dry-run",
            "--ignore-installed",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
        ),
        *("--retries", "1", "--report", report, "--target", target),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON),
        *(part for platform in PLATFORMS for part in ("--platform", platform)),
        *wanted,
    ]


def missing(report: dict[str, Any]) -> tuple[str, ...]:
    """Requirements of the report's packages that count on the runners, and whose packages are not in it."""
    there = {canonicalize_name(item["metadata"]["name"]) for item in report["install"]}
    found = set()
    for item in report["install"]:
        for line in item["metadata"].get("requires_dist") or ():
            requirement = _requirement(line)
            marker, requirement.marker = requirement.marker, None
            if marker is not None and canonicalize_name(requirement.name) not in there and holds(marker):
                found.add(str(requirement))
    return tuple(sorted(found))


def _requirement(line: str) -> Requirement:
    try:
        return Requirement(line)
    except InvalidRequirement:
        raise NoPins(f"a package's metadata asks for what cannot be read: {line!r}") from None


def requirements(report: dict[str, Any], version: str, wheel: str | None = None) -> str:
    """The text of a requirements file for ``pip install --require-hashes``.

    ``wheel`` is the package's name as a file in ``.github/``, where it comes from no index; paths in such a file are
    from where pip runs, which is the repository's top.
    """
    lines = [
        f"# {PACKAGE} {version} and what it needs, for Python {PYTHON} on Linux x86_64: ubuntu-24.04, where the",
        "# workflows run. `reconciler init` writes this file where it is missing, for its own version.",
    ]
    pins = sorted(_pins(report))
    if wheel is not None and (PACKAGE, version) not in {(name, pinned) for name, pinned, _ in pins}:
        raise NoPins(f"{wheel} is not {PACKAGE} {version}, which runs here")
    for name, pinned, digest in pins:
        what = f"./.github/{wheel}" if wheel is not None and name == PACKAGE else f"{name}=={pinned}"
        lines += [f"{what} \\", f"    --hash=sha256:{digest}"]
    return "\n".join(lines) + "\n"


def _pins(report: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for item in report["install"]:
        name, version = canonicalize_name(item["metadata"]["name"]), item["metadata"]["version"]
        archive = item["download_info"].get("archive_info") or {}
        old = str(archive.get("hash", "")).removeprefix("sha256=")
        digest = (archive.get("hashes") or {}).get("sha256", old)
        if not (_NAME.fullmatch(name) and _VERSION.fullmatch(version) and _SHA256.fullmatch(digest)):
            raise NoPins(f"pip knows no SHA-256 of {name} {version}: it comes from no archive")
        yield name, version, digest
