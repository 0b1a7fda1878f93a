"""``init`` and ``doctor`` on a repository's settings, by the real gh: what is printed does what is looked for."""

from __future__ import annotations

import json
import shutil
import subprocess

import hub as keeping
import pytest
from desk import bare as bare_repository
from ghsettings import kept
from team import FULL_NAME
from tokens import token_of
from userrepo import Repo

from reconciler.commands._shared.terminal import Screen
from reconciler.commands.init import consent, lay_out
from reconciler.commands.init.consent import gone_through, setting_of
from reconciler.outputs._results import Check, CheckState, LaidDown, NextStep

ADMIN = {"administration": "write", "contents": "read"}
IN_NEWER_GH = "gh variable "
"""What Debian's gh (2.23) does not know yet."""


class Ground:
    """A checkout whose origin is the stand-in's, set up by ``init`` but for the settings."""

    def __init__(self, folder, host):
        self.repo = Repo(folder)
        remote = bare_repository(folder / f"{FULL_NAME}.git")
        self.hub = keeping.Hub.made(folder / "hub", full_name=FULL_NAME, server=host.url, git=remote)
        host.hub = self.hub
        programs = folder / "bin"
        programs.mkdir()
        line = f'HTTP_PROXY={host.proxy} TCELL_MINIMIZE=1 exec {shutil.which("gh")} "$@"'
        (programs / "gh").write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (programs / "gh").chmod(0o755)
        env = self.repo.cli.env
        env |= {"PATH": f"{programs}:{env['PATH']}", "GH_TOKEN": token_of("admin", ADMIN)}
        self.repo.git("config", f"http.{host.url}.proxy", host.proxy)
        self.repo.git("remote", "add", "origin", f"{host.url}/{FULL_NAME}.git")
        self.report = self.repo.init("--tenant", "example")
        self.own("@acme/compliance")

    def own(self, owner):
        path = self.repo.folder / ".github" / "CODEOWNERS"
        path.write_text(f"* {owner}\n", encoding="utf-8")

    def doctor(self, exits=0):
        """The checks by name."""
        ran = self.repo.cli.run("doctor", "--github", "--format", "json", exits=exits)
        return {check["name"]: check for check in ran.json["checks"]}

    def set_up(self):
        """Run what init has printed, as somebody would who copies it."""
        for step in self.report["next"]:
            lines = [line for line in step["lines"] if not line.startswith(IN_NEWER_GH)]
            script = "\n".join(lines).replace("REVIEWER", "bob")
            if any(line.startswith("gh ") for line in lines):
                where = {"cwd": self.repo.folder, "env": self.repo.cli.env}
                subprocess.run(["sh", "-ec", script], **where, input=b"a secret", check=True)
        with self.hub.change() as state:
            kept(state)["environments"].setdefault("example-by-hand", _BY_HAND)


_BY_HAND = {
    "protection_rules": [
        {"type": "required_reviewers", "prevent_self_review": True, "reviewers": [{"type": "User"}]}
    ],
    "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    "branches": ["main"],
}


@pytest.fixture
def ground(tmp_path, host):
    return Ground(tmp_path, host)


def test_what_init_prints_is_what_doctor_looks_for(ground):
    """Of a new repository everything is lacking, with what to do; after the printed commands nothing is."""
    before = ground.doctor(exits=1)
    lacking = {name for name, check in before.items() if check["state"] in ("problem", "warning")}
    assert lacking == before.keys() - {"private", "secrets of the repository", "CODEOWNERS"}
    assert all(check["fix"] for check in before.values() if check["state"] == "problem")
    ground.set_up()
    after = ground.doctor()
    assert {name: check["found"] for name, check in after.items() if check["state"] != "ok"} == {}
    again = ground.repo.cli.run("init", "--github", "--format", "json")
    assert [step["title"] for step in again.json["next"] if setting_of(_step(step)) is not None] == []
    assert "Done already: Make the environment example-record." in again.err
    assert ground.hub.read()["refused"] == []


def _step(step):
    return NextStep(title=step["title"], why=step["why"], lines=tuple(step["lines"]))


def _loosened(settings):
    """Every protection taken away, one by one: the check that must find it, and how."""
    environments = settings["environments"]
    log = next(each for each in settings["rulesets"] if each["name"] == "reconciler-audit")
    main = next(each for each in settings["rulesets"] if each is not log)
    (reviews,) = [rule for rule in main["rules"] if rule["type"] == "pull_request"]
    yield "private", lambda: settings.update(private=False)
    yield "secrets of the repository", lambda: settings["secrets"].append("CXONE_CLIENT_SECRET")
    yield "CODEOWNERS", lambda: settings.update(owner={"login": "acme", "type": "Organization"})
    yield "environment example-plan", lambda: environments["example-plan"].update(secrets=[])
    yield (
        "environment example-apply",
        lambda: environments["example-apply"].update(deployment_branch_policy=None),
    )
    yield "environment example-record", lambda: environments["example-record"]["branches"].append("*")
    yield "environment example-by-hand", lambda: environments["example-by-hand"].update(protection_rules=[])
    yield "deploy key", lambda: settings["keys"].append({"id": 9, "title": "another", "read_only": False})
    yield "branch reconciler-audit", lambda: log["bypass_actors"].append({"actor_type": "OrganizationAdmin"})
    yield "key of the log", lambda: environments["example-apply"]["secrets"].remove("RECONCILER_LOG_KEY")
    yield "branch main", lambda: reviews["parameters"].update(require_last_push_approval=False)
    yield "tokens of workflows", lambda: settings["workflow"].update(default_workflow_permissions="write")


def test_each_protection_that_is_taken_away_is_found(ground):
    """One after the other, and each by the check that is named for it."""
    ground.set_up()
    ground.own("@acme")
    assert ground.doctor()["CODEOWNERS"]["state"] == "ok", "a person may own code"
    whole = json.dumps(ground.hub.read()["settings"])
    for number, (name, _) in enumerate(_loosened(json.loads(whole))):
        with ground.hub.change() as state:
            state["settings"] = json.loads(whole)
            list(_loosened(state["settings"]))[number][1]()
        found = {each: check for each, check in ground.doctor(exits=1).items() if check["state"] == "problem"}
        assert set(found) == {name}
        assert found[name]["fix"]


def test_what_a_token_may_not_see_is_said_and_not_taken_for_good(ground):
    """Whoever is no administrator is told so."""
    ground.repo.cli.env["GH_TOKEN"] = token_of("ann", {"contents": "read"})
    found = ground.doctor(exits=1)
    assert found["deploy key"]["state"] == "warning"
    assert "administrator" in found["deploy key"]["fix"]


def test_outside_of_a_repository_on_github_doctor_says_what_is_missing(tmp_path):
    """Not a traceback, and nothing asked."""
    assert "remote origin" in Repo(tmp_path).cli.run("doctor", "--github", exits=1).err


def test_steps_are_done_with_consent_alone():
    """What is done is said to be; what nobody agrees to, or what fails, is left to be copied."""
    titles = (
        "Commit and push",
        "Make the environment a-plan",
        "Make the environment a-apply",
        "Protect main: x",
    )
    steps = tuple(NextStep(title=title, lines=("gh x",)) for title in titles)
    report = LaidDown(folder=".", written=(), kept=(), branch="b", was="kept", steps=steps)
    there = Check(group="GitHub", name="environment a-plan", state=CheckState.OK, found="")
    left = gone_through(report, (there,), Screen(), lambda step: "apply" in step.title)
    assert [step.title for step in left.steps] == ["Commit and push", "Protect main: x"]
    assert gone_through(report, (), Screen(), None).steps == steps


def test_on_a_terminal_it_asks_and_does_what_is_agreed_to(ground):
    """A team for an organisation's code; yes runs a step's commands with the real gh, anything else leaves them."""
    with ground.hub.change() as state:
        kept(state)["owner"] = {"login": "acme", "type": "Organization"}
    (ground.repo.folder / ".github" / "CODEOWNERS").unlink()
    answers = iter(["@acme/compliance", *["no"] * 20])

    def answered(question):
        if "Run these" in question and any("workflows read" in line for line in told[-4:]):
            return "yes"
        return next(answers)

    told = []
    screen = _Scripted(answered, told)
    report = lay_out.lay_down(str(ground.repo.folder), ("example",), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consent, "can_ask", lambda: True)
        patch.chdir(ground.repo.folder)
        for name, value in ground.repo.cli.env.items():
            patch.setenv(name, value)
        left = consent.settled(report, screen)
    owners = (ground.repo.folder / ".github" / "CODEOWNERS").read_text("utf-8")
    assert "* @acme/compliance\n" in owners
    assert "@acme\n" not in owners
    assert ground.hub.read()["settings"]["workflow"]["default_workflow_permissions"] == "read"
    titles = [step.title for step in left.steps]
    assert not [title for title in titles if "workflows read" in title]
    assert [title for title in titles if "Make the environment example-plan" in title]
    assert ground.hub.read()["settings"]["environments"] == {}


class _Scripted:
    """A terminal with somebody who answers by ``answered``; ``told`` is what was shown."""

    def __init__(self, answered, told):
        self.answered, self.told = answered, told

    def say(self, message):
        assert "\n" not in message
        self.told.append(message)

    warn = say

    def asked(self, question):
        return self.answered(question)

    def agreed(self, question):
        return self.answered(question) == "yes"
