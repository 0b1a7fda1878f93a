"""A tenant that cannot be reached, answers nonsense, or is in trouble: the call is named, nothing is done twice."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from between import LOST, Between, Reply
from checkout import BASIC, outcomes


def refused(here, *cases, command=("plan",), clean=True):
    """Run each case, (environment, arguments, words), at once; each exits 1, says every word, and writes nothing."""
    running = [(words, here.cli.start(*command, *args, env=env)) for env, args, words in cases]
    for words, process in running:
        ran = here.cli.end(process, exits=1)
        assert [word for word in words if word not in ran.said] == [], ran.said
        assert command[0] == "validate" or ran.err.count("error: ") == 1
    if clean:
        assert here.untouched()
        assert not here.log_path.exists()


HTML = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to continue</body></html>"


def test_every_request_says_who_sends_it_and_can_be_traced(site):
    """User-Agent with the version, a fresh X-Request-Id that errors repeat; keys on POSTs, If-Match on PUTs."""
    here = site("fail=put-template:400")
    version = here.run("--version").out.split()[-1]
    with Between(here.tenant.url) as between:
        applied = here.apply("--concurrency", "1", exits=3, env={"CXONE_BASE_URL": between.url})
    ids = [seen.headers["X-Request-Id"] for seen in between.seen]
    assert len(set(ids)) == len(ids)
    assert {seen.headers["User-Agent"] for seen in between.seen} == {f"cxone-reconciler/{version}"}
    failed = next(seen for seen in between.seen if seen.method == "PUT")
    assert failed.headers["X-Request-Id"] in next(
        one["error"] for one in applied["results"] if one["outcome"] == "failed"
    )
    posts = [seen for seen in between.seen if seen.method == "POST" and seen.path != "/oauth/token"]
    assert posts
    assert all(seen.headers.get("Idempotency-Key") for seen in posts)
    assert all(seen.headers.get("If-Match") for seen in between.seen if seen.method == "PUT")


def test_a_tenant_that_cannot_be_reached_is_named(site):
    """Nobody listens, no such host, a redirect, a sign-in page, nonsense, too much: the call is named, 1."""
    here = site()
    answers = {
        "redirect": Reply(302, b"", {"Location": "https://login.example.com/?next=1"}),
        "html": Reply(200, HTML, {"Content-Type": "text/html"}),
        "html500": Reply(500, HTML, {"Content-Type": "text/html"}),
        "empty": Reply(200),
        "array": Reply(200, b"[1, 2]"),
        "deep": Reply(200, b"[" * 200_000),
        "huge": Reply(200, b'{"items": [' + b'"x",' * 8_000_000 + b'"x"], "next_cursor": null}'),
        "wrong": Reply(200, b'{"items": {"a": 1}, "next_cursor": null}'),
        "number": Reply(200, b'{"items": [17], "next_cursor": null}'),
        "long cursor": Reply(200, b'{"items": [], "next_cursor": "%s"}' % (b"c" * 2_000_000)),
        "half a cursor": Reply(200, b'{"items": [], "next_cursor": "\\ud83d"}'),
        "teapot": Reply(418, b'{"title": "I am a teapot", "detail": "short and stout"}'),
        "lost": LOST,
    }
    listing = "/api/v1/messaging/templates"

    def asked(name):
        with Between(
            here.tenant.url, lambda seen: answers[name] if listing in seen.path else None
        ) as between:
            return here.run("plan", env={"CXONE_BASE_URL": between.url}, exits=1)

    with ThreadPoolExecutor(2) as pool:
        ran = dict(zip(answers, pool.map(asked, answers), strict=True))
    for name, one in ran.items():
        assert listing in one.err, name
        assert re.search(r"\(request [0-9a-f]{32}\)", one.err), name
        assert len(one.err) < 2000, name
        assert "This is a bug" not in one.err, name
        assert "never awaited" not in one.err, (name, one.err)
    assert "login.example.com" in ran["redirect"].err
    with Between(None, lambda seen: Reply(200, HTML, {"Content-Type": "text/html"})) as between:
        refused(
            here,
            ({"CXONE_BASE_URL": between.url}, (), ("/oauth/token",)),
            ({"CXONE_BASE_URL": "http://127.0.0.1:9"}, (), ("http://127.0.0.1:9/oauth/token",)),
            ({"CXONE_BASE_URL": "https://no-such-tenant.invalid"}, (), ("no-such-tenant.invalid",)),
        )
    assert here.untouched()


def test_a_list_that_never_ends_is_stopped(site):
    """The same cursor again, or ever new ones: an error that names the call, not a run for ever."""
    here = site(documents=BASIC[:1])
    count = iter(range(10**9))

    def same(seen):
        items = b'{"items": [], "next_cursor": "again"}'
        return Reply(200, items) if "/api/v1/messaging/templates?" in seen.path else None

    def new(seen):
        items = json.dumps({"items": [], "next_cursor": f"c{next(count)}"}).encode()
        return Reply(200, items) if "/api/v1/messaging/templates?" in seen.path else None

    for before in (same, new):
        with Between(here.tenant.url, before) as between:
            process = here.cli.start("plan", env={"CXONE_BASE_URL": between.url})
            assert "/api/v1/messaging/templates" in here.cli.end(process, exits=1, seconds=25).err
    assert here.untouched()


SHORT = (
    "list-templates:429",
    "get-template:503",
    "put-template:429",
    "token:503",
    "post-registration:429",
    "post-audit:503",
)


@pytest.mark.timeout(40)
@pytest.mark.parametrize(
    "faults",
    [
        [f"fail={each}:2:0" for each in SHORT],
        ["expire-tokens=2"],
        ["drop=get-template", "fail=post-webhook:429:1:1"],
    ],
)
def test_trouble_that_passes_is_waited_out(site, faults):
    """429, 503, a dropped connection, expiring tokens: the same end state, everything written once."""
    here = site(*faults, "summaries", documents=(BASIC[0], BASIC[2]))
    applied = here.apply("--retries", "3")
    assert set(outcomes(applied).values()) == {"applied"}
    assert sorted(call for call, _ in here.tenant.done()) == [
        "post-registration",
        "post-webhook",
        "put-template",
    ]


@pytest.mark.timeout(40)
def test_trouble_that_stays_is_an_error_with_its_call(site):
    """Bounded attempts, then 1 before the first write and ``failed`` after it; a long Retry-After says when."""
    here = site("fail=list-templates:503:1000:0")
    ran = here.run("plan", "--retries", "2", exits=1)
    assert "GET /api/v1/messaging/templates" in ran.err
    assert "3 attempts" in ran.err
    assert here.tenant.count("GET", "/api/v1/messaging/templates") == 3
    here.tenant.restart("fail=put-template:429:1000:86400", "expire-tokens=1000")
    applied = here.apply("--retries", "5", exits=3)
    errors = [one["error"] for one in applied["results"] if one["outcome"] == "failed"]
    assert len(errors) == 2
    assert all("86400 s" in error for error in errors)
    here.tenant.restart("fail=get-template:401:1000", "no-lists")
    ran = here.run("plan", "--retries", "5", exits=1)
    assert "401" in ran.err
    assert here.tenant.count("GET", "/api/v1/messaging/templates/{id}") <= 4


def test_a_tenants_error_text_is_redacted(site):
    """An error body that repeats the secret, the token or control characters shows none of them, in one line."""
    here = site(documents=(BASIC[0], BASIC[2]))
    tokens = []

    def after(seen, reply):
        if seen.path == "/oauth/token":
            tokens.append(json.loads(reply.body)["access_token"])
        if seen.method in ("PUT", "POST") and seen.path != "/oauth/token":
            echo = {
                "title": "No",
                "detail": f"\x1b[31m got {seen.headers['Authorization']} \n{seen.body.decode()}",
            }
            return Reply(400, json.dumps(echo).encode(), {"Content-Type": "application/problem+json"})
        return None

    with Between(here.tenant.url, lambda seen: None, after) as between:
        ran = here.run(
            "apply", "--yes", "-v", "--format", "json", exits=3, env={"CXONE_BASE_URL": between.url}
        )
    assert tokens
    text = ran.said + here.log_path.read_text()
    assert [token for token in tokens if token in text] == []
    errors = [one["error"] for one in ran.json["results"] if one["outcome"] == "failed"]
    assert errors
    assert not any("\n" in error or "\x1b" in error for error in errors)


def test_half_an_emoji_in_the_tenant_is_planned_and_sent_back_as_it_was(site):
    """A text cut in UTF-16 has no UTF-8: it is told as an escape, the PUT has every other field byte for byte."""
    here = site("six-calls", documents=BASIC[:1])
    shown = (
        rb'{"id": "tmpl_a", "name": "half \ud83d", "status": "PENDING", "content": "Hi", "from_address": "45678", '
        rb'"labels": ["\ud83d", 1e400], "meta": {"updated_at": "1"}}'
    )
    answered = Reply(201, rb'{"id": "\udc00"}')

    def before(seen):
        if seen.method == "PUT":
            return Reply(200, seen.body.replace(b'"1"', b'"2"'))
        if seen.path.endswith("/registrations") and seen.method == "POST":
            return answered
        return Reply(200, shown) if seen.path.endswith("/tmpl_a") else None

    with Between(here.tenant.url, before) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        action = here.plan("--out", "plan.json")["actions"][0]
        assert action["changes"][1] == {"field": "name", "live": r"half \ud83d", "desired": "Reminder tmpl_a"}
        assert action["unmanaged"] == {"labels": ["\ud83d", float("inf")]}
        for format_ in ("text", "markdown", "github"):
            assert "ud83d" in here.run("show", "plan.json", "--format", format_).out
        assert here.apply("plan.json")["summary"]["applied"] == 2
        sent = next(seen.body for seen in between.seen if seen.method == "PUT")
    assert rb'"labels":["\ud83d",1e400]' in sent
    here.run("audit", "verify")
