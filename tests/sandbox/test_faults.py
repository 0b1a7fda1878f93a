"""The faults: how they are written, and what a client meets."""

from __future__ import annotations

import re

import httpx
import pytest

from reconciler.core.errors import UsageProblem
from reconciler.sandbox.faults import CALLS, KNOWN, LISTS, Fail, Faults, Times, parse

API = "/api/v1"
LIST_PATHS = {
    "templates": f"{API}/messaging/templates",
    "registrations": f"{API}/a2p/registrations",
    "webhooks": f"{API}/webhooks",
}
WEBHOOK = {"url": "https://a.example/", "events": ["a.b"], "secret": "a secret of 24 bytes, or more"}


def statuses(visit, method, path, times, *faults, **options):
    async def scenario(client):
        return [(await client.request(method, path, **options)).status_code for _ in range(times)]

    return visit(scenario, *faults)


def test_every_fault_says_how_it_is_written():
    """Each fault that help shows is known by its name, and an ill-written one is told how help writes it."""
    for written, meaning in KNOWN:
        name, takes_value, _ = written.partition("=")
        with pytest.raises(UsageProblem, match=re.escape(f"It is written {written}.")):
            parse([name if takes_value else f"{name}=1"])
        assert meaning


def test_faults_add_up():
    """Repeated lists, fails and drops are all in force; numbers and scopes are the last given."""
    faults = parse(
        ["no-list=webhooks", "no-list=templates", "fail=token:503:2", "fail=token:429:1:0", "page=7"]
    )
    assert faults.absent_lists == ("templates", "webhooks")
    assert faults.fail == (
        Fail(call="token", status=503, count=2),
        Fail(call="token", status=429, count=1, retry_after=0),
    )
    assert faults.page == 7
    assert parse(["drop=put-template", "html=token", "html=token:3"]) == Faults(
        drop=(Times(what="put-template", count=1),),
        html=(Times(what="token", count=None), Times(what="token", count=3)),
    )
    assert parse(["scope=a2p:write, messaging:read"]).scopes == ("messaging:read", "a2p:write")
    assert parse(["scope="]).scopes == ()


def test_six_calls_is_the_tutorial_alone():
    """One name for all that the source does not promise."""
    alone = parse(["no-lists", "no-webhook-put", "no-etag", "no-idempotency"])
    assert parse(["six-calls"]) == alone != Faults()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no-lits", "Did you mean no-lists"),
        ("", "Known are: six-calls, no-lists"),
        ("no-lists=webhooks", "takes no value"),
        ("carrier", "needs a value"),
        ("carrier=fast", "not one of prompt, slow, reject"),
        ("no-list=audit", "not one of registrations, templates, webhooks"),
        ("page=0", "not a number from 1 to 500"),
        ("rate=١", "not a number"),
        ("latency=-5", "not a number"),
        ("fail=put-template", "a call and a status"),
        ("fail=put:503", "not one of get-template"),
        ("fail=token:200", "not a number from 400 to 599"),
        ("drop=everything", "not one of get-template"),
        ("race=", "names no field"),
        ("scope=audit:write", "not one of messaging:read"),
    ],
)
def test_a_fault_that_cannot_be_understood_is_a_usage_problem(text, words):
    """The message says what is known, or how it is written."""
    with pytest.raises(UsageProblem) as refused:
        parse([text])
    assert words in refused.value.message


def test_lists_may_be_absent_or_forbidden(visit):
    """``no-lists`` is 404 on all, ``no-list`` and ``forbid-list`` (403) on one."""
    for name, path in LIST_PATHS.items():
        assert statuses(visit, "GET", path, 1, "no-lists") == [404]
        for other in LISTS:
            assert statuses(visit, "GET", path, 1, f"no-list={other}") == [404 if other == name else 200]
            assert statuses(visit, "GET", path, 1, f"forbid-list={other}") == [403 if other == name else 200]


def test_webhooks_may_be_without_put_or_id(visit, store):
    """``no-webhook-put`` is 405 and changes nothing; ``no-webhook-id`` leaves the id out of the answer."""
    store.add_webhook("https://a.example/", ["a.b"], "s" * 24)
    path = LIST_PATHS["webhooks"]
    assert statuses(visit, "PUT", f"{path}/wh_000001", 1, "no-webhook-put", json=WEBHOOK) == [405]
    assert store.webhooks()[0]["secret"] == "s" * 24

    async def scenario(client):
        return (await client.post(path, json=WEBHOOK)).json()

    assert visit(scenario, "no-webhook-id") == {"url": WEBHOOK["url"], "events": WEBHOOK["events"]}


def test_the_first_requests_of_a_call_may_fail(visit, store):
    """``fail``: counted down for that call alone, nothing carried out, Retry-After where asked for."""
    path = LIST_PATHS["webhooks"]

    async def scenario(client):
        answers = [await client.post(path, json=WEBHOOK) for _ in range(4)]
        return [(each.status_code, each.headers.get("Retry-After")) for each in answers]

    faults = ["fail=post-webhook:503:2", "fail=post-webhook:429:1:7", "fail=get-template:500:9"]
    assert visit(scenario, *faults) == [(503, None), (503, None), (429, "7"), (201, None)]
    assert len(store.webhooks()) == 1
    assert [write["status"] for write in store.writes()] == [503, 503, 429, 201]


def test_the_token_may_fail_too(visit):
    """The token's URL is a call like the others."""

    async def scenario(client):
        return [(await client.post("/oauth/token", data={})).status_code for _ in range(2)]

    assert visit(scenario, "fail=token:503:1", authorised=False) == [503, 400]


def test_an_answer_may_be_lost(visit, store):
    """``drop``: done, but the client sees a closed connection; the next request is answered."""
    path = LIST_PATHS["webhooks"]

    async def scenario(client):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await client.post(path, json=WEBHOOK)
        return (await client.post(path, json=WEBHOOK)).status_code

    assert visit(scenario, "drop=post-webhook") == 201
    assert len(store.webhooks()) == 2
    assert [(write["status"], write["answered"]) for write in store.writes()] == [(201, False), (201, True)]


def test_an_answer_may_be_a_web_page(visit, store):
    """``html``: 200 and no JSON, as a proxy's sign-in page; nothing is carried out."""

    async def scenario(client):
        answers = [await client.post(LIST_PATHS["webhooks"], json=WEBHOOK) for _ in range(2)]
        return [(each.status_code, each.headers["Content-Type"].partition(";")[0]) for each in answers]

    assert visit(scenario, "html=post-webhook:1") == [(200, "text/html"), (201, "application/json")]
    assert visit(scenario, "html=post-webhook") == [(200, "text/html")] * 2
    assert len(store.webhooks()) == 1


def test_requests_beyond_the_rate_are_turned_away(visit):
    """``rate=3``: the token's was the first, so the fourth is 429; a second later all is well."""
    now = [1000.0]
    path = LIST_PATHS["webhooks"]

    async def scenario(client):
        answers = [await client.get(path) for _ in range(3)]
        now[0] += 1
        answers.append(await client.get(path))
        return [(each.status_code, each.headers.get("Retry-After")) for each in answers]

    assert visit(scenario, "rate=3", clock=lambda: now[0]) == [
        (200, None),
        (200, None),
        (429, "1"),
        (200, None),
    ]


def test_latency_is_waited_for(visit):
    """``latency=250``: a quarter of a second before every answer."""
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    async def scenario(client):
        await client.get(LIST_PATHS["webhooks"])

    visit(scenario, "latency=250", sleep=sleep)
    assert waits == [0.25, 0.25]


def test_every_call_that_a_fault_may_name_exists(visit):
    """``CALLS`` and the routes agree: each name fails the request it is meant for."""
    templates, registrations, webhooks = LIST_PATHS.values()
    meant = {
        "get-template": ("GET", f"{templates}/tmpl_a"),
        "list-registrations": ("GET", registrations),
        "list-templates": ("GET", templates),
        "list-webhooks": ("GET", webhooks),
        "post-audit": ("POST", f"{API}/audit/logs"),
        "post-registration": ("POST", registrations),
        "post-webhook": ("POST", webhooks),
        "put-template": ("PUT", f"{templates}/tmpl_a"),
        "put-webhook": ("PUT", f"{webhooks}/wh_000001"),
    }
    assert {*meant, "token"} == set(CALLS)
    for name, (method, path) in meant.items():
        assert statuses(visit, method, path, 1, f"fail={name}:418") == [418]
