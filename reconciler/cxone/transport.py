"""Connections: many requests at once, spread over httpx transports of one connection each."""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
import sys
from typing import TYPE_CHECKING

import httpx

from reconciler.core.errors import ReconcilerError
from reconciler.cxone.proxy import environment_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)

Route = tuple[str, str | None]
"""What connections may be shared by: the URL's scheme, and the proxy's URL."""


class SpreadTransport(httpx.AsyncBaseTransport):
    """At most ``limit`` connections, opened on demand; the one that was used last is used first.

    For every request httpcore's pool does work in the square of its connections: with 50 of them it gets an
    eighth of what the network allows. Pools of one connection do not.
    """

    def __init__(self, limit: int) -> None:
        self._bound = asyncio.Semaphore(limit)
        self._limit = limit
        self._idle: dict[Route, list[httpx.AsyncHTTPTransport]] = {}
        self._open: set[httpx.AsyncHTTPTransport] = set()
        self._routes: dict[tuple[bytes, bytes], Route] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}
        _skip_search_for_sniffio()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with a stream; its connection is taken again only once that stream is closed."""
        route = self._route(request.url)
        await self._bound.acquire()
        lane: httpx.AsyncHTTPTransport | None = None
        try:
            lane = await self._take(route)
            response = await lane.handle_async_request(request)
        except BaseException:
            await self._give_back(route, lane, usable=False)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _HeldStream(response.stream, self, route, lane)
        return response

    async def aclose(self) -> None:
        """Close every connection, those in use too."""
        self._idle.clear()
        while self._open:
            await self._open.pop().aclose()

    def _route(self, url: httpx.URL) -> Route:
        origin = (url.raw_scheme, url.netloc)
        if origin not in self._routes:
            self._routes[origin] = (url.scheme, environment_proxy(url))
        return self._routes[origin]

    async def _take(self, route: Route) -> httpx.AsyncHTTPTransport:
        idle = self._idle.setdefault(route, [])
        if idle:
            return idle.pop()
        if len(self._open) >= self._limit:
            await self._close_one_of_another_route()
        lane = self._build(route)
        self._open.add(lane)
        return lane

    async def _close_one_of_another_route(self) -> None:
        lane = next(lanes for lanes in self._idle.values() if lanes).pop()
        self._open.discard(lane)
        await lane.aclose()

    async def _give_back(self, route: Route, lane: httpx.AsyncHTTPTransport | None, *, usable: bool) -> None:
        try:
            if lane is None or lane not in self._open:
                return
            if usable:
                self._idle[route].append(lane)
            else:
                self._open.discard(lane)
                await lane.aclose()
        finally:
            self._bound.release()

    def _build(self, route: Route) -> httpx.AsyncHTTPTransport:
        scheme, proxy = route
        try:
            return httpx.AsyncHTTPTransport(
                verify=self._context(scheme), trust_env=False, limits=_ONE, proxy=self._proxy(proxy)
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            # a proxy's URL may hold a password, so it is not shown
            raise ReconcilerError(
                "The proxy cannot be used. HTTPS_PROXY, HTTP_PROXY or ALL_PROXY must be an http:// or https://"
                " URL (socks5:// needs the package `socksio`), or NO_PROXY must name the tenant's host."
            ) from None

    def _proxy(self, url: str | None) -> httpx.Proxy | None:
        if url is None:
            return None
        proxy = httpx.Proxy(url)
        if proxy.url.scheme == "https":
            proxy.ssl_context = self._context("https")
        return proxy

    def _context(self, scheme: str) -> ssl.SSLContext:
        """One context for all connections: to load the certificates takes as long as twenty requests.

        Plain http gets one that trusts nobody, so that it could not be used for https by mistake.
        """
        if scheme not in self._contexts:
            self._contexts[scheme] = (
                _trusting_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            )
        return self._contexts[scheme]


class _HeldStream(httpx.AsyncByteStream):
    """A response's body, which gives its connection back when it is closed."""

    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        owner: SpreadTransport,
        route: Route,
        lane: httpx.AsyncHTTPTransport,
    ) -> None:
        self._stream = stream
        self._owner = owner
        self._route = route
        self._lane = lane
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        usable = False
        try:
            await self._stream.aclose()
            usable = True
        finally:
            await self._owner._give_back(self._route, self._lane, usable=usable)  # noqa: SLF001 - one mechanism


def _trusting_context() -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ReconcilerError(
            f"The certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be loaded: {error.strerror or error}. "
            "Fix or unset the variable."
        ) from None


def _skip_search_for_sniffio() -> None:
    """Where sniffio is not installed, say so once and for all.

    httpcore tries to import it for every lock and event, and each try would search all of ``sys.path``: this
    takes a fifth of the time of a request.
    """
    if importlib.util.find_spec("sniffio") is None:
        sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
