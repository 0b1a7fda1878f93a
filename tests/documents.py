"""The documents as tests read them: chapters, tables, blocks, and the command lines that they show."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from reconciler.commands import reconciler
from reconciler.commands.help.pages import page, topics

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
TOPICS = {topic: page(topic) for topic in topics()}
"""The reference, as the program has it."""
FILES = (ROOT / "README.md", *(ROOT / ".github").glob("*.md"), *(ROOT / ".github" / "docs").glob("*.md"))
DOCS = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted(FILES)}
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
HEADS = {"code", "command", "variable", "file", "kind", "outcome", "guard", "topic", ""}


def section(title: str, text: str = README) -> str:
    """What stands under a heading, up to the next of the same rank or a higher one."""
    rank = title.partition(" ")[0]
    body = text.split(f"\n{title}\n", 1)[1]
    # headings begin with a capital letter; comments in YAML do not
    return re.split(rf"^#{{1,{len(rank)}}} [A-Z]", body, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, headings and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not re.match(r"\| ?--", line)]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if row[0] not in HEADS]


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
