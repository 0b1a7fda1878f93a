"""``init`` and what is outside of its files: the audit log's branch, origin, pip, the wheel, the linters."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib

import pytest
import venvs
from checkout import ROOT
from userrepo import BRANCH, lines, titles
from wheels import wheel

from reconciler import __version__
from reconciler.commands.init.lay_out import WORKFLOWS


def test_the_audit_logs_branch_has_one_empty_file_a_tenant_and_no_past(repo):
    """An orphan, by git's own user where there is one; neither a dirty tree nor a full index is touched."""
    (repo.folder / "staged").write_text("1")
    repo.git("add", "staged")
    (repo.folder / "staged").write_text("2")
    repo.git("config", "user.name", "Tess")
    repo.git("config", "user.email", "tess@example.com")
    report = repo.init("--tenant", "acme", "--tenant", "beta")
    assert report["audit_branch"] == {"name": BRANCH, "outcome": "made"}
    assert repo.log_files() == {"acme.jsonl": "", "beta.jsonl": ""}
    assert repo.git("rev-list", "--count", BRANCH) == "1"
    assert repo.git("log", "-1", "--format=%an", BRANCH) == "Tess"
    assert (repo.git("ls-files"), repo.git("show", ":staged")) == ("staged", "1")
    assert (repo.folder / "staged").read_text() == "2"


def copying(repo, venv):
    """The environment of a machine whose python3 makes its virtual environments quickly."""
    programs = repo.folder.parent / "programs"
    programs.mkdir()
    venvs.python(programs / "python3", venv)
    return {**repo.cli.env, "PATH": f"{programs}:{repo.cli.env['PATH']}"}


def test_the_released_package_is_pinned_with_all_it_needs(repo, venv):
    """As the runners' Python needs it, whatever Python this is; the script then installs just that, by the hashes."""
    needs = (
        "leaf>=1",
        'runner-only; python_version == "3.12"',
        'other; sys_platform == "win32"',
        "extra; extra == 'sandbox'",
    )
    digests = {
        "cxone-reconciler": wheel(repo.wheels, "cxone_reconciler", __version__, needs),
        "leaf": wheel(repo.wheels, "leaf", "1.5", ('deep; python_version < "3.13"',)),
        "runner-only": wheel(repo.wheels, "runner_only"),
        "deep": wheel(repo.wheels, "deep"),
    }
    assert ".github/requirements.txt" in repo.init()["written"]
    text = (repo.folder / ".github" / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([a-z-]+)==\S+ \\\n    --hash=sha256:([0-9a-f]{64})$", text, re.MULTILINE))
    assert pinned == digests
    assert f"cxone-reconciler=={__version__} " in text
    assert "://" not in text
    runner = repo.folder.parent / "runner"
    runner.mkdir()
    env = {**repo.cli.env, "RUNNER_TEMP": str(runner), "GITHUB_PATH": str(runner / "path")}
    script = repo.folder / ".github" / "install-reconciler"
    subprocess.run([str(script)], cwd=repo.folder, env=env, check=True, capture_output=True)
    (added,) = (runner / "path").read_text().split()
    listed = subprocess.run(
        [f"{added}/pip", "list"], env=env, check=True, capture_output=True, text=True
    ).stdout
    assert set(digests) <= set(listed.replace("_", "-").split())
    with (repo.wheels / "leaf-1.5-py3-none-any.whl").open("ab") as forged:
        forged.write(b"more")
    assert subprocess.run(
        [str(script)],
        cwd=repo.folder,
        env={**env, **copying(repo, venv), "RUNNER_TEMP": str(runner / "two")},
        check=False,
        capture_output=True,
    ).returncode


def test_without_the_package_nothing_is_laid_down(repo):
    """Not released, or out of reach: no workflow could run. pip's reason, and what to do where no index has it."""
    repo.package.unlink()
    error = repo.init(exits=1)["error"]
    assert f"cxone-reconciler=={__version__}" in error
    assert "reconciler init --wheel FILE" in error
    assert repo.files() == {}
    assert BRANCH not in repo.git("branch")


def test_a_wheel_is_kept_in_the_repository_and_installed_by_its_hash(repo, venv):
    """Without any index: the workflows' script installs the file that is committed, and no other in its place."""
    digest = wheel(repo.wheels, "cxone_reconciler", __version__, ("leaf>=1",))
    wheel(repo.wheels, "leaf", "1.5")
    mine = repo.folder.parent / "mine"
    mine.mkdir()
    own = repo.package.replace(mine / repo.package.name)
    written = repo.init("--wheel", str(own))["written"]
    kept = repo.folder / ".github" / own.name
    assert f".github/{own.name}" in written
    assert kept.read_bytes() == own.read_bytes()
    text = (repo.folder / ".github" / "requirements.txt").read_text()
    assert f"./.github/{own.name} \\\n    --hash=sha256:{digest}\n" in text
    assert "leaf==1.5 " in text
    assert "language: system" in (repo.folder / ".pre-commit-config.yaml").read_text()
    again = repo.init()
    assert (again["written"], [title for title in titles(again) if "requirements.txt" in title]) == ([], [])
    runner = repo.folder.parent / "runner"
    runner.mkdir()
    env = {**copying(repo, venv), "RUNNER_TEMP": str(runner), "GITHUB_PATH": str(runner / "path")}
    script = str(repo.folder / ".github" / "install-reconciler")
    subprocess.run([script], cwd=repo.folder, env=env, check=True, capture_output=True)
    kept.write_bytes(kept.read_bytes() + b"more")
    env["RUNNER_TEMP"] = str(runner / "two")
    assert subprocess.run([script], cwd=repo.folder, env=env, check=False, capture_output=True).returncode


def test_another_packages_wheel_is_refused(repo):
    """By its name, by what it holds, and one that is not there; nothing is laid down."""
    wheel(repo.wheels, "leaf")
    wheel(repo.wheels, "cxone_reconciler", "9.9")
    for name, exits in (("leaf-1.0", 64), ("cxone_reconciler-9.9", 1), ("cxone_reconciler-9.8", 64)):
        repo.init("--wheel", str(repo.wheels / f"{name}-py3-none-any.whl"), exits=exits)
    assert repo.files() == {}


def test_on_a_server_without_artifacts_nothing_is_laid_down(repo):
    """GitHub Enterprise Server has none of version 4, which carry the plans: said, and not found out in a run."""
    repo.git("remote", "add", "origin", "https://git.example.com/acme/messages.git")
    assert "git.example.com" in repo.init(exits=1)["error"]
    assert repo.files() == {}
    for url in (
        "https://acme.ghe.com/acme/messages",
        "git@work:acme/messages",
        "ssh://git@ssh.github.com/a/b",
    ):
        repo.git("remote", "set-url", "origin", url)
        assert "error" not in repo.init()


def test_a_branch_that_origin_has_is_kept(repo, tmp_path):
    """With every tenant's file on it there is nothing to make or to push; a missing one is put on top."""
    bare = repo.origin()
    repo.init("--tenant", "acme")
    repo.commit()
    repo.git("push", "-q", "origin", "main", BRANCH)
    clone = tmp_path / "clone"
    repo.git("clone", "-q", str(bare), str(clone), folder=tmp_path)
    repo.folder = repo.cli.folder = clone
    report = repo.init()
    assert report["audit_branch"]["outcome"] == "kept"
    assert "Push the audit log's branch" not in titles(report)
    assert BRANCH not in repo.git("branch")
    tip = repo.git("rev-parse", f"origin/{BRANCH}")
    more = repo.init("--tenant", "beta")
    assert more["audit_branch"]["outcome"] == "extended"
    assert repo.git("rev-parse", f"{BRANCH}~1") == tip
    assert "Push the audit log's branch" in titles(more)
    repo.git("push", "-q", "origin", BRANCH)


def test_a_newer_branch_on_origin_is_built_upon(repo, tmp_path):
    """Records that an apply has pushed since are neither lost nor forked from: they are fetched first."""
    bare = repo.origin()
    repo.init("--tenant", "acme")
    repo.git("push", "-q", "origin", BRANCH)
    other = tmp_path / "other"
    repo.git("clone", "-q", "-b", BRANCH, str(bare), str(other), folder=tmp_path)
    (other / "acme.jsonl").write_text("a record\n")
    repo.git("commit", "-qam", "acme: 1 record", folder=other)
    repo.git("push", "-q", folder=other)
    repo.init("--tenant", "beta")
    assert repo.log_files() == {"acme.jsonl": "a record", "beta.jsonl": ""}
    repo.git("push", "-q", "origin", BRANCH)


def test_the_default_branch_is_asked_of_origin(repo):
    """On a branch of one's own, without any other here: the workflows run on pushes to origin's."""
    bare = repo.origin(branch="trunk")
    repo.commit()
    repo.git("push", "-q", "origin", "HEAD:trunk")
    repo.git("switch", "-q", "-c", "setup")
    report = repo.init()
    assert "    branches: [trunk]\n" in (repo.folder / ".github" / "workflows" / "apply.yml").read_text()
    assert "git push -u origin setup" in lines(report)
    shutil.rmtree(bare)
    assert any("Protect main" in title for title in titles(repo.init()))


def test_on_the_audit_logs_branch_nothing_is_laid_down(repo):
    """It holds the logs and nothing else."""
    repo.git("switch", "-q", "--orphan", BRANCH)
    assert "checked out" in repo.init(exits=1)["error"]
    assert repo.files() == {}


def test_the_wheel_carries_the_workflows_from_the_one_place_where_they_are():
    """The build puts this project's own files into the package, each by its name; the sdist has them too."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    carried = {
        source: place for source, place in build["wheel"]["force-include"].items() if "workflows" in source
    }
    assert carried == {f".github/workflows/{name}": f"reconciler/_workflows/{name}" for name in WORKFLOWS}
    assert ".github/workflows" in build["sdist"]["include"]


@pytest.mark.parametrize(
    ("linter", "args"),
    [
        ("actionlint", ()),
        ("zizmor", ("--offline", "--quiet", ".github")),
        ("shellcheck", (".github/install-reconciler",)),
    ],
)
def test_linters_find_nothing(repo, linter, args):
    """In what is laid down, with a branch and tenants of its own."""
    program = shutil.which(linter)
    if program is None:
        pytest.skip(f"{linter} is not on PATH; CI has it")
    repo.init("--tenant", "acme", "--tenant", "beta")
    done = subprocess.run(
        [program, *args], cwd=repo.folder, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
