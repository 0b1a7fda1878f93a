"""JSON goes back as it came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import lossless_json

NUMBERS = [
    "1.50",
    "1E400",
    "-0.0",
    "0.1",
    "1e3",
    "100000000000000000000000",
    "0.10000000000000000001",
    "-1.5E-7",
]
LEAVES = st.sampled_from(NUMBERS) | st.integers().map(str) | st.text().map(json.dumps)
LEAVES |= st.sampled_from(["true", "false", "null"])
TEXTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(st.text(max_size=3), inner, max_size=4).map(
            lambda pairs: "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in pairs.items()) + "}"
        )
    ),
    max_leaves=12,
)


@given(TEXTS)
def test_what_is_read_is_written_again(text):
    """Every compact JSON text means the same after a round trip, and its numbers are spelt the same."""
    written = lossless_json.dumps(lossless_json.loads(text.encode())).decode()
    spelt = {"parse_float": str, "parse_int": str}
    assert json.loads(written, **spelt) == json.loads(text, **spelt)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_keeps_its_spelling(number):
    """Also inside lists and objects, where the slow path writes all that is around it."""
    text = f'{{"a":[{number},[],{{}},"x",null],"b":{{"ü":{number}}}}}'.encode()
    assert lossless_json.dumps(lossless_json.loads(text)) == text


def test_a_number_is_a_float_to_everybody_else():
    """Comparing and calculating do not notice."""
    value = lossless_json.loads(b"1.50")
    assert isinstance(value, float)
    assert value == 1.5
    assert hash(value) == hash(1.5)


def test_tuples_are_lists():
    """A set of events, held as a tuple, is a JSON list on both paths."""
    assert lossless_json.dumps({"events": ("a", "b")}) == b'{"events":["a","b"]}'
    assert (
        lossless_json.dumps({"events": ("a",), "n": lossless_json.ExactFloat("1.0e0")})
        == b'{"events":["a"],"n":1.0e0}'
    )


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b"-Infinity", b"", b"\xff", b"{", b"[" * 100_000])
def test_what_is_not_json_is_refused(content):
    """Python's own extensions, and what would overflow the stack, are a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        lossless_json.loads(content)


def test_a_float_that_json_has_not_is_refused():
    """NaN made here is not sent."""
    with pytest.raises(ValueError, match=r"."):
        lossless_json.dumps({"a": float("nan")})


def test_a_lone_surrogate_goes_back_as_an_escape():
    """It has no UTF-8 form, and was an escape when it came."""
    assert lossless_json.dumps(lossless_json.loads(b'"\\ud800x \xc3\xbc"')) == b'"\\ud800x \xc3\xbc"'


@pytest.mark.parametrize("depth", [1, 150, 5_000])
def test_what_is_nested_too_deeply_is_refused_before_anything_walks_it(depth):
    """What is read can be written in every form; what could not is a ValueError."""
    text = b"[" * depth + b'{"a":1.50}' + b"]" * depth
    try:
        value = lossless_json.loads(text)
    except ValueError:
        assert depth > lossless_json.DEPTH
        return
    assert depth < lossless_json.DEPTH
    assert lossless_json.dumps(value) == text
    assert (
        json.loads(lossless_json.shown(value)) == json.loads(lossless_json.inline(value)) == json.loads(text)
    )


@given(TEXTS)
def test_what_is_shown_is_what_was_read(text):
    """In lines, and on one: the same value, its numbers spelt the same."""
    value = lossless_json.loads(text)
    for said in (lossless_json.shown(value), lossless_json.inline(value)):
        spelt = {"parse_float": str, "parse_int": str}
        assert json.loads(said, **spelt) == json.loads(text, **spelt)


def test_lines_are_as_of_old():
    """As Python indents by two."""
    value = {"a": [], "b": {}, "c": [1, {"d": None}], "e": "é", "f": True, "g": 1.5, "h": ("x",)}
    assert lossless_json.shown(value) == json.dumps(value, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\u202e", "\\u202e"),
        ("\x9b31m", "\\u009b31m"),
        ("\U000e0041", "\\udb40\\udc41"),
        ("\ud800", "\\ud800"),
        ("\u2028", "\\u2028"),
        ("##[group]", "##\\u005bgroup]"),
        ("##vso[x]", "##vso\\u005bx]"),
        ("é 中文 😀 #[ [", "é 中文 😀 #[ ["),
        ("\x1b\n\x7f", "\\u001b\\n\\u007f"),
    ],
)
def test_what_could_act_or_hide_is_escaped(text, said):
    """A terminal, a runner's log and a reader of the file get JSON's own escapes, and so exactly the same text."""
    assert lossless_json.shown([text]) == f'[\n  "{said}"\n]\n'
    assert json.loads(lossless_json.shown([text])) == [text]
