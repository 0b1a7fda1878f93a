"""Reviewed by digest or in the log: what counts, what is used up, what is no evidence at all."""

from __future__ import annotations

import pytest
from auditlog import ends
from checkout import BASIC, HOOK, outcomes, planned, template, webhook

TEXT = "Acme Dental: your visit is near. Reply STOP to opt out."


@pytest.mark.parametrize("prefixed", [True, False])
def test_a_digest_that_fits_is_the_review(site, prefixed):
    """All of it, with the prefix or without, in either case."""
    here = site(documents=(template("tmpl_a"),))
    digest = here.plan()["digest"]
    given = digest if prefixed else digest.removeprefix("sha256:").upper()
    assert set(outcomes(here.apply("--expect-digest", given)).values()) == {"applied"}


def test_a_digest_that_does_not_fit_is_stale(site):
    """4 and nothing written; too short or no digest at all is a usage error."""
    here = site()
    digest = here.plan()["digest"].removeprefix("sha256:")
    wrong = ("0" if digest[0] != "0" else "1") + digest[1:]
    assert here.plan()["digest"] in here.run("apply", "--expect-digest", wrong, exits=4).err
    assert "all 64 hexadecimal digits" in here.run("apply", "--expect-digest", digest[:63], exits=64).err
    here.run("apply", "--expect-digest", "g" * 12, exits=64)
    here.run("apply", "--expect-digest", "", exits=64)
    assert here.untouched()


def test_a_digest_in_the_log_counts_as_the_file(site):
    """A plan that failed half-way is finished by the digest it was reviewed under."""
    here = site("fail=post-webhook:500", documents=BASIC)
    digest = here.plan()["digest"]
    assert here.apply("--expect-digest", digest, exits=3)["summary"]["applied"] == 4
    assert here.plan()["digest"] != digest
    assert outcomes(here.apply("--expect-digest", digest)) == {("webhook", HOOK): "applied"}
    assert here.apply("--expect-digest", digest)["results"] == []


def test_a_review_is_of_the_latest_only(site):
    """A second review of the same target replaces the first in the log; the first's action is no longer reviewed."""
    here = site(documents=(template("tmpl_a", a2p=None, status="PENDING", content=TEXT),))
    here.tenant.edit("tmpl_a", content="old")
    here.reviewed("first.json")
    here.run("audit", "review", "first.json")
    here.write("all.yaml", template("tmpl_a", a2p=None, status="PENDING", content=TEXT + " Bye."))
    here.reviewed("second.json")
    here.run("audit", "review", "second.json")
    here.write("all.yaml", template("tmpl_a", a2p=None, status="PENDING", content=TEXT))
    assert here.apply("--continue")["results"] == []
    assert here.untouched()
    assert outcomes(here.apply("first.json")) == {("approval", "tmpl_a"): "applied"}
    assert here.tenant.template("tmpl_a")["content"] == TEXT


def test_a_confirmed_review_is_used_up(site):
    """Done once, it does not cover somebody's later drift back to the same state."""
    here = site(documents=(template("tmpl_a", a2p=None, status="PENDING", content=TEXT),))
    here.tenant.edit("tmpl_a", content="old")
    assert outcomes(here.apply()) == {("approval", "tmpl_a"): "applied"}
    here.tenant.edit("tmpl_a", content="old")
    assert len(here.plan()["actions"]) == 1
    assert here.apply("--continue")["results"] == []
    assert here.tenant.template("tmpl_a")["content"] == "old"


def test_a_review_that_somebody_else_fulfilled_is_closed(site):
    """No longer needed: passed over, and the next apply closes it in the log as unchanged."""
    here = site(documents=(template("tmpl_a"),))
    here.reviewed()
    here.run("audit", "review", "plan.json")
    here.tenant.edit("tmpl_a", status="APPROVED")
    here.apply("--continue")
    assert ("approval", "tmpl_a", "unchanged") in ends(here.log)
    assert ("a2p", "tmpl_a", "applied") in ends(here.log)
    assert planned(here.plan()) == []
    before = here.log_path.read_bytes()
    here.apply("--continue")
    assert here.log_path.read_bytes() == before


def test_a_rotation_is_covered_by_a_files_unchecked(site):
    """A job without the webhook's secret plans; the job with it may rotate exactly what was unchecked, no other."""
    here = site(
        documents=(
            *BASIC[:1],
            webhook(),
            webhook("https://two.example.com/", secret={"env": "SECOND_SECRET"}),
        )
    )
    here.cli.env["SECOND_SECRET"] = "another-secret-for-another-hook"
    here.cli.secrets.add("another-secret-for-another-hook")
    here.apply()
    here.secret(None)
    plan = here.plan("--out", "plan.json")
    assert ([one["url"] for one in plan["unchecked"]], plan["actions"]) == ([HOOK], [])
    assert any(finding["code"] == "CX005" for finding in plan["findings"])
    here.secret("second-webhook-secret-of-the-tests")
    here.cli.env["SECOND_SECRET"] = "changed-secret-for-another-hook"
    here.cli.secrets.add("changed-secret-for-another-hook")
    applied = here.apply("plan.json", exits=3)
    assert outcomes(applied) == {
        ("webhook", HOOK): "applied",
        ("webhook", "https://two.example.com/"): "unreviewed",
    }
    secrets = {hook["url"]: hook["secret"] for hook in here.tenant.webhooks()}
    assert secrets == {
        HOOK: "second-webhook-secret-of-the-tests",
        "https://two.example.com/": "another-secret-for-another-hook",
    }
