"""The audit log is taken away while an apply goes on: the run stops, and says so with 3 or 1."""

from __future__ import annotations

import os
import shutil

import pytest
from between import Between
from checkout import BASIC, template

TAKE = {
    "unlinked": lambda path: path.unlink(),
    "renamed": lambda path: path.rename(path.with_name("elsewhere.jsonl")),
    "its folder removed": lambda path: shutil.rmtree(path.parent),
    "cut": lambda path: os.truncate(path, 0),
    "written to": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
}
APPLY = ("apply", "--yes", "--concurrency", "1", "--format", "json")


def through(here, when, take):
    """A proxy that takes the log away once, as ``when(seen)`` says."""
    left = [take]

    def after(seen, reply):
        if left and when(seen):
            left.pop()(here.log_path)

    return Between(here.tenant.url, after=after)


@pytest.mark.parametrize("how", TAKE)
def test_after_a_write_it_stops_with_3(site, how):
    """No other write leaves: it could not be recorded. What was done is said."""
    here = site(documents=BASIC)
    with through(here, lambda seen: seen.number == 1, TAKE[how]) as proxy:
        here.cli.env["CXONE_BASE_URL"] = proxy.url
        ran = here.run(*APPLY, exits=3)
    assert [call for call, _ in here.tenant.done()] == ["put-template"]
    assert "while this run was writing it" in ran.json["error"]
    assert "Of 5 actions 1 was done" in ran.err


def test_before_a_write_it_stops_with_1(site):
    """Nothing was sent, and nothing is."""
    here = site(documents=BASIC)
    reads = []

    def second_look(seen):
        # the plan has read the lists; the protocol looks at the template by id before it writes
        if seen.method == "GET" and seen.path.endswith("/tmpl_a"):
            reads.append(seen)
        return bool(reads)

    with through(here, second_look, TAKE["unlinked"]) as proxy:
        here.cli.env["CXONE_BASE_URL"] = proxy.url
        ran = here.run(*APPLY, exits=1)
    assert here.untouched()
    assert "while this run was writing it" in ran.json["error"]


def test_at_the_end_it_is_looked_at_once_more(site):
    """The last record is in a file that nobody will find: 3, and no head is printed as if it were."""
    here = site(documents=(template("tmpl_a"),))
    with through(here, lambda seen: "audit" in seen.path, TAKE["renamed"]) as proxy:
        here.cli.env["CXONE_BASE_URL"] = proxy.url
        ran = here.run(*APPLY, exits=3)
    assert "Of 2 actions 2 were done (2 applied)" in ran.json["error"]


def test_a_log_that_is_a_fifo_is_refused_by_each_command(site):
    """Nothing hangs."""
    here = site(documents=BASIC[:1])
    here.log_path.parent.mkdir()
    os.mkfifo(here.log_path)
    for args in (APPLY, ("plan",), ("audit", "verify"), ("audit", "report"), ("doctor",)):
        assert "is a FIFO" in here.run(*args, exits=1).said
    assert here.untouched()


def test_two_runs_at_once_under_two_names_leave_one_chain(site):
    """The second waits for the first, though it knows the log by a link and from another folder."""
    here = site("latency=20", documents=[template(f"tmpl_{number}") for number in range(4)])
    (here.folder / "other.jsonl").symlink_to(here.log_path)
    runs = [
        here.cli.start("apply", "--yes", "--audit-log", name)
        for name in (".reconciler/audit.jsonl", "other.jsonl")
    ]
    for process in runs:
        here.cli.end(process)
    here.run("audit", "verify")
    assert len(here.tenant.done()) == 8
