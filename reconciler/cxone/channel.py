"""HTTP to one tenant: requests spaced by a pace, and tried again where another try may succeed."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from reconciler import __version__
from reconciler.cxone import retries
from reconciler.cxone.bodies import Answer, one_line, read_body
from reconciler.cxone.delays import Delay, unwatched
from reconciler.cxone.failures import is_transient
from reconciler.cxone.limits import limits
from reconciler.cxone.pacing import Pacer
from reconciler.cxone.transport import SpreadTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.cxone.connection import Connection
    from reconciler.cxone.delays import Watch

Headers = list[tuple[bytes, bytes]]

_ALWAYS: Headers = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"User-Agent", f"cxone-reconciler/{__version__}".encode("ascii")),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An HTTP request. ``headers`` is awaited before each try, since a token may have been renewed.

    ``repeatable`` means that it may be sent again when nobody knows what became of it.
    """

    method: str
    url: str
    headers: Callable[[], Awaitable[Headers]]
    content: bytes = b""
    repeatable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """No answer. ``sent``: the tenant may have had the request. ``hopeless``: another try would end alike."""

    reason: str
    sent: bool
    hopeless: bool
    request_id: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHeaders:
    """Headers of the tenant's last answer that ``doctor`` judges.

    ``media_type`` is in lower case, empty where there is none. ``ahead`` is by how many seconds this machine's clock is
    ahead of the Date, None without one.
    """

    media_type: str = ""
    ahead: float | None = None


class Channel:
    """The transport, its pace and its retries, shared by reads, writes and the token's renewal."""

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        rng: Callable[[], float],
        now: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None,
        log: Callable[[str], None] | None,
        watch: Watch = unwatched,
    ) -> None:
        self.connection = connection
        self.clock = clock
        self.now = now
        self.pacer = Pacer(connection.rate, clock, sleep)
        self.slots = asyncio.Semaphore(connection.concurrency)
        self._sleep = sleep
        self._rng = rng
        self._log = log
        self._watch = watch
        self._transport = transport or SpreadTransport(connection.concurrency)
        seconds = connection.timeout
        self._extensions = {
            "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
        }
        self._reached = False
        self._last: tuple[httpx.Headers, float] | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    def seen(self) -> ResponseHeaders:
        """The headers of the last answer, whichever request it answered."""
        if self._last is None:
            return ResponseHeaders()
        headers, at = self._last
        sent = retries.http_date(headers.get("date", ""))
        return ResponseHeaders(
            media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            ahead=None if sent is None else at - sent,
        )

    async def back_off(self, held: Delay) -> None:
        """Wait before this attempt, which is the second or a later one."""
        seconds = retries.back_off(held.attempt - 1, self._rng())
        with self._watch(replace(held, seconds=seconds)):
            await self._sleep(seconds)

    async def persist(self, call: Call, ticket: int, *, attempt: int = 0) -> Answer | NoAnswer:
        """The answer to a call, tried at most ``1 + retries - attempt`` times; NoAnswer where the last try got none.

        ``attempt`` counts the tries that an earlier call of this request has used, ``ticket`` is its place with the
        pacer. A call that is not ``repeatable`` is tried again only where the tenant certainly did not carry it out.
        """
        tries = max(1, 1 + self.connection.retries - attempt)
        number = 1
        held = Delay(
            method=call.method, url=call.url, reason="its turn has not come", attempts=attempt + tries
        )
        while True:
            last = number == tries
            result = await self._try(call, ticket, number, held)
            wait = None
            if isinstance(result, NoAnswer):
                if last or result.hopeless or (result.sent and not call.repeatable):
                    return result
            else:
                if result.status in {429, 503}:
                    wait = retries.retry_after(result.headers, self.now())
                if last or not self._may_repeat(call, result, wait):
                    return result
            number += 1
            held = replace(held, reason=_why(result), seconds=wait, attempt=attempt + number)
            if wait is None:
                await self.back_off(held)
            elif isinstance(result, Answer) and result.status == 429 and self.pacer.goes_on(wait):
                with self._watch(held):
                    await self._sleep(wait)
            else:
                self.pacer.pause(wait)

    def _learn(self, answer: Answer, left: float) -> None:
        """Tell the pacer what the answer to a request shows of the tenant's limit, and when that had left."""
        self.pacer.arrived(left)
        limit = limits(answer.headers, self.now())
        if limit is not None:
            self.pacer.told(limit)
        if answer.status == 429:
            self.pacer.refused(left)
        elif answer.status != 503 or retries.retry_after(answer.headers, self.now()) is None:
            self.pacer.answered(left)

    @staticmethod
    def _may_repeat(call: Call, answer: Answer, wait: float | None) -> bool:
        if wait is not None and wait > retries.LONGEST_WAIT:
            return False
        if call.repeatable:
            return is_transient(answer.status)
        return retries.is_refusal(answer.status, wait)

    async def _try(self, call: Call, ticket: int, number: int, held: Delay) -> Answer | NoAnswer:
        headers = await call.headers()
        with self._watch(held):
            left = await self.pacer.wait(ticket)
        request_id = uuid.uuid4().hex
        headers += _ALWAYS
        headers.append((b"X-Request-Id", request_id.encode("ascii")))
        request = httpx.Request(
            call.method,
            _url(call.url),
            headers=headers,
            content=call.content or None,
            extensions=self._extensions,
        )
        started = self.clock()
        try:
            with self._watch(Delay(method=call.method, url=call.url)):
                answer = await self._exchange(request, request_id)
        except httpx.TransportError as error:
            self._note(request, "no answer", started, number, request_id)
            return self._no_answer(error, number, request_id)
        self._learn(answer, left)
        self._note(request, str(answer.status), started, number, request_id)
        return replace(answer, attempts=number) if number > 1 else answer

    async def _exchange(self, request: httpx.Request, request_id: str) -> Answer:
        try:
            # each wait has its own timeout; this is the stop for an answer that comes drop by drop
            async with asyncio.timeout(2 * self.connection.timeout):
                response = await self._transport.handle_async_request(request)
                try:
                    body, flaw = await read_body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise httpx.ReadTimeout("the answer did not end") from None
        self._reached = True
        self._last = response.headers, self.now()
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=body,
            request_id=request_id,
            flaw=flaw,
        )

    def _no_answer(self, error: httpx.TransportError, number: int, request_id: str) -> NoAnswer:
        return NoAnswer(
            reason=_reason(error, self.connection.timeout),
            sent=not retries.was_never_sent(error),
            hopeless=retries.is_hopeless(error, reached=self._reached),
            request_id=request_id,
            attempts=number,
        )

    def _note(
        self, request: httpx.Request, result: str, started: float, number: int, request_id: str
    ) -> None:
        if self._log is not None:
            target = request.url.raw_path.decode("ascii")
            took = round((self.clock() - started) * 1000)
            self._log(f"{request.method} {target} {result} {took} ms, attempt {number}, request {request_id}")


@lru_cache(maxsize=1024)
def _url(text: str) -> httpx.URL:
    """Parsed once: most requests of a run go to a few URLs, and parsing takes a tenth of the CPU time of a request."""
    return httpx.URL(text)


def _why(result: Answer | NoAnswer) -> str:
    """Why it is tried again."""
    return result.reason if isinstance(result, NoAnswer) else f"answered {result.status}"


def _reason(error: httpx.TransportError, timeout: float) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {timeout:g} s"
    said = one_line(str(error))
    fixed = "the connection could not be made" if retries.was_never_sent(error) else "the connection broke"
    return f"{fixed} ({said})" if said else fixed
