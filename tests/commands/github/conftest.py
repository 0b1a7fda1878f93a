"""A checkout as a step of a workflow finds it, with what the runner sets."""

from __future__ import annotations

import json
import os

import pytest

from reconciler.commands import run


class Step:
    """One call of ``reconciler github`` in ``folder``, with an event's payload, and what the runner got of it."""

    def __init__(self, folder, environ, capsys):
        self.folder, self.environ, self.capsys = folder, environ, capsys
        self.code, self.out, self.err = 0, "", ""
        for name, file in (("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")):
            environ.setenv(name, str(folder / file))
        environ.setenv("GITHUB_REPOSITORY", "acme/messages")

    def on(self, name, payload=None, **variables):
        """The event; ``variables`` as the runner sets them."""
        payload = {"repository": {"default_branch": "main"}, **(payload or {})}
        (self.folder / "event.json").write_text(json.dumps(payload))
        self.environ.setenv("GITHUB_EVENT_PATH", str(self.folder / "event.json"))
        for variable, value in {"GITHUB_EVENT_NAME": name, **variables}.items():
            self.environ.setenv(variable, value)
        return self

    def __call__(self, *words):
        """Run; the exit code."""
        self.code = run(["github", *words])
        self.out, self.err = self.capsys.readouterr()
        return self.code

    def text(self, name):
        """What a file holds, nothing where there is none."""
        path = self.folder / name
        return path.read_text("utf-8") if path.is_file() else ""


@pytest.fixture
def step(tmp_path, monkeypatch, capsys):
    """A step in an empty folder, without a variable of this machine's that concerns a tenant or GitHub."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("CXONE_", "GITHUB_", "GH_", "RECONCILER_")):
            monkeypatch.delenv(name)
    return Step(tmp_path, monkeypatch, capsys)
