"""CXone's calls: what each needs, and what it does to the store.

A call is plain code between an Ask and an Reply, inside one transaction of the store. Posting an audit log
needs ``messaging:write``: the tutorial names no scope for it, and its client has that one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox import shapes, template_calls
from reconciler.sandbox.exchange import Ask, Event, Refusal, Reply
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.paging import page
from reconciler.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Json

Act = Callable[[Store, Faults, Ask], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """``name`` as faults and records have it; ``act`` does it."""

    name: str
    method: str
    path: str
    scope: str
    act: Act


def list_templates(store: Store, faults: Faults, ask: Ask) -> Reply:
    """Templates by id; with the fault ``summaries`` without what makes them long."""
    left_out = ("content", "from_address") if faults.summaries else ()
    return page("templates", store.templates, faults, ask, left_out)


def list_registrations(store: Store, faults: Faults, ask: Ask) -> Reply:
    """Registrations by id."""
    return page("registrations", store.registrations, faults, ask)


def list_webhooks(store: Store, faults: Faults, ask: Ask) -> Reply:
    """Webhooks by id, never with a secret."""
    return page("webhooks", store.webhooks, faults, ask, ("secret",))


def post_registration(store: Store, faults: Faults, ask: Ask) -> Reply:  # noqa: ARG001 - an Act's shape
    """Register a template, or change its registration: one a template, 201 new, 200 there already."""
    _refuse("registration", shapes.registration(ask.body))
    if store.template(ask.body["template_id"]) is None:
        _refuse("registration", [("template_id", "there is no such template")])
    before = store.registration(ask.body["template_id"])
    made = store.register(ask.body)
    events = (Event(type="a2p.registered", data=made),) if made != before else ()
    return Reply(status=200 if before else 201, body=made, events=events)


def post_webhook(store: Store, faults: Faults, ask: Ask) -> Reply:
    """One more webhook, even where one with this URL is there already."""
    _refuse("webhook", shapes.webhook(ask.body))
    webhook_id = store.add_webhook(ask.body["url"], ask.body["events"], ask.body["secret"])
    shown = _shown(webhook_id, ask.body)
    if not faults.webhook_id:
        del shown["id"]
    return Reply(status=201, body=shown)


def put_webhook(store: Store, faults: Faults, ask: Ask) -> Reply:
    """Replace a webhook, the secret too."""
    if not faults.webhook_put:
        raise Refusal(405, "A webhook cannot be changed through this API.", headers={"Allow": ""})
    _refuse("webhook", shapes.webhook(ask.body))
    if not store.change_webhook(ask.id, ask.body["url"], ask.body["events"], ask.body["secret"]):
        raise Refusal(404, "There is no webhook with this id.")
    return Reply(status=200, body=_shown(ask.id, ask.body))


def post_audit(store: Store, faults: Faults, ask: Ask) -> Reply:  # noqa: ARG001 - an Act's shape
    """Take a record; the same record twice is two, unless its Idempotency-Key repeats."""
    _refuse("audit log", shapes.audit_log(ask.body))
    return Reply(status=201, body={"id": store.add_audit_log(ask.body)})


def _refuse(what: str, errors: shapes.Errors) -> None:
    if errors:
        raise Refusal(400, f"The {what} is not of the shape needed.", errors=tuple(errors))


def _shown(webhook_id: str, body: Mapping[str, Json]) -> dict[str, Json]:
    return {"id": webhook_id, "url": body["url"], "events": body["events"]}


def _call(name: str, method: str, path: str, scope: str, act: Act) -> ApiCall:
    return ApiCall(name=name, method=method, path=f"/api/v1{path}", scope=scope, act=act)


CALLS = (
    _call("list-templates", "GET", "/messaging/templates", "messaging:read", list_templates),
    _call("get-template", "GET", "/messaging/templates/{id}", "messaging:read", template_calls.get),
    _call("put-template", "PUT", "/messaging/templates/{id}", "messaging:write", template_calls.put),
    _call("list-registrations", "GET", "/a2p/registrations", "messaging:read", list_registrations),
    _call("post-registration", "POST", "/a2p/registrations", "a2p:write", post_registration),
    _call("list-webhooks", "GET", "/webhooks", "messaging:read", list_webhooks),
    _call("post-webhook", "POST", "/webhooks", "webhooks:write", post_webhook),
    _call("put-webhook", "PUT", "/webhooks/{id}", "webhooks:write", put_webhook),
    _call("post-audit", "POST", "/audit/logs", "messaging:write", post_audit),
)
