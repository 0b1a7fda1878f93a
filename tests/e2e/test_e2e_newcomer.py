"""The first hour: validate, plan, apply, apply again, verify; and the shapes that scripts rely on."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from auditlog import ends, events, open_intents, records_of, sha256
from checkout import BASIC, HOOK, ROOT, outcomes, planned, template

SUMMARY = ("applied", "unchanged", "pending", "held", "conflict", "failed", "blocked", "unreviewed")


FIRST = [
    ("approval", "approve", "tmpl_a"),
    ("approval", "approve", "tmpl_b"),
    ("a2p", "register", "tmpl_a"),
    ("a2p", "register", "tmpl_b"),
    ("webhook", "create", HOOK),
]


def test_the_shipped_folder_goes_from_validate_to_a_verified_log(bare):
    """The README's first steps, on the sandbox, without one credential: each exits with its code in the README."""
    shutil.copytree(ROOT / "templates.d", bare.folder / "templates.d")
    log = bare.folder / ".reconciler" / "sandbox-audit.jsonl"
    assert "warning" not in bare.run("validate", env={"CXONE_WEBHOOK_SECRET": "x" * 24}).out.splitlines()[-1:]
    plan = bare.run("plan", "--sandbox", "--format", "json").json
    assert plan["base_url"] == "sandbox"
    assert {action["operation"] for action in plan["actions"]} == {"approve", "register", "create"}
    assert not log.exists()
    assert (
        bare.run("plan", "--sandbox", "--detailed-exitcode", exits=2)
        .out.splitlines()[-3]
        .startswith("Plan: ")
    )
    first = bare.run("apply", "--sandbox", "--yes", "--format", "json")
    assert set(outcomes(first.json).values()) == {"applied"}
    assert "CXONE_WEBHOOK_SECRET is not set" in first.err
    for tried in re.findall("`reconciler ([^`]*)`", first.err.splitlines()[-1]):
        bare.run(*tried.split())
    assert (bare.folder / "report.html").is_file()
    before = log.read_bytes()
    assert bare.run("plan", "--sandbox", "--detailed-exitcode", "--format", "json").json["actions"] == []
    again = bare.run("apply", "--sandbox", "--yes", "--format", "json").json
    assert (again["results"], log.read_bytes()) == ([], before)
    bare.run("audit", "verify", "--sandbox")
    assert open_intents(records_of(log)) == {}


def test_on_a_tenant_everything_is_done_once_and_known_for_good(site):
    """Approved, registered and announced in one apply; the second sends no write and appends nothing."""
    here = site(documents=BASIC)
    assert planned(here.plan()) == FIRST
    here.run("plan", "--detailed-exitcode", exits=2)
    assert here.untouched()
    assert not here.log_path.exists()
    applied = here.apply()
    assert set(outcomes(applied).values()) == {"applied"}
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED", "tmpl_b": "APPROVED"}
    assert here.tenant.registered() == ["tmpl_a", "tmpl_b"]
    assert [(hook["url"], sorted(hook["events"])) for hook in here.tenant.webhooks()] == [
        (HOOK, ["a2p.registered", "template.approved"])
    ]
    assert here.tenant.webhooks()[0]["secret"] == here.cli.env["CXONE_WEBHOOK_SECRET"]
    writes, log = here.tenant.writes(audit=True), here.log_path.read_bytes()
    assert here.plan("--detailed-exitcode")["unchanged"] == 5
    second = here.apply()
    assert second["results"] == []
    assert second["audit_head"] == applied["audit_head"]
    assert (here.tenant.writes(audit=True), here.log_path.read_bytes()) == (writes, log)
    here.run("audit", "verify")


def test_fields_that_no_document_manages_survive_a_put(site):
    """The whole template goes back as it was read, nested fields and nulls as well."""
    here = site(documents=(template("tmpl_a"),))
    here.tenant.edit(
        "tmpl_a", extra={"deep": [1, None, {"ü": "€"}]}, flag=False, big=12345678901234567890, half=0.5
    )
    before = here.tenant.template("tmpl_a")
    here.apply()
    after = here.tenant.template("tmpl_a")
    assert after.pop("status") == "APPROVED"
    assert before.pop("status") == "PENDING"
    assert after["meta"].pop("updated_at") != before["meta"].pop("updated_at")
    assert after == before


def test_every_write_is_announced_and_delivered(site):
    """Intent before each write, one outcome an action; the tenant's audit log has the outcomes' seven fields."""
    here = site(documents=BASIC)
    here.apply()
    log = here.log
    assert log[0]["event"] == "reviewed"
    reviewed = events(log, "reviewed")[0]
    assert [(one["phase"], one["operation"], one["target"]) for one in reviewed["actions"]] == FIRST
    assert len(events(log, "intent")) == 5
    assert sorted(ends(log)) == sorted((phase, target, "applied") for phase, _, target in FIRST)
    assert open_intents(log) == {}
    outcome = events(log, "outcome")
    fields = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")
    delivered = here.tenant.state()["audit_logs"]
    wanted = [{name: record[name] for name in fields} for record in outcome]
    assert sorted(map(sha256, wanted)) == sorted(
        sha256({name: one[name] for name in fields}) for one in delivered
    )
    assert all(set(one) == {"id", *fields} for one in delivered)
    assert sorted(seq for record in events(log, "delivered") for seq in record["delivered"]) == [
        record["seq"] for record in outcome
    ]
    by_action = {(record["action"], record["template_id"]): record for record in outcome}
    assert set(by_action) == {
        *(("TEMPLATE_APPROVAL", "tmpl_a"), ("TEMPLATE_APPROVAL", "tmpl_b")),
        *(("A2P_REGISTRATION", "tmpl_a"), ("A2P_REGISTRATION", "tmpl_b"), ("WEBHOOK_CONFIGURATION", "")),
    }
    assert by_action["TEMPLATE_APPROVAL", "tmpl_a"]["status"] == "APPROVED"
    assert by_action["A2P_REGISTRATION", "tmpl_a"]["carrier_ready"] is True
    assert (
        by_action["A2P_REGISTRATION", "tmpl_a"]["latency_ms"]
        >= by_action["TEMPLATE_APPROVAL", "tmpl_a"]["latency_ms"]
    )
    for record in log:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
        assert (record["base_url"], record["operator_id"]) == (here.tenant.url, "tester")
    memory = json.dumps([record["memory"] for record in log])
    assert re.search(r"scrypt:[0-9a-f]{64}", memory)


@pytest.mark.parametrize(
    "more", [{"RECONCILER_REVIEW": '{"pull_request": 7, "approvers": ["ann"], "run": "r1"}'}]
)
def test_who_reviewed_stands_in_every_outcome(site, more):
    """RECONCILER_REVIEW and --reason, and the CI's commit, as the environment asserts them."""
    here = site(
        documents=(template("tmpl_a", waivers=[{"rule": "CX105", "reason": "why", "expires": "2099-01-01"}]),)
    )
    ci = {"GITHUB_SHA": "c" * 40, "GITHUB_REF": "refs/heads/main", "GITHUB_ACTOR": "bot"}
    here.apply("--reason", "launch", env={**more, **ci})
    for record in events(here.log, "outcome"):
        assert record["review"] == {"pull_request": 7, "approvers": ["ann"], "run": "r1", "reason": "launch"}
        assert record["git"] == {"commit": "c" * 40, "ref": "refs/heads/main", "actor": "bot"}
        assert record["changes"]
        assert re.fullmatch("sha256:[0-9a-f]{64}", record["content_sha256"])
        assert record["waivers"] == [{"rule": "CX105", "reason": "why", "expires": "2099-01-01"}]
    approval = events(here.log, "outcome")[0]
    assert approval["updated_at"] == here.tenant.template("tmpl_a")["meta"]["updated_at"]


def test_the_sandbox_serves_what_its_exports_say(bare):
    """``sandbox`` prints three exports, serves a tenant seeded from the files, and ends quietly on SIGTERM."""
    folder = bare.folder / "templates.d"
    folder.mkdir()
    (folder / "a.yaml").write_text(json.dumps(template("tmpl_a")))
    process = bare.start("sandbox", "--port", "0", "--fault", "six-calls")
    lines = [process.stdout.readline() for _ in range(3)]
    exported = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
    assert list(exported) == ["CXONE_BASE_URL", "CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"]
    assert bare.run("apply", "--yes", "--format", "json", env=exported).json["summary"]["applied"] == 2
    assert bare.run("apply", "--yes", "--format", "json", env=exported).json["results"] == []
    process.terminate()
    assert bare.end(process).out == ""
    assert "six-calls" in bare.run("sandbox", "--fault", "six-call", exits=64).err
