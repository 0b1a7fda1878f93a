"""Plain English: words that readers stumbled over stand in no document and in no message of the program."""

from __future__ import annotations

import re
import tokenize

import pytest
from documents import DOCS, ROOT, leaves

from reconciler.rules.codes import explanations

ODD = re.compile(
    r"\bmend(?:s|ed|ing)?\b|\bis none\b(?! (?:of|that)\b)|\bto attend to\b"
    r"|\b(?:laid|lays?|laying) down\b|\bis to be had\b|\breviewed over\b",
    re.IGNORECASE,
)


def messages(path) -> list[str]:
    """The texts that a file of the program may print: every string but docstrings."""
    with tokenize.open(path) as file:
        kinds = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
        found = [token.string for token in tokenize.generate_tokens(file.readline) if token.type in kinds]
    return [text for text in found if not text.startswith('"""')]


@pytest.mark.parametrize("name", sorted(DOCS))
def test_no_document_has_an_odd_word(name):
    """README, the pages of the reference and the other documents."""
    found = [line for line in DOCS[name].splitlines() if ODD.search(line)]
    assert found == []


def test_no_message_has_an_odd_word():
    """Whatever the program may print."""
    found = []
    for path in sorted((ROOT / "reconciler").rglob("*.py")):
        name = path.relative_to(ROOT / "reconciler").as_posix()
        found += [f"{name}: {text}" for text in messages(path) if ODD.search(text)]
    assert found == []


def test_no_help_and_no_explanation_has_an_odd_word():
    """What `--help` and `explain` show."""
    shown = {name: command.help or "" for name, command in leaves().items()}
    shown |= {code: each.text for code, each in explanations().items()}
    assert [name for name, text in shown.items() if ODD.search(text)] == []
