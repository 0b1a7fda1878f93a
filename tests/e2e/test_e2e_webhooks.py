"""Webhooks: adopted, doubled, rotated, unreadable here; and events that a receiver can believe."""

from __future__ import annotations

import json
import sqlite3

import pytest
from auditlog import events
from between import Between, Reply
from checkout import BASIC, HOOK, SECRET, outcomes, planned, template, webhook
from receiver import Receiver

from reconciler.audit.fingerprint import fingerprint
from reconciler.webhooks import InvalidSignature, verify

OTHER = "second-webhook-secret-of-the-tests"
EVENTS = ["template.approved", "a2p.registered"]
ONLY = (webhook(),)


def made_in_the_console(here, url=HOOK, secret="a-secret-that-the-console-made", events_=EVENTS):
    """A webhook that no apply made; its id."""
    client, tenant = here.tenant.client, here.tenant.url
    form = {"grant_type": "client_credentials", "client_id": here.cli.env["CXONE_CLIENT_ID"]}
    form["client_secret"] = here.cli.env["CXONE_CLIENT_SECRET"]
    token = client.post(f"{tenant}/oauth/token", data=form).json()["access_token"]
    body = {"url": url, "events": events_, "secret": secret}
    answer = client.post(f"{tenant}/api/v1/webhooks", json=body, headers={"Authorization": f"Bearer {token}"})
    return answer.json()["id"]


def secrets(here):
    return {hook["id"]: hook["secret"] for hook in here.tenant.webhooks()}


def test_an_adopted_webhook_is_left_alone_until_rotated(site):
    """Its secret was never remembered: a note says so, no action; --rotate sets it, and from then on changes show."""
    here = site(documents=ONLY)
    id_ = made_in_the_console(here)
    plan = here.plan()
    assert (plan["actions"], plan["unchanged"]) == ([], 1)
    assert any(HOOK in note and "--rotate" in note for note in plan["notes"])
    assert planned(here.plan("--rotate", HOOK)) == [("webhook", "rotate", HOOK)]
    assert here.apply("--rotate", HOOK.replace("https://c", "HTTPS://C"))["summary"]["applied"] == 1
    assert secrets(here) == {id_: SECRET}
    assert here.plan()["notes"] == []
    here.secret(OTHER)
    assert planned(here.plan()) == [("webhook", "rotate", HOOK)]
    here.apply()
    assert secrets(here) == {id_: OTHER}
    assert here.plan()["actions"] == []


def test_a_secret_that_is_rotated_in_mid_run_is_sent_as_it_was_recorded(site):
    """A secret file changed between plan and send: the value that was fingerprinted is the one that the tenant gets."""
    here = site()
    file = here.folder / "hook-secret"
    first, second, third = (f"the {one} secret of more than 24 bytes" for one in ("first", "second", "third"))
    hook = webhook(secret={"file": str(file)})
    armed = []

    def rotated(seen):
        if armed and seen.method == "PUT" and seen.path.endswith("tmpl_a"):
            file.write_text(third)

    with Between(here.tenant.url, rotated) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        file.write_text(first)
        here.write("all.yaml", template("tmpl_a"), hook)
        here.apply()
        file.write_text(second)
        here.write("all.yaml", template("tmpl_a", content="Acme: new. Reply STOP to opt out."), hook)
        armed.append(True)
        here.apply()
        assert [one["secret"] for one in here.tenant.webhooks()] == [second]
        made = events(here.log, "outcome")[-1]
        assert made["memory"]["fingerprint"] == fingerprint(second, between.url, HOOK)
        assert planned(here.plan()) == [("webhook", "rotate", HOOK)]


def test_an_adopted_webhook_with_other_events_gets_the_secret_too(site):
    """The update sends the secret and lists it, where none is remembered; where one is, it does not list it."""
    here = site(documents=ONLY)
    id_ = made_in_the_console(here, events_=["template.approved"])
    action = here.plan()["actions"][0]
    assert (action["operation"], [change["field"] for change in action["changes"]]) == (
        "update",
        ["events", "secret"],
    )
    assert action["changes"][1] == {"field": "secret", "live": "(secret)", "desired": "(secret)"}
    here.apply()
    assert secrets(here) == {id_: SECRET}
    here.write("all.yaml", webhook(events=["template.approved"]))
    action = here.plan()["actions"][0]
    assert (action["operation"], action["changes"]) == (
        "update",
        [{"field": "events", "live": sorted(EVENTS), "desired": ["template.approved"]}],
    )
    here.apply()
    assert here.tenant.webhooks() == [
        {"id": id_, "url": HOOK, "events": ["template.approved"], "secret": SECRET}
    ]
    here.run("plan", "--detailed-exitcode")


def test_of_several_webhooks_with_one_url_one_counts(site):
    """The lowest id, or the remembered one; a warning names all; only that one is changed, and none is made."""
    here = site(documents=ONLY)
    low, high = made_in_the_console(here), made_in_the_console(here)
    plan = here.plan("--rotate", HOOK)
    assert any(low in note and high in note for note in plan["notes"])
    here.apply("--rotate", HOOK)
    assert secrets(here) == {low: SECRET, high: "a-secret-that-the-console-made"}
    assert any(low in note and high in note for note in here.plan()["notes"])


def test_the_remembered_one_of_several_counts(site):
    """A webhook made later in the console with the same URL does not take the place of ours."""
    here = site(documents=ONLY)
    here.apply()
    mine = here.tenant.webhooks()[0]["id"]
    made_in_the_console(here)
    here.secret(OTHER)
    here.apply()
    assert secrets(here)[mine] == OTHER
    assert list(secrets(here).values()).count("a-secret-that-the-console-made") == 1


def test_a_webhook_that_was_deleted_in_the_console_is_made_again(site):
    """With the list the tenant is believed: gone is gone, and the new one gets the secret."""
    here = site(documents=ONLY)
    here.apply()
    database = sqlite3.connect(here.folder / "tenant.db")
    with database:
        database.execute("DELETE FROM webhooks")
    database.close()
    assert planned(here.plan()) == [("webhook", "create", HOOK)]
    here.apply()
    assert list(secrets(here).values()) == [SECRET]
    assert here.plan()["actions"] == []


def test_a_secret_that_cannot_be_read_here_is_unchecked(site):
    """CX005 as a warning, the webhook in ``unchecked`` and in the digest; no rotation is planned, nothing is sent."""
    here = site(documents=ONLY)
    here.apply()
    seen = here.plan()["digest"]
    here.secret(None)
    plan = here.plan()
    assert (plan["unchecked"], plan["actions"]) == ([HOOK], [])
    assert [(one["code"], one["severity"], one["target"]) for one in plan["findings"]] == [
        ("CX005", "warning", HOOK)
    ]
    assert plan["digest"] != seen
    assert here.apply()["results"] == []
    assert "CXONE_WEBHOOK_SECRET" in here.run("plan").out


def test_the_pull_requests_plan_lets_the_job_with_the_secret_rotate(site):
    """Unchanged, the FILE does nothing; changed, it rotates, though the plan had no action."""
    here = site(documents=ONLY)
    here.apply()
    here.secret(None)
    here.reviewed()
    here.secret(SECRET)
    assert here.apply("plan.json")["results"] == []
    here.secret(OTHER)
    assert outcomes(here.apply("plan.json")) == {("webhook", HOOK): "applied"}
    assert list(secrets(here).values()) == [OTHER]


def test_a_new_webhook_planned_without_its_secret_is_made_with_it(site):
    """Created by a FILE that was planned where the secret cannot be read; the job with the secret applies it."""
    here = site(documents=ONLY)
    here.secret(None)
    plan = json.loads((here.folder / here.reviewed()).read_text())
    assert (planned(plan), plan["unchecked"]) == ([("webhook", "create", HOOK)], [HOOK])
    here.run("apply", "plan.json", exits=1)
    assert here.untouched()
    here.secret(SECRET)
    assert outcomes(here.apply("plan.json")) == {("webhook", HOOK): "applied"}


def test_the_fingerprint_is_slow_salted_and_nowhere_but_in_the_log(site):
    """scrypt in ``memory`` alone; the plan file has none; two URLs and one secret have two fingerprints."""
    here = site(documents=(webhook(), webhook("https://two.example.com/x")))
    here.reviewed()
    here.apply("plan.json")
    prints = {record["memory"]["fingerprint"] for record in events(here.log, "outcome")}
    assert len(prints) == 2
    assert all(one.startswith("scrypt:") for one in prints)
    assert "scrypt" not in (here.folder / "plan.json").read_text()
    assert "scrypt" not in here.run("plan", "--format", "json").said
    assert "scrypt" not in "".join(json.dumps(one) for one in here.tenant.state()["audit_logs"])


def test_the_url_is_known_however_it_is_written(site):
    """Case, default port and empty path: one webhook, by its normalised URL; a duplicate of it is a finding."""
    here = site(documents=(webhook("HTTPS://Compliance.Example.com:443"),))
    target = "https://compliance.example.com/"
    assert here.plan()["actions"][0]["target"] == target
    here.apply()
    here.write("all.yaml", webhook(target))
    assert here.plan()["actions"] == []
    assert here.plan("--target", "https://COMPLIANCE.example.com")["targets"] == [target]
    here.write("two.yaml", webhook("https://compliance.example.com:443/"))
    assert target in here.run("plan", exits=1).err


def test_events_arrive_signed_and_are_verified(bare):
    """On the sandbox: the approval's and registration's events of the second apply, believed with the secret alone."""
    folder = bare.folder / "templates.d"
    folder.mkdir()
    bare.env["CXONE_WEBHOOK_SECRET"] = SECRET
    bare.secrets.add(SECRET)
    with Receiver() as receiver:
        (folder / "hook.yaml").write_text(json.dumps(webhook(receiver.url)))
        bare.run("apply", "--sandbox", "--yes")
        (folder / "a.yaml").write_text(json.dumps(template("tmpl_a")))
        bare.run("apply", "--sandbox", "--yes")
        got = list(receiver.got)
    assert sorted(json.loads(body)["type"] for _, body in got) == sorted(EVENTS)
    assert len({verify(body, headers, SECRET).id for headers, body in got}) == 2
    for headers, body in got:
        for wrong in ((body + b" ", headers, SECRET), (body, headers, OTHER), (body, {}, SECRET)):
            with pytest.raises(InvalidSignature):
                verify(*wrong)
    assert SECRET not in (bare.folder / ".reconciler" / "sandbox-audit.jsonl").read_text()


def test_a_delivery_that_was_kept_is_verified_by_the_command(site):
    """What the tenant delivered, stored as it came, is believed now, and later as of then, in a rotation too.

    Stripped of a byte, with another secret, or an hour later it is not.
    """
    with Receiver() as receiver:
        here = site(documents=(BASIC[0],))
        made_in_the_console(here, receiver.url, SECRET)
        here.apply()
        assert here.tenant.deliveries()
        headers, body = receiver.got[0]
    (here.folder / "body.json").write_bytes(body)
    (here.folder / "cut.json").write_bytes(body[:-1])
    (here.folder / "headers.txt").write_text("".join(f"{name}: {text}\n" for name, text in headers.items()))
    (here.folder / "new-secret").write_text(f"{OTHER}\n")
    env = {"CXONE_WEBHOOK_SECRET": SECRET}
    stored = ("--headers", "headers.txt", "--secret-env", "CXONE_WEBHOOK_SECRET")
    said = here.run("verify-webhook", "body.json", *stored, env=env).out
    assert headers["webhook-id"] in said
    both = here.run(
        "verify-webhook", "body.json", *stored, "--secret-file", "new-secret", "--format", "json", env=env
    ).json
    assert (both["id"], both["secret"]) == (headers["webhook-id"], "env:CXONE_WEBHOOK_SECRET")
    at = int(headers["webhook-timestamp"])
    here.run("verify-webhook", "body.json", *stored, "--at", str(at + 300), env=env)
    for file, at_then in (("body.json", at + 3600), ("cut.json", at)):
        here.run("verify-webhook", file, *stored, "--at", str(at_then), env=env, exits=1)
    here.run("verify-webhook", "body.json", *stored[:2], "--secret-file", "new-secret", exits=1)
    (here.folder / "new-secret").unlink()


def test_events_of_a_first_run_do_not_reach_the_webhook_it_makes(site):
    """Webhooks come last, and the plan notes it."""
    with Receiver() as receiver:
        here = site(documents=(BASIC[0],))
        here.cli.env["CXONE_WEBHOOK_SECRET"] = SECRET
        made_in_the_console(here, receiver.url)
        here.apply()
        assert [one["outcome"] for one in here.tenant.deliveries()] == ["delivered", "delivered"]
        calls = [write["call"] for write in here.tenant.writes() if write["call"] != "post-webhook"]
        assert calls == ["put-template", "post-registration"]
    there = site(documents=BASIC)
    assert any(HOOK in note for note in there.plan()["notes"])
    there.apply()
    assert there.tenant.deliveries() == []
    assert there.tenant.writes()[-1]["call"] == "post-webhook"


def test_a_webhooks_lost_answer_is_sent_again(site):
    """No list, no keys: the same key again, and the record says in doubt. A lost PUT: the secret is in place."""
    here, there = (
        site("six-calls", "drop=post-webhook", documents=ONLY),
        site("drop=put-webhook", documents=ONLY),
    )
    there.apply()
    there.secret(OTHER)
    both = [one.cli.start("apply", "--yes", "--retries", "1", "--format", "json") for one in (here, there)]
    for one, process in zip((here, there), both, strict=True):
        assert one.cli.end(process).json["summary"]["applied"] == 1
        assert one.plan()["actions"] == []
    assert len({write["idempotency_key"] for write in here.tenant.writes()}) == 1
    assert [record["doubt"] for record in events(here.log, "outcome")] == [True]
    assert list(secrets(there).values()) == [OTHER]


def test_an_unknown_webhook_to_rotate_is_an_error(site):
    """--rotate of a URL that no document has: 1, and it is named."""
    here = site(documents=ONLY)
    ran = here.run("plan", "--rotate", "https://nobody.example.com/", exits=None)
    assert ran.code in (1, 64)
    assert "nobody.example.com" in ran.err


def test_ids_that_are_numbers_are_ids(site):
    """A tenant that numbers its webhooks: 9 is lower than 10, and 10 is what the PUT names."""
    here = site(documents=ONLY)
    items = [{"id": 10, "url": HOOK, "events": EVENTS}, {"id": 9, "url": HOOK, "events": EVENTS}]
    puts = []

    def before(seen):
        if seen.path.startswith("/api/v1/webhooks?"):
            return Reply(200, json.dumps({"items": items, "next_cursor": None}).encode())
        if seen.path.startswith("/api/v1/webhooks/"):
            puts.append(seen.path.rpartition("/")[2])
            return Reply(200, json.dumps({**items[1]}).encode())
        return None

    with Between(here.tenant.url, before) as between:
        here.apply("--rotate", HOOK, env={"CXONE_BASE_URL": between.url})
    assert puts == ["9"]


def test_a_rotation_that_failed_stands_in_the_next_plan(site):
    """``apply`` owes it since it was confirmed, so ``plan`` shows it, and its digest is the one that is applied."""
    here = site("fail=put-webhook:400", documents=ONLY)
    here.apply()
    here.apply("--rotate", HOOK, exits=3)
    plan = here.plan()
    assert planned(plan) == [("webhook", "rotate", HOOK)]
    assert here.apply("--expect-digest", plan["digest"])["summary"]["applied"] == 1
    assert here.plan()["actions"] == []
