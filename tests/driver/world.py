"""A team's folder, its tenant with a memory of every state it was in, and a disk that can lose what was not synced."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET
from reconciler.sandbox.faults import parse
from reconciler.sandbox.store import UNMANAGED, Store

from .clock import Clock

URL = "http://127.0.0.1:9"
HOOK = "https://compliance.example.com/hooks/cxone"
COMPARED = ("content", "from_address", "name", "status")
A2P = ("campaign_name", "message_class", "opt_in_language")
OWING = {"DRAFT", "PENDING", "SUBMITTED", "IN_REVIEW"}
SECRETS = tuple(f"a-webhook-secret-of-the-driver-{letter}" for letter in "ab")


@dataclass(frozen=True)
class State:
    """All that the tenant has at one moment: templates and registrations by id, webhooks in their order."""

    templates: dict[str, Any]
    registrations: dict[str, Any]
    webhooks: tuple[Any, ...]


class Tenant:
    """The embedded CXone, and each state it was in. ``owed``: templates whose approval the carrier still owes."""

    def __init__(self, clock, profile, templates):
        self.profile = tuple(profile)
        self.store = Store(":memory:", clock=clock.now)
        self.history = []
        self.owed = set()
        self.ever_owed = {}
        for body in templates:
            self.store.create_template({**UNMANAGED, **body, "status": "PENDING"})
        self.look()

    @property
    def now(self):
        return self.history[-1]

    @property
    def moment(self):
        return len(self.history) - 1

    def between(self, first, last=None):
        """The states from one moment to another, both of them too."""
        return self.history[first : None if last is None else last + 1]

    def look(self):
        """One more moment."""
        state = State(
            templates={body["id"]: body for body in self.store.templates()},
            registrations={body["template_id"]: body for body in self.store.registrations()},
            webhooks=tuple(self.store.webhooks()),
        )
        for id_, body in state.templates.items():
            before = self.history[-1].templates.get(id_, body) if self.history else body
            moved = any(body[name] != before[name] for name in COMPARED if name != "status")
            drafted = body["status"] == "DRAFT" != before["status"]
            if moved or drafted or body["status"] not in OWING:
                self.owed.discard(id_)
        self.history.append(state)
        for id_ in self.owed:
            self.ever_owed[id_] = self.moment
        return state

    def took(self, write):
        """A PUT that was carried out: what it asked for is owed where the carrier did not decide at once."""
        self.look()
        shown = self.now.templates.get(write.target)
        if write.phase != "approval" or shown is None:
            return
        if write.body["status"] == "APPROVED" and shown["status"] in OWING:
            self.owed.add(write.target)
            self.ever_owed[write.target] = self.moment
        else:
            self.owed.discard(write.target)

    def edit(self, id_, **fields):
        """In the console: one template's fields."""
        body = {**self.store.template(id_), **fields}
        self.store.replace_template(body)
        self.look()

    def lists(self, collection):
        faults = parse(self.profile)
        return collection not in (*faults.absent_lists, *faults.forbidden_lists)


@dataclass
class Disk:
    """One folder, and what of it would outlast a power cut."""

    folder: Path
    synced: dict[str, bytes] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def fsync(self, descriptor):
        """In place of ``os.fsync``: what the file holds now, or which names its folder has, is safe."""
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path == self.folder:
            self.named |= {one.name for one in path.iterdir()}
        elif path.parent == self.folder and path.exists():
            self.synced[str(path)] = path.read_bytes()

    def files(self):
        return {str(path): path.read_bytes() for path in self.folder.iterdir() if not path.is_symlink()}

    def after_power_cut(self, part):
        """What is left: synced bytes, of the others the first ``part`` (any number: it wraps)."""
        left = {}
        for path, content in self.files().items():
            safe = self.synced.get(path, b"")
            if Path(path).name in self.named and content.startswith(safe):
                left[path] = content[: len(safe) + part % (len(content) - len(safe) + 1)]
        return left

    def restore(self, files):
        """As it was: nothing that was written since is there."""
        for path in self.folder.iterdir():
            if not path.is_symlink() and str(path) not in files:
                path.unlink()
        for path, content in files.items():
            Path(path).write_bytes(content)
        self.synced = dict(files)
        self.named = {Path(path).name for path in files}


class World:
    """Everything that one history is about.

    ``stale_log``: a copy of the log took its place, and what was sent since can be seen neither in it nor in the
    tenant, or has used its Idempotency-Keys. ``spare_webhooks``: how many more may be there than are wanted.
    ``foreign_secret``: whether the webhook's secret may be one that the log does not know.
    """

    def __init__(self, folder, profile=(), retries=1):
        self.folder = Path(folder).resolve()
        self.clock = Clock()
        self.documents = {id_: _template(id_) for id_ in ("tmpl_a", "tmpl_b")}
        self.documents[HOOK] = _webhook()
        self.tenant = Tenant(
            self.clock, profile, [_seed(self.documents[id_]) for id_ in ("tmpl_a", "tmpl_b")]
        )
        self.retries = retries
        self.stale_log = False
        self.spare_webhooks = 0
        self.foreign_secret = False
        self.secret = SECRETS[0]
        self.runs = []
        self.plans = []
        self.wires = []
        for name in ("templates.d", "state"):
            (self.folder / name).mkdir()
        self.disk = Disk(self.folder / "state")
        self.save()

    @property
    def log(self):
        return self.folder / "state" / "audit.jsonl"

    def env(self, review):
        """All of a run's environment."""
        told = {} if review is None else {"RECONCILER_REVIEW": json.dumps({"approvers": [review]})}
        return {
            "PATH": "/usr/bin:/bin",
            "CI_COMMIT_SHA": "0" * 40,
            "CXONE_BASE_URL": URL,
            "CXONE_CLIENT_ID": CLIENT_ID,
            "CXONE_CLIENT_SECRET": CLIENT_SECRET,
            "CXONE_OPERATOR_ID": "driver",
            "CXONE_WEBHOOK_SECRET": self.secret,
            "RECONCILER_RETRIES": str(self.retries),
            **told,
        }

    def change(self, target, **fields):
        """A merge: a document asks for something else."""
        self.documents[target] = {**self.documents[target], **fields}
        self.save()

    def save(self):
        lines = [part for body in self.documents.values() for part in ("---", json.dumps(body))]
        (self.folder / "templates.d" / "all.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def wanted(self, phase, target):
        """The fields that the documents ask for; None where they ask for no such thing."""
        body = self.documents[target]
        if phase == "webhook":
            return {"events": sorted(body["events"])}
        if phase == "a2p":
            return {name: body["a2p"][name] for name in A2P} if body["status"] == "APPROVED" else None
        return {name: body[name] for name in COMPARED}

    def content(self, path=None):
        """A log's bytes, empty where there is none."""
        path = path or self.log
        return path.read_bytes() if path.exists() else b""

    def durable(self, path):
        """A log's bytes as a power cut would leave them, by whatever name."""
        real = path.resolve()
        return self.disk.synced.get(str(real), b"") if real.name in self.disk.named else b""

    def close(self):
        self.tenant.store.close()


def _template(id_):
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "id": id_,
        "name": "Reminder",
        "status": "APPROVED",
        "from_address": "45678",
        "content": "Acme Dental: text 0. Reply STOP to opt out.",
        "a2p": {
            "campaign_name": "Reminders",
            "message_class": "TRANSACTIONAL",
            "opt_in_language": "At the desk, 0",
        },
    }


def _webhook():
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Webhook",
        "url": HOOK,
        "events": ["a2p.registered", "template.approved"],
        "secret": {"env": "CXONE_WEBHOOK_SECRET"},
    }


def _seed(body):
    return {name: body[name] for name in ("id", "name", "content", "from_address")}
