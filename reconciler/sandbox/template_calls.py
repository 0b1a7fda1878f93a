"""Reading and replacing a template, and what its change of status sets off."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reconciler.core.model import APPROVED
from reconciler.sandbox import shapes
from reconciler.sandbox.exchange import Ask, Event, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Json
    from reconciler.sandbox.faults import Faults
    from reconciler.sandbox.store import Store

Template = dict[str, "Json"]

_REVIEWED = ("content", "from_address", "name")
"""What a carrier judges: a change of these needs its approval anew."""

_DECISIONS = {"prompt": APPROVED, "slow": "SUBMITTED", "reject": "REJECTED"}


def get(store: Store, faults: Faults, ask: Ask) -> Reply:
    """The template and, unless the fault says otherwise, its ETag."""
    body = _existing(store, ask.id)
    return Reply(status=200, body=body, headers=_etag_header(body, faults))


def put(store: Store, faults: Faults, ask: Ask) -> Reply:
    """Replace the whole template: a field that is not sent back is gone. Only the times in ``meta`` are set here."""
    live = _existing(store, ask.id)
    errors = shapes.template(ask.body)
    if not errors and ask.body["id"] != ask.id:
        errors = [("id", "is not the one in the path")]
    if errors:
        raise Refusal(400, "The template is not of the shape needed.", errors=tuple(errors))
    if faults.etag and ask.if_match is not None and not _matches(ask.if_match, etag(live)):
        raise Refusal(412, "The template is not the one that If-Match names.")
    if ask.body["meta"]["updated_at"] != live["meta"]["updated_at"]:
        raise Refusal(409, "The template was changed since it was read: read it again.")
    kept = store.replace_template({**ask.body, "status": _status(ask.body, live, faults)})
    answer = None if faults.put_204 else kept
    status = 204 if faults.put_204 else 200
    return Reply(
        status=status, body=answer, headers=_etag_header(kept, faults), events=status_events(live, kept)
    )


def status_events(before: Mapping[str, Json] | None, after: Mapping[str, Json]) -> tuple[Event, ...]:
    """What webhooks hear of a template's new state: approved, revoked, rejected, or else nothing."""
    was, now = before.get("status") if before else None, after.get("status")
    if was == now:
        return ()
    kind = "approved" if now == APPROVED else "rejected" if now == "REJECTED" else None
    if kind is None and was == APPROVED:
        kind = "revoked"
    data = {"template_id": after["id"], **{name: after.get(name) for name in ("name", "status")}}
    data["updated_at"] = after["meta"]["updated_at"]
    return (Event(type=f"template.{kind}", data=data),) if kind else ()


def etag(body: Mapping[str, Json]) -> str:
    """A strong entity tag: quoted, and nothing a client could make from ``updated_at``."""
    stamp = f"{body['id']} {body['meta']['updated_at']}".encode()
    return f'"{hashlib.sha256(stamp).hexdigest()[:20]}"'


def _existing(store: Store, template_id: str) -> Template:
    body = store.template(template_id)
    if body is None:
        raise Refusal(404, "There is no template with this id.")
    return body


def _status(sent: Mapping[str, Json], live: Mapping[str, Json], faults: Faults) -> str:
    """An approval goes to the carrier, unless what it approved already is all that is sent."""
    asks = sent["status"] == APPROVED
    settled = live["status"] == APPROVED and all(sent[name] == live.get(name) for name in _REVIEWED)
    return _DECISIONS[faults.carrier] if asks and not settled else str(sent["status"])


def _etag_header(body: Mapping[str, Json], faults: Faults) -> dict[str, str]:
    return {"ETag": etag(body)} if faults.etag else {}


def _matches(if_match: str, current: str) -> bool:
    """RFC 9110 section 13.1.1: strong comparison, so a weak tag never matches."""
    return if_match.strip() == "*" or current in [tag.strip() for tag in if_match.split(",")]
