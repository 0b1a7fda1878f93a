"""RFC 8785, for what we hash."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.canonical import canonical, sha256

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=20,
)


@settings(deadline=None, max_examples=200)
@given(_JSON)
def test_agrees_with_an_independent_implementation(value) -> None:
    """Any JSON value that may be hashed has the form that the package of Trail of Bits gives it."""
    assert canonical(value) == rfc8785.dumps(value)


def test_keys_are_sorted_by_utf16_code_units() -> None:
    """The RFC's own example (section 3.2.3): an emoji, beyond U+FFFF, sorts before U+FB33."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    expected = ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    form = canonical(dict.fromkeys(keys)).decode()
    assert form == "{" + ",".join(f'"{key}":null' for key in expected) + "}"


def test_the_private_use_area_sorts_after_astral_characters() -> None:
    """U+E000 is above every surrogate, so it comes after U+10FFFF, where Python's own order puts it before."""
    assert canonical({"\ue000": 1, "\U0010ffff": 2}) == '{"\U0010ffff":2,"\ue000":1}'.encode()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('\u20ac$\u000f\nA\'B"\\\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\b\t\n\f\r", r'"\b\t\n\f\r"'),
        ("\x00\x1f", r'"\u0000\u001f"'),
        ("\x7f\u2028\u2029</script>", '"\x7f\u2028\u2029</script>"'),
        ("e\u0301", '"e\u0301"'),
    ],
)
def test_escapes_only_what_the_rfc_escapes(text, form) -> None:
    """Section 3.2.2.2: short escapes, lower-case hex, no escaped slash, no normalisation."""
    assert canonical(text) == form.encode()


@pytest.mark.parametrize("number", [0, -0, 1, -1, 2**53 - 1, -(2**53 - 1)])
def test_integers_up_to_the_exact_limit_are_written_plainly(number) -> None:
    """Every integer that a double holds exactly keeps all its digits."""
    assert canonical([number]) == f"[{number}]".encode()


@pytest.mark.parametrize("value", [True, False, None])
def test_literals_are_not_numbers(value) -> None:
    """True is not 1: booleans and null have their own words."""
    assert canonical([value, 1]) == f"[{ {True: 'true', False: 'false', None: 'null'}[value] },1]".encode()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        0.1,
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        "\ud800",
        ["\udfff"],
        {"\ud83d": 1},
        {"a": {"b": ["\udc00"]}},
        {1: "a"},
        {None: "a"},
        {"a": b"bytes"},
        {1, 2},
        object,
    ],
    ids=repr,
)
def test_refuses_what_has_no_canonical_form_here(value) -> None:
    """Floats, integers that are not exact, lone surrogates and what is no JSON are ValueErrors, nothing else."""
    with pytest.raises(ValueError):
        canonical(value)


def test_refuses_what_is_nested_too_deeply() -> None:
    """A hostile depth is a ValueError and no RecursionError."""
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="deep"):
        canonical(value)


def test_a_tuple_reads_as_an_array() -> None:
    """A set of our own, a sorted tuple, has the form of its JSON array."""
    assert canonical({"events": ("a", "b")}) == b'{"events":["a","b"]}'


def test_the_digest_is_sha256_over_the_form() -> None:
    """``sha256:`` and the hex of SHA-256 over the UTF-8 form, independent of the keys' order."""
    form = '{"a":"\u00e4","b":[1,true,null]}'.encode()
    expected = "sha256:" + hashlib.sha256(form).hexdigest()
    assert sha256({"b": [1, True, None], "a": "\u00e4"}) == expected
    assert sha256({"a": "\u00e4", "b": [1, True, None]}) == expected
