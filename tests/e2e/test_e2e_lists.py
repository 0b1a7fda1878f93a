"""However a tenant lists, or does not: the same plan and the same end state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from checkout import BASIC, HOOK, outcomes, planned, template, webhook

KINDS = [
    *(
        ["page=1", "summaries"],
        ["put-204"],
        ["no-etag", "no-idempotency"],
        ["no-lists"],
        ["six-calls", "put-204"],
    ),
    *(["no-list=templates", "no-list=webhooks"], ["no-webhook-put", "no-webhook-id", "no-scope"]),
    *(
        ["forbid-list=templates"],
        ["forbid-list=templates", "forbid-list=registrations", "forbid-list=webhooks"],
    ),
]


def test_every_kind_of_tenant_ends_the_same(site):
    """Applied in one go, verified in the tenant; applied again, nothing is sent."""
    sites = [site(*faults, documents=BASIC) for faults in KINDS]

    def story(here):
        applied = here.apply()
        state = here.tenant.state()
        writes = here.tenant.writes(audit=True)
        again = here.apply()
        assert here.tenant.writes(audit=True) == writes
        return (
            applied["summary"]["applied"],
            here.tenant.statuses(),
            here.tenant.registered(),
            [
                (hook["url"], hook["secret"] == here.cli.env["CXONE_WEBHOOK_SECRET"])
                for hook in state["webhooks"]
            ],
            again["results"],
            len(state["audit_logs"]),
        )

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(story, sites))
    wanted = (
        5,
        {"tmpl_a": "APPROVED", "tmpl_b": "APPROVED"},
        ["tmpl_a", "tmpl_b"],
        [(HOOK, True)],
        [],
        5,
    )
    assert {str(faults): end for faults, end in zip(KINDS, ended, strict=True)} == dict.fromkeys(
        map(str, KINDS), wanted
    )


def test_refused_lists_are_unlisted_and_warned_of(site):
    """403: named in the plan, in its digest, with a warning; each asked for once; without them it still works."""
    here = site("forbid-list=registrations", "forbid-list=webhooks", documents=BASIC)
    ran = here.run("plan", "--format", "json")
    assert ran.json["unlisted"] == ["registrations", "webhooks"]
    assert "warning" in ran.err
    assert here.tenant.count("GET", "/api/v1/webhooks") == 1
    assert here.tenant.count("GET", "/api/v1/a2p/registrations") == 1


def test_a_plan_by_weaker_credentials_is_applied_by_stronger_ones(site):
    """What the planner could not list, the apply of that plan does without too: the same actions, the same digest."""
    here = site("forbid-list=webhooks", "forbid-list=templates", documents=BASIC)
    plan = here.plan("--out", "plan.json")
    assert plan["unlisted"] == ["templates", "webhooks"]
    here.tenant.restart()
    assert here.plan()["digest"] != plan["digest"]
    applied = here.apply("plan.json")
    assert applied["plan_digest"] == plan["digest"]
    assert set(outcomes(applied).values()) == {"applied"}
    there = site("forbid-list=templates", documents=BASIC)
    digest = there.plan("--out", "plan.json")["digest"]
    there.run("audit", "review", "plan.json")
    there.tenant.restart()
    assert set(outcomes(there.apply("--expect-digest", digest)).values()) == {"applied"}


def test_a_template_that_the_list_leaves_out_is_read_by_id(site):
    """Not in the list is not gone: 404 on the GET is."""
    here = site("page=1", documents=(template("tmpl_a"), template("tmpl_b"), template("tmpl_c")))
    before = here.tenant.count("GET", "/api/v1/messaging/templates/{id}")
    assert len(planned(here.plan())) == 6
    assert here.tenant.count("GET", "/api/v1/messaging/templates/{id}") == before
    here.tenant.restart("summaries")
    assert len(planned(here.plan())) == 6
    assert here.tenant.count("GET", "/api/v1/messaging/templates/{id}") == 3


def test_hundreds_of_templates_go_in_one_run(site):
    """Several pages, ten at a time, under a rate limit of the tenant's own: all approved, each written once."""
    documents = [template(f"tmpl_{number:03}") for number in range(50)]
    here = site("page=20", documents=(*documents, webhook()))
    applied = here.apply("--concurrency", "20")
    assert applied["summary"]["applied"] == 101
    assert set(here.tenant.statuses().values()) == {"APPROVED"}
    assert len(here.tenant.done()) == 101
    assert here.plan()["unchanged"] == 101


def test_drift_of_a_template_shows_without_lists(site):
    """Read by id, a template's drift is an action; what else is there cannot be seen, and is not touched."""
    here = site("six-calls")
    here.apply()
    here.tenant.edit("tmpl_a", content="edited in the console")
    plan = here.plan()
    assert planned(plan) == [("approval", "update", "tmpl_a")]
    assert plan["actions"][0]["changes"] == [
        {"field": "content", "live": "edited in the console", "desired": BASIC[0]["content"]}
    ]
    assert outcomes(here.apply()) == {("approval", "tmpl_a"): "applied"}
    assert here.tenant.template("tmpl_a")["content"] == BASIC[0]["content"]


def test_ids_are_percent_encoded_and_unmanaged_objects_left_alone(site):
    """``a:b~c.d-e`` is one path segment; a template that is in no file is never touched."""
    odd = "a:b~c.d-e_F9"
    here = site("no-list=templates", documents=(template(odd),))
    here.tenant.create(id="tmpl_theirs", name="Theirs", status="SUSPENDED", content="x", from_address="1")
    theirs = here.tenant.template("tmpl_theirs")
    here.apply()
    assert here.tenant.template(odd)["status"] == "APPROVED"
    assert here.tenant.template("tmpl_theirs") == theirs
