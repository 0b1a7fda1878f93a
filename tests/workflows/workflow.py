"""A workflow as it stands in the repository, and whether an event starts it."""

from __future__ import annotations

import re

import yaml

_KEYS = {"name", "run-name", "on", "permissions", "concurrency", "defaults", "env", "jobs"}
_JOB_KEYS = {
    *("name", "needs", "if", "permissions", "concurrency", "strategy", "env", "environment", "outputs"),
    *("runs-on", "timeout-minutes", "steps", "uses", "with", "secrets"),
}
_STEP_KEYS = {
    *("name", "id", "if", "uses", "with", "env", "run", "continue-on-error", "working-directory"),
}
_PULL_REQUEST_TYPES = ("opened", "synchronize", "reopened")


class WorkflowError(Exception):
    """GitHub would refuse the workflow, or this runner does not know what stands in it."""


class Workflow:
    """One workflow file."""

    def __init__(self, text, name):
        self.name = name
        self.body = yaml.safe_load(text)
        if True in self.body:  # YAML 1.1 reads the key `on` as a boolean
            self.body["on"] = self.body.pop(True)
        self._known(self.body, _KEYS, name)
        for key, job in self.jobs.items():
            self._known(job, _JOB_KEYS, f"{name}: {key}")
            for step in job.get("steps", ()):
                self._known(step, _STEP_KEYS, f"{name}: {key}")

    @property
    def working_directory(self):
        """Where scripts run, from the workspace."""
        defaults = self.body.get("defaults", {"run": {}})
        self._known(defaults, {"run"}, self.name)
        self._known(defaults["run"], {"working-directory"}, self.name)
        return defaults["run"].get("working-directory", ".")

    def _known(self, body, keys, where):
        if unknown := set(body) - keys:
            raise WorkflowError(f"{where}: {sorted(unknown)} is not known here")

    @property
    def jobs(self):
        return self.body["jobs"]

    @property
    def on(self):
        """What starts it: ``{event: its settings}``."""
        on = self.body["on"]
        if isinstance(on, str):
            return {on: {}}
        if isinstance(on, list):
            return {event: {} for event in on}
        return {event: settings or {} for event, settings in on.items()}

    def starts(self, event, payload, changed=()):
        """Whether this event starts the workflow; ``changed``: the paths that a push changes."""
        if event not in self.on:
            return False
        settings = self.on[event]
        if event == "pull_request":
            return payload["action"] in settings.get("types", _PULL_REQUEST_TYPES)
        if event == "push":
            branch = payload["ref"].removeprefix("refs/heads/")
            if not any(glob(pattern).fullmatch(branch) for pattern in settings.get("branches", ["**"])):
                return False
            paths = [glob(pattern) for pattern in settings.get("paths", ["**"])]
            return any(pattern.fullmatch(path) for path in changed for pattern in paths)
        if event == "schedule":
            return payload["schedule"] in [each["cron"] for each in settings]
        return True

    def inputs(self, event, given):
        """The ``inputs`` context of a run by hand or a call: declared, complete, of their types."""
        declared = self.on[event].get("inputs", {})
        if unknown := set(given) - set(declared):
            raise WorkflowError(f"{self.name}: unexpected inputs {sorted(unknown)}")
        return {name: self._input(name, how, given.get(name)) for name, how in declared.items()}

    def _input(self, name, how, value):
        if value is None:
            if how.get("required") and "default" not in how:
                raise WorkflowError(f"{self.name}: the input {name} is required")
            value = how.get("default", False if how["type"] == "boolean" else "")
        if how["type"] == "boolean":
            if value not in (True, False, "true", "false"):
                raise WorkflowError(f"{self.name}: the input {name} is no boolean: {value!r}")
            return value in (True, "true")
        if how["type"] != "string" or not isinstance(value, str):
            raise WorkflowError(f"{self.name}: the input {name} is no text: {value!r}")
        return value

    def ancestors(self, key):
        """All jobs that a job needs, and those that they need."""
        found = []
        for need in needs_of(self.jobs[key]):
            if need not in self.jobs:
                raise WorkflowError(f"{self.name}: {key} needs {need}, which is not there")
            found += [need, *self.ancestors(need)]
        return found


def needs_of(job):
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def glob(pattern):
    """A branch or path filter as a regular expression."""
    parts = [
        {"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*)", pattern)
    ]
    return re.compile("".join(parts))
