"""OAuth 2.0 as the tutorial uses it: the client credentials grant, form-encoded (RFC 6749 section 4.4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET, SCOPES
from reconciler.sandbox.exchange import Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.faults import Faults

LIFETIME = 3600
"""Seconds that an access token is valid."""


@dataclass(slots=True, kw_only=True)
class IssuedToken:
    """``expires``: on the sandbox's clock. ``left``: the requests it is still good for; None: any number."""

    scopes: frozenset[str]
    expires: float
    left: int | None


class IssuedTokens:
    """The tokens handed out since the start; a restart forgets them all, as a tenant may at any time."""

    def __init__(self, faults: Faults, clock: Callable[[], float], new_token: Callable[[], str]) -> None:
        self._faults = faults
        self._clock = clock
        self._new_token = new_token
        self._tokens: dict[str, IssuedToken] = {}

    def grant(self, content_type: str, body: bytes) -> Reply:
        """The answer of POST /oauth/token; errors as RFC 6749 section 5.2 has them."""
        form = _form(content_type, body)
        if isinstance(form, Reply):
            return form
        if form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type", "grant_type must be client_credentials")
        client = form.get("client_id", ""), form.get("client_secret", "")
        if not all(map(_same, client, (CLIENT_ID, CLIENT_SECRET))):
            return _error(401, "invalid_client", "client_id and client_secret are not those of a client")
        asked = form.get("scope", "").split() or SCOPES
        scopes = [scope for scope in self._faults.scopes if scope in asked]
        text = self._new_token()
        self._tokens[text] = IssuedToken(
            scopes=frozenset(scopes), expires=self._clock() + LIFETIME, left=self._faults.token_uses
        )
        granted = {"scope": " ".join(scopes)} if self._faults.scope_answered else {}
        token = {"access_token": text, "token_type": "Bearer", "expires_in": LIFETIME, **granted}
        return Reply(status=200, body=token, headers={"Cache-Control": "no-store"})

    def check(self, authorization: str, scope: str) -> None:
        """Let a request through that bears a token with ``scope``; else a Refusal, 401 or 403."""
        kind, _, text = authorization.partition(" ")
        token = self._tokens.get(text.strip()) if kind.lower() == "bearer" else None
        if token is None or token.expires <= self._clock() or token.left == 0:
            raise Refusal(
                401,
                "No access token, an unknown or an expired one.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        if token.left is not None:
            token.left -= 1
        if scope not in token.scopes:
            raise Refusal(
                403,
                f"The token lacks the scope {scope}.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )


def _form(content_type: str, body: bytes) -> dict[str, str] | Reply:
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return _error(400, "invalid_request", "the content type must be application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        return _error(400, "invalid_request", "the body is not a form")
    if len({name for name, _ in pairs}) != len(pairs):
        return _error(400, "invalid_request", "a parameter is given twice")
    return dict(pairs)


def _error(status: int, error: str, description: str) -> Reply:
    return Reply(status=status, body={"error": error, "error_description": description})


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
