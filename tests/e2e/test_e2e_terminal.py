"""On a real terminal: what a run waits for, and Ctrl-C at each moment."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading

import pytest
from auditlog import ends, events
from between import Between, Reply
from checkout import BASIC, template
from terminal import CTRL_C, CTRL_D, OnTerminal

QUESTION = "Only 'yes' goes on:"
NOTHING = "error: Interrupted: nothing was done."
DOWN = Reply(503, b"{}", {"Content-Type": "application/json"})


class Gate:
    """Holds back the answer to each request for which ``at`` holds, until it is opened."""

    def __init__(self, at):
        self._at = at
        self.reached, self._open = threading.Event(), threading.Event()

    def __call__(self, seen, reply=None):
        if self._at(seen) and not self._open.is_set():
            self.reached.set()
            assert self._open.wait(30)
        return reply

    def open(self):
        self._open.set()


def reads(seen):
    return "/messaging/templates" in seen.path


def first_write(seen):
    return seen.number == 1


@contextlib.contextmanager
def held(here, at, *args, columns=80, stdout=None):
    """A run on a terminal that waits for the tenant's answer there."""
    gate = Gate(at)
    with Between(here.tenant.url, after=gate) as proxy:
        here.cli.env["CXONE_BASE_URL"] = proxy.url
        with OnTerminal(here.cli, *args, columns=columns, stdout=stdout) as terminal:
            try:
                yield terminal, gate
            finally:
                gate.open()


def untouched(here):
    return here.untouched() and not here.log_path.exists()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_tenant_that_does_not_answer_is_named_and_then_gone_from_the_screen(site, columns):
    """Step and call stand there while it lasts, and no word of it once the plan does."""
    here = site(documents=BASIC)
    with held(here, reads, "plan", columns=columns) as (terminal, gate):
        terminal.until("Reading the tenant")
        terminal.until("Waiting for an answer to GET /api/v1/messaging/templates, 1 s")
        assert max(map(len, terminal.screen)) < columns
        gate.open()
        assert terminal.end() == 0
        assert terminal.screen[0].startswith("Plan for http://127.0.0.1")
        assert "Waiting" not in terminal.said


def test_progress_never_gets_into_a_result(site):
    """stdout is a pipe and stderr a terminal: the pipe has the plan alone."""
    here = site(documents=BASIC)
    with held(here, reads, "plan", "--format", "json", stdout=subprocess.PIPE) as (terminal, gate):
        terminal.until("Waiting for an answer")
        gate.open()
        out, _ = terminal.process.communicate()
        assert terminal.end() == 0
        assert out.startswith(b'{\n  "format_version"')
        assert terminal.said == ""


def test_words_are_wrapped_at_the_width_of_the_terminal_that_shows_them(site):
    """stdout is a pipe, which has none."""
    here = site(documents=BASIC[:1])
    args = ("plan", "--target", "tmpl_zzz", "--format", "json")
    with OnTerminal(here.cli, *args, columns=60, stdout=subprocess.PIPE) as terminal:
        terminal.process.communicate()
        assert terminal.end() == 1
        assert "Name a template's id or a webhook's URL, as the files have it." in terminal.said


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"CI": "true"}])
def test_nothing_is_drawn_where_it_could_not_be_erased(site, env):
    """A dumb terminal, or one that a CI system keeps: it has the plan and nothing else."""
    here = site("latency=600", documents=BASIC[:1])
    with OnTerminal(here.cli, "plan", "--color", "never", env=env) as terminal:
        assert terminal.end() == 0
        assert "\x1b" not in terminal.shown
        assert terminal.shown.startswith("Plan for")


def test_a_retry_says_why_and_until_when(site):
    """What the tenant answered, which attempt follows, the time of day and the seconds until then."""
    here = site(documents=BASIC[:1])
    here.cli.env["RECONCILER_RETRIES"] = "5"
    later = Reply(429, b"{}", {"Content-Type": "application/json", "Retry-After": "100"})
    down = Between(here.tenant.url, before=lambda seen: later if reads(seen) else None)
    with down as proxy, OnTerminal(here.cli, "plan", env={"CXONE_BASE_URL": proxy.url}) as terminal:
        terminal.until("GET /api/v1/messaging/templates: answered 429, attempt 2 of 6 at ")
        assert re.search(r" at \d\d:\d\d:\d\d, in (100|99) s", terminal.said)
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert terminal.screen[0] == NOTHING


def test_an_apply_says_how_far_each_phase_has_come(site):
    """n of m for each phase, and what it waits for; the results stand there afterwards and nothing else."""
    here = site(documents=BASIC)
    apply = ("apply", "--yes", "--format", "json", "--concurrency", "1")
    with held(here, lambda seen: seen.number == 3, *apply, columns=120) as (terminal, gate):
        terminal.until("Applying: Approvals 1 of 2, A2P registrations 1 of 2, Webhooks 0 of 1")
        terminal.until("Waiting for an answer to PUT /api/v1/messaging/templates/tmpl_b")
        gate.open()
        assert terminal.end() == 0
        assert not [line for line in terminal.screen if "Applying" in line or "Waiting" in line]


def test_the_question_names_the_tenant_and_counts_and_takes_only_yes(site):
    """What is taken away stands first; y is no, and the end of input is."""
    documents = (
        template("tmpl_a", status="SUSPENDED"),
        template("tmpl_b"),
        template("tmpl_c", status="PENDING", a2p=None, name="Another"),
    )
    here = site(documents=documents)
    here.tenant.edit("tmpl_a", status="APPROVED")
    here.tenant.edit("tmpl_c", name="One")
    asked = "Revoke 1, approve 1, update 1 and register 1 on 127.0.0.1:"
    for answer, code in ((b"y\n", 1), (CTRL_D, 1), (b"yes\n", 0)):
        with OnTerminal(here.cli, "apply", "--allow-revoke") as terminal:
            terminal.until(asked)
            terminal.until(QUESTION)
            assert untouched(here)
            terminal.type(answer)
            assert terminal.end() == code
            assert ("Declined, nothing was written." in terminal.said) == bool(code)
    assert here.tenant.statuses() == {"tmpl_a": "SUSPENDED", "tmpl_b": "APPROVED", "tmpl_c": "PENDING"}


@pytest.mark.parametrize("typed", [CTRL_C, CTRL_C + b"y\n", CTRL_C + b"yes\n"])
def test_at_the_question_one_ctrl_c_is_no(site, typed):
    """At once, 130, whatever is typed behind it: nothing is recorded, and nothing for --continue to carry out."""
    here = site(documents=BASIC[:1])
    with OnTerminal(here.cli, "apply", cold=True) as terminal:
        terminal.until(QUESTION)
        terminal.type(typed)
        assert terminal.end() == 130
        assert NOTHING in terminal.screen
    assert untouched(here)
    assert here.apply("--continue")["results"] == []


def test_what_is_typed_before_the_question_answers_nothing(site):
    """A yes for another question, or an impatient one, was no yes to this plan."""
    here = site(documents=BASIC[:1])
    with held(here, reads, "apply") as (terminal, gate):
        terminal.until("Waiting for an answer")
        terminal.type(b"yes\n")
        gate.open()
        terminal.until(QUESTION)
        terminal.type(CTRL_D)
        assert terminal.end() == 1
        assert "Declined, nothing was written." in terminal.said
    assert untouched(here)


@pytest.mark.parametrize("args", [("plan",), ("apply",), ("apply", "--yes")])
def test_ctrl_c_while_the_tenant_is_read_says_that_nothing_was_done(site, args):
    """Before any question, while a plan is made: 130 at once, and the progress is gone from the screen."""
    here = site(documents=BASIC)
    with held(here, reads, *args) as (terminal, _):
        terminal.until("Waiting for an answer")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "nothing was done." in terminal.said
        assert terminal.screen[0].startswith("error: Interrupted")
    assert untouched(here)


def test_ctrl_c_during_an_apply_tells_what_is_done_what_is_left_and_how_to_go_on(site):
    """What is under way ends first, and the screen says so; then tally, head, and the command with its options."""
    here = site(documents=BASIC)
    apply = ("apply", "--yes", "--format", "json", "--concurrency", "1", "--audit-log", "logs/audit.jsonl")
    with held(here, first_write, *apply) as (terminal, gate):
        terminal.until("Applying: Approvals 0 of 2")
        terminal.type(CTRL_C)
        terminal.until("Interrupted, what is under way ends")
        gate.open()
        assert terminal.end() == 130
        said = terminal.said
        assert "error: Interrupted. Of 5 actions 1 was done (1 applied), 4 not begun" in said
        onward = ("apply", "--continue", "--audit-log=logs/audit.jsonl")
        assert f"`reconciler {' '.join(onward)}` goes on" in said
        assert here.apply(*onward[1:])["summary"]["applied"] == 4
    assert len(here.tenant.done()) == 5


def test_a_second_ctrl_c_ends_an_apply_at_once(site):
    """The answer never comes: 130, and what was cut off is said to be looked up by the next apply."""
    here = site(documents=BASIC[:1])
    with held(here, first_write, "apply", "--yes") as (terminal, gate):
        assert gate.reached.wait(30)
        terminal.type(CTRL_C)
        terminal.until("a second time ends it at once")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "1 cut off under way" in terminal.said
        assert [record["event"] for record in here.log] == ["reviewed", "intent"]
        gate.open()
        here.apply("--continue")
    assert ends(here.log)[0] == ("approval", "tmpl_a", "applied")
    assert events(here.log, "reviewed")
