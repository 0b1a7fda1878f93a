"""The control calls: a person at the console, and a look inside. They need no token."""

from __future__ import annotations

TEMPLATE = {"id": "tmpl_new", "name": "N", "content": "C", "from_address": "45678", "status": "DRAFT"}
PATH = "/_sandbox/templates"


def walk(visit, *requests):
    async def scenario(client):
        return [await client.request(method, path, json=body) for method, path, body in requests]

    return visit(scenario, authorised=False)


def test_an_edit_merges_and_moves_the_version(visit, store):
    """RFC 7396: fields are set, deep ones too, null removes; id and meta stay the server's."""
    before = store.template("tmpl_a")
    patch = {
        "content": "x",
        "labels": {"owner": None, "new": 1},
        "channel": None,
        "meta": {"updated_at": "0"},
    }
    (answer,) = walk(visit, ("PATCH", f"{PATH}/tmpl_a", patch))
    after = store.template("tmpl_a")
    assert answer.json() == after
    assert after["labels"] == {"cost_center": "CC-1040", "reviewed": None, "new": 1}
    assert "channel" not in after
    assert after["content"] == "x"
    assert after["meta"]["created_at"] == before["meta"]["created_at"]
    assert after["meta"]["updated_at"] > before["meta"]["updated_at"]


def test_templates_come_and_go(visit, store):
    """Made with any status, gone with DELETE, and then free to be made again."""
    one = f"{PATH}/tmpl_new"
    answers = walk(
        visit,
        ("POST", PATH, {**TEMPLATE, "extra": 1}),
        ("POST", PATH, TEMPLATE),
        ("DELETE", one, None),
        ("DELETE", one, None),
        ("PATCH", one, {}),
        ("POST", PATH, TEMPLATE),
    )
    assert [answer.status_code for answer in answers] == [201, 400, 204, 404, 404, 201]
    assert answers[0].json()["extra"] == 1
    assert store.template("tmpl_new") == answers[-1].json()


def test_wrong_edits_are_refused(visit, store):
    """An id cannot change, an edit is an object, a new template has its fields."""
    before = store.templates()
    answers = walk(
        visit,
        ("PATCH", f"{PATH}/tmpl_a", {"id": "tmpl_z"}),
        ("PATCH", f"{PATH}/tmpl_a", []),
        ("POST", PATH, {**TEMPLATE, "id": "no spaces"}),
        ("POST", PATH, {"id": "tmpl_z"}),
        ("POST", PATH, 5),
    )
    assert [answer.status_code for answer in answers] == [400] * 5
    assert store.templates() == before


def test_the_state_shows_everything(visit, store):
    """Secrets too: this is a sandbox, and says so."""
    store.add_webhook("https://a.example/", ["a.b"], "s" * 24)
    store.register({"template_id": "tmpl_a"})
    store.add_audit_log({"status": "APPROVED"})
    (answer,) = walk(visit, ("GET", "/_sandbox/state", None))
    assert answer.json() == {
        "templates": store.templates(),
        "registrations": [{"id": "reg_000001", "template_id": "tmpl_a"}],
        "webhooks": [{"id": "wh_000001", "url": "https://a.example/", "events": ["a.b"], "secret": "s" * 24}],
        "audit_logs": [{"id": "log_000001", "status": "APPROVED"}],
    }


def test_requests_are_counted_since_the_start(visit, store):
    """By method and route; the writes one by one, refused ones too; control calls do not count."""
    one = "/api/v1/messaging/templates/tmpl_a"

    async def scenario(client):
        client.headers["X-Request-Id"] = "r-1"
        echoed = (await client.get(one)).headers["X-Request-Id"]
        await client.get(one)
        await client.put(one, json={})
        await client.post("/api/v1/audit/logs", json={}, headers={"Idempotency-Key": "k"})
        await client.get("/api/v1/lost")
        await client.get("/_sandbox/state")
        return echoed, (await client.get("/_sandbox/requests")).json()

    visit(scenario)
    echoed, seen = visit(scenario)
    assert echoed == "r-1"
    assert [(each["method"], each["route"], each["count"]) for each in seen["counts"]] == [
        ("GET", "(unknown)", 1),
        ("POST", "/api/v1/audit/logs", 1),
        ("GET", "/api/v1/messaging/templates/{id}", 2),
        ("PUT", "/api/v1/messaging/templates/{id}", 1),
        ("POST", "/oauth/token", 1),
    ]
    writes = [
        (each["call"], each["path"], each["status"], each["idempotency_key"]) for each in seen["writes"]
    ]
    assert writes == [("put-template", one, 400, None), ("post-audit", "/api/v1/audit/logs", 400, "k")]
    assert len(store.writes()) == 4
