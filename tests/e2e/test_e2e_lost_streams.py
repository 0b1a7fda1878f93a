"""A stdout that is full, closed, or left by its reader, and no stderr: the exit code says what was written."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys

import pytest
import warm
from checkout import BASIC, HOOK, template
from wheels import wheel

import reconciler.commands
from reconciler import __version__

FULL, CLOSED, GONE = "full", "closed", "gone"


@contextlib.contextmanager
def lost(how):
    """A descriptor for stdout that takes nothing, None where there is to be none."""
    if how == CLOSED:
        yield None
        return
    if how == FULL:
        descriptor = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
        os.close(reader)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def started(cli, args, stdout, *, stderr=subprocess.PIPE, closed=()):
    """A run that begins as an interpreter does; ``closed`` are the descriptors that it does not have."""
    without = " ".join(f"{descriptor}>&-" for descriptor in closed)
    return subprocess.Popen(
        ["sh", "-c", f'exec "$@" {without}', "sh", sys.executable, "-m", "reconciler", *args],
        cwd=cli.folder,
        env=cli.env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
    )


def ran(cli, args, how):
    """The code and what stderr has, of a run whose stdout is lost."""
    with lost(how) as descriptor:
        if how == CLOSED:
            process = started(cli, args, subprocess.DEVNULL, closed=(1,))
        else:
            command = [sys.executable, "-m", "reconciler", *args]
            process = warm.Started(command, cwd=cli.folder, env=cli.env, stdout=descriptor)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in (said or "")
    assert "This is a bug" not in (said or "")
    assert "Exception ignored" not in (said or "")
    return process.returncode, said


@pytest.fixture
def here(site, tmp_path):
    """A checkout with a saved plan, and a log with a record that was not delivered."""
    here = site("fail=post-audit:500:10", documents=BASIC)
    here.apply()
    here.tenant.restart()
    here.write("more.yaml", template("tmpl_c"), template("tmpl_d", name="x "))
    here.tenant.restart()
    here.reviewed()
    subprocess.run(["git", "init", "-q", "."], cwd=here.folder, check=True)
    wheel(here.folder, "cxone_reconciler", __version__)
    return here


READS = {
    "audit report": ("audit", "report"),
    "audit verify": ("audit", "verify"),
    "completion": ("completion", "bash"),
    "doctor": ("doctor",),
    "explain": ("explain",),
    "demo": ("demo", "--fast"),
    "help": ("help", "rules"),
    "options": ("--help",),
    "plan": ("plan",),
    "sandbox": ("sandbox",),
    "show": ("show", "plan.json"),
    "validate": ("validate",),
    "version": ("--version",),
}
WRITES = {
    "apply": ("apply", "plan.json"),
    "audit accept": ("audit", "accept", "--target", HOOK, "--reason", "by hand"),
    "audit publish": ("audit", "publish"),
    "audit review": ("audit", "review", "plan.json"),
    "import": ("import", "tmpl_a", "--into", "adopted"),
    "init": ("init", "--wheel", f"cxone_reconciler-{__version__}-py3-none-any.whl"),
}
ELSEWHERE = {"github", "verify-webhook"}
"""They need a runner's surroundings, or a stored message; they print by the same ways."""


def test_every_command_is_tried():
    """A new command stands in one of these tables."""
    tried = {name.split()[0] for name in (*READS, *WRITES)} - {"options", "version"}
    assert tried | ELSEWHERE == set(reconciler.commands.Commands().list_commands(None))


@pytest.mark.parametrize("how", [FULL, CLOSED, GONE])
def test_without_a_write_a_lost_stdout_is_1(here, how):
    """Of each command, whether stdout is full, closed or gone; in JSON too. Who has gone is told nothing."""
    for name, args in READS.items():
        code, said = ran(here.cli, args, how)
        assert (name, code) == (name, 1)
        assert ("could not be printed" in said) is (how != GONE)
    for name in ("audit verify", "plan"):
        assert ran(here.cli, (*READS[name], "--format", "json"), how)[0] == 1


@pytest.mark.parametrize(
    ("name", "how"), [*((name, FULL) for name in WRITES), ("apply", CLOSED), ("apply", GONE)]
)
def test_after_a_write_a_lost_stdout_is_3(here, name, how):
    """What was done stands, and stderr says where."""
    before = len(here.log)
    code, said = ran(here.cli, WRITES[name], how)
    assert code == 3
    assert "could not be printed" in said
    if name.split()[0] in {"apply", "audit"}:
        assert len(here.log) > before
        assert f"Audit head: {here.log[-1]['hash']}" in said
    else:
        assert "written" in said


def test_an_apply_whose_plan_cannot_be_shown_writes_nothing(here):
    """What nobody could see is not confirmed."""
    before = here.log
    assert ran(here.cli, ("apply", "--yes"), FULL)[0] == 1
    assert here.log == before


def test_an_apply_with_nothing_to_do_wrote_nothing(here):
    """Its lost result is 1."""
    here.apply()
    here.apply()
    assert ran(here.cli, ("apply", "--yes", "--format", "json"), FULL)[0] == 1


def test_an_error_that_cannot_be_printed_comes_before_stale_and_guards(here):
    """Of what stops a run before a write 1 comes first; usage is usage all the same."""
    here.tenant.edit("tmpl_c", name="moved")
    assert ran(here.cli, ("apply", "plan.json", "--format", "json"), FULL)[0] == 1
    assert ran(here.cli, ("apply", "--nonsense", "--format", "json"), FULL)[0] == 64


@pytest.mark.parametrize("how", [FULL, CLOSED])
def test_a_lost_stderr_changes_no_code_and_gets_into_no_file(here, how):
    """Nor does git write into whatever file would have its number."""
    with lost(FULL if how == FULL else CLOSED) as descriptor:
        process = started(
            here.cli,
            ("apply", "plan.json", "-v", "--format", "json"),
            subprocess.PIPE,
            stderr=descriptor or subprocess.DEVNULL,
            closed=(0, 2) if how == CLOSED else (),
        )
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["summary"]["applied"] > 0
    here.run("audit", "verify")


def test_without_any_stream_an_apply_ends_with_3(here):
    """All three closed: it is done, and recorded; that nobody was told is the code."""
    process = started(
        here.cli, ("apply", "plan.json"), subprocess.DEVNULL, stderr=subprocess.DEVNULL, closed=(0, 1, 2)
    )
    assert process.wait(60) == 3
    here.run("audit", "verify")
