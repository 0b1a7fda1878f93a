"""kill -9 at every write, torn lines, and two runs at once: everything gets done, nothing twice, nothing is lost."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from auditlog import ends, events, open_intents, records_of, unannounced
from between import LOST, Between
from checkout import BASIC, HOOK, template, webhook

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
        confirmed = Counter((phase, target) for phase, target, outcome in ends(log) if outcome in ("applied", "unchanged"))
        assert confirmed == Counter(
            [*(("approval", id_) for id_ in ids), *(("a2p", id_) for id_ in ids), ("webhook", hook)]
        )
        if backed:
            assert {json.dumps(record["review"]["approvers"]) for record in events(log, "outcome")} == {'["ann"]'}
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
            here.tenant.create(**{k: body[k] for k in ("id", "name", "from_address", "content")}, status="PENDING")
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: crashed_and_repeated(here, *each, backed=backed), moments))


def test_a_crash_at_any_write_costs_nothing(site):
    """PUT, registration, webhook, audit delivery: killed before the tenant had it, and before its answer came."""
    here = site(documents=(template("tmpl_unconcerned"),))
    moments = [("before", 1), ("after", 1), ("before", 2), ("after", 2), ("before", 5), ("after", 5), ("after", 6)]
    for ids, hook, log in stories(here, moments, backed=True):
        assert had(here, ids, hook) == ([1, 1], [1, 1], 1)
        assert told(here, ids) == 4
        assert not any(record["doubt"] for record in log)


def test_a_crash_on_a_tenant_that_shows_nothing_costs_a_webhook_at_most(site):
    """The six calls alone, no keys honoured: a webhook whose POST was cut off may be there twice, and the log says so."""
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


def test_an_interrupted_run_says_so_and_is_finished_by_the_next(site):
    """SIGINT and SIGTERM: 130, what was done is in the log, the next apply does the rest."""
    for number in (signal.SIGINT, signal.SIGTERM):
        here = site("latency=80", documents=BASIC)
        process = here.cli.start("apply", "--yes", "--concurrency", "1")
        while not here.tenant.writes():
            assert process.poll() is None
        process.send_signal(number)
        here.cli.end(process, exits=130)
        here.tenant.restart()
        here.apply()
        assert open_intents(here.log) == {}
        assert sorted(call for call, _ in here.tenant.done()).count("post-webhook") <= 1
        assert len(here.tenant.webhooks()) == 1
        assert here.tenant.registered() == ["tmpl_a", "tmpl_b"]


@pytest.mark.parametrize("torn", [b'{"timestamp":"2026', b"\x00\xff\xfe", b"{"])
def test_a_torn_last_line_is_set_aside(site, torn):
    """Plan goes on and touches nothing; apply keeps the piece in a file beside the log, and the chain holds."""
    here = site(documents=BASIC[:1])
    here.apply()
    whole = here.log_path.read_bytes()
    here.log_path.write_bytes(whole + torn)
    ran = here.run("plan", "--detailed-exitcode")
    assert "torn" in ran.err
    assert here.log_path.read_bytes() == whole + torn
    here.run("audit", "verify")
    here.write("all.yaml", template("tmpl_a", name="Another name"))
    here.apply()
    kept = [path for path in here.log_path.parent.iterdir() if path.name.startswith("audit.jsonl.")]
    assert any(torn in path.read_bytes() for path in kept)
    assert here.log_path.read_bytes().startswith(whole)
    assert len(here.log) > whole.count(b"\n")


def test_a_log_cut_in_any_record_is_made_whole_from_the_tenant(site):
    """Each of the log's lines torn in its middle: no write but audit records goes out, and every intent is closed."""
    here = site()
    here.apply()
    lines = here.log_path.read_bytes().splitlines(keepends=True)
    writes = here.tenant.writes()

    def cut(number):
        folder = here.folder / f"cut{number}"
        shutil.copytree(here.folder / "templates.d", folder / "templates.d")
        (folder / ".reconciler").mkdir()
        path = folder / ".reconciler" / "audit.jsonl"
        path.write_bytes(b"".join(lines[:number]) + lines[number][: len(lines[number]) // 2])
        run = type(here.cli)(folder)
        run.env, run.secrets = here.cli.env, here.cli.secrets
        run.run("apply", "--yes")
        return open_intents(records_of(path))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(cut, range(len(lines)))) == [{}] * len(lines)
    assert here.tenant.writes() == writes


def test_two_applies_in_one_folder_take_turns(site):
    """One writer at a time: both end well, and everything was done once."""
    here = site("latency=20")
    both = [here.cli.start("apply", "--yes", "--format", "json") for _ in range(2)]
    results = [here.cli.end(process).json["results"] for process in both]
    assert sorted(map(len, results)) == [0, 5]
    assert len(here.tenant.done()) == 5
    assert len(here.tenant.webhooks()) == 1
    assert open_intents(here.log) == {}


def test_two_machines_at_once_do_no_harm(site):
    """Two logs, one tenant: preconditions and keys see to it that each object is made once; a rerun finds nothing."""
    here = site("latency=20")
    there = here.folder / "there"
    shutil.copytree(here.folder / "templates.d", there / "templates.d")
    other = type(here.cli)(there)
    other.env, other.secrets = here.cli.env, here.cli.secrets
    both = [(line, line.start("apply", "--yes")) for line in (here.cli, other)]
    for line, process in both:
        assert line.end(process, exits=None).code in (0, 3)
    for line in (here.cli, other):
        line.run("apply", "--yes")
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED", "tmpl_b": "APPROVED"}
    assert here.tenant.registered() == ["tmpl_a", "tmpl_b"]
    assert len(here.tenant.webhooks()) == 1


def test_a_changed_log_is_named_and_stops_everything(site):
    """Changed, removed, reordered: verify names the record, plan and apply exit 1; a cut tail shows by the head."""
    here = site(documents=BASIC[:1])
    here.apply()
    head, lines = here.log[-1]["hash"], here.log_path.read_bytes().splitlines(keepends=True)
    here.run("audit", "verify", "--expect-head", head)
    here.run("audit", "verify", "--expect-head", here.log[0]["hash"])
    changed = lines[2].replace(b'"tester"', b'"nobody"')
    assert changed != lines[2]
    broken = {
        "changed": [*lines[:2], changed, *lines[3:]],
        "removed": [*lines[:2], *lines[3:]],
        "reordered": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "first": lines[1:],
        "blank": [*lines[:2], b"\n", *lines[2:]],
    }
    here.write("all.yaml", template("tmpl_a", name="Another name"))
    puts = here.tenant.writes(audit=True)
    for name, content in broken.items():
        path = here.folder / f"{name}.jsonl"
        path.write_bytes(b"".join(content))
        runs = [
            here.cli.start(*command, "--audit-log", path.name)
            for command in (("audit", "verify"), ("plan",), ("apply", "--yes"), ("audit", "publish"))
        ]
        ran = [here.cli.end(process, exits=1) for process in runs]
        assert all(("1" if name == "first" else "3") in one.err for one in ran)
        assert path.read_bytes() == b"".join(content)
    here.log_path.write_bytes(b"".join(lines[:-1]))
    here.run("audit", "verify")
    assert head in here.run("audit", "verify", "--expect-head", head, exits=1).err
    assert here.tenant.writes(audit=True) == puts
