"""Requests to the tenant and their answers: the only place where a secret's value meets a request."""

from __future__ import annotations

import copy
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from reconciler.core import lossless_json
from reconciler.core.errors import CredentialsError, WrongShape
from reconciler.core.model import SecretRef
from reconciler.core.wire import Response
from reconciler.cxone.auth import Token, Tokens
from reconciler.cxone.bodies import Answer, one_line, parse, said
from reconciler.cxone.channel import Call, Channel, Headers, NoAnswer, ResponseHeaders
from reconciler.cxone.delays import Delay, unwatched
from reconciler.cxone.failures import is_transient, raise_for
from reconciler.cxone.retries import LONGEST_WAIT, come_back, is_refusal, retry_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    import httpx

    from reconciler.core.model import Json
    from reconciler.core.secret import SecretValue
    from reconciler.core.wire import Request
    from reconciler.cxone.connection import Connection
    from reconciler.cxone.delays import Watch

__all__ = ["Client", "raise_for"]


class Client:
    """Sends a ``Request``, answers with a ``Response`` (help http).

    One that is ``read_only`` cannot send anything but GET; ``for_writing`` makes one that can, on the same
    connections, token and pace. ``clock`` is monotonic, ``now`` POSIX time, in seconds; ``rng`` in [0, 1).
    ``before_write`` is called when a write is about to leave; what it raises keeps the write back. ``watch`` is told
    of whatever holds a request up.
    """

    def __init__(  # noqa: PLR0913 - time, sleep and chance come in as arguments
        self,
        connection: Connection,
        *,
        read_only: bool,
        secret: Callable[[SecretRef], SecretValue],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        rng: Callable[[], float],
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
        log: Callable[[str], None] | None = None,
        before_write: Callable[[], None] = lambda: None,
        watch: Watch = unwatched,
    ) -> None:
        channel = Channel(
            connection,
            clock=clock,
            sleep=sleep,
            rng=rng,
            now=now,
            transport=transport,
            log=log,
            watch=watch,
        )
        self._channel = channel
        self._tokens = Tokens(channel)
        self._secret = secret
        self._read_only = read_only
        self._before_write = before_write

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.aclose()

    @property
    def connection(self) -> Connection:
        """How the tenant is reached, how many requests at once, and how often a request is tried."""
        return self._channel.connection

    def for_writing(self) -> Client:
        """A client that may write, over this one's connections; they close with this one."""
        client = copy.copy(self)
        client._read_only = False  # noqa: SLF001 - our own
        return client

    async def granted(self) -> frozenset[str] | None:
        """The scopes that the token has, None: as asked for. Fetches the token if there is none yet."""
        async with self._channel.slots:
            return (await self._tokens.current(self._channel.pacer.ticket())).granted

    def seen(self) -> ResponseHeaders:
        """The headers of the last answer; of use only where requests are sent one at a time."""
        return self._channel.seen()

    async def send(self, request: Request) -> Response:
        """The answer, or the lack of one: a status that is no success has ``error`` set, and is not raised.

        A write (PUT, POST) is sent again here only where the tenant certainly did not carry it out; without a
        clear answer it comes back ``unknown``. Raises ``CredentialsError`` after a second 401, ``WrongShape``
        for a read that is not answered with JSON, and what asking for a token raises.
        """
        if self._read_only and request.method != "GET":
            raise RuntimeError(f"a read-only client was asked to send: {request.method} {request.path}")
        async with self._channel.slots:
            if request.attempt:
                await self._channel.back_off(self._again(request))
            if request.method != "GET":
                self._before_write()
            return await self._send(request)

    def _again(self, request: Request) -> Delay:
        """What a write waits for that may not have arrived, and that the tenant did not show."""
        return Delay(
            method=request.method,
            url=_url(self._channel.connection.base_url, request),
            reason="not shown to have arrived",
            attempt=request.attempt + 1,
            attempts=self._channel.connection.retries + 1,
        )

    async def _send(self, request: Request) -> Response:
        ticket = self._channel.pacer.ticket()
        content, secrets = self._content(request)
        answer, refused = await self._with_token(request, content, ticket, refused="")
        earlier = 0
        if isinstance(answer, Answer) and answer.status == 401:
            earlier = answer.attempts
            answer, refused = await self._with_token(request, content, ticket, refused=refused)
        secrets = [*secrets, refused, self._tokens.known, self._channel.connection.client_secret]
        if isinstance(answer, NoAnswer):
            return _without_answer(request, answer, earlier)
        if answer.status == 401:
            raise CredentialsError(_refused_twice(request, answer, secrets))
        return self._response(request, answer, secrets, earlier)

    async def _with_token(
        self, request: Request, content: bytes, ticket: int, *, refused: str
    ) -> tuple[Answer | NoAnswer, str]:
        """The answer, and the token that its last try carried."""
        used: Token | None = None

        async def headers() -> Headers:
            nonlocal used
            used = await self._tokens.current(ticket, refused=refused)
            return _headers(request, used.value, content)

        call = Call(
            method=request.method,
            url=_url(self._channel.connection.base_url, request),
            headers=headers,
            content=content,
            repeatable=request.method == "GET",
        )
        answer = await self._channel.persist(call, ticket, attempt=request.attempt)
        return answer, used.value if used else ""

    def _content(self, request: Request) -> tuple[bytes, list[str]]:
        if request.body is None:
            return b"", []
        secrets: list[str] = []
        try:
            return lossless_json.dumps(self._reveal(request.body, secrets)), secrets
        except RecursionError:
            raise WrongShape(f"{request.call}: its body is nested too deeply to be sent.") from None

    def _reveal(self, value: Json, secrets: list[str]) -> Json:
        """The body with each ``SecretRef`` replaced by what it stands for; ``secrets`` collects these."""
        if isinstance(value, SecretRef):
            secrets.append(self._secret(value).reveal())
            return secrets[-1]
        if isinstance(value, dict):
            return {key: self._reveal(item, secrets) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._reveal(item, secrets) for item in value]
        return value

    def _response(self, request: Request, answer: Answer, secrets: list[str], earlier: int) -> Response:
        attempts = earlier + answer.attempts
        if 200 <= answer.status < 300:
            body, flaw = parse(answer)
            if flaw:
                return _misshapen(request, answer, flaw, attempts)
            return Response(
                status=answer.status,
                body=body,
                etag=_etag(answer.headers),
                attempts=attempts,
                request_id=answer.request_id,
            )
        wait = retry_after(answer.headers, self._channel.now())
        return Response(
            status=answer.status,
            unknown=request.method != "GET" and _leaves_open(answer.status, wait),
            error=self._error(request, answer, secrets, wait, attempts),
            attempts=attempts,
        )

    def _error(
        self, request: Request, answer: Answer, secrets: list[str], wait: float | None, attempts: int
    ) -> str:
        status = answer.status
        if 300 <= status < 400:
            host = one_line(urlsplit(answer.headers.get("location", "")).netloc) or "an unnamed place"
            words = f"a redirect to {host}, which is not followed; check CXONE_BASE_URL"
        elif status == 403:
            words = ": ".join(
                filter(None, (f"the call needs the scope {request.scope}", said(answer, secrets)))
            )
        else:
            words = said(answer, secrets)
        if wait is not None and wait > LONGEST_WAIT:
            words = "; ".join(filter(None, (words, f"try again {come_back(wait, self._channel.now())}")))
        elif attempts > 1:
            words = "; ".join(filter(None, (words, f"after {attempts} attempts")))
        return _line(request, f"answered {status} {_phrase(status)}".rstrip(), words, answer.request_id)


def _url(base_url: str, request: Request) -> str:
    if "/." in request.path and {".", ".."} & set(request.path.split("/")):
        # httpx would resolve them, and the call would go elsewhere
        raise WrongShape(f"{request.call}: an id that is . or .. cannot be part of a URL.")
    query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
    return f"{base_url}{request.path}{query}"


def _headers(request: Request, token: str, content: bytes) -> Headers:
    headers = [(b"Authorization", b"Bearer " + token.encode("ascii"))]
    if content:
        headers.append((b"Content-Type", b"application/json"))
    if request.idempotency_key is not None:
        headers.append((b"Idempotency-Key", request.idempotency_key.encode("ascii")))
    if request.if_match is not None:
        headers.append((b"If-Match", request.if_match.encode("latin-1", "replace")))
    return headers


def _etag(headers: httpx.Headers) -> str | None:
    """The ETag, byte for byte, as it has to go back."""
    return next((value.decode("latin-1") for name, value in headers.raw if name.lower() == b"etag"), None)


def _leaves_open(status: int, wait: float | None) -> bool:
    """Whether a write that got this status may have been carried out all the same."""
    return status == 303 or (is_transient(status) and not is_refusal(status, wait))


def _without_answer(request: Request, lost: NoAnswer, earlier: int) -> Response:
    attempts = earlier + lost.attempts
    tried = f"after {attempts} attempts" if attempts > 1 else ""
    return Response(
        status=0,
        unknown=lost.sent and request.method != "GET",
        error=_line(request, lost.reason, tried, lost.request_id),
        attempts=attempts,
    )


def _misshapen(request: Request, answer: Answer, flaw: str, attempts: int) -> Response:
    error = _line(request, f"answered {answer.status}, but {flaw}", "", answer.request_id)
    if request.method == "GET":
        raise WrongShape(error)
    # it may be a login page of something in between: whether the write was carried out has to be looked up
    return Response(status=answer.status, unknown=True, error=error, attempts=attempts)


def _refused_twice(request: Request, answer: Answer, secrets: list[str]) -> str:
    words = ": ".join(filter(None, ("a new token was refused too", said(answer, secrets))))
    advice = "check CXONE_CLIENT_ID, CXONE_SCOPES and that CXONE_TOKEN_URL belongs to this tenant"
    return _line(request, "answered 401 Unauthorized", f"{words}; {advice}", answer.request_id)


def _line(request: Request, fact: str, words: str, request_id: str) -> str:
    return f"{request.call}: {fact}{': ' if words else ''}{words} (request {request_id})"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
