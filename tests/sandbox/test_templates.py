"""Reading and replacing templates: preconditions, whole-object replacement, and what is refused."""

from __future__ import annotations

import json

import pytest

PATH = "/api/v1/messaging/templates/tmpl_a"
JSON = {"Content-Type": "application/json"}


def put(visit, store, change=None, *faults, headers=None):
    """PUT the live template with ``change`` merged in at the top; a field of None is left out."""
    body = {**store.template("tmpl_a"), **(change or {})}
    body = {name: value for name, value in body.items() if value is not None}

    async def scenario(client):
        return await client.put(PATH, json=body, headers=headers)

    return visit(scenario, *faults)


def test_an_approval_is_taken_and_shown(visit, store):
    """The answer is the template as it is now: APPROVED, a new updated_at, everything else as it was."""
    before = store.template("tmpl_a")
    answer = put(visit, store, {"status": "APPROVED"})
    after = store.template("tmpl_a")
    assert (answer.status_code, answer.json()) == (200, after)
    assert after["meta"]["updated_at"] > before["meta"]["updated_at"]
    assert after == {**before, "status": "APPROVED", "meta": after["meta"]}


def test_a_field_that_is_not_sent_back_is_lost(visit, store):
    """PUT replaces the whole object, so a client that drops unknown fields destroys them."""
    put(visit, store, {"labels": None, "added": {"deep": [1, 2.5, None]}})
    after = store.template("tmpl_a")
    assert "labels" not in after
    assert after["added"] == {"deep": [1, 2.5, None]}
    assert after["language"] == "en_US"


def test_created_at_is_the_servers(visit, store):
    """What a client writes into created_at is not taken; other fields of meta are."""
    meta = store.template("tmpl_a")["meta"]
    put(visit, store, {"meta": {**meta, "created_at": "1999", "note": "kept"}})
    after = store.template("tmpl_a")["meta"]
    assert (after["created_at"], after["note"]) == (meta["created_at"], "kept")


def test_a_stale_write_changes_nothing(visit, store):
    """409 unless updated_at is, character by character, the one that was last read."""
    live = store.template("tmpl_a")
    reformatted = live["meta"]["updated_at"].replace("Z", "+00:00")
    answer = put(visit, store, {"status": "APPROVED", "meta": {"updated_at": reformatted}})
    assert answer.status_code == 409
    assert store.template("tmpl_a") == live


def test_if_match_is_compared_strongly(visit, store):
    """The current ETag or ``*`` passes; a weak form, another or none of a list is 412."""

    async def scenario(client):
        return (await client.get(PATH)).headers["ETag"]

    for spoil in ("W/{}", '"other"', '"a", W/{}'):
        tag = visit(scenario)
        assert put(visit, store, headers={"If-Match": spoil.format(tag)}).status_code == 412
    for good in ("{}", '"a", {}', "*"):
        tag = visit(scenario)
        answer = put(visit, store, headers={"If-Match": good.format(tag)})
        assert answer.status_code == 200
        assert answer.headers["ETag"] == visit(scenario) != tag


def test_a_tenant_without_etags_has_no_if_match(visit, store):
    """``no-etag``: no header, and none is looked at."""
    answer = put(visit, store, None, "no-etag", headers={"If-Match": '"other"'})
    assert (answer.status_code, "ETag" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "tmpl_b"}, "id"),
        ({"id": None}, "id"),
        ({"name": 5}, "name"),
        ({"status": None}, "status"),
        ({"status": "ON HOLD"}, "status"),
        ({"content": ""}, "content"),
        ({"from_address": 45678}, "from_address"),
        ({"meta": None}, "meta"),
        ({"meta": {}}, "meta.updated_at"),
        ({"meta": {"updated_at": 5}}, "meta.updated_at"),
    ],
)
def test_a_wrong_shape_is_refused_by_field(visit, store, change, field):
    """400 as problem+json names each field that is wrong, and nothing is written."""
    live = store.template("tmpl_a")
    answer = put(visit, store, change)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert store.template("tmpl_a") == live


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b"not json", JSON, 400),
        (b"", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"id": "tmpl_a", "id": "tmpl_a"}', JSON, 400),
        (b'{"x": NaN}', JSON, 400),
        (b'{"x": "\\ud800"}', JSON, 400),
        (b'{"x": "\xff"}', JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'"' + b"x" * (1024 * 1024) + b'"', JSON, 413),
    ],
)
def test_a_body_that_is_no_strict_json_is_refused(visit, content, headers, status):
    """No body, however odd, is taken for another or ends in a 500."""

    async def scenario(client):
        return await client.put(PATH, content=content, headers=headers)

    answer = visit(scenario)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_an_unknown_template_is_404(visit):
    """Reading and writing alike."""

    async def scenario(client):
        unknown = "/api/v1/messaging/templates/tmpl_z"
        return (await client.get(unknown)).status_code, (await client.put(unknown, json={})).status_code

    assert visit(scenario) == (404, 404)


def test_unknown_paths_and_methods_answer_json(visit):
    """404 and 405 as problem+json; a 405 names what the path allows; no redirect for a trailing slash."""

    async def scenario(client):
        return [
            await client.get("/api/v1/nothing"),
            await client.get("/api/v1/webhooks/"),
            await client.delete("/api/v1/webhooks"),
            await client.get("/oauth/token"),
        ]

    lost, slash, delete, get = visit(scenario)
    assert [each.status_code for each in (lost, slash, delete, get)] == [404, 404, 405, 405]
    assert {each.headers["Content-Type"] for each in (lost, delete)} == {"application/problem+json"}
    assert set(delete.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    ("fault", "change", "status"),
    [
        ("carrier=slow", {"status": "APPROVED"}, "SUBMITTED"),
        ("carrier=reject", {"status": "APPROVED"}, "REJECTED"),
        ("carrier=slow", {"status": "DRAFT"}, "DRAFT"),
        ("carrier=prompt", {"status": "APPROVED"}, "APPROVED"),
    ],
)
def test_a_carrier_decides_on_approvals_alone(visit, store, fault, change, status):
    """The status that was asked for is not always the one that is there afterwards."""
    assert put(visit, store, change, fault).json()["status"] == status


def test_a_new_text_needs_a_new_approval(visit, store):
    """An approved template stays so under other changes, and waits again when its text changes."""
    put(visit, store, {"status": "APPROVED"})
    assert put(visit, store, {"labels": {"x": 1}}, "carrier=slow").json()["status"] == "APPROVED"
    assert put(visit, store, {"content": "New. Reply STOP"}, "carrier=slow").json()["status"] == "SUBMITTED"


def test_put_may_answer_without_a_body(visit, store):
    """``put-204``: done, and nothing said but the ETag."""
    answer = put(visit, store, {"status": "APPROVED"}, "put-204")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["ETag"]
    assert store.template("tmpl_a")["status"] == "APPROVED"


def test_somebody_else_may_be_faster(visit, store):
    """``race=content``: the first PUT meets an edit made just before it, which stays; the second does not."""
    body = store.template("tmpl_a")

    async def scenario(client):
        first = await client.put(PATH, json=body)
        second = await client.put(PATH, json=(await client.get(PATH)).json())
        return first.status_code, second.status_code

    assert visit(scenario, "race=content") == (409, 200)
    assert store.template("tmpl_a")["content"] == "edited in the console"
    assert json.dumps(store.template("tmpl_a")["labels"]) == json.dumps(body["labels"])
