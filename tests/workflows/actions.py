"""Stand-ins for the actions that the workflows use, by name. An unknown action or input is an error.

Each gets the job's ``Desk``: workspace, github context, token, run, hub.
"""

from __future__ import annotations

import base64
import re
import subprocess

import hub as keeping
from artifacts import ActionFailed, matching, packed, unpacked
from expressions import text_of
from workflow import WorkflowError


def perform(desk, uses, given):
    """Run the action; its outputs. ActionFailed where it ends red."""
    name = uses.partition("@")[0]
    if name not in _ACTIONS:
        raise WorkflowError(f"the action {name} has no stand-in")
    action, inputs = _ACTIONS[name]
    if unknown := set(given) - set(inputs):
        raise WorkflowError(f"{name}: unexpected inputs {sorted(unknown)}")
    return action(desk, {**inputs, **{key: text_of(value) for key, value in given.items()}}) or {}


def _checkout(desk, given):
    """As the action fetches: one commit, or with ``fetch-depth: 0`` every branch and tag.

    A sparse one has the named files alone; that the action then leaves out the other files' content is not imitated.
    Fetched from the server's folder, which is quicker; the remote is the server's address, as pushes need it.
    """
    if desk.permissions.get("contents") not in ("read", "write"):
        raise ActionFailed("fatal: repository not found: the token may not read contents")
    where = desk.workspace / given["path"]
    where.mkdir(parents=True, exist_ok=True)
    git = _Git(desk, where)
    git("init", "--quiet", "--initial-branch=main", "--template=")
    address = f"{desk.github['server_url']}/{desk.github['repository']}"
    keep = given["persist-credentials"] != "false"
    with (where / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(f'[remote "origin"]\n\turl = {address}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n')
        config.write(f"[http]\n\textraheader = {_header(desk.token)}\n" if keep else "")
    whole = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    spec, branch, local = _wanted(desk.github, given["ref"])
    if given["fetch-depth"] == "0":
        git.fetch(*whole)
        git.fetch(spec)  # the branch may have moved on since the event
    else:
        git.fetch(f"--depth={given['fetch-depth']}", spec)
    if given["sparse-checkout"]:
        cone = "--cone" if given["sparse-checkout-cone-mode"] == "true" else "--no-cone"
        git("sparse-checkout", "set", cone, *given["sparse-checkout"].split())
    git("checkout", "--quiet", "--force", *(["-B", branch] if branch else []), local)
    return {"ref": given["ref"]}


def _wanted(github, ref):
    """What to fetch, the branch to stand on (None: on none), and the name of what is checked out."""
    if re.fullmatch("[0-9a-f]{40}", ref):
        return ref, None, ref
    if ref:
        return f"+refs/heads/{ref}:refs/remotes/origin/{ref}", ref, f"refs/remotes/origin/{ref}"
    sha, ref = github["sha"], github["ref"]
    branch = ref.removeprefix("refs/heads/")
    if branch != ref:
        return f"+{sha}:refs/remotes/origin/{branch}", branch, f"refs/remotes/origin/{branch}"
    local = ref.replace("refs/", "refs/remotes/", 1)
    return f"+{sha}:{local}", None, local


def _header(token):
    return "AUTHORIZATION: basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


class _Git:
    """git in one folder."""

    def __init__(self, desk, where):
        self.desk, self.where = desk, where

    def __call__(self, *words):
        ran = subprocess.run(
            ["git", *words],
            cwd=self.where,
            env=self.desk.machine,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise ActionFailed(f"git {' '.join(words)}: {ran.stderr}")

    def fetch(self, *words):
        depth, specs = [word for word in words if word[0] == "-"], [word for word in words if word[0] != "-"]
        folder = f"file://{self.desk.hub.read()['git']}"
        self("fetch", "--quiet", "--no-tags", *depth, folder, *specs)


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
        {
            "ref": "",
            "path": ".",
            "fetch-depth": "1",
            "persist-credentials": "true",
            "sparse-checkout": "",
            "sparse-checkout-cone-mode": "true",
        },
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
