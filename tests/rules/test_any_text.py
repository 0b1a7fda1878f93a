"""Whatever a text says, the rules judge it, in work that grows with its length and no faster."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.model import Document, Policy
from reconciler.rules import CRASH, Context, check

PIECES = st.sampled_from(
    [
        *(
            "STOP",
            "reply ",
            "to opt out",
            "{{",
            "}}",
            "{{a}}",
            "{",
            "}",
            "[",
            "]",
            "[First Name]",
            "%",
            "#",
            "@@",
            "<<",
        ),
        *(
            "((",
            "*|",
            "bit.ly/",
            "http://",
            "https://x.",
            "a@b.c",
            ".",
            "/",
            "-",
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
        ),
        *("\u200b", "\u200d", "\ufe0f", "😀", "🏴", "\U000e0067", "می", "é", "中", "İ", "ﬁ", "。", "1", "a"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join))
CONTEXT = Context(policy=Policy(max_segments=255), today="2026-11-23")


def judged(content: str) -> set[str]:
    """The codes that rules give for a template of this text."""
    a2p = {"campaign_name": content, "message_class": content, "opt_in_language": content}
    body = {
        "kind": "Template",
        "id": "a",
        "name": content,
        "from_address": content,
        "content": content,
        "a2p": a2p,
    }
    found = check(Document(kind="Template", body=body, file="a.yaml", line=1, index=0), CONTEXT)
    assert all(one.offset is None or 0 <= one.offset <= len(content) for one in found)
    return {one.code for one in found}


@given(TEXTS)
def test_no_text_makes_a_rule_crash(content):
    """No rule ends with an error, and no place is outside of the text."""
    assert CRASH not in judged(content)


@pytest.mark.timeout(120)
@settings(max_examples=25, deadline=None)
@given(TEXTS.filter(bool))
def test_no_text_makes_a_rule_s_work_grow_faster_than_itself(piece):
    """Any text eight times as long takes about eight times the steps, by count and not by the clock."""
    short = piece * (400 // len(piece) + 1)
    few, many = _steps(short), _steps(short * 8)
    assert many < 16 * few + 2_000


def _steps(content: str) -> int:
    """The lines and calls of Python that judging takes; what ``re`` does inside is held by the test below."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()  # coverage watches this way
    sys.settrace(trace)
    try:
        judged(content)
    finally:
        sys.settrace(before)
    return count


LONG = [
    *"a .-/@{[%#<(*:1\u200b\u200d😀",
    *("a.", "a-", "reply ", "stop ", "{{", "[a", "http://", "x@", " \n", "%a", "#A_"),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", LONG)
def test_long_texts_are_judged_at_once(piece):
    """No pattern of a rule goes back over the text: 50,000 characters of anything are judged in a second or two."""
    assert CRASH not in judged(piece * (50_000 // len(piece)))
