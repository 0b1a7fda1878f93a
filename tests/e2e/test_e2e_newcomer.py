"""The first hour: validate, plan, apply, apply again, verify; and the shapes that scripts rely on."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from auditlog import digest_of, ends, events, open_intents, records_of, sha256
from checkout import BASIC, HOOK, ROOT, outcomes, planned, policy, template, webhook

PLAN_KEYS = (
    *("format_version", "base_url", "targets", "digest", "actions", "unchanged", "pending", "held", "unchecked"),
    *("unlisted", "guards", "findings", "notes"),
)
SUMMARY = ("applied", "unchanged", "pending", "held", "conflict", "failed", "blocked", "unreviewed")
FIRST = [
    ("approval", "approve", "tmpl_a"),
    ("approval", "approve", "tmpl_b"),
    ("a2p", "register", "tmpl_a"),
    ("a2p", "register", "tmpl_b"),
    ("webhook", "create", HOOK),
]


def test_the_shipped_folder_goes_from_validate_to_a_verified_log(bare):
    """The README's first steps, on the sandbox, without one credential: each exits as the contract says."""
    shutil.copytree(ROOT / "templates.d", bare.folder / "templates.d")
    log = bare.folder / ".reconciler" / "sandbox-audit.jsonl"
    assert "warning" not in bare.run("validate", env={"CXONE_WEBHOOK_SECRET": "x" * 24}).out.splitlines()[-1:]
    plan = bare.run("plan", "--sandbox", "--format", "json").json
    assert plan["base_url"] == "sandbox"
    assert {action["operation"] for action in plan["actions"]} == {"approve", "register", "create"}
    assert not log.exists()
    assert bare.run("plan", "--sandbox", "--detailed-exitcode", exits=2).out.splitlines()[-1].startswith("Plan: ")
    first = bare.run("apply", "--sandbox", "--yes", "--format", "json")
    assert set(outcomes(first.json).values()) == {"applied"}
    assert "CXONE_WEBHOOK_SECRET is not set" in first.err
    before = log.read_bytes()
    assert bare.run("plan", "--sandbox", "--detailed-exitcode", "--format", "json").json["actions"] == []
    again = bare.run("apply", "--sandbox", "--yes", "--format", "json").json
    assert (again["results"], log.read_bytes()) == ([], before)
    bare.run("audit", "verify", "--sandbox")
    assert open_intents(records_of(log)) == {}


def test_on_a_tenant_everything_is_done_once_and_known_for_good(site):
    """Approved, registered and announced in one apply; the second sends no write and appends nothing."""
    here = site()
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
    here.tenant.edit("tmpl_a", extra={"deep": [1, None, {"ü": "€"}]}, flag=False, big=12345678901234567890, half=0.5)
    before = here.tenant.template("tmpl_a")
    here.apply()
    after = here.tenant.template("tmpl_a")
    assert after.pop("status") == "APPROVED"
    assert before.pop("status") == "PENDING"
    assert after["meta"].pop("updated_at") != before["meta"].pop("updated_at")
    assert after == before


def test_the_plans_shape_is_the_contracts(site):
    """Keys in their order, sorted changes, the null rules, and the secret only as a word."""
    here = site()
    plan = here.plan()
    assert tuple(plan) == PLAN_KEYS
    assert (plan["format_version"], plan["base_url"], plan["targets"]) == ("1.0", here.tenant.url, [])
    assert (plan["unchanged"], plan["pending"], plan["held"], plan["unchecked"], plan["unlisted"]) == (0, [], [], [], [])
    approve, _, register, _, create = plan["actions"]
    assert {"phase", "operation", "target", "changes", "updated_at", "source"} <= set(approve)
    assert approve["changes"] == [{"field": "status", "live": "PENDING", "desired": "APPROVED"}]
    assert approve["updated_at"] == here.tenant.template("tmpl_a")["meta"]["updated_at"]
    assert approve["source"] == {"file": "templates.d/all.yaml", "line": approve["source"]["line"]}
    assert "updated_at" not in register
    assert [(one["field"], one["live"]) for one in register["changes"]] == [
        ("campaign_name", None),
        ("message_class", None),
        ("opt_in_language", None),
    ]
    assert create["changes"] == [
        {"field": "events", "live": None, "desired": ["a2p.registered", "template.approved"]},
        {"field": "secret", "live": None, "desired": "(secret)"},
    ]
    assert any(HOOK in note for note in plan["notes"])  # a first run's events do not reach the webhook it makes


def test_the_applys_shape_is_the_contracts(site):
    """Every planned action has one result, with attempts and latency; the summary counts them; the head is the log's."""
    here = site()
    plan = here.plan()
    applied = here.apply()
    assert tuple(applied) == ("format_version", "plan_digest", "audit_head", "results", "summary")
    assert (applied["plan_digest"], applied["audit_head"]) == (plan["digest"], here.log[-1]["hash"])
    assert [(one["phase"], one["operation"], one["target"]) for one in applied["results"]] == FIRST
    for one in applied["results"]:
        assert set(one) == {"phase", "operation", "target", "outcome", "attempts", "latency_ms", "error"}
        assert (one["attempts"], one["error"]) == (1, None)
        assert isinstance(one["latency_ms"], int)
    assert applied["summary"] == dict.fromkeys(SUMMARY, 0) | {"applied": 5}
    assert tuple(applied["summary"]) == SUMMARY


def test_an_apply_with_nothing_to_do_leaves_no_log(site):
    """No action, no record: the head is null, and no log is begun."""
    here = site(documents=(template("tmpl_a", status="PENDING", a2p=None),))
    assert here.apply() == {
        "format_version": "1.0",
        "plan_digest": here.plan()["digest"],
        "audit_head": None,
        "results": [],
        "summary": dict.fromkeys(SUMMARY, 0),
    }
    assert not here.log_path.exists()
    assert here.untouched()


def test_validates_shape_is_the_contracts(bare):
    """Findings with place and target, templates with their size in the worst case; 1 where one is an error."""
    folder = bare.folder / "templates.d"
    folder.mkdir()
    long = json.dumps(template("tmpl_long", content="x" * 130 + " {{ who }} STOP to opt out", variables={"who": {"max_length": 30}}))
    (folder / "a.yaml").write_text(long + "\n---\n" + json.dumps(template("tmpl_emoji", content="Hi 🌞 Reply STOP to opt out."), ensure_ascii=False))
    result = bare.run("validate", "--format", "json", exits=1).json
    assert tuple(result) == ("format_version", "valid", "findings", "templates")
    assert (result["format_version"], result["valid"]) == ("1.0", False)
    assert [(one["code"], one["name"], one["severity"], one["target"]) for one in result["findings"]] == [
        ("CX101", "segments", "error", "tmpl_long"),
        ("CX105", "ucs2", "warning", "tmpl_emoji"),
    ]
    for one in result["findings"]:
        assert tuple(one) == ("code", "name", "severity", "message", "file", "line", "column", "target")
        assert one["file"] == "templates.d/a.yaml"
    by_id = {one["id"]: one for one in result["templates"]}
    assert by_id["tmpl_long"] == {
        **{"id": "tmpl_long", "file": "templates.d/a.yaml", "line": 1, "encoding": "gsm-7", "units": 177, "segments": 2}
    }
    assert (by_id["tmpl_emoji"]["encoding"], by_id["tmpl_emoji"]["units"], by_id["tmpl_emoji"]["line"]) == ("ucs-2", 28, 3)


def test_the_digest_is_what_the_contract_says_it_is_of(site):
    """Recomputed here from the plan's own content, by another RFC 8785; the saved file and ``show`` say the same."""
    here = site(documents=(template("tmpl_a", name="Zoë’s \"reminder\" 🦷 \\ €"), template("tmpl_b"), webhook()))
    plan = here.plan("--out", "plan.json")
    assert plan["digest"] == digest_of(plan)
    assert json.loads((here.folder / "plan.json").read_text(encoding="utf-8")) == plan
    assert here.run("show", "plan.json", "--format", "json").json == plan
    shown = here.run("show", "plan.json").out
    assert shown == here.run("plan").out
    assert plan["digest"].removeprefix("sha256:")[:12] in shown.splitlines()[-1]
    assert digest_of({**plan, "notes": [], "findings": [], "guards": [], "unchanged": 9}) == plan["digest"]


def test_the_digest_depends_on_state_alone(site):
    """The same desired and live state in other files, another order, under other hash seeds: one digest."""
    here = site()
    digests = {here.plan(env={"PYTHONHASHSEED": seed})["digest"] for seed in ("0", "1", "4242")}
    (here.folder / "templates.d" / "all.yaml").unlink()
    here.write("deep/er/z.yml", webhook(events=["a2p.registered", "template.approved"]))
    here.write("y.yaml", BASIC[1])
    here.write("x.yaml", dict(reversed(list(BASIC[0].items()))), policy())
    digests.add(here.plan("--templates", "templates.d/y.yaml", "--templates", "templates.d")["digest"])
    assert len(digests) == 1
    here.tenant.edit("tmpl_a", name="touched")
    here.tenant.edit("tmpl_a", name=BASIC[0]["name"])
    assert here.plan()["digest"] not in digests  # updated_at moved: the review was of another state


def test_every_write_is_announced_and_delivered(site):
    """Intent before each write, one outcome an action; the tenant's audit log has exactly the outcomes' seven fields."""
    here = site()
    here.apply()
    log = here.log
    assert [record["event"] for record in log][0] == "reviewed"
    reviewed = events(log, "reviewed")[0]
    assert [(one["phase"], one["operation"], one["target"]) for one in reviewed["actions"]] == FIRST
    assert len(events(log, "intent")) == 5
    assert sorted(ends(log)) == sorted((phase, target, "applied") for phase, _, target in FIRST)
    assert open_intents(log) == {}
    outcome = events(log, "outcome")
    fields = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")
    delivered = here.tenant.state()["audit_logs"]
    wanted = [{name: record[name] for name in fields} for record in outcome]
    assert sorted(map(sha256, wanted)) == sorted(sha256({name: one[name] for name in fields}) for one in delivered)
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
    assert by_action["A2P_REGISTRATION", "tmpl_a"]["latency_ms"] >= by_action["TEMPLATE_APPROVAL", "tmpl_a"]["latency_ms"]
    for record in log:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
        assert (record["base_url"], record["operator_id"]) == (here.tenant.url, "tester")
    memory = json.dumps([record["memory"] for record in log])
    assert re.search(r"scrypt:[0-9a-f]{64}", memory)


@pytest.mark.parametrize("more", [{"RECONCILER_REVIEW": '{"pull_request": 7, "approvers": ["ann"], "run": "r1"}'}])
def test_who_reviewed_stands_in_every_outcome(site, more):
    """RECONCILER_REVIEW and --reason, and the CI's commit, as the environment asserts them."""
    here = site(documents=(template("tmpl_a", waivers=[{"rule": "CX105", "reason": "why", "expires": "2099-01-01"}]),))
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
