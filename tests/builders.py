"""Small functions that build values of the model from literals, and a driver for the write protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import Record
from reconciler.audit.memory import Memory
from reconciler.core.model import (
    Action,
    Change,
    Desired,
    Document,
    Live,
    Observation,
    Plan,
    Policy,
    SecretRef,
    Source,
    Unchecked,
    Waiting,
)
from reconciler.core.plan_json import with_digest
from reconciler.core.wire import Response
from reconciler.cxone.audit_logs import FIELDS as SEVEN
from reconciler.kinds import discover
from reconciler.plan.build import PlanInput, build
from reconciler.plan.resume import Resumption
from reconciler.plan.write_protocol import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.core.model import Key, Remembered
    from reconciler.core.outcome import Ended
    from reconciler.core.wire import Request

TENANT = "https://acme.nicecxone.com"
URL = "https://hooks.example.com/cxone"
T0, T1, T2 = "2026-11-20T10:00:00Z", "2026-11-21T11:11:11Z", "2026-11-22T12:22:22Z"
A2P = {
    "campaign_name": "Appointments",
    "message_class": "TRANSACTIONAL",
    "opt_in_language": "At the desk",
}
FIELDS = {
    "content": "Acme Dental: see you at 5. Reply STOP to opt out.",
    "from_address": "45678",
    "name": "Appointment reminder",
    "status": "APPROVED",
}
MESSAGE = {name: FIELDS[name] for name in ("name", "from_address", "content")}
EVENTS = ("a2p.registered", "template.approved")


def document(
    kind: str = "Template", *, line: int = 1, file: str = "templates.d/a.yaml", **body: Any
) -> Document:
    """A document with exactly this body, under the API's names."""
    whole = {"apiVersion": "reconciler/v1", "kind": kind, **body}
    return Document(kind=kind, body=whole, file=file, line=line, index=0)


def template(target: str = "tmpl_a", *, line: int = 1, **fields: Any) -> Document:
    """A Template document, APPROVED with an ``a2p`` block but for the fields given; None leaves one out."""
    body = {"id": target, **FIELDS, "a2p": A2P, **fields}
    return document(line=line, **{name: value for name, value in body.items() if value is not None})


def hook(url: str = URL, *, line: int = 1, **fields: Any) -> Document:
    """A Webhook document."""
    body = {"url": url, "events": list(EVENTS), "secret": {"env": "HOOK_SECRET"}, **fields}
    return document("Webhook", line=line, file="templates.d/hooks.yaml", **body)


def desired(*documents: Document) -> tuple[Desired, ...]:
    """What the documents ask for, of every kind."""
    offered = ((kind, each) for each in documents for kind in discover().values())
    return tuple(item for kind, each in offered if (item := kind.desired(each)) is not None)


def wanted(kind: str, *documents: Document) -> Desired:
    """The one desired object of this kind."""
    (item,) = [item for item in desired(*documents) if item.kind == kind]
    return item


def wire(target: str = "tmpl_a", *, updated_at: str | None = T0, **fields: Any) -> dict[str, Any]:
    """A template as the tenant sends it, PENDING, with a field that we do not know."""
    meta = {"created_at": "2026-01-01T00:00:00Z", "updated_at": updated_at, "etag_hint": 7}
    body = {"id": target, **FIELDS, "status": "PENDING", "meta": meta, "locale": {"tag": "en-US"}, **fields}
    return {name: value for name, value in body.items() if value is not None}


def wire_registration(target: str = "tmpl_a", **fields: Any) -> dict[str, Any]:
    """A registration as a list shows it."""
    body = {"template_id": target, **A2P, "id": f"reg_{target}", **fields}
    return {name: value for name, value in body.items() if value is not None}


def wire_webhook(id: Any = "wh_1", url: str = URL, events: Iterable[str] = EVENTS) -> dict[str, Any]:  # noqa: A002
    """A webhook as a list shows it."""
    return {"id": id, "url": url, "events": list(events)}


def live(kind: str, item: dict[str, Any]) -> Live:
    """The live value of one wire object."""
    return discover()[kind].live(item, "GET /test")


def observed(
    *templates: dict[str, Any],
    registrations: Iterable[dict[str, Any]] = (),
    webhooks: Iterable[dict[str, Any]] = (),
    listed: Iterable[str] = ("template", "registration", "webhook"),
    refused: Iterable[str] = (),
) -> Observation:
    """What a tenant showed."""
    lives: dict[tuple[str, str], tuple[Live, ...]] = {}
    for kind, items in (("template", templates), ("registration", registrations), ("webhook", webhooks)):
        for item in items:
            one = live(kind, item)
            lives[kind, one.target] = (*lives.get((kind, one.target), ()), one)
    return Observation(lives=lives, listed=frozenset(listed), refused=frozenset(refused))


def given(
    *documents: Document,
    seen: Observation,
    remembered: Mapping[Key, Remembered] | None = None,
    managed: Iterable[str] = (),
    **more: Any,
) -> PlanInput:
    """What a plan for these documents depends on, over what was seen."""
    return PlanInput(
        desired={(item.kind, item.target): item for item in desired(*documents)},
        observed=seen,
        resumption=Resumption(remembered=remembered or {}),
        **{
            "tenant": TENANT,
            "base_url": TENANT,
            "policy": Policy(),
            "memory": Memory(templates=set(managed)),
            **more,
        },
    )


def planned(*documents: Document, seen: Observation, **more: Any) -> Plan:
    """The plan for these documents over what was seen."""
    return build(given(*documents, seen=seen, **more))


def action(
    phase: str = "approval",
    operation: str = "approve",
    target: str = "tmpl_a",
    changes: Iterable[tuple[str, Any, Any]] = (("status", "PENDING", "APPROVED"),),
    **fields: Any,
) -> Action:
    """An action; an approval over ``T0`` where nothing else is said."""
    if phase == "approval":
        fields.setdefault("reviewed", {"message": MESSAGE, "updated_at": fields.pop("updated_at", T0)})
    if phase == "webhook":
        fields.setdefault("reviewed", {"secret": {"env": "HOOK_SECRET"}})
    fields.setdefault("source", Source(file="templates.d/a.yaml", line=1))
    differences = tuple(Change(field=name, live=before, desired=after) for name, before, after in changes)
    return Action(phase=phase, operation=operation, target=target, changes=differences, **fields)


def register(target: str = "tmpl_a") -> Action:
    """The registration of a template that has none."""
    return action("a2p", "register", target, [(name, None, value) for name, value in sorted(A2P.items())])


def create(url: str = URL) -> Action:
    """The making of a webhook."""
    return action("webhook", "create", url, [("events", None, EVENTS), ("secret", None, "(secret)")])


def rotate(url: str = URL, name: str = "HOOK_SECRET") -> Action:
    """A new secret for a webhook, out of the variable ``name``."""
    secret = {"secret": {"env": name}}
    return action("webhook", "rotate", url, [("secret", "(secret)", "(secret)")], reviewed=secret)


def plan_of(*actions: Action, tenant: str | None = TENANT, **fields: Any) -> Plan:
    """A plan of these actions, its digest in it."""
    return with_digest(Plan(tenant=tenant, base_url=tenant, digest=None, actions=actions, **fields))


def waiting(target: str, status: str = "SUBMITTED", since: str | None = None) -> Waiting:
    """A template that waits."""
    return Waiting(id=target, status=status, since=since)


def unchecked(url: str = URL, name: str = "HOOK_SECRET") -> Unchecked:
    """A webhook whose secret could not be read."""
    return Unchecked(url=url, secret=SecretRef(source="env", name=name))


def only(plan: Plan, phase: str) -> Action:
    """The plan's one action of this phase."""
    (one,) = [each for each in plan.actions if each.phase == phase]
    return one


def pairs(one: Action) -> list[tuple[str, Any, Any]]:
    """An action's changes as triples."""
    return [(change.field, change.live, change.desired) for change in one.changes]


def step_of(plan: Plan, phase: str, *documents: Document, **fields: Any) -> Step:
    """The step that carries out the plan's one action of a phase."""
    one = only(plan, phase)
    kind = next(kind for kind in discover().values() if kind.phase == phase)
    whole = {"policy": Policy(), "key": "key-1", "attempts": 4, **fields}
    return Step(kind=kind, action=one, desired=wanted(kind.name, *documents), **whole)


def ok(body: Any = None, status: int = 200, etag: str | None = None) -> Response:
    """A success."""
    return Response(status=status, body=body, etag=etag)


def no(status: int) -> Response:
    """A clear refusal."""
    return Response(status=status, error=f"the call answered {status}")


def lost(status: int = 0) -> Response:
    """A write's answer that never came, or says nothing of its fate."""
    return Response(status=status, unknown=True, error="no answer came")


def page(*items: dict[str, Any], cursor: str | None = None) -> Response:
    """A page of a list."""
    return ok({"items": list(items), "next_cursor": cursor})


def drive(protocol: Iterator[Request], *answers: Response) -> tuple[Ended, list[Request]]:
    """Answer a protocol's requests in turn. It must end exactly when the answers do."""
    sent: list[Request] = []
    waiting = iter(answers)
    answer: Response | None = None
    while True:
        try:
            request = next(protocol) if answer is None else protocol.send(answer)  # type: ignore[attr-defined]
        except StopIteration as end:
            ended: Ended = end.value
            break
        sent.append(request)
        answer = next(waiting, None)
        assert answer is not None, f"asks for more than the answers: {methods(sent)}"
    left = list(waiting)
    assert not left, f"ended {ended} after {methods(sent)}, answers left: {left}"
    return ended, sent


def methods(sent: Iterable[Request]) -> str:
    """The requests' methods in a row: ``GET PUT``."""
    return " ".join(request.method for request in sent)


def record(event: str, **fields: Any) -> Record:
    """A record that is not sealed yet; what is not given reads as None, the tenant is ``TENANT``."""
    here = {"tenant": TENANT, "base_url": TENANT}
    return Record(
        {**dict.fromkeys(SEVEN), "timestamp": "2026-11-23T00:00:00.000Z", **here, "event": event, **fields}
    )
