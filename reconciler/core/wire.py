"""Requests to the tenant and their responses, as values: kinds make and read them, ``cxone`` sends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.core.model import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call to the tenant, not yet sent.

    ``call`` names it for people, with the real id in it; ``path`` is percent-encoded. ``body`` is JSON in which a
    ``SecretRef`` may stand for a secret: only the client puts the value in. ``scope`` is what a 403 would lack.
    ``attempt`` counts from 0: a write that is sent again waits first. ``precondition`` is the ``updated_at`` that
    guards a write.
    """

    method: str
    path: str
    call: str
    scope: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None
    idempotency_key: str | None = None
    if_match: str | None = None
    attempt: int = 0
    precondition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, or the lack of one. ``unknown`` means that a write may or may not have been carried out.

    ``status`` is 0 where no answer came. ``error`` is one redacted line that names the call, empty on success.
    ``request_id`` is the ``X-Request-Id`` of what was answered.
    """

    status: int
    body: Json = None
    etag: str | None = None
    unknown: bool = False
    error: str = ""
    attempts: int = 1
    request_id: str = ""
