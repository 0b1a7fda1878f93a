"""``reconciler help``: the topics, how a page looks on a terminal and in a pipe, and a name that is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import click
import pytest

from reconciler.commands.help import COMMAND
from reconciler.commands.help.pages import page, topics
from reconciler.outputs import Look, render
from reconciler.outputs._results import Page

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def shown(topic: str, **look: object) -> str:
    """A topic's page as text."""
    return render(Page(topic=topic, markdown=page(topic)), "text", Look(**look))


def helped(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as a process, in a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "reconciler", "help", *words], capture_output=True, text=True, check=False
    )


def test_the_topics_are_those_that_are_promised():
    """Eight topics; without one the command lists them with their titles."""
    wanted = ("audit", "environment", "exit-codes", "files", "github", "http", "report", "rules")
    assert topics() == wanted
    listed = helped()
    assert listed.returncode == 0
    assert tuple(re.findall(r"^([a-z-]+)  +\S", listed.stdout, re.MULTILINE))[1:] == wanted


def test_an_unknown_topic_is_a_usage_error_with_the_nearest():
    """Exit code 64, a guess, and all topics; nothing on stdout."""
    ran = helped("exit-code")
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "Unknown topic: exit-code. Did you mean exit-codes?" in ran.stderr
    assert all(topic in ran.stderr for topic in topics())


def test_a_page_as_json_and_markdown_is_its_source():
    """`--format markdown` prints the page, `--format json` holds the same text."""
    assert helped("rules", "--format", "markdown").stdout == page("rules")
    told = json.loads(helped("rules", "--format", "json").stdout)
    assert told == {"format_version": "1.0", "topic": "rules", "markdown": page("rules")}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("topic", topics())
def test_no_line_is_wider_than_the_terminal(topic, width):
    """Everything but what can be copied (set in by four) folds at the width, alike with and without colour."""
    plain = shown(topic, width=width, terminal=True)
    colored = ESCAPES.sub("", shown(topic, width=width, terminal=True, color=True))
    assert [line.rstrip() for line in colored.splitlines()] == plain.splitlines()
    wide = [line for line in plain.splitlines() if len(line) > width and not line.startswith("    ")]
    assert wide == []


@pytest.mark.parametrize("topic", topics())
def test_every_word_of_the_source_is_shown(topic):
    """Nothing of a page is lost on the way to plain text, save marks and where links lead."""
    bare = re.sub(r"^```.*$|^\|[ |-]*$|\]\([^)]*\)|[\[|`#*\\]", " ", page(topic), flags=re.MULTILINE)
    text = re.sub(r"[\[|`#*\\]", " ", shown(topic))
    missing = set(bare.replace("]", " ").split()) - set(text.replace("]", " ").split())
    assert {word for word in missing if word not in text} <= {"default", "means", "finds"}


def test_a_table_is_in_columns_where_it_fits_and_a_list_where_not():
    """The codes stand beside their meaning; on a narrow terminal a rule stands over what is told of it."""
    assert re.search(r"^4 +stale: what was", shown("exit-codes", width=60, terminal=True), re.MULTILINE)
    assert re.search(r"^CX101 +segments +error +\S", shown("rules", width=120, terminal=True), re.MULTILINE)
    assert re.search(
        r"^CX101\n +name +segments\n +default +error\n",
        shown("rules", width=60, terminal=True),
        re.MULTILINE,
    )


def test_a_shell_completes_topics():
    """What begins as the word does."""
    context = click.Context(COMMAND)
    found = COMMAND.params[0].shell_complete(context, "r")
    assert [item.value for item in found] == ["report", "rules"]


def test_links_say_where_they_lead():
    """A link to another topic names the command that shows it."""
    assert "`reconciler help github`" in shown("audit")
    assert "https://www.standardwebhooks.com/" in shown("http")
    assert "](" not in "".join(shown(topic) for topic in topics())
