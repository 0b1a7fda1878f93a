"""The documents say what the program does: names, codes, options, links and printed results are held together."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import httpx
import pytest

from reconciler import commands
from reconciler.commands import reconciler
from reconciler.commands._shared.settings import VARIABLES
from reconciler.commands.apply.perform import INCOMPLETE
from reconciler.core import errors
from reconciler.core.model import Action
from reconciler.core.outcome import Outcome
from reconciler.desired.schema import schemas
from reconciler.kinds import discover as kinds
from reconciler.plan.guards import raised
from reconciler.rules import CRASH
from reconciler.rules import discover as rules
from reconciler.rules.codes import CODES
from reconciler.sandbox.faults import parse
from reconciler.webhooks import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text("utf-8") for path in (ROOT / "README.md", *(ROOT / ".github").glob("*.md"))}
README = DOCS["README.md"]
DONE, CHANGES = 0, 2
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
FOREIGN = {"--quiet", "--check"}
"""Options that the documents show of other programs."""


def section(title: str, text: str = README) -> str:
    """What stands under a heading, up to the next of the same rank or a higher one."""
    rank = title.partition(" ")[0]
    body = text.split(f"\n{title}\n", 1)[1]
    # headings begin with a capital letter; comments in YAML do not
    return re.split(rf"^#{{1,{len(rank)}}} [A-Z]", body, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, headings and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|--")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if row[0] not in {"code", "command", "variable", "file", "kind", "word", ""}]


def blocks(language: str, text: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def leaves(group: click.Group = reconciler, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every command that does something, by its whole name."""
    context = click.Context(group)
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= leaves(command, (*path, name))
        else:
            found[" ".join((*path, name))] = command
    return found


def shown_lines(text: str) -> list[str]:
    """The command lines of the tool that a text shows, in blocks and between backticks."""
    lines = [line for block in blocks("sh", text) for line in block.splitlines()]
    lines += [
        line[2:] for block in blocks("console", text) for line in block.splitlines() if line[:2] == "$ "
    ]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    parts += re.findall(r"`(reconciler [^`]+)`", text)
    found = [re.sub(r"^(\.venv/bin/)?reconciler ", "", part) for part in parts if "reconciler " in part]
    return [line for line in found if not line.startswith(("COMMAND", "python3 "))]


def accepts(line: str) -> None:
    """Read a command line as the program would, without running it; a usage error fails the test."""
    words = shlex.split(line)
    command: click.Command | None = reconciler
    context = click.Context(reconciler)
    while isinstance(command, click.Group) and not words[0].startswith("-"):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"no such command: {line}"
    try:
        command.make_context(line, words)
    except click.exceptions.Exit:
        pass  # --help and --version
    except click.UsageError as wrong:
        pytest.fail(f"reconciler {line}: {wrong.format_message()}")


def test_every_command_is_in_the_readme():
    """The table of commands has each command of the program, and none that is not there."""
    table = rows(section("## Commands").split("\n### ", maxsplit=1)[0])
    assert {re.sub(r" \[?[A-Z].*", "", row[0].strip("`")) for row in table} == set(leaves())


@pytest.mark.parametrize("name", sorted(leaves()))
def test_help_has_an_example_that_works(name):
    """Each command's help says what it does and shows a command line that the program would take."""
    command = leaves()[name]
    text = command.help or ""
    lines = re.findall(rf"^\s*reconciler ({name}\b.*)$", text, re.MULTILINE)
    examples = [re.split(r" \| | {2,}", line)[0] for line in lines]
    assert command.short_help or text.splitlines()[0]
    assert examples, f"no example in the help of {name}"
    for example in examples:
        accepts(example)


@pytest.mark.parametrize("name", sorted(DOCS))
def test_shown_command_lines_are_taken(name):
    """Every command line that a document shows has commands, options and arguments that exist."""
    for line in shown_lines(DOCS[name]):
        accepts(line)


def test_the_readme_shows_command_lines_at_all():
    """The search for command lines finds those that are known to be there."""
    lines = shown_lines(README)
    assert "apply --sandbox --yes" in lines
    assert "apply --continue" in lines
    assert "sandbox --port 8080 --fault carrier=slow" in lines


@pytest.mark.parametrize("name", sorted(DOCS))
def test_options_exist(name):
    """Every option that a document names is one of a command."""
    known = {text for command in leaves().values() for each in command.params for text in each.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", DOCS[name]))
    assert named - known - FOREIGN <= {"--help", "--version"}


def test_rules_are_as_the_registries_have_them():
    """The two tables have each code with its name and its severity, and no other."""
    told = [tuple(row[:3]) for row in rows(section("## Rules"))]
    registered = [*rules().values(), *CODES.values()]
    assert told == [(entry.code, entry.name, str(entry.severity)) for entry in registered]
    assert CRASH in section("## Rules")


def test_exit_codes_are_the_programs():
    """The table has every exit code that an error or a command has, and no other."""
    everything = [value for value in vars(errors).values() if isinstance(value, type)]
    known = {value.exit_code for value in everything if issubclass(value, errors.ReconcilerError)}
    known |= {DONE, CHANGES, INCOMPLETE, commands.USAGE}
    assert {int(row[0].strip("`")) for row in rows(section("### Exit codes"))} == known


def test_outcomes_and_guards_are_explained():
    """Each outcome, and each guard that a plan can raise, stands in the README by its name."""
    text = section("### Outcomes")
    assert [outcome for outcome in Outcome if f"`{outcome}`" not in text] == []
    many = [f"t{number}" for number in range(11)]
    actions = [Action(phase="approval", operation="revoke", target=name, changes=()) for name in many]
    assert {guard.name for guard in raised(actions, many)} == {"revoke", "many"}
    for name in ("revoke", "many", "max-changes", "tenants", "audit-log"):
        assert f"`{name}`" in section("### Exit codes")


def test_environment_variables_are_the_settings():
    """The table has each setting that is read, and the documents name no other but two secrets of the workflows."""
    assert {row[0].strip("`") for row in rows(section("### Environment variables"))} == set(VARIABLES)
    named = {name for text in DOCS.values() for name in re.findall(r"\b(?:CXONE|RECONCILER)_[A-Z_]+", text)}
    assert named - set(VARIABLES) == {"CXONE_WEBHOOK_SECRET", "RECONCILER_DEPLOY_KEY"}


def test_kinds_and_their_fields_are_explained():
    """Each kind with its phase, each kind of document, and each key of the policy stands in the README."""
    text = section("## What you write")
    for kind in kinds().values():
        assert f"`{kind.name}`" in text
        assert f"`{kind.phase}`" in text
    assert {row[0].strip("`") for row in rows(text)} == set(schemas())
    keys = set(schemas()["Policy"]["properties"]) - {"apiVersion", "kind"}
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


def test_faults_that_are_named_exist():
    """The faults that the README names are taken."""
    (sentence,) = re.findall(
        r"^`sandbox --fault` makes .*?lists them all\.$", README, re.DOTALL | re.MULTILINE
    )
    faults = re.findall(r"`([a-z-]+(?:=[^`]+)?)`", sentence)
    assert len(faults) == 4
    parse(faults)


def test_quick_start_is_two_commands():
    """Two `sh` blocks of one line each, for a machine with Python and a shell: the main job, then the tests."""
    first, second = blocks("sh", section("## Quick start"))
    for block in (first, second):
        assert block.count("\n") == 1
        assert block.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert not re.search(r"(^|&& )(python|pip|reconciler)\b(?!3)", block)
    assert "'.[sandbox]'" in first
    assert first.rstrip().endswith("reconciler plan --sandbox && .venv/bin/reconciler apply --sandbox --yes")
    assert "'.[dev]'" in second
    assert second.rstrip().endswith("python -m pytest -n auto")


def masked(line: str) -> str:
    """A line without what differs from run to run: digests, durations, times and ports."""
    line = re.sub(r"\b[0-9a-f]{12,64}\b", "#", line.rstrip())
    line = re.sub(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "#", line)
    return re.sub(r"\b\d+ ms\b", "# ms", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:#", line))


def check_shown(shown: list[str], printed: str) -> None:
    """Each line that is shown was printed; `…` stands for anything."""
    lines = [masked(line) for line in printed.splitlines()]
    for line in shown:
        pattern = re.escape(masked(line)).replace("…", ".*")
        assert line == "…" or any(re.fullmatch(pattern, each) for each in lines), (
            f"not printed: {line}\n{printed}"
        )


def reconciler_in(
    folder: Path, *words: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The program, run in a folder without any settings but these."""
    return subprocess.run(
        [sys.executable, "-m", "reconciler", *words],
        cwd=folder,
        env={**BARE, "HOME": str(folder), **(env or {})},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )


@contextmanager
def served(folder: Path, *words: str) -> Iterator[dict[str, str]]:
    """The embedded CXone on a free port; the variables that it prints, and a webhook's secret."""
    server = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", *words],
        cwd=folder,
        env={**BARE, "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        assert server.stdout is not None
        lines = [server.stdout.readline().strip().removeprefix("export ") for _ in range(3)]
        yield {
            **dict(line.split("=", 1) for line in lines),
            "CXONE_WEBHOOK_SECRET": "a secret of the test " * 2,
        }
    finally:
        server.terminate()
        server.communicate()


def test_quick_start_prints_what_is_shown(tmp_path):
    """The lines that stand under the first command are those that it prints."""
    shutil.copytree(ROOT / "templates.d", tmp_path / "templates.d")
    plan, apply = blocks("text", section("## Quick start"))
    for block, words in ((plan, ["plan", "--sandbox"]), (apply, ["apply", "--sandbox", "--yes"])):
        ran = reconciler_in(tmp_path, *words)
        assert ran.returncode == DONE, ran.stderr
        check_shown(block.splitlines(), ran.stdout)


def test_worked_example_goes_as_shown(tmp_path):
    """The change from pull request to audit log, on the embedded CXone: each command prints what stands under it."""
    steps = [
        (command, body.splitlines())
        for block in blocks("console", section("## A change, from pull request to audit log"))
        for command, _, body in (
            part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        )
    ]
    shutil.copytree(ROOT / "templates.d", tmp_path / "templates.d")
    reconciler_in(tmp_path, "apply", "--sandbox", "--yes")
    with served(tmp_path, "--fault", "carrier=slow") as env:
        appointment = tmp_path / "templates.d" / "appointment.yaml"
        text = appointment.read_text("utf-8")
        asked, wanted = re.findall(
            r"`(Call 555-0142 [^`]+)`", section("## A change, from pull request to audit log")
        )
        assert wanted in text
        appointment.write_text(text.replace(wanted, asked), "utf-8")
        codes = []
        for command, shown in steps:
            words = shlex.split(command)
            if words[0] == "curl":
                url = words[words.index("PATCH") + 1].replace("$CXONE_BASE_URL", env["CXONE_BASE_URL"])
                httpx.patch(
                    url, content=words[-1], headers={"content-type": "application/json"}
                ).raise_for_status()
                continue
            ran = reconciler_in(tmp_path, *words[1:], env=env)
            codes.append(ran.returncode)
            check_shown(shown, ran.stdout + ran.stderr)
            if ran.returncode == errors.StaleReview.exit_code:
                reconciler_in(tmp_path, "plan", "--out", "plan.json", env=env)
    assert codes == [DONE, errors.StaleReview.exit_code, INCOMPLETE, DONE, DONE, DONE]


def test_the_receiver_that_is_shown_believes_what_is_signed(monkeypatch, capsys):
    """The README's example, as it stands there: a signed message is handled once, a forged one is answered with 401."""
    secret = "a secret for the README's receiver"
    monkeypatch.setenv("CXONE_WEBHOOK_SECRET", secret)
    (code,) = blocks("python", section("## Receiving webhooks"))
    shown: dict[str, Any] = {}
    exec(code, shown)
    now = int(time.time())
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(now),
        "Webhook-Signature": sign(secret, "msg_1", now, b"{}"),
    }
    receive = shown["receive"]
    assert [receive(b"{}", headers), receive(b"{}", headers), receive(b"[]", headers)] == [204, 204, 401]
    assert capsys.readouterr().out == "{}\n"


@pytest.mark.parametrize("name", sorted(DOCS))
def test_links_and_paths_lead_somewhere(name):
    """Relative links, anchors and the project's own paths in a document exist."""
    text = DOCS[name]
    here = ROOT if name == "README.md" else ROOT / ".github"
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if not re.match(r"https?:", target):
            assert (here / path).exists(), target
            assert path or anchor in anchors, target
    for path in re.findall(r"`((?:reconciler|tests|schemas|\.ci)/[\w./-]*)`", text):
        invented = path == "reconciler/v1" or "nnn" in path or "NAME" in path or "TENANT" in path
        assert invented or (ROOT / path).exists(), path
