"""The word that a misspelt one was meant to be."""

from __future__ import annotations

import pytest

from reconciler.core.suggest import nearest


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("aproved", ("REJECTED", "APPROVED"), "APPROVED"),
        ("CX13", ("CX103", "CX130"), "CX130"),
        ("zzz", ("APPROVED",), None),
        ("", ("APPROVED",), None),
        ("approved", (), None),
    ],
)
def test_the_nearest_is_found_in_any_case_of_letters(word, known, meant):
    """The nearest known word comes back as it is spelt, in whatever order they stand; far ones give nothing."""
    assert nearest(word, known) == nearest(word, reversed(known)) == meant


def test_the_cutoff_says_how_near_is_near():
    """At 0 anything is near enough, at 1 only the same letters."""
    assert nearest("zzz", ("APPROVED",), cutoff=0) == "APPROVED"
    assert nearest("aproved", ("APPROVED",), cutoff=1) is None
    assert nearest("approved", ("APPROVED",), cutoff=1) == "APPROVED"


def test_only_the_beginning_of_a_long_word_is_compared():
    """A pasted file is near nothing, and a long URL is still near another that goes on like it."""
    assert nearest("approved" * 100_000, ("APPROVED", "REJECTED")) is None
    url = "https://hooks.example.com/" + "a" * 300
    assert nearest(f"{url}b", (url,)) == url
