"""The documents say what the program does: command lines, options, links and paths are held against it."""

from __future__ import annotations

import re
import runpy

import pytest
from documents import DOCS, README, ROOT, accepts, leaves, shown_lines

FOREIGN = {"--minutes", "--seed", "--quiet", "--check", "--no-deps", "--wheel-dir", "--initial-branch"}
"""Options that the documents show of other programs."""


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


def anchors(text: str) -> set[str]:
    """The headings of a text as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_pages_are_those_of_help():
    """`.github/docs/` has each topic's page as `.ci/pages.py` writes it."""
    for name, text in runpy.run_path(str(ROOT / ".ci" / "pages.py"))["pages"]().items():
        assert DOCS[f".github/docs/{name}"] == text, f"run .ci/pages.py: {name} is not what its source gives"


@pytest.mark.parametrize("name", sorted(DOCS))
def test_links_and_paths_lead_somewhere(name):
    """Relative links, anchors and the project's own paths in a document exist."""
    text = DOCS[name]
    here = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if not re.match(r"https?:", target):
            assert (here / path).exists(), target
            read = (here / path).read_text("utf-8") if anchor and path else text
            assert not anchor or anchor in anchors(read), target
    for path in re.findall(r"`((?:reconciler|tests|schemas|\.ci)/[\w./-]*)`", text):
        invented = path == "reconciler/v1" or "nnn" in path or "NAME" in path or "TENANT" in path
        assert invented or (ROOT / path).exists(), path
