"""Registrations, webhooks, audit logs, Idempotency-Keys and lists."""

from __future__ import annotations

import pytest

REGISTRATIONS = "/api/v1/a2p/registrations"
WEBHOOKS = "/api/v1/webhooks"
AUDIT = "/api/v1/audit/logs"
REGISTRATION = {
    "template_id": "tmpl_a",
    "campaign_name": "Appointments",
    "message_class": "TRANSACTIONAL",
    "opt_in_language": "Opted in at the front desk",
}
WEBHOOK = {
    "url": "https://a.example/hooks",
    "events": ["template.approved"],
    "secret": "a secret of 24 bytes, or more",
}
RECORD = {
    "timestamp": "2026-11-20T10:00:00.000Z",
    "template_id": "tmpl_a",
    "action": "TEMPLATE_APPROVAL",
    "status": "APPROVED",
    "latency_ms": 12,
    "operator_id": "ada",
    "carrier_ready": True,
}


def send(visit, method, path, *bodies, faults=(), **options):
    async def scenario(client):
        return [await client.request(method, path, json=body, **options) for body in bodies]

    return visit(scenario, *faults)


def fields(answer):
    assert answer.status_code == 400
    return [error["field"] for error in answer.json()["errors"]]


def test_a_template_has_one_registration(visit, store):
    """The first POST answers 201, the same and a changed one 200 with the same id."""
    changed = {**REGISTRATION, "campaign_name": "Reminders"}
    answers = send(visit, "POST", REGISTRATIONS, REGISTRATION, REGISTRATION, changed)
    assert [each.status_code for each in answers] == [201, 200, 200]
    assert answers[0].json() == {"id": "reg_000001", **REGISTRATION}
    assert store.registrations() == [answers[2].json()] == [{"id": "reg_000001", **changed}]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"template_id": "tmpl_z"}, ["template_id"]),
        ({"campaign_name": "", "message_class": None}, ["campaign_name", "message_class"]),
        ({"extra": 1}, ["extra"]),
    ],
)
def test_a_wrong_registration_is_refused(visit, store, change, wrong):
    """An unknown template, an empty or a further field: 400, and nothing is kept."""
    (answer,) = send(visit, "POST", REGISTRATIONS, {**REGISTRATION, **change})
    assert fields(answer) == wrong
    assert store.registrations() == []


def test_each_post_makes_one_more_webhook(visit, store):
    """Two equal POSTs are two webhooks, and no answer has the secret."""
    first, second = send(visit, "POST", WEBHOOKS, WEBHOOK, WEBHOOK)
    assert (first.status_code, second.status_code) == (201, 201)
    assert [hook["id"] for hook in store.webhooks()] == [first.json()["id"], second.json()["id"]]
    assert first.json() == {"id": "wh_000001", "url": WEBHOOK["url"], "events": WEBHOOK["events"]}


def test_a_webhook_is_replaced_whole(visit, store):
    """PUT takes url, events and secret, answers without the secret, and 404 where there is none."""
    send(visit, "POST", WEBHOOKS, WEBHOOK)
    other = {"url": "https://b.example/", "events": ["a2p.registered"], "secret": "x" * 24}
    (answer,) = send(visit, "PUT", f"{WEBHOOKS}/wh_000001", other)
    assert answer.status_code == 200
    assert answer.json() == {"id": "wh_000001", "url": other["url"], "events": other["events"]}
    assert store.webhooks() == [{"id": "wh_000001", **other}]
    assert send(visit, "PUT", f"{WEBHOOKS}/wh_000002", other)[0].status_code == 404
    assert send(visit, "PUT", f"{WEBHOOKS}/wh_000001", {"url": other["url"]})[0].status_code == 400


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"url": "http://a.example/"}, ["url"]),
        ({"url": "https://user@a.example/"}, ["url"]),
        ({"url": "https://a.example/#x"}, ["url"]),
        ({"url": "https:///path"}, ["url"]),
        ({"url": "https://[::1/"}, ["url"]),
        ({"url": "ftp://127.0.0.1/"}, ["url"]),
        ({"events": []}, ["events"]),
        ({"events": ["approved"]}, ["events"]),
        ({"events": "template.approved"}, ["events"]),
        ({"events": ["a.b", "a.b"]}, ["events"]),
        ({"secret": "only 23 bytes, not 24.."}, ["secret"]),
        ({"secret": "whsec_not base64, but long enough"}, ["secret"]),
        ({"secret": None, "url": 5}, ["url", "secret"]),
        ({"id": "wh_000009"}, ["id"]),
    ],
)
def test_a_wrong_webhook_is_refused(visit, store, change, wrong):
    """400 names the fields; a secret is never repeated in the answer."""
    (answer,) = send(visit, "POST", WEBHOOKS, {**WEBHOOK, **change})
    assert sorted(fields(answer)) == sorted(wrong)
    assert "23 bytes" not in answer.text
    assert store.webhooks() == []


def test_loopback_receivers_may_be_http(visit, store):
    """For demonstrations on one machine: names and addresses of it."""
    urls = ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]:8080/x", "http://127.9.9.9/"]
    answers = send(visit, "POST", WEBHOOKS, *({**WEBHOOK, "url": url} for url in urls))
    assert [each.status_code for each in answers] == [201] * 4


def test_a_record_is_kept_as_it_came(visit, store):
    """201 with an id; an empty template_id (a webhook's record) is fine."""
    webhook = {**RECORD, "template_id": "", "action": "WEBHOOK_CONFIGURATION", "carrier_ready": False}
    answers = send(visit, "POST", AUDIT, RECORD, webhook)
    assert [(each.status_code, each.json()) for each in answers] == [
        (201, {"id": f"log_00000{n}"}) for n in (1, 2)
    ]
    assert store.audit_logs() == [{"id": "log_000001", **RECORD}, {"id": "log_000002", **webhook}]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"timestamp": "2026-11-20T10:00:00Z"}, "timestamp"),
        ({"timestamp": "2026-11-20T10:00:00.000+00:00"}, "timestamp"),
        ({"template_id": None}, "template_id"),
        ({"action": "APPROVED"}, "action"),
        ({"status": ""}, "status"),
        ({"latency_ms": 1.5}, "latency_ms"),
        ({"latency_ms": True}, "latency_ms"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"operator_id": ""}, "operator_id"),
        ({"carrier_ready": 1}, "carrier_ready"),
        ({"seq": 1}, "seq"),
    ],
)
def test_a_record_has_exactly_the_seven_fields(visit, store, change, wrong):
    """Each of them of its type, and none besides."""
    (answer,) = send(visit, "POST", AUDIT, {**RECORD, **change})
    assert fields(answer) == [wrong]
    assert store.audit_logs() == []


POSTS = [
    (REGISTRATIONS, REGISTRATION, "campaign_name"),
    (WEBHOOKS, WEBHOOK, "url"),
    (AUDIT, RECORD, "operator_id"),
]


@pytest.mark.parametrize(("path", "body", "field"), POSTS)
def test_an_idempotency_key_is_honoured_on_every_post(visit, path, body, field):
    """The same key and body: the first answer again. The same key, another body: 422. Another key: done."""
    key = {"Idempotency-Key": "k-1"}
    first, again = send(visit, "POST", path, body, body, headers=key)
    other = {**body, field: body[field] + "x"}
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert send(visit, "POST", path, other, headers=key)[0].status_code == 422
    assert send(visit, "POST", path, other, headers={"Idempotency-Key": "k-2"})[0].status_code in (200, 201)
    assert send(visit, "POST", path, body, headers={"Idempotency-Key": "k" * 256})[0].status_code == 400


def test_a_replayed_key_does_nothing(visit, store):
    """A key from before a change back is answered from memory: the state stays as the change left it."""
    changed = {**REGISTRATION, "campaign_name": "Reminders"}
    send(visit, "POST", REGISTRATIONS, REGISTRATION, headers={"Idempotency-Key": "k-1"})
    send(visit, "POST", REGISTRATIONS, changed, headers={"Idempotency-Key": "k-2"})
    (replay,) = send(visit, "POST", REGISTRATIONS, REGISTRATION, headers={"Idempotency-Key": "k-1"})
    assert replay.json()["campaign_name"] == "Appointments"
    assert store.registration("tmpl_a")["campaign_name"] == "Reminders"


def test_a_refused_request_leaves_its_key_free(visit, store):
    """After a 400 the mended body may be sent with the same key."""
    key = {"Idempotency-Key": "k-1"}
    wrong, right = send(visit, "POST", WEBHOOKS, {**WEBHOOK, "events": []}, WEBHOOK, headers=key)
    assert (wrong.status_code, right.status_code) == (400, 201)
    assert len(store.webhooks()) == 1


def test_a_tenant_may_ignore_idempotency_keys(visit, store):
    """``no-idempotency``: the same key twice makes two webhooks."""
    send(
        visit, "POST", WEBHOOKS, WEBHOOK, WEBHOOK, headers={"Idempotency-Key": "k"}, faults=["no-idempotency"]
    )
    assert len(store.webhooks()) == 2


def pages(visit, path, limit, *faults):
    async def scenario(client):
        found, cursor = [], None
        while True:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            answer = (await client.get(path, params=query)).json()
            found.append(answer["items"])
            cursor = answer["next_cursor"]
            if cursor is None:
                return found

    return visit(scenario, *faults)


def test_lists_come_in_pages_sorted_by_id(visit, store):
    """Every item once, whole templates, the last page with a null cursor."""
    found = pages(visit, "/api/v1/messaging/templates", 2)
    assert [[item["id"] for item in page] for page in found] == [["tmpl_a", "tmpl_b"], ["tmpl_c"]]
    assert [item for page in found for item in page] == store.templates()
    assert [len(page) for page in pages(visit, "/api/v1/messaging/templates", 3)] == [3]
    assert [len(page) for page in pages(visit, "/api/v1/messaging/templates", 500, "page=1")] == [1, 1, 1]


def test_listed_registrations_and_webhooks(visit):
    """A registration is the POST body and an id; a webhook never shows its secret."""
    send(visit, "POST", REGISTRATIONS, REGISTRATION, {**REGISTRATION, "template_id": "tmpl_b"})
    send(visit, "POST", WEBHOOKS, WEBHOOK, WEBHOOK)
    assert pages(visit, REGISTRATIONS, 1) == [
        [{"id": "reg_000001", **REGISTRATION}],
        [{"id": "reg_000002", **REGISTRATION, "template_id": "tmpl_b"}],
    ]
    shown = {"url": WEBHOOK["url"], "events": WEBHOOK["events"]}
    assert pages(visit, WEBHOOKS, 1) == [[{"id": "wh_000001", **shown}], [{"id": "wh_000002", **shown}]]


def test_a_list_may_hold_summaries(visit, store):
    """``summaries``: content and from_address are to be read by id."""
    items = pages(visit, "/api/v1/messaging/templates", 5, "summaries")[0]
    left_out = {"content", "from_address"}
    assert [set(store.template("tmpl_a")) - set(item) for item in items] == [left_out] * 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=٣", "limit"),
        ("cursor=", "cursor"),
        ("cursor=nonsense", "cursor"),
        ("cursor=tmpl_a", "cursor"),
        ("cursor=d2ViaG9va3M6d2hfMDAwMDAx", "cursor"),
    ],
)
def test_a_wrong_page_size_or_cursor_is_refused(visit, query, field):
    """400: beyond 500, no number, or a cursor of another list."""

    async def scenario(client):
        return await client.get(f"/api/v1/messaging/templates?{query}")

    assert fields(visit(scenario)) == [field]
