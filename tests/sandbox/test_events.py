"""Webhook events: what is told to whom, signed how, and what becomes of it."""

from __future__ import annotations

import json

import httpx
import pytest

from reconciler.webhooks import InvalidSignature, verify

TEMPLATE = "/api/v1/messaging/templates/tmpl_a"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENTS = ["a2p.registered", "template.approved", "template.rejected", "template.revoked"]


async def set_status(client, status):
    body = {**(await client.get(TEMPLATE)).json(), "status": status}
    return await client.put(TEMPLATE, json=body)


async def approve(client):
    return (await set_status(client, "APPROVED")).status_code


def test_an_approval_reaches_its_receiver_signed(visit, store, receiver):
    """What arrives verifies with the webhook's secret, and with no other; the delivery is on record."""
    store.add_webhook(receiver.url, ["template.approved"], SECRET)
    assert visit(approve) == 200
    ((headers, body),) = receiver.got
    message = verify(body, headers, SECRET)
    with pytest.raises(InvalidSignature):
        verify(body, headers, "another secret of 24 bytes")
    event = json.loads(body)
    assert (event["type"], event["data"]["template_id"]) == ("template.approved", "tmpl_a")
    assert event["data"]["updated_at"] == store.template("tmpl_a")["meta"]["updated_at"]
    (delivery,) = store.deliveries()
    assert (delivery["outcome"], delivery["attempts"], delivery["reason"]) == ("delivered", 1, None)
    assert (delivery["message_id"], delivery["body"]) == (message.id, body.decode())


def test_events_are_told_to_those_who_asked(visit, store, receiver):
    """Approved, rejected, revoked and registered are told once each; nothing else is."""
    store.add_webhook(receiver.url, EVENTS, SECRET)
    store.add_webhook(receiver.url, ["template.unheard_of"], SECRET)
    registration = {
        "template_id": "tmpl_a",
        "campaign_name": "C",
        "message_class": "M",
        "opt_in_language": "O",
    }

    async def scenario(client):
        for status in ("SUBMITTED", "APPROVED", "APPROVED", "REJECTED", "APPROVED", "SUSPENDED", "DRAFT"):
            await set_status(client, status)
        for body in (registration, registration, {**registration, "campaign_name": "D"}):
            await client.post("/api/v1/a2p/registrations", json=body)

    visit(scenario)
    told = [delivery["event"] for delivery in store.deliveries()]
    approved, registered = "template.approved", "a2p.registered"
    assert told == [approved, "template.rejected", approved, "template.revoked", registered, registered]
    assert len(receiver.got) == len({headers["webhook-id"] for headers, _ in receiver.got}) == 6


def test_a_carriers_decision_is_told(visit, store, receiver):
    """A slow carrier: nothing at the PUT, the event when somebody decides in the console."""
    store.add_webhook(receiver.url, EVENTS, SECRET)

    async def scenario(client):
        await approve(client)
        before = (await client.get("/_sandbox/deliveries")).json()["deliveries"]
        await client.patch("/_sandbox/templates/tmpl_a", json={"status": "APPROVED"})
        after = (await client.get("/_sandbox/deliveries")).json()["deliveries"]
        return before, [(delivery["event"], delivery["outcome"]) for delivery in after]

    assert visit(scenario, "carrier=slow") == ([], [("template.approved", "delivered")])


@pytest.mark.parametrize(
    "url", ["https://compliance.example.com/hooks", "https://10.0.0.1/", "https://127.0.0.1.example/"]
)
def test_nothing_leaves_this_machine(visit, store, url):
    """Other hosts are recorded as not delivered, with the reason, and never called."""
    store.add_webhook(url, ["template.approved"], SECRET)

    async def deliver(*_):
        raise AssertionError("called")

    assert visit(approve, deliver=deliver) == 200
    (delivery,) = store.deliveries()
    assert (delivery["outcome"], delivery["attempts"]) == ("not delivered", 0)
    assert "loopback only" in delivery["reason"]


def test_a_receiver_in_trouble_is_tried_once_more(visit, store, receiver):
    """One 500 is got over, two are not; a redirect is no success; the approval stands in any case."""
    store.add_webhook(receiver.url, ["template.approved"], SECRET)
    receiver.answers = [500, 200]
    visit(approve)
    receiver.answers = [500, 302]

    async def again(client):
        await set_status(client, "PENDING")
        return await approve(client)

    assert visit(again) == 200
    outcomes = [(each["outcome"], each["attempts"], each["reason"]) for each in store.deliveries()]
    assert outcomes == [("delivered", 2, None), ("not delivered", 2, "answered 302")]
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_a_receiver_that_is_not_there_fails_nothing(visit, store):
    """No connection: recorded with the reason."""
    store.add_webhook("http://127.0.0.1:1/", ["template.approved"], SECRET)
    assert visit(approve) == 200
    (delivery,) = store.deliveries()
    assert (delivery["outcome"], delivery["attempts"]) == ("not delivered", 2)
    assert "ConnectError" in delivery["reason"]


def test_many_events_at_once_all_arrive(visit, store):
    """More than are sent at once; closing the client waits for the last."""
    store.add_webhook("http://127.0.0.1:1/", ["template.approved"], SECRET)
    sent = []

    async def deliver(url, headers, body):
        sent.append(json.loads(body)["data"]["template_id"])
        return 204

    async def scenario(client):
        for number in range(30):
            body = {
                "id": f"t{number}",
                "name": "N",
                "content": "C",
                "from_address": "45678",
                "status": "APPROVED",
            }
            await client.post("/_sandbox/templates", json=body)

    visit(scenario, deliver=deliver)
    assert sorted(sent) == sorted(f"t{number}" for number in range(30))
    assert {delivery["outcome"] for delivery in store.deliveries()} == {"delivered"}


def test_an_answer_does_not_wait_for_its_events(visit, store):
    """While a receiver is silent the delivery is outstanding, and the tenant answers."""
    store.add_webhook("http://127.0.0.1:1/", ["template.approved"], SECRET)
    seen = []

    async def deliver(*_):
        seen.append([delivery["outcome"] for delivery in store.deliveries()])
        raise httpx.ReadTimeout("silent")

    async def scenario(client):
        status = await approve(client)
        return status, [delivery["outcome"] for delivery in store.deliveries()]

    assert visit(scenario, deliver=deliver) == (200, ["outstanding"])
    assert seen == [["outstanding"]] * 2
    assert store.deliveries()[0]["reason"] == "ReadTimeout: silent"
