"""What GitHub keeps of one repository, in a folder: everything but git itself. Locked for each change."""

from __future__ import annotations

import contextlib
import fcntl
import json
import subprocess
import time
from pathlib import Path

BOT = "github-actions[bot]"
_EMPTY = (
    "pulls",
    "reviews",
    "issues",
    "comments",
    "statuses",
    "runs",
    "artifacts",
    "refused",
    "failures",
    "approvals",
    "jobs",
    "strangers",
    "calls",
)


class Hub:
    """``folder/hub.json`` and ``folder/artifacts/ID.zip``. Ids rise, so the newest is the one with the highest."""

    def __init__(self, folder):
        self.folder = Path(folder)

    @classmethod
    def made(cls, folder, *, full_name, server, git):
        """An empty one. ``git``: the bare repository; ``server``: its web address."""
        hub = cls(folder)
        (hub.folder / "artifacts").mkdir(parents=True)
        state = {name: [] for name in _EMPTY}
        state |= {"next": 1000, "number": 0, "repository": {"id": 1, "full_name": full_name}}
        hub._write({**state, "server": server, "git": str(git)})
        return hub

    def _write(self, state):
        new = self.folder / "hub.new"
        new.write_text(json.dumps(state), encoding="utf-8")
        new.replace(self.folder / "hub.json")

    def read(self):
        return json.loads((self.folder / "hub.json").read_text(encoding="utf-8"))

    @contextlib.contextmanager
    def change(self):
        """The state, to be changed while nobody else does."""
        with (self.folder / "lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = self.read()
            try:
                yield state
            finally:
                self._write(state)

    def zip_of(self, artifact):
        return self._zip(artifact).read_bytes()

    def keep_zip(self, artifact, content):
        self._zip(artifact).write_bytes(content)

    def _zip(self, artifact):
        return self.folder / "artifacts" / f"{artifact}.zip"


def now(later=0):
    """GitHub's timestamps: UTC, whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + later))


def in_order(state):
    """A time that is later than any before it: what happens in a test's second happens in people's minutes."""
    return now(state["next"] - 1000)


def next_id(state):
    state["next"] += 1
    return state["next"]


def next_number(state):
    """Pull requests and issues share their numbers."""
    state["number"] += 1
    return state["number"]


def user(login):
    """A user as the API shows one."""
    return {
        "login": login,
        "id": sum(login.encode()),
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


def web(state):
    """The repository's web address."""
    return f"{state['server']}/{state['repository']['full_name']}"


def add_run(
    state, *, workflow, event, head_sha, head_branch, actor, head_repository=None, title="", pulls=()
):
    """A run in progress, by the workflow's file name; ``pulls``: numbers and bases, as GitHub lists open ones."""
    number = next_id(state)
    run = {
        "id": number,
        "name": workflow.partition(".")[0],
        "path": f".github/workflows/{workflow}",
        "display_title": title,
        "event": event,
        "status": "in_progress",
        "conclusion": None,
        "head_sha": head_sha,
        "head_branch": head_branch,
        "run_attempt": 1,
        "pull_requests": [{"number": number, "base": {"ref": base}} for number, base in pulls],
        "actor": user(actor),
        "repository": dict(state["repository"]),
        "head_repository": head_repository or dict(state["repository"]),
        "html_url": f"{web(state)}/actions/runs/{number}",
        "created_at": in_order(state),
        "run_started_at": now(),
        "updated_at": now(),
    }
    state["runs"].append(run)
    return run


def end_run(state, run_id, conclusion):
    run = next(each for each in state["runs"] if each["id"] == run_id)
    run.update(status="completed", conclusion=conclusion, updated_at=now())


def add_artifact(state, run_id, name, size):
    """An artifact's entry. KeyError where the run has one of this name."""
    run = next(each for each in state["runs"] if each["id"] == run_id)
    if any(each["name"] == name and each["workflow_run"]["id"] == run_id for each in state["artifacts"]):
        raise KeyError(name)
    artifact = {
        "id": next_id(state),
        "name": name,
        "size_in_bytes": size,
        "expired": False,
        "created_at": in_order(state),
        "updated_at": now(),
        "expires_at": "2099-01-01T00:00:00Z",
        "workflow_run": {
            "id": run_id,
            "repository_id": run["repository"]["id"],
            "head_repository_id": run["head_repository"]["id"],
            "head_branch": run["head_branch"],
            "head_sha": run["head_sha"],
        },
    }
    state["artifacts"].append(artifact)
    return artifact


def drop_artifact(state, run_id, name):
    """Forget the run's artifact of this name, if there is one."""
    state["artifacts"] = [
        each for each in state["artifacts"] if (each["name"], each["workflow_run"]["id"]) != (name, run_id)
    ]


def add_comment(state, number, body, login):
    comment = {
        "id": next_id(state),
        "issue": number,
        "body": body,
        "user": user(login),
        "created_at": now(),
        "updated_at": now(),
        "html_url": f"{web(state)}/issues/{number}#issuecomment-{state['next']}",
    }
    state["comments"].append(comment)
    return comment


def add_issue(state, *, title, body, login):
    number = next_number(state)
    issue = {
        "id": next_id(state),
        "number": number,
        "title": title,
        "body": body,
        "state": "open",
        "user": user(login),
        "labels": [],
        "created_at": now(),
        "updated_at": now(),
        "closed_at": None,
        "html_url": f"{web(state)}/issues/{number}",
    }
    state["issues"].append(issue)
    return issue


def has_commit(state, sha):
    """Whether git has this commit."""
    asked = ["git", "--git-dir", state["git"], "cat-file", "-e", f"{sha}^{{commit}}"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
