"""A team on GitHub: people who propose, approve and merge, the runs that follow, and what can be seen afterwards."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path

import hub as keeping
from artifacts import read_in
from auditlog import records_of
from checkout import SECRET
from desk import CONFIG, WorkingCopy
from ghcalls import HOST_KEY
from proposals import Pull
from runner import Runner
from runs import Event

FULL_NAME = "acme/messages"
DEPLOY_KEY = "-- the private half of the only deploy key --"
HERE = Path(__file__).resolve().parent
_REPOSITORY = {
    "id": 1,
    "full_name": FULL_NAME,
    "name": "messages",
    "owner": {"login": "acme"},
    "default_branch": "main",
}
_FORK = {"id": 2, "full_name": "mallory/messages"}
_DEPENDABOT = "dependabot[bot]"


class Team:
    """``tenants``: served tenants by name, each with an environment to plan, one to apply and one to record."""

    def __init__(self, folder, tenants, host):
        self.folder, self.tenants = folder, tenants
        remote = folder / f"{FULL_NAME}.git"
        self.copy = WorkingCopy(folder / "desk", remote)
        self.hub = keeping.Hub.made(folder / "hub", full_name=FULL_NAME, server=host.url, git=remote)
        self.host = host
        host.hub = self.hub
        self.runner = Runner(
            hub=self.hub,
            git=remote,
            folder=folder / "runs",
            environments=dict(pair for name in tenants for pair in self._environments(name)),
            machine=self._machine(folder),
        )
        self.expected_refusals = []

    def _environments(self, name):
        exports = self.tenants[name].exports
        secrets = {key: exports[key] for key in ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET")}
        variables = {"CXONE_BASE_URL": exports["CXONE_BASE_URL"]}
        yield f"{name}-plan", {"secrets": secrets, "vars": variables}
        with_hook = {**secrets, "CXONE_WEBHOOK_SECRET": SECRET}
        yield f"{name}-apply", {"secrets": with_hook, "vars": variables, "branches": ["main"]}
        yield f"{name}-by-hand", {"secrets": {}, "branches": ["main"], "reviewers": ["bob", "ann"]}
        yield f"{name}-record", {"secrets": {"RECONCILER_DEPLOY_KEY": DEPLOY_KEY}, "branches": ["main"]}

    def _machine(self, folder):
        """A runner's own environment: gh, the system's programs, git that knows nobody, GitHub behind a proxy."""
        home, programs = folder / "home", folder / "bin"
        home.mkdir()
        programs.mkdir()
        git = (
            f"[include]\n\tpath = {CONFIG}\n[user]\n\tuseConfigOnly = true\n"
            f'[http "{self.host.url}"]\n\tproxy = {self.host.proxy}\n'
        )
        (home / ".gitconfig").write_text(git, encoding="utf-8")
        ssh = (sys.executable, "-ES", str(HERE / "fakessh.py"), str(folder), DEPLOY_KEY, HOST_KEY)
        lines = {
            "gh": f"HTTP_PROXY={self.host.proxy} exec {shutil.which('gh')}",
            "ssh": f"exec {shlex.join(ssh)}",
        }
        for name, line in lines.items():
            (programs / name).write_text(f'#!/bin/sh\n{line} "$@"\n', encoding="utf-8")
            (programs / name).chmod(0o755)
        where = [str(programs), str(Path(shutil.which("git")).parent), "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            "PATH": os.pathsep.join(dict.fromkeys(where)),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "RECONCILER_RETRIES": "0",
            **{name: os.environ[name] for name in ("COVERAGE_PROCESS_START",) if name in os.environ},
        }

    # People

    def propose(self, files, *, title="A change", by="ann", fork=False):
        """A pull request with one commit on top of main."""
        with self.hub.change() as state:
            number = keeping.next_number(state)
        branch = f"{by.removesuffix('[bot]')}/{number}"
        to = f"refs/pull/{number}/head" if fork else f"refs/heads/{branch}"
        head = self.copy.commit("origin/main", files, title, to=to)
        self.copy("push", "--quiet", "origin", f"+HEAD:refs/pull/{number}/head")
        with self.hub.change() as state:
            state["pulls"].append(
                {
                    "id": keeping.next_id(state),
                    "number": number,
                    "title": title,
                    "state": "open",
                    "user": keeping.user(by),
                    "merged_at": None,
                    "created_at": keeping.in_order(state),
                    "updated_at": keeping.in_order(state),
                    "closed_at": None,
                    "merge_commit_sha": None,
                    "draft": False,
                    "head": {
                        "ref": branch,
                        "sha": head,
                        "repo": {**(_FORK if fork else _REPOSITORY), "fork": fork},
                    },
                    "base": {"ref": "main", "sha": self.copy.tip(), "repo": dict(_REPOSITORY)},
                    "html_url": f"{keeping.web(state)}/pull/{number}",
                    "commits": [head],
                    "landed": [],
                }
            )
        return Pull(self, number)

    def push(self, pull, files, *, title="More"):
        """Another commit on the pull request's branch."""
        before = pull.read()
        head = self.copy.commit(pull.head, files, title, to=f"refs/heads/{before['head']['ref']}")
        self.copy("push", "--quiet", "origin", f"+HEAD:refs/pull/{pull.number}/head")
        with self.hub.change() as state:
            changed = next(each for each in state["pulls"] if each["number"] == pull.number)
            changed["head"]["sha"] = head
            changed["commits"].append(head)

    def review(self, pull, *, by="bob", verdict="APPROVED", stranger=False):
        """A review of the pull request's last commit; a stranger may read the repository, not write to it."""
        with self.hub.change() as state:
            state["strangers"] += [by] if stranger else []
            state["reviews"].append(
                {
                    "id": keeping.next_id(state),
                    "pull": pull.number,
                    "user": keeping.user(by),
                    "body": "",
                    "state": verdict,
                    "commit_id": pull.head,
                    "submitted_at": keeping.in_order(state),
                    "author_association": "NONE" if stranger else "COLLABORATOR",
                }
            )

    def merge(self, pull, how="merge"):
        """Merged into main; the push that follows."""
        before, body = self.copy.tip(), pull.read()
        message = f"{body['title']} (#{pull.number})"
        landed = self.copy.merged(f"refs/remotes/pull/{pull.number}/head", how, message)
        with self.hub.change() as state:
            changed = next(each for each in state["pulls"] if each["number"] == pull.number)
            when = keeping.in_order(state)
            changed.update(
                state="closed", merged_at=when, closed_at=when, merge_commit_sha=landed[0], landed=landed
            )
        return self._pushed(before, body["user"]["login"])

    def commit_to_main(self, files, *, by="ann"):
        """A push past all review; the event."""
        before = self.copy.tip()
        self.copy.commit("origin/main", files, "Past all review", to="refs/heads/main")
        return self._pushed(before, by)

    def commits_to_main(self, number, file):
        """As many commits past all review, each with another text in the file."""
        self.copy.fetch()
        self.copy("checkout", "--quiet", "--force", "--detach", "origin/main")
        for each in range(number):
            (self.copy.folder / file).write_text(str(each), encoding="utf-8")
            self.copy("add", file)
            self.copy("commit", "--quiet", "-m", "Past all review")
        self.copy("push", "--quiet", "origin", "HEAD:refs/heads/main")
        self.copy.fetch()

    def set_status(self, said, *, tenant="example"):
        """What whoever may push a branch can set on main's tip, by a workflow of his own: he is the same bot there."""
        with self.hub.change() as state:
            state["statuses"].append(
                {
                    "id": keeping.next_id(state),
                    "sha": self.copy.tip(),
                    "state": "success",
                    "target_url": "",
                    "context": f"reconciler/{tenant}",
                    "description": said,
                    "creator": keeping.user(keeping.BOT),
                    "created_at": keeping.now(),
                }
            )

    def _pushed(self, before, by):
        after = self.copy.tip()
        payload = {"ref": "refs/heads/main", "before": before, "after": after, "repository": _REPOSITORY}
        return self._on_main("push", payload, by, changed=self.copy.changed(before, after))

    # Runs

    def plan(self, pull, *, whole=False):
        """plan.yml for the pull request as it stands: the plan alone, or the whole of it."""
        body = pull.read()
        fork = body["head"]["repo"]["fork"]
        merge = f"refs/pull/{pull.number}/merge"
        (sha,) = self.copy.merged(f"refs/remotes/pull/{pull.number}/head", "merge", "Merge", to=merge)
        public = {name: value for name, value in body.items() if name not in ("commits", "landed")}
        public["base"] = {**public["base"], "sha": self.copy.tip()}
        event = Event(
            name="pull_request",
            payload={
                "action": "opened",
                "number": pull.number,
                "pull_request": public,
                "repository": _REPOSITORY,
            },
            ref=merge,
            sha=sha,
            actor=body["user"]["login"],
            head_sha=body["head"]["sha"],
            head_branch=body["head"]["ref"],
            base_ref="main",
            head_ref=body["head"]["ref"],
            head_repository=_FORK if fork else None,
            trusted=not fork and body["user"]["login"] != _DEPENDABOT,
            writes=not fork,
        )
        return self.runner.run(
            "plan.yml", event, without=() if whole else ("validate", "findings", "comment")
        )

    def queue(self, pull):
        """plan.yml in the merge queue."""
        ref = f"refs/heads/gh-readonly-queue/main/pr-{pull.number}-{self.copy.tip()}"
        (sha,) = self.copy.merged(f"refs/remotes/pull/{pull.number}/head", "merge", "Merge", to=ref)
        group = {"head_sha": sha, "head_ref": ref, "base_ref": "refs/heads/main", "base_sha": self.copy.tip()}
        payload = {"action": "checks_requested", "merge_group": group, "repository": _REPOSITORY}
        branch = ref.removeprefix("refs/heads/")
        event = Event(
            name="merge_group",
            payload=payload,
            ref=ref,
            sha=sha,
            actor="github-merge-queue[bot]",
            head_sha=sha,
            head_branch=branch,
        )
        return self.runner.run("plan.yml", event)

    def apply(self, push, **more):
        """apply.yml after a push."""
        return self.runner.run("apply.yml", push, **more)

    def by_hand(self, workflow, *, by="ann", let_through=("bob", "approved"), attempt=1, **inputs):
        """A run by hand on main; ``let_through``: who was asked, and what he said."""
        payload = {"inputs": inputs, "ref": "refs/heads/main", "repository": _REPOSITORY}
        event = self._on_main("workflow_dispatch", payload, by)
        return self.runner.run(workflow, event, let_through=let_through, attempt=attempt)

    def scheduled(self, workflow, **more):
        """A run on the schedule, whose event tells nothing of the repository."""
        settings = self.runner.workflow(f".github/workflows/{workflow}", self.copy.tip()).on["schedule"]
        event = self._on_main("schedule", {"schedule": settings[0]["cron"]}, "ann")
        return self.runner.run(workflow, event, **more)

    def _on_main(self, name, payload, by, changed=()):
        self.copy.fetch()
        tip = self.copy.tip()
        common = {"sha": tip, "head_sha": tip, "head_branch": "main", "ref": "refs/heads/main"}
        return Event(name=name, payload=payload, actor=by, changed=changed, **common)

    def ship(self, files, **more):
        """Proposed, planned, approved, merged, applied: the pull request and the apply's run."""
        pull = self.propose(files)
        assert self.plan(pull).conclusion == "success"
        self.review(pull)
        return pull, self.apply(self.merge(pull), **more)

    # What can be seen

    def log(self, tenant="example"):
        """The records of the tenant's audit log on its branch, every one checked."""
        self.copy.fetch()
        kept = self.folder / "log.jsonl"
        kept.write_text(self.text_on_branch(f"{tenant}.jsonl"), encoding="utf-8")
        return records_of(kept)

    def text_on_branch(self, name):
        self.copy.fetch()
        shown = self.copy("show", f"origin/reconciler-audit:{name}")
        return shown + "\n" if shown else ""

    def status(self, tenant="example", commit=None):
        """The newest commit status of the tenant at main's tip, or at another commit: (state, description)."""
        sha = commit or self.copy.tip()
        wanted = (sha, f"reconciler/{tenant}")
        found = [each for each in self.hub.read()["statuses"] if (each["sha"], each["context"]) == wanted]
        return (found[-1]["state"], found[-1]["description"]) if found else None

    def artifacts(self, run, name):
        """The zip files' bytes of a run's artifacts of this name."""
        state = self.hub.read()
        wanted = (run.id, name)
        found = [each for each in state["artifacts"] if (each["workflow_run"]["id"], each["name"]) == wanted]
        return [self.hub.zip_of(each["id"]) for each in found]

    def plan_of(self, run, tenant="example"):
        """The plan that a run kept."""
        (content,) = self.artifacts(run, f"plan-{tenant}-1")
        return json.loads(read_in(content, "plan.json"))

    def issues(self):
        return self.hub.read()["issues"]
