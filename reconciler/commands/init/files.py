"""Which files are laid down, with which text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from reconciler.commands._shared.tenants import TENANTS
from reconciler.commands.init import texts
from reconciler.commands.init.facts import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.init.facts import Facts, TenantFolder

CODEOWNERS = ".github/CODEOWNERS"
GITIGNORE = ".gitignore"
INSTALL = ".github/install-reconciler"
PRE_COMMIT = ".pre-commit-config.yaml"
DEPENDABOT = ".github/dependabot.yml"
REQUIREMENTS = ".github/requirements.txt"
WORKFLOWS = ".github/workflows"

ELSEWHERE = {CODEOWNERS: ("CODEOWNERS", "docs/CODEOWNERS"), DEPENDABOT: (".github/dependabot.yaml",)}
"""Where else GitHub looks for a file: a new one would put one of these out of force."""

_MAIN = "    branches: [main]\n"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*")


def files(facts: Facts) -> tuple[File, ...]:
    """Every file for these facts, sorted by path; whether it is there already is not looked at."""
    found = [
        File(path=CODEOWNERS, text=texts.codeowners(facts.tenants, facts.home)),
        File(path=INSTALL, text=texts.INSTALL, executable=True),
        File(path=DEPENDABOT, text=texts.DEPENDABOT),
        File(path=TENANTS, text=texts.tenants(facts.tenants)),
        File(path=GITIGNORE, text=texts.GITIGNORE),
        File(path=".editorconfig", text=texts.EDITORCONFIG),
        File(path=PRE_COMMIT, text=texts.pre_commit(facts)),
        File(path=".vscode/settings.json", text=texts.VSCODE_SETTINGS),
        File(path=".vscode/extensions.json", text=texts.VSCODE_EXTENSIONS),
        *(File(path=f"{WORKFLOWS}/{name}", text=_on(facts, text)) for name, text in facts.workflows.items()),
        *(File(path=f"schemas/{name}", text=text) for name, text in facts.schemas.items()),
        *(file for tenant in facts.tenants for file in _folder(tenant)),
    ]
    if facts.requirements is not None:
        found.append(File(path=REQUIREMENTS, text=facts.requirements))
    if facts.wheel is not None:
        found.append(File(path=f".github/{facts.wheel.name}", text="", content=facts.wheel.content))
    return tuple(sorted(found, key=lambda file: file.path))


def _on(facts: Facts, text: str) -> str:
    """A workflow that runs on pushes to this repository's default branch."""
    branch = facts.default_branch
    name = branch if _PLAIN.fullmatch(branch) else json.dumps(branch, ensure_ascii=False)
    return text.replace(_MAIN, _MAIN.replace("main", name))


def _folder(tenant: TenantFolder) -> Iterator[File]:
    """What a folder begins with. Where there is any YAML in it, it has begun."""
    if not tenant.in_use:
        example, policy = first(tenant.folder)
        yield File(path=example, text=texts.example(tenant))
        yield File(path=policy, text=texts.policy(tenant))


def first(folder: str) -> tuple[str, str]:
    """Where a tenant's example and policy stand."""
    within = "" if folder == "." else f"{folder}/"
    return f"{within}example.yaml", f"{within}policy.yaml"
