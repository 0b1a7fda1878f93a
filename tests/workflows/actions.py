"""Stand-ins for the actions that the workflows use, by name. An unknown action or input is an error.

Each gets the job's ``Desk``: workspace, github context, token, run, hub.
"""

from __future__ import annotations

import base64
import re
import subprocess

import hub as keeping
from artifacts import ActionFailed, matching, packed, unpacked
from workflow import WorkflowError


def perform(desk, uses, given):
    """Run the action; its outputs. ActionFailed where it ends red."""
    name = uses.partition("@")[0]
    if name not in _ACTIONS:
        raise WorkflowError(f"the action {name} has no stand-in")
    action, inputs = _ACTIONS[name]
    if unknown := set(given) - set(inputs):
        raise WorkflowError(f"{name}: unexpected inputs {sorted(unknown)}")
    return action(desk, {**inputs, **{key: _text(value) for key, value in given.items()}}) or {}


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _checkout(desk, given):
    """As the action fetches: one commit, or with ``fetch-depth: 0`` every branch and tag."""
    where = desk.workspace / given["path"]
    where.mkdir(parents=True, exist_ok=True)
    git = _Git(desk, where)
    git("init", "--quiet", "--initial-branch=main")
    git("config", "gc.auto", "0")
    git("remote", "add", "origin", f"{desk.github['server_url']}/{desk.github['repository']}")
    whole = given["fetch-depth"] == "0"
    depth = [] if whole else [f"--depth={given['fetch-depth']}"]
    if whole:
        git.fetch("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    ref = given["ref"]
    if re.fullmatch("[0-9a-f]{40}", ref):
        git.fetch(*depth, ref)
        git("checkout", "--quiet", "--force", ref)
    elif ref:
        git.fetch(*depth, f"+refs/heads/{ref}:refs/remotes/origin/{ref}")
        git("checkout", "--quiet", "--force", "-B", ref, f"refs/remotes/origin/{ref}")
    else:
        _checkout_event(git, desk.github, depth)
    if given["persist-credentials"] != "false":
        git("config", "http.extraheader", _Git.header(desk.token))
    return {"ref": ref, "commit": git("rev-parse", "HEAD").strip()}


def _checkout_event(git, github, depth):
    """The commit of the event, on its branch or, for a pull request, on none."""
    sha, ref = github["sha"], github["ref"]
    branch = ref.removeprefix("refs/heads/")
    local = f"refs/remotes/origin/{branch}" if branch != ref else ref.replace("refs/", "refs/remotes/", 1)
    git.fetch(*depth, f"+{sha}:{local}")
    git("checkout", "--quiet", "--force", *(["-B", branch] if branch != ref else []), local)


class _Git:
    """git in one folder, with the job's token for the server alone."""

    def __init__(self, desk, where):
        self.desk, self.where = desk, where

    @staticmethod
    def header(token):
        return "AUTHORIZATION: basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()

    def __call__(self, *words):
        ran = subprocess.run(
            ["git", *words], cwd=self.where, env=self.desk.machine, capture_output=True, text=True, check=False
        )
        if ran.returncode != 0:
            raise ActionFailed(f"git {' '.join(words)}: {ran.stderr}")
        return ran.stdout

    def fetch(self, *words):
        authorised = ["-c", f"http.extraheader={self.header(self.desk.token)}"]
        self(*authorised, "fetch", "--quiet", "--no-tags", "--prune", "origin", *words)


def _upload(desk, given):
    content = packed(desk.workspace, given["path"])
    if content is None:
        if given["if-no-files-found"] == "error":
            raise ActionFailed(f"No files were found with the provided path: {given['path']}")
        return {}
    with desk.hub.change() as state:
        if given["overwrite"] == "true":
            keeping.drop_artifact(state, desk.run_id, given["name"])
        try:
            made = keeping.add_artifact(state, desk.run_id, given["name"], len(content))
        except KeyError:
            raise ActionFailed("(409) Conflict: an artifact with this name already exists") from None
        desk.hub.keep_zip(made["id"], content)
    return {"artifact-id": str(made["id"])}


def _download(desk, given):
    """The artifacts of this run: the one of ``name``, or those of ``pattern``, each in a folder unless merged."""
    state = desk.hub.read()
    there = {
        each["name"]: each["id"] for each in state["artifacts"] if each["workflow_run"]["id"] == desk.run_id
    }
    into = desk.workspace / given["path"]
    if given["name"]:
        if given["name"] not in there:
            raise ActionFailed(f"Artifact not found for name: {given['name']}")
        unpacked(desk.hub.zip_of(there[given["name"]]), into)
        return {"download-path": str(into)}
    for name in matching(sorted(there), given["pattern"] or "*"):
        unpacked(desk.hub.zip_of(there[name]), into if given["merge-multiple"] == "true" else into / name)
    return {"download-path": str(into)}


def _upload_sarif(desk, given):
    if desk.permissions.get("security-events") != "write":
        raise ActionFailed("Resource not accessible by integration")
    desk.sarif.append((given["category"], (desk.workspace / given["sarif_file"]).read_text(encoding="utf-8")))


_ACTIONS = {
    "actions/checkout": (
        _checkout,
        {"ref": "", "path": ".", "fetch-depth": "1", "persist-credentials": "true"},
    ),
    "actions/upload-artifact": (
        _upload,
        {"name": "artifact", "path": "", "if-no-files-found": "warn", "overwrite": "false"},
    ),
    "actions/download-artifact": (
        _download,
        {"name": "", "pattern": "", "path": ".", "merge-multiple": "false"},
    ),
    "actions/setup-python": (lambda desk, given: None, {"python-version": ""}),
    "github/codeql-action/upload-sarif": (_upload_sarif, {"sarif_file": "", "category": ""}),
}
