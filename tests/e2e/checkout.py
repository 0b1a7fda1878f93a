"""A folder of desired state, a tenant of its own over HTTP, and the command line between them."""

from __future__ import annotations

import json
from pathlib import Path

from auditlog import records_of
from commandline import CommandLine
from embedded import Embedded

HOOK = "https://compliance.example.com/hooks/cxone"
SECRET = "first-webhook-secret-of-the-tests"
ROOT = Path(__file__).resolve().parents[2]


def ids(waiting):
    """Who is in a plan's ``pending`` or ``held``."""
    return [one["id"] for one in waiting]


def template(id_, **more):
    """A Template document without a fault; ``a2p=None`` and the like take a key out."""
    body = {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "id": id_,
        "name": f"Reminder {id_}",
        "from_address": "45678",
        "content": "Acme Dental: see you soon. Reply STOP to opt out.",
        "a2p": {
            "campaign_name": "Reminders",
            "message_class": "TRANSACTIONAL",
            "opt_in_language": "At the desk",
        },
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def webhook(url=HOOK, **more):
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Webhook",
        "url": url,
        "events": ["template.approved", "a2p.registered"],
        "secret": {"env": "CXONE_WEBHOOK_SECRET"},
        **more,
    }


def policy(**more):
    return {"apiVersion": "reconciler/v1", "kind": "Policy", **more}


PAIR = (template("tmpl_a"), template("tmpl_b"))
BASIC = (*PAIR, webhook())


class Site:
    """One team's checkout: ``templates.d``, its audit log, and the tenant that it is for."""

    def __init__(self, folder, documents, faults):
        self.folder = folder
        self.cli = CommandLine(folder)
        self.write("all.yaml", *documents)
        self.tenant = Embedded(folder, *faults)
        self.cli.env |= {**self.tenant.exports, "RECONCILER_RETRIES": "0", "CXONE_OPERATOR_ID": "tester"}
        self.cli.secrets.add(self.cli.env["CXONE_CLIENT_SECRET"])
        self.secret(SECRET)

    def write(self, name, *documents):
        """A file of desired state, in YAML that is JSON: one document a line."""
        path = self.folder / "templates.d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [part for document in documents for part in ("---", json.dumps(document, ensure_ascii=False))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def secret(self, value):
        """The webhook's secret from now on; None: it cannot be read here. It must never be printed or kept."""
        self.cli.env.pop("CXONE_WEBHOOK_SECRET", None)
        if value is not None:
            self.cli.env["CXONE_WEBHOOK_SECRET"] = value
            self.cli.secrets.add(value)

    def run(self, *args, exits=0, env=None):
        return self.cli.run(*args, exits=exits, env=env)

    def plan(self, *args, exits=0, env=None):
        """A plan as JSON; ``digest`` is that of its content."""
        return self.run("plan", "--format", "json", *args, exits=exits, env=env).json

    def reviewed(self, name="plan.json", *args, env=None):
        """A plan saved for review."""
        self.plan("--out", name, *args, env=env)
        return name

    def apply(self, *args, exits=0, env=None):
        """An apply's JSON. Without a FILE, --expect-digest or --continue it is given --yes."""
        backed = any(arg.endswith(".json") or arg in ("--expect-digest", "--continue") for arg in args)
        return self.run(
            "apply", "--format", "json", *(() if backed else ("--yes",)), *args, exits=exits, env=env
        ).json

    @property
    def log_path(self):
        return self.folder / ".reconciler" / "audit.jsonl"

    @property
    def log(self):
        return records_of(self.log_path)

    def untouched(self):
        """Whether nothing was ever written to the tenant."""
        return self.tenant.writes(audit=True) == []

    def close(self):
        self.tenant.close()
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.name.startswith("tenant.db"):
                content = path.read_bytes()
                assert not [secret for secret in self.cli.secrets if secret.encode() in content], path


def outcomes(applied):
    """An apply's results in short."""
    return {(one["phase"], one["target"]): one["outcome"] for one in applied["results"]}


def planned(plan):
    """A plan's actions in short."""
    return [(one["phase"], one["operation"], one["target"]) for one in plan["actions"]]
