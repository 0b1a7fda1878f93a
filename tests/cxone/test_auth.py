"""The token: how it is asked for, kept, renewed, and how its refusal is told."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import httpx
import pytest

from reconciler.core.errors import CredentialsError, Unreachable, WrongShape


def token(name="t1", **more):
    return httpx.Response(200, json={"access_token": name, "token_type": "Bearer", **more})


def test_the_form_is_encoded(tenant, get):
    """A secret with &, =, +, %, a slash, a blank and an umlaut arrives whole, scopes separated by blanks."""
    tenant.answers(httpx.Response(200, json={}))
    tenant.send(get)
    request = tenant.token.calls.last.request
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode("ascii"), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": ["me"],
        "client_secret": ["s3cret&=+% /ü"],
        "scope": ["messaging:read messaging:write a2p:write webhooks:write"],
    }


def test_no_scopes_are_no_parameter(tenant, get):
    """With empty scopes the form has no scope at all."""
    tenant.answers(httpx.Response(200, json={}))
    tenant.send(get, scopes=())
    assert b"scope" not in tenant.token.calls.last.request.content


def test_many_requests_ask_for_one_token(tenant, get):
    """However many requests begin at once, the token is asked for once."""
    tenant.answers(httpx.Response(200, json={}))

    async def run():
        async with tenant.client() as client:
            return await asyncio.gather(*(client.send(get) for _ in range(30)))

    assert len(asyncio.run(run())) == 30
    assert tenant.token.call_count == 1


def test_many_401s_renew_one_token(tenant, get):
    """Requests that were refused with the same token share its renewal."""
    tenant.token.mock(side_effect=[token("old"), token("new")])
    tenant.router.get(get.path, headers={"Authorization": "Bearer old"}).respond(401)
    tenant.router.get(get.path, headers={"Authorization": "Bearer new"}).respond(json={})

    async def run():
        async with tenant.client() as client:
            return await asyncio.gather(*(client.send(get) for _ in range(10)))

    assert {response.status for response in asyncio.run(run())} == {200}
    assert tenant.token.call_count == 2


@pytest.mark.parametrize(
    ("expires_in", "good_for"),
    [(3600, 3240), (600, 540), (300, 240), (100, 50), (2, 1), ("3600", 3240)]
    + [(value, 60) for value in (None, 0, -5, "soon", True, [], 1e999)],
)
def test_a_token_is_renewed_before_it_expires(tenant, get, expires_in, good_for):
    """Ten per cent or a minute before the end, half-way for a short one, a minute where nothing is said."""
    answer = token(expires_in="Infinity" if expires_in == 1e999 else expires_in)
    tenant.token.mock(side_effect=lambda request: answer)
    tenant.answers(httpx.Response(200, json={}))

    async def run():
        async with tenant.client() as client:
            await client.send(get)
            tenant.time.now += good_for - 0.5
            await client.send(get)
            before = tenant.token.call_count
            tenant.time.now += 0.5
            await client.send(get)
            return before, tenant.token.call_count

    assert asyncio.run(run()) == (1, 2)


@pytest.mark.parametrize(
    ("more", "granted"),
    [
        ({}, None),
        ({"scope": None}, None),
        ({"scope": "messaging:read  a2p:write"}, {"messaging:read", "a2p:write"}),
        ({"scope": ""}, set()),
        ({"scope": ["messaging:read", 5]}, {"messaging:read"}),
        ({"scope": "messaging:read,a2p:write"}, {"messaging:read", "a2p:write", "messaging:read,a2p:write"}),
        ({"scope": "messaging:read, a2p:write"}, {"messaging:read", "messaging:read,", "a2p:write"}),
    ],
)
def test_granted_scopes_are_those_of_the_answer(tenant, more, granted):
    """Without a scope in the answer, it is as asked for: None."""
    tenant.token.mock(side_effect=lambda request: token(**more))

    async def run():
        async with tenant.client() as client:
            return await client.granted()

    assert asyncio.run(run()) == granted


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": "bad s3cret&=+% /ü"}),
            r"401: invalid_client: bad \(secret\)\. Check CXONE_CLIENT_ID and CXONE_CLIENT_SECRET \(request",
        ),
        (httpx.Response(400, json={"error": "invalid_scope"}), "invalid_scope. Check CXONE_SCOPES"),
        (
            httpx.Response(400, json={"error": "unsupported_grant_type"}),
            "Check CXONE_TOKEN_URL: it must offer",
        ),
        (httpx.Response(400), "answered 400. Check CXONE_CLIENT_ID, CXONE_CLIENT_SECRET, CXONE_SCOPES and"),
        (
            httpx.Response(404, html="<title>Nothing here</title>"),
            "404: Nothing here. Check CXONE_TOKEN_URL, and",
        ),
        (httpx.Response(405), "Check CXONE_TOKEN_URL, and CXONE_ORG"),
    ],
)
def test_refused_credentials_say_what_to_check(tenant, get, answer, words):
    """The token URL, what the server said in one redacted line, and the variables; asked once."""
    tenant.token.mock(side_effect=lambda request: answer)
    with pytest.raises(CredentialsError, match=words) as caught:
        tenant.send(get)
    assert caught.value.message.startswith("No token: https://acme.nicecxone.com/oauth/token answered")
    assert tenant.token.call_count == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            httpx.Response(200, html="<title>Log in</title>"),
            "answered 200, but its body is not JSON but text/html",
        ),
        (httpx.Response(200, content=b"{"), "its body is not JSON"),
        (httpx.Response(200), "with no JSON object"),
        (httpx.Response(200, json=[]), "with no JSON object"),
        (httpx.Response(200, json={"token_type": "bearer"}), "without an access_token that can be sent"),
        (token(""), "without an access_token"),
        (token("a b\r\nX: y"), "without an access_token"),
        (httpx.Response(200, json={"access_token": "t", "token_type": 5}), "its token_type is 5, not Bearer"),
        (
            httpx.Response(200, json={"access_token": "t", "token_type": ""}),
            "its token_type is '', not Bearer",
        ),
        (
            httpx.Response(200, json={"access_token": "tok", "token_type": "tok-mac"}),
            r"'\(secret\)-mac', not Bearer",
        ),
        (httpx.Response(202), "answered 202. A token comes with 200"),
        (
            httpx.Response(302, headers={"location": "https://login.example/x"}),
            "a redirect to login.example, which",
        ),
        (httpx.Response(302), "a redirect to an unnamed place"),
    ],
)
def test_an_answer_that_is_no_token_is_an_error(tenant, get, answer, words):
    """A login page, a torn body, an empty token and a redirect name the token URL."""
    tenant.token.mock(side_effect=lambda request: answer)
    with pytest.raises(WrongShape, match=words) as caught:
        tenant.send(get)
    assert "https://acme.nicecxone.com/oauth/token" in caught.value.message


@pytest.mark.parametrize("kind", [{"token_type": "bEARER"}, {"token_type": None}, {}])
def test_a_bearer_of_any_case_is_one(tenant, get, kind):
    """RFC 6749 section 7.1: the type is compared without regard to case; where none is said, it is this one."""
    tenant.token.mock(side_effect=lambda request: httpx.Response(200, json={"access_token": "t", **kind}))
    tenant.answers(httpx.Response(200, json={}))
    assert tenant.send(get).status == 200


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(503), httpx.Response(429), httpx.ReadTimeout("slow"), httpx.ConnectError("refused")],
)
def test_a_passing_failure_is_tried_again(tenant, get, failure):
    """To ask for a token again harms nobody, whatever became of the first try."""
    tenant.token.mock(side_effect=[failure, token()])
    tenant.answers(httpx.Response(200, json={}))
    assert tenant.send(get).status == 200
    assert tenant.time.slept == [1.0]


def test_attempts_end(tenant, get):
    """A token server that is down is Unreachable after the attempts allowed, with what it said."""
    tenant.token.mock(side_effect=lambda request: httpx.Response(500, text="boom"))
    with pytest.raises(Unreachable, match=r"answered 500: boom\. Tried 3 times\. Try again later"):
        tenant.send(get, retries=2)
    assert tenant.token.call_count == 3


def test_too_long_a_wait_says_when_to_come_back(tenant, get):
    """A Retry-After of an hour is not waited for."""
    tenant.token.mock(side_effect=lambda request: httpx.Response(429, headers={"retry-after": "3600"}))
    with pytest.raises(Unreachable, match="Try again in 3600 s, at 2026-09-21T15:13:20Z"):
        tenant.send(get)
    assert tenant.token.call_count == 1


def test_refused_credentials_are_tried_once_a_run(tenant, get):
    """Ten requests, then ten more, with a bad secret make one login, not twenty: no account gets locked."""
    tenant.token.mock(side_effect=lambda request: httpx.Response(401, json={"error": "invalid_client"}))

    async def run():
        async with tenant.client() as client:
            first = await asyncio.gather(*(client.send(get) for _ in range(10)), return_exceptions=True)
            return first + await asyncio.gather(
                *(client.send(get) for _ in range(10)), return_exceptions=True
            )

    outcomes = asyncio.run(run())
    assert {type(outcome) for outcome in outcomes} == {CredentialsError}
    assert len({outcome.message for outcome in outcomes}) == 1
    assert tenant.token.call_count == 1


def test_those_who_waited_share_a_failure_and_later_ones_try_again(tenant, get):
    """An unreachable token server is asked once for all who wait, and once more by who comes later."""

    async def down(request):
        await asyncio.sleep(0)
        return httpx.Response(500)

    tenant.token.mock(side_effect=down)

    async def run():
        async with tenant.client(retries=0) as client:
            first = await asyncio.gather(*(client.send(get) for _ in range(10)), return_exceptions=True)
            return first + await asyncio.gather(client.send(get), return_exceptions=True)

    assert {type(outcome) for outcome in asyncio.run(run())} == {Unreachable}
    assert tenant.token.call_count == 2


def test_a_token_does_not_show_itself():
    """A repr, as in a traceback, does not hold the value."""
    from reconciler.cxone.auth import Token

    assert "hush" not in repr(Token(value="hush", renew_at=1.0, granted=None))
