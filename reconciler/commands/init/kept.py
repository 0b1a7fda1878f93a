"""What files that were there already lack, as lines to add: ``init`` itself does not touch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands._shared.tenants import TENANTS
from reconciler.commands.init import texts
from reconciler.commands.init.facts import PACKAGE
from reconciler.commands.init.files import (
    CODEOWNERS,
    ELSEWHERE,
    GITIGNORE,
    INSTALL,
    PRE_COMMIT,
    REQUIREMENTS,
    WORKFLOWS,
)
from reconciler.outputs._results import NextStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.commands.init.facts import Facts, File


def steps(facts: Facts, files: Sequence[File], kept: Mapping[str, str]) -> Iterator[NextStep]:
    """The steps that complete the kept files, whose texts ``kept`` has by path."""
    yield from _tenants(facts, kept)
    yield from _gitignore(kept)
    yield from _pre_commit(facts, kept)
    yield from _codeowners(facts, kept)
    yield from _version(facts, kept)
    yield from _others(facts, files, kept)


def _tenants(facts: Facts, kept: Mapping[str, str]) -> Iterator[NextStep]:
    new = [tenant for tenant in facts.tenants if facts.listed is not None and tenant.name not in facts.listed]
    if TENANTS in kept and new:
        entries = tuple(texts.entry(tenant.name, tenant.folder) for tenant in new)
        yield NextStep(
            title=f"Add to the list in {TENANTS}",
            why="The workflows run for the tenants that it names.",
            lines=entries,
        )


def _gitignore(kept: Mapping[str, str]) -> Iterator[NextStep]:
    if GITIGNORE not in kept:
        return
    there = {line.strip().strip("/") for line in kept[GITIGNORE].splitlines()}
    if texts.IGNORED.strip("/") not in there:
        yield NextStep(
            title=f"Add to {GITIGNORE}",
            why="It holds what reconciler keeps on this machine, secrets of the embedded CXone among it.",
            lines=(texts.IGNORED,),
        )


def _pre_commit(facts: Facts, kept: Mapping[str, str]) -> Iterator[NextStep]:
    if PRE_COMMIT not in kept:
        return
    lacking = [
        tenant
        for tenant in facts.tenants
        if "reconciler-validate" not in kept[PRE_COMMIT] or tenant.folder not in kept[PRE_COMMIT]
    ]
    if lacking:
        yield NextStep(
            title=f"Add to `repos:` in {PRE_COMMIT}",
            why="A commit then fails where a template breaks a rule.",
            lines=texts.hooks(lacking, facts),
        )


def _codeowners(facts: Facts, kept: Mapping[str, str]) -> Iterator[NextStep]:
    place = next((path for path in (CODEOWNERS, *ELSEWHERE[CODEOWNERS]) if path in kept), None)
    if place is None or facts.home is None:
        return
    words = [line.partition("#")[0].split() for line in kept[place].splitlines()]
    patterns = {first[0].strip("/*") for first in words if len(first) > 1}
    lacking = (
        [] if "" in patterns else [path for path in texts.owned(facts.tenants) if not _under(path, patterns)]
    )
    if lacking:
        yield NextStep(
            title=f"Add to {place}",
            why="Who may approve these is who may change the tenant; `*`, everything, stands first. Put a person or a "
            "team where the owner is an organisation.",
            lines=tuple(texts.rule(path, facts.home) for path in lacking),
        )


def _under(path: str, patterns: set[str]) -> bool:
    """Whether a rule is for this path or a folder that it is in."""
    parts = path.strip("/").split("/")
    return any("/".join(parts[:depth]) in patterns for depth in range(1, len(parts) + 1))


def _version(facts: Facts, kept: Mapping[str, str]) -> Iterator[NextStep]:
    pinned = (f"{PACKAGE}=={facts.version} ", f"/{PACKAGE.replace('-', '_')}-{facts.version}-")
    if REQUIREMENTS in kept and not any(each in kept[REQUIREMENTS] for each in pinned):
        yield NextStep(
            title=f"Look at {REQUIREMENTS}: it does not pin {PACKAGE} {facts.version}, which runs here",
            why="To have the workflows run this version, delete the file and run `reconciler init` again.",
        )


def _others(facts: Facts, files: Sequence[File], kept: Mapping[str, str]) -> Iterator[NextStep]:
    """The workflows belong together, and to a version of the package."""
    ours = [file for file in files if file.path == INSTALL or file.path.startswith(f"{WORKFLOWS}/")]
    differing = [file.path for file in ours if file.path in kept and kept[file.path] != file.text]
    if differing:
        yield NextStep(
            title=f"Compare with version {facts.version}: {', '.join(differing)}",
            why="They differ from what this version creates. Move each out of the way, run `reconciler init` again, "
            "and compare the two; a workflow of your own by such a name needs another.",
        )
