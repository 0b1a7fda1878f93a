"""One job on a machine of its own: its steps in order, in a workspace that begins empty."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from actions import perform
from artifacts import ActionFailed
from expressions import Context, Scope, Standing, text_of
from workflow import WorkflowError

if TYPE_CHECKING:
    from pathlib import Path

_COMMAND = re.compile(r"::(notice|warning|error)(?: ([^:]*))?::(.*)")


@dataclass(slots=True, kw_only=True)
class StepRun:
    """A step that has ended. ``outcome``: success, failure or skipped."""

    name: str
    outcome: str
    log: str = ""


@dataclass(slots=True, kw_only=True)
class JobRun:
    """A job that has ended, as the run's page shows it."""

    name: str
    result: str
    outputs: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)
    summary: str = ""
    sarif: list = field(default_factory=list)

    @property
    def log(self):
        return "".join(f"## {step.name}: {step.outcome}\n{step.log}" for step in self.steps)

    @property
    def annotations(self):
        """(level, message) of what the steps annotated."""
        found = [_COMMAND.match(line) for step in self.steps for line in step.log.splitlines()]
        return [(one[1], one[3]) for one in found if one]

    def step(self, name):
        return next(step for step in self.steps if step.name == name)


@dataclass(slots=True, kw_only=True)
class Desk:
    """Where a job works: its folder, token, contexts and the machine's own environment."""

    folder: Path
    hub: object
    run_id: int
    github: dict
    token: str
    permissions: dict
    machine: dict
    contexts: dict
    env: dict
    working_directory: str = "."
    sarif: list = field(default_factory=list)
    path: list = field(default_factory=list)

    @property
    def workspace(self):
        return self.folder / "workspace"


class Steps:
    """Runs the steps. ``before``: callables by step name; after the step ``lost_after`` the machine dies, after
    ``cancelled_after`` somebody cancels the run."""

    def __init__(self, desk, before, lost_after, cancelled_after=None):
        self.desk, self.before, self.lost_after = desk, before, lost_after
        self.cancelled_after = cancelled_after
        self.standing = Standing([])
        self.done = []
        self.summary = ""
        self.ids = Context()

    def run(self, steps):
        """success, failure or cancelled. A lost machine runs nothing more, whatever a step's ``if`` says."""
        self.desk.workspace.mkdir(parents=True)
        (self.desk.folder / "temp").mkdir()
        (self.desk.folder / "event.json").write_text(json.dumps(self.desk.github["event"]), encoding="utf-8")
        for number, step in enumerate(steps, 1):
            ran = self._step(step, number)
            self.done.append(ran)
            if ran.name == self.lost_after:
                return "failure"
            self.standing.stopped = self.standing.stopped or ran.name == self.cancelled_after
        if self.standing.stopped:
            return "cancelled"
        return "failure" if self.standing.failure() else "success"

    def scope(self, *, secrets=True):
        contexts = {**self.desk.contexts, "steps": self.ids}
        if not secrets:
            contexts.pop("secrets")
        return Scope(contexts, self.standing)

    def _step(self, step, number):
        scope = self.scope()
        name = scope.filled(step["name"]) if "name" in step else step.get("uses", "Run a script")
        if not self.scope(secrets=False).condition(step.get("if")):
            return self._ended(step, StepRun(name=name, outcome="skipped"), {})
        if name in self.before:
            self.before[name]()
        env = {key: text_of(value) for key, value in scope.filled(step.get("env", {})).items()}
        try:
            if "uses" in step:
                outputs, log = perform(self.desk, step["uses"], scope.filled(step.get("with", {}))), ""
                outcome = "success"
            else:
                outcome, outputs, log = self._script(step, number, env)
        except ActionFailed as failure:
            outcome, outputs, log = "failure", {}, f"::error::{failure}\n"
        return self._ended(step, StepRun(name=name, outcome=outcome, log=log), outputs)

    def _ended(self, step, ran, outputs):
        forgiven = ran.outcome == "failure" and bool(step.get("continue-on-error"))
        if ran.outcome == "failure" and not forgiven:
            self.standing.results.append("failure")
        if "id" in step:
            conclusion = "success" if forgiven else ran.outcome
            self.ids[step["id"]] = Context(outputs=outputs, outcome=ran.outcome, conclusion=conclusion)
        return ran

    def _script(self, step, number, env):
        """The script as GitHub runs it where no shell is named."""
        if "${{" in step["run"]:
            raise WorkflowError(f"an expression stands in a script: {step['run']}")
        script = self.desk.folder / f"step{number}.sh"
        script.write_text(step["run"], encoding="utf-8")
        files = {name: self.desk.folder / f"step{number}.{name}" for name in ("OUTPUT", "PATH", "SUMMARY")}
        for path in files.values():
            path.touch()
        ran = subprocess.run(
            ["bash", "-e", str(script)],
            cwd=self.desk.workspace / step.get("working-directory", self.desk.working_directory),
            env=self._environment(files, env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            timeout=120,
            check=False,
        )
        self.summary += files["SUMMARY"].read_text(encoding="utf-8")
        self.desk.path[:0] = files["PATH"].read_text(encoding="utf-8").split("\n")[-2::-1]
        outcome = "success" if ran.returncode == 0 else "failure"
        log = ran.stdout.decode("utf-8", "replace")
        return outcome, assignments(files["OUTPUT"].read_text(encoding="utf-8")), log

    def _environment(self, files, env):
        github = self.desk.github
        default = {
            f"GITHUB_{name.upper()}": text_of(github[name])
            for name in (
                *("actor", "api_url", "base_ref", "event_name", "head_ref", "job", "ref", "ref_name"),
                *("repository", "repository_owner", "run_attempt", "run_id", "server_url", "sha"),
                *("triggering_actor", "workflow"),
            )
        }
        default |= {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.desk.workspace),
            "GITHUB_EVENT_PATH": str(self.desk.folder / "event.json"),
            "GITHUB_OUTPUT": str(files["OUTPUT"]),
            "GITHUB_PATH": str(files["PATH"]),
            "GITHUB_STEP_SUMMARY": str(files["SUMMARY"]),
            "RUNNER_TEMP": str(self.desk.folder / "temp"),
            "RUNNER_OS": "Linux",
        }
        whole = {**self.desk.machine, **default, **self.desk.env, **env}
        return {**whole, "PATH": os.pathsep.join([*self.desk.path, whole["PATH"]])}


def assignments(text):
    """What a step wrote to GITHUB_OUTPUT: lines of ``name=value``."""
    pairs = [line.partition("=") for line in text.splitlines()]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise WorkflowError(f"Unable to process file command: invalid format {wrong}")
    return {name: value for name, _, value in pairs}
