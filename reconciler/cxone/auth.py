"""The OAuth 2.0 access token: client credentials (RFC 6749 section 4.4), cached and renewed in time."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from reconciler.core.errors import CredentialsError, TenantError, Unreachable, WrongShape
from reconciler.cxone.bodies import Answer, one_line, parse, said
from reconciler.cxone.channel import Call, Channel, NoAnswer
from reconciler.cxone.failures import is_transient
from reconciler.cxone.retries import LONGEST_WAIT, come_back, retry_after

if TYPE_CHECKING:
    from reconciler.core.model import Json
    from reconciler.cxone.channel import Headers

_SHORT = 120.0
"""Seconds that a token is taken to live where the answer does not say."""

_BEARER_TOKEN = re.compile(r"[!-~]+")
_ADVICE = {
    "invalid_client": "Check CXONE_CLIENT_ID and CXONE_CLIENT_SECRET",
    "unauthorized_client": "Check that this client may use the client_credentials grant, and CXONE_CLIENT_ID",
    "unsupported_grant_type": "Check CXONE_TOKEN_URL: it must offer the client_credentials grant",
    "invalid_scope": "Check CXONE_SCOPES",
}
_ADVICE_URL = "Check CXONE_TOKEN_URL, and CXONE_ORG or CXONE_BASE_URL"
_ADVICE_ALL = "Check CXONE_CLIENT_ID, CXONE_CLIENT_SECRET, CXONE_SCOPES and CXONE_TOKEN_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token; ``renew_at`` is a monotonic second; ``granted`` None: as asked for."""

    value: str = field(repr=False)
    renew_at: float
    granted: frozenset[str] | None


class Tokens:
    """The cache of the one token for all requests. However many wait for a new one, it is fetched once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._connection = channel.connection
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._failure: TenantError | None = None

    @property
    def known(self) -> str:
        """The access token in the cache, expired or not; empty before the first was fetched."""
        return self._token.value if self._token else ""

    async def current(self, ticket: int, *, refused: str = "") -> Token:
        """A token that is good for now and is not the ``refused`` one.

        Raises ``CredentialsError``, ``WrongShape`` or ``Unreachable``, each naming the token URL.
        """
        token = self._token
        if token is None or self._is_stale(token, refused):
            failure = self._failure
            async with self._lock:
                token = self._token
                if token is None or self._is_stale(token, refused):
                    self._raise_failure_since(failure)
                    token = self._token = await self._renew(ticket)
        return token

    def _is_stale(self, token: Token, refused: str) -> bool:
        return token.value == refused or self._channel.clock() >= token.renew_at

    def _raise_failure_since(self, before: TenantError | None) -> None:
        """Raise the error of a fetch that failed while this caller waited; refused credentials stay refused."""
        failure = self._failure
        if failure is not None and (failure is not before or isinstance(failure, CredentialsError)):
            raise type(failure)(failure.message)

    async def _renew(self, ticket: int) -> Token:
        started = self._channel.clock()
        try:
            return self._read(await self._channel.persist(self._call(), ticket), started)
        except TenantError as error:
            self._failure = error
            raise

    def _call(self) -> Call:
        connection = self._connection
        form = {
            "grant_type": "client_credentials",
            "client_id": connection.client_id,
            "client_secret": connection.client_secret,
        }
        if connection.scopes:
            form["scope"] = " ".join(connection.scopes)

        async def headers() -> Headers:
            return [(b"Content-Type", b"application/x-www-form-urlencoded")]

        return Call(
            method="POST", url=connection.token_url, headers=headers, content=urlencode(form).encode("ascii")
        )

    def _read(self, answer: Answer | NoAnswer, started: float) -> Token:
        if isinstance(answer, NoAnswer):
            raise Unreachable(
                f"No token from {self._connection.token_url}: {answer.reason}, {answer.attempts} "
                f"attempt{'' if answer.attempts == 1 else 's'}. {_ADVICE_URL} (request {answer.request_id})."
            )
        if answer.status != 200:
            raise self._refusal(answer)
        value, flaw = parse(answer)
        flaw = flaw or _flaw(value)
        if flaw:
            raise WrongShape(
                f"{self._start(answer)}, but {flaw}. {_ADVICE_URL} (request {answer.request_id})."
            )
        return Token(
            value=value["access_token"],
            renew_at=started + _lifetime(value.get("expires_in")),
            granted=_granted(value.get("scope")),
        )

    def _start(self, answer: Answer) -> str:
        return f"No token: {self._connection.token_url} answered {answer.status}"

    def _refusal(self, answer: Answer) -> TenantError:
        start, end = self._start(answer), f" (request {answer.request_id})."
        if 300 <= answer.status < 400:
            host = one_line(urlsplit(answer.headers.get("location", "")).netloc) or "an unnamed place"
            return WrongShape(f"{start}, a redirect to {host}, which is not followed. {_ADVICE_URL}{end}")
        words = said(answer, [self._connection.client_secret])
        told = f"{start}: {words}. " if words else f"{start}. "
        if is_transient(answer.status):
            return Unreachable(f"{told}Tried {answer.attempts} times. {self._when(answer)}{end}")
        if answer.status < 300:
            return WrongShape(f"{told}A token comes with 200. {_ADVICE_URL}{end}")
        return CredentialsError(f"{told}{_advice(answer.status, words)}{end}")

    def _when(self, answer: Answer) -> str:
        now = self._channel.now()
        wait = retry_after(answer.headers, now)
        return f"Try again {come_back(wait, now)}" if wait and wait > LONGEST_WAIT else "Try again later"


def _advice(status: int, words: str) -> str:
    if status in {404, 405}:
        return _ADVICE_URL
    return next((advice for code, advice in _ADVICE.items() if code in words), _ADVICE_ALL)


def _flaw(value: Json) -> str:
    if not isinstance(value, dict):
        return "with no JSON object"
    token, kind = value.get("access_token"), value.get("token_type")
    if not isinstance(token, str) or not _BEARER_TOKEN.fullmatch(token):
        return "without an access_token that can be sent"
    # RFC 6749 section 5.1 asks for a type, and servers leave it out; its case does not count (7.1).
    if kind is not None and (not isinstance(kind, str) or kind.lower() != "bearer"):
        return f"its token_type is {one_line(repr(kind), [token])}, not Bearer"
    return ""


def _lifetime(expires_in: Json) -> float:
    """Seconds until renewal: ten per cent, or a minute, before the end; a short token's first half."""
    try:
        seconds = _SHORT if isinstance(expires_in, bool) else float(expires_in)
    except (TypeError, ValueError, OverflowError):
        seconds = _SHORT
    if not 0 < seconds < math.inf:
        seconds = _SHORT
    return max(seconds - max(60.0, seconds / 10), seconds / 2)


def _granted(scope: Json) -> frozenset[str] | None:
    """The scopes of an answer: parted by blanks (RFC 6749 section 3.3), by commas, which servers do too, or a list."""
    if isinstance(scope, str):
        return frozenset(scope.split()) | frozenset(scope.replace(",", " ").split())
    if isinstance(scope, list):
        return frozenset(item for item in scope if isinstance(item, str))
    return None
