"""Tokens: who gets one, for what, and for how long; and what a request without the right one gets."""

from __future__ import annotations

import pytest

from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET, SCOPES

FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
TEMPLATES = "/api/v1/messaging/templates"


def ask(visit, form, *faults, **options):
    async def scenario(client):
        return await client.post("/oauth/token", data=form, **options)

    return visit(scenario, *faults, authorised=False)


def test_a_token_has_the_scopes_asked_for_and_allowed(visit):
    """Unknown scopes are left out, none asked means all, and the answer may not be stored."""
    answer = ask(visit, {**FORM, "scope": "a2p:write messaging:read audit:write"})
    token = answer.json()
    assert answer.status_code == 200
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert token["scope"] == "messaging:read a2p:write"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ask(visit, FORM).json()["scope"] == " ".join(SCOPES)
    assert ask(visit, FORM, "scope=messaging:read").json()["scope"] == "messaging:read"
    assert "scope" not in ask(visit, FORM, "no-scope").json()


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "sandbóx"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": [CLIENT_ID, CLIENT_ID]}, 400, "invalid_request"),
    ],
)
def test_wrong_credentials_and_grants_are_told_as_oauth_has_it(visit, change, status, error):
    """RFC 6749 section 5.2: a JSON object with error and error_description."""
    answer = ask(visit, {**FORM, **change})
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_only_a_form_is_understood(visit):
    """JSON, and a form that is not percent-encoded, are refused."""

    async def scenario(client):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return [
            await client.post("/oauth/token", json=FORM),
            await client.post("/oauth/token", content="not a form", headers=form),
            await client.post("/oauth/token", content="client_id=é".encode(), headers=form),
        ]

    for answer in visit(scenario, authorised=False):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic c2FuZGJveDo="])
def test_without_a_token_nothing_is_answered(visit, header):
    """401 with the challenge, whatever stands in Authorization."""

    async def scenario(client):
        return await client.get(TEMPLATES, headers={"Authorization": header} if header else {})

    answer = visit(scenario, authorised=False)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_token_ends_after_its_hour(visit):
    """One second before the end it is good, at the end it is not."""
    now = [1000.0]

    async def scenario(client):
        now[0] = 1000.0 + 3599
        before = await client.get(TEMPLATES)
        now[0] = 1000.0 + 3600
        return before.status_code, (await client.get(TEMPLATES)).status_code

    assert visit(scenario, clock=lambda: now[0]) == (200, 401)


def test_a_token_may_be_good_for_few_requests(visit):
    """``expire-tokens=2``: the third request needs a new token, which is good for two again."""

    async def scenario(client):
        first = [(await client.get(TEMPLATES)).status_code for _ in range(3)]
        token = (await client.post("/oauth/token", data=FORM)).json()["access_token"]
        client.headers["Authorization"] = f"bearer {token}"
        return [*first, (await client.get(TEMPLATES)).status_code]

    assert visit(scenario, "expire-tokens=2") == [200, 200, 401, 200]


CALLS = [
    ("GET", TEMPLATES, "messaging:read"),
    ("GET", f"{TEMPLATES}/tmpl_a", "messaging:read"),
    ("PUT", f"{TEMPLATES}/tmpl_a", "messaging:write"),
    ("GET", "/api/v1/a2p/registrations", "messaging:read"),
    ("POST", "/api/v1/a2p/registrations", "a2p:write"),
    ("GET", "/api/v1/webhooks", "messaging:read"),
    ("POST", "/api/v1/webhooks", "webhooks:write"),
    ("PUT", "/api/v1/webhooks/wh_000001", "webhooks:write"),
    ("POST", "/api/v1/audit/logs", "messaging:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_each_call_needs_its_scope(visit, method, path, scope):
    """With every scope but one the call answers 403 and names it; with that one alone it gets further."""

    async def scenario(client):
        return await client.request(method, path, json=None if method == "GET" else {})

    others = ",".join(each for each in SCOPES if each != scope)
    refused = visit(scenario, f"scope={others}")
    assert refused.status_code == 403
    assert refused.json()["detail"] == f"The token lacks the scope {scope}."
    assert f'scope="{scope}"' in refused.headers["WWW-Authenticate"]
    assert visit(scenario, f"scope={scope}").status_code in (200, 400)
