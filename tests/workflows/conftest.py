"""A repository with its tenants in place, made once, and a team for every test on a copy of it."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial

import _paths  # noqa: F401  before what it makes importable
import pytest
import warm
from checkout import HOOK, ROOT, SECRET, template, webhook
from commandline import CommandLine
from desk import WorkingCopy, bare, yaml_of
from embedded import Embedded
from githost import GitHost
from solo import run_of
from team import FULL_NAME, Team

FOLDERS = {"example": "templates.d", "second": "tenants/second"}
URLS = {"example": HOOK, "second": "https://second.example.com/hooks"}


def documents(name):
    """What a tenant's folder holds at the beginning, by file."""
    end = "" if name == "example" else f"_{name}"
    return {
        **{f"{letter}.yaml": [template(f"tmpl_{letter}{end}")] for letter in "ab"},
        "hook.yaml": [webhook(URLS[name])],
    }


def _applied(commit, head):
    """How far the last apply got, as the audit log's branch has it."""
    return json.dumps({"since": commit, "commit": commit, "exit": 0, "head": head})


class Ground:
    """The repository as all stories find it: main's files, and each tenant as these ask for, with its audit log."""

    def __init__(self, folder, names):
        self.folder, self.names = folder, names
        self.ports, self.heads = {}, {}
        copy = WorkingCopy(folder / "desk", bare(folder / f"{FULL_NAME}.git"))
        logs = {f"{name}.jsonl": self._in_place(name) for name in names}
        first = copy.orphan(self._files(), "Begin", to="refs/heads/main")
        logs |= {f"{name}.applied.json": _applied(first, head) for name, head in self.heads.items()}
        copy.orphan(logs, "Begin the audit logs", to="refs/heads/reconciler-audit")
        shutil.rmtree(folder / "desk")

    def _in_place(self, name):
        """Apply the files to a new tenant; its audit log."""
        home = self.folder / name
        for file, content in documents(name).items():
            path = home / "templates.d" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml_of(content), encoding="utf-8")
        tenant = Embedded(home)
        try:
            cli = CommandLine(home)
            cli.env |= {**tenant.exports, "CXONE_WEBHOOK_SECRET": SECRET}
            applied = cli.run("apply", "--yes", "--format", "json").json
        finally:
            tenant.close()
        self.ports[name], self.heads[name] = int(tenant.url.rpartition(":")[2]), applied["audit_head"]
        return (home / ".reconciler" / "audit.jsonl").read_text(encoding="utf-8")

    def _files(self):
        """The repository's own workflows, as they stand; ``install-reconciler`` puts these tests' one on the path."""
        programs = self.folder / "installed"
        programs.mkdir()
        program = programs / "reconciler"
        program.write_text(warm.server().program, encoding="utf-8")
        program.chmod(0o755)
        workflows = (ROOT / ".github" / "workflows").glob("*.yml")
        tenants = [{"tenant": name, "templates": FOLDERS[name]} for name in self.names]
        return {
            **{f".github/workflows/{path.name}": path.read_text(encoding="utf-8") for path in workflows},
            ".github/install-reconciler": f'#!/bin/sh\necho "{programs}" >> "$GITHUB_PATH"\n',
            ".github/tenants.json": json.dumps(tenants),
            **{
                f"{FOLDERS[name]}/{file}": content
                for name in self.names
                for file, content in documents(name).items()
            },
        }


@pytest.fixture(scope="session")
def grounds(tmp_path_factory):
    """``grounds(*names)``: the Ground of these tenants, made once."""
    made = {}

    def _grounds(*names):
        if names not in made:
            made[names] = Ground(tmp_path_factory.mktemp("ground"), names)
        return made[names]

    return _grounds


@pytest.fixture
def host(tmp_path):
    """GitHub's server of one test. gh must be there: it is the real one."""
    if shutil.which("gh") is None:
        if os.environ.get("CI"):
            pytest.fail("there is no gh: in CI these tests are never skipped")
        pytest.skip("these tests need the GitHub CLI, gh (Debian: apt-get install gh)")
    server = GitHost(tmp_path)
    yield server
    server.close()


@pytest.fixture
def teams(grounds, host, tmp_path):
    """``teams(*faults, tenants=("example",))``: a team whose tenants have these faults.

    At the end: no call that GitHub does not know or would refuse, save those expected, and no secret anywhere.
    """
    made = []

    def _teams(*faults, tenants=("example",)):
        ground = grounds(*tenants)
        shutil.copytree(ground.folder / "acme", tmp_path / "acme")
        served = {}
        for name in tenants:
            shutil.copytree(ground.folder / name, tmp_path / name)
            served[name] = Embedded(tmp_path / name, *faults, port=ground.ports[name])
        team = Team(tmp_path, served, host)
        made.append(team)
        return team

    yield _teams
    for team in made:
        for tenant in team.tenants.values():
            tenant.close()
        assert team.hub.read()["refused"] == team.expected_refusals
        assert [refused for refused in team.host.refused if refused[1] == 403] == []
        assert team.runner.leaks == []


@pytest.fixture
def solo(tmp_path):
    """``solo(jobs, **more)``: the run of a workflow with these jobs, as ``solo.run_of`` makes it."""
    return partial(run_of, tmp_path)


@pytest.fixture
def team(teams):
    """A team with one tenant, ``example``, that has no fault."""
    return teams()
