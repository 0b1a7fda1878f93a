"""What people and scripts read: streams, the verdict line, colours, the log of calls."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from checkout import BASIC, HOOK, template, webhook
from terminal import on_a_terminal
from test_e2e_webhooks import made_in_the_console

HOSTILE = "::error::x\x1b[2J\u202e##[group]"


def test_a_plan_ends_with_its_verdict_its_whole_digest_and_what_to_do_next(site):
    """Counts of the plan and what is unchanged, then the digest on a line of its own; the same from ``show``."""
    here = site(documents=BASIC)
    digest = here.plan("--out", "plan.json")["digest"]
    verdict = "Plan: 2 to approve, 2 to register, 1 webhook; 0 unchanged"
    for command in (("plan",), ("show", "plan.json")):
        *_, said, whole, after = here.run(*command).out.splitlines()
        assert (said, whole) == (verdict, f"Digest: {digest}")
        assert after.startswith("Next: ")
    here.apply()
    assert here.run("plan").out.splitlines()[-3:-1][0] == "Plan: nothing to do; 5 unchanged"


def test_what_to_do_next_with_a_saved_plan_is_to_apply_that(site):
    """Its file is named in the command, whatever its name, and where nothing is to be done nothing is offered."""
    here = site(documents=BASIC)
    first = here.run("plan", "--out", "my plan.json")
    command = "reconciler apply 'my plan.json'"
    assert first.out.splitlines()[-1] == f"Next: once it is reviewed, `{command}` does exactly this."
    assert first.err.splitlines()[-1] == "The plan is in my plan.json."
    here.run(*shlex.split(command)[1:])
    assert here.run("plan", "--out", "my plan.json").out.splitlines()[-1] == "Next: nothing to do."


def test_what_to_do_next_is_about_the_same_files_and_log(site):
    """As a shell takes it: pasted, it plans no other folder and writes no other log."""
    here = site(documents=BASIC)
    log = "a log.jsonl"
    last = here.run("plan", "--templates", "templates.d", "--audit-log", log).out.splitlines()[-1]
    apply, plan = re.findall(r"`reconciler ([^`]+)`", last)[:2]
    assert shlex.split(plan)[1:] == [f"--audit-log={log}", "--out", "FILE"]
    here.run(*shlex.split(apply))
    assert (here.folder / log).is_file()


def test_json_is_all_of_stdout_and_words_go_to_stderr(site):
    """One JSON object on stdout, whatever happens; warnings and errors on stderr; apply shows the head."""
    here = site(documents=BASIC)
    here.secret(None)
    plan = here.run("plan", "--format", "json")
    assert [one["url"] for one in plan.json["unchecked"]] == [HOOK]
    failure = here.run("apply", "--yes", "--format", "json", exits=1)
    assert set(failure.json) == {"format_version", "error", "findings"}
    assert "error: " in failure.err
    text = here.run("plan", "--target", "tmpl_zzz", exits=1)
    assert text.out == ""
    here.secret("first-webhook-secret-of-the-tests")
    applied = here.run("apply", "--yes")
    assert here.log[-1]["hash"] in applied.out
    usage = here.run("plan", "--format", "json", "--nonsense", exits=64)
    assert set(usage.json) == {"format_version", "error", "findings"}
    assert here.run("nonsense", exits=64).out == ""


def test_a_terminal_without_unicode_is_no_reason_to_fail(site):
    """Under Latin-1 or ASCII what cannot be shown is an escape; JSON is UTF-8 all the same."""
    here = site(documents=(template("tmpl_a", name="Señal 😀"),))
    known = here.plan()
    for encoding in ("latin-1", "ascii"):
        env = {"PYTHONIOENCODING": f"{encoding}:strict"}
        assert "PENDING \\u2192 APPROVED" in here.run("plan", env=env).out
        assert here.plan(env=env) == known
        here.run("plan", "--help", env=env)
    assert here.run("apply", "--yes", env=env).out


def test_colours_are_for_terminals(site):
    """None into a pipe or under NO_COLOR or --color never; some on a terminal; --color always means it."""
    here = site(documents=BASIC[:1])
    shown, code = on_a_terminal(here, "plan")
    assert code == 0
    assert "\x1b[" in shown
    for args, env in ((("plan",), {"NO_COLOR": "1"}), (("plan", "--color", "never"), {})):
        shown, code = on_a_terminal(here, *args, env=env)
        assert not re.search(r"\x1b\[[0-9;]*m", shown)
    assert "\x1b[" in here.run("plan", "--color", "always").out
    assert "\x1b" not in here.run("plan", "--color", "always", "--format", "json").out


def test_errors_are_coloured_as_results_are(bare):
    """--color always and never, and NO_COLOR, hold for an error too, wherever they stand on the command line."""
    red = "\x1b[1;31merror: "
    for args, env, coloured in (
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "always", "--color=never"), {}, False),
        ((), {}, False),
    ):
        said = bare.run("show", "none.json", *args, env=env, exits=1).err
        assert said.startswith(red if coloured else "error: ")


def test_on_a_terminal_apply_asks(site):
    """No is 1 and nothing written; yes does it."""
    here = site(documents=BASIC[:1])
    shown, code = on_a_terminal(here, "apply", answer=b"n\n")
    assert code == 1
    assert "tmpl_a" in shown
    assert here.untouched()
    assert not here.log_path.exists()
    shown, code = on_a_terminal(here, "apply", answer=b"\x04")  # the end of input is no too
    assert "Declined" in shown
    assert code == 1
    assert here.tenant.writes() == []
    shown, code = on_a_terminal(here, "apply", answer=b"yes\n")
    assert code == 0
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED"}


def test_at_a_prompt_one_ctrl_c_ends_it(site):
    """130, that nothing was done, and no log is made."""
    here = site(documents=BASIC[:1])
    shown, code = on_a_terminal(here, "apply", answer=b"\x03")
    assert code == 130
    assert "othing was done" in shown
    assert "Traceback" not in shown
    assert here.untouched()
    assert not here.log_path.exists()


def test_what_moves_while_the_question_waits_is_not_overwritten(site):
    """What is confirmed is evidence: after the yes it is planned afresh, and any difference is 4, nothing written."""
    here = site(documents=(webhook(),))
    shown, code = on_a_terminal(here, "apply", answer=b"yes\n", meanwhile=lambda: made_in_the_console(here))
    assert code == 4
    assert "nothing was written" in " ".join(shown.split())
    assert len(here.tenant.webhooks()) == 1
    assert not here.log_path.exists()
    here = site(documents=BASIC[:1])
    words = {"content": "Edited while the question waits. Reply STOP to opt out."}
    shown, code = on_a_terminal(
        here, "apply", answer=b"yes\n", meanwhile=lambda: here.tenant.edit("tmpl_a", **words)
    )
    assert (code, here.tenant.writes()) == (4, [])
    assert words["content"] in " ".join(shown.split())


def test_nobody_waits_for_the_log_while_a_person_thinks(site):
    """Another run can write the log while the question waits, and the yes is still good."""
    here = site(documents=BASIC[:1])
    here.reviewed()
    shown, code = on_a_terminal(
        here, "apply", answer=b"yes\n", meanwhile=lambda: here.run("audit", "review", "plan.json")
    )
    assert "waiting for it" not in shown
    assert (code, here.tenant.statuses()) == (0, {"tmpl_a": "APPROVED"})


def test_verbose_logs_every_call_without_secrets(site):
    """Method, path, status, to stderr; neither tokens nor secrets nor bodies; stdout is the same as without."""
    here = site(documents=BASIC)
    plain = here.run("plan", "--format", "json")
    loud = here.run("plan", "--format", "json", "-v")
    assert loud.out == plain.out
    for word in ("POST /oauth/token", "GET /api/v1/messaging/templates", "GET /api/v1/webhooks", " 200 "):
        assert word in loud.err
    applied = here.run("apply", "--yes", "-v")
    assert "PUT /api/v1/messaging/templates/tmpl_a" in applied.err
    assert "Bearer" not in applied.said
    assert "client_secret" not in applied.said


def test_texts_from_a_tenant_cannot_act_on_a_terminal(site):
    """Escape sequences, bidirectional marks and line breaks in live text are spelled out; JSON keeps them exact."""
    here = site(documents=(template("tmpl_a", a2p=None, status="DRAFT"),))
    nasty = "\x1b]0;owned\x07 a\nb \u202e c\u200b \x9b31m"
    here.tenant.edit("tmpl_a", content=nasty, name="\x1b[2Jname", status="DRAFT")
    ran = here.run("plan")
    assert not set("\x1b\x07\x9b\u202e\u200b") & set(ran.said)
    live = {
        change["field"]: change["live"] for change in here.plan("--out", "plan.json")["actions"][0]["changes"]
    }
    assert live == {"content": nasty, "name": "\x1b[2Jname"}
    assert not set("\x1b\x07\x9b\u202e\u200b") & set(here.run("show", "plan.json").said)
    here.tenant.edit("tmpl_a", status="x\x1b[2J")
    here.run("apply", "plan.json", exits=4)


def test_help_and_version_need_nothing(bare):
    """In an empty folder, without a variable: every command has help, and the version is one line."""
    assert re.fullmatch(r"reconciler \d+\.\d+\.\d+\S*\n", bare.run("--version").out)
    out = bare.run("--help").out
    for command in ("validate", "plan", "show", "apply", "audit", "sandbox"):
        assert command in out
    running = [
        bare.start(command, "--help") for command in ("validate", "plan", "show", "apply", "audit", "sandbox")
    ]
    for process in running:
        assert "Usage: reconciler" in bare.end(process).out
    assert bare.run(exits=None).code in (0, 64)


def test_a_reader_that_goes_away_ends_it_quietly(site):
    """``| head``: no traceback, no message."""
    here = site(documents=[template(f"tmpl_{number:03}") for number in range(200)])
    process = here.cli.start("plan", "--format", "json")
    process.stdout.read(10)
    process.stdout.close()
    process.stdout = None
    ran_err = process.stderr.read()
    process.wait(20)
    process.stderr.close()
    assert "Traceback" not in ran_err
    assert "Exception" not in ran_err


def test_a_log_of_another_folder_can_be_named(site):
    """--audit-log and RECONCILER_AUDIT_LOG; the option wins; the folder is made."""
    here = site(documents=BASIC[:1])
    here.apply("--audit-log", "logs/deep/a.jsonl", env={"RECONCILER_AUDIT_LOG": "b.jsonl"})
    assert (here.folder / "logs" / "deep" / "a.jsonl").exists()
    assert not (here.folder / "b.jsonl").exists()
    assert not here.log_path.exists()
    here.run("audit", "verify", env={"RECONCILER_AUDIT_LOG": "logs/deep/a.jsonl"})
    here.run("audit", "verify", exits=1)
    verified = here.run("audit", "verify", "--audit-log", "logs/deep/a.jsonl", "--format", "json").json
    assert json.dumps(verified)


def test_a_stream_that_is_not_utf_8_gets_escapes(site):
    """Arrows and foreign letters become ``\\uXXXX``: words stay readable, and JSON stays exactly the same value."""
    here = site(documents=(template("tmpl_a", name='Zoë’s "reminder" 🦷'), template("tmpl_b")))
    plan = here.plan()
    env = {"PYTHONIOENCODING": "ascii"}
    assert here.run("plan", "--format", "json", env=env).json == plan
    said = here.run("plan", env=env)
    assert "PENDING \\u2192 APPROVED" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    "args",
    [(HOSTILE,), (f"--{HOSTILE}",), ("plan", f"--format={HOSTILE}"), ("apply", "--expect-digest", HOSTILE)],
)
def test_a_usage_error_repeats_nothing_that_acts(bare, args):
    """What stands on a CI's command line may be a branch's name or a pull request's title."""
    said = bare.run(*args, exits=64).said
    assert "error::x" in said
    for line in said.splitlines():
        assert "##[" not in line
        assert not line.lstrip().startswith("::")
        assert line.isprintable()


def test_show_tells_the_guard_of_a_revocation_whatever_the_file_says(site):
    """Guards, findings and notes are outside of the digest: the first are told by the actions, the rest as claimed."""
    here = site(documents=(template("tmpl_a", status="SUSPENDED"),))
    here.tenant.edit("tmpl_a", status="APPROVED")
    honest = here.plan("--out", "plan.json")
    (here.folder / "claims.json").write_text(json.dumps({**honest, "guards": [], "notes": ["All is well."]}))
    for format_ in ("text", "markdown", "github", "json"):
        said = here.run("show", "claims.json", "--format", format_).out
        assert "--allow-revoke" in said
        assert ("claims." in said) == (format_ != "json")
    assert here.run("show", "claims.json", "--format", "json").json["guards"] == honest["guards"]
    assert "claims" not in here.run("plan").out
