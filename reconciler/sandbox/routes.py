"""The path of a request: gate, token, body, Idempotency-Key, the call in a transaction, the answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse
from starlette.routing import Route

from reconciler.sandbox import console, wire
from reconciler.sandbox.calls import CALLS, ApiCall
from reconciler.sandbox.exchange import Ask, Refusal, Reply
from reconciler.sandbox.gate import HTML

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.core.model import Json
    from reconciler.sandbox.courier import Courier
    from reconciler.sandbox.gate import Gate
    from reconciler.sandbox.store import Store
    from reconciler.sandbox.tokens import IssuedTokens

    Endpoint = Callable[[Request], Awaitable[Response]]
    Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedTenant:
    """What the endpoints share. ``began``: the number of the last write recorded before the start."""

    store: Store
    gate: Gate
    tokens: IssuedTokens
    courier: Courier
    sleep: Callable[[float], Awaitable[None]]
    began: int


def routes(tenant: EmbeddedTenant) -> list[Route]:
    """One route a path, so that a 405 names all its methods."""
    handlers: dict[str, dict[str, Endpoint]] = {"/oauth/token": {"POST": _token(tenant)}}
    for call in CALLS:
        handlers.setdefault(call.path, {})[call.method] = _api(tenant, call)
    for path, methods in _control(tenant).items():
        handlers[path] = {method: _answered(tenant, handler) for method, handler in methods.items()}
    return [Route(path, _by_method(found), methods=sorted(found)) for path, found in handlers.items()]


def _by_method(handlers: dict[str, Endpoint]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # Starlette lets HEAD through wherever GET is.
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return endpoint


def _token(tenant: EmbeddedTenant) -> Endpoint:
    async def handler(request: Request) -> Reply:
        body = await wire.read(request)
        return tenant.tokens.grant(request.headers.get("content-type", ""), body)

    return _gated(tenant, "token", "/oauth/token", handler)


def _api(tenant: EmbeddedTenant, call: ApiCall) -> Endpoint:
    async def handler(request: Request) -> Reply:
        tenant.tokens.check(request.headers.get("authorization", ""), call.scope)
        ask = await _asked(request)
        if call.method == "GET":
            return call.act(tenant.store, tenant.gate.faults, ask)
        if call.name == "put-template":
            _race(tenant, ask.id)
        with tenant.store.transaction():
            return _carried_out(tenant, call, ask, request.headers.get("idempotency-key"))

    return _gated(tenant, call.name, call.path, handler)


async def _asked(request: Request) -> Ask:
    return Ask(
        id=request.path_params.get("id", ""),
        body=await _body(request) if request.method in ("PUT", "POST") else None,
        query=request.query_params,
        if_match=request.headers.get("if-match"),
    )


async def _body(request: Request) -> Json:
    return wire.parse(request.headers.get("content-type", ""), await wire.read(request))


def _race(tenant: EmbeddedTenant, template_id: str) -> None:
    for field in tenant.gate.races():
        with tenant.store.transaction():
            answer = console.race(tenant.store, template_id, field)
        tenant.courier.send(answer.events)


def _carried_out(tenant: EmbeddedTenant, call: ApiCall, ask: Ask, key: str | None) -> Reply:
    store, faults = tenant.store, tenant.gate.faults
    if call.method != "POST" or key is None or not faults.idempotency:
        return call.act(store, faults, ask)
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Refusal(400, "The Idempotency-Key must be 1 to 255 visible ASCII characters.")
    fingerprint = hashlib.sha256(json.dumps(ask.body, sort_keys=True).encode()).hexdigest()
    first = store.recall(call.name, key)
    if first is None:
        answer = call.act(store, faults, ask)
        store.remember(call.name, key, fingerprint, answer.status, answer.body)
        return answer
    if first[0] != fingerprint:
        raise Refusal(422, "The Idempotency-Key was used before, with another body.")
    return Reply(status=first[1], body=first[2], headers={"Idempotency-Replayed": "true"})


def _gated(tenant: EmbeddedTenant, call: str, route: str, handler: Handler) -> Endpoint:
    gate = tenant.gate

    async def endpoint(request: Request) -> Response:
        gate.count(request.method, route)
        if gate.faults.latency_ms:
            await tenant.sleep(gate.faults.latency_ms / 1000)
        answered = True
        try:
            gate.admit(call)
            if gate.befalls("html", call):
                response: Response = HTMLResponse(HTML)
            else:
                answer = await handler(request)
                tenant.courier.send(answer.events)
                answered = not gate.befalls("drop", call)
                response = wire.response(answer)
        except Refusal as refusal:
            response = wire.problem(refusal)
        if request.method in ("PUT", "POST") and call != "token":
            _record(tenant, call, request, response.status_code, answered=answered)
        return _traced(request, response) if answered else wire.Lost()

    return endpoint


def _record(tenant: EmbeddedTenant, call: str, request: Request, status: int, *, answered: bool) -> None:
    write = {
        "call": call,
        "method": request.method,
        "path": request.url.path,
        "status": status,
        "idempotency_key": request.headers.get("idempotency-key"),
        "request_id": request.headers.get("x-request-id"),
        "answered": answered,
    }
    tenant.store.add_write(write)


def _traced(request: Request, response: Response) -> Response:
    request_id = request.headers.get("x-request-id", "")
    if 0 < len(request_id) <= 128 and request_id.isascii() and request_id.isprintable():
        response.headers["X-Request-Id"] = request_id
    return response


def _control(tenant: EmbeddedTenant) -> dict[str, dict[str, Handler]]:
    store = tenant.store

    async def state(_: Request) -> Reply:
        return Reply(status=200, body=console.state(store))

    async def requests(_: Request) -> Reply:
        writes = store.writes(tenant.began)
        return Reply(status=200, body={"counts": tenant.gate.counts(), "writes": writes})

    async def deliveries(_: Request) -> Reply:
        await tenant.courier.drain()
        return Reply(status=200, body={"deliveries": store.deliveries()})

    async def create(request: Request) -> Reply:
        return console.create(store, await _body(request))

    async def edit(request: Request) -> Reply:
        patch = await _body(request)
        with store.transaction():
            return console.edit(store, request.path_params["id"], patch)

    async def delete(request: Request) -> Reply:
        return console.delete(store, request.path_params["id"])

    return {
        "/_sandbox/state": {"GET": state},
        "/_sandbox/requests": {"GET": requests},
        "/_sandbox/deliveries": {"GET": deliveries},
        "/_sandbox/templates": {"POST": create},
        "/_sandbox/templates/{id}": {"PATCH": edit, "DELETE": delete},
    }


def _answered(tenant: EmbeddedTenant, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            answer = await handler(request)
        except Refusal as refusal:
            return wire.problem(refusal)
        tenant.courier.send(answer.events)
        return wire.response(answer)

    return endpoint
