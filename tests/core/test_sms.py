"""SMS measuring: agreed cases, and a slow reference that shares no code or table with the fast one."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.sms import (
    BASIC,
    EXTENSION,
    Measure,
    as_gsm,
    gsm_replacement,
    measure,
    non_gsm,
    placeholders,
    worst_case,
)

VECTORS = json.loads(Path(__file__).with_name("sms_vectors.json").read_text(encoding="utf-8"))["vectors"]

# 3GPP TS 23.038 section 6.2.1 by code point, row by row; 0x1B, the escape, is no character.
ROWS = [
    [0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5],
    [0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF, 0xC9],
    [0x20, 0x21, 0x22, 0x23, 0xA4, *range(0x25, 0x40)],
    [0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7],
    [0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0],
]
ONE_SEPTET = {point for row in ROWS for point in row}
TWO_SEPTETS = {0x0C, 0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC}

CHARSETS = {"gsm7-basic": "a@", "gsm7": "a€", "bmp": "a€中", "unicode": "a€中😀"}


def slow_measure(text: str) -> tuple[str, int, int]:
    """The cost, character by character, putting each into the current part or a new one."""
    points = [ord(char) for char in text]
    if all(point in ONE_SEPTET | TWO_SEPTETS for point in points):
        encoding, sizes, single, part = "gsm-7", [1 if p in ONE_SEPTET else 2 for p in points], 160, 153
    else:
        encoding, sizes, single, part = "ucs-2", [1 if p < 0x10000 else 2 for p in points], 70, 67
    if sum(sizes) <= single:
        return encoding, sum(sizes), 1
    parts = [0]
    for size in sizes:
        if parts[-1] + size > part:
            parts.append(0)
        parts[-1] += size
    return encoding, sum(sizes), len(parts)


def as_tuple(measured: Measure) -> tuple[str, int, int]:
    return measured.encoding, measured.units, measured.segments


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_agreed_vectors(vector):
    """The cases on which five independent implementations agree come out the same."""
    expected = (vector["encoding"], vector["units"], vector["segments"])
    assert as_tuple(measure(vector["text"])) == expected


def test_tables_are_the_standard_s():
    """The alphabet is that of the standard, character for character."""
    assert [ord(char) for char in BASIC] == [point for row in ROWS for point in row]
    assert {ord(char) for char in EXTENSION} == TWO_SEPTETS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("gsm-7", 0, 1)),
        ("a" * 152 + "€" + "a" * 152, ("gsm-7", 306, 3)),
        ("€" * 153, ("gsm-7", 306, 3)),
        ("€" * 152, ("gsm-7", 304, 2)),
        ("中" * 70, ("ucs-2", 70, 1)),
        ("中" * 71, ("ucs-2", 71, 2)),
        ("中" * 134, ("ucs-2", 134, 2)),
        ("中" * 135, ("ucs-2", 135, 3)),
        ("😀" * 35, ("ucs-2", 70, 1)),
        ("😀" * 67, ("ucs-2", 134, 3)),
        ("中" * 66 + "😀" * 34, ("ucs-2", 134, 3)),
        ("`", ("ucs-2", 1, 1)),
        ("\t", ("ucs-2", 1, 1)),
        ("ç", ("ucs-2", 1, 1)),
        ("\x1b", ("ucs-2", 1, 1)),
        ("e\u0301", ("ucs-2", 2, 1)),
    ],
)
def test_pairs_and_limits(text, expected):
    """Limits hold to the unit, pairs are never split, and look-alikes of GSM-7 are outside it."""
    assert as_tuple(measure(text)) == expected


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from("a@\n€{^中é`😀x"), st.integers(min_value=1, max_value=90)), max_size=8
    ).map(lambda runs: "".join(char * count for char, count in runs))
)
def test_measure_of_long_texts(text):
    """Texts of many segments cost what packing them character by character costs."""
    assert as_tuple(measure(text)) == slow_measure(text)


@settings(max_examples=200)
@given(st.text(st.sampled_from(BASIC + EXTENSION), max_size=400))
def test_measure_of_gsm_texts(text):
    """Any GSM-7 text costs what packing it character by character costs."""
    assert as_tuple(measure(text)) == slow_measure(text)


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_measure_of_any_text(text):
    """Any text at all costs what packing it character by character costs, and the odd ones out are found."""
    assert as_tuple(measure(text)) == slow_measure(text)
    assert non_gsm(text) == tuple(
        i for i, char in enumerate(text) if ord(char) not in ONE_SEPTET | TWO_SEPTETS
    )


def fillings(charset: str, longest: int) -> list[str]:
    """Every value within a budget, over an alphabet that has each width the charset allows."""
    return [
        "".join(chars)
        for length in range(longest + 1)
        for chars in itertools.product(CHARSETS[charset], repeat=length)
    ]


@settings(max_examples=60, deadline=None)
@given(
    lead=st.tuples(
        st.sampled_from("a€中"), st.sampled_from([0, 1, 64, 66, 68, 69, 75, 150, 151, 155, 158, 303])
    ),
    tail=st.sampled_from(["", "€", "{{b}}", "{{a}}", "😀", "b" * 151]),
    first=st.tuples(st.sampled_from(sorted(CHARSETS)), st.integers(0, 2)),
    second=st.tuples(st.sampled_from(sorted(CHARSETS)), st.integers(0, 2)),
)
def test_worst_case_is_the_worst(lead, tail, first, second):
    """No value within the budgets costs more than the worst case, and one costs as much."""
    content = lead[0] * lead[1] + "{{a}}" + tail
    budgets = {
        name: {"charset": charset, "max_length": length}
        for name, (charset, length) in {"a": first, "b": second}.items()
    }
    costs = [
        slow_measure(re.sub(r"\{\{(.)\}\}", lambda match, v={"a": a, "b": b}: v[match[1]], content))
        for a in fillings(*first)
        for b in (fillings(*second) if "{{b}}" in content else [""])
    ]
    worst = max(costs, key=lambda cost: (cost[0] == "ucs-2", cost[1]))
    assert as_tuple(worst_case(content, budgets)) == worst
    assert worst[2] == max(cost[2] for cost in costs)


@pytest.mark.parametrize(
    ("content", "variables", "expected"),
    [
        ("{{ name }}", {}, ("gsm-7", 14, 1)),
        ("{{name}}", {"other": {"max_length": 9}}, ("gsm-7", 12, 1)),
        ("{{name}}", {"name": {"max_length": 9}}, ("gsm-7", 9, 1)),
        ("{{ name\t}}", {"name": {"max_length": 9, "charset": "gsm7"}}, ("gsm-7", 18, 1)),
        ("中{{name}}", {"name": {"max_length": 9, "charset": "gsm7"}}, ("ucs-2", 10, 1)),
        ("{{name}}", {"name": {"max_length": 9, "charset": "bmp"}}, ("ucs-2", 9, 1)),
        ("{{name}}", {"name": {"max_length": 9, "charset": "unicode"}}, ("ucs-2", 18, 1)),
        ("{{name}}", {"name": {"max_length": 0, "charset": "unicode"}}, ("gsm-7", 0, 1)),
        ("{{a}} {{a}}", {"a": {"max_length": 80}}, ("gsm-7", 161, 2)),
        ("{{a}}", {"a": {"max_length": 80, "charset": "gsm7"}}, ("gsm-7", 160, 1)),
        ("{{a}}", {"a": {"max_length": 153, "charset": "gsm7"}}, ("gsm-7", 306, 3)),
        ("{{{a}}}", {"a": {"max_length": 80}}, ("gsm-7", 13, 1)),
        ("{{a}}", {"a": "no budget"}, ("gsm-7", 9, 1)),
    ],
)
def test_worst_case(content, variables, expected):
    """A budget replaces its placeholder; one without a budget, or malformed, counts as written."""
    assert as_tuple(worst_case(content, variables)) == expected


def test_an_absurd_budget_costs_little():
    """A budget beyond any message does not fill the memory, and still comes out far beyond any limit."""
    assert worst_case("{{a}}", {"a": {"max_length": 10**12}}).segments == math.ceil(40_000 / 153)


def test_placeholders():
    """Names come in order with repeats, and malformed braces are none."""
    assert placeholders("{{b}} {{ a }} {{b}} {{1}} {{{c}}} {d} {{é}}") == ("b", "a", "b")
    assert placeholders("none") == ()


@pytest.mark.parametrize(
    ("char", "expected"),
    [
        ("“", '"'), ("’", "'"), ("–", "-"), ("…", "..."), ("\u00a0", " "), ("ç", "c"), ("á", "a"), ("™",
        "TM"),
        ("½", "1/2"), ("Å", "Å"), ("Ａ", "A"), ("ł", "l"), ("œ", "oe"), ("\u200b", ""),
        ("\u2126", "Ω"), ("\u0301", ""), ("\x07", ""), ("\t", " "), ("`", "'"), ("😀", None), ("中", None),
        ("А", None),
    ],
)  # fmt: skip
def test_gsm_replacement(char, expected):
    """What GSM-7 has instead of a character; a letter of another script is left to its author."""
    assert gsm_replacement(char) == expected


def test_as_gsm():
    """A text is composed and plain wherever that can be done."""
    assert as_gsm("“Cafe\u0301” – 中…") == '"Café" - 中...'


@settings(max_examples=150)
@given(st.text(max_size=40))
def test_replacements_are_gsm(text):
    """What is offered as a replacement is itself within GSM-7."""
    assert all(non_gsm(gsm_replacement(char) or "") == () for char in text)
