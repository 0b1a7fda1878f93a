"""What is refused without a flag or a review, and which refusal comes first."""

from __future__ import annotations

import json
import shutil

from auditlog import events
from checkout import BASIC, HOOK, outcomes, planned, policy, template, webhook


def test_a_revocation_needs_a_flag_or_a_review(site):
    """5 and nothing written; the plan shows the guard; --allow-revoke, or a reviewed FILE, passes it."""
    here = site(documents=BASIC)
    here.apply()
    writes = here.tenant.writes(audit=True)
    here.write("all.yaml", template("tmpl_a", status="SUSPENDED"), *BASIC[1:])
    plan = here.plan("--out", "plan.json")
    assert planned(plan) == [("approval", "revoke", "tmpl_a")]
    assert [(guard["name"], guard["targets"]) for guard in plan["guards"]] == [("revoke", ["tmpl_a"])]
    assert set(plan["guards"][0]) == {"name", "targets", "message"}
    ran = here.run("apply", "--yes", exits=5)
    assert "--allow-revoke" in ran.err
    assert "tmpl_a" in ran.err
    assert here.run("apply", "--yes", "--allow-many", "--format", "json", exits=5).json["findings"] == []
    assert here.tenant.writes(audit=True) == writes
    assert outcomes(here.apply("plan.json")) == {("approval", "tmpl_a"): "applied"}
    assert here.tenant.statuses()["tmpl_a"] == "SUSPENDED"
    here.tenant.edit("tmpl_a", status="APPROVED")
    assert outcomes(here.apply("--allow-revoke")) == {("approval", "tmpl_a"): "applied"}
    here.tenant.edit("tmpl_a", status="APPROVED")
    assert outcomes(here.apply("--expect-digest", here.plan()["digest"])) == {
        ("approval", "tmpl_a"): "applied"
    }


def test_a_revocation_in_the_log_is_reviewed(site):
    """``audit review`` of a plan with a revocation: --continue does it, without a flag."""
    here = site()
    here.tenant.edit("tmpl_a", status="APPROVED")
    here.write("all.yaml", template("tmpl_a", status="SUSPENDED", a2p=None))
    here.reviewed()
    here.run("audit", "review", "plan.json")
    assert outcomes(here.apply("--continue")) == {("approval", "tmpl_a"): "applied"}
    assert here.tenant.statuses()["tmpl_a"] == "SUSPENDED"
    here.tenant.edit("tmpl_a", status="APPROVED")
    here.run("apply", "--yes", exits=5)
    here.reviewed()
    here.run("audit", "review", "plan.json")
    assert outcomes(here.apply()) == {("approval", "tmpl_a"): "applied"}


def test_changing_most_approved_templates_needs_a_flag_or_a_review(site):
    """More than ten of them and more than half of all such: ``many``; ten are not, nor are new approvals."""
    documents = tuple(template(f"tmpl_{number:02}") for number in range(12))
    here = site(documents=documents)
    assert here.plan()["guards"] == []  # none is live APPROVED yet
    here.apply()
    here.write("all.yaml", *(template(f"tmpl_{number:02}", name=f"New {number}") for number in range(12)))
    guard = here.plan("--out", "plan.json")["guards"][0]
    assert (guard["name"], len(guard["targets"])) == ("many", 12)
    assert "--allow-many" in here.run("apply", "--yes", exits=5).err
    assert here.tenant.template("tmpl_00")["name"] == "Reminder tmpl_00"
    some = (*(template(f"tmpl_{number:02}", name=f"New {number}") for number in range(10)), *documents[10:])
    here.write("all.yaml", *some)
    assert here.plan()["guards"] == []
    here.write("all.yaml", *(template(f"tmpl_{number:02}", name=f"New {number}") for number in range(12)))
    assert here.apply("plan.json")["summary"]["applied"] == 12
    here.write("all.yaml", *documents)
    assert here.apply("--allow-many")["summary"]["applied"] == 12


def test_max_changes_holds_always(site):
    """Also for a reviewed FILE: 5, nothing written; the number itself is allowed."""
    here = site(documents=BASIC)
    here.reviewed()
    for how in (("--yes",), ("plan.json",)):
        assert "--max-changes" in here.run("apply", *how, "--max-changes", "4", exits=5).err
    assert here.untouched()
    assert here.plan()["guards"] == []
    here.run("apply", "--yes", "--max-changes", "-1", exits=64)
    assert here.apply("plan.json", "--max-changes", "5")["summary"]["applied"] == 5


def test_a_policy_for_other_tenants_refuses_plan_and_apply(site):
    """5 before anything is sent; the message names both; its own tenant is compared normalised."""
    here = site(documents=(*BASIC, policy(tenants=["https://acme.nicecxone.com"])))
    for command in (("plan",), ("apply", "--yes")):
        ran = here.run(*command, exits=5)
        assert "acme.nicecxone.com" in ran.err
        assert here.tenant.url in ran.err
    assert here.tenant.count("POST", "/oauth/token") == 0
    assert not here.log_path.exists()
    here.write("all.yaml", *BASIC, policy(tenants=[here.tenant.url.replace("http", "HTTP") + "/"]))
    assert len(here.plan()["actions"]) == 5
    here.write("all.yaml", *BASIC, policy(tenants=["https://ACME.nicecxone.com:443/"]))
    assert "acme" in here.run("plan", env={"CXONE_BASE_URL": None, "CXONE_ORG": "other"}, exits=5).err.lower()


def test_nothing_is_sent_before_the_policy_is_known(site):
    """Lists are read while the files are, but for no tenant that the Policy forbids, however that is written."""
    here = site(documents=(*BASIC, policy(tenants=["https://acme.nicecxone.com"])))
    written = here.folder / "templates.d" / "all.yaml"
    text = written.read_text(encoding="utf-8")
    for spelt in ("Polic\\u0079", "\\x50olicy"):
        written.write_text(text.replace('"Policy"', f'"{spelt}"'), encoding="utf-8")
        assert "acme.nicecxone.com" in here.run("plan", exits=5).err
    written.write_text(text.replace('"tenants"', '"tenant"'), encoding="utf-8")
    here.run("plan", exits=1)
    assert here.tenant.count("POST", "/oauth/token") == 0


def test_the_sandbox_ignores_the_policys_tenants(bare):
    """Under --sandbox ``tenants`` does not count."""
    folder = bare.folder / "templates.d"
    folder.mkdir()
    lines = (template("tmpl_a"), policy(tenants=["https://acme.nicecxone.com"]))
    (folder / "a.yaml").write_text("\n---\n".join(map(json.dumps, lines)))
    assert bare.run("apply", "--sandbox", "--yes", "--format", "json").json["summary"]["applied"] == 2


def test_usage_comes_before_errors_before_stale_before_refused(site):
    """Where several hold: 64, then 1, then 4, then 5; nothing is written in any case."""
    here = site()
    here.apply()
    writes = here.tenant.writes(audit=True)
    here.write("all.yaml", template("tmpl_a", status="SUSPENDED"), *BASIC[1:])
    here.reviewed()
    here.tenant.edit("tmpl_a", name="moved")
    guarded = ("--max-changes", "0")
    here.run("apply", "plan.json", *guarded, exits=4)
    here.run("apply", "plan.json", "--continue", *guarded, exits=64)
    here.write("bad.yaml", template("tmpl_bad", content="no way out"))
    here.run("apply", "plan.json", *guarded, exits=1)
    here.run("apply", "plan.json", "--continue", *guarded, exits=64)
    (here.folder / "templates.d" / "bad.yaml").unlink()
    here.run(
        "apply", "plan.json", *guarded, exits=1, env={"CXONE_CLIENT_SECRET": "wrong-secret-wrong-secret"}
    )
    here.write("policy.yaml", policy(tenants=["https://acme.nicecxone.com"]))
    here.run("apply", "--yes", exits=5)
    here.write("bad.yaml", template("tmpl_bad", content="no way out"))
    here.run("apply", "--yes", exits=1)
    here.run("plan", exits=1)
    assert here.tenant.writes(audit=True) == writes


def test_a_missing_log_comes_after_errors_and_before_any_write(site):
    """--require-audit-log: 5 for plan and apply, with a FILE as well; an error in the files is 1 all the same."""
    here = site()
    here.reviewed()
    for command in (("plan",), ("apply", "plan.json"), ("apply", "--continue"), ("apply", "--yes")):
        here.run(*command, "--require-audit-log", exits=5)
    here.write("bad.yaml", template("tmpl_bad", content="no way out"))
    here.run("plan", "--require-audit-log", exits=1)
    assert here.untouched()
    shutil.rmtree(here.folder / ".reconciler", ignore_errors=True)


def test_missing_scopes_are_an_error_before_any_write(site):
    """Read-only credentials are enough for a plan, which warns; apply names the scopes, 1, nothing written."""
    here = site("scope=messaging:read", documents=BASIC)
    ran = here.run("plan", "--format", "json")
    assert "messaging:write" in ran.err
    ran = here.run("apply", "--yes", exits=1)
    for scope in ("messaging:write", "a2p:write", "webhooks:write"):
        assert scope in ran.err
    assert here.untouched()
    assert events(here.log, "intent") == []
    here.tenant.restart("scope=messaging:read,messaging:write")
    here.write("all.yaml", *BASIC[:2], webhook())
    assert "a2p:write" in here.run("apply", "--yes", exits=1).err
    here.write("all.yaml", template("tmpl_a", a2p=None, status="DRAFT"))
    assert outcomes(here.apply()) == {("approval", "tmpl_a"): "applied"}  # only what the actions need


def test_scopes_that_the_answer_does_not_name_count_as_asked_for(site):
    """No ``scope`` in the token's answer: a 403 later names the scope that the call needs."""
    here = site("no-scope", "scope=messaging:read,messaging:write", documents=(*BASIC[:1], BASIC[2]))
    applied = here.apply(exits=3)
    assert outcomes(applied) == {
        ("approval", "tmpl_a"): "applied",
        ("a2p", "tmpl_a"): "failed",
        ("webhook", HOOK): "failed",
    }
    errors = [one["error"] for one in applied["results"] if one["error"]]
    assert "a2p:write" in errors[0]
    assert "webhooks:write" in errors[1]


def test_a_revocation_is_taken_back_by_reverting_its_commit(site):
    """The status that this tool set itself is nobody's decision; one that was set in the console since is held."""
    here = site(documents=BASIC)
    here.apply()
    here.write("all.yaml", template("tmpl_a", status="SUSPENDED"), *BASIC[1:])
    here.apply("--allow-revoke")
    here.write("all.yaml", *BASIC)
    plan = here.plan()
    assert (planned(plan)[0], plan["held"]) == (("approval", "approve", "tmpl_a"), [])
    here.tenant.edit("tmpl_a", status="SUSPENDED")
    (held,) = here.plan()["held"]
    assert (held["id"], held["status"]) == ("tmpl_a", "SUSPENDED")
    assert held["since"] is not None
