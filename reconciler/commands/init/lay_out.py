"""The steps of ``init``: find the facts, write the files that are missing, and report what is next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.commands._shared import settings, tenants
from reconciler.commands._shared.git import AUDIT_BRANCH
from reconciler.commands._shared.tenants import TENANT
from reconciler.commands.init import audit_branch, package, repository
from reconciler.commands.init import files as scaffold
from reconciler.commands.init.facts import MANY, ONE, Facts, Laid, TenantFolder
from reconciler.commands.init.next_steps import steps
from reconciler.core.errors import ReconcilerError
from reconciler.core.urls import is_local, normalise_token_url, organisation
from reconciler.desired import discovery, schema
from reconciler.outputs._results import LaidDown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.commands.init.facts import File
    from reconciler.commands.init.repository import Repository

WORKFLOWS = (
    "apply-tenant.yml",
    "apply-tenants.yml",
    "apply.yml",
    "drift.yml",
    "plan-tenants.yml",
    "plan.yml",
)
_NAMELESS = "cxone"


def lay_down(folder: str, names: Sequence[str], wheel: str | None) -> LaidDown:
    """Lay everything down in the repository that ``folder`` is in, for tenants of these names.

    ``wheel`` is the path of the package, where the workflows are to install it from a file.
    """
    here = repository.look(folder)
    repository.refuse_server(here.home)
    facts = _facts(here, names, os.environ, package.requirements(here.top, wheel))
    found = scaffold.files(facts)
    kept = _there(here.top, facts, found)
    new = [file for file in found if not kept.keys() & {file.path, *scaffold.ELSEWHERE.get(file.path, ())}]
    _refuse_blocked(here.top, new)
    for number, file in enumerate(new):
        _write(here.top, file, number, len(new))
    branch = audit_branch.make(here.top, [tenant.name for tenant in facts.tenants], here.audit)
    written = tuple(file.path for file in new)
    ours = (*written, *kept)
    ignored = repository.ignored(here.top, ours)
    laid = Laid(
        written=written,
        kept=kept,
        ignored=ignored & set(written),
        uncommitted=repository.uncommitted(here.top, [path for path in ours if path not in ignored]),
        audit_pushed=branch.pushed,
    )
    return LaidDown(
        folder=discovery.shown(here.top),
        written=written,
        kept=tuple(kept),
        branch=AUDIT_BRANCH,
        was=branch.was,
        steps=steps(facts, found, laid),
    )


def workflows() -> dict[str, str]:
    """This project's own workflows, by name: in the wheel, or where it is installed from its checkout, in that."""
    package = Path(__file__).parents[2]
    places = (package / "_workflows", package.parent / ".github" / "workflows")
    folder = next(place for place in places if place.is_dir())
    return {name: (folder / name).read_text(encoding="utf-8") for name in WORKFLOWS}


def _facts(
    here: Repository, names: Sequence[str], environ: Mapping[str, str], pinned: package.Pinned
) -> Facts:
    listed = tenants.listed(here.top)
    return Facts(
        tenants=_tenants(here.top, names, listed, environ),
        version=__version__,
        audit_branch=AUDIT_BRANCH,
        default_branch=here.default_branch,
        branch=here.branch,
        folder=os.path.basename(here.top),
        origin=here.origin,
        home=here.home,
        listed=None if listed is None else tuple(listed),
        workflows=workflows(),
        schemas=schema.texts(),
        requirements=pinned.requirements,
        wheel=pinned.wheel,
    )


def _tenants(
    top: str, names: Sequence[str], listed: Mapping[str, str] | None, environ: Mapping[str, str]
) -> tuple[TenantFolder, ...]:
    """Those that are listed, then those that are asked for; without either the one that is set here."""
    base_url, variables = _connection(environ)
    own = organisation(base_url or "")
    folders = dict(listed or {})
    asked = names or (() if folders else (own if own and TENANT.fullmatch(own) else _NAMELESS,))
    several = len({*folders, *asked}) > 1
    for name in asked:
        folders.setdefault(name, f"{MANY}/{name}" if several else ONE)
    found = []
    for name, folder in folders.items():
        its_own = not several or name == own
        found.append(
            TenantFolder(
                name=name,
                folder=folder,
                in_use=_has_yaml(os.path.join(top, folder)),
                base_url=base_url if its_own else None,
                variables=variables if its_own else (),
            )
        )
    return tuple(found)


def _connection(environ: Mapping[str, str]) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The base URL that is set here, and the variables that say so. One on this machine is for trying things out."""
    given = {
        name: environ.get(name, "").strip() for name in ("CXONE_ORG", "CXONE_BASE_URL", "CXONE_TOKEN_URL")
    }
    if not given["CXONE_ORG"] and not given["CXONE_BASE_URL"]:
        return None, ()
    base_url = settings.base_url(environ)
    if is_local(base_url):
        return None, ()
    where = ("CXONE_BASE_URL", base_url) if given["CXONE_BASE_URL"] else ("CXONE_ORG", given["CXONE_ORG"])
    token_url = given["CXONE_TOKEN_URL"]
    if not token_url:
        return base_url, (where,)
    return base_url, (where, ("CXONE_TOKEN_URL", normalise_token_url(token_url, "CXONE_TOKEN_URL")))


def _has_yaml(folder: str) -> bool:
    try:
        return bool(discovery.find([folder]))
    except ReconcilerError:
        return False


def _there(top: str, facts: Facts, files: Iterable[File]) -> dict[str, str]:
    """The texts of what is there already, by path."""
    wanted = {path for file in files for path in (file.path, *scaffold.ELSEWHERE.get(file.path, ()))}
    wanted.add(scaffold.REQUIREMENTS)
    wanted |= {path for tenant in facts.tenants if tenant.in_use for path in scaffold.first(tenant.folder)}
    return {path: _text(top, path) for path in sorted(wanted) if os.path.lexists(os.path.join(top, path))}


def _text(top: str, path: str) -> str:
    """A file's text, as far as it is one; its lines are only searched."""
    try:
        content, _ = discovery.slurp(os.path.join(top, path))
    except discovery.Unreadable:
        return ""
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


def _refuse_blocked(top: str, files: Iterable[File]) -> None:
    """ReconcilerError where a file stands in a folder's place, before anything is written."""
    for file in files:
        for above in Path(file.path).parents:
            place = Path(top, above)
            if os.path.lexists(place) and not place.is_dir():
                raise ReconcilerError(
                    f"{file.path} cannot be created: {above} is a file, and a folder is needed. Nothing was written; "
                    "move it out of the way."
                )


def _write(top: str, file: File, number: int, total: int) -> None:
    """A new file, whole or not at all. One that has come up since is left alone, and ends it."""
    place = os.path.join(top, file.path)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if file.executable else 0o666)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(file.text.encode() if file.content is None else file.content)
        except OSError:
            os.unlink(place)
            raise
    except OSError as failure:
        raise ReconcilerError(
            f"{file.path} cannot be written: {failure.strerror}; {number} of {total} files are. Fix that and run it "
            "again for the others."
        ) from None
