"""JSON goes back as it came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cxone import wire

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
    written = wire.dumps(wire.loads(text.encode())).decode()
    spelt = {"parse_float": str, "parse_int": str}
    assert json.loads(written, **spelt) == json.loads(text, **spelt)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_keeps_its_spelling(number):
    """Also inside lists and objects, where the slow path writes all that is around it."""
    text = f'{{"a":[{number},[],{{}},"x",null],"b":{{"ü":{number}}}}}'.encode()
    assert wire.dumps(wire.loads(text)) == text


def test_a_number_is_a_float_to_everybody_else():
    """Comparing and calculating do not notice."""
    value = wire.loads(b"1.50")
    assert isinstance(value, float)
    assert value == 1.5
    assert hash(value) == hash(1.5)


def test_tuples_are_lists():
    """A set of events, held as a tuple, is a JSON list on both paths."""
    assert wire.dumps({"events": ("a", "b")}) == b'{"events":["a","b"]}'
    assert wire.dumps({"events": ("a",), "n": wire.ExactFloat("1.0e0")}) == b'{"events":["a"],"n":1.0e0}'


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b"-Infinity", b"", b"\xff", b"{", b"[" * 100_000])
def test_what_is_not_json_is_refused(content):
    """Python's own extensions, and what would overflow the stack, are a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        wire.loads(content)


def test_a_float_that_json_has_not_is_refused():
    """NaN made here is not sent."""
    with pytest.raises(ValueError, match=r"."):
        wire.dumps({"a": float("nan")})


def test_a_lone_surrogate_goes_back_as_an_escape():
    """It has no UTF-8 form, and was an escape when it came."""
    assert wire.dumps(wire.loads(b'"\\ud800x \xc3\xbc"')) == b'"\\ud800x \xc3\xbc"'
