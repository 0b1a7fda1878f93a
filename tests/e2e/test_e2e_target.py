"""--target narrows everything: what an emergency needs when somebody else's template is broken."""

from __future__ import annotations

from checkout import BASIC, HOOK, outcomes, planned, template


def test_a_broken_document_elsewhere_does_not_stop_it(site):
    """Rules, schema and duplicate keys of other documents are nobody's business here."""
    here = site()
    here.write("bad.yaml", template("tmpl_bad", content="no way out"), {"kind": "Nonsense"})
    (here.folder / "templates.d" / "worse.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Template\nid: tmpl_c\nid: tmpl_d\nname: 5\n"
    )
    here.run("plan", exits=1)
    plan = here.plan("--target", "tmpl_a")
    assert (plan["targets"], planned(plan)) == (
        ["tmpl_a"],
        [("approval", "approve", "tmpl_a"), ("a2p", "register", "tmpl_a")],
    )
    assert (plan["findings"], plan["unchanged"]) == ([], 0)
    assert set(outcomes(here.apply("--target", "tmpl_a")).values()) == {"applied"}
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED", "tmpl_b": "PENDING"}
    ran = here.run("plan", "--target", "tmpl_bad", exits=1)
    assert "CX103" in ran.err


def test_a_strangers_conflict_does_not_stop_an_emergency(site):
    """Without a Policy the file to move away is named; with one the revocation is made, and the file warned of."""
    here = site()
    here.apply()
    here.write("all.yaml", template("tmpl_a", status="SUSPENDED", a2p=None))
    (here.folder / "templates.d" / "worst.yaml").write_text("<<<<<<< HEAD\nid: [unclosed\n=======\n")
    revoking = ("--target", "tmpl_a", "--allow-revoke", "--reason", "complaint 4711")
    ran = here.run("apply", "--yes", *revoking, exits=1)
    assert "Fix templates.d/worst.yaml, or move it out of the folder" in ran.err
    here.write("policy.yaml", {"apiVersion": "reconciler/v1", "kind": "Policy"})
    (finding,) = here.plan("--target", "tmpl_a")["findings"]
    assert (finding["file"], finding["severity"]) == ("templates.d/worst.yaml", "warning")
    assert outcomes(here.apply(*revoking)) == {("approval", "tmpl_a"): "applied"}
    assert here.tenant.statuses()["tmpl_a"] == "SUSPENDED"


def test_an_emergency_revocation_goes_through(site):
    """Somebody else's template is broken and gone from the tenant: the one that must stop now is revoked."""
    here = site()
    here.apply()
    here.tenant.delete("tmpl_b")
    here.write(
        "all.yaml", template("tmpl_a", status="SUSPENDED", a2p=None), template("tmpl_b", from_address="1")
    )
    here.run("apply", "--yes", "--allow-revoke", exits=1)
    here.run("apply", "--yes", "--target", "tmpl_a", exits=5)
    applied = here.apply("--target", "tmpl_a", "--allow-revoke", "--reason", "complaint 4711")
    assert outcomes(applied) == {("approval", "tmpl_a"): "applied"}
    assert here.tenant.statuses() == {"tmpl_a": "SUSPENDED"}
    assert here.log[-2]["review"] == {"reason": "complaint 4711"}


def test_only_the_targets_are_read(site):
    """Neither the other templates nor lists that are not needed: a GET by id, and what the target's own parts need."""
    here = site(documents=(*BASIC, template("tmpl_c"), template("tmpl_d")))
    here.plan("--target", "tmpl_a")
    assert here.tenant.count("GET", "/api/v1/messaging/templates/{id}") == 1
    assert here.tenant.count("GET", "/api/v1/messaging/templates") == 0
    assert here.tenant.count("GET", "/api/v1/webhooks") == 0
    here.plan("--target", HOOK)
    assert here.tenant.count("GET", "/api/v1/webhooks") == 1
    assert here.tenant.count("GET", "/api/v1/messaging/templates/{id}") == 1


def test_a_target_that_is_in_no_document_is_an_error(site):
    """1, named, with the nearest; in plan and apply, beside a good one as well."""
    here = site()
    for command in (("plan",), ("apply", "--yes"), ("apply", "--continue")):
        ran = here.run(*command, "--target", "tmpl_a", "--target", "tmpl_aa", exits=1)
        assert "tmpl_aa" in ran.err
        assert "tmpl_a" in ran.err.replace("tmpl_aa", "")
    assert here.untouched()


def test_apply_is_narrowed_by_target_alone(site):
    """A FILE's own targets do not narrow the apply: the rest is unreviewed; --target does."""
    here = site(documents=BASIC)
    here.reviewed("a.json", "--target", "tmpl_a")
    applied = here.apply("a.json", exits=3)
    assert applied["summary"]["unreviewed"] == 3
    there = site(documents=BASIC)
    there.reviewed("all.json")
    applied = there.apply("all.json", "--target", "tmpl_a")
    assert outcomes(applied) == {("approval", "tmpl_a"): "applied", ("a2p", "tmpl_a"): "applied"}
    assert there.tenant.statuses() == {"tmpl_a": "APPROVED", "tmpl_b": "PENDING"}
    assert set(outcomes(there.apply("all.json")).values()) == {"applied"}


def test_continue_can_be_narrowed(site):
    """Of what is reviewed in the log, the targets' part."""
    here = site(documents=BASIC)
    here.reviewed()
    here.run("audit", "review", "plan.json")
    assert {spot[1] for spot in outcomes(here.apply("--continue", "--target", "tmpl_b"))} == {"tmpl_b"}
    assert here.tenant.statuses() == {"tmpl_a": "PENDING", "tmpl_b": "APPROVED"}
    assert {spot[1] for spot in outcomes(here.apply("--continue"))} == {"tmpl_a", HOOK}


def test_an_id_that_the_tenant_does_not_have_gets_the_nearest_that_it_has(site):
    """Under --target and in import too, where the list is asked for this alone; without lists there is no guess."""
    here = site(documents=(template("tmpl_appointmnet"),))
    here.tenant.create(id="tmpl_appointment", name="n", status="PENDING", content="c", from_address="45678")
    here.tenant.delete("tmpl_appointmnet")
    for words in (("plan", "--target", "tmpl_appointmnet"), ("import", "tmpl_appointmnet", "--into", "new")):
        assert "tmpl_appointmnet" in (said := here.run(*words, exits=1).err)
        assert "did you mean tmpl_appointment?" in said
    here.tenant.restart("six-calls")
    assert "did you mean" not in here.run("plan", "--target", "tmpl_appointmnet", exits=1).err
