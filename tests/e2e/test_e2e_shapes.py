"""The shapes that scripts rely on: validate, plan, apply, the digest."""

from __future__ import annotations

import json
import shutil

from auditlog import digest_of
from checkout import BASIC, HOOK, policy, template, webhook
from commandline import CommandLine

SUMMARY = ("applied", "unchanged", "pending", "held", "conflict", "failed", "blocked", "unreviewed")


FIRST = [
    ("approval", "approve", "tmpl_a"),
    ("approval", "approve", "tmpl_b"),
    ("a2p", "register", "tmpl_a"),
    ("a2p", "register", "tmpl_b"),
    ("webhook", "create", HOOK),
]


PLAN_KEYS = (
    *(
        "format_version",
        "tenant",
        "base_url",
        "targets",
        "digest",
        "actions",
        "unchanged",
        "pending",
        "held",
        "unchecked",
    ),
    *("unlisted", "guards", "findings", "notes"),
)


def test_the_plans_shape_is_the_documented_one(site):
    """Keys in their order, sorted changes, the null rules, and the secret only as a word."""
    here = site(documents=BASIC)
    plan = here.plan()
    assert tuple(plan) == PLAN_KEYS
    assert (plan["format_version"], plan["base_url"], plan["targets"]) == ("2.0", here.tenant.url, [])
    assert (plan["unchanged"], plan["pending"], plan["held"], plan["unchecked"], plan["unlisted"]) == (
        0,
        [],
        [],
        [],
        [],
    )
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
    assert any(
        HOOK in note for note in plan["notes"]
    )  # a first run's events do not reach the webhook it makes


def test_the_applys_shape_is_the_documented_one(site):
    """One result an action, with attempts and latency; the summary counts them; the head is the log's."""
    here = site(documents=BASIC)
    plan = here.plan()
    applied = here.apply()
    assert tuple(applied) == ("format_version", "plan_digest", "audit_head", "results", "summary")
    assert (applied["plan_digest"], applied["audit_head"]) == (plan["digest"], here.log[-1]["hash"])
    assert [(one["phase"], one["operation"], one["target"]) for one in applied["results"]] == FIRST
    for one in applied["results"]:
        keys = {"phase", "operation", "target", "outcome", "attempts", "latency_ms", "error", "doubt"}
        assert set(one) == keys
        assert (one["attempts"], one["error"], one["doubt"]) == (1, None, False)
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


def test_validates_shape_is_the_documented_one(bare):
    """Findings with place and target, templates with their size in the worst case; 1 where one is an error."""
    folder = bare.folder / "templates.d"
    folder.mkdir()
    long = json.dumps(
        template(
            "tmpl_long",
            content="x" * 130 + " {{ who }} STOP to opt out",
            variables={"who": {"max_length": 30}},
        )
    )
    (folder / "a.yaml").write_text(
        long
        + "\n---\n"
        + json.dumps(template("tmpl_emoji", content="Hi 🌞 Reply STOP to opt out."), ensure_ascii=False)
    )
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
        "id": "tmpl_long",
        "file": "templates.d/a.yaml",
        "line": 1,
        "encoding": "gsm-7",
        "units": 177,
        "segments": 2,
    }
    assert (by_id["tmpl_emoji"]["encoding"], by_id["tmpl_emoji"]["units"], by_id["tmpl_emoji"]["line"]) == (
        "ucs-2",
        28,
        3,
    )


def test_the_digest_is_of_what_a_review_approves(site):
    """Recomputed here from the plan's own content, by another RFC 8785; the saved file and ``show`` say the same."""
    here = site(
        documents=(template("tmpl_a", name='Zoë’s "reminder" 🦷 \\ €'), template("tmpl_b"), webhook())
    )
    plan = here.plan("--out", "plan.json")
    assert plan["digest"] == digest_of(plan)
    assert json.loads((here.folder / "plan.json").read_text(encoding="utf-8")) == plan
    assert here.run("show", "plan.json", "--format", "json").json == plan
    shown = here.run("show", "plan.json").out
    claims = [line for line in shown.splitlines(keepends=True) if "are what plan.json claims" in line]
    assert shown.replace("".join(claims), "", 1) == here.run("plan", "--out", "plan.json").out
    assert len(claims) == 1
    assert shown.splitlines()[-2] == f"Digest: {plan['digest']}"
    assert digest_of({**plan, "notes": [], "findings": [], "guards": [], "unchanged": 9}) == plan["digest"]


def test_the_digest_depends_on_state_alone(site):
    """The same desired and live state in other files, another order, another checkout, other hash seeds: one digest."""
    here = site(documents=BASIC)
    digests = {here.plan(env={"PYTHONHASHSEED": seed})["digest"] for seed in ("0", "1", "4242")}
    (here.folder / "templates.d" / "all.yaml").unlink()
    here.write("deep/er/z.yml", webhook(events=["a2p.registered", "template.approved"]))
    here.write("y.yaml", BASIC[1])
    here.write("x.yaml", dict(reversed(list(BASIC[0].items()))), policy())
    digests.add(here.plan("--templates", "templates.d/y.yaml", "--templates", "templates.d")["digest"])
    there = CommandLine(here.folder / "another" / "checkout")
    shutil.copytree(here.folder / "templates.d", there.folder / "templates.d")
    there.env |= {**here.cli.env, "HOME": str(there.folder), "TZ": "Asia/Tokyo", "LANG": "C"}
    digests.add(there.run("plan", "--format", "json").json["digest"])
    assert len(digests) == 1
    here.tenant.edit("tmpl_a", name="touched")
    here.tenant.edit("tmpl_a", name=BASIC[0]["name"])
    assert here.plan()["digest"] not in digests  # updated_at moved: the review was of another state
