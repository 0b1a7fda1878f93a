"""What the tenant has is shown as it is, whatever it is: numbers as they are spelt, texts that were cut in half."""

from __future__ import annotations

import json

import pytest
from between import Between, Reply
from checkout import planned

NUMBERS = ("1.50", "1e999", "12345678901234567890.123", "-0.0", "1E5")


def shown_as(here, old, new):
    """The tenant, but its templates are answered with ``new`` in the place of ``old``, as long as they have it."""

    def after(seen, reply):
        if seen.method == "GET" and "/messaging/templates" in seen.path:
            compact = json.dumps(json.loads(reply.body), separators=(",", ":")).encode()
            return Reply(reply.status, compact.replace(old, new))
        return None

    return Between(here.tenant.url, after=after)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_an_unmanaged_field_is_shown_as_it_is_spelt(site, number):
    """In the plan, in the saved plan, in what ``show`` makes of it, and in the PUT; and all of it is JSON."""
    here = site()
    with shown_as(here, b'"channel":', f'"limit":{number},"channel":'.encode()) as tenant:
        env = {"CXONE_BASE_URL": tenant.url}
        said = here.run("plan", "--format", "json", "--out", "plan.json", env=env).out
        assert f'"limit": {number},' in said
        assert json.loads(said, parse_constant=pytest.fail)["actions"][0]["unmanaged"]["channel"] == "sms"
        assert (here.folder / "plan.json").read_text(encoding="utf-8") == said
        assert here.run("show", "plan.json", "--format", "json").out == said
        assert f"limit: {number}\n" in here.run("show", "plan.json", "--format", "markdown").out
        here.run(
            "apply", "plan.json", env=env, exits=None
        )  # not every number is one that the embedded CXone takes
        sent = [seen.body for seen in tenant.seen if seen.method == "PUT"]
        assert sent
        assert all(f'"limit":{number},'.encode() in body for body in sent)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"name":"Reminder tmpl_a"', b'"name":"Reminder \\ud83d"', "name"),
        (b'"content":"Acme Dental:', b'"content":"Acme \\udd01 Dental:', "content"),
        (b'"channel":"sms"', b'"channel":"sms \\ud83d"', None),
        (b'"updated_at":"', b'"updated_at":"\\udc00', None),
    ],
)
def test_a_text_that_was_cut_in_half_is_no_end_of_the_plan(site, old, new, field):
    """Half an emoji in a live text is a difference as any other: it is shown, reviewed, mended, and on record."""
    here = site()
    with shown_as(here, old, new) as tenant:
        env = {"CXONE_BASE_URL": tenant.url}
        plan = here.plan("--out", "plan.json", env=env)
        assert here.run("show", "plan.json", "--format", "json").json == plan
        changed = {change["field"]: change for change in plan["actions"][0]["changes"]}
        assert field is None or "\\ud" in json.dumps(changed[field]["live"])
        for format_ in ("text", "markdown", "github"):
            here.run("plan", "--format", format_, env=env)
        here.apply(
            "plan.json", env=env, exits=0 if field else 3
        )  # the embedded CXone takes no half pairs back
        assert sum(seen.method == "PUT" for seen in tenant.seen) == 2
        here.run("audit", "verify")
    if field:
        assert planned(here.plan()) == []
