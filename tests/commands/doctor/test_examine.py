"""The tenant as ``doctor`` asks it: reads alone, one after the other, and what each answer is taken for."""

from __future__ import annotations

import asyncio
import json
from email.utils import formatdate

import httpx
import pytest

from reconciler.commands.doctor.examine import MADE_UP, examine
from reconciler.core.model import Desired, Document
from reconciler.cxone.proxy import proxy_of

TEMPLATES = "/api/v1/messaging/templates"
REGISTRATIONS = "/api/v1/a2p/registrations"
WEBHOOKS = "/api/v1/webhooks"
LISTS = (TEMPLATES, REGISTRATIONS, WEBHOOKS)
EMPTY = {"items": [], "next_cursor": None}
SCOPES = ("messaging:read", "messaging:write", "a2p:write", "webhooks:write")
TEMPLATE = {
    "id": "tmpl_a",
    "name": "n",
    "status": "APPROVED",
    "content": "c",
    "from_address": "45678",
    "meta": {"updated_at": "v1"},
}
MANAGED = Desired(
    kind="template",
    target="tmpl_a",
    fields={},
    document=Document(kind="Template", body={}, file="a.yaml", line=2, index=0),
)


def examined(tenant, managed=None, **settings):
    """The checks by their names, and the requests' methods."""

    async def run():
        async with tenant.client(read_only=True, **settings) as client:
            return await examine(client, token_url="the token URL", asked=SCOPES, managed=managed)

    return {check.name: check for check in asyncio.run(run())}


@pytest.fixture
def whole(tenant):
    """A tenant with every list, all of them empty, and the template."""
    for path in LISTS:
        tenant.answers(httpx.Response(200, json=EMPTY), path=path)
    tenant.answers(httpx.Response(404, json={}), path=f"{TEMPLATES}/{MADE_UP}")
    tenant.answers(httpx.Response(200, json=TEMPLATE, headers={"ETag": '"1"'}), path=f"{TEMPLATES}/tmpl_a")
    return tenant


def methods(tenant) -> set[tuple[str, str]]:
    return {(call.request.method, call.request.url.path) for call in tenant.router.calls}


def test_only_reads_and_the_token_are_sent(whole):
    """Three lists, one template, and the token: nothing else, and no write."""
    checks = examined(whole, MANAGED)
    assert methods(whole) == {
        ("POST", "/oauth/token"),
        *(("GET", path) for path in LISTS),
        ("GET", f"{TEMPLATES}/tmpl_a"),
    }
    assert {check.state for check in checks.values()} <= {"ok", "skipped"}
    assert "If-Match" in checks["ETag"].found


def test_a_listed_template_is_tried_where_no_file_names_one(whole):
    """The first of the list; and where there is none, an id that nobody can have made."""
    assert "made-up id" in examined(whole)[f"GET {TEMPLATES}/{{id}}"].found
    assert ("GET", f"{TEMPLATES}/{MADE_UP}") in methods(whole)
    whole.answers(httpx.Response(200, json={**EMPTY, "items": [TEMPLATE]}), path=TEMPLATES)
    checks = examined(whole)
    assert checks[f"GET {TEMPLATES}/{{id}}"].found == "tmpl_a was read"
    assert checks[f"GET {TEMPLATES}"].found == "1 template"


@pytest.mark.parametrize("id_", [".", "\ud800"])
def test_a_listed_id_that_no_url_can_hold_is_a_problem_in_words(whole, id_):
    """The tenant's ids are the tenant's."""
    item = {**TEMPLATE, "id": id_}
    content = httpx.Response(200, content=json.dumps({**EMPTY, "items": [item]}))
    whole.answers(content, path=TEMPLATES)
    assert examined(whole)[f"GET {TEMPLATES}/{{id}}"].state == "problem"


def test_a_second_page_is_read_to_see_that_the_cursor_works(whole):
    """A third is not; a cursor that comes twice is a problem."""
    pages = [httpx.Response(200, json={"items": [TEMPLATE], "next_cursor": text}) for text in ("a", "b", "c")]
    route = whole.answers(*pages, path=TEMPLATES)
    assert examined(whole)[f"GET {TEMPLATES}"].found == "the first 2 templates"
    assert [call.request.url.params.get("cursor") for call in route.calls] == [None, "a"]
    whole.answers(pages[0], path=TEMPLATES)
    assert "does not end" in examined(whole)[f"GET {TEMPLATES}"].found


def test_one_that_fails_does_not_hide_the_others(whole):
    """A sign-in page, a 403, a 501 and a broken template: each is said, in one run."""
    page = httpx.Response(200, html="<title>Sign in</title>")
    whole.answers(page, path=TEMPLATES)
    whole.answers(httpx.Response(403, json={"title": "No"}), path=REGISTRATIONS)
    whole.answers(httpx.Response(501), path=WEBHOOKS)
    whole.answers(httpx.Response(200, json={**TEMPLATE, "meta": {}}), path=f"{TEMPLATES}/tmpl_a")
    checks = examined(whole, MANAGED)
    found = {name: (checks[name].state, checks[name].found) for name in (f"GET {path}" for path in LISTS)}
    assert found[f"GET {TEMPLATES}"][0] == "problem"
    assert "not JSON" in found[f"GET {TEMPLATES}"][1]
    assert found[f"GET {REGISTRATIONS}"][0] == "warning"
    assert found[f"GET {WEBHOOKS}"][0] == "ok"
    one = checks[f"GET {TEMPLATES}/{{id}}"]
    assert (one.state, "meta.updated_at" in one.found) == ("problem", True)


def test_a_404_by_a_web_server_is_told_from_the_api_s(whole):
    """Its media type is looked at, of the answer to this very call."""
    whole.answers(httpx.Response(404, html="<h1>Not found</h1>"), path=f"{TEMPLATES}/tmpl_a")
    assert "text/html" in examined(whole, MANAGED)[f"GET {TEMPLATES}/{{id}}"].found


def test_no_token_skips_the_rest_and_still_tells_the_clock(whole):
    """The token's answer has a Date too; nothing but the token was asked for."""
    late = formatdate(whole.time.posix() - 3600, usegmt=True)
    whole.token.respond(401, json={"error": "invalid_client"}, headers={"Date": late})
    checks = examined(whole, MANAGED)
    assert methods(whole) == {("POST", "/oauth/token")}
    assert checks["token"].state == "problem"
    assert "invalid_client" in checks["token"].found
    assert checks["clock"].state == "warning"
    assert "3600 s ahead" in checks["clock"].found
    assert {check.state for name, check in checks.items() if name not in {"token", "clock"}} == {"skipped"}


def test_the_clock_is_compared_with_the_last_answer_s_date(whole):
    """By the second that the answer came; without a Date it is not known."""
    for path in LISTS:
        date = formatdate(whole.time.posix() + 90, usegmt=True)
        whole.answers(httpx.Response(200, json=EMPTY, headers={"Date": date}), path=path)
    assert "90 s behind" in examined(whole, MANAGED)["clock"].found
    whole.answers(httpx.Response(200, json=EMPTY, headers={"Date": "yesterday"}), path=WEBHOOKS)
    assert examined(whole, MANAGED)["clock"].state == "skipped"


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        (None, None),
        ("http://user:pa@ss@proxy.example.com:3128/", "proxy.example.com:3128"),
        ("proxy.example.com:3128", "proxy.example.com:3128"),
    ],
)
def test_a_proxy_is_named_without_its_password(monkeypatch, proxy, shown):
    """Host and port of what the environment says for this URL; loopback has none."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    if proxy is not None:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert proxy_of("https://acme.nicecxone.com") == shown
    assert proxy_of("https://127.0.0.1:8080") is None
