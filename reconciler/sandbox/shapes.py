"""The wire shapes of what clients send: each check returns what is wrong, as (field, message) pairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.core.urls import is_loopback
from reconciler.webhooks import UnusableSecret, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.core.model import Json

Errors = list[tuple[str, str]]

AUDIT_ACTIONS = ("A2P_REGISTRATION", "TEMPLATE_APPROVAL", "WEBHOOK_CONFIGURATION")
_REGISTRATION = ("template_id", "campaign_name", "message_class", "opt_in_language")
_AUDIT = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")
_STATUS = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOMENT = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z")
_EVENT = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_TEMPLATE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}")


def template(body: Json) -> Errors:
    """A whole template: the fields that this tool manages are checked, any others may be there."""
    if not isinstance(body, dict):
        return [("", "must be an object")]
    errors = _texts(body, ("id", "name", "status", "content", "from_address"))
    if not _is_match(_STATUS, body.get("status", "")) and not _has(errors, "status"):
        errors.append(("status", "must be letters, digits, _ and -"))
    meta = body.get("meta")
    if not isinstance(meta, dict):
        return [*errors, ("meta", "must be an object")]
    if not isinstance(meta.get("updated_at"), str):
        errors.append(("meta.updated_at", "is required: send the one that was last read"))
    return errors


def new_template(body: Json) -> Errors:
    """What the console needs to make a template: everything but ``meta``, which is made here."""
    if not isinstance(body, dict):
        return [("", "must be an object")]
    errors = template({**body, "meta": {"updated_at": ""}})
    if not _is_match(_TEMPLATE_ID, body.get("id")):
        errors.append(("id", "must be 1 to 128 letters, digits or ._:~- and begin with a letter or digit"))
    return errors


def registration(body: Json) -> Errors:
    """The four fields of a registration, and no other."""
    return _object(body, _REGISTRATION) or _texts(body, _REGISTRATION)


def webhook(body: Json) -> Errors:
    """``url``, ``events`` and ``secret``: https unless the host is loopback, a key of 24 bytes or more."""
    fields = ("url", "events", "secret")
    errors = _object(body, fields)
    if errors:
        return errors
    errors = _texts(body, ("url", "secret"))
    if not _has(errors, "url") and (wrong := _url(body["url"])):
        errors.append(("url", wrong))
    events = body["events"]
    if not isinstance(events, list) or not events or not all(_is_match(_EVENT, event) for event in events):
        errors.append(("events", "must be a list of at least one event name such as template.approved"))
    elif len(set(events)) != len(events):
        errors.append(("events", "must not name an event twice"))
    if not _has(errors, "secret") and (wrong := _secret(body["secret"])):
        errors.append(("secret", wrong))
    return errors


def audit_log(body: Json) -> Errors:
    """The seven fields of a record, and no other; ``template_id`` is empty for a webhook."""
    errors = _object(body, _AUDIT)
    if errors:
        return errors
    errors = _texts(body, ("status", "operator_id"))
    if not isinstance(body["template_id"], str):
        errors.append(("template_id", "must be a string"))
    if not _is_match(_MOMENT, body["timestamp"]):
        errors.append(("timestamp", "must be RFC 3339 in UTC with milliseconds"))
    if body["action"] not in AUDIT_ACTIONS:
        errors.append(("action", f"must be one of {', '.join(AUDIT_ACTIONS)}"))
    if type(body["latency_ms"]) is not int or body["latency_ms"] < 0:
        errors.append(("latency_ms", "must be a whole number from 0"))
    if not isinstance(body["carrier_ready"], bool):
        errors.append(("carrier_ready", "must be true or false"))
    return errors


def _object(body: Json, fields: tuple[str, ...]) -> Errors:
    if not isinstance(body, dict):
        return [("", "must be an object")]
    missing: Errors = [(name, "is required") for name in fields if name not in body]
    return missing + [(name, "is not known here") for name in sorted(body) if name not in fields]


def _texts(body: dict[str, Json], fields: Iterable[str]) -> Errors:
    wrong = [name for name in fields if not isinstance(body.get(name), str) or not body[name]]
    return [(name, "must be a string that is not empty" if name in body else "is required") for name in wrong]


def _is_match(pattern: re.Pattern[str], value: Json) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _has(errors: Errors, field: str) -> bool:
    return any(name == field for name, _ in errors)


def _url(text: str) -> str | None:
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in ("http", "https") or not host:
        return "must be an http or https URL with a host"
    if url.username is not None or url.fragment:
        return "must hold neither user info nor a fragment"
    return None if url.scheme == "https" or is_loopback(host) else "must be https"


def _secret(text: str) -> str | None:
    try:
        key_of(text)
    except UnusableSecret:
        return "must be base64 after whsec_"
    return None if len(text.encode()) >= 24 else "must be at least 24 bytes"
