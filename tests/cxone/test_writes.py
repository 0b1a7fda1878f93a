"""What the client makes of the answers to a PUT or POST: sent again only if certainly not carried out."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from reconciler.core.errors import WrongShape
from reconciler.core.model import SecretRef

CREATED = httpx.Response(201, json={"id": "w1"})


def posts(tenant, *answers):
    return tenant.answers(*answers, method="POST", path="/api/v1/webhooks")


def test_a_write_carries_its_headers_and_body(tenant, post):
    """Content type, Idempotency-Key, If-Match and compact UTF-8 JSON are on the wire."""
    route = posts(tenant, CREATED)
    response = tenant.send(replace(post, if_match='"ä"', body={"name": "grüße", "n": [1, True, None]}))
    sent = route.calls.last.request
    assert (response.status, response.body) == (201, {"id": "w1"})
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["idempotency-key"] == "k-1"
    assert (b"If-Match", '"ä"'.encode("latin-1")) in sent.headers.raw
    assert sent.content == '{"name":"grüße","n":[1,true,null]}'.encode()


def test_a_secret_is_put_in_only_on_the_wire(tenant, post):
    """The value stands where its reference stood, at any depth, and nowhere else."""
    tenant.secret = "geheim-ü-" + "x" * 20
    route = posts(tenant, CREATED)
    ref = SecretRef(source="env", name="X")
    body = {"secret": ref, "more": [{"again": ref}], "events": ("a", "b")}
    tenant.send(replace(post, body=body))
    assert json.loads(route.calls.last.request.content) == {
        "secret": tenant.secret,
        "more": [{"again": tenant.secret}],
        "events": ["a", "b"],
    }
    assert body["secret"] is ref


def test_an_echoed_secret_is_not_in_the_error(tenant, post):
    """Neither a webhook's secret nor the token nor the client secret gets from an answer into an error."""
    tenant.secret = 'w"' * 20
    posts(
        tenant,
        httpx.Response(400, json={"message": f"bad {tenant.secret} t0ken-one s3cret&=+% /ü s3cret%26%3D"}),
    )
    response = tenant.send(replace(post, body={"secret": SecretRef(source="env", name="X")}))
    assert "bad (secret) (secret) (secret) s3cret%26%3D" in response.error


@pytest.mark.parametrize(
    ("answer", "waited"),
    [
        (httpx.Response(429), 1),
        (httpx.Response(429, headers={"retry-after": "9"}), 9),
        (httpx.Response(503, headers={"retry-after": "9"}), 9),
        (httpx.Response(425), 1),
        (httpx.ConnectError("refused"), 1),
        (httpx.ConnectTimeout("slow"), 1),
        (httpx.PoolTimeout("full"), 1),
        (httpx.ProxyError("407"), 1),
    ],
)
def test_what_was_not_carried_out_is_sent_again(tenant, post, answer, waited):
    """A refusal and a connection that was never made are repeated, with the same key."""
    route = posts(tenant, answer, CREATED)
    response = tenant.send(post)
    assert (response.status, response.attempts, response.unknown) == (201, 2, False)
    assert {call.request.headers["idempotency-key"] for call in route.calls} == {"k-1"}
    assert sum(tenant.time.slept) == pytest.approx(waited)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(status) for status in (500, 502, 503, 504, 408, 303)]
    + [httpx.ReadTimeout("x"), httpx.WriteError("x"), httpx.WriteTimeout("x")]
    + [httpx.RemoteProtocolError("x"), httpx.ReadError("x")]
    + [httpx.Response(200, html="<h1>Log in</h1>"), httpx.Response(201, content=b"{")],
)
def test_without_a_clear_answer_nothing_is_sent_again(tenant, put, answer):
    """A write whose fate nobody knows comes back as unknown at once."""
    route = tenant.answers(answer, method="PUT")
    response = tenant.send(put)
    assert (response.unknown, response.attempts) == (True, 1)
    assert response.error.startswith("Writing template tmpl_a: ")
    assert route.call_count == 1
    assert tenant.time.slept == []


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 422, 501, 302, 307])
def test_a_clear_refusal_is_an_answer(tenant, put, status):
    """What the tenant refused is known not to be done."""
    tenant.answers(httpx.Response(status), method="PUT")
    response = tenant.send(put)
    assert (response.status, response.unknown, response.attempts) == (status, False, 1)
    assert response.error


def test_refusals_end_after_the_attempts_allowed(tenant, post):
    """A tenant that goes on refusing gives a failure, not an endless loop, and not an unknown fate."""
    route = posts(tenant, httpx.Response(429, headers={"retry-after": "1"}))
    response = tenant.send(post, retries=2)
    assert (response.status, response.unknown, response.attempts) == (429, False, 3)
    assert route.call_count == 3


def test_too_long_a_wait_is_a_refusal(tenant, post):
    """503 with a Retry-After beyond two minutes is known not to be done; the error says when to come back."""
    posts(tenant, httpx.Response(503, headers={"retry-after": "3600"}))
    response = tenant.send(post)
    assert (response.status, response.unknown, response.attempts) == (503, False, 1)
    assert "try again in 3600 s, at 2026-09-21T15:13:20Z" in response.error


def test_never_connected_is_not_unknown(tenant, post):
    """Where no connection could be made, the write is known not to be done."""
    posts(tenant, httpx.ConnectError("refused"))
    response = tenant.send(post, retries=1)
    assert (response.status, response.unknown, response.attempts) == (0, False, 2)
    assert "the connection could not be made (refused): after 2 attempts" in response.error


def test_a_later_attempt_waits_first_and_has_fewer_tries(tenant, post):
    """What is sent again after a look waits as its number says; earlier attempts count against the bound."""
    posts(tenant, httpx.Response(429))
    response = tenant.send(replace(post, attempt=2), retries=3)
    assert response.attempts == 2
    assert tenant.time.slept == [2, 4]
    assert tenant.send(replace(post, attempt=9), retries=3).attempts == 1


def test_a_write_is_replayed_once_after_401(tenant, post):
    """An expired token costs a second try, not the write."""
    tenant.token.mock(
        side_effect=[
            httpx.Response(200, json={"access_token": n, "token_type": "bearer"}) for n in ("a1", "b1")
        ]
    )
    route = posts(tenant, httpx.Response(401), CREATED)
    response = tenant.send(post)
    assert (response.status, response.attempts) == (201, 2)
    assert route.calls[0].request.content == route.calls[1].request.content


def test_silence_after_a_401_counts_both_tries(tenant, post):
    """The attempts before the token was renewed are told too."""
    tenant.token.mock(
        side_effect=[
            httpx.Response(200, json={"access_token": n, "token_type": "bearer"}) for n in ("a1", "b1")
        ]
    )
    posts(tenant, httpx.Response(401), httpx.ReadTimeout("x"))
    response = tenant.send(post)
    assert (response.status, response.unknown, response.attempts) == (0, True, 2)
    assert "no answer within 30 s: after 2 attempts" in response.error


def test_a_body_nested_too_deeply_is_not_sent(tenant, post):
    """A tenant's object that cannot be written back is an error, not a crash."""
    body: dict = {}
    for _ in range(100_000):
        body = {"a": body}
    route = posts(tenant, CREATED)
    with pytest.raises(WrongShape, match="nested too deeply"):
        tenant.send(replace(post, body=body))
    assert not route.called
