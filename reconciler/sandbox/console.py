"""What a person does in the vendor's console: no scopes, no preconditions, no questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox import shapes
from reconciler.sandbox.exchange import Refusal, Reply
from reconciler.sandbox.template_calls import status_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Json
    from reconciler.sandbox.store import Store

_RACED = {"status": "SUSPENDED", "from_address": "90210"}


def create(store: Store, body: Json) -> Reply:
    """A new template with the status given; unmanaged fields as they come."""
    errors = shapes.new_template(body)
    if not errors and store.template(body["id"]) is not None:
        errors = [("id", "there is one already")]
    if errors:
        raise Refusal(400, "The template cannot be made.", errors=tuple(errors))
    made = store.create_template(body)
    return Reply(status=201, body=made, events=status_events(None, made))


def edit(store: Store, template_id: str, patch: Json) -> Reply:
    """Merge ``patch`` as RFC 7396 has it (null removes a field); ``updated_at`` moves, the id stays."""
    live = store.template(template_id)
    if live is None:
        raise Refusal(404, "There is no template with this id.")
    if not isinstance(patch, dict) or patch.get("id", template_id) != template_id:
        raise Refusal(400, "The edit must be an object, and cannot change the id.")
    merged = _merge(live, {name: value for name, value in patch.items() if name != "meta"})
    kept = store.replace_template(merged)
    return Reply(status=200, body=kept, events=status_events(live, kept))


def delete(store: Store, template_id: str) -> Reply:
    """The template is gone, and seeding does not bring it back."""
    if not store.delete_template(template_id):
        raise Refusal(404, "There is no template with this id.")
    return Reply(status=204)


def race(store: Store, template_id: str, field: str) -> Reply:
    """The edit that the fault ``race`` makes, in a template that may not be there."""
    if store.template(template_id) is None:
        return Reply(status=404)
    return edit(store, template_id, {field: _RACED.get(field, "edited in the console")})


def _merge(value: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return patch
    merged: dict[str, Json] = dict(value) if isinstance(value, dict) else {}
    for name, change in patch.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), change)
    return merged


def state(store: Store) -> Mapping[str, Json]:
    """Everything, webhook secrets in plain text too: it is a sandbox's, and a test wants to compare."""
    return {
        "templates": store.templates(),
        "registrations": store.registrations(),
        "webhooks": store.webhooks(),
        "audit_logs": store.audit_logs(),
    }
