"""A history as JSON: exact, keys documented in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.plan_json import FORMAT_VERSION, value_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.audit.report.history import (
        Commit,
        Entry,
        Excuse,
        History,
        Latency,
        Open,
        Review,
        RunHistory,
        Template,
        Tenant,
        Undone,
    )


def shape(history: History) -> dict[str, Any]:
    """The whole report."""
    chain = history.chain
    return {
        "format_version": FORMAT_VERSION,
        "generated_at": history.generated_at,
        "day": history.day,
        "since": history.since,
        "until": history.until,
        "log": history.log,
        "chain": {
            "intact": chain.intact,
            **_named(chain, "records", "head", "first", "last", "broken", "beyond", "torn"),
            "expected_head": chain.expected,
            "expected_head_found": chain.found,
        },
        "attention": [
            _named(one, "kind", "base_url", "phase", "target", "seq", "detail") for one in history.concerns
        ],
        "tenants": [_tenant(tenant) for tenant in history.tenants],
    }


def _tenant(tenant: Tenant) -> dict[str, Any]:
    return {
        "base_url": tenant.base_url,
        "templates": [_template(template) for template in tenant.templates],
        "webhooks": [
            {
                "url": webhook.url,
                "confirmed": _seq(webhook.confirmed),
                "waivers": _waivers(webhook.waivers),
                "entries": [_entry(entry) for entry in webhook.entries],
            }
            for webhook in tenant.webhooks
        ],
        "open": [_open(one) for one in tenant.open],
        "drift_undone": [_undone(one) for one in tenant.undone],
        "in_doubt": [
            {
                **_named(one.entry, "seq", "at", "phase", "operation", "target", "outcome"),
                "settled": one.settled,
            }
            for one in tenant.doubts
        ],
        "undelivered": [
            _named(one, "seq", "at", "phase", "operation", "target", "outcome") for one in tenant.undelivered
        ],
        "latency_ms": _latency(tenant.latency),
        "runs": [_run(run) for run in tenant.runs],
    }


def _template(template: Template) -> dict[str, Any]:
    approved = template.approved
    return {
        "id": template.id,
        "approved": _entry(approved) if approved is not None else None,
        "confirmed": _seq(template.confirmed),
        "carrier_ready": template.carrier_ready,
        "waivers": _waivers(template.waivers),
        "periods": [_named(one, "state", "began", "ended") for one in template.periods],
        "latency_ms": _latency(template.latency),
        "approvals": [_entry(entry) for entry in template.approvals],
        "registrations": [_entry(entry) for entry in template.registrations],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        **_named(entry, "seq", "hash", "at", "run_id", "event", "phase", "operation", "target"),
        **_named(entry, "outcome", "status", "content_sha256", "content"),
        "changes": [
            {
                "field": change.field,
                "live": value_json(change.live),
                "desired": value_json(change.desired),
                "undone": change.field in entry.undone,
            }
            for change in entry.changes
        ],
        "review": _review(entry.review),
        "operator_id": entry.operator_id,
        "git": _git(entry.git),
        "source": _named(entry.source, "file", "line") if entry.source is not None else None,
        **_named(entry, "plan_digest", "reviewed", "closes", "attempts", "latency_ms", "carrier_ready"),
        "waivers": [_named(waiver, "rule", "reason", "expires") for waiver in entry.waivers],
        **_named(entry, "updated_at", "error", "doubt", "delivered", "reason"),
    }


def _open(one: Open) -> dict[str, Any]:
    return {
        **_named(one, "state", "phase", "operation", "target", "seq", "at", "operator_id"),
        "review": _review(one.review),
        **_named(one, "plan_digest", "error"),
    }


def _undone(one: Undone) -> dict[str, Any]:
    return {
        **_named(one, "phase", "target", "field"),
        "found": value_json(one.found),
        "restored": value_json(one.restored),
        **_named(one, "confirmed", "confirmed_at", "seq", "at"),
    }


def _run(run: RunHistory) -> dict[str, Any]:
    return {
        **_named(run, "run_id", "began", "ended", "operator_id"),
        "review": _review(run.review),
        "git": _git(run.git),
        **_named(run, "plan_digest", "reviewed"),
        "entries": [entry.seq for entry in run.entries],
        **_named(run, "delivered", "unfinished"),
    }


def _waivers(excuses: Sequence[Excuse]) -> list[dict[str, Any]]:
    return [
        {**_named(one.waiver, "rule", "reason", "expires"), "state": one.state, "seq": one.seq}
        for one in excuses
    ]


def _review(review: Review | None) -> dict[str, Any] | None:
    if review is None:
        return None
    return {
        "pull_request": review.pull_request,
        "approvers": list(review.approvers),
        **_named(review, "run", "reason"),
    }


def _git(git: Commit | None) -> dict[str, Any] | None:
    return _named(git, "commit", "ref", "actor") if git is not None else None


def _latency(latency: Latency | None) -> dict[str, Any] | None:
    return _named(latency, "count", "p50", "p90", "p99", "longest") if latency is not None else None


def _seq(entry: Entry | None) -> int | None:
    return entry.seq if entry is not None else None


def _named(noun: object, *names: str) -> dict[str, Any]:
    return {name: getattr(noun, name) for name in names}
