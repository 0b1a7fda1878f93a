"""From folders to desired state: which files are read, what is found in them, and what counts for a target."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from reconciler.core.errors import ReconcilerError
from reconciler.core.model import Policy, Severity
from reconciler.desired import load as desired_module
from reconciler.desired.load import DesiredState, check_secrets, errors, load
from reconciler.desired.secrets import read

TODAY = "2026-11-23"


def template(id_: str = "tmpl_a", **changes: str) -> str:
    """A Template that breaks no rule; ``changes`` are lines by key, empty to leave one out."""
    lines = {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "id": id_,
        "name": "A name",
        "from_address": '"45678"',
        "content": '"Acme: see you soon. Reply STOP to opt out."',
        "a2p": "{campaign_name: c, message_class: TRANSACTIONAL, opt_in_language: At the front desk}",
        **changes,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items() if value)


def webhook(url: str = "https://hooks.example.com/cxone", secret: str = "{env: HOOK_SECRET}") -> str:
    return f"apiVersion: reconciler/v1\nkind: Webhook\nurl: {url}\nevents: [template.approved]\nsecret: {secret}\n"


def policy(*lines: str) -> str:
    return "\n".join(("apiVersion: reconciler/v1", "kind: Policy", *lines, ""))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, `templates.d`, below the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates.d").mkdir()
    return tmp_path / "templates.d"


def write(**files: str) -> None:
    """Files of templates.d by name, `__` for `/`, `.yaml` added."""
    for name, text in files.items():
        path = Path("templates.d", name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def loaded(*paths: str, **options) -> DesiredState:
    return load(paths or ("templates.d",), today=TODAY, clock=lambda: 0.0, **options)


def told(state: DesiredState):
    return [(each.code, each.file, each.line, each.column) for each in state.findings]


def test_a_folder_becomes_desired_state():
    """Templates, their registrations and webhooks come out, sorted by kind and target, with no finding."""
    write(b=template("tmpl_b"), a=template("tmpl_a", a2p="", status="DRAFT"), hooks__w=webhook())
    state = loaded()
    assert state.findings == ()
    assert [(one.kind, one.target) for one in state.desired()] == [
        ("registration", "tmpl_b"),
        ("template", "tmpl_a"),
        ("template", "tmpl_b"),
        ("webhook", "https://hooks.example.com/cxone"),
    ]
    assert [document.file for document in state.documents] == [
        "templates.d/a.yaml",
        "templates.d/b.yaml",
        "templates.d/hooks/w.yaml",
    ]
    assert state.policy == Policy()
    assert state.policy_document is None


def test_only_visible_yaml_files_are_read_at_any_depth(folder):
    """*.yaml and *.yml, however deep; nothing hidden, nothing behind a link to a folder."""
    write(a=template("a"), x__y__z__deep=template("deep"))
    (folder / "b.yml").write_text(template("b"))
    (folder / "c.YAML").write_text("not: read")
    (folder / "notes.txt").write_text("not: read")
    (folder / "a.yaml.orig").write_text(template("a"))
    (folder / ".hidden.yaml").write_text("not: read")
    (folder / ".kept").mkdir()
    (folder / ".kept" / "d.yaml").write_text("not: read")
    (folder / "dir.yaml").mkdir()
    (folder / "dir.yaml" / "inside.yaml").write_text(template("inside"))
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "e.yaml").write_text("not: read")
    (folder.parent / ".git").mkdir()
    (folder / "linked").symlink_to(elsewhere)
    (folder / "linked.yaml").symlink_to(elsewhere)
    (folder / "loop").symlink_to(folder)
    state = loaded()
    assert state.findings == ()
    assert [document.body["id"] for document in state.documents] == ["a", "b", "inside", "deep"]


@pytest.mark.parametrize("tree", ["a work tree", "a folder"])
def test_a_link_out_of_the_tree_is_a_finding_and_nothing_behind_it_is_shown(folder, tmp_path_factory, tree):
    """Of the Git work tree, where there is one, else of the folder: what no review shows is not read."""
    there = tmp_path_factory.mktemp("there")
    (there / "secret.yaml").write_text("secret: hunter2\n")
    write(a=template("a"), b=template("b"))
    if tree == "a work tree":
        (folder.parent / ".git").mkdir()
        (folder.parent / "common.yaml").write_text(template("common"))
        (folder / "common.yaml").symlink_to("../common.yaml")
    (folder / "file.yaml").symlink_to(there / "secret.yaml")
    (folder / "folder").symlink_to(there)
    (folder / "gone.yaml").symlink_to(there / "gone.yaml")
    state = loaded()
    assert [(each.code, each.file) for each in state.findings] == [
        ("CX001", f"templates.d/{name}") for name in ("file.yaml", "folder", "gone.yaml")
    ]
    assert all("leads out of" in each.message for each in state.findings)
    assert "hunter2" not in "".join((*state.texts.values(), *(each.message for each in state.findings)))
    assert len(state.documents) == (3 if tree == "a work tree" else 2)


def test_a_folder_that_links_out_of_its_work_tree_is_a_finding(folder, tmp_path_factory):
    """The folder given, too: a pull request could have put the link there."""
    there = tmp_path_factory.mktemp("there")
    (there / "a.yaml").write_text(template("a"))
    folder.rmdir()
    folder.symlink_to(there)
    (folder.parent / ".git").mkdir()
    assert [each.code for each in loaded().findings] == ["CX001"]
    shutil.rmtree(folder.parent / ".git")
    assert loaded().findings == ()


def test_a_file_is_read_once_whatever_names_it_has(folder):
    """Given twice, as a link or by two paths, a file's documents are no duplicates of themselves."""
    write(a=template("a"))
    (folder / "b.yaml").symlink_to("a.yaml")
    os.link(folder / "a.yaml", folder / "c.yaml")
    state = loaded("templates.d", "./templates.d/", "templates.d/a.yaml", str(folder))
    assert state.findings == ()
    assert len(state.documents) == 1


@pytest.mark.parametrize(
    "given", ["templates.d", "./templates.d", "templates.d/", "templates.d//", "x/../templates.d"]
)
def test_names_are_shown_as_given_but_tidy(given):
    """However the folder is written, a file has one name."""
    Path("x").mkdir()
    write(a=template("a"))
    assert loaded(given).documents[0].file == "templates.d/a.yaml"


def test_the_current_folder_adds_nothing_to_names(folder, monkeypatch):
    """`.` leaves no `./` before the name."""
    write(sub__a=template("a"))
    monkeypatch.chdir(folder)
    assert loaded(".").documents[0].file == "sub/a.yaml"


def test_a_single_file_of_any_name_may_be_given():
    """What is named outright is read."""
    Path("one.txt").write_text(template("a"))
    assert [one.target for one in loaded("one.txt").desired()] == ["a", "a"]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (("absent",), "absent does not exist"),
        (("templates.d", "nor/this"), "nor/this does not exist"),
        (("templates.d",), "no *.yaml or *.yml"),
    ],
)
def test_a_path_with_nothing_to_read_is_an_error_that_names_it(paths, words, folder):
    """A path that is not there and a folder without YAML are told, with what to do."""
    if len(paths) > 1:
        write(a=template("a"))
    (folder / ".hidden.yaml").write_text("x: y")
    with pytest.raises(ReconcilerError) as caught:
        loaded(*paths)
    assert words in caught.value.message
    assert "--templates" in caught.value.message


@pytest.mark.timeout(10)
def test_files_that_cannot_be_read_are_findings_beside_the_others(folder):
    """Broken links, loops, FIFOs, binary, Latin-1 and over-large files hide nothing of the rest."""
    write(good=template("good"), wrong=template("wrong", name="NO"))
    (folder / "dangling.yaml").symlink_to("nowhere")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(folder / "fifo.yaml")
    (folder / "latin.yaml").write_bytes(template("x").encode() + "name: café\n".encode("latin-1"))
    (folder / "large.yaml").write_bytes(b"#" * (5 * 2**20 + 1))
    (folder / "broken.yaml").write_text('id: "x\n')
    state = loaded()
    assert told(state) == [
        ("CX002", "templates.d/broken.yaml", 1, 5),
        ("CX001", "templates.d/dangling.yaml", 1, 1),
        ("CX001", "templates.d/fifo.yaml", 1, 1),
        ("CX001", "templates.d/large.yaml", 1, 1),
        ("CX001", "templates.d/latin.yaml", 8, 10),
        ("CX001", "templates.d/loop.yaml", 1, 1),
        ("CX007", "templates.d/wrong.yaml", 4, 7),
    ]
    assert [one.target for one in state.desired()] == ["good", "good"]


def test_a_file_that_fails_while_it_is_read_is_a_finding():
    """A regular file whose first page cannot be read, as the kernel has one, is told like any other."""
    (finding,) = loaded("/proc/self/mem").findings
    assert finding.code == "CX001"
    assert "Input/output error" in finding.message


def test_a_file_of_exactly_the_limit_is_read(folder):
    """5 MiB are allowed."""
    text = template("a").encode()
    (folder / "a.yaml").write_bytes(text + b"#" * (5 * 2**20 - len(text)))
    assert len(loaded().documents) == 1


@contextmanager
def unprivileged():
    """Root may read everything: be nobody for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_is_not_permitted_is_a_finding_with_its_reason(monkeypatch):
    """Files and folders without permission are a CX001 that says so."""
    place = tempfile.mkdtemp()
    try:
        monkeypatch.chdir(place)
        Path(place).chmod(0o755)
        Path("d/closed").mkdir(parents=True)
        for name in ("d/a.yaml", "d/closed/b.yaml"):
            Path(name).write_text(template("a"))
        Path("d/a.yaml").chmod(0)
        Path("d/closed").chmod(0)
        with unprivileged():
            state = loaded("d")
        Path("d/closed").chmod(0o700)
        assert told(state) == [("CX001", "d/a.yaml", 1, 1), ("CX001", "d/closed", 1, 1)]
        assert all("Permission denied" in finding.message for finding in state.findings)
    finally:
        monkeypatch.chdir("/")
        shutil.rmtree(place)


def test_a_name_that_is_no_utf8_can_be_printed(folder):
    """Findings can be written as UTF-8 whatever a file is called."""
    path = os.fsencode(folder) + b"/caf\xe9.yaml"
    Path(os.fsdecode(path)).write_text("- x\n")
    (finding,) = loaded().findings
    assert finding.file == "templates.d/caf\\xe9.yaml"
    finding.file.encode("utf-8")


def test_all_findings_of_a_run_are_told_in_order():
    """Reading, form and rules, over files: everything at once, by file and place, each with its target."""
    write(
        b=template("tmpl_b", content="Order #1", from_address="12345") + "---\nkind: Nope\n",
        a=template("tmpl_a", content='"no way out"', from_address='"x"'),
        c="a: [\n",
    )
    state = loaded()
    assert [(each.code, each.file[-6:], each.line, each.column, each.target) for each in state.findings] == [
        ("CX102", "a.yaml", 5, 15, "tmpl_a"),
        ("CX103", "a.yaml", 6, 10, "tmpl_a"),
        ("CX007", "b.yaml", 5, 15, "tmpl_b"),
        ("CX008", "b.yaml", 6, 16, "tmpl_b"),
        ("CX004", "b.yaml", 9, 1, None),
        ("CX004", "b.yaml", 9, 7, None),
        ("CX002", "c.yaml", 1, 4, None),
    ]
    assert errors(state.findings) == state.findings
    assert state.desired()[0].document.file == "templates.d/a.yaml"


def test_rules_run_only_on_what_was_understood():
    """A text that a comment cut is not judged for what is missing behind the cut."""
    write(a=template("a", content="Order #1. Reply STOP to opt out."))
    state = loaded()
    assert [each.code for each in state.findings] == ["CX008"]
    assert state.desired() == ()


def test_a_value_in_doubt_keeps_no_rule_from_the_others():
    """A name that a comment cut, a key that stands twice and a secret of the cloud's: the rest is judged as ever."""
    write(
        a=template("a", name="Order #1", content='"no way out"'),
        b=template("b", content='"no way out"') + "name: again\n",
        c=webhook("http://hooks.example.com/x", "{env: AWS_SECRET_ACCESS_KEY}"),
    )
    found = [(each.code, each.file[-6:]) for each in loaded().findings]
    assert sorted(found) == [
        *(("CX003", "b.yaml"), ("CX008", "a.yaml"), ("CX012", "c.yaml")),
        *(("CX103", "a.yaml"), ("CX103", "b.yaml"), ("CX112", "c.yaml")),
    ]


def test_what_the_schema_accepts_is_judged_beside_what_it_refuses():
    """A key too many, a wrong sender and a missing name hide no other fault of the text."""
    write(
        a=template("a", colour="red", content='"Acme: hello."'),
        b=template("b", from_address='""', name="", content='"Acme: hello."', a2p="", status="APPROVED"),
    )
    state = loaded()
    assert [(each.code, each.target) for each in state.findings if each.target == "a"] == [
        ("CX103", "a"),
        ("CX004", "a"),
    ]
    assert sorted(each.code for each in state.findings if each.target == "b") == [
        "CX004",
        "CX004",
        "CX103",
        "CX104",
    ]
    assert state.desired() == ()


def test_a_refused_value_is_not_judged():
    """A registration, budgets and waivers that the schema refuses are neither missing nor short of anything."""
    waivers = '[{rule: CX103, reason: "", expires: 2027-01-31}]'
    write(
        a=template("a", a2p="{campaign_name: c}"),
        b=template("b", content='"Acme {{x}}. Reply STOP to opt out."', variables="{x: {max_length: many}}"),
        c=template("c", content='"Acme: hello."', from_address='"x"', waivers=waivers),
    )
    assert {(each.code, each.target) for each in loaded().findings} == {
        ("CX004", "a"),
        ("CX004", "b"),
        ("CX004", "c"),
        ("CX102", "c"),
    }


def test_a_warning_does_not_keep_the_rules_from_running():
    """A trailing line break is a warning: the document is desired, and its rules run."""
    write(a=template("a", content="|\n  Hello there.", a2p=""))
    state = loaded()
    assert sorted(each.code for each in state.findings) == ["CX009", "CX103", "CX104"]
    assert [one.target for one in state.desired()] == ["a"]


def test_one_reason_is_told_once():
    """An octal budget is a CX007, not also a budget of the wrong type."""
    content = '"Acme: {{x}}. Reply STOP to opt out."'
    write(a=template("a", content=content, variables="{x: {max_length: 012}}"))
    assert [each.code for each in loaded().findings] == ["CX007"]


def test_a_duplicate_id_names_the_other_place():
    """Over files and within one, the later document has the finding, with the file and line of the first."""
    write(a=template("x") + "---\n" + template("x", name="again"), b=template("x"), c=template("y"))
    state = loaded()
    assert told(state) == [("CX006", "templates.d/a.yaml", 11, 5), ("CX006", "templates.d/b.yaml", 3, 5)]
    assert all("templates.d/a.yaml, line 1" in each.message for each in state.findings)
    assert {each.target for each in state.findings} == {"x"}


def test_a_duplicate_url_is_seen_through_its_spelling():
    """Host in capitals and a default port make no other webhook; a template's id is another space of names."""
    write(
        a=webhook("https://hooks.example.com/x"),
        b=webhook("HTTPS://Hooks.Example.com:443/x"),
        c=webhook("https://hooks.example.com/X"),
    )
    state = loaded()
    assert told(state) == [("CX006", "templates.d/b.yaml", 3, 6)]
    assert state.findings[0].target == "https://hooks.example.com/x"


def test_a_policy_holds_for_all_files():
    """Limits, senders and severities of the one Policy are what the rules judge by."""
    write(
        a=template("a", from_address='"+12025550123"'),
        z=policy("sender_patterns: ['^\\+1[0-9]{10}$']", "max_segments: 3", "severities: {CX105: ignore}"),
    )
    state = loaded()
    assert state.findings == ()
    assert state.policy == Policy(
        sender_patterns=(r"^\+1[0-9]{10}$",), max_segments=3, severities={"CX105": "ignore"}
    )
    assert state.policy_document is not None
    assert state.policy_document.file == "templates.d/z.yaml"


def test_a_second_policy_is_an_error_that_names_the_first():
    """CX013; the first one holds."""
    write(a=policy("max_segments: 2"), b=policy("max_segments: 5"))
    state = loaded()
    assert told(state) == [("CX013", "templates.d/b.yaml", 2, 7)]
    assert "templates.d/a.yaml, line 1" in state.findings[0].message
    assert state.policy.max_segments == 2


def test_a_policy_with_a_mistake_does_not_hold():
    """The defaults stand in for it, and the finding stops the run anyway."""
    write(a=policy("max_segments: 0", "sender_patterns: ['[']"))
    state = loaded()
    assert [each.code for each in state.findings] == ["CX004", "CX011"]
    assert state.policy == Policy()


def test_a_severity_for_no_rule_is_found():
    """A mistyped code would change nothing, silently."""
    write(a=policy("severities: {CX150: ignore}"), b=template("b"))
    (finding,) = loaded().findings
    assert (finding.code, finding.line, finding.column) == ("CX004", 3, 14)
    assert "no CX150; did you mean CX1" in finding.message


def test_sandbox_is_told_to_the_rules():
    """A loopback webhook is an error, save under --sandbox."""
    write(a=webhook("http://127.0.0.1:9000/hook"))
    assert {each.code for each in loaded().findings} == {"CX112"}
    assert loaded(sandbox=True).findings == ()


def test_today_decides_about_waivers():
    """A waiver counts up to its day and is an error behind it."""
    waiver = "[{rule: CX103, reason: agreed, expires: 2026-11-23}]"
    write(a=template("a", content='"Acme: hello."', waivers=waiver))
    assert errors(loaded().findings) == ()
    late = load(["templates.d"], today="2026-11-24", clock=lambda: 0.0)
    assert {each.code for each in errors(late.findings)} == {"CX103", "CX106"}


def test_targets_narrow_findings_and_desired_state():
    """Somebody else's broken template is left out; the policy is not, and a file that is no YAML is a warning."""
    write(
        bad=template("bad", name="NO", from_address='"x"'),
        dup=template("bad"),
        good=template("good"),
        broken="a: [\n",
        merge="id: m\n<<: {a: b}\n",
        p=policy("max_segments: 0", "max_segments: 1"),
        w=webhook(secret="{env: GITHUB_TOKEN}"),
    )
    state = loaded(targets=["good"])
    assert [(each.code, each.file[12:-5]) for each in state.findings] == [
        ("CX002", "broken"),
        ("CX004", "p"),
        ("CX003", "p"),
    ]
    assert state.findings[0].severity == Severity.WARNING
    assert [(one.kind, one.target) for one in state.desired()] == [
        ("registration", "good"),
        ("template", "good"),
    ]
    assert {document.body.get("id") for document in state.documents} == {None, "bad", "good"}
    assert {each.code for each in loaded(targets=["m"]).findings} == {"CX002", "CX003", "CX004", "CX010"}
    assert [each.code for each in loaded(targets=["bad"]).findings if each.target == "bad"] == [
        "CX007",
        "CX102",
        "CX006",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("a: [\n", id="syntax"),
        pytest.param(
            "<<<<<<< HEAD\n" + template("x") + "=======\n" + template("x", name="y") + ">>>>>>> theirs\n",
            id="conflict",
        ),
        pytest.param(
            template("x").replace("name: A", "<<<<<<< HEAD\nname: A\n=======\nname: B\n>>>>>>> b\n#"),
            id="conflict inside",
        ),
        pytest.param(template("x", content='"Acme: see you'), id="open quote"),
        pytest.param("name: caf\udce9\n", id="no UTF-8"),
        pytest.param("# a comment\u2028name: x\n", id="raw separators"),
    ],
)
def test_a_strangers_unreadable_file_is_passed_by(folder, broken):
    """With targets and a Policy in readable files it is a warning; without a Policy the file to move is named."""
    write(good=template("good"))
    (folder / "broken.yaml").write_bytes(broken.encode("utf-8", "surrogateescape"))
    (finding,) = errors(loaded(targets=["good"]).findings)
    assert "No Policy was found" in finding.message
    assert "move it out of the folder" in finding.message
    assert finding.file == "templates.d/broken.yaml"
    write(p=policy("max_segments: 1"))
    state = loaded(targets=["good"])
    assert errors(state.findings) == ()
    assert {(each.file, each.severity) for each in state.findings} == {
        ("templates.d/broken.yaml", Severity.WARNING)
    }
    assert [one.target for one in state.desired()] == ["good", "good"]
    assert errors(loaded().findings)


def test_a_file_that_breaks_off_behind_the_target_or_the_policy_stops():
    """What was read of a broken file is not known to be all that it says of a target, or as Policy."""
    write(good=template("good") + "---\na: [\n", p=policy("max_segments: 1"))
    assert [each.code for each in errors(loaded(targets=["good"]).findings)] == ["CX002"]
    write(good=template("good"), p=policy("max_segments: 1") + "---\na: [\n")
    (finding,) = errors(loaded(targets=["good"]).findings)
    assert "No Policy was found" in finding.message


def test_a_webhook_is_targeted_by_its_url_in_any_spelling():
    """A target is compared normalised."""
    write(a=template("a"), w=webhook("https://Hooks.example.com:443/x"))
    state = loaded(targets=["https://hooks.EXAMPLE.com/x"])
    assert [one.target for one in state.desired()] == ["https://hooks.example.com/x"]


def test_a_target_in_no_document_is_an_error_with_the_nearest():
    """A typing mistake must not become a run that does nothing."""
    write(a=template("tmpl_appointment"))
    with pytest.raises(ReconcilerError) as caught:
        loaded(targets=["tmpl_appointment", "tmpl_apointment"])
    assert "tmpl_apointment is in no document; did you mean tmpl_appointment?" in caught.value.message
    with pytest.raises(ReconcilerError) as caught:
        loaded(targets=["zzz"])
    assert "zzz" in caught.value.message
    assert "did you mean" not in caught.value.message
    assert caught.value.findings == ()


def test_a_target_in_a_file_that_cannot_be_read_says_so():
    """The target is not called mistyped where its own file is broken: the finding comes along."""
    write(a=template("tmpl_a"), b='id: tmpl_b\nname: "\n')
    with pytest.raises(ReconcilerError) as caught:
        loaded(targets=["tmpl_b"])
    assert "cannot be read: templates.d/b.yaml" in caught.value.message
    assert [each.code for each in caught.value.findings] == ["CX002"]


def test_secrets_that_cannot_be_had_are_warnings(tmp_path):
    """CX005 stands at the webhook's secret, one a webhook, and says why; what can be read has none."""
    (tmp_path / "s").write_text("x" * 24)
    write(
        a=webhook("https://a.example.com/"),
        b=webhook("https://b.example.com/", f"{{file: {tmp_path / 's'}}}"),
        c=webhook("https://c.example.com/", "{file: /nowhere/s}"),
        t=template("t"),
    )
    state = loaded()
    found = check_secrets(state, partial(read, environ={"HOOK_SECRET": "short"}))
    assert [(each.code, each.file, each.line, each.column, each.severity) for each in found] == [
        ("CX005", "templates.d/a.yaml", 5, 9, Severity.WARNING),
        ("CX005", "templates.d/c.yaml", 5, 9, Severity.WARNING),
    ]
    assert found[0].target == "https://a.example.com/"
    assert "short" not in found[0].message
    found = check_secrets(state, partial(read, environ={"HOOK_SECRET": "y" * 24}))
    assert [each.file for each in found] == ["templates.d/c.yaml"]


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2-hunter2-hunter2",
        "{env: hunter2-hunter2-hunter2}",
        "{value: hunter2-hunter2-hunter2}",
        "|\n  hunter2-hunter2-\n  hunter2",
    ],
)
def test_a_secret_in_the_wrong_place_is_blotted_out(secret):
    """Neither a finding nor the text kept for excerpts nor a repr shows it; lines and columns stay."""
    write(a=webhook(secret=secret) + "---\n" + template("t"))
    state = loaded()
    assert "CX004" in {each.code for each in state.findings}
    text = state.texts["templates.d/a.yaml"]
    assert "hunter2" not in text + repr(state.findings)
    source = Path("templates.d/a.yaml").read_text()
    assert [len(line) for line in text.split("\n")] == [len(line) for line in source.split("\n")]
    assert text.startswith("apiVersion: reconciler/v1\nkind: Webhook\n")


def test_secrets_in_wrong_places_are_all_blotted_out():
    """Of many in one file each one, with what stands between them as it was."""
    write(a="---\n".join(webhook(url=f"https://{n}.example.com", secret=f"hunter2-{n}") for n in "abc"))
    text = loaded().texts["templates.d/a.yaml"]
    source = Path("templates.d/a.yaml").read_text()
    assert text == re.sub(r"hunter2-\w", "*" * 9, source)


def test_texts_are_there_for_excerpts():
    """A file with a finding, or with a secret that may get one, has its text; findings' places lie in it."""
    write(a=template("a", name="NO"), b=template("b"), c=webhook())
    state = loaded()
    assert set(state.texts) == {"templates.d/a.yaml", "templates.d/c.yaml"}
    (finding,) = state.findings
    line = state.texts[finding.file].split("\n")[finding.line - 1]
    assert line[finding.column - 1 :] == "NO"


def test_each_document_began_when_it_was_read():
    """`began` comes from the clock that was given, in the order of reading."""
    ticks = count(100)
    write(a=template("a") + "---\n" + template("b"), c=template("c"))
    state = load(["templates.d"], today=TODAY, clock=lambda: float(next(ticks)))
    assert [document.began for document in state.documents] == [100.0, 101.0, 102.0]


def test_the_garbage_collector_is_as_it_was():
    """Loading switches it off and on again, after an error too, and leaves it off where it was off."""
    write(a=template("a"))
    loaded()
    assert gc.isenabled()
    with pytest.raises(ReconcilerError):
        loaded("absent")
    assert gc.isenabled()
    gc.disable()
    try:
        loaded()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_outcome_is_the_same_under_any_hash_seed():
    """Findings and desired state come out in the same order in every process."""
    write(
        a=template("a", name="NO", contents="x", zzz="y")
        + "---\n"
        + template("b", id="", content="", name=""),
        p=policy("severities: {CX150: ignore, CX151: ignore, CX152: error}"),
        w=webhook(secret="{a: b, c: d}"),
    )
    code = (
        "from reconciler.desired.load import load\n"
        f"state = load(['templates.d'], today={TODAY!r}, clock=lambda: 0.0)\n"
        "print([repr(each) for each in state.findings], [each.target for each in state.desired()])\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1
    assert len(said.pop()) > 1000


TRAPS = {
    "octal sender": (template("a", from_address="012345"), "CX007", 5, 15),
    "numeric sender": (template("a", from_address="45678"), "CX007", 5, 15),
    "boolean status": (template("a", status="NO"), "CX007", 8, 9),
    "numeric id": (template("123"), "CX007", 3, 5),
    "cut content": (template("a", content="Order #1. Reply STOP to opt out."), "CX008", 6, 16),
    "cut name": (template("a", name="Order # 1"), "CX008", 4, 13),
    "duplicate key": (template("a") + "name: B\n", "CX003", 8, 1),
    "trailing newline": (
        template("a", content="|\n  Acme: see you soon. Reply STOP to opt out."),
        "CX009",
        6,
        10,
    ),
    "alias bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
        ),
        "CX010",
        6,
        14,
    ),
    "merge key": ("base: &b {id: a}\n<<: *b\n", "CX010", 2, 1),
    "id with a final line break": (template('"tmpl\\n"'), "CX004", 3, 5),
    "sender with a final line break": (template("a", from_address='"45678\\n"'), "CX102", 5, 15),
    "sender in another script's digits": (template("a", from_address='"٤٥٦٧٨"'), "CX102", 5, 15),
    "sender in another script's digits, by \\d": (
        policy("sender_patterns: ['^\\d{5}$']") + "---\n" + template("a", from_address='"٤٥٦٧٨"'),
        "CX102",
        9,
        15,
    ),
    "bare colon": (template("a", content="Acme: hi"), "CX002", 6, 14),
    "bare braces": (template("a", content="{{name}}"), "CX002", 6, 11),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_yaml_trap_is_a_finding(trap):
    """YAML's surprises are findings, each at its place."""
    text, code, line, column = TRAPS[trap]
    write(a=text)
    state = loaded()
    found = [(each.code, each.line, each.column) for each in state.findings]
    assert (code, line, column) in found
    assert {each[0] for each in found} - {code} <= {"CX004"}


def test_findings_can_be_written_as_json():
    """Messages and targets hold nothing that UTF-8 and JSON cannot."""
    write(a=template('"\\uFFFD\\U0001F389"', name='"\\x07"', content='"\\u202e\\0"'))
    state = loaded()
    assert state.findings != ()
    json.dumps([[each.message, each.target] for each in state.findings], ensure_ascii=False).encode("utf-8")


def test_the_public_names_are_there():
    """What other modules build on."""
    assert {"DesiredState", "check_secrets", "errors", "load"} <= set(desired_module.__all__)
