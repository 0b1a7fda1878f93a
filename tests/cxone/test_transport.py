"""Real connections, to a small server on a loopback address."""

from __future__ import annotations

import asyncio
import gzip
import random
import ssl
import time
from contextlib import asynccontextmanager

import httpx
import pytest

from reconciler.core.errors import ReconcilerError, WrongShape
from reconciler.core.secret import SecretValue
from reconciler.core.wire import Request
from reconciler.cxone.client import Client
from reconciler.cxone.connection import Connection
from reconciler.cxone.transport import SpreadTransport

TLS_HANDSHAKE = b"\x16"
TOKEN = b'{"access_token": "t", "token_type": "bearer"}'
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Server:
    """Counts connections and requests; ``answer(n, path)`` gives the bytes for the n-th request, None to hang up."""

    def __init__(self, answer):
        self.answer = answer
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.requests: list[str] = []
        self.port = 0
        self.asked = asyncio.Event()
        self.tasks: dict[asyncio.Task, asyncio.StreamWriter] = {}

    async def hang_up(self):
        for writer in self.tasks.values():
            writer.close()
        await asyncio.gather(*self.tasks)

    async def serve(self, reader, writer):
        self.tasks[asyncio.current_task()] = writer
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while (first := await reader.readexactly(1)) != TLS_HANDSHAKE:
                head = first + await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").lower().split("\r\n")
                length = next((int(line[16:]) for line in lines if line.startswith("content-length: ")), 0)
                await reader.readexactly(length)
                path = head.split(b" ")[1].decode()
                self.requests.append(path)
                if path != "/oauth/token":
                    self.asked.set()
                content = TOKEN_ANSWER if path == "/oauth/token" else self.answer(len(self.requests), path)
                if content is None:
                    break
                await asyncio.sleep(0)
                writer.write(content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


def http(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


TOKEN_ANSWER = http(TOKEN)


@asynccontextmanager
async def serving(answer):
    server = Server(answer)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await server.hang_up()
        await listener.wait_closed()


def client(server, *, concurrency=4, retries=0, timeout=5.0, sleep=asyncio.sleep):
    base = f"http://127.0.0.1:{server.port}"
    connection = Connection(
        base_url=base,
        token_url=f"{base}/oauth/token",
        client_id="a",
        client_secret="b",
        retries=retries,
        timeout=timeout,
        concurrency=concurrency,
    )
    return Client(
        connection,
        read_only=False,
        secret=SecretValue,
        clock=time.monotonic,
        sleep=sleep,
        rng=random.random,
    )


def get(path="/x"):
    return Request(method="GET", path=path, call=f"GET {path}", scope="s")


def put():
    return Request(method="PUT", path="/x", call="PUT /x", scope="s", body={"a": 1})


def test_connections_are_shared_and_never_more_than_the_limit():
    """Two hundred requests at once use at most four connections, each again and again."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server:
            async with client(server, concurrency=4) as sender:
                responses = await asyncio.gather(*(sender.send(get(f"/{n}")) for n in range(200)))
            return responses, server

    responses, server = asyncio.run(run())
    assert {response.status for response in responses} == {200}
    assert sorted(server.requests[1:]) == sorted(f"/{n}" for n in range(200))
    assert server.most_open <= 4
    assert server.connections <= 4


def test_one_at_a_time_needs_one_connection():
    """The connection that was used last is used first."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server:
            async with client(server, concurrency=10) as sender:
                for _ in range(20):
                    await sender.send(get())
            return server.connections

    assert asyncio.run(run()) == 1


def test_a_connection_that_breaks_is_replaced():
    """A read whose connection is dropped, before or amid its answer, is asked again on another."""
    broken = {2: None, 3: http(b"{", length=50)}

    def answer(number, path):
        return broken.get(number, http(b"{}"))

    async def run():
        async with serving(answer) as server:
            slept = []

            async def sleep(seconds):
                slept.append(seconds)
                # a torn answer: hang up, as the server has nothing more to say
                await asyncio.sleep(0)

            async with client(server, retries=3, timeout=0.2, sleep=sleep) as sender:
                return await sender.send(get()), server.connections, len(slept)

    response, connections, waits = asyncio.run(run())
    assert (response.status, response.attempts) == (200, 3)
    assert (connections, waits) == (3, 2)


@pytest.mark.parametrize("content", [None, http(b"{", length=50), b""])
def test_a_write_without_a_whole_answer_is_unknown(content):
    """Hung up on, torn, or never answered: nobody knows, and it was sent once."""

    async def run():
        async with (
            serving(lambda number, path: content) as server,
            client(server, retries=3, timeout=0.1) as sender,
        ):
            return await sender.send(put()), server.requests

    response, requests = asyncio.run(run())
    assert (response.unknown, response.status, response.attempts) == (True, 0, 1)
    assert requests == ["/oauth/token", "/x"]


def test_nobody_listening_is_known_not_to_be_done():
    """A refused connection says so, with the reason."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server:
            sender = client(server)
            await sender.granted()
        async with sender:
            return await sender.send(put())

    response = asyncio.run(run())
    assert (response.unknown, response.status) == (False, 0)
    assert "the connection could not be made" in response.error


def test_an_endless_body_is_cut_off():
    """A body beyond the limit is not read to its end, and the next request still gets through."""

    def answer(number, path):
        return http(b"x" * (17 * 1024 * 1024)) if number == 2 else http(b"{}")

    async def run():
        async with serving(answer) as server, client(server, concurrency=1) as sender:
            with pytest.raises(WrongShape, match="larger than"):
                await sender.send(get())
            return await sender.send(get())

    assert asyncio.run(run()).status == 200


def test_a_compressed_body_is_read_and_a_bad_one_is_an_error():
    """gzip is taken; what only claims to be is an error that names the call."""
    answers = [
        http(gzip.compress(b'{"a": 1}'), "Content-Encoding: gzip"),
        http(b"no gzip", "Content-Encoding: gzip"),
    ]

    async def run():
        async with serving(lambda number, path: answers.pop(0)) as server, client(server) as sender:
            first = await sender.send(get())
            with pytest.raises(WrongShape, match="GET /x: answered 200, but its body cannot be decompressed"):
                await sender.send(get())
            return first.body

    assert asyncio.run(run()) == {"a": 1}


def test_an_answer_that_drips_is_given_up():
    """A body of which a byte comes before each timeout ends after twice the timeout."""

    class Dripping(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            class Drops(httpx.AsyncByteStream):
                async def __aiter__(self):
                    while True:
                        yield b" "
                        await asyncio.sleep(0.005)

            return httpx.Response(200, stream=Drops())

    async def run():
        connection = Connection(
            base_url="http://localhost",
            token_url="http://localhost/t",
            client_id="a",
            client_secret="b",
            retries=0,
            timeout=0.05,
        )
        sender = Client(
            connection,
            read_only=True,
            secret=SecretValue,
            clock=time.monotonic,
            sleep=asyncio.sleep,
            rng=random.random,
            transport=Dripping(),
        )
        async with sender:
            with pytest.raises(ReconcilerError, match=r"no answer within 0\.05 s"):
                await sender.send(get())

    asyncio.run(run())


def test_a_cancelled_request_gives_its_place_back():
    """After an interruption the one connection allowed can be used by the next."""

    async def run():
        async with (
            serving(lambda number, path: b"" if path == "/slow" else http(b"{}")) as server,
            client(server, concurrency=1) as sender,
        ):
            task = asyncio.create_task(sender.send(get("/slow")))
            await server.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await sender.send(get("/fast"))

    assert asyncio.run(run()).status == 200


def test_another_route_takes_over_a_place():
    """With all connections in use for one kind of URL, an idle one makes way for the other kind."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server, SpreadTransport(1) as transport:
            url = f"127.0.0.1:{server.port}/"
            plain = await transport.handle_async_request(httpx.Request("GET", f"http://{url}"))
            await plain.aclose()
            await plain.stream.aclose()  # twice is once
            with pytest.raises(httpx.ConnectError):
                await transport.handle_async_request(httpx.Request("GET", f"https://{url}"))
            again = await transport.handle_async_request(httpx.Request("GET", f"http://{url}"))
            await again.aread()
            await again.aclose()
            return server.most_open

    assert asyncio.run(run()) <= 2


def test_a_stream_that_outlives_the_transport_may_be_closed():
    """Closing in the other order is harmless."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server:
            async with SpreadTransport(1) as transport:
                response = await transport.handle_async_request(
                    httpx.Request("GET", f"http://127.0.0.1:{server.port}/")
                )
            await response.aclose()
            return response.status_code

    assert asyncio.run(run()) == 200


def test_a_proxy_is_asked(monkeypatch):
    """A request for the tenant goes to the proxy, with the whole URL."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
            async with SpreadTransport(1) as transport:
                response = await transport.handle_async_request(
                    httpx.Request("GET", "http://tenant.invalid/x")
                )
                await response.aread()
                await response.aclose()
            return server.requests

    assert asyncio.run(run()) == ["http://tenant.invalid/x"]


@pytest.mark.parametrize("proxy", ["ftp://user:hush@p:1", "http://p:port", "socks5://p:1"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch, proxy):
    """The variables are named, the value is not: it may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    async def run():
        async with SpreadTransport(1) as transport:
            await transport.handle_async_request(httpx.Request("GET", "https://tenant.invalid/x"))

    with pytest.raises(ReconcilerError, match="The proxy cannot be used") as caught:
        asyncio.run(run())
    assert "hush" not in caught.value.message


def test_a_proxy_by_https_is_verified_too(monkeypatch):
    """Its certificate is checked against the same authorities: a server that speaks no TLS fails."""

    async def run():
        async with serving(lambda number, path: http(b"{}")) as server:
            monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
            async with SpreadTransport(1) as transport:
                with pytest.raises(httpx.ConnectError):
                    await transport.handle_async_request(httpx.Request("GET", "https://tenant.invalid/x"))
            return server.requests

    assert asyncio.run(run()) == []


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_loaded_are_told(monkeypatch, tmp_path, text):
    """A wrong SSL_CERT_FILE names the variable."""
    path = tmp_path / "ca.pem"
    if text:
        path.write_text(text)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    async def run():
        async with SpreadTransport(1) as transport:
            await transport.handle_async_request(httpx.Request("GET", "https://127.0.0.1:1/x"))

    with pytest.raises(ReconcilerError, match="SSL_CERT_FILE"):
        asyncio.run(run())


def test_the_context_for_plain_http_trusts_nobody():
    """Were it ever used for https, no certificate would pass."""
    context = SpreadTransport(1)._context("http")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.get_ca_certs() == []
