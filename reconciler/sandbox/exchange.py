"""Requests, replies and refusals as the sandbox's calls see them, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Json

_TITLES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An authorised request. ``id`` is the one in the path, decoded; ``body`` the parsed JSON of a write."""

    id: str = ""
    body: Json = None
    query: Mapping[str, str] = field(default_factory=dict)
    if_match: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something webhooks are told about: ``type`` such as ``template.approved``, and its ``data`` object."""

    type: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered; a ``body`` of None is no body at all."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()


class Refusal(Exception):  # an answer on its way out, not a failure of the program
    """Ends a call with a problem (RFC 9457). ``errors`` pairs a field's name with what is wrong with it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: tuple[tuple[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def problem(self) -> dict[str, Json]:
        """The problem+json body."""
        title = _TITLES.get(self.status, "Error")
        body = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        if self.errors:
            body["errors"] = [{"field": name, "message": message} for name, message in self.errors]
        return body
