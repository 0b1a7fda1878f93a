"""``init`` as a process: the files that are there afterwards, and that none that was there has changed."""

from __future__ import annotations

import json
import os
import re

import pytest
import yaml
from checkout import ROOT
from userrepo import BRANCH, EVERYTHING, Repo, lines, titles, wheel

from reconciler import __version__
from reconciler.commands.init.lay_out import WORKFLOWS


def test_a_fresh_repository_gets_everything(tmp_path):
    """On its own branch: each file, the workflows as this project has them, and an untouched index."""
    repo = Repo(tmp_path, branch="master")
    repo.origin(branch="master")
    report = repo.init(env={"CXONE_ORG": "Acme"})
    assert set(repo.files()) == set(report["written"]) == EVERYTHING
    assert (report["kept"], report["folder"]) == ([], str(repo.folder))
    for name in WORKFLOWS:
        ours = (ROOT / ".github" / "workflows" / name).read_text("utf-8")
        theirs = (repo.folder / ".github" / "workflows" / name).read_text("utf-8")
        assert theirs == ours.replace("    branches: [main]\n", "    branches: [master]\n")
        assert (theirs != ours) is (name == "apply.yml")
    assert os.access(repo.folder / ".github" / "install-reconciler", os.X_OK)
    assert not os.access(repo.folder / ".gitignore", os.X_OK)
    assert json.loads((repo.folder / ".github" / "tenants.json").read_text()) == [
        {"tenant": "acme", "templates": "templates.d"}
    ]
    policy = yaml.safe_load((repo.folder / "templates.d" / "policy.yaml").read_text())
    assert policy["tenants"] == ["https://acme.nicecxone.com"]
    assert "@acme" in (repo.folder / ".github" / "CODEOWNERS").read_text()
    assert repo.git("ls-files") == ""
    assert repo.git("symbolic-ref", "HEAD") == "refs/heads/master"


def test_a_second_run_changes_nothing_and_says_so(repo):
    """Not a file, not a branch, whether or not the first run was committed."""
    wheel(repo.wheels, "cxone_reconciler", __version__)
    first = repo.init("--tenant", "acme")
    before = repo.files(), repo.refs()
    second = repo.init()
    assert (repo.files(), repo.refs()) == before
    assert (second["written"], second["audit_branch"]["outcome"]) == ([], "kept")
    assert sorted(second["kept"]) == sorted(first["written"])
    assert "acme-plan" in " ".join(titles(second))
    assert [line for line in lines(second) if line.startswith("git add")] == [
        line for line in lines(first) if line.startswith("git add")
    ]
    repo.commit()
    said = repo.cli.run("init").out
    assert said.splitlines()[-1] == "Nothing to create: everything is there already"
    assert "git add" not in said


def test_nothing_is_overwritten(repo):
    """With something else in every place, all of it stays; what is lacking there is told as lines to add."""
    mine = {path: f"# mine: {path}\n" for path in (*EVERYTHING, ".github/requirements.txt")}
    mine[".github/tenants.json"] = '[{"tenant": "acme", "templates": "templates.d"}]'
    del mine["templates.d/policy.yaml"]
    for path, text in mine.items():
        place = repo.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    before = repo.files()
    report = repo.init()
    assert repo.files() == before
    assert (report["written"], set(report["kept"])) == ([], set(mine))
    said = " ".join(titles(report))
    for path in (".gitignore", ".pre-commit-config.yaml", ".github/requirements.txt", "plan.yml"):
        assert path in said
    assert ".reconciler/" in lines(report)


def test_owners_elsewhere_stay_in_force(repo):
    """GitHub prefers .github/CODEOWNERS, so a new one there would put the old one out of force."""
    repo.origin()
    (repo.folder / "CODEOWNERS").write_text("/.github/ @ops\n")
    report = repo.init()
    assert ".github/CODEOWNERS" not in report["written"]
    assert "CODEOWNERS" in report["kept"]
    assert {"/templates.d/ @acme", "/templates.d/policy.yaml @acme"} <= set(lines(report))


@pytest.mark.parametrize("where", ["here", "named", "missing"])
def test_outside_of_a_repository_it_says_what_to_do_first(bare, tmp_path, where):
    """`git init`; and nothing is written."""
    (tmp_path / "plain").mkdir()
    args = {"here": (), "named": ("plain",), "missing": ("nowhere",)}[where]
    ran = bare.run("init", *args, exits=1, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert "git init" in ran.err
    assert [path.name for path in tmp_path.rglob("*")] == ["plain"]


def test_a_folder_inside_of_the_repository_stands_for_its_top(repo):
    """GitHub reads workflows at the top only."""
    inside = repo.folder / "a" / "b"
    inside.mkdir(parents=True)
    assert set(repo.init(str(inside))["written"]) == set(repo.files()) == EVERYTHING


def test_several_tenants_have_a_folder_each(repo):
    """Each is valid by itself, and only the one that is set here is in a policy."""
    repo.init("--tenant", "acme", "--tenant", "beta", env={"CXONE_BASE_URL": "https://beta.nicecxone.com"})
    for name, tenants in (("acme", []), ("beta", ["https://beta.nicecxone.com"])):
        folder = repo.folder / "tenants" / name
        assert yaml.safe_load((folder / "policy.yaml").read_text())["tenants"] == tenants
        assert repo.cli.run("validate", "--templates", f"tenants/{name}", "--format", "json").json["valid"]
    assert not (repo.folder / "templates.d").exists()


def test_a_tenant_can_be_added_later(repo):
    """Its folder is laid down and its log put on top of the branch; its entry in the kept list is told."""
    repo.init("--tenant", "acme")
    first = repo.git("rev-parse", BRANCH)
    report = repo.init("--tenant", "beta")
    assert set(report["written"]) == {"tenants/beta/example.yaml", "tenants/beta/policy.yaml"}
    assert report["audit_branch"]["outcome"] == "extended"
    assert repo.git("rev-parse", f"{BRANCH}~1") == first
    assert set(repo.log_files()) == {"acme.jsonl", "beta.jsonl"}
    assert '{"tenant": "beta", "templates": "tenants/beta"}' in lines(report)
    assert "acme-plan" in " ".join(titles(report))


def test_a_password_in_a_url_is_not_repeated(repo):
    """Neither a remote's nor a tenant's: the one is left out, the other refused."""
    repo.git("remote", "add", "origin", "https://tess:hunter22@127.0.0.1:9/acme/messages.git")
    repo.cli.secrets.add("hunter22")
    assert "repos/acme/messages/" in " ".join(lines(repo.init()))
    token_url = {"CXONE_ORG": "acme", "CXONE_TOKEN_URL": "https://tess:hunter22@t.example.com/token"}
    assert "user info" in repo.init(exits=1, env=token_url)["error"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1"])
def test_a_tenant_on_this_machine_is_not_taken_for_the_real_one(repo, url):
    """Whoever has just tried the embedded CXone out gets no policy that refuses their tenant."""
    report = repo.init(env={"CXONE_BASE_URL": url})
    assert yaml.safe_load((repo.folder / "templates.d" / "policy.yaml").read_text())["tenants"] == []
    assert url not in json.dumps(report)


def test_what_is_laid_down_plans_and_applies(repo):
    """Valid without a warning; on the embedded CXone the example is approved and registered, and that is all."""
    repo.init()
    valid = repo.cli.run("validate", "--format", "json").json
    assert (valid["valid"], valid["findings"]) == (True, [])
    assert [template["id"] for template in valid["templates"]] == ["tmpl_example"]
    applied = repo.cli.run("apply", "--sandbox", "--yes", "--format", "json").json
    assert applied["summary"]["applied"] == 2
    assert repo.cli.run("plan", "--sandbox", "--detailed-exitcode", "--format", "json").json["actions"] == []
    assert ".reconciler" not in repo.git("status", "--porcelain")


@pytest.mark.parametrize("tenants", [(), ("--tenant", "acme", "--tenant", "beta")], ids=["one", "two"])
def test_every_document_names_a_schema_that_is_there(repo, tenants):
    """An editor follows the first line from the file's own folder, to the schema of the document's kind."""
    repo.init(*tenants)
    documents = [*repo.folder.glob("templates.d/*.yaml"), *repo.folder.glob("tenants/*/*.yaml")]
    assert len(documents) == 2 * max(1, len(tenants) // 2)
    for path in documents:
        text = path.read_text("utf-8")
        (named,) = re.findall(r"\A# yaml-language-server: \$schema=(\S+)$", text, re.MULTILINE)
        schema = json.loads((path.parent / named).read_text("utf-8"))
        assert schema["properties"]["kind"]["const"] == yaml.safe_load(text)["kind"]


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        (".github/tenants.json", "{", "is not a list of tenants"),
        (".github/tenants.json", '[{"tenant": "../x", "templates": "a"}]', "is not a list of tenants"),
        (".github/tenants.json", '[{"tenant": "a", "templates": "../b"}]', "is not a list of tenants"),
        (".github/tenants.json", '[["a"]]', "is not a list of tenants"),
        ("schemas", "a file", "schemas is a file"),
    ],
)
def test_what_is_in_the_way_is_named_before_anything_is_written(repo, path, text, says):
    """An error, and the repository as it was."""
    place = repo.folder / path
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    before = repo.files()
    assert says in repo.init(exits=1)["error"]
    assert repo.files() == before
    assert BRANCH not in repo.git("branch")


@pytest.mark.parametrize("name", ["Acme", "a b", "", "-x", "../a", "a" * 64])
def test_a_name_that_github_or_a_path_would_bend_is_a_usage_error(repo, name):
    """64, and nothing is written."""
    repo.cli.run("init", f"--tenant={name}", exits=64)
    assert repo.files() == {}


def test_what_git_ignores_is_not_in_the_commit(repo):
    """`git add` would refuse it."""
    (repo.folder / ".gitignore").write_text(".vscode/\n.reconciler/\n")
    report = repo.init()
    (added,) = [line for line in lines(report) if line.startswith("git add .e")]
    assert ".vscode" not in added
    assert any(".vscode/settings.json" in step["why"] for step in report["next"])
    repo.git(*added.split()[1:])


def test_the_lines_to_copy_stand_whole_at_the_left_edge(repo):
    """On a narrow terminal too, in colour: a shell takes them as they are, its here-documents end."""
    repo.origin()
    report = repo.init()
    said = repo.cli.run("init", "--color", "always", env={"COLUMNS": "40"}).out
    printed = re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines()
    assert [line for line in lines(report) if line not in printed and not line.startswith("git ")] == []
    assert "JSON" in printed
