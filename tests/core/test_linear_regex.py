"""Patterns in linear time: what ``re`` matches, without a way to make it hang."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.linear_regex import NotLinear, compile_linear

PATTERNS = [
    r"^[0-9]{5,6}$", r"^\+1[2-9]\d{2}[2-9]\d{6}$", r"^(1+)+$", r"a|b|^$", r"(?:ab|a)*b?", r"a*?b{2,}", r"[^a-c]x", ".",
    r"\w+\s\w", "", r"(a|)*b", r"((a{2}){3})?", "a$b?", r"\Aab\Z", r"[\d_]+", r"(ab){0,2}", r"[^\D5]", "((1*)*)*x?",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text("ab1 +_c5x9é١\n", max_size=12))
def test_it_matches_what_re_matches(pattern, text):
    """For any text the whole of it matches here where it does by Python's own engine."""
    assert compile_linear(pattern).fullmatch(text) == (re.fullmatch(pattern, text, re.ASCII) is not None)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "pattern", [r"^(1+)+$", r"^(1|1)*$", r"^((1*)*)*$", r"^1*1*1*1*1*1*1*1*$", r"(1?){30}1{30}"]
)
def test_no_text_makes_it_hang(pattern):
    """Thousands of digits and a letter are refused at once by patterns that cost Python's engine hours."""
    assert not compile_linear(pattern).fullmatch("1" * 5_000 + "x")


@pytest.mark.parametrize(
    ("pattern", "word"),
    [(r"(a)\1", "reference"), ("(?=a)b", "look"), ("(?<!a)b", "look"), ("(?i)a", "flag"), (r"\ba", "boundary"),
     ("(a{99}){99}", "5,000"), ("(?>a)", "atomic"), ("a++", "possessive"), ("(?i:a)", "flag"),
     ("(a)?(?(1)b)", "condition")],
)  # fmt: skip
def test_what_cannot_be_linear_is_refused_in_words(pattern, word):
    """The error names what stands in the way."""
    with pytest.raises(NotLinear, match=word):
        compile_linear(pattern)
