"""Adopting a tenant: whatever is live becomes files whose plan is empty, and nothing is ever overwritten unasked."""

from __future__ import annotations

import json
import shutil

import pytest
from checkout import HOOK, ROOT, planned, policy, template

A2P = {"campaign_name": "Reminders", "message_class": "TRANSACTIONAL", "opt_in_language": 'Tick "yes": #1'}
FINE = "Acme: see you soon. Reply STOP to opt out."
CONTENTS = (
    FINE,
    "yes",
    "012",
    "~",
    "# no: comment #1, 'quoted' \"twice\" \\ back\\slash",
    "{{ name }}, {{x}} {{broken",
    "trailing blanks   ",
    "  leading, and a break\n\nand\r\nanother\rand a tab\t",
    "next line\x85, line\u2028 and paragraph\u2029 separators, \xa0 \ufeff \u202e",
    "NUL\0 bell\x07 escape\x1b[31m delete\x7f \x9f",
    "👩\u200d👩\u200d👧 👍🏽 é e\u0301 日本語 می\u200cخواهم \U0010ffff \ufffe",
    "very long " * 900,
    "- a\n? b\n: c\n--- \n...\n%YAML\n&a *b !c |>",
)
STATUSES = ("APPROVED", "PENDING", "REJECTED", "NO", "null", "approved", "0x1F", "SUSPENDED")
HOOKS = (HOOK, f"{HOOK}?copy=2", "http://127.0.0.1:9/hook")
IDS = (
    "yes",
    "012",
    "1e3",
    "con",
    "a:b",
    "a.b~c-d_e",
    "2027-01-31",
    "TMPL",
    "tmpl",
    "Tmpl",
    "x" * 128,
    "null",
    "policy",
)


ALIKE = "The registrations under Reminders are alike: adopted/campaign-Reminders.yaml has them, once."
EVERYTHING = len(CONTENTS) + len(STATUSES) + len(IDS) + len(HOOKS)


@pytest.fixture
def old(site):
    """``old(*faults)``: an old tenant of templates, registrations and webhooks, and a folder with only a policy."""

    def _old(*faults):
        here = site(documents=(policy(max_segments=2),))
        fill(here.tenant)
        if faults:
            here.tenant.restart(*faults)
        return here

    return _old


def fill(tenant):
    """Templates made in the console, registrations and webhooks by some other program."""
    for number, content in enumerate(CONTENTS):
        create(tenant, f"text_{number:02}", name=content, content=content, from_address=content[:20])
    for status in STATUSES:
        create(tenant, f"status_{status}", status=status)
    for id_ in IDS:
        create(tenant, id_, name=id_)
    for id_ in ("text_00", "yes", "status_PENDING"):
        post(tenant, "a2p/registrations", {"template_id": id_, **A2P})
    for url in HOOKS:
        post(
            tenant,
            "webhooks",
            {"url": url, "events": ["template.approved"], "secret": "secret-of-the-old-tenant"},
        )


def create(tenant, id_, **more):
    body = {
        "name": "Old one",
        "status": "APPROVED",
        "content": FINE,
        "from_address": "45678",
        "owner": None,
        **more,
    }
    return tenant.create(id=id_, **body)


def post(tenant, path, body):
    """One call of the tenant's own API, with a token that may write."""
    form = {
        "grant_type": "client_credentials",
        "client_id": tenant.exports["CXONE_CLIENT_ID"],
        "client_secret": tenant.exports["CXONE_CLIENT_SECRET"],
        "scope": "a2p:write webhooks:write",
    }
    token = tenant.client.post(f"{tenant.url}/oauth/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert tenant.client.post(f"{tenant.url}/api/v1/{path}", json=body, headers=headers).is_success


def files(folder):
    """Every file below a folder with its bytes, but for the tenant's own."""
    found = (
        path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("tenant.db")
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def imported(here, *args, exits=0):
    return here.run("import", "--format", "json", *args, exits=exits).json


def test_an_old_tenant_is_adopted_in_one_command(old):
    """Whatever its texts, statuses and ids: the plan right after is empty, and nothing in the files is an error."""
    here = old()
    before = here.tenant.writes(audit=True)
    report = imported(here, "--all", "--into", "adopted")
    assert list(report) == ["format_version", "written", "skipped", "secrets", "notes"]
    assert (report["format_version"], report["skipped"]) == ("1.0", [])
    assert report["notes"] == [ALIKE]
    assert len(report["written"]) == EVERYTHING
    adopted = files(here.folder / "adopted")
    mine = {one["file"].removeprefix("adopted/") for one in report["written"]}
    assert {*mine, "campaign-Reminders.yaml"} == set(adopted)
    assert len({name.lower() for name in adopted}) == len(adopted)
    valid = here.run("validate", "--templates", "adopted", "--format", "json").json
    assert valid["valid"]
    assert len(valid["templates"]) == EVERYTHING - len(HOOKS)
    plan = here.plan("--templates", "adopted", "--detailed-exitcode")
    assert plan["actions"] == plan["held"] == plan["pending"] == []
    assert plan["unchanged"] == EVERYTHING + 2  # the registrations of what is APPROVED
    assert here.tenant.writes(audit=True) == before


def test_what_waits_for_its_carrier_is_imported_as_approved(site):
    """The plan right after is exactly these approvals; once the carrier has passed them there is nothing to do."""
    here = site(documents=(policy(),))
    for id_, status in (
        ("sent", "SUBMITTED"),
        ("seen", "IN_REVIEW"),
        ("new", "PENDING"),
        ("done", "APPROVED"),
    ):
        create(here.tenant, id_, status=status)
        post(here.tenant, "a2p/registrations", {"template_id": id_, **A2P})
    ran = here.run("import", "--all", "--into", "adopted")
    assert "IN_REVIEW in the tenant, APPROVED in the file" in ran.out
    assert "shows 2 to approve, on the way there already, and nothing else" in ran.out
    assert "IN_REVIEW in the tenant" in (here.folder / "adopted" / "seen.yaml").read_text("utf-8")
    plan = here.plan("--templates", "adopted")
    assert planned(plan) == [("approval", "approve", "seen"), ("approval", "approve", "sent")]
    for id_ in ("sent", "seen"):
        here.tenant.edit(id_, status="APPROVED")
    assert here.plan("--templates", "adopted")["actions"] == []


def test_a_second_import_writes_nothing(old):
    """Everything is managed by then: named, left alone, byte for byte."""
    here = old()
    first = imported(here, "--all", "--into", "adopted")
    before = files(here.folder)
    second = imported(here, "--all", "--into", "adopted")
    assert (second["written"], second["secrets"]) == ([], [])
    assert {one["id"] for one in second["skipped"]} == {one["id"] for one in first["written"]}
    assert all(one["why"].startswith("already managed in adopted/") for one in second["skipped"])
    assert files(here.folder) == before
    assert (
        here.run("import", "--all", "--into", "adopted")
        .out.splitlines()[-1]
        .startswith("Imported: 0 files written")
    )


def test_what_is_broken_is_waived_and_listed(old):
    """The report's waivers are the files', each with its reason and a date 90 days ahead."""
    here = old()
    report = imported(here, "--all", "--into", "adopted")
    waivers = {one["id"]: one["waivers"] for one in report["written"]}
    assert waivers["text_00"] == ["CX102"]  # its sender is its text
    assert waivers["yes"] == waivers["status_PENDING"] == []
    assert waivers["status_APPROVED"] == ["CX104"]
    assert set(waivers["text_09"]) == {"CX102", "CX103", "CX104", "CX109"}
    assert waivers["http://127.0.0.1:9/hook"] == ["CX112"]
    text = (here.folder / "adopted" / "status_APPROVED.yaml").read_text("utf-8")
    assert "reason: live before adoption, expires: 20" in text
    said = here.run("import", "status_APPROVED", "--into", "other").out
    assert "waived until 20" in said
    assert "CX104" in said
    assert said.splitlines()[-1] == "Imported: 1 file written, 1 with waivers"
    assert (
        "`reconciler plan --templates other` shows nothing to do; open a pull request"
        in said.splitlines()[-2]
    )


def test_the_variables_to_set_are_listed_and_no_secret_is_made_up(old):
    """Each webhook gets a variable of its own; setting them changes nothing in the tenant."""
    here = old()
    report = imported(here, "--all", "--into", "adopted")
    variables = [one["variable"] for one in report["secrets"]]
    assert variables == ["CXONE_WEBHOOK_SECRET", "CXONE_WEBHOOK_2_SECRET", "CXONE_WEBHOOK_3_SECRET"]
    assert {one["url"] for one in report["secrets"]} == set(HOOKS)
    env = dict.fromkeys(variables, "another-secret-of-24-bytes-or-more")
    assert here.plan("--templates", "adopted", "--detailed-exitcode", env=env)["actions"] == []


def test_the_first_line_names_a_schema_that_is_there(old):
    """Relative, so that it holds in every checkout: the checkout's own, or copies that the import adds."""
    here = old()
    here.run("import", "tmpl", "--into", "deep/er/adopted")
    here.run("import", "tmpl", "--into", str(here.folder.parent / "outside"))
    for folder in (here.folder / "deep" / "er" / "adopted", here.folder.parent / "outside"):
        (file,) = folder.glob("*.yaml")
        modeline = file.read_text("utf-8").splitlines()[0]
        path = modeline.removeprefix("# yaml-language-server: $schema=")
        schema = json.loads((folder / path).read_text("utf-8"))
        assert schema["properties"]["kind"]["const"] == "Template"
    assert (here.folder / "schemas" / "template.schema.json").is_file()
    (here.folder / "schemas" / "template.schema.json").write_text("{}", "utf-8")
    assert "schemas" not in here.run("import", "yes", "--into", "more").err
    assert (here.folder / "schemas" / "template.schema.json").read_text("utf-8") == "{}"


def test_inside_of_the_templates_folder_its_documents_and_policy_count(old):
    """A folder below templates.d is planned with it: no id twice, and its policy says what is broken."""
    here = old()
    here.write("all.yaml", policy(max_segments=9), template("tmpl"), template("yes", name="Another name"))
    create(here.tenant, "long", content="x" * 300 + " STOP to opt out")
    report = imported(here, "--all", "--into", "templates.d/adopted")
    assert {one["id"]: one["why"] for one in report["skipped"]} == {
        "tmpl": "already managed in templates.d/all.yaml",
        "yes": "already managed in templates.d/all.yaml",
    }
    assert next(one["waivers"] for one in report["written"] if one["id"] == "long") == ["CX104"]
    plan = here.plan()
    assert {action["target"] for action in plan["actions"]} <= {"tmpl", "yes"}


def test_named_templates_need_no_lists(old):
    """The source's six calls are enough: what cannot be known is waived, said, and plans to nothing."""
    here = old("six-calls")
    report = imported(here, "tmpl", "status_PENDING", "--into", "adopted")
    assert {one["id"]: one["waivers"] for one in report["written"]} == {
        "tmpl": ["CX104"],
        "status_PENDING": [],
    }
    assert any("registration" in note for note in report["notes"])
    assert here.plan("--templates", "adopted", "--detailed-exitcode")["actions"] == []
    error = imported(here, "--all", "--into", "adopted", exits=1)
    assert "Name the templates" in error["error"]


@pytest.mark.parametrize(
    "faults", [["summaries"], ["page=2"], ["forbid-list=registrations", "forbid-list=webhooks"]]
)
def test_poor_lists_are_made_good_or_said(old, faults):
    """Summaries are read by id, pages to the end, refused lists are a note; the plan is empty in any case."""
    here = old(*faults)
    report = imported(here, "--all", "--into", "adopted")
    assert len([one for one in report["written"] if "://" not in one["id"]]) == len(CONTENTS) + len(
        STATUSES
    ) + len(IDS)
    assert len(report["notes"]) == (2 if len(faults) == 2 else 1)
    assert here.plan("--templates", "adopted", "--detailed-exitcode")["actions"] == []


def test_read_only_credentials_are_enough(old):
    """Nothing but reads is sent."""
    here = old("scope=messaging:read")
    assert len(imported(here, "--all", "--into", "adopted")["written"]) == EVERYTHING
    assert here.untouched()


def test_every_unknown_id_is_named_and_nothing_is_written(old):
    """One typing error does not hide the next, and the good ids wait for the whole command to be right."""
    here = old()
    error = imported(
        here, "tmpl", "nope", "no/pe", "https://nope.example.com/", "--into", "adopted", exits=1
    )["error"]
    assert all(name in error for name in ("nope", "no/pe", "https://nope.example.com/"))
    assert not (here.folder / "adopted").exists()
    assert not (here.folder / "schemas").exists()


def test_a_file_in_the_way_is_kept_without_force(old):
    """It is named, the others are written; with --force exactly that file is overwritten."""
    here = old()
    folder = here.folder / "adopted"
    folder.mkdir()
    (folder / "tmpl.yaml").write_text("# mine\n", "utf-8")
    (folder / "con.yaml").write_text("# mine too\n", "utf-8")
    report = imported(here, "tmpl", "yes", "--into", "adopted")
    assert [one["id"] for one in report["written"]] == ["yes"]
    assert "--force" in report["skipped"][0]["why"]
    assert (folder / "tmpl.yaml").read_text("utf-8") == "# mine\n"
    before = files(folder)
    assert [one["id"] for one in imported(here, "tmpl", "--into", "adopted", "--force")["written"]] == [
        "tmpl"
    ]
    after = files(folder)
    assert {name for name in after if after[name] != before.get(name)} == {"tmpl.yaml"}
    assert here.plan("--templates", "adopted", "--detailed-exitcode")["actions"] == []


def test_force_brings_imported_files_up_to_date(old):
    """What moved in the tenant is in the file again; documents that people put elsewhere stay theirs."""
    here = old()
    imported(here, "--all", "--into", "adopted")
    folder = here.folder / "adopted"
    (folder / "yes.yaml").rename(folder / "mine.yaml")
    before = files(folder)
    here.tenant.edit("tmpl", content="Moved. Reply STOP to opt out.")
    here.tenant.edit("yes", name="Moved too")
    report = imported(here, "--all", "--into", "adopted", "--force")
    assert [(one["id"], one["why"]) for one in report["skipped"]] == [
        ("yes", "already managed in adopted/mine.yaml")
    ]
    assert report["secrets"] == []
    after = files(folder)
    (changed,) = {name for name in after if after[name] != before.get(name)}
    assert b"Moved. Reply" in after[changed]
    assert set(after) == set(before)


@pytest.mark.parametrize("args", [["--into", "x"], ["--all", "tmpl", "--into", "x"], ["--all"], ["--into"]])
def test_half_a_command_is_a_usage_error(bare, args):
    """Neither ids nor --all, both, or no folder: 64, before anything is read."""
    bare.run("import", *args, exits=64)


def test_a_folder_that_cannot_be_written_is_an_error(old):
    """A file in its place or above it: 1, a sentence, and nothing is left behind."""
    here = old()
    (here.folder / "file").write_text("x", "utf-8")
    before = files(here.folder)
    assert "Not a folder" in here.run("import", "tmpl", "--into", "file", exits=1).err
    assert "nothing was written" in here.run("import", "tmpl", "--into", "file/deep", exits=1).err
    assert files(here.folder) == before


def test_a_file_that_cannot_be_read_stops_the_import(old):
    """Nobody knows which ids it manages; its place is said. A broken policy says nothing about waivers."""
    here = old()
    folder = here.folder / "adopted"
    folder.mkdir()
    (folder / "broken.yaml").write_text('id: "tmpl\n', "utf-8")
    error = imported(here, "tmpl", "--into", "adopted", exits=1)
    assert [(one["code"], one["file"]) for one in error["findings"]] == [("CX002", "adopted/broken.yaml")]
    assert set(files(folder)) == {"broken.yaml"}
    (folder / "broken.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Policy\nmax_segments: many\n", "utf-8"
    )
    assert imported(here, "tmpl", "--into", "adopted", exits=1)["findings"]


def test_a_folder_for_another_tenant_is_refused(old):
    """The policy's tenants hold here as in a plan: 5, and nothing is sent."""
    here = old()
    here.write("all.yaml", policy(tenants=["https://other.nicecxone.com"]))
    asked = here.tenant.count("GET", "/api/v1/messaging/templates")
    here.run("import", "--all", "--into", "templates.d", exits=5)
    assert here.tenant.count("GET", "/api/v1/messaging/templates") == asked


def test_the_sandbox_can_be_adopted_too(bare):
    """Without credentials: what apply made there comes back as files that plan to nothing."""
    shutil.copytree(ROOT / "templates.d", bare.folder / "templates.d")
    bare.run("apply", "--sandbox", "--yes")
    report = bare.run("import", "--all", "--sandbox", "--into", "adopted", "--format", "json").json
    shipped = list((ROOT / "templates.d").glob("*.yaml"))
    assert len(report["written"]) == len(shipped) - 2  # but for the policy, and a campaign of one template
    plan = bare.run(
        "plan", "--sandbox", "--templates", "adopted", "--detailed-exitcode", "--format", "json"
    ).json
    assert plan["actions"] == []
    again = bare.run("import", "--all", "--sandbox", "--into", "templates.d").out
    assert again.splitlines()[-1] == f"Imported: 0 files written, {len(report['written'])} left out"


def test_an_empty_tenant_is_no_error(site):
    """Nothing to adopt is said, and no folder is made for it."""
    here = site(documents=(policy(),))
    assert here.run("import", "--all", "--into", "adopted").out == "Imported: 0 files written\n"
    assert not (here.folder / "adopted").exists()


def test_every_format_says_what_was_imported_and_what_the_log_holds(old):
    """As a comment and in a runner's log; an error is an annotation there."""
    here = old()
    said = here.run("import", "yes", "--into", "a", "--format", "markdown").out
    assert said.startswith("## Imported: 1 file written")
    assert "`yes`" in said
    assert "Imported: 1 file written" in here.run("import", "012", "--into", "b", "--format", "github").out
    assert here.run("import", "zzz", "--into", "c", "--format", "github", exits=1).out.startswith("::error ")
    assert here.run("audit", "verify", "--format", "github", exits=1).out.startswith("::error ")
    here.log_path.parent.mkdir(exist_ok=True)
    here.log_path.touch()
    assert "the chain of 0 records holds" in here.run("audit", "verify", "--format", "markdown").out
