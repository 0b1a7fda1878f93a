"""Somebody's own repository, with a remote or without, and a pip that knows no package but those of a folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

from commandline import CommandLine
from wheels import wheel

from reconciler import __version__
from reconciler.commands.init.lay_out import WORKFLOWS

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = "https://github.com/acme/messages.git"
BRANCH = "reconciler-audit"
EVERYTHING = {
    *(
        ".editorconfig",
        ".gitignore",
        ".pre-commit-config.yaml",
        ".vscode/extensions.json",
        ".vscode/settings.json",
    ),
    *(".github/CODEOWNERS", ".github/dependabot.yml", ".github/install-reconciler"),
    *(".github/requirements.txt", ".github/tenants.json"),
    *(f".github/workflows/{name}" for name in WORKFLOWS),
    *(f"schemas/{kind}.schema.json" for kind in ("campaign", "policy", "template", "webhook")),
    *("templates.d/example.yaml", "templates.d/policy.yaml"),
}
"""What is laid down for one tenant."""


class Repo:
    """A repository of somebody's, whose pip knows the wheels in ``wheels`` and no others, the package's among them."""

    def __init__(self, folder: Path, *, branch: str = "main") -> None:
        self.folder = folder / "repo"
        self.folder.mkdir()
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.cli = CommandLine(self.folder)
        self.cli.env |= {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(folder),
            "HOME": str(folder),
        }
        self.package = self.wheels / f"cxone_reconciler-{__version__}-py3-none-any.whl"
        wheel(self.wheels, "cxone_reconciler", __version__)
        self.git("init", "-q", "-b", branch)

    def git(self, *words: str, folder: Path | None = None) -> str:
        """What git answers."""
        done = subprocess.run(
            ["git", "-c", "user.name=Tess", "-c", "user.email=tess@example.com", *words],
            cwd=folder or self.folder,
            env=self.cli.env,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return done.stdout.strip()

    def origin(self, *, branch: str = "main") -> Path:
        """A bare repository, which the remote's URL on github.com leads to here."""
        bare = self.folder.parent / "origin.git"
        self.git("init", "-q", "--bare", "-b", branch, str(bare))
        self.leads_to(bare)
        return bare

    def leads_to(self, bare: Path) -> None:
        """The remote's URL, on github.com, is this folder here."""
        self.git("config", f"url.{bare}.insteadOf", GITHUB)
        self.git("remote", "add", "origin", GITHUB)

    def commit(self) -> None:
        """Everything there is, on the branch that is checked out."""
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", "More")

    def init(self, *args: str, exits: int = 0, env: dict[str, str] | None = None) -> dict:
        """The report."""
        return self.cli.run("init", "--format", "json", *args, exits=exits, env=env).json

    def files(self) -> dict[str, str]:
        """Every file outside of .git with the hash of its content."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in found
            if ".git" not in path.relative_to(self.folder).parts
        }

    def refs(self) -> str:
        """Every branch and what HEAD is."""
        return self.git("for-each-ref") + self.git("symbolic-ref", "HEAD")

    def log_files(self) -> dict[str, str]:
        """What the audit log's branch holds: each file's text."""
        names = self.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()
        return {name: self.git("show", f"{BRANCH}:{name}") for name in names}


def titles(report: dict) -> list[str]:
    return [step["title"] for step in report["next"]]


def lines(report: dict) -> list[str]:
    return [line for step in report["next"] for line in step["lines"]]
