"""Every way to get it wrong: one exit code, one message that names the thing, nothing written, no secret shown."""

from __future__ import annotations

import base64
import json
import os
from urllib.parse import parse_qsl

import pytest
from between import Between, Reply
from checkout import BASIC, HOOK, policy, template, webhook

CREDENTIALS = ("CXONE_BASE_URL", "CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET")


def refused(here, *cases, command=("plan",), clean=True):
    """Run each case, (environment, arguments, words), at once; each exits 1, says every word, and writes nothing."""
    running = [(words, here.cli.start(*command, *args, env=env)) for env, args, words in cases]
    for words, process in running:
        ran = here.cli.end(process, exits=1)
        assert [word for word in words if word not in ran.said] == [], ran.said
        assert command[0] == "validate" or ran.err.count("error: ") == 1
    if clean:
        assert here.untouched()
        assert not here.log_path.exists()


def test_settings_that_are_missing_or_wrong_are_named(site):
    """Every missing variable at once, and --sandbox as the way without; a wrong value by its variable."""
    here = site()
    none = dict.fromkeys(CREDENTIALS)
    refused(
        here,
        (none, (), ("CXONE_ORG", "CXONE_BASE_URL", "CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "--sandbox")),
        (
            {"CXONE_CLIENT_SECRET": None, "CXONE_CLIENT_SECERT": "x"},
            (),
            ("CXONE_CLIENT_SECRET", "CXONE_CLIENT_SECERT"),
        ),
        ({"CXONE_BASE_URL": None, "CXONE_ORG": "acme.example.com"}, (), ("CXONE_ORG",)),
        ({"CXONE_BASE_URL": "http://acme.nicecxone.com"}, (), ("CXONE_BASE_URL", "https")),
        ({"CXONE_BASE_URL": "ftp://127.0.0.1/"}, (), ("CXONE_BASE_URL",)),
        ({"CXONE_TOKEN_URL": "http://acme.nicecxone.com/token"}, (), ("CXONE_TOKEN_URL", "https")),
        ({"RECONCILER_RETRIES": "many"}, (), ("RECONCILER_RETRIES",)),
        ({"RECONCILER_TIMEOUT": "-1"}, (), ("RECONCILER_TIMEOUT",)),
        (
            {"CXONE_CLIENT_SECRET": None, "CXONE_CLIENT_SECRET_FILE": "/nowhere/x"},
            (),
            ("CXONE_CLIENT_SECRET_FILE",),
        ),
    )
    for how in (("--yes",), ("--continue",), ("plan.json",)):
        words = ("CXONE_ORG", "CXONE_CLIENT_ID, CXONE_CLIENT_SECRET (or", "--sandbox")
        refused(here, (none, (), words), command=("apply", *how))
    refused(
        here,
        ({"RECONCILER_REVIEW": "{not json"}, (), ("RECONCILER_REVIEW",)),
        command=("apply", "--yes"),
        clean=False,
    )
    assert here.untouched()


def test_a_wrong_secret_is_refused_without_being_shown(site):
    """The tenant's 401 in one line, with the variables to check; neither the secret nor a part of it."""
    here = site()
    wrong = "wrong&=+% /ü-secret-of-this-test"
    here.cli.secrets.add(wrong)
    refused(here, ({"CXONE_CLIENT_SECRET": wrong}, (), ("CXONE_CLIENT_SECRET", "401", "/oauth/token")))
    refused(
        here,
        ({"CXONE_CLIENT_SECRET": wrong}, (), ("CXONE_CLIENT_SECRET", "401")),
        command=("apply", "--yes"),
    )


def test_a_secret_of_any_characters_arrives_whole(site):
    """``&=+% /ü`` in a secret are form-encoded: the token's server gets it as it is, and nobody else ever does."""
    here = site()
    secret = 'p&a=s+s%20 /wörd"<>\\#?;,'
    here.cli.secrets |= {secret, "token-of-the-tests"}
    forms = []

    def before(seen):
        if seen.path != "/oauth/token":
            seen.headers["Authorization"] = f"Bearer {real}"
            return None
        forms.append(
            (seen.headers["Content-Type"], dict(parse_qsl(seen.body.decode("ascii"), strict_parsing=True)))
        )
        token = {"access_token": "token-of-the-tests", "token_type": "Bearer", "expires_in": 3600}
        return Reply(200, json.dumps(token).encode())

    form = {"grant_type": "client_credentials", "client_id": here.cli.env["CXONE_CLIENT_ID"]}
    form["client_secret"] = here.cli.env["CXONE_CLIENT_SECRET"]
    real = here.tenant.client.post(f"{here.tenant.url}/oauth/token", data=form).json()["access_token"]
    with Between(here.tenant.url, before) as between:
        ran = here.run(
            "apply", "--yes", "-v", env={"CXONE_BASE_URL": between.url, "CXONE_CLIENT_SECRET": secret}
        )
        assert "/oauth/token" in ran.err
        assert secret.encode() not in b"".join(
            seen.body for seen in between.seen if seen.path != "/oauth/token"
        )
        (here.folder / "secret.txt").write_text(secret + "\n", encoding="utf-8")
        env = {
            "CXONE_BASE_URL": between.url,
            "CXONE_CLIENT_SECRET": None,
            "CXONE_CLIENT_SECRET_FILE": "secret.txt",
        }
        here.run("plan", env=env)
        (here.folder / "secret.txt").unlink()
    assert [kind.partition(";")[0] for kind, _ in forms] == ["application/x-www-form-urlencoded"] * 2
    for _, got in forms:
        assert got == {
            "grant_type": "client_credentials",
            "client_id": form["client_id"],
            "client_secret": secret,
            "scope": "messaging:read messaging:write a2p:write webhooks:write",
        }


def test_templates_that_are_not_there_are_all_named(site):
    """Each with its file, and with the id that may be meant; they stop the whole plan: 1, nothing written."""
    here = site()
    here.tenant.create(id="tmpl_lots", name="n", status="PENDING", content="c", from_address="45678")
    here.write("more/missing.yaml", template("tmpl_gone"), template("tmpl_lost"))
    for command in (("plan",), ("apply", "--yes")):
        ran = here.run(*command, exits=1)
        for word in (
            "tmpl_gone",
            "tmpl_lost",
            "templates.d/more/missing.yaml:2",
            "templates.d/more/missing.yaml:4): did you mean tmpl_lots?",
        ):
            assert word in ran.err
        assert "tmpl_a" not in ran.err
    assert here.untouched()
    here.tenant.delete("tmpl_b")
    assert "templates.d/all.yaml" in here.run("plan", "--target", "tmpl_b", exits=1).err


YAML = {
    "traversal": (json.dumps({**template("x"), "id": "../../oauth/token"}), "CX004"),
    "dots": (json.dumps({**template("x"), "id": ".."}), "CX004"),
    "octal": (json.dumps(template("x")).replace('"45678"', "012345"), "012345"),
    "number": (json.dumps(template("x")).replace('"45678"', "45678"), "45678"),
    "norway": (json.dumps(template("x", status="S")).replace('"S"', "NO"), "NO"),
    "duplicate": ('{"kind": "Template", "kind": "Webhook"}', "CX003"),
    "twice": ("\n---\n".join([json.dumps(template("tmpl_a"))] * 2), "tmpl_a"),
    "merge": ("base: &b {id: x}\n<<: *b\n", "<<"),
    "python": ("!!python/object/apply:os.system ['touch owned']", "CX002"),
    "tab": ("kind:\n\tTemplate\n", "CX002"),
    "list": ("- 1\n- 2\n", "CX004"),
    "unknown": (json.dumps({**template("x"), "kind": "Templat"}), "Template"),
    "typo": (json.dumps({**template("x"), "contnet": "x"}), "content"),
    "metadata": (json.dumps(webhook("https://169.254.169.254/latest")), "CX112"),
    "private": (json.dumps(webhook("https://10.0.0.8/x")), "CX112"),
    "plain": (json.dumps(webhook("http://hooks.example.com/x")), "CX112"),
    "userinfo": (json.dumps(webhook("https://u:pw@hooks.example.com/x")), "CX112"),
    "own": (json.dumps(webhook(secret={"env": "CXONE_CLIENT_SECRET"})), "CXONE_CLIENT_SECRET"),
    "inline": (json.dumps(webhook(secret="an-inline-secret-of-more-than-24-bytes")), "secret"),
    "comment": (
        'kind: Template\napiVersion: reconciler/v1\nid: x\nname: n\nfrom_address: "45678"\ncontent: Call #1 # STOP\n',
        "#",
    ),
    "override": (json.dumps(template("x", content="Hi \u202e STOP to opt out"), ensure_ascii=False), "CX109"),
    "policies": ("\n---\n".join([json.dumps(policy())] * 2), "olicy"),
}


@pytest.mark.timeout(20)
def test_documents_that_cannot_be_meant_are_findings(site):
    """Each is an error with its file in validate, plan and apply alike, all of them in one run; nothing is sent."""
    here = site()
    here.cli.secrets.add("an-inline-secret-of-more-than-24-bytes")
    kept = []
    for name, (text, word) in YAML.items():
        path = here.write(f"{name}.yaml")
        path.write_text(text, encoding="utf-8")
        kept.append((f"templates.d/{name}.yaml", word))
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    here.write("bomb.yaml").write_text(bomb)
    here.write("latin.yaml").write_bytes(
        json.dumps(template("x", name="Zoë"), ensure_ascii=False).encode("latin-1")
    )
    kept += [("templates.d/bomb.yaml", "alias"), ("templates.d/latin.yaml", "UTF-8")]
    result = here.run("validate", "--format", "json", exits=1)
    found = [
        (one["file"], f"{one['code']} {one['message']}")
        for one in result.json["findings"]
        if one["severity"] == "error"
    ]
    for file, word in kept:
        assert any(name == file and word in message for name, message in found), (file, word, found)
    assert {file for file, _ in found} == {file for file, _ in kept}
    for command in (("plan",), ("apply", "--yes")):
        ran = here.run(*command, "--format", "json", exits=1)
        assert {one["file"] for one in ran.json["findings"]} >= {file for file, _ in kept}
    for path in (here.folder / "templates.d").glob("inline.yaml"):
        path.unlink()  # holds a secret, which nothing that we write may
    assert not (here.folder / "owned").exists()
    assert here.tenant.count("POST", "/oauth/token") == 0
    assert here.untouched()


def test_places_that_hold_no_desired_state_are_named(site):
    """A folder without YAML, one that is not there, a file that is none: 1, with the path; a FIFO does not hang it."""
    here = site()
    (here.folder / "empty" / "deep").mkdir(parents=True)
    (here.folder / "empty" / "readme.txt").write_text("nothing")
    os.mkfifo(here.folder / "pipe.yaml")
    begin = ("reconciler import --all --into", "reconciler init")
    cases = [({}, ("--templates", path), (path, *begin)) for path in ("empty", "nowhere.d")]
    cases.append(({}, ("--templates", "pipe.yaml"), ("pipe.yaml",)))
    refused(here, *cases)
    refused(here, *cases, command=("validate",))


def test_an_audit_log_that_cannot_be_written_stops_apply_first(site):
    """A directory in its place, or a path under a file: 1 before anything is sent that writes; the path is named."""
    here = site()
    (here.folder / "folder.jsonl").mkdir()
    (here.folder / "file").write_text("")
    for path in ("folder.jsonl", "file/audit.jsonl"):
        ran = here.run("apply", "--yes", "--audit-log", path, exits=1)
        assert path in ran.err
        assert path in here.run("apply", "--yes", exits=1, env={"RECONCILER_AUDIT_LOG": path}).err
    assert here.untouched()
    ran = here.run("plan", "--out", "file/plan.json", exits=1)
    assert "file/plan.json" in ran.err


def test_a_webhook_secret_that_cannot_be_used_stops_an_apply_that_needs_it(site):
    """Unset, too short, not there, under /proc: a warning in plan (CX005), an error in apply, nothing written."""
    here = site()
    here.secret(None)
    (here.folder / "big.txt").write_text("x" * 5000)
    sources = [
        ({"env": "CXONE_WEBHOOK_SECRET"}, {}, "CXONE_WEBHOOK_SECRET"),
        ({"env": "CXONE_WEBHOOK_SECRET"}, {"CXONE_WEBHOOK_SECRET": "short-one"}, "24"),
        ({"file": "/run/no/such/secret"}, {}, "/run/no/such/secret"),
        ({"file": "/proc/self/environ"}, {}, "/proc"),
        ({"file": "big.txt"}, {}, "4 KiB"),
    ]
    for source, env, word in sources:
        here.write("all.yaml", *BASIC[:2], webhook(secret=source))
        both = [
            here.cli.start(*command, "--format", "json", env=env)
            for command in (("plan",), ("apply", "--yes"))
        ]
        plan, failure = (
            here.cli.end(process, exits=code).json for process, code in zip(both, (0, 1), strict=True)
        )
        found = [one for one in plan["findings"] if one["code"] == "CX005"]
        assert [(one["severity"], word in one["message"]) for one in found] == [("warning", True)]
        assert [(one["code"], one["severity"], one["target"]) for one in failure["findings"]] == [
            ("CX005", "error", HOOK)
        ]
    assert here.untouched()
    (here.folder / "good.txt").write_bytes(base64.b64encode(b"a secret from a file of ours") + b"\n")
    here.write("all.yaml", *BASIC[:2], webhook(secret={"file": "good.txt"}))
    here.apply()
    assert here.tenant.webhooks()[0]["secret"] == (here.folder / "good.txt").read_text().rstrip("\n")


def test_a_plan_is_never_saved_over_what_is_no_plain_file(site):
    """A pipe, such as /dev/stdout can be, stays one; a link stays a link, and the plan goes where it points."""
    here = site()
    os.mkfifo(here.folder / "pipe")
    ran = here.run("plan", "--out", "pipe", exits=1)
    assert "no regular file" in ran.err
    assert (here.folder / "pipe").is_fifo()
    (here.folder / "real.json").touch()
    (here.folder / "link.json").symlink_to("real.json")
    here.run("plan", "--out", "link.json")
    assert (here.folder / "link.json").is_symlink()
    assert json.loads((here.folder / "real.json").read_text())["digest"]


def test_a_plan_is_never_saved_over_what_is_no_plan(site):
    """README.md stays as it is, and no command that would overwrite it is advised; an older plan gives way."""
    here = site()
    readme = here.folder / "README.md"
    for text in ("# ours\n", '{"name": "package"}', "[1]"):
        readme.write_text(text)
        assert (
            "is not a plan, so it is not overwritten" in here.run("plan", "--out", "README.md", exits=1).err
        )
        for command in (("apply", "README.md"), ("show", "README.md"), ("audit", "review", "README.md")):
            said = here.run(*command, exits=1).err
            assert "README.md is not a plan file" in said
            assert "--out README.md" not in said
        assert readme.read_text() == text
    assert "--out gone.json" not in here.run("apply", "gone.json", exits=1).err
    for _ in range(2):
        here.run("plan", "--out", "plan.json")
    here.run("apply", "plan.json")


def test_a_plan_file_that_is_none_is_refused_with_the_place(site):
    """The file, the place in it and what should stand there: 1, and nothing is sent that writes."""
    here = site()
    form = here.plan("--out", "plan.json")
    form["actions"][0]["target"] = 7
    (here.folder / "plan.json").write_text(json.dumps(form), "utf-8")
    for command in (("show", "plan.json"), ("apply", "plan.json")):
        said = here.run(*command, exits=1).err
        assert "plan.json is not a plan file: `actions[0].target` should be text." in said
    assert here.untouched()


def test_a_command_that_failed_leaves_no_folder_behind(site, bare):
    """Neither for the audit log nor for the embedded CXone, where nothing was written to either."""
    here = site(documents=(template("tmpl_gone"),))
    here.tenant.delete("tmpl_gone")
    here.run("apply", "--yes", exits=1)
    assert not here.log_path.parent.exists()
    (bare.folder / "templates.d").mkdir()
    (bare.folder / "templates.d" / "a.yaml").write_text(json.dumps(template("tmpl_a")))
    bare.run("import", "nowhere", "--into", "new", "--sandbox", exits=1)
    bare.run("apply", "--yes", "--sandbox", "--max-changes", "0", exits=5)
    assert not (bare.folder / ".reconciler").exists()
    bare.run("apply", "--yes", "--sandbox")
    assert (bare.folder / ".reconciler" / "sandbox.db").exists()
