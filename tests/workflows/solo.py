"""A workflow of a test's own, in a repository of its own, for the tests of the runner."""

from __future__ import annotations

import json

import hub as keeping
from desk import WorkingCopy, bare
from runner import Runner
from runs import Event

FULL_NAME = "acme/messages"
HEAD = """
name: w
on:
  workflow_dispatch:
    inputs:
      word: {type: string, default: hello}
      sure: {type: boolean}
permissions: {}
jobs:
"""


def run_of(
    folder, jobs, *, others=None, environments=None, lost=None, event=None, ref="refs/heads/main", **inputs
):
    """The run of a workflow with these jobs (YAML, by two blanks in)."""
    remote = bare(folder / f"{FULL_NAME}.git")
    copy = WorkingCopy(folder / "desk", remote)
    files = {".github/workflows/w.yml": HEAD + jobs, "file.txt": "on main\n", **(others or {})}
    sha = copy.orphan(files, "Begin", to="refs/heads/main")
    hub = keeping.Hub.made(folder / "hub", full_name=FULL_NAME, server="http://127.0.0.1:9", git=remote)
    machine = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    runner = Runner(
        hub=hub,
        git=remote,
        folder=folder / "runs",
        environments=environments or {},
        machine=machine,
        secrets={"SHARED": "the-repositorys-secret"},
    )
    payload = {"inputs": inputs, "repository": {"default_branch": "main"}}
    common = {"sha": sha, "head_sha": sha, "head_branch": "main", "actor": "ann", "ref": ref}
    made = Event(name="workflow_dispatch", payload=payload, **{**common, **(event or {})})
    return runner.run("w.yml", made, lost=lost)


def job(*steps, **more):
    """A job in YAML that is JSON."""
    return json.dumps({"runs-on": "x", "permissions": {"contents": "read"}, **more, "steps": list(steps)})


def step(run, **more):
    return {"name": more.pop("name", "a step"), "run": run, **more}
