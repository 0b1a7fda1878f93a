"""kill -9 at every write, torn lines, and two runs at once: everything gets done, nothing twice, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from auditlog import ends, events, open_intents, records_of, unannounced
from between import LOST, Between
from checkout import BASIC, HOOK, outcomes, template, webhook
from checkout import ids as ids_of

REVIEW = '{"pull_request": 7, "approvers": ["ann"]}'


class Killer:
    """Ends the command line by SIGKILL at its ``number``-th write: before the tenant has it, or before the answer."""

    def __init__(self, moment, number):
        self.moment, self.number = moment, number
        self.process = None
        self.known = threading.Event()

    def _kill(self):
        assert self.known.wait(10)
        self.number = -1  # once
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return LOST

    def before(self, seen):
        return self._kill() if (self.moment, self.number) == ("before", seen.number) else None

    def after(self, seen, reply):
        return self._kill() if (self.moment, self.number) == ("after", seen.number) else None


@pytest.mark.parametrize(("moment", "outcome"), [("before", "failed"), ("after", "applied")])
@pytest.mark.parametrize(
    ("number", "spot"), [(1, ("approval", "tmpl_a")), (2, ("a2p", "tmpl_a")), (5, ("webhook", HOOK))]
)
def test_what_no_file_asks_for_any_more_is_closed_as_the_tenant_shows_it(site, number, spot, moment, outcome):
    """A document that goes after a crash takes nobody's approval with it: the next apply tells how the write ended."""
    here = site(documents=BASIC)
    killer = Killer(moment, number)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        env = {"CXONE_BASE_URL": between.url, "RECONCILER_REVIEW": REVIEW}
        killer.process = here.cli.start("apply", "--yes", "--concurrency", "1", env=env)
        killer.known.set()
        here.cli.end(killer.process, exits=-signal.SIGKILL)
        assert set(open_intents(here.log)) == {spot}
        here.write("all.yaml", *(one for one in BASIC if spot[1] not in one.values()))
        here.run("plan", env={"CXONE_BASE_URL": between.url})
        assert set(open_intents(here.log)) == {spot}
        here.apply(env={"CXONE_BASE_URL": between.url})
    assert open_intents(here.log) == {}
    (closing,) = [one for one in events(here.log, "outcome") if (one["phase"], one["target"]) == spot]
    assert (closing["outcome"], closing["review"]) == (outcome, json.loads(REVIEW))


def crashed_and_repeated(here, moment, number, *, backed):
    """One story in a folder of its own, over the one tenant: killed at that write, then the same command again."""
    name = f"{moment}{number}{'f' if backed else 'y'}"
    folder = here.folder / name
    ids, hook = (f"tmpl_{name}_a", f"tmpl_{name}_b"), f"https://{name}.example.com/hook"
    here.write(f"../{name}/templates.d/all.yaml", *map(template, ids), webhook(hook))
    killer = Killer(moment, number)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        env = {**here.cli.env, "CXONE_BASE_URL": between.url}
        lines = type(here.cli)(folder)
        lines.env, lines.secrets = env, here.cli.secrets
        command = ["apply", "--yes", "--concurrency", "1", "--format", "json"]
        if backed:
            lines.run("plan", "--out", "plan.json")
            command[1] = "plan.json"
        killer.process = lines.start(*command, env={"RECONCILER_REVIEW": REVIEW})
        killer.known.set()
        lines.end(killer.process, exits=-signal.SIGKILL)
        path = folder / ".reconciler" / "audit.jsonl"
        before = path.read_bytes()
        lines.run(*command)
        assert path.read_bytes().startswith(before), "a record was lost"
        log = records_of(path)
        assert (open_intents(log), unannounced(log)) == ({}, [])
        confirmed = Counter(
            (phase, target) for phase, target, outcome in ends(log) if outcome in ("applied", "unchanged")
        )
        assert confirmed == Counter(
            [*(("approval", id_) for id_ in ids), *(("a2p", id_) for id_ in ids), ("webhook", hook)]
        )
        if backed:
            assert {json.dumps(record["review"]["approvers"]) for record in events(log, "outcome")} == {
                '["ann"]'
            }
        if number == 5:
            plan = lines.run("plan", "--format", "json").json
            assert (plan["actions"], plan["unchanged"]) == ([], 5)
    return ids, hook, log


def had(here, ids, hook):
    """How often the tenant carried each write of one story out."""
    state = here.tenant.state()
    done = Counter(
        write["path"].rpartition("/")[2]
        for write in here.tenant.writes()
        if write["call"] == "put-template" and write["status"] < 300
    )
    assert {item["status"] for item in state["templates"] if item["id"] in ids} == {"APPROVED"}
    return (
        [done[id_] for id_ in ids],
        [sum(item["template_id"] == id_ for item in state["registrations"]) for id_ in ids],
        sum(item["url"] == hook for item in state["webhooks"]),
    )


def told(here, ids):
    """How many audit records the tenant has of these templates."""
    return sum(one["template_id"] in ids for one in here.tenant.state()["audit_logs"])


def stories(here, moments, *, backed):
    """All of them, two at a time."""
    for moment, number in moments:
        name = f"{moment}{number}{'f' if backed else 'y'}"
        for letter in "ab":
            body = template(f"tmpl_{name}_{letter}")
            here.tenant.create(
                **{k: body[k] for k in ("id", "name", "from_address", "content")}, status="PENDING"
            )
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: crashed_and_repeated(here, *each, backed=backed), moments))


def test_a_crash_at_any_write_costs_nothing(site):
    """PUT, registration, webhook, audit delivery: killed before the tenant had it, and before its answer came."""
    here = site(documents=(template("tmpl_unconcerned"),))
    moments = [("before", 1), ("after", 1), ("after", 2), ("before", 5), ("after", 5), ("after", 6)]
    for ids, hook, log in stories(here, moments, backed=True):
        assert had(here, ids, hook) == ([1, 1], [1, 1], 1)
        assert told(here, ids) == 4
        assert not any(record["doubt"] for record in log)


def test_a_crash_on_a_tenant_that_shows_nothing_costs_a_webhook_at_most(site):
    """The six calls alone, no keys honoured: a webhook whose POST was cut off may be there twice; the log says so."""
    here = site("six-calls", documents=(template("tmpl_unconcerned"),))
    moments = [("after", 1), ("after", 2), ("before", 5), ("after", 5)]
    for (moment, number), (ids, hook, log) in zip(moments, stories(here, moments, backed=False), strict=True):
        puts, registrations, hooks = had(here, ids, hook)
        assert (puts, registrations) == ([1, 1], [1, 1])
        assert hooks == (2 if (moment, number) == ("after", 5) else 1)
        doubtful = {record["phase"] for record in events(log, "outcome") if record["doubt"]}
        assert ("webhook" in doubtful) is (number == 5)


def test_a_run_after_a_crash_sends_the_same_key(site):
    """A tenant that honours keys but shows no lists: the POST that was cut off is replayed, not done again."""
    here = site("no-lists", documents=(template("tmpl_unconcerned"),))
    for ids, hook, _ in stories(here, [("after", 2), ("after", 5)], backed=False):
        assert had(here, ids, hook) == ([1, 1], [1, 1], 1)


def test_a_crash_while_many_are_under_way(site):
    """Ten templates at once, killed in the middle: the rerun does the rest, and each exactly once."""
    ids = [f"tmpl_{number}" for number in range(10)]
    here = site("latency=15", documents=(*map(template, ids), webhook()))
    killer = Killer("after", 9)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        killer.process = here.cli.start("apply", "--yes")
        killer.known.set()
        here.cli.end(killer.process, exits=-signal.SIGKILL)
        plan = here.plan()
        begun = open_intents(here.log)
        assert begun
        assert len(plan["actions"]) < 21
        here.apply()
        assert here.plan()["actions"] == []
    assert open_intents(here.log) == {}
    assert had(here, ids, HOOK) == ([1] * 10, [1] * 10, 1)


def test_a_crash_leaves_an_approval_owed(site):
    """Killed before a slow carrier's answer: plan shows it pending, appends nothing; apply records it; then it ends."""
    here = site("carrier=slow", documents=BASIC[:1])
    here.tenant.edit(
        "tmpl_a", content="An older text. Reply STOP to opt out."
    )  # so that the new one shows the PUT
    killer = Killer("after", 1)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        killer.process = here.cli.start("apply", "--yes", env={"RECONCILER_REVIEW": REVIEW})
        killer.known.set()
        here.cli.end(killer.process, exits=-signal.SIGKILL)
        before = here.log_path.read_bytes()
        assert (ids_of(here.plan()["pending"]), here.log_path.read_bytes()) == (["tmpl_a"], before)
        assert outcomes(here.apply(exits=3)) == {("approval", "tmpl_a"): "pending"}
        assert open_intents(here.log) == {}
        assert ends(here.log) == [("approval", "tmpl_a", "pending")]
        assert events(here.log, "outcome")[0]["review"]["approvers"] == ["ann"]
        here.tenant.edit("tmpl_a", status="APPROVED")
        assert outcomes(here.apply("--continue")) == {("a2p", "tmpl_a"): "applied"}
    assert [call for call, _ in here.tenant.done()] == ["put-template", "post-registration"]


def test_an_edit_after_a_crash_is_not_overwritten_unseen(site):
    """Killed after its PUT, edited in the console since: the intent ends as a conflict, the reviewed FILE is stale."""
    here = site(documents=BASIC[:1])
    killer = Killer("after", 1)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        here.reviewed()
        killer.process = here.cli.start("apply", "plan.json")
        killer.known.set()
        here.cli.end(killer.process, exits=-signal.SIGKILL)
        here.tenant.edit("tmpl_a", content="edited in the console", status="SUSPENDED")
        here.run("apply", "plan.json", exits=4)
        assert here.tenant.template("tmpl_a")["content"] == "edited in the console"
        assert set(outcomes(here.apply()).values()) == {"applied"}
    assert ends(here.log)[0] == ("approval", "tmpl_a", "conflict")
    assert open_intents(here.log) == {}


def test_a_closing_tells_of_what_was_sent_then(site):
    """Killed after its registration arrived, the text edited since: the record has the text and approver of then."""
    here = site(documents=BASIC[:1])
    then = "sha256:" + hashlib.sha256(BASIC[0]["content"].encode()).hexdigest()
    killer = Killer("after", 2)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        killer.process = here.cli.start("apply", "--yes", env={"RECONCILER_REVIEW": REVIEW})
        killer.known.set()
        here.cli.end(killer.process, exits=-signal.SIGKILL)
        here.write("all.yaml", {**BASIC[0], "content": "Another text since. Reply STOP to opt out."})
        here.apply(env={"RECONCILER_REVIEW": '{"approvers": ["eve"]}'})
    closed = next(record for record in events(here.log, "outcome") if record["phase"] == "a2p")
    assert (closed["outcome"], closed["content_sha256"]) == ("applied", then)
    assert closed["review"]["approvers"] == ["ann"]
    intent = next(record for record in events(here.log, "intent") if record["phase"] == "a2p")
    assert (intent["content_sha256"], intent["review"]["approvers"]) == (then, ["ann"])


def test_an_interrupted_run_says_so_and_is_finished_by_the_next(site):
    """SIGINT and SIGTERM: 130 and words, in JSON too; what was done is in the log, the next apply does the rest."""
    for number in (signal.SIGINT, signal.SIGTERM):
        here = site("latency=80", documents=BASIC)
        process = here.cli.start("apply", "--yes", "--concurrency", "1", "--format", "json")
        while not here.tenant.writes():
            assert process.poll() is None
        process.send_signal(number)
        ran = here.cli.end(process, exits=130)
        assert "audit log" in ran.json["error"]
        assert ran.json["error"] in ran.err
        here.tenant.restart()
        here.apply()
        assert open_intents(here.log) == {}
        assert sorted(call for call, _ in here.tenant.done()).count("post-webhook") <= 1
        assert len(here.tenant.webhooks()) == 1
        assert here.tenant.registered() == ["tmpl_a", "tmpl_b"]
