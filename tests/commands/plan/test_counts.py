"""What a run costs, in counts that no clock has a part in: imports, requests, syncs of the log's file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import corpus
from benchmarks.processes import RECONCILER, run, tenant

READS = (
    "POST /oauth/token",
    "GET /api/v1/messaging/templates",
    "GET /api/v1/a2p/registrations",
    "GET /api/v1/webhooks",
)

IMPORTED = """
import os, sys
os._exit = sys.exit
before = set(sys.modules)
sys.argv = ["reconciler", *sys.argv[1:]]
from reconciler.__main__ import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}), file=sys.stderr)
"""

COUNTING = """
import atexit, os
calls = []
sync = os.fsync
def counted(descriptor):
    calls.append(descriptor)
    sync(descriptor)
os.fsync = counted
atexit.register(lambda: open(os.environ["SYNCS"], "w").write(str(len(calls))))
"""


def imported(*arguments):
    """Whatever this command line imports: the outermost names."""
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments], capture_output=True, text=True, check=True
    )
    names = set(ran.stderr.split())
    assert "reconciler" in names
    return names - {"reconciler"}


def apply(live, folder, log, expect, **env):
    """An apply of all that is planned; it ends well, and says what is expected."""
    command = [*RECONCILER, "apply", "--yes", "--templates", str(folder), "--audit-log", str(log)]
    run([*command, "--concurrency", "20"], expect=expect, env={**live.environment, **env})


def test_the_version_is_told_before_anything_is_imported():
    """`--version` imports nothing but the standard library."""
    assert imported("--version") - sys.stdlib_module_names == set()


def test_help_imports_the_command_line_parser_alone():
    """`--help` imports click, and neither httpx nor yaml nor jsonschema nor rich."""
    assert imported("--help") - sys.stdlib_module_names == {"click"}


def test_help_on_a_topic_needs_no_rich_in_a_pipe_and_no_tenant():
    """`help exit-codes` imports click and no other library."""
    assert imported("help", "exit-codes") - sys.stdlib_module_names == {"click"}


def test_sound_files_are_checked_without_what_words_errors_and_what_talks_to_tenants():
    """`validate` of sound files imports yaml and fastjsonschema, but not jsonschema, rich, httpx or asyncio."""
    folder = Path(__file__).parents[3] / "templates.d"
    found = imported("validate", "--format", "json", "--templates", str(folder))
    assert {"yaml", "fastjsonschema"} <= found
    assert found.isdisjoint({"jsonschema", "rich", "httpx", "asyncio"})


@pytest.mark.parametrize(("templates", "pages"), [(3, 1), (500, 1), (501, 2), (1200, 3)])
def test_a_plan_asks_for_a_token_and_each_page_once(tmp_path, templates, pages):
    """A plan of what is live already sends one token request and ceil(n / 500) of each list, and nothing else."""
    corpus.write(tmp_path / "templates.d", templates, 1)
    command = [*RECONCILER, "plan", "--templates", str(tmp_path / "templates.d")]
    with tenant(templates, "APPROVED", 0.0) as live:
        nothing = f"Plan: nothing to do; {2 * templates + 1} unchanged"
        run([*command, "--audit-log", str(tmp_path / "log")], expect=nothing, env=live.environment)
        assert live.counts() == dict(zip(READS, (1, pages, pages, 1), strict=True))


def test_an_apply_sends_five_requests_a_template_and_the_next_none(tmp_path):
    """Each template is read, put, registered and told twice, once; a second apply only reads, and appends nothing."""
    corpus.write(tmp_path / "templates.d", 30, 3)
    log = tmp_path / "audit.jsonl"
    with tenant(30, "PENDING", 0.0) as live:
        apply(live, tmp_path / "templates.d", log, "Done: 60 applied")
        assert live.counts() == dict.fromkeys(READS, 1) | {
            "GET /api/v1/messaging/templates/{id}": 30,
            "PUT /api/v1/messaging/templates/{id}": 30,
            "POST /api/v1/a2p/registrations": 30,
            "POST /api/v1/audit/logs": 60,
        }
        before = log.read_bytes()
        apply(live, tmp_path / "templates.d", log, "Done: nothing to do")
        assert live.counts() == dict.fromkeys(READS, 1)
        assert log.read_bytes() == before


def test_records_of_one_moment_share_a_sync(tmp_path):
    """An outcome never has a sync that its template's next intent does not share, and every intent has had one.

    At most three a template, one for the log's folder, one each for what was reviewed and delivered. At least, with
    no more than 30 of 60 templates under way, one for the approvals' intents and one for the registrations', twice.
    """
    corpus.write(tmp_path / "templates.d", 60, 1)
    (tmp_path / "counting").mkdir()
    (tmp_path / "counting" / "sitecustomize.py").write_text(COUNTING)
    log, syncs = tmp_path / "audit.jsonl", tmp_path / "syncs"
    path = os.pathsep.join(filter(None, (str(tmp_path / "counting"), os.environ.get("PYTHONPATH"))))
    with tenant(60, "PENDING", 0.0) as live:
        apply(live, tmp_path / "templates.d", log, "Done: 120 applied", PYTHONPATH=path, SYNCS=str(syncs))
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert (events.count("intent"), events.count("outcome"), len(events)) == (120, 120, 242)
    assert 2 * 2 + 3 <= int(syncs.read_text()) <= 3 * 60 + 3
