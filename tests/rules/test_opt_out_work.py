"""The opt-out rules' work grows with the length of the text alone, and no text crashes them."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.rules._revocation import _judge_footer, judge
from reconciler.rules._revocation.elsewhere import LANGUAGES
from reconciler.rules._revocation.folding import composed
from reconciler.rules._revocation.words import JOINED, ROLES

PIECES = [
    "reply : ", "text with the word ", "stop to go ", "not reply ", "reply help or ", "to end, ", "stop ", "stop=",
    "a.", "reply just ", "stop , ", "to the ", "you cannot ", "opt-", "unsubscribe from ", "stop to not ", "(((", "= ",
    "\0", "st\u200b", "e\u0301", "a@", "a-a.", "{{", "https://", "回复", "stop退订 ", "stop to the this ", "if you ",
    "no ", "reply stop or ", "responda ", "para ", "수신 ", "أرسل ", "huwag ", "1-", "2 ", "\n", "en cualquier ",
    "don't ",
]  # fmt: skip


def forget() -> None:
    """Makes the next judgement a fresh one."""
    judge.cache_clear()
    _judge_footer.cache_clear()


def calls(text: str) -> int:
    """How many calls, of Python's and of C functions, it takes to judge a text."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    forget()
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        judge(text)
    finally:
        sys.setprofile(before)
    return count


def seconds(text: str) -> float:
    """The least processor time of three judgements."""
    taken = []
    for _ in range(3):
        forget()
        begun = time.process_time()
        judge(text)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_length(piece):
    """Eight times the text is at most about eight times the calls; the least of it is counted without a clock."""
    judge(piece * 10)
    short, long = calls(piece * 100), calls(piece * 800)
    assert long <= 9 * short + 200


@pytest.mark.parametrize("piece", PIECES)
def test_patterns_do_not_run_away(piece):
    """What happens inside a pattern is no call: 16 times the text takes far less than the 256 times of a square."""
    judge(piece * 10)
    assert seconds(piece * 2000) <= 64 * seconds(piece * 125) + 0.02


WORDS = sorted({*ROLES, *JOINED, *(word for one in LANGUAGES.values() for word in one.asks.split("|"))})
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.one_of(st.sampled_from(WORDS), st.sampled_from(PIECES), st.text(max_size=3)), max_size=25
    ).map(" ".join),
    st.lists(st.one_of(st.sampled_from(WORDS), st.characters()), max_size=25).map("".join),
)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_no_text_crashes_and_none_takes_more_than_its_length(text):
    """Whatever the text: a judgement, the same for capitals or not, and in work that grows with the length."""
    judged = judge(text)
    assert all(0 <= start <= len(text) for _, start in judged.misused)
    short, long = calls(f"{text} " * 16), calls(f"{text} " * 128)
    assert long <= 9 * short + 400


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4).map(". ".join))
def test_a_footer_is_judged_as_in_the_whole_text(text):
    """That only the end of a text is read, from the sentence of the first revocation word on, changes no judgement."""
    text = composed(text)
    assert judge(text) == _judge_footer(text, 0)
