"""Values are found again in their file, to the code point."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.desired.positions import Location, index_of, locate, place, span_of
from reconciler.desired.yaml_reader import read

FILE = """\
# a comment first
apiVersion: reconciler/v1
id: one
a2p:
  campaign_name: x
  list: [a, "b", {c: d}]
waivers:
  - {rule: CX1, reason: r}
  - rule: CX2
    reason: "s"
---
---
id: two
content: "🎉 ñ {{date}}"
last:
"""


@pytest.mark.parametrize(
    ("index", "path", "value", "key"),
    [
        (0, (), (2, 1), (2, 1)),
        (0, ("apiVersion",), (2, 13), (2, 1)),
        (0, ("id",), (3, 5), (3, 1)),
        (0, ("a2p",), (5, 3), (4, 1)),
        (0, ("a2p", "campaign_name"), (5, 18), (5, 3)),
        (0, ("a2p", "list"), (6, 9), (6, 3)),
        (0, ("a2p", "list", 0), (6, 10), (6, 10)),
        (0, ("a2p", "list", 1), (6, 13), (6, 13)),
        (0, ("a2p", "list", 2), (6, 18), (6, 18)),
        (0, ("a2p", "list", 2, "c"), (6, 22), (6, 19)),
        (0, ("waivers", 0), (8, 5), (8, 5)),
        (0, ("waivers", 0, "reason"), (8, 25), (8, 17)),
        (0, ("waivers", 1), (9, 5), (9, 5)),
        (0, ("waivers", 1, "reason"), (10, 13), (10, 5)),
        (2, ("id",), (13, 5), (13, 1)),
        (2, ("content",), (14, 10), (14, 1)),
        (2, ("last",), (15, 6), (15, 1)),
    ],
)
def test_every_value_and_key_has_its_place(index, path, value, key):
    """Block and flow collections, several documents: line and column of value and key are exact."""
    assert locate(FILE, index, path) == Location(line=value[0], column=value[1])
    assert locate(FILE, index, path, key=True) == Location(line=key[0], column=key[1])


@pytest.mark.parametrize(
    ("index", "path", "where"),
    [
        (0, ("missing",), (2, 1)),
        (0, ("a2p", "missing"), (5, 3)),
        (0, ("waivers", 7, "rule"), (8, 3)),
        (1, ("id",), (12, 1)),
        (9, ("id",), (1, 1)),
        (-1, (), (1, 1)),
    ],
)
def test_what_is_not_there_leads_to_the_nearest_that_is(index, path, where):
    """A path that no file has ends at its nearest ancestor, or at the beginning of the file."""
    assert locate(FILE, index, path) == Location(line=where[0], column=where[1])


VALUES = [
    'c: "a\\tb\\u00e9c\\x41d\\U0001F389e\\"f\\\\g"',
    "c: 'it''s a ''test'''",
    "c: plain text with 'quotes' and \"more\"",
    "c: |-\n  one\n  two x\n\n  four",
    "c: |\n\n    indented\n      more\n    end\n",
    "c: |+\n  keep\n\n\nd: e",
    "c: |2-\n    two blanks stay\n  here",
    "c: >-\n  one word\n  two words\n\n  three  words",
    "c: two\n  lines of\n\n  plain text",
    'c: "two\n  lines   \n\n\n  quoted"',
    "c: 'two\n  lines'",
    'c: "a \\\n  b\\\n  c"',
    "c: 🎉 party 🎉 time",
    'c: "🎉 party"',
    "c: |-\r\n  one\r\n  two\r\nd: e",
    'c: "one\r\n  two"',
    "c: &anchor anchored",
    'c: !!str "tagged"',
    "c: &a !!str |-\n  block",
    "c: {d: in a flow, e: f}",
    "c:\n  below",
]


@pytest.mark.parametrize("text", VALUES)
def test_a_code_point_of_a_value_is_found_in_the_source(text):
    """Every letter or digit of a value is found where it was written, whatever the style."""
    (document,) = read(text, "a", float).documents
    path, value = ("c",), document.body["c"]
    if isinstance(value, dict):
        path, value = ("c", "d"), value["d"]
    escaped = {"é": "\\", "A": "\\", "🎉": "\\"} if "\\u00e9" in text else {}
    last = -1
    for offset, character in enumerate(value):
        at = index_of(text, 0, path, offset)
        assert at >= last
        if character.isalnum() or character == "🎉":
            assert text[at] == escaped.get(character, character), (offset, character)
            assert at > last
        last = at


@pytest.mark.parametrize("text", VALUES)
def test_an_offset_behind_the_value_is_its_end(text):
    """An offset that is too large stays within the value's own lines."""
    at = index_of(text, 0, ("c",), 10_000)
    span = span_of(text, 0, ("c",))
    assert span.start <= at <= span.end


def test_escapes_and_folds_have_the_place_where_they_begin():
    """An escape is one place; a fold is the place of the line break's blank space."""
    text = 'c: "a\\u00e9b\n\n  c"'
    assert [index_of(text, 0, ("c",), offset) for offset in range(4)] == [4, 5, 11, 12]
    assert [place(text, index_of(text, 0, ("c",), offset)).line for offset in range(5)] == [1, 1, 1, 1, 3]


def test_a_line_separator_in_quotes_is_kept_and_counted():
    """U+2028 is a break that folding does not lose: offsets behind it stay right."""
    text = 'c: "a\u2028b c"'
    (document,) = read(text, "a", float).documents
    value = document.body["c"]
    assert text[index_of(text, 0, ("c",), value.index("b"))] == "b"
    assert place(text, index_of(text, 0, ("c",), value.index("c"))).line == 1


def test_lines_end_with_line_feeds_and_columns_count_code_points():
    """An emoji is one column, a carriage return ends no line."""
    text = "🎉é\r\nab\n"
    assert place(text, 0) == Location(line=1, column=1)
    assert place(text, 2) == Location(line=1, column=3)
    assert place(text, 4) == Location(line=2, column=1)
    assert place(text, len(text)) == Location(line=3, column=1)


def test_what_stands_before_a_syntax_error_has_its_place():
    """A file that breaks off is located up to there."""
    text = 'id: a\nname: b\n---\nid: "c\n'
    assert locate(text, 0, ("name",)) == Location(line=2, column=7)


@pytest.mark.parametrize("text", ["a: {{b}}", "a: " + "[" * 100, "? [x]\n: y"])
def test_what_the_reader_gives_up_is_given_up_here_too(text):
    """Odd keys and deep nesting end the search without an error."""
    assert locate(text, 0, ("a", 0, 0)).line == 1


def test_an_alias_is_the_place_of_what_is_behind_it():
    """A finding in a repeated block stands at the alias."""
    text = "a: &x {b: c}\nd: *x\n"
    assert locate(text, 0, ("d", "b")) == Location(line=2, column=4)


def test_the_first_of_two_equal_keys_is_the_one_found():
    """As in the reader, the first counts."""
    assert locate("a: 1\nb: 2\na: 3\n", 0, ("a",), key=True) == Location(line=1, column=1)


_WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=6), min_size=1, max_size=8)


@given(_WORDS, st.sampled_from(["", "'", '"']), st.data())
def test_any_wrapping_of_a_flow_text_is_followed(words, quote, data):
    """However the words of a plain or quoted text are spread over lines, each is found."""
    gaps = [data.draw(st.sampled_from([" ", "  ", "\n  ", "\n\n  ", " \n \n   "])) for _ in words[1:]]
    source = words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=True))
    _each_letter_is_found(f"c: {quote}{source}{quote}\nd: e\n")


@given(_WORDS, st.sampled_from(["|", "|-", "|+", ">", ">-", ">+"]), st.data())
def test_any_wrapping_of_a_block_text_is_followed(words, style, data):
    """However the words of a block are spread over lines and indented, each is found."""
    gaps = [
        data.draw(st.sampled_from([" ", "  ", "\n  ", "\n\n  ", "\n\n\n  ", "\n    "])) for _ in words[1:]
    ]
    source = words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=True))
    _each_letter_is_found(f"c: {style}\n  {source}\nd: e\n")


def _each_letter_is_found(text: str) -> None:
    documents = read(text, "a", float).documents
    assume(documents)
    value = documents[0].body["c"]
    found = [index_of(text, 0, ("c",), offset) for offset, each in enumerate(value) if each.isalpha()]
    assert [text[at] for at in found] == [each for each in value if each.isalpha()]
    assert found == sorted(set(found))
