"""What a reader cannot see: Unicode's classes, and one definition for whoever judges or shows a text."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
import unicode_classes as script

from reconciler.core import unicode_classes
from reconciler.core.hidden import HIDDEN, is_hidden
from reconciler.outputs._visible import visible


def test_the_table_is_what_the_script_writes():
    """Where PyPI's regex is installed (never in CI), the script writes the table that the program has."""
    pytest.importorskip("regex", reason="a tool for development, not a requirement")
    assert script.TABLE.read_text("utf-8") == script.table()


@pytest.mark.parametrize("name", sorted(script.CLASSES))
def test_every_class_is_one_for_re(name):
    """Each class compiles as the inside of a character class, and takes some characters but not all."""
    taken = sum(
        map(bool, map(re.compile(f"[{getattr(unicode_classes, name)}]").match, map(chr, range(0x20000))))
    )
    assert 0 < taken < 0x10000


def test_what_is_judged_hidden_is_never_shown_as_it_is():
    """Every character that the rules call hidden is hidden to every output, and none of them is a letter of English."""
    hidden = [char for char in map(chr, range(sys.maxunicode + 1)) if HIDDEN.match(char)]
    assert [char for char in hidden if not is_hidden(char) or char in visible(char)] == []
    assert not any(char.isascii() and char.isprintable() for char in hidden)
    assert len(hidden) > 4000
    assert all(is_hidden(char) for char in hidden if unicodedata.category(char) == "Cc")
