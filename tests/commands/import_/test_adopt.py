"""Adopting what is live: the files, their names, their waivers, and what gets none; the reading, on a tenant."""

from __future__ import annotations

import asyncio
import random
import shlex
import time
from dataclasses import replace

import pytest
from builders import A2P, FIELDS

from reconciler.commands._shared.settings import connection
from reconciler.commands.import_.adopt import Place, adopt
from reconciler.commands.import_.filenames import stem_of_id, stem_of_url
from reconciler.commands.import_.folder import copy_schemas, look, save
from reconciler.commands.import_.survey import Survey, survey
from reconciler.core.errors import CredentialsError, MissingTemplates, ReconcilerError, WrongShape
from reconciler.core.model import Document, Live, Policy, Remembered, SecretRef, Severity
from reconciler.core.secret import SecretValue
from reconciler.core.wire import Response
from reconciler.cxone.client import Client
from reconciler.desired.load import DesiredState, load
from reconciler.desired.yaml_reader import read
from reconciler.rules import Context, check
from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET
from reconciler.sandbox.faults import parse
from reconciler.sandbox.inprocess import in_process
from reconciler.sandbox.store import Store

TODAY = "2026-11-20"
EXPIRES = "2027-02-18"
HOOK = "https://hooks.example.com/cxone"
HEAD = {"apiVersion": "reconciler/v1", "kind": "Template"}


def live(target="tmpl_a", **fields):
    """A live template without a fault."""
    return Live(kind="template", target=target, fields={**FIELDS, **fields}, id=target, version="v1")


def registered(target="tmpl_a", **fields):
    return Live(kind="registration", target=target, fields={**A2P, **fields}, id="reg_1")


def hook(url=HOOK, id_="wh_1", events=("template.approved",)):
    return Live(kind="webhook", target=url, fields={"events": tuple(events)}, id=id_)


def shown(*templates, registrations=True, webhooks=(), skipped=()):
    """A survey; ``registrations`` True: each template has one; None: they are not listed."""
    if registrations is True:
        registrations = {one.target: (registered(one.target),) for one in templates}
    hooks = None
    if webhooks is not None:
        hooks = {}
        for one in webhooks:
            hooks[one.target] = (*hooks.get(one.target, ()), one)
    return Survey(templates=templates, registrations=registrations, webhooks=hooks, skipped=skipped)


def adopted(what, place=None, remembered=None):
    return adopt(
        what,
        place or Place(folder="adopted"),
        today=TODAY,
        remembered=remembered or {},
        plan="reconciler plan",
    )


def bodies(adoption):
    """What the files say, by name; each must have one document and nothing to complain of."""
    found = {}
    for file in adoption.files:
        reading = read(file.text, file.name, lambda: 0.0)
        assert reading.notes == ()
        (document,) = reading.documents
        found[file.name] = document.body
    return found


def whys(adoption):
    return {one.id: one.why for one in adoption.report.skipped}


def waived(adoption):
    return {one.id: one.waivers for one in adoption.report.written}


def test_a_template_becomes_the_document_that_asks_for_it():
    """Fields and registration as they are live; APPROVED goes without saying; the first line names the schema."""
    adoption = adopted(shown(live()))
    fields = {name: FIELDS[name] for name in ("name", "from_address", "content")}
    assert bodies(adoption) == {"tmpl_a.yaml": {**HEAD, "id": "tmpl_a", **fields, "a2p": A2P}}
    assert adoption.files[0].text.startswith(
        "# yaml-language-server: $schema=../schemas/template.schema.json\n"
    )
    assert [(one.id, one.file) for one in adoption.report.written] == [("tmpl_a", "adopted/tmpl_a.yaml")]
    assert (adoption.report.skipped, adoption.report.notes, adoption.report.expires) == ((), (), "")


@pytest.mark.parametrize("status", ["SUBMITTED", "IN_REVIEW"])
def test_a_template_that_waits_for_its_carrier_is_asked_for_as_approved(status):
    """Its file asks for the status that lasts, and says so; without a registration CX104 is waived, as for any."""
    adoption = adopted(shown(live(status=status)))
    assert "status" not in bodies(adoption)["tmpl_a.yaml"]
    assert adoption.files[0].text.splitlines()[1].startswith(f"# {status} in the tenant when imported")
    assert [one.waiting for one in adoption.report.written] == [status]
    assert "1 to approve" in adoption.report.shows
    assert waived(adopted(shown(live(status=status), registrations={}))) == {"tmpl_a": ("CX104",)}


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "NO", "012"])
def test_a_status_other_than_approved_is_written(status):
    """A live status is kept to the letter, so that the plan has nothing to change; no registration is asked for."""
    adoption = adopted(shown(live(status=status), registrations={}))
    assert bodies(adoption)["tmpl_a.yaml"]["status"] == status
    assert waived(adoption) == {"tmpl_a": ()}


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"content": "Hello"}, ("CX103",)),
        ({"from_address": "+15550100"}, ("CX102",)),
        ({"content": "x" * 200 + " Reply STOP to opt out."}, ("CX101",)),
        ({"content": "Hi {{first-name}}. Reply STOP to opt out."}, ("CX111",)),
        ({"content": "Hi \x07\u200b https://bit.ly/x"}, ("CX103", "CX108", "CX109")),
    ],
)
def test_a_rule_that_a_live_template_breaks_is_waived_for_90_days(fields, codes):
    """The waivers say why and until when, are listed, and leave no error that would stop the plan."""
    adoption = adopted(shown(live(**fields)))
    body = bodies(adoption)["tmpl_a.yaml"]
    assert body["waivers"] == [
        {"rule": code, "reason": "live before adoption", "expires": EXPIRES} for code in codes
    ]
    assert waived(adoption) == {"tmpl_a": codes}
    assert adoption.report.expires == EXPIRES
    (document,) = read(adoption.files[0].text, "", lambda: 0.0).documents
    left = {
        one.code
        for one in check(document, Context(policy=Policy(), today=TODAY))
        if one.severity == Severity.ERROR
    }
    assert left == set()


def test_the_folders_policy_says_what_is_broken():
    """Waivers are for the rules as the folder's policy has them: neither more nor fewer."""
    long = live(content="x" * 200 + " STOP to opt out {{date}}")
    policy = Policy(max_segments=2, severities={"CX107": "error"})
    assert waived(adopted(shown(long), Place(folder="adopted", policy=policy))) == {"tmpl_a": ("CX107",)}


def test_an_approved_template_without_registration_gets_a_waiver():
    """Where the tenant lists its registrations and has none, that is a known gap: a waiver, and no note."""
    adoption = adopted(shown(live(), registrations={}))
    assert waived(adoption) == {"tmpl_a": ("CX104",)}
    assert adoption.report.notes == ()


def test_registrations_that_are_not_shown_are_said_to_be_unknown():
    """Without a list the waiver stands in, and a note says that nobody knows; drafts need none."""
    adoption = adopted(shown(live(), live("tmpl_b"), live("tmpl_c", status="DRAFT"), registrations=None))
    assert waived(adoption) == {"tmpl_a": ("CX104",), "tmpl_b": ("CX104",), "tmpl_c": ()}
    (note,) = adoption.report.notes
    assert "2 templates" in note


def test_what_the_log_remembers_stands_in_for_a_list():
    """A registration that was made from here is known though the tenant cannot show it."""
    remembered = {("a2p", "tmpl_a"): Remembered(fields=A2P)}
    adoption = adopted(shown(live(), registrations=None), remembered=remembered)
    assert bodies(adoption)["tmpl_a.yaml"]["a2p"] == A2P
    assert (waived(adoption), adoption.report.notes) == ({"tmpl_a": ()}, ())


def test_of_several_registrations_the_last_whole_one_counts():
    """A summary without all fields makes no block; the last that has them all is what a plan would compare."""
    first, last = registered(campaign_name="Old"), registered(campaign_name="New")
    summary = first._replace(fields={"campaign_name": "Short"})
    adoption = adopted(shown(live(), registrations={"tmpl_a": (first, last, summary)}))
    assert bodies(adoption)["tmpl_a.yaml"]["a2p"]["campaign_name"] == "New"
    only = adopted(shown(live(), registrations={"tmpl_a": (summary,)}))
    assert waived(only) == {"tmpl_a": ("CX104",)}
    assert "not known" in only.report.notes[0]


@pytest.mark.parametrize(("text", "word"), [(" ", "a2p.opt_in_language"), ("half \ud83d", "surrogate")])
def test_a_registration_that_no_document_can_hold_is_left_out_of_its_file(text, word):
    """An empty field there, or half an emoji, does not keep the template from being adopted."""
    adoption = adopted(shown(live(), registrations={"tmpl_a": (registered(opt_in_language=text),)}))
    assert "a2p" not in bodies(adoption)["tmpl_a.yaml"]
    assert waived(adoption) == {"tmpl_a": ("CX104",)}
    assert any("registration of tmpl_a" in note and word in note for note in adoption.report.notes)


@pytest.mark.parametrize(
    ("target", "fields", "word"),
    [
        ("tmpl a", {}, "`id`"),
        ("-a", {}, "`id`"),
        ("../../etc/passwd", {}, "`id`"),
        ("x" * 129, {}, "`id`"),
        ("a\n", {}, "`id`"),
        ("tmpl_a", {"name": "  "}, "`name`"),
        ("tmpl_a", {"content": ""}, "`content`"),
        ("tmpl_a", {"status": "ON HOLD"}, "`status`"),
        ("tmpl_a", {"content": "half \ud83d. Reply STOP to opt out."}, "surrogate"),
        ("half\ud83d", {}, "`id`"),
    ],
)
def test_what_no_document_can_hold_is_listed_and_left_out(target, fields, word):
    """Every such template is named with the reason, in text that can be printed; the others are written."""
    adoption = adopted(shown(live("tmpl_ok"), live(target, **fields)))
    assert list(bodies(adoption)) == ["tmpl_ok.yaml"]
    ((said, why),) = whys(adoption).items()
    assert said.encode() == target.encode("utf-8", "backslashreplace")
    assert word in why
    assert why.isprintable()


def test_a_control_character_is_no_reason_to_leave_a_template_out():
    """Even NUL has an escape in YAML: it reads back, and CX109 is waived until it is gone."""
    adoption = adopted(shown(live(content="a\0b\x85\u2028\ufeff \\ {{x}} #: Reply STOP to opt out. ")))
    assert (
        bodies(adoption)["tmpl_a.yaml"]["content"]
        == "a\0b\x85\u2028\ufeff \\ {{x}} #: Reply STOP to opt out. "
    )
    assert waived(adoption) == {"tmpl_a": ("CX109",)}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("tmpl_a", "tmpl_a"),
        ("a.b:c~d-e_f", "a.b=c~d-e_f"),
        ("012", "012"),
        ("con", "+con"),
        ("Nul.x", "+Nul.x"),
        ("com1", "+com1"),
        ("contract", "contract"),
        ("x" * 128, "x" * 128),
    ],
)
def test_a_file_is_named_by_the_id(target, name):
    """The id itself, less what some file system refuses: a colon, a device's name."""
    assert stem_of_id(target) == name
    (file,) = adopted(shown(live(target))).files
    assert file.name == f"{name}.yaml"
    assert len(file.name.encode()) < 200


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (HOOK, "webhook-hooks.example.com-cxone"),
        ("https://hooks.example.com/", "webhook-hooks.example.com"),
        ("https://h.example:8443/a/b?token=x#y", "webhook-h.example-8443-a-b"),
        ("https://h.example/../../etc", "webhook-h.example-..-..-etc"),
        ("https://[2001:db8::1]/x", "webhook-2001-db8-1-x"),
        ("https://h.example/" + "a" * 2000, "webhook-h.example-" + "a" * 90),
    ],
)
def test_a_webhooks_file_is_named_by_host_and_path(url, name):
    """Readable, without query, and never longer than a file system takes."""
    assert stem_of_url(url) == name


def test_ids_that_differ_only_in_case_get_numbers():
    """On a file system that knows no case, none may overwrite the other; the number cannot be part of an id."""
    adoption = adopted(shown(live("TMPL_a"), live("Tmpl_a"), live("tmpl_a"), registrations=None))
    assert {name: body["id"] for name, body in bodies(adoption).items()} == {
        "TMPL_a.yaml": "TMPL_a",
        "Tmpl_a+2.yaml": "Tmpl_a",
        "tmpl_a+3.yaml": "tmpl_a",
    }


def test_registrations_that_are_alike_are_written_once():
    """Three or more under a name are one Campaign, which templates name; one that differs, or a name taken, is none."""
    three = (live("a"), live("b"), live("c"))
    adoption = adopted(shown(*three))
    campaign, *templates = bodies(adoption).values()
    assert campaign == {
        "apiVersion": "reconciler/v1", "kind": "Campaign", "name": A2P["campaign_name"],
        "message_class": A2P["message_class"], "opt_in_language": A2P["opt_in_language"],
    }  # fmt: skip
    assert [body["a2p"] for body in templates] == [{"campaign": A2P["campaign_name"]}] * 3
    assert not any(waived(adoption).values())
    other = {"a": (registered("a"),), "b": (registered("b"),), "c": (registered("c", message_class="OTP"),)}
    written = Document(kind="Campaign", body=campaign, file="adopted/c.yaml", line=1, index=0)
    again = adopted(shown(*three), Place(folder="adopted", campaigns={A2P["campaign_name"]: written}))
    assert [body["a2p"] for body in bodies(again).values()] == [{"campaign": A2P["campaign_name"]}] * 3
    another = replace(written, body={**campaign, "message_class": "OTP"})
    taken = Place(folder="adopted", campaigns={A2P["campaign_name"]: another})
    for spelt in (
        adopted(shown(*three, registrations=other)),
        adopted(shown(*three), taken),
        adopted(shown(*three[:2])),
    ):
        assert all("campaign_name" in body["a2p"] for body in bodies(spelt).values())


def test_webhooks_come_with_events_and_variables_to_set():
    """Each has its file and a variable of its own, numbered from the second; the report says which to set."""
    other = "https://hooks.example.com/cxone?copy=2"
    adoption = adopted(shown(webhooks=(hook(events=("b.c", "a.b")), hook(other, "wh_2"))))
    assert bodies(adoption) == {
        "webhook-hooks.example.com-cxone.yaml": {
            "apiVersion": "reconciler/v1",
            "kind": "Webhook",
            "url": HOOK,
            "events": ["b.c", "a.b"],
            "secret": {"env": "CXONE_WEBHOOK_SECRET"},
        },
        "webhook-hooks.example.com-cxone+2.yaml": {
            "apiVersion": "reconciler/v1",
            "kind": "Webhook",
            "url": other,
            "events": ["template.approved"],
            "secret": {"env": "CXONE_WEBHOOK_2_SECRET"},
        },
    }
    assert [(one.url, one.variable) for one in adoption.report.secrets] == [
        (HOOK, "CXONE_WEBHOOK_SECRET"),
        (other, "CXONE_WEBHOOK_2_SECRET"),
    ]
    assert adoption.files[0].text.startswith(
        "# yaml-language-server: $schema=../schemas/webhook.schema.json\n"
    )


def test_a_variable_that_another_webhook_uses_is_not_taken_again():
    """Two webhooks would else have one secret without anybody's having said so; one left out takes none."""
    place = Place(
        folder="adopted", secrets={"https://x.example/": SecretRef(source="env", name="CXONE_WEBHOOK_SECRET")}
    )
    adoption = adopted(shown(webhooks=(hook("https://a.example/", events=()), hook())), place)
    assert [one.variable for one in adoption.report.secrets] == ["CXONE_WEBHOOK_2_SECRET"]
    assert "`events`" in whys(adoption)["https://a.example/"]


def test_a_webhook_on_a_private_address_is_waived():
    """What CX112 refuses is live, so it is waived and listed, though plain http may be worth a thought."""
    assert waived(adopted(shown(webhooks=(hook("http://10.0.0.1/x"),)))) == {"http://10.0.0.1/x": ("CX112",)}


def test_a_password_in_a_url_goes_into_no_file_and_no_message():
    """User info is left out of files and of what is printed."""
    adoption = adopted(shown(webhooks=(hook("https://h:hunter2@hooks.example.com/h"),)))
    assert adoption.files == ()
    assert list(whys(adoption)) == ["https://(secret)@hooks.example.com/h"]
    assert "hunter2" not in repr(adoption)


def test_of_webhooks_with_one_url_the_one_that_a_plan_compares_is_written():
    """The remembered id, else the lowest; a note names all of them."""
    twins = shown(webhooks=(hook(id_="wh_2", events=("b.b",)), hook(id_="wh_1", events=("a.a",))))
    (body,) = bodies(adopted(twins)).values()
    assert body["events"] == ["a.a"]
    (note,) = adopted(twins).report.notes
    assert "wh_1, wh_2" in note
    (body,) = bodies(adopted(twins, remembered={("webhook", HOOK): Remembered(id="wh_2")})).values()
    assert body["events"] == ["b.b"]


def test_webhooks_that_are_not_listed_are_a_note():
    """Nobody should believe that there are none."""
    (note,) = adopted(shown(webhooks=None)).report.notes
    assert "does not list its webhooks" in note


def test_what_a_document_names_already_is_left_alone():
    """Wherever that document stands; even its waivers are not looked at."""
    place = Place(folder="adopted", managed={"tmpl_a": "adopted/sub/mine.yaml", HOOK: "hooks.yaml"})
    adoption = adopted(shown(live(content="Hello"), live("tmpl_b"), webhooks=(hook(),)), place)
    assert list(bodies(adoption)) == ["tmpl_b.yaml"]
    assert whys(adoption) == {
        "tmpl_a": "already managed in adopted/sub/mine.yaml",
        HOOK: "already managed in hooks.yaml",
    }
    assert adoption.report.secrets == ()


def test_a_file_in_the_way_is_overwritten_only_with_force():
    """One that holds no document of ours: without --force it is named, with it exactly this file gives way."""
    place = Place(folder="adopted", files={"tmpl_a.yaml": (), "notes.txt": ()})
    kept = adopted(shown(live(), live("tmpl_b")), place)
    assert [(file.name, file.replaces) for file in kept.files] == [("tmpl_b.yaml", False)]
    assert "adopted/tmpl_a.yaml is there already" in whys(kept)["tmpl_a"]
    forced = adopted(shown(live(), live("tmpl_b")), replace(place, force=True))
    assert [(file.name, file.replaces) for file in forced.files] == [
        ("tmpl_a.yaml", True),
        ("tmpl_b.yaml", False),
    ]


@pytest.mark.parametrize("force", [False, True])
def test_other_documents_are_never_overwritten(force):
    """A file of that name, or of it in another case, that says something else keeps its place."""
    files = {"policy.yaml": ("Policy",), "TMPL_A.yaml": ("TMPL_A",), "tmpl_b.yaml": ("a folder",)}
    place = Place(folder="adopted", managed={"TMPL_A": "adopted/TMPL_A.yaml"}, files=files, force=force)
    adoption = adopted(shown(live("policy"), live("tmpl_a"), live("tmpl_b"), registrations=None), place)
    assert [(file.name, file.replaces) for file in adoption.files] == [
        ("policy+2.yaml", False),
        ("tmpl_a+2.yaml", False),
        ("tmpl_b+2.yaml", False),
    ]


def test_force_writes_the_files_of_an_earlier_import_anew():
    """Exactly those: not one that people named, nor one that holds another document too."""
    managed = {
        "tmpl_a": "adopted/tmpl_a+2.yaml",
        "tmpl_b": "adopted/mine.yaml",
        "tmpl_c": "adopted/tmpl_c.yaml",
    }
    files = {"tmpl_a+2.yaml": ("tmpl_a",), "mine.yaml": ("tmpl_b",), "tmpl_c.yaml": ("tmpl_c", "tmpl_d")}
    place = Place(folder="adopted", managed=managed, files=files, force=True)
    adoption = adopted(shown(live(), live("tmpl_b"), live("tmpl_c")), place)
    assert [(file.name, file.replaces) for file in adoption.files] == [("tmpl_a+2.yaml", True)]
    assert set(whys(adoption)) == {"tmpl_b", "tmpl_c"}


def test_force_keeps_where_a_webhooks_secret_comes_from():
    """An import anew does not rename the variable, and does not ask to set it again."""
    name = "webhook-hooks.example.com-cxone.yaml"
    place = Place(
        folder="adopted",
        managed={HOOK: f"adopted/{name}"},
        files={name: (HOOK,)},
        secrets={HOOK: SecretRef(source="file", name="/run/secrets/hook")},
        force=True,
    )
    adoption = adopted(shown(webhooks=(hook(),)), place)
    assert bodies(adoption)[name]["secret"] == {"file": "/run/secrets/hook"}
    assert adoption.report.secrets == ()


def test_the_report_is_the_same_in_any_order():
    """Left out things are sorted, whatever left them out."""
    what = shown(live("tmpl b"), webhooks=(hook("https://a.example/", events=()),), skipped=())
    assert list(whys(adopted(what))) == ["https://a.example/", "tmpl b"]


def test_a_file_made_meanwhile_is_not_overwritten(tmp_path, monkeypatch):
    """Somebody was faster: an error says what was written, their file is as it was, and nothing half-made is left."""
    monkeypatch.chdir(tmp_path)
    folder = look("adopted", ("templates.d",), lambda paths: DesiredState())
    adoption = adopted(shown(live(), live("tmpl_b")), folder.place(force=False))
    (tmp_path / "adopted").mkdir()
    (tmp_path / "adopted" / "tmpl_b.yaml").write_text("theirs")
    with pytest.raises(ReconcilerError, match="1 of 2 files were written"):
        save(folder, adoption.files)
    assert sorted(path.name for path in (tmp_path / "adopted").iterdir()) == ["tmpl_a.yaml", "tmpl_b.yaml"]
    assert (tmp_path / "adopted" / "tmpl_b.yaml").read_text() == "theirs"


@pytest.mark.parametrize("into", ["adopted", "./adopted/", "a/b c/d", "."])
def test_the_shown_command_plans_the_folder(tmp_path, monkeypatch, into):
    """The next step can be copied into a shell, blanks and all, and files are shown as the plan will show them."""
    monkeypatch.chdir(tmp_path)
    folder = look(into, ("templates.d",), lambda paths: DesiredState())
    adoption = adopted(shown(live()), folder.place(force=False))
    save(folder, adoption.files)
    copy_schemas(folder)
    command, *options = shlex.split(folder.plan(sandbox=False))[1:]
    assert (command, options[0]) == ("plan", "--templates")
    state = load([options[1]], today=TODAY, clock=lambda: 0.0)
    assert [document.file for document in state.documents] == [adoption.report.written[0].file]
    modeline = adoption.files[0].text.splitlines()[0].partition("=")[2]
    assert (tmp_path / into / modeline).is_file()


def test_a_folder_within_templates_is_planned_as_ever(tmp_path, monkeypatch):
    """The default needs no option; the sandbox does."""
    monkeypatch.chdir(tmp_path)
    assert (
        look("templates.d/x", ("templates.d",), lambda paths: DesiredState()).plan(sandbox=False)
        == "reconciler plan"
    )
    assert (
        look("x", ("y",), lambda paths: DesiredState()).plan(sandbox=True)
        == "reconciler plan --sandbox --templates x"
    )


def ask(*names, faults=(), templates=("tmpl_a", "tmpl_b")):
    """A survey of the embedded CXone, with a client that cannot write."""

    async def run():
        with Store(":memory:") as store:
            for target in templates:
                store.create_template({"id": target, **FIELDS})
                store.register({"template_id": target, **A2P})
            store.add_webhook(HOOK, ["a2p.registered"], "x" * 24)
            transport = in_process(store, faults=parse(faults))
            async with reader(transport) as one:
                return await survey(one, names, 4)

    return asyncio.run(run())


def reader(transport):
    environ = {
        "CXONE_BASE_URL": "http://127.0.0.1",
        "CXONE_CLIENT_ID": CLIENT_ID,
        "CXONE_CLIENT_SECRET": CLIENT_SECRET,
    }
    return Client(
        connection(environ, retries=0, rate=None, concurrency=4),
        read_only=True,
        secret=lambda ref: SecretValue(""),
        clock=time.monotonic,
        sleep=asyncio.sleep,
        rng=random.random,
        transport=transport,
    )


def test_all_that_the_tenant_lists_is_read():
    """Templates, registrations and webhooks, over as many pages as there are."""
    ids = [f"tmpl_{number:02}" for number in range(25)]
    found = ask(faults=["page=3"], templates=ids)
    assert [live.target for live in found.templates] == ids
    assert found.templates[0].fields == FIELDS
    assert found.templates[0].raw is None
    assert sorted(found.registrations) == ids
    assert {url: lives[0].fields["events"] for url, lives in found.webhooks.items()} == {
        HOOK: ("a2p.registered",)
    }


def test_named_templates_are_read_by_id():
    """Neither the list of templates nor webhooks are needed for them."""
    found = ask("tmpl_b", "tmpl_b", faults=["no-lists"])
    assert [live.target for live in found.templates] == ["tmpl_b"]
    assert found.registrations is None
    assert ask("tmpl_b").webhooks == {}


def test_a_webhook_is_named_by_its_url():
    """In any spelling of it; its neighbours are not imported."""
    found = ask("HTTPS://hooks.example.com:443/cxone")
    assert (found.templates, list(found.webhooks)) == ((), [HOOK])


def test_every_name_that_is_not_there_is_said():
    """Templates, webhooks, and what no URL can hold, in one error."""
    with pytest.raises(MissingTemplates) as missing:
        ask("nope", "tmpl_a", "..", "", "a\udcff", "https://x.example/y")
    lines = missing.value.message.splitlines()
    assert lines[0] == "5 names not found in the tenant, nothing was written:"
    assert lines[1:6] == ["  (an empty one)", "  ..", "  a\\udcff", "  nope", "  https://x.example/y"]
    with pytest.raises(MissingTemplates, match="does not list its webhooks"):
        ask(HOOK, faults=["no-lists"])


def test_all_needs_a_list_and_says_what_else_there_is():
    """A tenant without the list, and one that refuses it, are errors that name the way out."""
    with pytest.raises(ReconcilerError, match="does not have"):
        ask(faults=["no-lists"])
    with pytest.raises(CredentialsError, match="Grant them messaging:read"):
        ask(faults=["forbid-list=templates"])


class Canned:
    """A tenant of literals: bodies by the last part of the path, 404 for all else."""

    def __init__(self, **bodies):
        self.bodies = {"registrations": page(), "webhooks": page(), **bodies}

    async def send(self, request):
        body = self.bodies.get(request.path.rpartition("/")[2])
        if body is None:
            return Response(status=404, error=f"{request.call}: answered 404")
        return Response(status=200, body=body)


def page(*items, cursor=None):
    return {"items": list(items), "next_cursor": cursor}


def test_what_a_summary_lacks_is_read_by_id():
    """A list that says too little costs a read each, and nothing else."""
    found = ask(faults=["summaries"])
    assert [live.target for live in found.templates] == ["tmpl_a", "tmpl_b"]
    assert found.templates[0].fields == FIELDS


def test_one_bad_template_stops_nobody():
    """One that went away, and one that the tenant shows only in parts, are left out with the reason."""
    meta = {"updated_at": "v1"}
    tenant = Canned(
        templates=page({"id": "tmpl_a", **FIELDS}, {"id": "gone"}, {"id": "partly"}),
        partly={"id": "partly", "status": "APPROVED", "meta": meta},
    )
    found = asyncio.run(survey(tenant, (), 2))
    assert [live.target for live in found.templates] == ["tmpl_a"]
    assert {one.id for one in found.skipped} == {"gone", "partly"}
    assert any("has no 'content'" in one.why for one in found.skipped)
    named = Canned(other={"id": "another", **FIELDS, "meta": meta})
    assert [one.id for one in asyncio.run(survey(named, ("other",), 2)).skipped] == ["other"]


def test_a_list_without_end_is_an_error():
    """A cursor that comes again would go round for ever."""
    with pytest.raises(WrongShape, match="does not end"):
        asyncio.run(survey(Canned(templates=page(cursor="x")), (), 2))
