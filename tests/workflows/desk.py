"""A clone in which people work: branches, commits, merges, pushed to the repository's own folder."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

CONFIG = str(Path(__file__).with_name("gitconfig"))
_PEOPLE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": CONFIG,
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
    "LANG": "C.UTF-8",
}
_ALL = ("+refs/heads/*:refs/remotes/origin/*", "+refs/pull/*:refs/remotes/pull/*")
_RULES = """#!/bin/sh
# The ruleset of the audit log's branch: no token may update it, and nobody may force a push.
[ "$1" = refs/heads/reconciler-audit ] || exit 0
if [ -n "$REMOTE_USER" ]; then echo "GH013: Repository rule violations found for $1." >&2; exit 1; fi
case "$2" in *[!0]*) [ "$(git merge-base "$2" "$3")" = "$2" ] ;; esac
"""


def git(folder, *words):
    """git as people run it; what it prints."""
    ran = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **_PEOPLE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"git {' '.join(words)}\n{ran.stdout}{ran.stderr}"
    return ran.stdout.strip()


def bare(folder):
    """An empty repository as a server keeps it."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    hook = folder / "hooks" / "update"
    hook.parent.mkdir()
    hook.write_text(_RULES, encoding="utf-8")
    hook.chmod(0o755)
    return folder


def yaml_of(documents):
    """Documents as a file of desired state, in YAML that is JSON: one a line."""
    lines = [part for document in documents for part in ("---", json.dumps(document, ensure_ascii=False))]
    return "\n".join(lines) + "\n"


class WorkingCopy:
    """``remote``: the bare repository's folder."""

    def __init__(self, folder, remote):
        self.folder, self.remote = folder, remote
        folder.mkdir(parents=True)
        self("init", "--quiet", "--initial-branch=nothing")
        self("remote", "add", "origin", str(remote))
        self.fetch()

    def __call__(self, *words):
        return git(self.folder, *words)

    def fetch(self):
        self("fetch", "--quiet", "--prune", "origin", *_ALL)

    def tip(self, ref="origin/main"):
        return self("rev-parse", ref)

    def commit(self, on, files, message, *, to):
        """A commit on top of ``on``, pushed to the full ref ``to``; its hash. A file's value: documents, text, None."""
        self.fetch()
        self("checkout", "--quiet", "--force", "--detach", on)
        for name, content in files.items():
            self._put(self.folder / name, content)
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "-m", message)
        return self._pushed(to)

    def _put(self, path: Path, content):
        if content is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml_of(content)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if text.startswith("#!") else 0o644)

    def _pushed(self, to):
        self("push", "--quiet", "origin", f"+HEAD:{to}")
        self.fetch()
        return self.tip("HEAD")

    def orphan(self, files, message, *, to):
        """A first commit of a history of its own."""
        self("checkout", "--quiet", "--orphan", "beginning")
        self("rm", "-r", "--force", "--quiet", "--ignore-unmatch", ".")
        for name, content in files.items():
            self._put(self.folder / name, content)
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "-m", message)
        pushed = self._pushed(to)
        self("checkout", "--quiet", "--detach")
        self("branch", "--quiet", "-D", "beginning")
        return pushed

    def merged(self, head, how, message, *, to="refs/heads/main"):
        """``head`` merged into main by a merge commit, a squash or a rebase, pushed to ``to``; the new commits."""
        self.fetch()
        before = self.tip()
        if how == "rebase":
            self("checkout", "--quiet", "--force", "--detach", head)
            self("rebase", "--quiet", "--force-rebase", "origin/main")
        else:
            self("checkout", "--quiet", "--force", "--detach", "origin/main")
            self("merge", "--quiet", *(["--squash"] if how == "squash" else ["--no-ff", "-m", message]), head)
            if how == "squash":
                self("commit", "--quiet", "-m", message)
        self._pushed(to)
        return self("rev-list", "--first-parent", f"{before}..HEAD").split()

    def changed(self, before, after):
        return tuple(self("diff", "--name-only", before, after).splitlines())
