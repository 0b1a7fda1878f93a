"""SIGINT, SIGTERM and SIGHUP: what is in flight ends and is recorded, nothing more is begun, and the run says so."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest
from auditlog import ends, events, open_intents
from between import Between, Reply
from checkout import BASIC, template

from reconciler.core.plan_json import OUTPUT_VERSION

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOTHING = "nothing was done"


class Signaller:
    """Sends signals to the run while a request of it is under way; ``at`` says at which."""

    def __init__(self, at, *numbers):
        self.at, self.numbers = at, numbers
        self.process = None
        self.known = threading.Event()

    def __call__(self, seen, reply=None):
        if self.numbers and self.at(seen):
            assert self.known.wait(10)
            numbers, self.numbers = self.numbers, ()
            for number in numbers:
                self.process.send_signal(number)
        return reply

    def watch(self, process):
        self.process = process
        self.known.set()
        return process


def first_write(seen):
    return seen.number == 1


@pytest.fixture
def proxied():
    """``proxied(here, before=…, after=…)``: a proxy before the tenant, for this run and what follows it."""
    with contextlib.ExitStack() as stack:

        def begin(here, **hooks):
            proxy = stack.enter_context(Between(here.tenant.url, **hooks))
            here.cli.env["CXONE_BASE_URL"] = proxy.url
            return proxy

        yield begin


def run(here, signaller, *args, exits=130):
    return here.cli.end(signaller.watch(here.cli.start(*args)), exits=exits)


APPLY = ("apply", "--yes", "--concurrency", "1", "--format", "json")


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_what_is_in_flight_ends_and_is_recorded(site, proxied, number):
    """The answer of the first write comes in after the signal: its outcome is in the log, and no other write left."""
    here = site(documents=BASIC)
    send = Signaller(first_write, number)
    proxied(here, after=send)
    ran = run(here, send, *APPLY)
    assert len(here.tenant.writes(audit=True)) == 1
    assert (ends(here.log), open_intents(here.log)) == ([("approval", "tmpl_a", "applied")], {})
    said = ran.json["error"]
    assert "Of 5 actions 1 was done (1 applied), 4 not begun" in said
    assert f"Audit head: {here.log[-1]['hash']}" in said
    assert "`reconciler apply --continue` goes on" in said
    assert said in ran.err
    here.apply("--continue")
    assert here.plan()["actions"] == []
    assert len(here.tenant.done()) == 5


def test_the_tally_is_on_stderr_in_text_too(site, proxied):
    """stdout has the plan, and no result."""
    here = site(documents=BASIC[:1])
    send = Signaller(first_write, signal.SIGTERM)
    proxied(here, after=send)
    ran = run(here, send, "apply", "--yes", "--concurrency", "1")
    assert "1 was done (1 applied), 1 not begun" in ran.err
    assert "Audit head" not in ran.out


def test_a_second_signal_stops_at_once_and_loses_no_record(site, proxied):
    """The answer never comes: the run ends all the same, and the next one closes what was cut off."""
    here = site(documents=BASIC[:1])
    over = threading.Event()
    send = Signaller(first_write, signal.SIGTERM, signal.SIGHUP)

    def never(seen, reply):
        send(seen)
        if seen.number == 1:
            assert over.wait(30)
        return reply

    proxied(here, after=never)
    ran = run(here, send, *APPLY)
    over.set()
    assert "1 cut off under way" in ran.json["error"]
    assert [record["event"] for record in here.log] == ["reviewed", "intent"]
    here.apply("--continue")
    assert ends(here.log)[0] == ("approval", "tmpl_a", "applied")
    assert [call for call, _ in here.tenant.done()] == ["put-template", "post-registration"]


@pytest.mark.parametrize("retry_after", ["100", None])
def test_no_retry_and_no_wait_is_begun(site, proxied, retry_after):
    """The tenant asks to come again later, or is broken: that the run does not, and says that it failed."""
    here = site(documents=BASIC[:1])
    here.cli.env["RECONCILER_RETRIES"] = "5"
    send = Signaller(first_write, signal.SIGTERM)
    headers = {"Content-Type": "application/json"} | ({"Retry-After": retry_after} if retry_after else {})

    def refuse(seen):
        send(seen)
        return Reply(503, b"{}", headers) if seen.number else None

    proxy = proxied(here, before=refuse)
    ran = run(here, send, *APPLY)
    assert sum(1 for seen in proxy.seen if seen.number) == 1
    assert "1 was done (1 failed)" in ran.json["error"]
    (outcome,) = events(here.log, "outcome")
    assert (outcome["outcome"], bool(outcome["doubt"])) == ("failed", retry_after is None)
    assert here.untouched()


def test_a_wait_that_was_begun_ends(site, proxied):
    """Ctrl-C while the run waits for the tenant's Retry-After: it does not last out the 100 seconds."""
    here = site(documents=BASIC[:1])
    here.cli.env["RECONCILER_RETRIES"] = "5"
    refuse = Reply(429, b"{}", {"Content-Type": "application/json", "Retry-After": "100"})
    proxied(here, before=lambda seen: refuse if seen.number else None)
    process = here.cli.start(*APPLY, "-v")
    for line in process.stderr:
        if line.startswith("PUT") and " 429 " in line:
            break
    process.send_signal(signal.SIGINT)
    here.cli.end(process, exits=130, seconds=30)
    assert [record["outcome"] for record in events(here.log, "outcome")] == ["failed"]


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_before_the_first_write_nothing_was_done(site, proxied, number):
    """The signal comes while the plan is made: the run says so, and leaves no log."""
    here = site(documents=BASIC)
    send = Signaller(lambda seen: "/templates" in seen.path, number)
    proxied(here, after=send)
    ran = run(here, send, *APPLY)
    assert NOTHING in ran.json["error"]
    assert ran.json["error"] in ran.err
    assert here.untouched()
    assert not here.log_path.exists()


def test_a_signal_that_is_ignored_as_the_run_begins_stays_so(site, proxied):
    """Under nohup a closed terminal ends nothing."""
    here = site(documents=BASIC[:1])
    send = Signaller(first_write, signal.SIGHUP)
    proxied(here, after=send)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ran = run(here, send, *APPLY, exits=0)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ran.json["summary"]["applied"] == 2


_HELD_IMPORT = """
import os
os.write(int(os.environ["TELL"]), b"x")
os.read(int(os.environ["WAIT"]), 1)
"""


@pytest.mark.parametrize("numbers", [(one,) for one in ENDING] + [ENDING, (signal.SIGTERM, signal.SIGTERM)])
def test_from_the_first_import_on_a_signal_ends_it_without_a_traceback(bare, tmp_path, numbers):
    """The run stands in the midst of an import: 130, and one sentence, in JSON too; also where several come at once."""
    (tmp_path / "early" / "click").mkdir(parents=True)
    (tmp_path / "early" / "click" / "__init__.py").write_text(_HELD_IMPORT)
    (told, tell), (wait, let) = os.pipe(), os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "plan", "--format", "json"],
        cwd=tmp_path,
        env={**bare.env, "PYTHONPATH": str(tmp_path / "early"), "TELL": str(tell), "WAIT": str(wait)},
        pass_fds=(tell, wait),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert os.read(told, 1) == b"x"
        for number in numbers:
            process.send_signal(number)
        ran = bare.end(process, exits=130)
    finally:
        for descriptor in (told, tell, wait, let):
            os.close(descriptor)
    assert ran.json == {"format_version": OUTPUT_VERSION, "error": f"Interrupted: {NOTHING}.", "findings": []}
    assert ran.err == f"error: Interrupted: {NOTHING}.\n"


def test_a_publication_that_is_interrupted_says_how_far_it_came(site, proxied):
    """What arrived is recorded as delivered; the rest is sent by the next one."""
    here = site("fail=post-audit:500:10", documents=BASIC[:1])
    send = Signaller(lambda seen: "audit" in seen.path, signal.SIGTERM)
    proxied(here, after=lambda seen, reply: send(seen) if reply.status < 300 else None)
    here.apply()
    here.tenant.restart()
    ran = run(here, send, "audit", "publish", "--concurrency", "1", "--format", "json")
    assert "Delivered 1 record; 1 left." in ran.json["error"]
    assert here.run("audit", "publish", "--format", "json").json["delivered"] == 1
    assert len(here.tenant.state()["audit_logs"]) == 2


def test_an_import_that_is_interrupted_leaves_no_half_files(site, proxied):
    """While it reads the tenant: nothing is written."""
    here = site(documents=(template("tmpl_a"),))
    send = Signaller(lambda seen: "/templates" in seen.path, signal.SIGHUP)
    proxied(here, after=send)
    ran = run(here, send, "import", "--all", "--into", "adopted")
    assert NOTHING in ran.err
    assert not (here.folder / "adopted").exists()
