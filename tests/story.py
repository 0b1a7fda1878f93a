"""An audit log made from literals, sealed as the tool seals it, and the report on it."""

from __future__ import annotations

import json
from typing import Any

from builders import A2P, TENANT, URL, action, record

from reconciler.audit import records
from reconciler.audit.chain import Log, Record, seal
from reconciler.audit.records import Run
from reconciler.audit.report.fold import Question, report
from reconciler.core.model import Live
from reconciler.kinds import conditional

NOW = "2026-11-25T10:00:00.000Z"
OLD = "Acme Dental: see you at 5. Reply STOP to opt out."
NEW = "Acme Dental: see you at 6. Reply STOP to opt out."
LIVE = {"content": OLD, "from_address": "45678", "name": "Reminder", "status": "APPROVED"}
REVIEW = {
    "pull_request": "https://git.example.com/pull/12",
    "approvers": ["j.rivera", "k.osei"],
    "run": "https://git.example.com/runs/9",
    "reason": "First texts",
}
GIT = {"commit": "4f1c0ffe" * 5, "ref": "refs/heads/main", "actor": "mlopez"}
STATUS = [("status", "PENDING", "APPROVED")]
WAIVERS = [
    {"rule": "CX103", "reason": "Exception 1182", "expires": "2026-12-01"},
    {"rule": "CX105", "reason": "Greek names", "expires": "2026-11-01"},
    {"rule": "CX107", "reason": "Bounded by the depot", "expires": "2027-06-30"},
]
AUDIT_ACTIONS = {
    "approval": "TEMPLATE_APPROVAL",
    "a2p": "A2P_REGISTRATION",
    "webhook": "WEBHOOK_CONFIGURATION",
}


class Story:
    """A log that grows. ``day`` and ``run`` begin a run; what is not said of a record is as in a plain approval."""

    def __init__(self, base_url: str = TENANT) -> None:
        self.records: list[Record] = []
        self.common: dict[str, Any] = {}
        self.at = NOW
        self.base_url = base_url
        self.run("r1", "2026-09-01")

    def run(
        self, run_id: str, day: str, *, operator: str = "ci", review: Any = REVIEW, git: Any = GIT
    ) -> None:
        """A run of the tool begins, at nine o'clock."""
        self.at = f"{day}T09:00:00.000Z"
        self.common = {"run_id": run_id, "operator_id": operator, "review": review, "git": git}

    def add(self, event: str, **fields: Any) -> int:
        """A record of this run; its number."""
        common = {"tenant": self.base_url, "base_url": self.base_url, **self.common}
        return self.append(
            record(event, timestamp=self.at, **{**common, "plan_digest": "sha256:" + "ab" * 32, **fields})
        )

    def append(self, one: Record) -> int:
        """A record as the next of the log; its number."""
        previous = self.records[-1]["hash"] if self.records else None
        self.records.append(seal(one, previous, len(self.records) + 1))
        return len(self.records)

    def reviewed(self, *actions: Any) -> int:
        """The actions that a run may do."""
        run = Run(
            run_id="", tenant=TENANT, base_url=TENANT, operator_id="", git=None, review=None, now=lambda: 0.0
        )
        made = records.reviewed(run, actions or [action()], unchecked=(), unlisted=(), digest="sha256:d")
        return self.add("reviewed", **{name: made[name] for name in ("actions", "unchecked", "unlisted")})

    def intent(
        self, phase: str = "approval", target: str = "tmpl_a", changes: Any = STATUS, **fields: Any
    ) -> int:
        """A write is about to leave."""
        whole = {
            "operation": "approve",
            "changes": _changes(changes),
            "memory": {"fields": LIVE} if phase == "approval" else {},
            "updated_at": "T0" if phase == "approval" else None,
            **fields,
        }
        return self.add("intent", phase=phase, target=target, action=AUDIT_ACTIONS[phase], **whole)

    def outcome(
        self,
        outcome: str = "applied",
        phase: str = "approval",
        target: str = "tmpl_a",
        changes: Any = STATUS,
        **fields: Any,
    ) -> int:
        """How an action ended."""
        whole = {
            "operation": "approve",
            "changes": _changes(changes),
            "status": "APPROVED" if phase == "approval" and outcome in {"applied", "unchanged"} else outcome,
            "attempts": 1,
            "latency_ms": 200,
            "carrier_ready": phase != "approval",
            "waivers": [],
            "content_sha256": sha256(OLD) if phase != "webhook" else None,
            **fields,
        }
        return self.add(
            "outcome", phase=phase, target=target, outcome=outcome, action=AUDIT_ACTIONS[phase], **whole
        )

    def done(self, outcome: str = "applied", changes: Any = STATUS, **fields: Any) -> int:
        """A write and its outcome; ``memory`` is the intent's."""
        own = {name: fields[name] for name in ("phase", "target", "operation") if name in fields}
        sent = {"memory": fields.pop("sent")} if "sent" in fields else {}
        self.intent(changes=changes, **own, **sent)
        return self.outcome(outcome, changes=changes, **fields)

    def seen(self, status: str = "REJECTED", text: str | None = OLD, target: str = "tmpl_a") -> int:
        """A run found a template in another status, or with another text, than the log last knew."""
        who = {name: self.common[name] for name in ("run_id", "operator_id", "git", "review")}
        run = Run(
            tenant=self.base_url, base_url=self.base_url, now=lambda: 0.0, plan_digest="sha256:d", **who
        )
        shown = Live(kind="template", target=target, fields={"status": status}, version="T9")
        made = records.seen(run, conditional(), shown, sha256(text) if text is not None else None)
        return self.append({**made, "timestamp": self.at})

    def registered(self, target: str = "tmpl_a", **fields: Any) -> int:
        """A registration that was made."""
        changes = [(name, None, value) for name, value in sorted(A2P.items())]
        return self.done(
            phase="a2p",
            target=target,
            operation="register",
            changes=changes,
            memory={"fields": A2P},
            **fields,
        )

    def delivered(self) -> int:
        """Every outcome so far has reached the tenant."""
        numbers = [one["seq"] for one in self.records if one["event"] == "outcome"]
        return self.add("delivered", delivered=numbers)

    def report(self, **question: Any):
        """The report on it."""
        whole = {"log": "audit.jsonl", "now": NOW, **question}
        # As from a file: no text in it is an object of the program's.
        read = (Record(json.loads(json.dumps(one))) for one in self.records)
        return report(Log(records=tuple(read)), Question(**whole))

    def tenant(self, **question: Any):
        """The report's only tenant."""
        (tenant,) = self.report(**question).tenants
        return tenant

    def template(self, target: str = "tmpl_a", **question: Any):
        """One template of it."""
        (template,) = [one for one in self.tenant(**question).templates if one.id == target]
        return template


def sha256(text: str) -> str:
    """A text's hash, as a record names it."""
    import hashlib

    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _changes(changes: Any) -> list[dict[str, Any]]:
    return [{"field": name, "live": live, "desired": desired} for name, live, desired in changes]


def everything() -> Story:
    """One of each: approvals, a carrier that takes its time, drift, a revocation, doubts, waivers, a crash."""
    story = Story()
    story.reviewed(action(), action("a2p", "register", "tmpl_a", [("campaign_name", None, "Appointments")]))
    story.done()
    story.registered()
    story.done(
        target="tmpl_b", waivers=[{"rule": "CX103", "reason": "Exception 1182", "expires": "2026-12-01"}]
    )
    story.registered("tmpl_b", waivers=WAIVERS)
    story.done(
        phase="webhook",
        target=URL,
        operation="create",
        changes=[("events", None, ["a", "b"])],
        carrier_ready=True,
    )
    story.delivered()
    story.run("r2", "2026-10-01")
    story.reviewed(action(target="tmpl_c"))
    story.done("pending", target="tmpl_c", status="SUBMITTED")
    story.run("r3", "2026-10-05", review=None)
    story.outcome("unchanged", target="tmpl_c", attempts=0, review=REVIEW)
    story.run("r4", "2026-10-14")
    story.done(operation="update", changes=[("content", NEW, OLD)])
    story.run("r5", "2026-10-20", operator="Mara López", review={"reason": "Complaint 5521"})
    story.done(
        target="tmpl_b",
        operation="revoke",
        changes=[("status", "APPROVED", "SUSPENDED")],
        status="SUSPENDED",
        waivers=WAIVERS,
    )
    story.delivered()
    story.run("r6", "2026-11-05")
    story.done("failed", operation="update", changes=[("content", OLD, NEW)], error="PUT answered 500.")
    story.done(
        "failed", phase="webhook", target="https://b.example.com/", operation="create", changes=[], doubt=True
    )
    story.intent(target="tmpl_d")
    story.reviewed(action(target="tmpl_e"))
    story.seen(target="tmpl_b")
    return story


def hostile(odd: str) -> Story:
    """A log with the text in every place that a file, the tenant, a person or the environment can fill."""
    story = Story(base_url=odd)
    review = {"pull_request": odd, "approvers": [odd, odd], "run": odd, "reason": odd}
    story.run(
        odd, "2026-09-01", operator=odd, review=review, git=dict.fromkeys(("commit", "ref", "actor"), odd)
    )
    changes = [("content", f"{odd}!", odd), (odd, odd, f"{odd}?"), ("events", [odd], [odd, "b"])]
    told = {
        "operation": odd,
        "changes": changes,
        "status": odd,
        "error": odd,
        "reason": odd,
        "content_sha256": sha256(odd),
        "waivers": [{"rule": odd, "reason": odd, "expires": odd}],
        "source": {"file": odd, "line": 1},
        "plan_digest": odd,
        "doubt": True,
    }
    for phase in ("approval", "a2p", "webhook"):
        sent = {"fields": {"content": odd, odd: odd}}
        story.done(**{**told, "changes": STATUS}, phase=phase, target=odd, sent=sent)
        story.done(**told, phase=phase, target=odd)
        story.outcome("failed", **told, phase=phase, target=f"{odd}.")
    story.seen(odd, odd, target=f"{odd}.")
    story.outcome(odd, **told, target=f"{odd}:")
    story.add(
        "outcome", **{**told, "changes": [], "phase": odd, "target": odd, "outcome": odd, "attempts": 1}
    )
    story.intent(target=f"{odd} ")
    story.reviewed(action(operation=odd, target=f"{odd};"))
    return story
