"""Who wants a change, and what a branch makes easier for itself, from real repositories."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import warm
from builders import A2P, FIELDS, action, desired, document, hook, template, wanted

from reconciler.core.errors import ReconcilerError
from reconciler.core.model import Policy
from reconciler.desired import git_base
from reconciler.desired.base import at
from reconciler.desired.policy import policy_of
from reconciler.desired.yaml_reader import read as read_yaml
from reconciler.plan import offline
from reconciler.plan.three_way import explained
from reconciler.rules.relaxations import relaxations

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "LANG": "C.UTF-8",
}


def yaml(id_="tmpl_a", **fields) -> str:
    """A Template document in YAML that is JSON."""
    body = {"apiVersion": "reconciler/v1", "kind": "Template", "id": id_, **FIELDS, "a2p": A2P, **fields}
    return (
        json.dumps({name: value for name, value in body.items() if value is not None}, ensure_ascii=False)
        + "\n"
    )


class Repository:
    """A folder under git, and the command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=PLAIN, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, name: str, *documents: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\n".join(documents), encoding="utf-8")
        return path

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def run(self, *words: str, exits: int = 0) -> subprocess.CompletedProcess[str]:
        done = warm.run(*words, cwd=self.folder, env={**PLAIN, "HOME": str(self.folder)})
        assert done.returncode == exits, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Repository:
    """A repository with one commit on ``main``: ``templates.d/a.yaml``. The tests stand in it."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    made = Repository(tmp_path)
    made.write("templates.d/a.yaml", yaml())
    made.commit()
    monkeypatch.chdir(tmp_path)
    return made


def names(snapshot) -> list[str]:
    """The snapshot's files."""
    return sorted(snapshot.files)


# --- the files at another commit ------------------------------------------------------------------------------------


def test_the_base_is_the_merge_base(repository) -> None:
    """What the branch found, not what the base branch has now; that is the tip."""
    left = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "topic")
    repository.write("templates.d/a.yaml", yaml(name="Topic"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("templates.d/a.yaml", yaml(name="Newer"))
    tip = repository.commit()
    repository.git("checkout", "-q", "topic")
    base = git_base.read("main", ["templates.d"])
    assert base.merge_base.commit == left
    assert base.merge_base.files == {"templates.d/a.yaml": yaml().encode()}
    assert base.tip is not None
    assert (base.tip.commit, base.tip.files) == (tip, {"templates.d/a.yaml": yaml(name="Newer").encode()})


def test_a_branch_on_top_of_its_base_has_no_newer_tip(repository) -> None:
    """Nothing that it could undo."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit()
    assert git_base.read("main", ["templates.d"]).tip is None


def test_what_is_not_committed_plays_no_role(repository) -> None:
    """Neither changed, nor staged, nor untracked files; nor is any of them touched."""
    repository.write("templates.d/a.yaml", yaml(name="Changed"))
    repository.write("templates.d/b.yaml", yaml("tmpl_b"))
    repository.git("add", "templates.d/b.yaml")
    repository.write("templates.d/c.yaml", yaml("tmpl_c"))
    before = repository.git("status", "--porcelain")
    assert git_base.read("main", ["templates.d"]).merge_base.files == {"templates.d/a.yaml": yaml().encode()}
    assert repository.git("status", "--porcelain") == before


@pytest.mark.parametrize("ref", ["HEAD", "HEAD~0", "refs/heads/main", "v1", "SHA", "main@{0}"])
def test_any_name_of_a_commit_will_do(repository, ref) -> None:
    """Branches, tags, hashes, and what git makes of them; on a detached HEAD too."""
    repository.git("tag", "-a", "-m", "x", "v1")
    sha = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "--detach")
    assert git_base.read(sha if ref == "SHA" else ref, ["templates.d"]).merge_base.commit == sha


@pytest.mark.parametrize(
    "ref",
    [
        "nowhere",
        "origin/main",
        "-h",
        "--help",
        "--all",
        "-",
        "",
        "main:templates.d",
        "main..main",
        "a b",
        "\u202e\n",
    ],
)
def test_a_name_that_is_no_commit_is_refused(repository, ref) -> None:
    """By name, with what to fetch; one that begins with a dash is a name too, never an option."""
    with pytest.raises(ReconcilerError, match="names no commit here") as caught:
        git_base.read(ref, ["templates.d"])
    assert ("git fetch origin" in caught.value.message) == (ref in {"nowhere", "origin/main"})
    assert "fetch-depth: 0" in caught.value.message


def test_a_fetch_hint_names_the_branch(repository) -> None:
    """And where it is to be put, so that the name is one afterwards."""
    with pytest.raises(ReconcilerError, match="`git fetch origin release/1:refs/remotes/origin/release/1`"):
        git_base.read("origin/release/1", ["templates.d"])
    with pytest.raises(ReconcilerError, match="`git fetch origin release/1:release/1`"):
        git_base.read("release/1", ["templates.d"])


def test_a_shallow_checkout_says_what_to_fetch(repository, tmp_path_factory, monkeypatch) -> None:
    """The usual checkout of a CI has one commit, and no merge base in it."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.write("templates.d/b.yaml", yaml("tmpl_b"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("templates.d/c.yaml", yaml("tmpl_c"))
    repository.commit()
    clone = tmp_path_factory.mktemp("clone")
    url = f"file://{repository.folder}"
    repository.git("clone", "-q", "--depth", "1", "--branch", "topic", "--no-single-branch", url, str(clone))
    monkeypatch.chdir(clone)
    with pytest.raises(ReconcilerError, match="shallow") as caught:
        git_base.read("origin/main", ["templates.d"])
    assert "fetch-depth: 0" in caught.value.message
    subprocess.run(["git", "fetch", "-q", "--unshallow"], check=True, env=PLAIN, cwd=clone)
    assert names(git_base.read("origin/main", ["templates.d"]).merge_base) == ["templates.d/a.yaml"]


def test_histories_without_a_common_commit_are_refused(repository) -> None:
    """There is no base to compare with, and no fetch would bring one."""
    repository.git("checkout", "-q", "--orphan", "other")
    repository.write("templates.d/b.yaml", yaml("tmpl_b"))
    repository.commit()
    with pytest.raises(ReconcilerError, match="no history in common") as caught:
        git_base.read("main", ["templates.d"])
    assert "fetch" not in caught.value.message


def test_a_folder_that_is_no_repository_is_an_error(tmp_path, monkeypatch) -> None:
    """It says what the option needs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ReconcilerError, match="in no repository"):
        git_base.read("main", ["templates.d"])


def test_a_repository_without_a_commit_has_no_base(tmp_path, monkeypatch) -> None:
    """Just after ``git init``."""
    Repository(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReconcilerError, match="names no commit here"):
        git_base.read("HEAD", ["templates.d"])


def test_without_git_it_says_so(repository, monkeypatch) -> None:
    """Nothing else needs git."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ReconcilerError, match="no git on PATH"):
        git_base.read("main", ["templates.d"])


def test_the_files_are_those_that_a_folder_would_give(repository) -> None:
    """At any depth, both endings, whatever the name; hidden files and other endings are left out."""
    wanted_names = [
        "a.yaml",
        "deep/er/b.yml",
        "empty.yaml",
        "im Märchen.yaml",
        "q'\"uote.yaml",
        "$(id).yaml",
        "-x.yaml",
    ]
    for name in (*wanted_names, ".hidden.yaml", ".d/x.yaml", "c.json", "d.yaml.bak"):
        repository.write(f"templates.d/{name}", "" if name == "empty.yaml" else yaml(f"t{len(name)}"))
    repository.write("other.d/z.yaml", yaml("z"))
    repository.commit()
    base = git_base.read("main", ["templates.d"]).merge_base
    assert names(base) == sorted(f"templates.d/{name}" for name in wanted_names)
    assert base.files["templates.d/empty.yaml"] == b""
    assert base.files["templates.d/q'\"uote.yaml"] == yaml(f"t{len(wanted_names[4])}").encode()


def test_a_line_break_in_a_name_does_not_mix_up_the_others(repository) -> None:
    """Every other file keeps its own content."""
    repository.write("templates.d/B\nb.yaml", yaml("tmpl_b"))
    repository.write("templates.d/c.yaml", yaml("tmpl_c"))
    repository.write("templates.d/d.yaml", yaml("tmpl_d"))
    repository.commit()
    files = git_base.read("main", ["templates.d"]).merge_base.files
    assert files["templates.d/a.yaml"] == yaml().encode()
    assert files["templates.d/c.yaml"] == yaml("tmpl_c").encode()
    assert files["templates.d/d.yaml"] == yaml("tmpl_d").encode()


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["templates.d"], ["templates.d/a.yaml", "templates.d/sites/b.yaml"]),
        (["./templates.d/"], ["templates.d/a.yaml", "templates.d/sites/b.yaml"]),
        (["templates.d", "templates.d"], ["templates.d/a.yaml", "templates.d/sites/b.yaml"]),
        (["templates.d", "templates.d/sites"], ["templates.d/a.yaml", "templates.d/sites/b.yaml"]),
        (["templates.d/sites/b.yaml", "templates.d"], ["templates.d/a.yaml", "templates.d/sites/b.yaml"]),
        (["templates.d/sites"], ["templates.d/sites/b.yaml"]),
        (["templates.d/a.yaml"], ["templates.d/a.yaml"]),
        (["templates"], []),
        (["gone.d"], []),
    ],
)
def test_folders_are_read_once_however_they_are_given(repository, paths, found) -> None:
    """Twice, one in the other, a file beside its folder; one that is new on the branch is empty at the base."""
    repository.write("templates.d/sites/b.yaml", yaml("tmpl_b"))
    repository.commit()
    assert names(git_base.read("main", paths).merge_base) == found


def test_a_nested_checkout_keeps_the_names_that_were_given(repository, monkeypatch) -> None:
    """From a folder further down, with a relative or an absolute path, as in findings."""
    repository.write("sites/acme/templates.d/b.yaml", yaml("tmpl_b"))
    repository.commit()
    monkeypatch.chdir(repository.folder / "sites" / "acme")
    assert names(git_base.read("main", ["templates.d"]).merge_base) == ["templates.d/b.yaml"]
    assert names(git_base.read("main", ["../../templates.d"]).merge_base) == ["../../templates.d/a.yaml"]
    whole = str(repository.folder / "templates.d")
    assert names(git_base.read("main", [whole]).merge_base) == [f"{whole}/a.yaml"]


def test_a_folder_behind_a_link_is_found(repository) -> None:
    """By the name that was given."""
    (repository.folder / "link.d").symlink_to("templates.d")
    assert names(git_base.read("main", ["link.d"]).merge_base) == ["link.d/a.yaml"]


# --- what they asked for --------------------------------------------------------------------------------------------


def base_of(**files: str):
    """The desired state of a snapshot."""
    return at(
        git_base.Snapshot(
            commit="0" * 40, files={f"{name}.yaml": text.encode() for name, text in files.items()}
        )
    )


def test_what_is_broken_at_the_base_asks_for_nothing() -> None:
    """The branch may be the very one that mends it."""
    state = base_of(a=yaml(), b="{", c=yaml("tmpl_c", content=None), d="- 1\n", e="\ufeff# nothing\n")
    assert set(state.desired) == {("template", "tmpl_a"), ("registration", "tmpl_a")}
    assert state.policy == Policy()


def test_a_file_that_is_no_utf_8_at_the_base_asks_for_nothing() -> None:
    """It is passed over, like any that cannot be read."""
    state = at(git_base.Snapshot(commit="0", files={"a.yaml": b"\xff\xfe\x00", "b.yaml": yaml().encode()}))
    assert [document.file for document in state.documents] == ["b.yaml"]


def test_the_first_of_two_documents_with_one_id_counts() -> None:
    """As in the order of files."""
    state = base_of(a=yaml(name="First"), b=yaml(name="Second"))
    assert state.desired["template", "tmpl_a"].fields["name"] == "First"


# --- causes ---------------------------------------------------------------------------------------------------------

KEY = ("template", "tmpl_a")


def caused(changes, base, newer=None, **fields):
    """One action with its causes."""
    (one,) = explained(
        [action(changes=changes, **fields)],
        {KEY: base} if base is not None else {},
        {KEY: newer} if newer is not None else {},
    )
    return one


@pytest.mark.parametrize(
    ("base", "cause"),
    [
        ({"name": "live"}, "intended"),
        ({"name": "desired"}, "drift"),
        ({"name": "third"}, "both"),
        ({}, "intended"),
        (None, "intended"),
    ],
)
def test_a_change_is_the_branchs_or_the_tenants_or_both(base, cause) -> None:
    """By what the files said at the merge base: nothing, what is live, what is wanted, or something else."""
    for asked, files in (("desired", base), ("!", {"name": "!"} if cause == "drift" else base)):
        one = caused([("name", "live", asked)], files)
        assert [change.cause for change in one.changes] == [cause]
        assert one.cause == cause


@pytest.mark.parametrize(
    ("base", "causes", "cause"),
    [
        ({"content": "a", "name": "a"}, ["intended", "intended"], "intended"),
        ({"content": "b", "name": "b"}, ["drift", "drift"], "drift"),
        ({"content": "a", "name": "b"}, ["intended", "drift"], "both"),
        ({"content": "a", "name": "c"}, ["intended", "both"], "both"),
    ],
)
def test_an_action_sums_up_its_changes(base, causes, cause) -> None:
    """One cause, or both."""
    one = caused([("content", "a", "b"), ("name", "a", "b")], base)
    assert [change.cause for change in one.changes] == causes
    assert one.cause == cause


@pytest.mark.parametrize(
    ("base", "newer", "undoes"),
    [
        ({"name": "desired"}, {"name": "newer"}, ("name",)),
        ({"name": "desired"}, {"name": "another"}, ("name",)),
        ({"name": "desired"}, {"name": "desired"}, ()),
        ({"name": "desired"}, None, ()),
        ({"name": "mine before"}, {"name": "newer"}, ()),
        (None, {"name": "newer"}, ()),
    ],
)
def test_what_is_newer_on_the_base_branch_is_named(base, newer, undoes) -> None:
    """Only where the branch left the field as it found it, and the base branch did not."""
    assert caused([("name", "newer", "desired")], base, newer).undoes == undoes


def test_nothing_else_of_an_action_changes() -> None:
    """What the digest covers stays as it was."""
    one = caused([("name", "live", "desired")], {"name": "live"})
    assert (one.phase, one.operation, one.target, one.updated_at) == (
        action().phase,
        action().operation,
        action().target,
        action().updated_at,
    )


def test_a_registration_is_compared_with_the_registration() -> None:
    """Not with the template of the same id."""
    (one,) = explained(
        [action("a2p", "update", changes=[("campaign_name", "a", "b")])],
        {KEY: {"campaign_name": "b"}, ("registration", "tmpl_a"): {"campaign_name": "a"}},
        {},
    )
    assert one.cause == "intended"


# --- what a branch makes easier -------------------------------------------------------------------------------------


def relaxed(before: str, after: str) -> tuple[str, ...]:
    """The sentences between two states of one file."""
    documents = [read_yaml(text, "a.yaml", lambda: 0.0).documents for text in (before, after)]
    policies = [
        next((policy_of(one) for one in found if one.kind == "Policy"), Policy()) for found in documents
    ]
    return relaxations(documents[0], policies[0], documents[1], policies[1])


def policy(**fields) -> str:
    """A Policy document."""
    return json.dumps({"apiVersion": "reconciler/v1", "kind": "Policy", **fields}) + "\n"


def waiver(rule="CX103", expires="2027-01-31", reason="Exception 1182") -> dict[str, str]:
    """A waiver as YAML gives it."""
    return {"rule": rule, "reason": reason, "expires": expires}


def test_a_new_waiver_is_named_with_its_reason_and_its_end() -> None:
    """Also in a document that is new, and on a webhook; one that was there, or ends sooner, is not."""
    assert relaxed(yaml(), yaml(waivers=[waiver()])) == (
        "tmpl_a is newly excused from CX103 until 2027-01-31: Exception 1182",
    )
    assert len(relaxed("", yaml(waivers=[waiver(), waiver("CX101")]))) == 2
    assert relaxed(yaml(waivers=[waiver()]), yaml(waivers=[waiver(), waiver(expires="2026-01-01")])) == ()
    assert relaxed(yaml(waivers=[waiver()]), yaml()) == ()
    other = hook(waivers=[waiver("CX112")])
    assert relaxations([], Policy(), [other], Policy()) == (
        "https://hooks.example.com/cxone is newly excused from CX112 until 2027-01-31: Exception 1182",
    )


def test_a_waiver_that_lasts_longer_is_named() -> None:
    """With the new end; an unquoted date in YAML counts as the same."""
    (said,) = relaxed(yaml(waivers=[waiver()]), yaml(waivers=[waiver(expires="2028-01-31")]))
    assert said == "tmpl_a is excused from CX103 for longer, until 2028-01-31: Exception 1182"
    head = "apiVersion: reconciler/v1\nkind: Template\nid: tmpl_a\n"
    plain = head + "waivers:\n  - {rule: CX103, reason: x, expires: %s}\n"
    assert relaxed(plain % "2027-01-31", plain % "2027-01-31") == ()
    (said,) = relaxed(plain % "2027-01-31", plain % "2027-02-01")
    assert "until 2027-02-01" in said


def test_the_longest_of_two_waivers_of_a_rule_counts() -> None:
    """In whatever order they stand."""
    two = [waiver(expires="2028-01-31"), waiver(expires="2027-01-31")]
    for before in (two, two[::-1]):
        assert relaxed(yaml(waivers=before), yaml(waivers=two)) == ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"severities": {"CX101": "warning"}}, ["The policy makes CX101 warning, it was error"]),
        ({}, {"severities": {"CX105": "ignore"}}, ["The policy makes CX105 ignore, it was warning"]),
        ({}, {"severities": {"CX105": "error"}}, []),
        ({"severities": {"CX105": "error"}}, {}, ["The policy makes CX105 warning, it was error"]),
        ({"severities": {"CX101": "ignore"}}, {"severities": {"CX101": "ignore"}}, []),
        ({}, {"max_segments": 2}, ["The policy allows 2 segments, it was 1"]),
        ({"max_segments": 3}, {}, []),
        (
            {},
            {"sender_patterns": ["^[0-9]{5,6}$", "^[A-Z]{3,11}$"]},
            ["The policy's sender_patterns accept more senders: ^[A-Z]{3,11}$"],
        ),
        ({"sender_patterns": ["^1$", "^2$"]}, {"sender_patterns": ["^2$"]}, []),
        (
            {"approve_from": ["DRAFT"]},
            {"approve_from": ["DRAFT", "SUSPENDED"]},
            ["The policy's approve_from let more statuses be approved over: SUSPENDED"],
        ),
        (
            {"approve_from": ["DRAFT", "PENDING", "SUBMITTED"]},
            {},
            ["The policy's approve_from let more statuses be approved over: IN_REVIEW"],
        ),
        (
            {},
            {"opt_out_phrases": ["adios"]},
            ["The policy's opt_out_phrases accept more instructions: adios"],
        ),
        (
            {"tenants": ["https://a.example.com"]},
            {"tenants": ["https://a.example.com", "https://b.example.com"]},
            ["The policy allows more tenants: https://b.example.com"],
        ),
        ({"tenants": ["https://a.example.com"]}, {}, ["The policy allows any tenant, it named some"]),
        ({}, {"tenants": ["https://a.example.com"]}, []),
    ],
)
def test_a_policy_that_allows_more_is_named(before, after, said) -> None:
    """Each thing that it allows now and did not; nothing that it allows no more."""
    assert list(relaxed(policy(**before), policy(**after))) == said


def test_a_policy_taken_away_is_compared_by_its_defaults() -> None:
    """Removing the file loosens what the file had made stricter."""
    before = policy(
        severities={"CX105": "error"}, approve_from=["DRAFT", "PENDING", "SUBMITTED", "IN_REVIEW"]
    )
    assert relaxed(before, "") == ("The policy makes CX105 warning, it was error",)
    assert relaxed("", policy()) == ()


# --- a plan without a tenant ----------------------------------------------------------------------------------------


def offline_plan(before, after, **more):
    """The plan of these documents over those."""
    return offline.build(
        desired(*after), {(item.kind, item.target): item for item in desired(*before)}, findings=(), **more
    )


def test_an_offline_plan_is_what_the_branch_asks_for() -> None:
    """Sorted by phase and target, all of it intended; without a tenant, a digest or a precondition."""
    plan = offline_plan(
        [template("tmpl_a"), template("tmpl_b"), template("tmpl_gone")],
        [hook(), template("tmpl_new"), template("tmpl_b"), template("tmpl_a", name="Other")],
    )
    assert [(one.phase, one.operation, one.target) for one in plan.actions] == [
        ("approval", "update", "tmpl_a"),
        ("approval", "approve", "tmpl_new"),
        ("a2p", "register", "tmpl_new"),
        ("webhook", "create", "https://hooks.example.com/cxone"),
    ]
    assert {one.cause for one in plan.actions} == {
        change.cause for one in plan.actions for change in one.changes
    }
    assert {one.cause for one in plan.actions} == {"intended"}
    assert {one.updated_at for one in plan.actions} == {None}
    assert (plan.base_url, plan.digest, plan.unchanged) == (None, None, 3)
    assert plan.notes[0] == offline.BANNER
    assert "tmpl_gone" in plan.notes[1]


def test_an_offline_plan_tells_of_the_templates_whose_documents_are_gone() -> None:
    """Of no webhook, of no template that is still there, and of none where the plan is narrowed."""
    before = [template("tmpl_a"), template("tmpl_gone"), hook()]
    (_, told) = offline_plan(before, [template("tmpl_a")]).notes
    assert told.startswith("No longer managed: tmpl_gone. ")
    assert offline_plan(before, [template("tmpl_a")], targets=("tmpl_a",)).notes == (offline.BANNER,)


def test_an_offline_plan_raises_the_guards() -> None:
    """A revocation asked for by the branch stands on top of it."""
    plan = offline_plan([template()], [template(status="SUSPENDED", a2p=None)])
    assert [(guard.name, guard.targets) for guard in plan.guards] == [("revoke", ("tmpl_a",))]
    assert [one.operation for one in plan.actions] == ["revoke"]


def test_an_offline_plan_sees_where_a_secret_comes_from() -> None:
    """Not its value: another source is a change, the same is none."""
    plan = offline_plan([hook()], [hook(secret={"env": "OTHER_SECRET"})])
    (one,) = plan.actions
    assert [(change.field, change.live, change.desired) for change in one.changes] == [
        ("secret", "(secret)", "(secret)")
    ]
    assert offline_plan([hook()], [hook()]).actions == ()
    assert one.reviewed == {"secret": {"env": "OTHER_SECRET"}}


def test_an_offline_rotation_is_one() -> None:
    """An action that changes the secret alone is a rotation, as in any plan."""
    (one,) = offline_plan([hook()], [hook(secret={"env": "OTHER_SECRET"})]).actions
    assert one.operation == "rotate"


def test_an_offline_text_has_its_size() -> None:
    """Before and after, so that a second segment is seen."""
    (one,) = offline_plan([template(a2p=None)], [template(content="Reply STOP " * 20, a2p=None)]).actions
    assert one.sms is not None
    assert [size.segments for size in one.sms] == [1, 2]


# --- all of it, from the command line -------------------------------------------------------------------------------


def plan(repository, *words: str, exits: int = 0):
    """A plan as JSON."""
    return json.loads(repository.run("plan", "--format", "json", *words, exits=exits).stdout)


def test_a_plan_tells_intent_from_drift(repository) -> None:
    """On the sandbox, where the base's state was applied: the branch's change, the console's, and both at once."""
    repository.write("templates.d/a.yaml", yaml("tmpl_a"), yaml("tmpl_b"), yaml("tmpl_c"))
    repository.commit()
    repository.run("apply", "--sandbox", "--yes")
    edit(repository, "tmpl_b", name="Console")
    edit(repository, "tmpl_c", name="Console")
    repository.git("checkout", "-q", "-b", "topic")
    repository.write(
        "templates.d/a.yaml", yaml("tmpl_a", name="Branch"), yaml("tmpl_b"), yaml("tmpl_c", name="Branch")
    )
    repository.commit()
    made = plan(repository, "--sandbox", "--base-ref", "main", "--out", "plan.json")
    assert {one["target"]: one["cause"] for one in made["actions"]} == {
        "tmpl_a": "intended",
        "tmpl_b": "drift",
        "tmpl_c": "both",
    }
    assert made["relaxed"] == []
    without = plan(repository, "--sandbox")
    assert without["digest"] == made["digest"]
    assert "cause" not in without["actions"][0]
    assert "relaxed" not in without
    shown = repository.run("show", "plan.json", "--format", "markdown").stdout
    assert "**Not from this branch: 2.**" in shown
    repository.run("apply", "plan.json", "--sandbox")
    assert plan(repository, "--sandbox", "--base-ref", "main")["actions"] == []


def edit(repository, id_, **fields) -> None:
    """What a person does in the sandbox's console."""
    from reconciler.sandbox import console
    from reconciler.sandbox.store import Store

    with Store(str(repository.folder / ".reconciler" / "sandbox.db")) as store:
        console.edit(store, id_, fields)


def test_a_webhook_that_the_branch_does_not_touch_is_drift(repository) -> None:
    """Its secret too, which nobody can compare; one that is to come from elsewhere is what the branch asks for."""
    repository.write("templates.d/w.yaml", json.dumps(hook().body) + "\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "topic")
    causes = {
        one["target"]: one["cause"] for one in plan(repository, "--sandbox", "--base-ref", "main")["actions"]
    }
    assert set(causes.values()) == {"drift"}
    repository.write("templates.d/w.yaml", json.dumps(hook(secret={"env": "OTHER_SECRET"}).body) + "\n")
    (create,) = [
        one
        for one in plan(repository, "--sandbox", "--base-ref", "main")["actions"]
        if one["phase"] == "webhook"
    ]
    assert {change["field"]: change["cause"] for change in create["changes"]} == {
        "events": "drift",
        "secret": "intended",
    }


def test_a_branch_that_lags_behind_undoes_what_was_merged(repository) -> None:
    """Its plan names the fields that the base branch has newer, and the tenant has already."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.write("templates.d/b.yaml", yaml("tmpl_b"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("templates.d/a.yaml", yaml(name="Merged meanwhile"))
    repository.commit()
    repository.run("apply", "--sandbox", "--yes")
    repository.git("checkout", "-q", "topic")
    made = plan(repository, "--sandbox", "--base-ref", "main")
    assert [(one["target"], one.get("undoes")) for one in made["actions"] if one["phase"] == "approval"] == [
        ("tmpl_a", ["name"]),
        ("tmpl_b", None),
    ]
    text = repository.run("plan", "--sandbox", "--base-ref", "main").stdout
    assert re.search(r"undoes +a newer name on the base branch", text)


def test_a_renamed_file_is_no_change(repository) -> None:
    """Objects are known by their ids, not by their files."""
    repository.run("apply", "--sandbox", "--yes")
    repository.git("mv", "templates.d/a.yaml", "templates.d/z.yaml")
    repository.commit()
    assert plan(repository, "--sandbox", "--base-ref", "HEAD~1")["actions"] == []
    assert plan(repository, "--offline", "--base-ref", "HEAD~1")["actions"] == []


def test_an_offline_plan_is_shown_and_never_applied(repository) -> None:
    """It needs neither tenant nor credentials nor log, compares the working tree, and apply refuses it with 1."""
    repository.write("templates.d/a.yaml", yaml(name="Other"))
    made = plan(repository, "--offline", "--base-ref", "main", "--out", "plan.json")
    assert (made["base_url"], made["digest"]) == (None, None)
    assert [one["changes"] for one in made["actions"]] == [
        [{"field": "name", "live": FIELDS["name"], "desired": "Other", "cause": "intended"}]
    ]
    for form in ("text", "markdown", "github", "json"):
        assert "Other" in repository.run("show", "plan.json", "--format", form).stdout
    assert "cannot be applied" in repository.run("apply", "plan.json", "--sandbox", exits=1).stderr
    assert "cannot be applied" in repository.run("audit", "review", "plan.json", exits=1).stderr
    assert not (repository.folder / ".reconciler" / "audit.jsonl").exists()
    repository.run("plan", "--offline", "--base-ref", "main", "--detailed-exitcode", exits=2)
    repository.run("plan", "--offline", exits=64)


def test_findings_that_the_branch_brings_come_before_those_that_were_there(repository) -> None:
    """Also where they stand in a later file; a finding of the merge base is not new, wherever it has moved."""
    text = "Acme Dental: {{%s}}. Reply STOP to opt out."
    repository.write("templates.d/a.yaml", yaml(content=text % "old"))
    repository.commit()
    repository.git("checkout", "-q", "-b", "topic")
    repository.write("templates.d/a.yaml", "# moved\n" + yaml(content=text % "old"))
    repository.write("templates.d/b.yaml", yaml("tmpl_b", content=text % "fresh"))
    for made in (
        plan(repository, "--sandbox", "--base-ref", "main"),
        plan(repository, "--offline", "--base-ref", "main", "--out", "plan.json"),
    ):
        assert [(one["target"], one["new"]) for one in made["findings"]] == [
            ("tmpl_b", True),
            ("tmpl_a", False),
        ]
    assert "**new warning** `CX107`" in repository.run("show", "plan.json", "--format", "markdown").stdout
    assert all("new" not in one for one in plan(repository, "--sandbox")["findings"])


def test_an_offline_plan_can_be_narrowed(repository) -> None:
    """As any plan."""
    repository.write("templates.d/a.yaml", yaml(name="Other"), yaml("tmpl_b"))
    made = plan(repository, "--offline", "--base-ref", "main", "--target", "tmpl_b")
    assert {one["target"] for one in made["actions"]} == {"tmpl_b"}
    assert made["targets"] == ["tmpl_b"]
    assert made["unchanged"] == 0


def test_what_the_branch_relaxes_is_in_the_plan(repository) -> None:
    """In every format, with the tenant or without; a plan without a base says nothing of it."""
    repository.write("templates.d/policy.yaml", policy(severities={"CX105": "ignore"}))
    said = "The policy makes CX105 ignore, it was warning"
    assert plan(repository, "--offline", "--base-ref", "main")["relaxed"] == [said]
    assert plan(repository, "--sandbox", "--base-ref", "main")["relaxed"] == [said]
    for form in ("text", "markdown"):
        assert said in repository.run("plan", "--sandbox", "--base-ref", "main", "--format", form).stdout


@pytest.mark.parametrize("words", [("--base-ref", "nowhere"), ("--offline", "--base-ref=--help")])
def test_a_bad_base_is_an_error_in_words(repository, words) -> None:
    """Exit 1, on stderr; nothing on stdout."""
    done = repository.run("plan", "--sandbox", *words, exits=1)
    assert "names no commit here" in done.stderr
    assert done.stdout == ""


def test_every_wanted_object_is_found_at_the_base(repository) -> None:
    """What the reading of the base gives for a document equals what the branch's own reading gives."""
    state = at(git_base.read("main", ["templates.d"]).merge_base)
    whole = document(id="tmpl_a", **FIELDS, a2p=A2P)
    assert state.desired["template", "tmpl_a"].fields == wanted("template", whole).fields
    assert state.desired["registration", "tmpl_a"].fields == wanted("registration", whole).fields
