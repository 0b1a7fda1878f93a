"""``doctor`` as a process: what is missing is said with how to fix it, and no write ever reaches the tenant."""

from __future__ import annotations

import shutil

import pytest
from between import Between, Reply
from checkout import BASIC, HOOK, PAIR, ROOT, policy, template

TEMPLATES = "GET /api/v1/messaging/templates"
BY_ID = f"{TEMPLATES}/{{id}}"
REGISTRATIONS = "GET /api/v1/a2p/registrations"
WEBHOOKS = "GET /api/v1/webhooks"


def doctor(here, *args, exits=0, env=None):
    """The report's checks by name; nothing but reads and tokens reached the tenant, and no file was made."""
    before = sorted(here.folder.rglob("*"))
    report = here.run("doctor", "--format", "json", *args, exits=exits, env=env).json
    assert here.untouched()
    counts = here.tenant.ask("GET", "requests")["counts"]
    assert {(one["method"], one["route"]) for one in counts if one["method"] != "GET"} <= {
        ("POST", "/oauth/token")
    }
    assert sorted(here.folder.rglob("*")) == before
    assert report["ready"] == (exits == 0)
    return {check["name"]: check for check in report["checks"]}


def states(checks, *names):
    return tuple(checks[name]["state"] for name in names)


def test_a_sound_checkout_is_ready(site):
    """Everything is ok, but that there is no log yet; every read was sent once."""
    here = site(documents=BASIC)
    here.write("policy.yaml", policy(tenants=[here.tenant.url]))
    checks = doctor(here)
    assert {name for name, check in checks.items() if check["state"] not in ("ok", "skipped")} == {"chain"}
    assert checks[BY_ID]["found"] == "tmpl_a was read"
    assert checks["clock"]["state"] == "ok"
    assert here.tenant.count("GET", "/api/v1/messaging/templates") == 1
    text = here.run("doctor").out
    assert text.splitlines()[-1].startswith("Ready, with 1 warning; ")
    assert "| State |" in here.run("doctor", "--format", "markdown").out


def test_with_the_six_calls_alone_it_is_ready_too(site):
    """Lists, ETag and the webhook's PUT are done without, and nothing of that is a problem."""
    checks = doctor(site("six-calls", documents=BASIC))
    assert states(checks, TEMPLATES, REGISTRATIONS, WEBHOOKS, BY_ID, "ETag") == ("ok",) * 5
    assert "does not have it (404)" in checks[WEBHOOKS]["found"]
    assert "none" in checks["ETag"]["found"]


@pytest.mark.parametrize(
    ("faults", "env", "exits", "expected"),
    [
        (["forbid-list=webhooks"], {}, 0, {WEBHOOKS: ("warning", "403", "messaging:read")}),
        (
            ["scope=messaging:read"],
            {},
            1,
            {
                "scopes": ("problem", "lacks messaging:write, a2p:write, webhooks:write", "Grant the client"),
                BY_ID: ("ok", "tmpl_a", ""),
                "POST /api/v1/webhooks": (
                    "skipped",
                    "not tried, as it writes; the token lacks webhooks:write",
                    "",
                ),
            },
        ),
        (
            ["scope=messaging:read"],
            {"CXONE_SCOPES": "messaging:read"},
            0,
            {"scopes": ("warning", "enough for a plan", "ask for them")},
        ),
        (
            ["scope=messaging:write"],
            {},
            1,
            {
                BY_ID: ("problem", "403", "messaging:read"),
                TEMPLATES: ("warning", "403", "messaging:read"),
                WEBHOOKS: ("warning", "403", "messaging:read"),
            },
        ),
        (
            ["no-scope"],
            {},
            0,
            {
                "scopes": ("ok", "names none", ""),
                "PUT /api/v1/messaging/templates/{id}": ("skipped", "taken as granted", ""),
            },
        ),
        (
            ["html=list-templates"],
            {},
            1,
            {
                TEMPLATES: ("problem", "not JSON", "CXONE_BASE_URL"),
                WEBHOOKS: ("ok", "0 webhooks", ""),
                BY_ID: ("ok", "", ""),
            },
        ),
        (["summaries"], {}, 0, {TEMPLATES: ("ok", "summaries", "")}),
        (
            ["fail=get-template:500:9"],
            {},
            1,
            {BY_ID: ("problem", "500", "later"), TEMPLATES: ("ok", "2 templates", "")},
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list | dict) else "",
)
def test_what_a_tenant_lacks_or_does_wrong(site, faults, env, exits, expected):
    """Each call is judged by itself: state, what was found, what to do."""
    checks = doctor(site(*faults, documents=BASIC), env=env, exits=exits)
    for name, (state, found, fix) in expected.items():
        check = checks[name]
        assert check["state"] == state, check
        assert found in check["found"], check
        assert fix in check["fix"], check


def test_a_wrong_secret_leaves_all_else_checked(site):
    """The token is the problem; the tenant's calls are skipped for that reason; files and log are looked at."""
    here = site(documents=BASIC)
    checks = doctor(here, exits=1, env={"CXONE_CLIENT_SECRET": "a-wrong-secret-of-the-tests"})
    assert states(checks, "token", "scopes", WEBHOOKS, "documents", "writing") == (
        *("problem", "skipped", "skipped", "ok", "ok"),
    )
    assert "CXONE_CLIENT_SECRET" in checks["token"]["found"]
    assert "no token" in checks[BY_ID]["found"]


def test_an_unknown_host_is_named_at_once(site):
    """No address for it: no second try, and the rest of the report is there."""
    here = site(documents=BASIC)
    env = {"CXONE_BASE_URL": "https://no-such-host.invalid", "RECONCILER_RETRIES": None}
    checks = doctor(here, exits=1, env=env)
    assert "no-such-host.invalid" in checks["token"]["found"]
    assert states(checks, "documents", "webhook secrets", "writing") == ("ok", "ok", "ok")


def test_no_variables_at_all(bare):
    """What to set, in words and in JSON; files and log are checked all the same, and nothing is made."""
    shutil.copytree(ROOT / "templates.d", bare.folder / "templates.d")
    ran = bare.run("doctor", exits=1)
    for words in (
        "CXONE_BASE_URL",
        "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET",
        "13 documents",
        "CXONE_WEBHOOK_SECRET",
    ):
        assert words in ran.out
    assert ran.out.splitlines()[-1].startswith("Not ready: 2 problems, ")
    report = bare.run("doctor", "--format", "json", exits=1).json
    assert report["base_url"] is None
    assert {check["state"] for check in report["checks"] if check["group"] == "Tenant"} == {"skipped"}
    assert [path.name for path in bare.folder.iterdir()] == ["templates.d"]


def test_variables_that_are_wrong_are_all_named(site):
    """Two values that cannot be used, a typo, both ways to name the tenant; a webhook's variable is no typo."""
    here = site(documents=BASIC)
    env = {
        "RECONCILER_TIMEOUT": "soon",
        "CXONE_TOKEN_URL": "ftp://x",
        "CXONE_SCOPE": "x",
        "RECONCILER_COLOUR": "x",
        "CXONE_ORG": "acme",
    }
    checks = doctor(here, exits=1, env=env)
    assert states(checks, "RECONCILER_TIMEOUT", "CXONE_TOKEN_URL") == ("problem", "problem")
    assert checks["CXONE_SCOPE"]["fix"] == "Did you mean CXONE_SCOPES?"
    assert states(checks, "CXONE_SCOPE", "RECONCILER_COLOUR", "base URL") == ("warning",) * 3
    assert "CXONE_WEBHOOK_SECRET" not in checks
    assert checks["token"]["state"] == "skipped"


def test_files_that_do_not_fit(site):
    """Errors in documents, a secret that is not set, a policy for another tenant, a template that is not there."""
    here = site(documents=(*BASIC, policy(tenants=["https://other.example.com"])))
    here.write("zero.yaml", template("tmpl_0", content="No way out."))
    here.tenant.delete("tmpl_a")
    checks = doctor(here, exits=1, env={"CXONE_WEBHOOK_SECRET": None})
    assert states(checks, "documents", f"secret of {HOOK}", "policy tenants") == (
        "problem",
        "warning",
        "problem",
    )
    assert "reconciler validate" in checks["documents"]["fix"]
    assert "tmpl_0 (templates.d/zero.yaml:2) is not in the tenant" in checks[BY_ID]["found"]
    here.run("doctor", "--templates", "nowhere", exits=1)


def test_the_log_is_looked_at_and_left_as_it_is(site):
    """Records that wait for delivery, another tenant's memory, a torn line, a broken chain."""
    here = site("fail=post-audit:403:99", documents=PAIR)
    here.apply()
    log = here.log_path.read_bytes()

    def checked(exits=0, **env):
        report = here.run("doctor", "--format", "json", exits=exits, env=env).json
        return {check["name"]: check for check in report["checks"]}

    checks = checked()
    assert states(checks, "chain", "memory", "delivery") == ("ok", "ok", "warning")
    assert "4 records not yet" in checks["delivery"]["found"]
    with Between(here.tenant.url) as between:
        memory = checked(CXONE_BASE_URL=between.url)["memory"]
        assert memory["state"] == "warning"
        assert here.tenant.url in memory["found"]
        assert {seen.method for seen in between.seen if seen.path != "/oauth/token"} == {"GET"}
    here.log_path.write_bytes(log + b'{"torn')
    assert checked()["chain"]["state"] == "warning"
    assert here.log_path.read_bytes() == log + b'{"torn'
    here.log_path.write_bytes(log.replace(b'"seq":2', b'"seq":7'))
    assert states(checked(exits=1), "chain", "writing", "token") == ("problem", "ok", "ok")


def test_a_clock_that_is_wrong_is_a_warning(site):
    """The tenant's Date lies months back: said in seconds."""
    here = site(documents=BASIC)
    old = {"Content-Type": "application/json", "Date": "Mon, 05 Jan 2026 10:00:00 GMT"}

    def after(seen, reply):
        return Reply(reply.status, reply.body, {**reply.headers, **old})

    with Between(here.tenant.url, after=after) as between:
        checks = doctor(here, env={"CXONE_BASE_URL": between.url})
    assert checks["clock"]["state"] == "warning"
    assert "ahead of the tenant's" in checks["clock"]["found"]


def test_the_sandbox_is_ready_without_any_setting(bare):
    """For a first look: no credentials, no policy, no log."""
    shutil.copytree(ROOT / "templates.d", bare.folder / "templates.d")
    ran = bare.run("doctor", "--sandbox")
    assert ran.out.splitlines()[-1].startswith("Ready: ")
    assert not (bare.folder / ".reconciler" / "sandbox-audit.jsonl").exists()
