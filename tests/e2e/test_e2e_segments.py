"""The log over several files, and with a key: what a run needs, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from checkout import BASIC, planned, template
from commandline import CommandLine
from story import Story

from reconciler.audit.chain import Record
from reconciler.audit.log import writing

KEY, NEXT = "k" * 40, "n" * 40


def only_current(here):
    """What a job sees that fetched the current file alone."""
    for file in here.log_path.parent.glob("audit.*.jsonl"):
        file.rename(here.folder / f"elsewhere-{file.name}")


def test_a_plan_and_an_apply_need_the_current_file_alone(site):
    """After sealing nothing is planned, a change is, and what was remembered of six calls stands: nothing twice."""
    here = site("no-lists", documents=BASIC)
    here.apply()
    head = here.run("audit", "verify", "--format", "json").json["audit_head"]
    sealed = here.run("audit", "seal", "--format", "json").json["sealed"]
    assert sealed.endswith(f"audit.{here.log[0]['seq'] - 1:06d}.jsonl")
    only_current(here)
    assert planned(here.plan()) == []
    here.write("all.yaml", template("tmpl_a", name="Another"), *BASIC[1:])
    assert planned(here.plan()) == [("approval", "update", "tmpl_a")]
    here.apply()
    assert len(here.tenant.webhooks()) == 1
    here.run("audit", "verify")
    assert f"{sealed} is missing" in here.run("audit", "verify", "--expect-head", head, exits=1).err
    assert f"{sealed} is missing" in here.run("audit", "verify", "--all", exits=1).err


def test_a_head_is_found_in_any_file_and_every_checkpoint_is_held_against_what_is_before(site):
    """The whole log; and a checkpoint that says something else, with a hash that fits, is found."""
    here = site(documents=BASIC)
    heads = [here.apply()["audit_head"]]
    here.run("audit", "seal")
    here.write("all.yaml", template("tmpl_a", name="Another"), *BASIC[1:])
    heads.append(here.apply()["audit_head"])
    here.run("audit", "seal")
    for head in heads:
        here.run("audit", "verify", "--expect-head", head)
    said = here.run("audit", "verify", "--all", "--expect-head", heads[0], "--format", "json").json
    assert said["records"] == here.log[-1]["seq"]
    here.run("audit", "verify", "--expect-head", "0" * 64, exits=1)
    forged = _forged(here, lambda record: record["tenants"].clear())
    here.log_path.write_bytes(forged)
    here.run("audit", "verify")
    assert "does not say what the records before" in here.run("audit", "verify", "--all", exits=1).err


def _forged(here, spoil):
    """The current file with another checkpoint, sealed as the tool does."""
    from reconciler.audit.chain import line, seal

    first = here.log[0]
    spoil(first)
    bare = {name: value for name, value in first.items() if name not in {"seq", "prev_hash", "hash"}}
    return line(seal(bare, first["prev_hash"], first["seq"]))


def test_a_key_is_begun_by_sealing_and_what_nobody_with_it_wrote_is_refused(site):
    """A record without the key, with another, or in another's place: plan and apply end with 1."""
    here = site(documents=BASIC[:1])
    here.apply()
    (here.folder / "log.key").write_text(KEY + "\n")
    here.cli.env["RECONCILER_LOG_KEY"] = KEY
    assert "has no mac" in here.run("plan", exits=1).err
    assert "has no mac" in here.run("audit", "verify", exits=1).err
    assert "has no mac" in here.run("doctor", exits=1).out
    del here.cli.env["RECONCILER_LOG_KEY"]
    here.run("audit", "seal", "--key-file", "log.key")
    here.cli.env["RECONCILER_LOG_KEY"] = KEY
    here.write("all.yaml", template("tmpl_a", name="Another"))
    here.apply()
    assert all(record["mac"] for record in here.log)
    assert "hashes alone" not in here.run("audit", "verify").out
    here.cli.env["RECONCILER_LOG_KEY"] = NEXT
    assert "RECONCILER_LOG_KEY did not make" in here.run("plan", exits=1).err
    del here.cli.env["RECONCILER_LOG_KEY"]
    assert "hashes alone" in here.run("audit", "verify").out
    here.write("all.yaml", template("tmpl_a", name="A third"))
    assert "RECONCILER_LOG_KEY is not set" in here.run("apply", "--yes", exits=1).err
    assert here.run("plan").code == 0


def test_a_key_is_changed_by_sealing_with_the_old_one_at_hand(site):
    """Earlier records are checked by their macs where the old key is given, else by their hashes."""
    here = site(documents=BASIC[:1])
    for name, key in (("old.key", KEY), ("new.key", NEXT)):
        (here.folder / name).write_text(key)
    here.cli.env["RECONCILER_LOG_KEY_FILE"] = "old.key"
    here.apply()
    here.run("audit", "seal", "--key-file", "new.key")
    assert "did not make" in here.run("plan", exits=1).err
    here.cli.env["RECONCILER_LOG_KEY_FILE"] = "new.key"
    assert planned(here.plan()) == []
    here.run("audit", "verify", "--all", "--old-key-file", "old.key")
    (here.folder / "wrong.key").write_text("w" * 40)
    assert (
        "one of the keys given"
        in here.run("audit", "verify", "--all", "--old-key-file", "wrong.key", exits=1).err
    )


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"RECONCILER_LOG_KEY": "short"}, "too short for a key: 5 bytes, and 32 or more"),
        ({"RECONCILER_LOG_KEY_FILE": "nowhere"}, "RECONCILER_LOG_KEY_FILE cannot be read: nowhere"),
        ({"RECONCILER_LOG_KEY": KEY, "RECONCILER_LOG_KEY_FILE": "x"}, "are both set"),
    ],
    ids=["short", "missing", "both"],
)
def test_a_key_that_cannot_be_one_is_refused_by_name(site, env, words):
    """Before anything is read of the log."""
    here = site(documents=BASIC[:1])
    assert words in here.run("plan", exits=1, env=env).err
    assert words.split(" ", 1)[-1] in " ".join(here.run("doctor", exits=1, env=env).out.split())


def test_there_is_nothing_to_seal_in_an_empty_log(site):
    """No file is made."""
    here = site(documents=BASIC[:1])
    assert "nothing to seal" in here.run("audit", "seal", exits=1).err
    assert not here.log_path.exists()


def test_a_report_reads_every_file_that_is_there_and_names_those_that_are_not(site):
    """Who approved what in a sealed file is told; without the file the report says what it lacks, and goes on."""
    here = site(documents=BASIC)
    here.apply()
    whole = here.run("audit", "report", "--format", "json").json
    head = here.run("audit", "seal", "--format", "json").json["audit_head"]
    report = here.run("audit", "report", "--format", "json", "--expect-head", head).json
    assert report["tenants"] == whole["tenants"]
    assert (report["chain"]["records"], report["chain"]["head"]) == (whole["chain"]["records"] + 1, head)
    assert report["chain"]["lacking"] == []
    here.write("all.yaml", template("tmpl_a", name="Another"), *BASIC[1:])
    here.apply()
    only_current(here)
    said = here.run("audit", "report", "--format", "json").json
    assert [one["kind"] for one in said["attention"]] == ["unnamed", "unnamed", "lacking"]
    (gone,) = said["chain"]["lacking"]
    assert [one["detail"] for one in said["attention"]][-1] == gone
    assert [one["id"] for one in said["tenants"][0]["templates"]] == ["tmpl_a", "tmpl_b"]


_OPENED = """
import runpy, sys
names = []
sys.addaudithook(lambda event, given: names.append(str(given[0])) if event == "open" else None)
try:
    runpy.run_module("reconciler", run_name="__main__", alter_sys=True)
finally:
    with open("opened.txt", "w") as file:
        file.write("\\n".join(names))
"""


def opened(here, *args):
    """The names and the bytes of the log's files that a run opened, however often it opened one."""
    command = [sys.executable, "-c", _OPENED, *args]
    subprocess.run(command, cwd=here.folder, env=here.cli.env, check=True, capture_output=True)
    names = {Path(one) for one in (here.folder / "opened.txt").read_text(encoding="utf-8").splitlines()}
    files = sorted(one.name for one in names if one.name.startswith("audit.") and one.suffix == ".jsonl")
    return files, sum((here.log_path.parent / one).stat().st_size for one in files)


def test_a_plan_and_an_apply_read_as_much_after_many_files_as_after_one(site):
    """The current file, and no byte more: only verify --all and a report of all time read what was sealed."""
    here = site(documents=BASIC)
    here.apply()
    here.run("audit", "seal")
    one, first = opened(here, "plan")
    for number in range(4):
        here.write("all.yaml", template("tmpl_a", name=f"Another {number}"), *BASIC[1:])
        here.apply()
        here.run("audit", "seal")
    sealed = sorted(file.name for file in here.log_path.parent.glob("audit.[0-9]*.jsonl"))
    assert len(sealed) == 5
    many, last = opened(here, "plan")
    assert one == many == ["audit.jsonl"]
    assert last < first * 1.1, "a checkpoint does not grow with the records before it"
    assert opened(here, "apply", "--yes")[0] == ["audit.jsonl"]
    assert opened(here, "audit", "verify")[0] == ["audit.jsonl"]
    assert opened(here, "audit", "verify", "--all")[0] == [*sealed, "audit.jsonl"]
    assert opened(here, "audit", "report")[0] == [*sealed, "audit.jsonl"]


def test_a_report_since_a_day_reads_the_files_that_reach_back_to_it(tmp_path):
    """A file a day: three of forty and the current one; the checkpoint of the first tells of what was before."""
    path = tmp_path / "audit.jsonl"
    days = [date(2026, 9, 1) + timedelta(number) for number in range(40)]
    with writing(str(path), sleep=lambda _: None, warn=print) as writer:
        for number, day in enumerate(days):
            story = Story()
            story.run(f"r{number}", day.isoformat())
            story.done(target=f"tmpl_{number:02}")
            writer.append([Record({**one, "hash": None}) for one in story.records])
            writer.seal({**story.common, "timestamp": story.at})
    here = SimpleNamespace(folder=tmp_path, cli=CommandLine(tmp_path), log_path=path)
    asked = ("audit", "report", "--audit-log", str(path), "--format", "json")
    files, _ = opened(here, *asked, "--since", days[-3].isoformat())
    assert len(files) == 4, files
    report, whole = (
        here.cli.run(*asked, *more).json["tenants"][0] for more in (("--since", days[-3].isoformat()), ())
    )
    assert [one["id"] for one in report["templates"]] == [one["id"] for one in whole["templates"]]
    assert [one["approved"]["at"] for one in report["templates"]] == [f"{day}T09:00:00.000Z" for day in days]
    assert sum(len(one["approvals"]) for one in report["templates"]) == 3
