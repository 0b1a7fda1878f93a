"""What the client makes of the answers to a GET."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl

import httpx
import pytest
from builders import template

from reconciler import __version__
from reconciler.core.errors import CredentialsError, TenantError, Unreachable, WrongShape
from reconciler.core.model import Desired, Live
from reconciler.core.wire import Request, Response
from reconciler.cxone.client import raise_for
from reconciler.cxone.observe import lean

OK = httpx.Response(200, json={"id": "tmpl_a"})
TOKEN = {"access_token": "t", "token_type": "bearer"}


def failing(status, **headers):
    return httpx.Response(status, headers=headers)


def test_a_good_answer_is_its_json_and_its_etag(tenant, get):
    """A 200 gives the body, the ETag as it was sent, and no error."""
    tenant.answers(httpx.Response(200, json={"id": "tmpl_a"}, headers=[(b"ETag", b'W/"\xe4"')]))
    response = tenant.send(get)
    assert (response.status, response.body, response.etag) == (200, {"id": "tmpl_a"}, 'W/"ä"')
    assert (response.error, response.unknown, response.attempts) == ("", False, 1)


def test_every_request_carries_its_headers(tenant, get):
    """Token, Accept, User-Agent and an X-Request-Id that is another for each try are on the wire."""
    route = tenant.answers(failing(500), OK)
    tenant.send(get)
    first, second = (call.request.headers for call in route.calls)
    assert first["authorization"] == "Bearer t0ken-one"
    assert first["accept"] == "application/json"
    assert first["user-agent"] == f"cxone-reconciler/{__version__}"
    assert len({first["x-request-id"], second["x-request-id"]}) == 2
    assert "content-type" not in first
    assert "if-match" not in first
    token = tenant.token.calls.last.request.headers
    assert token["user-agent"] == first["user-agent"]
    assert token["x-request-id"] not in {first["x-request-id"], second["x-request-id"]}


def test_the_query_is_percent_encoded(tenant):
    """A cursor's reserved characters reach the tenant as they were given."""
    route = tenant.answers(OK, path="/list")
    tenant.send(
        Request(
            method="GET", path="/list", call="c", scope="s", query=(("limit", "5"), ("cursor", "a+b &/="))
        )
    )
    assert route.calls.last.request.url.raw_path == b"/list?limit=5&cursor=a%2Bb%20%26%2F%3D"


def test_an_encoded_id_stays_as_it_is(tenant):
    """An id with a slash in it stays one segment of the path."""
    route = tenant.answers(OK, path="/t/a/b")
    tenant.send(Request(method="GET", path="/t/a%2Fb", call="c", scope="s"))
    assert route.calls.last.request.url.raw_path == b"/t/a%2Fb"


def test_an_id_of_dots_is_never_sent(tenant):
    """A path that would be resolved to another call is refused."""
    route = tenant.answers(OK, path="/t/")
    with pytest.raises(WrongShape, match=r"an id that is \. or \.\."):
        tenant.send(Request(method="GET", path="/t/x/..", call="c", scope="s"))
    assert not route.called


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408, 425])
def test_a_passing_failure_is_tried_again(tenant, get, status):
    """After a failure that may pass, the answer of the next try counts, after the random wait."""
    tenant.random = 0.5
    tenant.answers(failing(status), OK)
    response = tenant.send(get)
    assert (response.status, response.attempts) == (200, 2)
    assert tenant.time.slept == [3.0]


def test_back_off_doubles_up_to_thirty_seconds(tenant, get):
    """One to five seconds at first, then doubled, at most thirty, and then the failure is told."""
    tenant.random = 0.25
    tenant.answers(failing(500))
    response = tenant.send(get, retries=6)
    assert tenant.time.slept == [2, 4, 8, 16, 30, 30]
    assert (response.status, response.attempts, response.unknown) == (500, 7, False)
    assert "Reading template tmpl_a: answered 500 Internal Server Error: after 7 attempts" in response.error


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 501, 505, 302])
def test_a_clear_answer_is_not_tried_again(tenant, get, status):
    """An answer that another try would not change comes back at once."""
    route = tenant.answers(failing(status))
    response = tenant.send(get)
    assert (response.status, response.attempts, response.body) == (status, 1, None)
    assert response.error.startswith(f"Reading template tmpl_a: answered {status}")
    assert route.calls.last.request.headers["x-request-id"] in response.error
    assert tenant.time.slept == []


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:50 GMT"}, 30),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:50 GMT", "date": "Mon, 21 Sep 2026 14:13:40 GMT"}, 10),
        ({"retry-after": "Monday, 21-Sep-26 14:13:50 GMT"}, 30),
    ],
)
def test_retry_after_wins_over_the_random_wait(tenant, get, status, headers, wait):
    """Seconds and dates are both honoured; a date counts from the tenant's own clock where it tells it."""
    tenant.answers(failing(status, **headers), OK)
    assert tenant.send(get).attempts == 2
    assert sum(tenant.time.slept) == pytest.approx(wait)


@pytest.mark.parametrize("text", ["0", "Mon, 21 Sep 2020 14:00:00 GMT"])
def test_a_retry_after_that_has_passed_waits_for_nothing(tenant, get, text):
    """Zero seconds and a past date mean now."""
    tenant.answers(failing(429, **{"retry-after": text}), OK)
    assert tenant.send(get).status == 200
    assert tenant.time.slept == []


@pytest.mark.parametrize("text", ["soon", "-5", "", "Mon, 99 Foo 2026 14:00:00 GMT"])
def test_a_senseless_retry_after_is_as_none(tenant, get, text):
    """What is neither seconds nor a date leaves the random wait."""
    tenant.answers(failing(429, **{"retry-after": text}), OK)
    assert tenant.send(get).status == 200
    assert tenant.time.slept == [1.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("121", "in 121 s, at 2026-09-21T14:15:21Z"), ("9" * 400, "later than a calendar can say")],
)
def test_too_long_a_retry_after_ends_it(tenant, get, text, said):
    """Beyond two minutes nothing is sent again, and the error says when to come back."""
    tenant.answers(failing(429, **{"retry-after": text}))
    response = tenant.send(get)
    assert (response.status, response.attempts) == (429, 1)
    assert f"try again {said}" in response.error


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("no route"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("torn"),
        httpx.ReadError(""),
    ],
)
def test_a_lost_connection_is_tried_again(tenant, get, error):
    """A read that got no answer is asked again, and says so when that does not help."""
    tenant.answers(error, OK)
    assert tenant.send(get).attempts == 2
    tenant.answers(error)
    response = tenant.send(get, retries=1)
    assert (response.status, response.unknown, response.attempts) == (0, False, 2)
    assert "after 2 attempts" in response.error


class Breaking(httpx.AsyncBaseTransport):
    """Fails for a cause, always or only after so many answers."""

    def __init__(self, cause: Exception, answers: int = 0):
        self.cause = cause
        self.answers = answers
        self.failures = 0

    async def handle_async_request(self, request):
        if self.answers:
            self.answers -= 1
            return httpx.Response(200, json=TOKEN)
        self.failures += 1
        raise httpx.ConnectError("no") from self.cause


@pytest.mark.parametrize(
    ("cause", "attempts"),
    [
        (ssl.SSLCertVerificationError("expired"), 1),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), 1),
        (socket.gaierror(socket.EAI_AGAIN, "try later"), 3),
    ],
)
def test_what_no_try_can_mend_is_not_tried_again(tenant, get, cause, attempts):
    """A bad certificate and a host name that never worked end at once; a name server's hiccup does not."""
    transport = Breaking(cause)
    with pytest.raises(
        Unreachable, match=rf"oauth/token: the connection could not be made \(no\), {attempts} attempt"
    ):
        tenant.send(get, retries=2, transport=transport)
    assert transport.failures == attempts


def test_a_host_name_that_worked_before_may_come_back(tenant, get):
    """Once the tenant has answered, a name that cannot be resolved is a passing failure."""
    transport = Breaking(socket.gaierror(socket.EAI_NONAME, "unknown"), answers=1)
    assert tenant.send(get, retries=2, transport=transport).attempts == 3


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        (httpx.Response(200, html="<title>Log in</title>"), "its body is not JSON but text/html"),
        (
            httpx.Response(200, content=b'{"a":', headers={"content-type": "application/json"}),
            "its body is not JSON",
        ),
        (httpx.Response(200, content=b'{"a":NaN}'), "NaN is not JSON"),
        (httpx.Response(200, content=b"\xff"), "its body is not JSON"),
        (httpx.Response(200, content=b"[" * 100_000), "nested too deeply"),
        (httpx.Response(200, content=b"1", headers={"content-type": "\t"}), "of no type"),
        (httpx.Response(200, content=b" " * (16 * 1024 * 1024 + 1)), "larger than 16777216 bytes"),
    ],
)
def test_a_success_that_is_not_json_is_an_error(tenant, get, answer, flaw):
    """HTML, torn or endless bodies and NaN name the call instead of passing for data."""
    tenant.answers(answer)
    with pytest.raises(WrongShape, match=flaw) as caught:
        tenant.send(get)
    assert caught.value.message.startswith("Reading template tmpl_a: answered 200, but")


@pytest.mark.parametrize(
    ("kind", "content", "body"),
    [
        ("application/vnd.cxone+json; charset=utf-8", b'{"a": 1}', {"a": 1}),
        (None, b"[]", []),
        ("application/json", b"", None),
        ("text/html", b"", None),
        ("application/json", b"\xef\xbb\xbf{}", {}),
    ],
)
def test_json_by_any_of_its_names_is_read(tenant, get, kind, content, body):
    """A +json type, no type at all and an empty body are fine."""
    tenant.answers(httpx.Response(200, content=content, headers={"content-type": kind} if kind else {}))
    assert tenant.send(get).body == body


def test_204_has_no_body(tenant, put):
    """No content is a success without a body."""
    tenant.answers(httpx.Response(204), method="PUT")
    response = tenant.send(put)
    assert (response.status, response.body, response.error) == (204, None, "")


def test_403_names_the_scope(tenant, get):
    """The error says which scope the call needs, and what the tenant said."""
    tenant.answers(httpx.Response(403, json={"error": "insufficient_scope"}))
    assert (
        "answered 403 Forbidden: the call needs the scope messaging:read: insufficient_scope"
        in tenant.send(get).error
    )


def test_a_redirect_is_told_and_not_followed(tenant, get):
    """The Location's host is named; nothing is sent there."""
    elsewhere = tenant.router.get("https://evil.example/x").respond(json={})
    tenant.answers(failing(307, location="https://evil.example/x"))
    response = tenant.send(get)
    assert (
        "answered 307 Temporary Redirect: a redirect to evil.example, which is not followed" in response.error
    )
    assert not elsewhere.called


def test_a_401_renews_the_token_once(tenant, get):
    """After a 401 the call is sent again with a new token, and counts as another attempt."""
    tenant.token.mock(
        side_effect=[
            httpx.Response(200, json={"access_token": name, "token_type": "bearer"})
            for name in ("old", "new")
        ]
    )
    route = tenant.answers(failing(401), OK)
    response = tenant.send(get)
    assert (response.status, response.attempts) == (200, 2)
    assert [call.request.headers["authorization"] for call in route.calls] == ["Bearer old", "Bearer new"]


def test_a_second_401_is_an_error(tenant, get):
    """A fresh token that is refused too ends the run, and the message says what to check."""
    tenant.token.mock(
        side_effect=[
            httpx.Response(200, json={"access_token": name, "token_type": "bearer"})
            for name in ("old", "newer-1")
        ]
    )
    route = tenant.answers(httpx.Response(401, text="bad token newer-1"))
    with pytest.raises(CredentialsError, match=r"refused too: bad token \(secret\); check CXONE_CLIENT_ID"):
        tenant.send(get)
    assert route.call_count == 2


def test_a_read_only_client_sends_no_write(tenant, put):
    """A write through a client for reading is a bug that never leaves; its sibling for writing may."""
    route = tenant.answers(httpx.Response(204), method="PUT")

    async def run():
        async with tenant.client(read_only=True) as client:
            with pytest.raises(RuntimeError, match="read-only client"):
                await client.send(put)
            assert not route.called
            return await client.for_writing().send(put)

    assert asyncio.run(run()).status == 204
    assert tenant.token.call_count == 1


def test_each_call_is_logged_without_its_secrets(tenant, get):
    """The log names method, path, status, time, attempt and request id; no token and no secret."""
    route = tenant.answers(failing(500), httpx.ReadTimeout("slow"), OK)
    tenant.send(get)
    ids = [call.request.headers["x-request-id"] for call in route.calls]
    assert tenant.lines[1:] == [
        f"GET /api/v1/messaging/templates/tmpl_a 500 0 ms, attempt 1, request {ids[0]}",
        f"GET /api/v1/messaging/templates/tmpl_a no answer 0 ms, attempt 2, request {ids[1]}",
        f"GET /api/v1/messaging/templates/tmpl_a 200 0 ms, attempt 3, request {ids[2]}",
    ]
    assert tenant.lines[0].startswith("POST /oauth/token 200 0 ms, attempt 1, request ")
    assert not any(word in line for line in tenant.lines for word in ("t0ken", "s3cret", "Bearer"))


def test_no_more_than_the_concurrency_are_under_way(tenant, get):
    """However many are asked for at once, so many are on the wire as the connection allows."""
    under_way, most = 0, 0

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            for _ in range(5):
                await asyncio.sleep(0)
            under_way -= 1
            return httpx.Response(200, json=TOKEN)

    async def run():
        async with tenant.client(concurrency=3, transport=Counting()) as client:
            return await asyncio.gather(*(client.send(get) for _ in range(20)))

    assert {response.status for response in asyncio.run(run())} == {200}
    assert most == 3


def test_a_pause_holds_everybody(tenant, get):
    """Where one request was asked to wait, none leaves before, and they all succeed in a few attempts."""
    sent: list[float] = []

    class Limited(httpx.AsyncBaseTransport):
        """One request a second, refused with Retry-After: 1."""

        async def handle_async_request(self, request):
            await asyncio.sleep(0)
            if request.url.path == "/oauth/token":
                return httpx.Response(200, json=TOKEN)
            if sent and tenant.time.now < sent[-1] + 1:
                return httpx.Response(429, headers={"retry-after": "1"})
            sent.append(tenant.time.now)
            return httpx.Response(200, json={})

    async def run():
        async with tenant.client(concurrency=10, transport=Limited()) as client:
            return await asyncio.gather(*(client.send(get) for _ in range(30)))

    responses = asyncio.run(run())
    assert {response.status for response in responses} == {200}
    assert len(sent) == 30


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, CredentialsError),
        (403, CredentialsError),
        (0, Unreachable),
        (429, Unreachable),
        (500, Unreachable),
        (302, WrongShape),
        (200, WrongShape),
        (404, TenantError),
        (501, TenantError),
    ],
)
def test_raise_for_sorts_by_what_to_do_next(get, status, error):
    """Each kind of failure becomes the error whose advice fits; success raises nothing."""
    raise_for(Response(status=status))
    with pytest.raises(error) as caught:
        raise_for(Response(status=status, error="it failed"))
    assert type(caught.value) is error
    assert caught.value.message == "it failed"


def test_numbers_come_back_as_they_were_read(tenant, get, put):
    """A PUT of what a GET gave is the same JSON, numbers and escapes included."""
    text = b'{"id":"tmpl_a","a":1.50,"b":1E400,"c":[0.1,-0.0,12345678901234567890123],"d":"\\ud800 \xc3\xbc"}'
    tenant.answers(httpx.Response(200, content=text))
    route = tenant.answers(httpx.Response(204), method="PUT")
    body = tenant.send(get).body
    tenant.send(Request(method="PUT", path=put.path, call="c", scope="s", body=body))
    assert route.calls.last.request.content == text
    assert json.loads(text) == body


def test_a_status_without_a_name_is_told_by_its_number(tenant, get):
    """A proxy's own status code does not break the message."""
    tenant.answers(httpx.Response(499))
    assert tenant.send(get).error.startswith("Reading template tmpl_a: answered 499 (request ")


def test_a_lean_object_lacks_its_wire_object_alone() -> None:
    """Whatever other field an object may have, one that is held lean has it too."""
    whole = Live(
        kind="template",
        target="tmpl_a",
        fields={"status": "APPROVED"},
        id="1",
        version="v1",
        raw={"id": "1"},
        etag='"e"',
        crlf=True,
    )
    plain = Live(kind="", target="", fields={})
    assert all(getattr(whole, name) != getattr(plain, name) for name in Live._fields)
    same = Desired(kind="template", target="tmpl_a", fields=whole.fields, document=template())
    assert lean(whole, same) == whole._replace(raw=None)
