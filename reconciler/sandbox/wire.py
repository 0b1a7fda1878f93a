"""Between HTTP and the calls: bodies read and parsed, answers written, and an answer that gets lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
from starlette.responses import Response

from reconciler.sandbox.exchange import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from reconciler.core.model import Json
    from reconciler.sandbox.exchange import Reply

LARGEST = 1024 * 1024
"""The most bytes of a request's body."""


async def read(request: Request) -> bytes:
    """The body, or a Refusal (413) as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Refusal(413, f"The body is larger than {LARGEST} bytes.")
    return bytes(body)


def parse(content_type: str, body: bytes) -> Json:
    """JSON, strictly: no duplicate keys, no NaN, UTF-8, and the content type that says so."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "The content type must be application/json.")
    try:
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_constant)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate could not be sent back
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON, or not of the strict kind (UTF-8, no key twice).") from None
    return value


def response(answer: Reply) -> Response:
    """The answer as it goes out."""
    headers = dict(answer.headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    return Response(
        json.dumps(answer.body, ensure_ascii=False).encode(),
        answer.status,
        {"Content-Type": "application/json", **headers},
    )


def problem(refusal: Refusal) -> Response:
    """A refusal as problem+json."""
    headers = {"Content-Type": "application/problem+json", **refusal.headers}
    return Response(json.dumps(refusal.problem()).encode(), refusal.status, headers)


class Lost(Response):
    """No answer: the connection is closed. In a process, where there is none, httpx's error for that."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Close the connection and wait until that has been seen."""
        transport = scope.get("state", {}).get("transport")
        if transport is None:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _constant(text: str) -> Json:
    raise ValueError(text)
