"""A compliance webhook: known by its URL, with a secret that can be written but never read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from reconciler.core.diff import changes
from reconciler.core.errors import WrongShape
from reconciler.core.model import SECRET, Action, Change, Desired, Live, SecretRef, Source
from reconciler.core.plan_json import secret_json
from reconciler.core.wire import Request
from reconciler.kinds._base import Decision, Kind, Known, Operation, Wire, kind_of, page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.model import Document, Json, Value

PATH = "/api/v1/webhooks"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalise(url: str) -> str:
    """A webhook's identity: scheme and host in lower case, no root dot or default port, a path of at least ``/``.

    User info and a fragment stay as they are (CX112 refuses them); text that is no URL comes back unchanged.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if not parts.scheme or not parts.hostname:
        return url
    name = parts.hostname.rstrip(".") or parts.hostname
    host = f"[{name}]" if ":" in name else name
    netloc = host if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{port}"
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{user}{at}{netloc}", parts.path or "/", parts.query, parts.fragment))


class WebhookKind(Kind):
    """``events`` is compared as a set; the secret by the fingerprint that the audit log remembers."""

    name = "webhook"
    noun = "webhook"
    heading = "Webhooks"
    operations = (
        Operation(name="create", sign="+", done="webhook"),
        Operation(name="update", sign="~", done="change of webhook"),
        Operation(name="rotate", sign="~", done="new secret of webhook"),
        Operation(name="accept", sign="~", done="webhook"),
    )
    document = "Webhook"
    key = "url"
    phase = "webhook"
    last = True
    fields = ("events",)
    collection = "webhooks"
    scope = "webhooks:write"
    writes = (f"POST {PATH}", f"PUT {PATH}/{{id}}")
    audit_action = "WEBHOOK_CONFIGURATION"
    secret = True
    duplicates = True

    def identity(self, name: str) -> str:
        return normalise(name) if "://" in name else name

    def desired(self, document: Document) -> Desired | None:
        if document.kind != self.document:
            return None
        ((source, name),) = document.body["secret"].items()
        return Desired(
            kind=self.name,
            target=normalise(document.body["url"]),
            fields={"events": tuple(sorted(set(document.body["events"])))},
            secret=SecretRef(source=source, name=name),
            document=document,
        )

    def listing(self, cursor: str | None) -> Request:
        call, query = page(PATH, cursor)
        return Request(method="GET", path=PATH, call=call, scope="messaging:read", query=query)

    def live(self, item: Json, call: str) -> Live:
        wire = Wire.of(item, call, "webhook")
        events = wire.item.get("events")
        if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
            raise WrongShape(
                f"{call}: 'events' of a webhook should be an array of text, found {kind_of(events)}."
            )
        return Live(
            kind=self.name,
            target=normalise(wire.text("url")),
            fields={"events": tuple(sorted(set(events)))},
            id=wire.identifier("id"),
        )

    def chosen(self, lives: Sequence[Live], remembered: str | None) -> Live | None:
        """The remembered id, else the lowest."""
        same = (live for live in lives if remembered is not None and live.id == remembered)
        return next(same, None) or min(lives, key=_by_number, default=None)

    def decide(self, desired: Desired, known: Known) -> Decision:
        live, warning = _chosen(desired.target, known)
        memory = known.remembered
        # A webhook that was made anew in the console has another id, and a secret that we do not know.
        same = memory is not None and (memory.accepted or live is None or memory.id in (None, live.id))
        remembered_secret = memory.fingerprint if memory is not None and same else None
        if live is None and (known.listed or memory is None or not memory.fields):
            secret = Change(field="secret", live=None, desired=SECRET)
            return self._action(
                desired, "create", (*_created(desired), secret), unknown=not known.listed, warning=warning
            )
        shown = live.fields if live is not None else (memory.fields if memory is not None else {})
        different = changes(shown, desired.fields)
        secret = Change(field="secret", live=SECRET, desired=SECRET)
        adopted = remembered_secret is None
        if different:
            return self._action(
                desired, "update", (*different, secret) if adopted else different, warning=warning
            )
        if known.rotate or _rotated(known, remembered_secret):
            return self._action(desired, "rotate", (secret,), warning=warning)
        return Decision(adopted=adopted, warning=warning)

    def reviewed(self, desired: Desired) -> dict[str, Json]:
        return {"secret": secret_json(desired.secret)} if desired.secret is not None else {}

    def _action(
        self,
        desired: Desired,
        operation: str,
        different: tuple[Change, ...],
        *,
        unknown: bool = False,
        warning: str | None = None,
    ) -> Decision:
        action = Action(
            phase=self.phase,
            operation=operation,
            target=desired.target,
            changes=tuple(sorted(different, key=lambda change: change.field)),
            reviewed=self.reviewed(desired),
            source=Source(file=desired.document.file, line=desired.document.line),
        )
        return Decision(action=action, state="action", unknown=unknown, warning=warning)

    def operation(self, before: Mapping[str, Value] | None, after: Mapping[str, Value]) -> str:
        if before is None:
            return "create"
        return "rotate" if dict(before) == dict(after) else "update"

    def write(self, action: Action, desired: Desired, live: Live | None, id: str | None) -> Request | None:  # noqa: A002, ARG002
        events = desired.fields["events"]
        assert isinstance(events, tuple)
        body = {"url": action.target, "events": list(events), "secret": desired.secret}
        if action.operation == "create":
            call = f"POST {PATH} for {action.target}"
            return Request(method="POST", path=PATH, call=call, scope=self.scope, body=body)
        if id is None:
            return None
        from urllib.parse import quote

        if id in {".", ".."}:
            return None
        return Request(
            method="PUT",
            path=f"{PATH}/{quote(id, safe='')}",
            call=f"PUT {PATH}/{id} for {action.target}",
            scope=self.scope,
            body=body,
        )


def _created(desired: Desired) -> tuple[Change, ...]:
    return tuple(Change(field=name, live=None, desired=value) for name, value in desired.fields.items())


def _chosen(target: str, known: Known) -> tuple[Live | None, str | None]:
    """The live webhook that counts, the remembered id or else the lowest, and a warning where there are more."""
    if not known.lives:
        return None, None
    chosen = KIND.chosen(known.lives, known.remembered.id if known.remembered is not None else None)
    if len(known.lives) == 1 or chosen is None:
        return chosen, None
    lives = sorted(known.lives, key=_by_number)
    names = ", ".join(live.id or "one without an id" for live in lives)
    return chosen, (
        f"{len(lives)} webhooks in the tenant have the URL {target}: {names}. Only {chosen.id} is compared and "
        "changed; delete the others in the console, or events arrive more than once."
    )


def _by_number(live: Live) -> tuple[int, str]:
    """Numbers by their value, before other ids by their text."""
    text = live.id or ""
    return (len(text), text) if text.isdigit() else (1000, text)


def _rotated(known: Known, remembered: str | None) -> bool:
    """Whether the secret that can be read here is another than the tenant was last given."""
    if remembered is None or known.unreadable or known.fingerprint is None:
        return False
    doubtful = known.remembered is not None and known.remembered.doubt
    return doubtful or known.fingerprint != remembered


KIND = WebhookKind()
