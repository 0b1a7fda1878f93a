"""What stands between people and their tenant, as the field reports it: nothing is refused or sent again for that."""

from __future__ import annotations

import json
from functools import partial

import pytest
from auditlog import events
from between import Between, Reply
from checkout import BASIC, PAIR, outcomes, policy, template, webhook

TEXT = "Acme Dental: see you soon.\nBring your card.\nReply STOP to opt out."
LETTER = {
    "campaign_name": "Reminders",
    "message_class": "TRANSACTIONAL",
    "opt_in_language": "By form\nor desk",
}


def rewritten(change, seen, reply):
    """The answer with every object in it changed."""
    if "/api/" not in seen.path or not reply.body.startswith(b"{"):
        return None
    body = json.loads(reply.body)
    body = {**body, "items": list(map(change, body["items"]))} if "items" in body else change(body)
    return Reply(reply.status, json.dumps(body).encode(), reply.headers)


@pytest.fixture
def through(site):
    """``through(after, *faults, documents=…)``: a checkout whose tenant's answers come as ``after`` gives them."""
    opened = []

    def _through(after, *faults, documents=PAIR):
        here = site(*faults, documents=documents)
        between = Between(here.tenant.url, after=after)
        opened.append(between)
        here.cli.env["CXONE_BASE_URL"] = between.url
        here.seen = between.seen
        return here

    yield _through
    for between in opened:
        between.__exit__()


# --- weak entity tags -----------------------------------------------------------------------------------------------


def weakened(seen, reply):
    """As nginx does it to what it compresses."""
    headers = {name: f"W/{text}" if name.lower() == "etag" else text for name, text in reply.headers.items()}
    return Reply(reply.status, reply.body, headers)


def test_behind_a_proxy_that_compresses_templates_are_approved(through):
    """A weak ETag is never sent back as If-Match, which would compare strongly and never match; doctor says so."""
    here = through(weakened)
    assert set(outcomes(here.apply()).values()) == {"applied"}
    assert here.tenant.statuses() == {"tmpl_a": "APPROVED", "tmpl_b": "APPROVED"}
    assert [one for one in here.seen if "If-Match" in one.headers] == []
    checks = here.run("doctor", "--format", "json").json["checks"]
    assert "weak" in next(one["found"] for one in checks if one["name"] == "ETag")


def test_with_a_weak_entity_tag_updated_at_guards_an_edit(through):
    """Somebody edits just before the PUT: nothing of theirs is overwritten."""
    here = through(weakened, "race=content", documents=PAIR[:1])
    assert outcomes(here.apply(exits=3))["approval", "tmpl_a"] == "conflict"
    assert here.tenant.template("tmpl_a")["content"] != PAIR[0]["content"]


# --- line ends ------------------------------------------------------------------------------------------------------


def with_crlf(item):
    """Each text with CR LF, as a web form's server stores it."""
    return {
        name: text.replace("\n", "\r\n") if isinstance(text, str) else text for name, text in item.items()
    }


@pytest.mark.parametrize("faults", [(), ("six-calls", "put-204"), ("summaries",)])
def test_a_tenant_that_shows_cr_lf_is_sent_nothing_again(through, faults):
    """Applied at once, empty from then on, seen as nobody's edit; a plan names it in one note."""
    documents = [template(id_, content=TEXT, a2p=LETTER) for id_ in ("tmpl_a", "tmpl_b")]
    here = through(partial(rewritten, with_crlf), *faults, documents=documents)
    assert set(outcomes(here.apply()).values()) == {"applied"}
    sent = len(here.tenant.writes(audit=True))
    here.apply()
    here.apply("--continue")
    plan = here.plan()
    assert plan["actions"] == []
    assert [note for note in plan["notes"] if "CR LF" in note and "tmpl_a, tmpl_b" in note] == plan["notes"]
    assert len(here.tenant.writes(audit=True)) == sent
    assert events(here.log, "seen") == []
    assert here.tenant.template("tmpl_a")["content"] == TEXT


# --- a status in other letters --------------------------------------------------------------------------------------


def with_status(case, item):
    """Objects whose status is written in another way."""
    return {**item, "status": case(item["status"])} if "status" in item else item


@pytest.mark.parametrize("case", [str.lower, str.title])
def test_a_status_in_small_letters_is_the_same_status(through, case):
    """Approved, then unchanged; the log, the plan and the report have it in capitals."""
    here = through(partial(rewritten, partial(with_status, case)))
    here.cli.env["RECONCILER_REVIEW"] = '{"pull_request": 7, "approvers": ["ann"]}'
    (first, *_) = here.plan()["actions"]
    assert first["changes"] == [{"field": "status", "live": "PENDING", "desired": "APPROVED"}]
    assert set(outcomes(here.apply()).values()) == {"applied"}
    sent = here.tenant.writes(audit=True)
    here.apply()
    assert here.plan()["actions"] == []
    assert here.tenant.writes(audit=True) == sent
    told = here.run("audit", "report", "--format", "json").json
    assert told["attention"] == []
    assert all(one["approved"] for one in told["tenants"][0]["templates"])
    here.write("all.yaml", template("tmpl_a", status="SUSPENDED"), PAIR[1])
    assert [(one["operation"], one["target"]) for one in here.plan()["actions"]] == [("revoke", "tmpl_a")]


def test_a_carrier_that_writes_small_is_waited_for(through):
    """``submitted`` is on its way and ``rejected`` is a person's decision; ``approve_from`` counts in any letters."""
    here = through(partial(rewritten, partial(with_status, str.lower)), "carrier=slow", documents=PAIR[:1])
    assert outcomes(here.apply(exits=3))["approval", "tmpl_a"] == "pending"
    assert [(one["id"], one["status"]) for one in here.plan()["pending"]] == [("tmpl_a", "SUBMITTED")]
    here.tenant.edit("tmpl_a", status="REJECTED")
    assert [(one["id"], one["status"]) for one in here.plan()["held"]] == [("tmpl_a", "REJECTED")]
    here.write("policy.yaml", policy(approve_from=["rejected"]))
    assert [one["operation"] for one in here.plan()["actions"]] == ["approve", "register"]


def test_a_document_in_small_letters_asks_for_the_same(site):
    """``approved`` wants its registration, and nothing where the tenant shows APPROVED."""
    here = site(documents=PAIR[:1])
    here.apply()
    here.write("all.yaml", template("tmpl_a", status="approved"))
    assert here.plan()["actions"] == []
    here.write("all.yaml", template("tmpl_a", status="Approved", a2p=None))
    assert "CX104" in here.run("validate", exits=1).out


def test_what_is_imported_is_in_capitals(through):
    """The file asks for what the tenant shows: the next plan is empty."""
    here = through(partial(rewritten, partial(with_status, str.lower)), documents=PAIR)
    here.apply()
    here.tenant.edit("tmpl_a", status="SUSPENDED")
    here.run("import", "tmpl_a", "--into", "imported")
    text = "".join(path.read_text() for path in (here.folder / "imported").rglob("*.yaml"))
    assert "status: SUSPENDED" in text
    assert here.plan("--templates", "imported")["actions"] == []


# --- the root's dot -------------------------------------------------------------------------------------------------


def test_a_webhook_with_a_root_dot_is_the_same_webhook(site):
    """Made once, whichever way a file or the tenant writes its host; two documents of it are one too many."""
    dotted = webhook("https://compliance.example.com./hooks/cxone")
    here = site(documents=[*PAIR, dotted])
    here.apply()
    here.write("all.yaml", *BASIC)
    assert here.plan()["actions"] == []
    assert len([one for one in here.tenant.done() if one[0] == "post-webhook"]) == 1
    here.write("more.yaml", dotted)
    assert "CX006" in here.run("validate", exits=1).out
