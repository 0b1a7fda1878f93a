"""What leaves for the tenant, and when: durable intents, dependencies, the pace; and how an update fares."""

from __future__ import annotations

import json
import threading

import pytest
from auditlog import events
from between import LOST, Between, Reply
from checkout import BASIC, HOOK, ids, outcomes, planned, template, webhook

TEXT = "Acme Dental: your visit is near. Reply STOP to opt out."


_SLOW_DISK = """
import os, stat, time
real = os.fsync
def fsync(descriptor):
    time.sleep(0.2)
    real(descriptor)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode):
        with open(os.environ["SYNCED"], "a") as file:
            file.write(f"{found.st_size}\\n")
os.fsync = fsync
"""


def test_an_intent_is_durable_before_its_write_leaves(site):
    """On a disk that takes its time: what was synced when a write arrives holds the review and that write's intent."""
    here = site(documents=BASIC)
    synced = here.folder / "synced"
    (here.folder / "slow").mkdir()
    (here.folder / "slow" / "sitecustomize.py").write_text(_SLOW_DISK)
    phases = {"PUT": "approval", "registrations": "a2p", "webhooks": "webhook"}
    found = []

    def before(seen):
        if seen.number and not seen.path.startswith("/api/v1/audit"):
            body = json.loads(seen.body)
            target = body.get("template_id") or body.get("id") or body["url"]
            phase = phases.get(seen.method) or phases[seen.path.rpartition("/")[2]]
            durable = here.log_path.read_bytes()[: int(synced.read_text().split()[-1])]
            records = [json.loads(line) for line in durable.splitlines()]
            intents = [(one["phase"], one["target"]) for one in events(records, "intent")]
            found.append((records[0]["event"], intents.count((phase, target))))

    with Between(here.tenant.url, before) as between:
        env = {"CXONE_BASE_URL": between.url, "PYTHONPATH": str(here.folder / "slow"), "SYNCED": str(synced)}
        here.apply(env=env)
    assert found == [("reviewed", 1)] * 5


def test_a_plan_sends_nothing_but_reads(site):
    """Whatever there is to do: GETs and the token's POST."""
    here = site(documents=BASIC)
    with Between(here.tenant.url) as between:
        here.run("plan", "--rotate", HOOK, env={"CXONE_BASE_URL": between.url})
    sent = {(seen.method, seen.path.partition("?")[0]) for seen in between.seen}
    assert {method for method, path in sent if path != "/oauth/token"} == {"GET"}
    assert not (here.folder / ".reconciler").exists()


def test_registrations_follow_their_approval_and_webhooks_come_last(site):
    """Approvals at the same time; each registration after its own PUT; the webhook after everything."""
    ids = [f"tmpl_{number}" for number in range(4)]
    here = site(documents=(*map(template, ids), webhook()))
    here.cli.env["RECONCILER_TIMEOUT"] = "8"
    together = threading.Barrier(4)
    order = []

    def before(seen):
        if seen.method == "PUT":
            together.wait(5)  # nobody gets on before all four are under way

    def after(seen, reply):
        if seen.number and not seen.path.startswith("/api/v1/audit"):
            body = json.loads(seen.body)
            order.append((seen.method, body.get("template_id") or body.get("id") or body["url"]))

    with Between(here.tenant.url, before, after) as between:
        here.apply(env={"CXONE_BASE_URL": between.url})
    assert order[-1] == ("POST", HOOK)
    assert all(order.index(("PUT", id_)) < order.index(("POST", id_)) for id_ in ids)
    assert len(order) == 9


def test_rate_keeps_under_the_tenants_limit(site):
    """--rate below the limit: not one 429 among the answers."""
    here = site("rate=20", documents=[template(f"tmpl_{number}") for number in range(3)])
    statuses = []
    with Between(here.tenant.url, after=lambda seen, reply: statuses.append(reply.status)) as between:
        here.apply("--rate", "15", "--retries", "3", env={"CXONE_BASE_URL": between.url})
    assert 429 not in statuses
    assert len(statuses) > 10


def test_a_limit_met_on_the_way_is_kept_to(site):
    """More requests than the tenant takes in a second, and no --rate: 429s are waited out, and all is done once."""
    here = site("rate=30", documents=[template(f"tmpl_{number:02}") for number in range(12)])
    assert here.apply("--retries", "5")["summary"]["applied"] == 24
    assert len(here.tenant.done()) == 24


def test_an_update_of_an_approved_template_may_wait_for_the_carrier_too(site):
    """A new text: update, taken as SUBMITTED, pending and not sent again; its registration, changed as well, waits."""
    here = site(documents=BASIC[:1])
    here.apply()
    here.tenant.restart("carrier=slow")
    a2p = {**BASIC[0]["a2p"], "message_class": "MARKETING"}
    here.write("all.yaml", template("tmpl_a", content=TEXT, a2p=a2p))
    assert planned(here.plan()) == [("approval", "update", "tmpl_a"), ("a2p", "update", "tmpl_a")]
    assert outcomes(here.apply(exits=3)) == {("approval", "tmpl_a"): "pending", ("a2p", "tmpl_a"): "blocked"}
    plan = here.plan()
    assert (ids(plan["pending"]), plan["actions"], plan["unchanged"]) == (["tmpl_a"], [], 0)
    here.tenant.edit("tmpl_a", status="APPROVED")
    assert planned(here.plan()) == [("a2p", "update", "tmpl_a")]
    assert outcomes(here.apply("--continue")) == {("a2p", "tmpl_a"): "applied"}


def test_a_wish_withdrawn_while_pending_is_an_action(site):
    """The document asks for DRAFT now: an update, not a wait; and back to APPROVED it is asked for anew."""
    here = site("carrier=slow", documents=BASIC[:1])
    here.apply(exits=3)
    here.write("all.yaml", template("tmpl_a", status="DRAFT"))
    plan = here.plan()
    assert (plan["pending"], planned(plan)) == ([], [("approval", "update", "tmpl_a")])
    assert outcomes(here.apply()) == {("approval", "tmpl_a"): "applied"}
    here.write("all.yaml", *BASIC[:1])
    assert planned(here.plan())[0] == ("approval", "approve", "tmpl_a")


def test_a_new_text_while_pending_is_sent(site):
    """Another difference is an action as ever; then the new text is what is owed."""
    here = site("carrier=slow", documents=BASIC[:1])
    here.apply(exits=3)
    here.write("all.yaml", template("tmpl_a", content=TEXT))
    assert planned(here.plan())[0] == ("approval", "approve", "tmpl_a")
    assert outcomes(here.apply(exits=3))["approval", "tmpl_a"] == "pending"
    assert here.tenant.template("tmpl_a")["content"] == TEXT
    assert ids(here.plan()["pending"]) == ["tmpl_a"]


def test_a_status_that_was_submitted_by_hand_is_approved_all_the_same(site):
    """SUBMITTED without a PUT of ours is not owed to us: an approval is planned."""
    here = site(documents=BASIC[:1])
    here.tenant.edit("tmpl_a", status="SUBMITTED")
    assert planned(here.plan())[0] == ("approval", "approve", "tmpl_a")
    assert set(outcomes(here.apply()).values()) == {"applied"}


def test_a_put_that_does_nothing_at_all_is_not_owed(site):
    """200, and neither status nor updated_at moved: not applied, and the next plan asks again."""
    here = site(documents=BASIC[:1])

    def before(seen):
        if seen.method == "PUT":
            return Reply(200, json.dumps(here.tenant.template("tmpl_a")).encode())
        return None

    with Between(here.tenant.url, before) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        applied = here.apply(exits=3)
        assert outcomes(applied)["a2p", "tmpl_a"] == "blocked"
        plan = here.plan()
    assert plan["pending"] == []
    assert planned(plan)[0] == ("approval", "approve", "tmpl_a")


def test_a_base_url_may_have_a_path(site):
    """Calls and token go under it; it is recorded without its trailing slash."""
    here = site(documents=BASIC[:1])
    paths = []

    def before(seen):
        paths.append(seen.path)
        seen.path = seen.path.removeprefix("/gateway/cxone")

    with Between(here.tenant.url, before) as between:
        plan = here.plan(env={"CXONE_BASE_URL": f"{between.url.replace('http', 'HTTP')}/gateway/cxone/"})
    assert plan["base_url"] == f"{between.url}/gateway/cxone"
    assert all(path.startswith("/gateway/cxone/") for path in paths)


@pytest.mark.parametrize("carrier", ["prompt", "slow"])
def test_a_put_whose_fate_cannot_be_looked_up_is_not_sent_twice(site, carrier):
    """Carried out, the answer lost, the GET refused: in doubt; the next run finds it, or what was reviewed moved."""
    here = site(f"carrier={carrier}", "no-lists", documents=BASIC[:1])
    put = threading.Event()

    def before(seen):
        return Reply(503) if put.is_set() and seen.method == "GET" else None

    def after(seen, reply):
        if seen.method == "PUT":
            put.set()
            return LOST
        return None

    with Between(here.tenant.url, before, after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        here.reviewed()
        assert outcomes(here.apply("plan.json", exits=3)) == {
            ("approval", "tmpl_a"): "failed",
            ("a2p", "tmpl_a"): "blocked",
        }
        put.clear()
        if carrier == "slow":
            # Nothing shows that it was our PUT: another status alone may be anybody's.
            assert "reviewed at updated_at" in here.apply("plan.json", exits=4)["error"]
        else:
            assert outcomes(here.apply("plan.json")) == {("a2p", "tmpl_a"): "applied"}
    assert [call for call, _ in here.tenant.done()].count("put-template") == 1
