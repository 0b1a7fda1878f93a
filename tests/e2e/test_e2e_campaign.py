"""A Campaign: registrations that several templates share, changed in one place."""

from __future__ import annotations

from checkout import planned, template

NAMES = ("tmpl_a", "tmpl_b", "tmpl_c")


def campaign(**more):
    """The document of the three templates' campaign."""
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Campaign",
        "name": "Reminders",
        "message_class": "TRANSACTIONAL",
        "opt_in_language": "At the desk",
        **more,
    }


def documents(**more):
    return (campaign(**more), *(template(name, a2p={"campaign": "Reminders"}) for name in NAMES))


def test_a_change_of_a_campaign_updates_every_registration_and_is_shown_once(site):
    """The wire has one registration a template, as before; a reviewer reads one entry."""
    here = site(documents=documents())
    here.apply()
    assert planned(here.plan()) == []
    here.write("all.yaml", *documents(opt_in_language="On the website"))
    assert planned(here.plan()) == [("a2p", "update", name) for name in NAMES]
    shown = here.run("plan").out
    assert shown.count("On the website") == 1
    assert "tmpl_a, tmpl_b, tmpl_c" in shown
    here.apply()
    state = here.tenant.state()["registrations"]
    assert {one["opt_in_language"] for one in state} == {"On the website"}
    assert planned(here.plan()) == []


def test_a_campaign_that_cannot_be_resolved_stops_registrations_and_no_revocation(site):
    """A revocation needs its own document alone."""
    here = site(documents=documents())
    here.apply()
    broken = template("tmpl_a", a2p={"campaign": "Nowhere"}, status="SUSPENDED")
    here.write("all.yaml", *documents()[:1], broken, *documents()[2:])
    here.apply("--allow-revoke", "--target", "tmpl_a")
    assert here.tenant.template("tmpl_a")["status"] == "SUSPENDED"
    here.write("all.yaml", *documents()[:1], {**broken, "status": "APPROVED"}, *documents()[2:])
    assert "Unknown campaign" in here.run("plan", exits=1).err
