"""The log itself: torn lines, cut tails, changed records, and two writers at once."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from auditlog import open_intents, records_of
from checkout import BASIC, template


@pytest.mark.parametrize("torn", [b'{"timestamp":"2026', b"\x00\xff\xfe"])
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
    """Every other line torn in its middle: no write but audit records goes out, and every intent is closed."""
    here = site(documents=BASIC)
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
        assert set(map(str, pool.map(cut, range(1, len(lines), 2)))) == {"{}"}
    assert here.tenant.writes() == writes


def test_two_applies_in_one_folder_take_turns(site):
    """One writer at a time: both end well, and everything was done once."""
    here = site("latency=20", documents=BASIC)
    both = [here.cli.start("apply", "--yes", "--format", "json") for _ in range(2)]
    results = [here.cli.end(process).json["results"] for process in both]
    assert sorted(map(len, results)) == [0, 5]
    assert len(here.tenant.done()) == 5
    assert len(here.tenant.webhooks()) == 1
    assert open_intents(here.log) == {}


def test_two_machines_at_once_do_no_harm(site):
    """Two logs, one tenant: nothing is written over, no registration made twice; a rerun finds nothing.

    Each log has keys of its own, so that a webhook may be made by both where they look at the same moment. It is never
    made more often, and the plan names the two.
    """
    here = site("latency=20", documents=BASIC)
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
    ids = [one["id"] for one in here.tenant.webhooks()]
    assert len(ids) in (1, 2)
    notes = " ".join(here.plan()["notes"])
    assert all(id_ in notes for id_ in ids) is (len(ids) == 2)


def test_a_changed_log_is_named_and_stops_everything(site):
    """Changed, removed, reordered: verify names the record, plan and apply exit 1; a cut tail shows by the head."""
    here = site(documents=BASIC[:1])
    here.apply()
    head, lines = here.log[-1]["hash"], here.log_path.read_bytes().splitlines(keepends=True)
    here.run("audit", "verify", "--expect-head", head)
    here.run("audit", "verify", "--expect-head", here.log[0]["hash"])
    here.run("audit", "verify", "--expect-head", head.removeprefix("sha256:").upper())
    changed = lines[2].replace(b'"tester"', b'"nobody"')
    assert changed != lines[2]
    broken = {
        "changed": [*lines[:2], changed, *lines[3:]],
        "removed": [*lines[:2], *lines[3:]],
        "reordered": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "first": lines[1:],
    }
    here.write("all.yaml", template("tmpl_a", name="Another name"))
    puts = here.tenant.writes(audit=True)
    for name, content in broken.items():
        path = here.folder / f"{name}.jsonl"
        path.write_bytes(b"".join(content))
        runs = [
            here.cli.start(*command, "--audit-log", path.name)
            for command in (("audit", "verify"), ("plan",), ("apply", "--yes"))
        ]
        ran = [here.cli.end(process, exits=1) for process in runs]
        assert all(("1" if name == "first" else "3") in one.err for one in ran)
        assert path.read_bytes() == b"".join(content)
    here.log_path.write_bytes(b"".join(lines[:-1]))
    here.run("audit", "verify")
    assert head in here.run("audit", "verify", "--expect-head", head, exits=1).err
    assert here.tenant.writes(audit=True) == puts
