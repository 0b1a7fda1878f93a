"""Writes whose fate was not found out: never taken for owed, never lost, never answered by an old key."""

from __future__ import annotations

import signal

import pytest
from auditlog import events
from between import LOST, Between, Reply
from checkout import BASIC, HOOK, outcomes, template, webhook
from test_e2e_crash import REVIEW, Killer

TEMPLATE = "/api/v1/messaging/templates/tmpl_a"
GARBAGE = Reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})
REFUSED = Reply(401, b"")
ONE = BASIC[:1]


class Spoiler:
    """The answer to the write of ``path`` is lost, and what is asked about it after that is spoilt."""

    def __init__(self, url, path, look_up, spoilt):
        self.path, self.look_up, self.spoilt = path, look_up, spoilt
        self.lost = False
        self.between = Between(url, self.before, self.after)

    def before(self, seen):
        asked = seen.method == "GET" and seen.path.startswith(self.look_up)
        token = seen.path == "/oauth/token" and self.spoilt is None
        if self.lost and self.spoilt is None and asked:
            return REFUSED
        if self.lost and token:
            return Reply(400, b'{"error": "invalid_client"}')
        return self.spoilt if self.lost and asked else None

    def after(self, seen, reply):
        if not self.lost and seen.method in ("PUT", "POST") and seen.path == self.path and reply.status < 300:
            self.lost = True
            return LOST
        return None


@pytest.mark.parametrize("spoilt", [GARBAGE, REFUSED, None], ids=["garbage", "two 401s", "no token"])
def test_an_approval_whose_look_up_is_spoilt_is_in_doubt_and_closed_later(site, spoilt):
    """It was carried out: the result and the record say that nobody knows, and who approved it is not lost."""
    here = site(documents=ONE)
    spoiler = Spoiler(here.tenant.url, TEMPLATE, TEMPLATE, spoilt)
    with spoiler.between as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        first = here.apply(exits=3, env={"RECONCILER_REVIEW": REVIEW})
        (result,) = (one for one in first["results"] if one["phase"] == "approval")
        assert (result["outcome"], result["doubt"]) == ("failed", True)
        assert "not known" in result["error"]
        assert [one["doubt"] for one in events(here.log, "outcome") if one["phase"] == "approval"] == [True]
        spoiler.path, spoiler.lost = "", False
        second = here.apply()
        assert outcomes(second) == {("a2p", "tmpl_a"): "applied"}
    closed = [one for one in events(here.log, "outcome") if one["phase"] == "approval"][-1]
    assert (closed["outcome"], closed["doubt"]) == ("applied", None)
    assert closed["review"]["approvers"] == ["ann"]
    assert [call for call, _ in here.tenant.done()] == ["put-template", "post-registration"]


def test_a_webhook_whose_look_up_is_spoilt_keeps_its_fingerprint(site):
    """One webhook, made once; a later run finds it, and knows its secret."""
    here = site(documents=(webhook(),))
    spoiler = Spoiler(here.tenant.url, "/api/v1/webhooks", "/api/v1/webhooks", GARBAGE)
    with spoiler.between as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        (result,) = here.apply(exits=3, env={"RECONCILER_REVIEW": REVIEW})["results"]
        assert (result["outcome"], result["doubt"]) == ("failed", True)
        assert "two webhooks" in result["error"]
        spoiler.path, spoiler.lost = "", False
        here.apply()
        assert here.plan()["notes"] == []
        assert len(here.tenant.webhooks()) == 1
    closed = events(here.log, "outcome")[-1]
    assert (closed["outcome"], closed["review"]["approvers"]) == ("applied", ["ann"])
    assert closed["memory"]["fingerprint"].startswith("scrypt:")


def test_an_approval_that_never_arrived_is_not_waited_for(site):
    """Killed before the tenant had it, then an edit of a field that nobody compares: it is sent, not waited for."""
    here = site(documents=ONE)
    killer = Killer("before", 1)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        killer.process = here.cli.start("apply", "--yes", env={"RECONCILER_REVIEW": REVIEW})
        killer.known.set()
        here.cli.end(killer.process, exits=-signal.SIGKILL)
        here.tenant.edit("tmpl_a", locale="de")
        plan = here.plan()
        assert (plan["pending"], [one["operation"] for one in plan["actions"]]) == (
            [],
            ["approve", "register"],
        )
        assert any("ended early" in note and "first run" not in note for note in plan["notes"])
        assert set(outcomes(here.apply()).values()) == {"applied"}
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED"}


def test_a_change_back_after_two_crashes_is_not_answered_by_an_old_key(site):
    """A tenant that honours keys and shows no lists: it has what was asked for last, not an old answer."""
    here = site("no-lists", documents=ONE)
    first, second = ONE[0], template("tmpl_a", a2p={**ONE[0]["a2p"], "campaign_name": "Another"})
    killer = Killer("after", 2)
    with Between(here.tenant.url, killer.before, killer.after) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        for document, number in ((first, 2), (second, 3)):
            here.write("all.yaml", document)
            killer.number = number
            killer.known.clear()
            killer.process = here.cli.start("apply", "--yes")
            killer.known.set()
            here.cli.end(killer.process, exits=-signal.SIGKILL)
        here.write("all.yaml", first)
        assert outcomes(here.apply()) == {("a2p", "tmpl_a"): "applied"}
    (kept,) = here.tenant.state()["registrations"]
    assert kept["campaign_name"] == first["a2p"]["campaign_name"]


def test_a_log_begun_anew_repeats_no_key_of_the_lost_one(site):
    """Back to the first text after the log was lost: the tenant takes it, and does not answer as it did then."""
    here = site("no-lists", documents=ONE)
    for document in (ONE[0], template("tmpl_a", a2p={**ONE[0]["a2p"], "campaign_name": "Another"})):
        here.write("all.yaml", document)
        here.apply()
    here.log_path.unlink()
    here.write("all.yaml", ONE[0])
    assert outcomes(here.apply()) == {("a2p", "tmpl_a"): "applied"}
    (kept,) = here.tenant.state()["registrations"]
    assert kept["campaign_name"] == ONE[0]["a2p"]["campaign_name"]


def test_continue_registers_no_template_whose_approval_was_not_reviewed(site):
    """Reviewed, then the text changed: the registration is as it was reviewed, and it is blocked all the same."""
    here = site(documents=ONE)
    here.reviewed()
    here.run("audit", "review", "plan.json")
    here.write("all.yaml", template("tmpl_a", content="Acme: another text. Reply STOP to opt out."))
    assert outcomes(here.apply("--continue", exits=3)) == {("a2p", "tmpl_a"): "blocked"}
    assert here.tenant.writes() == []
    assert here.tenant.registered() == []


def test_no_webhook_is_made_where_the_list_cannot_be_read_again(site):
    """Failed, nothing sent; what depends on nothing of it is done."""
    here = site(documents=BASIC)
    asked = []

    def before(seen):
        if seen.method == "GET" and seen.path.startswith("/api/v1/webhooks"):
            asked.append(seen)
            return Reply(500, b"") if len(asked) > 1 else None
        return None

    with Between(here.tenant.url, before) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        applied = here.apply(exits=3)
    assert outcomes(applied)["webhook", HOOK] == "failed"
    assert applied["summary"]["applied"] == 4
    assert here.tenant.webhooks() == []
    assert not [one for one in events(here.log, "intent") if one["phase"] == "webhook"]


def test_a_webhook_that_somebody_made_in_the_meantime_is_not_made_again(site):
    """The list is read again before the first one is made."""
    from test_e2e_webhooks import made_in_the_console

    here = site(documents=BASIC)
    made = []

    def before(seen):
        if seen.method == "PUT" and not made:
            made.append(made_in_the_console(here))

    with Between(here.tenant.url, before) as between:
        here.cli.env["CXONE_BASE_URL"] = between.url
        assert outcomes(here.apply())["webhook", HOOK] == "unchanged"
    assert [one["id"] for one in here.tenant.webhooks()] == made
