"""What ``doctor`` makes of what it finds, from literals: state, words, and how to fix it."""

from __future__ import annotations

import json

import pytest
from rendered import Page

from reconciler.commands.doctor import audit_log, surroundings, tenant
from reconciler.commands.doctor.tenant import Asked
from reconciler.core.model import Finding, Live, Severity
from reconciler.core.wire import Response
from reconciler.kinds import discover
from reconciler.outputs import Look, render
from reconciler.outputs._results import Check, CheckState, Examined

ALL = ("messaging:read", "messaging:write", "a2p:write", "webhooks:write")
KINDS = discover()
TEMPLATE, WEBHOOK = KINDS["template"], KINDS["webhook"]
WHOLE = dict.fromkeys(TEMPLATE.fields, "x")
AUDIT = ("POST the-log", "messaging:write")


def answered(kind, status: int = 200, *, error: str | None = None, **fields) -> Asked:
    """A list's answer; a status without success has an error, as the client gives it."""
    request = kind.listing(None)
    said = "" if status < 300 else f"{request.call}: {error or f'answered {status}'}"
    etag = fields.pop("etag", None)
    return Asked(request=request, response=Response(status=status, error=said, etag=etag), **fields)


def live(**fields) -> Live:
    return Live(kind="template", target="tmpl_a", **{"fields": WHOLE, "version": "v1", **fields})


def said(check: Check, state: str, *words: str) -> None:
    """The check ended so, its words are there, and all but what is fine or skipped says how to fix it."""
    assert check.state == state, check
    assert [word for word in words if word not in f"{check.found} {check.fix}"] == [], check
    assert bool(check.fix) == (state in {"warning", "problem"}), check


@pytest.mark.parametrize(
    ("asked", "granted", "state", "words"),
    [
        (ALL, set(ALL), "ok", ALL),
        (ALL, {*ALL, "more"}, "ok", ALL),
        (ALL, None, "ok", ("names none",)),
        ((), None, "ok", ("names none",)),
        (ALL, {"messaging:read"}, "problem", ("lacks messaging:write, a2p:write, webhooks:write", "console")),
        ((), {"messaging:read"}, "problem", ("lacks messaging:write",)),
        (ALL[:1], {"messaging:read"}, "warning", ("without messaging:write", "CXONE_SCOPES", "for a plan")),
        (ALL[:1], None, "warning", ("without messaging:write",)),
        (ALL[1:], set(ALL[1:]), "problem", ("lacks messaging:read",)),
    ],
)
def test_scopes_that_were_asked_for_must_be_granted(asked, granted, state, words) -> None:
    """Read-only on purpose is a warning; a grant short of what was asked for, or that cannot read, a problem."""
    said(tenant.scopes(asked, granted), state, *words)


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_list_that_a_tenant_does_not_have_is_done_without(kind, status) -> None:
    """Fine, with the status and what is known instead."""
    said(tenant.listing(kind, answered(kind, status)), "ok", "does not have it", str(status))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_refused_list_is_a_warning_with_its_scope(kind) -> None:
    """A 403: what the tenant said, and which scope to grant."""
    check = tenant.listing(kind, answered(kind, 403, error="answered 403 Forbidden: no"))
    said(check, "warning", "refused", "answered 403 Forbidden: no", "Grant the client messaging:read")
    assert check.name not in check.found


@pytest.mark.parametrize(
    ("status", "fix"), [(0, "later"), (429, "later"), (500, "later"), (400, "CXONE_BASE_URL")]
)
def test_a_list_that_fails_is_a_problem(status, fix) -> None:
    """What may pass is tried again; what will not is another service's, or another API."""
    said(tenant.listing(WEBHOOK, answered(WEBHOOK, status)), "problem", fix)
    said(tenant.one(TEMPLATE, answered(TEMPLATE, status), "tmpl_a", None, made_up=False), "problem", fix)


def test_an_answer_of_another_shape_is_a_problem() -> None:
    """The flaw without the call's name, and where to look."""
    call = TEMPLATE.listing(None).call
    flawed = Asked(request=TEMPLATE.listing(None), flaw=f"{call}: answered 200, but its body is not JSON")
    for check in (
        tenant.listing(TEMPLATE, flawed),
        tenant.one(TEMPLATE, flawed, "tmpl_a", None, made_up=False),
    ):
        said(check, "problem", "CXONE_BASE_URL")
        assert check.found == "answered 200, but its body is not JSON"


def test_a_list_says_how_much_it_shows_and_whether_in_full() -> None:
    """Counts, that it goes on, and summaries, for which each template is read by id."""
    short = live(fields={"name": "x"})
    assert tenant.listing(TEMPLATE, answered(TEMPLATE, lives=(live(),) * 3)).found == "3 templates"
    said(
        tenant.listing(TEMPLATE, answered(TEMPLATE, lives=(live(), live()), more=True)),
        "ok",
        "the first 2 templates",
    )
    said(tenant.listing(TEMPLATE, answered(TEMPLATE, lives=(live(), short))), "ok", "summaries", "by id")
    said(tenant.listing(TEMPLATE, answered(TEMPLATE, lives=(live(version=None),))), "ok", "summaries")
    assert "summaries" not in tenant.listing(WEBHOOK, answered(WEBHOOK, lives=(short,))).found


def test_a_template_is_read_by_its_id() -> None:
    """One that is there; one that a file names and the tenant does not have, with its place; one that is refused."""
    said(
        tenant.one(TEMPLATE, answered(TEMPLATE), "tmpl_a", "a.yaml:1", made_up=False), "ok", "tmpl_a was read"
    )
    gone = tenant.one(TEMPLATE, answered(TEMPLATE, 404), "tmpl_a", "a.yaml:1", made_up=False)
    said(gone, "problem", "tmpl_a (a.yaml:1) is not in the tenant", "console", "CXONE_BASE_URL")
    refused = tenant.one(TEMPLATE, answered(TEMPLATE, 403), "tmpl_a", None, made_up=False)
    said(refused, "problem", "Grant the client messaging:read")
    assert gone.name.endswith("/{id}")


@pytest.mark.parametrize(
    ("status", "media_type", "state"),
    [
        (404, "application/json", "ok"),
        (404, "application/problem+json", "ok"),
        (404, "", "ok"),
        (404, "text/html", "problem"),
        (200, "application/json", "problem"),
    ],
)
def test_a_made_up_id_is_a_404_as_an_api_has_it(status, media_type, state) -> None:
    """Where no template is known, the call is there if it says so; a web page is something else's."""
    asked = answered(TEMPLATE, status, media_type=media_type)
    said(tenant.one(TEMPLATE, asked, "made-up", None, made_up=True), state)


def test_a_404_that_is_a_web_page_points_at_the_url_not_at_the_document() -> None:
    """Nobody shall create a template in the console because the base URL is wrong."""
    asked = answered(TEMPLATE, 404, media_type="text/html")
    check = tenant.one(TEMPLATE, asked, "tmpl_a", "a.yaml:1", made_up=False)
    said(check, "problem", "text/html", "Check CXONE_BASE_URL")
    assert "Create" not in check.fix


def test_an_etag_is_there_or_done_without() -> None:
    """It is an extension: without it nothing is wrong, and without a template nobody knows."""
    said(tenant.etag(answered(TEMPLATE, etag='"1"', lives=(live(),))), "ok", "If-Match")
    said(tenant.etag(answered(TEMPLATE, etag='W/"1"', lives=(live(),))), "ok", "weak", "updated_at")
    said(tenant.etag(answered(TEMPLATE, lives=(live(),))), "ok", "none", "updated_at")
    said(tenant.etag(answered(TEMPLATE, 404)), "skipped")
    said(tenant.etag(None), "skipped")


def test_writes_are_not_tried_but_judged_by_the_scopes() -> None:
    """Every call that writes is named, each by the scope that it needs."""
    checks = {check.name: check for check in tenant.writes({"messaging:write", "a2p:write"}, AUDIT)}
    for name, words in {
        "PUT /api/v1/messaging/templates/{id}": "grants messaging:write",
        "POST /api/v1/a2p/registrations": "grants a2p:write",
        "POST /api/v1/webhooks": "lacks webhooks:write",
        "PUT /api/v1/webhooks/{id}": "lacks webhooks:write",
        "POST the-log": "grants messaging:write",
        "Idempotency-Key": "nobody can tell",
    }.items():
        said(checks.pop(name), "skipped", words)
    assert checks == {}
    assert all("names no scopes" in check.found for check in list(tenant.writes(None, AUDIT))[:-1])


def test_a_write_is_named_for_every_kind() -> None:
    """A kind without its calls would be left out silently."""
    assert [kind.name for kind in KINDS.values() if not kind.writes] == []


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (None, "skipped", "no Date"),
        (0.4, "ok", "as the tenant's"),
        (-1.9, "ok", "as the tenant's"),
        (60, "ok", "60 s ahead of the tenant's"),
        (-60, "ok", "60 s behind the tenant's"),
        (60.5, "warning", "ahead of the tenant's"),
        (-3600, "warning", "3600 s behind the tenant's"),
    ],
)
def test_clocks_may_be_a_minute_apart(ahead, state, words) -> None:
    """Beyond that tokens, records and webhooks are judged wrongly."""
    said(tenant.clock(ahead), state, words)


def test_without_a_token_everything_else_is_skipped_with_the_reason() -> None:
    """The same names as otherwise, so that none is missed."""
    said(tenant.token("https://t", "No token: 401."), "problem", "No token: 401.")
    said(tenant.token_untried("no settings"), "skipped", "no settings")
    skipped = [*tenant.untried("no token", AUDIT)]
    assert {(check.state, check.found) for check in skipped} == {(CheckState.SKIPPED, "no token")}
    reads = {kind.listing(None).call for kind in KINDS.values()} | {tenant.by_id(TEMPLATE)}
    tried = {check.name for check in tenant.writes(None, AUDIT)} - {"Idempotency-Key"}
    assert {check.name for check in skipped} == reads | tried | {"scopes", "ETag"}


def test_the_log_s_chain() -> None:
    """There and whole, missing, torn or broken; on the sandbox a missing one is no loss."""
    state = {"missing": False, "torn": False, "broken": "", "sandbox": False}
    said(audit_log.chain("a.jsonl", 3, **state), "ok", "a.jsonl: 3 records")
    said(
        audit_log.chain("a.jsonl", 0, **{**state, "missing": True}),
        "warning",
        "first run",
        "RECONCILER_AUDIT_LOG",
    )
    said(audit_log.chain("a.jsonl", 0, **{**state, "missing": True, "sandbox": True}), "ok")
    said(audit_log.chain("a.jsonl", 1, **{**state, "torn": True}), "warning", "1 record, then", "next apply")
    said(
        audit_log.chain("a.jsonl", 0, **{**state, "broken": "broken at line 2"}),
        "problem",
        "at line 2",
        "copy",
    )


def test_whether_the_log_can_be_written() -> None:
    """A free lock; one that is held; something in the way."""
    said(audit_log.writable("", busy=False), "ok")
    said(audit_log.writable("", busy=True), "warning", "another run")
    said(audit_log.writable("x is not a folder", busy=False), "problem", "x is not a folder", "permissions")


def test_what_the_log_remembers_counts_for_its_tenant_alone() -> None:
    """Records of this tenant, of others alone, of nobody; ends that are open, and what was not delivered."""
    memory = audit_log.memory
    own, delivery = memory("https://a", {"https://a": 2, "https://b": 1}, undelivered=0, begun=0)
    said(own, "ok", "2 records of this tenant", "others are of https://b")
    said(delivery, "ok")
    (other,) = memory("https://a", {"https://c": 1, "https://b": 1}, undelivered=0, begun=0)
    said(other, "warning", "https://b, https://c alone", "none of https://a", "CXONE_BASE_URL")
    assert list(memory("https://a", {}, undelivered=0, begun=0)) == []
    _, crash, left = memory("https://a", {"https://a": 2}, undelivered=3, begun=1)
    said(crash, "warning", "1 write of a run that did not end", "next apply")
    said(left, "warning", "3 records not yet", "audit publish")


def test_where_the_tenant_is() -> None:
    """From which variable; both set; neither."""
    said(surroundings.base_url("https://a", "CXONE_ORG", "", both=False), "ok", "https://a, from CXONE_ORG")
    said(
        surroundings.base_url("https://a", "CXONE_BASE_URL", "", both=True), "warning", "CXONE_ORG is set too"
    )
    said(
        surroundings.base_url(None, "", "neither is set", both=False), "problem", "neither", "CXONE_BASE_URL"
    )


def test_credentials_and_values() -> None:
    """What is missing is named; a value that cannot be used says so without its name twice."""
    said(surroundings.credentials([], ""), "ok")
    said(surroundings.credentials(["A"], ""), "problem", "A is not set")
    said(surroundings.credentials(["A", "B"], ""), "problem", "A and B are not set")
    said(surroundings.credentials([], "cannot be read"), "problem", "cannot be read")
    second, first = surroundings.values({"Z": "Z is not valid: it is 'x'.", "B": "B is not valid."})
    assert (second.name, first.name) == ("B", "Z")
    said(first, "problem", "is not valid: it is 'x'.")
    assert first.found.startswith("is not valid")


def test_unknown_variables_have_a_suggestion_where_one_is_near() -> None:
    """A typo is the commonest reason for a default that nobody understands."""
    far, near = surroundings.unknown({"CXONE_SCOPE": "CXONE_SCOPES", "CXONE_NONSENSE": None})
    said(near, "warning", "Did you mean CXONE_SCOPES?")
    said(far, "warning", "reconciler help environment")


def test_the_proxy_is_told() -> None:
    """By host, or that there is none."""
    said(surroundings.proxy(None), "ok", "none")
    said(surroundings.proxy("proxy:3128"), "ok", "proxy:3128", "HTTPS_PROXY")


def finding(severity: str, **fields) -> Finding:
    whole = {"code": "CX005", "name": "n", "message": "m", "file": "f", "line": 1, "column": 1, **fields}
    return Finding(severity=Severity(severity), **whole)


def test_the_documents_are_counted_with_their_findings() -> None:
    """Errors are a problem, warnings one too many to hide, and no folder is said as it is."""
    check = surroundings.documents
    said(check(["templates.d"], 2, []), "ok", "templates.d: 2 documents, 0 errors")
    said(check(["a", "b"], 2, [finding("warning")]), "warning", "a, b: ", "1 warning", "reconciler validate")
    said(check(["a"], 2, [finding("error"), finding("warning")]), "problem", "1 error, 1 warning")
    said(surroundings.no_documents("No such folder."), "problem", "No such folder.", "--templates")


def test_secrets_and_tenants() -> None:
    """Each secret that cannot be had here; the policy's tenants against this one."""
    (unread,) = surroundings.secrets(2, [finding("warning", target="https://h", message="is not set")])
    said(unread, "warning", "is not set")
    assert unread.name == "secret of https://h"
    (fine,) = surroundings.secrets(2, [])
    said(fine, "ok", "2 secrets")
    assert list(surroundings.secrets(0, [])) == []
    said(surroundings.tenants((), "https://a"), "warning", "any tenant", "`tenants: [https://a]`")
    said(surroundings.tenants((), None), "warning", "any tenant")
    said(surroundings.tenants(("https://a", "https://b"), "https://a"), "ok")
    said(
        surroundings.tenants(("https://b",), "https://a"),
        "problem",
        "https://b, and this is https://a",
        "(5)",
    )
    said(surroundings.tenants(("https://b",), None), "skipped", "https://b")


def check(
    state: str, name: str = "name", found: str = "found", fix: str = "", group: str = "Tenant"
) -> Check:
    return Check(group=group, name=name, state=CheckState(state), found=found, fix=fix)


REPORT = Examined(
    base_url="https://a",
    checks=(
        check("ok", "base URL", "https://a", group="Settings"),
        check("problem", "token", "No token.", "Fix it."),
        check("skipped", "scopes", "no token"),
        check("skipped", "clock", "no token"),
        check("skipped", "ETag", "something else"),
        check("warning", "policy", "none", "Name it.", group="Files"),
    ),
)


def test_text_has_groups_and_a_verdict() -> None:
    """State, name, what was found, how to fix it; what was skipped for one reason stands on one line."""
    assert render(REPORT, "text", Look()).splitlines() == [
        "Settings",
        "  ok       base URL: https://a",
        "",
        "Tenant",
        "  problem  token: No token.",
        "           To fix: Fix it.",
        "  skipped  scopes, clock: no token",
        "  skipped  ETag: something else",
        "",
        "Files",
        "  warning  policy: none",
        "           To fix: Name it.",
        "",
        "Not ready: 1 problem, 1 warning; 1 ok, 3 skipped",
    ]


def test_a_terminal_wraps_behind_the_name_s_column() -> None:
    """The further lines of a long one stand under its first word, not under the state."""
    long = Examined(base_url=None, checks=(check("ok", "documents", "word " * 30),))
    lines = render(long, "text", Look(color=True, width=60)).splitlines()
    assert len(lines) > 4
    assert all(line.startswith(" " * 11 + "word") for line in lines[2:-2])
    assert "\x1b[32m  ok" in lines[1]


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (("ok", "skipped"), "Ready: 1 ok, 1 skipped"),
        (("ok", "warning", "warning"), "Ready, with 2 warnings; 1 ok, 0 skipped"),
        (("problem", "problem"), "Not ready: 2 problems; 0 ok, 0 skipped"),
    ],
)
def test_the_verdict_counts(states, verdict) -> None:
    """Warnings do not stand in the way, problems do."""
    report = Examined(base_url=None, checks=tuple(check(state) for state in states))
    assert render(report, "text", Look()).splitlines()[-1] == verdict
    assert report.ready == verdict.startswith("Ready")


def test_json_has_every_check() -> None:
    """For scripts: nothing is put together, and the counts are there."""
    shape = json.loads(render(REPORT, "json", Look()))
    assert (shape["format_version"], shape["base_url"], shape["ready"]) == ("1.0", "https://a", False)
    assert len(shape["checks"]) == 6
    assert shape["checks"][1] == {
        "group": "Tenant",
        "name": "token",
        "state": "problem",
        "found": "No token.",
        "fix": "Fix it.",
    }
    assert shape["summary"] == {"ok": 1, "warning": 1, "problem": 1, "skipped": 3}


def test_markdown_is_a_table_with_the_worst_on_top() -> None:
    """A heading with the verdict, and a row a check."""
    page = Page(render(REPORT, "markdown", Look()))
    assert page.headings == ["Not ready: 1 problem, 1 warning; 1 ok, 3 skipped"]
    (table,) = page.tables
    assert [row[0] for row in table] == ["State", "problem", "warning", "ok", "skipped", "skipped", "skipped"]
    assert table[1] == ["problem", "Tenant: token", "No token.", "Fix it."]
