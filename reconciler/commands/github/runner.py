"""What GitHub's runner tells a step (its variables, the event's payload), and what a step tells it (outputs, summary).

The names are those of GitHub's reference of variables and of webhook payloads.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.commands._shared.terminal import Screen
from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What started the run. ``name`` as in ``on:``; ``branch`` is what the run stands on.

    ``into`` is the branch that a pull request asks to be merged into, ``default_branch`` None where the payload has no
    repository (``schedule``), ``fork`` whether a pull request's branch is in another repository.
    """

    name: str
    branch: str = ""
    into: str = ""
    default_branch: str | None = None
    fork: bool = False


def event(environ: Mapping[str, str]) -> Trigger:
    """The event as the runner tells it."""
    path = environ.get("GITHUB_EVENT_PATH")
    payload: dict[str, Any] = json.loads(text_of(path)) if path else {}
    head = (payload.get("pull_request") or {}).get("head") or {}
    whose = (head.get("repo") or {}).get("full_name")
    return Trigger(
        name=environ.get("GITHUB_EVENT_NAME", ""),
        branch=environ.get("GITHUB_REF_NAME", ""),
        into=environ.get("GITHUB_BASE_REF", ""),
        default_branch=(payload.get("repository") or {}).get("default_branch"),
        fork="pull_request" in payload and whose != environ.get("GITHUB_REPOSITORY"),
    )


def needed(variable: str) -> str:
    """A variable that GitHub's runners set."""
    value = os.environ.get(variable, "")
    if not value:
        raise ReconcilerError(f"{variable} is not set: this command is for GitHub's workflows, where it is.")
    return value


def server() -> str:
    """Where people look at the repository."""
    return os.environ.get("GITHUB_SERVER_URL", "https://github.com")


def host() -> str:
    """The server's name: github.com, or that of an enterprise's own."""
    return server().partition("://")[2].partition("/")[0] or "github.com"


def run_url() -> str:
    """Where this run's log is."""
    return f"{server()}/{needed('GITHUB_REPOSITORY')}/actions/runs/{needed('GITHUB_RUN_ID')}"


def output(name: str, value: str) -> None:
    """An output of the step; printed where no runner asks for it."""
    if not _appended("GITHUB_OUTPUT", f"{name}={value}\n"):
        Screen().say(f"{name}={value}")


def summarise(text: str) -> None:
    """Markdown for the job's summary."""
    _appended("GITHUB_STEP_SUMMARY", text)


def new_folder(name: str) -> Path:
    """A folder for what this step makes. ReconcilerError where it is there: what lies in it would be taken for that."""
    try:
        os.mkdir(name)
    except FileExistsError:
        raise ReconcilerError(
            f"{name} is there already, and what lies in it would be taken for what this run made. Take it out of the "
            "repository, or name another."
        ) from None
    return Path(name)


def text_of(file: str) -> str:
    """A file of the workflow's."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as failure:
        raise ReconcilerError(f"{file} cannot be read: {failure}.") from None


def _appended(variable: str, text: str) -> bool:
    """Whether the runner named a file for it."""
    path = os.environ.get(variable)
    if not path:
        return False
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)
    return True
