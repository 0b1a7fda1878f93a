"""Reading YAML: what is text, which traps are findings, and what no file can do to the reader."""

from __future__ import annotations

from itertools import count

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model import Severity
from reconciler.desired import yaml_events
from reconciler.desired.discovery import MAX_BYTES, Unreadable, text_of
from reconciler.desired.positions import locate, place
from reconciler.desired.yaml_reader import MAX_DEPTH, read
from reconciler.rules.codes import CODES


def reading(text: str):
    return read(text, "a.yaml", lambda: 0.0)


def bodies(text: str):
    found = reading(text)
    assert found.notes == ()
    return [document.body for document in found.documents]


def told(text: str):
    """(code, line, column) of each note."""
    return [
        (note.problem.code, place(text, note.at).line, place(text, note.at).column)
        for note in reading(text).notes
    ]


def message(text: str) -> str:
    (note,) = reading(text).notes
    return note.problem.message


def test_a_word_that_many_documents_have_is_held_once() -> None:
    """Key and value, quoted or not: ten thousand templates of a campaign do not hold its words ten thousand times."""
    first, second = bodies("campaign: Reminders\nby: 'the desk'\n---\ncampaign: Reminders\nby: the desk\n")
    assert [*map(id, first), *map(id, first.values())] == [*map(id, second), *map(id, second.values())]


def test_a_block_that_many_documents_have_is_held_once() -> None:
    """What is alike to Python alone stays what it is: 1 and true, and keys in another order."""
    first, same, true, swapped = (
        body["b"]
        for body in bodies(
            "b: {x: 1, y: {z: [0]}}\n---\nb: {x: 1, y: {z: [0]}}\n---\nb: {x: true, y: {z: [0]}}\n---\n"
            "b: {y: {z: [0]}, x: 1}\n"
        )
    )
    assert same is first
    assert true["x"] is True
    assert [*swapped] == ["y", "x"]


def test_a_block_that_is_not_kept_is_not_held_once() -> None:
    """The second value of a key does not take the place of the first, and a list has no keys."""
    (document,) = reading("a: {x: 2}\nb: {x: 1}\nb: {x: 2}\n").documents
    assert document.body == {"a": {"x": 2}, "b": {"x": 1}}
    assert told("- {a: 1}\n- {a: 1}\n") == [("CX004", 1, 1)]
    (repeated,) = bodies("a: &block {x: 1}\nb: *block\nc: {x: 1}\n")
    assert repeated == {key: {"x": 1} for key in "abc"}


@pytest.fixture
def parser(request, monkeypatch):
    """The parser that a build of PyYAML with or without libyaml has."""
    if request.param == "python":
        monkeypatch.setattr(yaml_events, "_PARSER", yaml_events._PurePython)
    return request.param


both_parsers = pytest.mark.parametrize("parser", ["libyaml", "python"], indirect=True)


def test_libyaml_is_used_where_it_is_there():
    """The fast parser is the one in use on a build that has it."""
    assert yaml.__with_libyaml__
    assert yaml_events._PARSER is yaml.cyaml.CParser


@both_parsers
def test_nested_values_come_out_as_plain_python(parser):
    """Mappings, lists, text, integers and every quoting style come out as dict, list, str and int."""
    text = (
        "a: plain text\n"
        'b: "two \\u00e9 words"\n'
        "c: 'it''s'\n"
        "d: |-\n  one\n  two\n"
        "e: >-\n  one\n  two\n"
        "f: {max: 12, list: [x, 'y', -3]}\n"
        "g:\n  - h: i\n  - j\n"
        "k: !!str 12\n"
    )
    assert bodies(text) == [
        {
            "a": "plain text",
            "b": "two é words",
            "c": "it's",
            "d": "one\ntwo",
            "e": "one two",
            "f": {"max": 12, "list": ["x", "y", -3]},
            "g": [{"h": "i"}, "j"],
            "k": "12",
        }
    ]


@both_parsers
def test_documents_of_a_file_know_their_line_and_index(parser):
    """Each document carries where its first key stands and which it is; empty ones are passed over."""
    text = "# comment\nkind: A\nid: a\n---\n---\n# nothing\n---\n\nkind: B\n...\n---\nkind: C\n"
    found = reading(text)
    assert found.notes == ()
    assert [(each.kind, each.line, each.index) for each in found.documents] == [
        ("A", 2, 0),
        ("B", 9, 3),
        ("C", 12, 4),
    ]


def test_each_document_has_the_moment_at_which_its_loading_began():
    """`began` is read from the clock once a document, in their order."""
    ticks = count(10)
    found = read("kind: A\n---\nkind: B\n", "a.yaml", lambda: float(next(ticks)))
    assert [each.began for each in found.documents] == [10.0, 11.0]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n---\n", "\n\n---\n# x\n"])
def test_a_file_of_nothing_has_no_documents_and_no_finding(text):
    """Comments, blank lines and separators alone are no documents and no mistake."""
    assert bodies(text) == []


TYPE_TRAPS = {
    "from_address: 012345": ("CX007", 15),
    "from_address: 098765": ("CX007", 15),
    "from_address: 0x1F": ("CX007", 15),
    "from_address: 1_000": ("CX007", 15),
    "from_address: +12025550123": ("CX007", 15),
    "name: 12:30": ("CX007", 7),
    "name: 1.5": ("CX007", 7),
    "name: .inf": ("CX007", 7),
    "status: NO": ("CX007", 9),
    "status: on": ("CX007", 9),
    "status: Yes": ("CX007", 9),
    "status: TRUE": ("CX007", 9),
    "name: Null": ("CX007", 7),
    "name: 2027-01-31": ("CX007", 7),
    "name: 2027-01-31 10:00:00": ("CX007", 7),
    "id: 99999999999999999999": ("CX007", 5),
    **{f"from_address: {number}": ("CX007", 15) for number in ("1e3", "0o17", "+09", "1e-3", ".5e2", "-1E5")},
}


@pytest.mark.parametrize("text", TYPE_TRAPS)
def test_what_yaml_would_not_read_as_text_is_found(text):
    """Octal numbers, booleans, dates and the like without quotes are a CX007 at their place; the text is kept."""
    code, column = TYPE_TRAPS[text]
    assert told(text) == [(code, 1, column)]
    (document,) = reading(text).documents
    assert list(document.body.values()) == [text.partition(": ")[2]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-13-45", "`2026-13-45` is a date. Put"),
        ("0" + "7" * 60, "7…` is a number. Put"),
        ("0x1F", "`0x1F` is a number (31). Put"),
        ("12:30", "`12:30` is a number (750). Put"),
        ("Yes", "`Yes` is true or false (true). Put"),
        ("098765", "`098765` is a number. Put"),
        ("NULL", "`NULL` is nothing. Put"),
    ],
)
def test_the_value_is_shown_where_that_helps(text, words):
    """Days that are none and numbers too long to show are named without a value."""
    assert words in message(f"name: {text}")


def test_the_finding_says_what_yaml_makes_of_it():
    """The octal number is named, and the cure with it."""
    said = message("from_address: 012345")
    assert "5349" in said
    assert '"012345"' in said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("expires: 2027-01-31", "2027-01-31"),
        ('from_address: "012345"', "012345"),
        ("status: 'NO'", "NO"),
        ("name: Nobody", "Nobody"),
        ("name: no one", "no one"),
        ("name: =", "="),
        ("name: v1.5.2", "v1.5.2"),
        ("max: 12", 12),
        ("max: -3", -3),
        ("max: 0", 0),
        ("flag: true", True),
        ("flag: false", False),
        ("name: null", None),
        ("name: ~", None),
        ("name:", None),
    ],
)
def test_what_means_the_same_to_everyone_is_no_finding(text, value):
    """Quoted text, dates under `expires`, and JSON's own spellings are taken as they are."""
    assert list(bodies(text)[0].values()) == [value]


COMMENT_TRAPS = {
    "content: Order #1 shipped": ("CX008", 1, 16),
    "content: Order # 1": ("CX008", 1, 16),
    "content: #1 in town": ("CX008", 1, 10),
    "content: two\n  lines #1": ("CX008", 2, 9),
    "a2p: {campaign_name: Deal #1\n  , message_class: x}": ("CX008", 1, 27),
    "a2p:\n  campaign_name: Deal #1": ("CX008", 2, 23),
    "opt_out_phrases:\n- Salir #1": ("CX008", 2, 9),
    "waivers:\n- rule: CX103 # yes\n  reason: Case #1": ("CX008", 3, 16),
}


@both_parsers
@pytest.mark.parametrize("text", COMMENT_TRAPS)
def test_a_text_that_a_comment_cuts_is_found(text, parser):
    """Wherever any text may stand, however deep, a plain one before ` #` is a CX008 at the `#`."""
    assert told(text) == [COMMENT_TRAPS[text]]


def test_a_tab_before_the_comment_cuts_as_well():
    """libyaml takes a tab for a blank."""
    assert told("name: Order\t#1") == [("CX008", 1, 13)]


@pytest.mark.parametrize(
    "text",
    [
        'content: "Order #1 shipped"  # a comment',
        "content: Order#1 shipped",
        "status: APPROVED   # the default",
        "url: https://example.com/x   # its identity",
        "a2p: {name: x} # comment",
        "variables:\n  date: {max_length: 5, charset: bmp}  # a text of few words\n  x: {charset: bmp # said\n }",
        "content: text\n# a line of its own\nname: x",
        "content: |-  # after the indicator\n  text #1",
    ],
)
def test_a_comment_that_cuts_nothing_is_none(text):
    """Comments after quotes, after other keys and on their own line are comments."""
    assert told(text) == []


@pytest.mark.parametrize("indicator", ["|", ">", "|+", ">+", "|2"])
def test_a_block_that_ends_with_a_line_break_is_a_warning(indicator):
    """`|` and `>` keep a last line break: CX009, a warning that names the cure."""
    text = f"content: {indicator}\n  hello\n"
    (note,) = reading(text).notes
    assert (note.problem.code, note.problem.severity) == ("CX009", Severity.WARNING)
    assert f"{indicator[0]}-" in note.problem.message


@pytest.mark.parametrize(
    "text", ["content: |-\n  hello\n", "content: >-\n  hello\n", 'content: "hello\\n"\n']
)
def test_a_block_that_is_stripped_is_no_warning(text):
    """`|-`, `>-` and a line break written out in quotes say what they mean."""
    assert told(text) == []


@both_parsers
def test_a_duplicate_key_names_the_line_of_the_first(parser):
    """CX003 stands at the second key and names the first one's line; the first value counts."""
    text = "id: a\na2p:\n  x: 1\n  y: 2\n  x: 3\nid: b\n"
    assert told(text) == [("CX003", 5, 3), ("CX003", 6, 1)]
    said = [note.problem.message for note in reading(text).notes]
    assert "line 3" in said[0]
    assert "line 1" in said[1]
    assert reading(text).documents[0].body == {"id": "a", "a2p": {"x": 1, "y": 2}}


def test_a_duplicate_block_is_read_and_dropped():
    """The second of two blocks does not leak into the first; a duplicate in a list finds its line too."""
    text = "a: {b: 1}\na: {c: 2}\nl:\n  - x: 1\n  - y: 1\n    y: 2\n"
    found = reading(text)
    assert found.documents[0].body == {"a": {"b": 1}, "l": [{"x": 1}, {"y": 1}]}
    assert "line 5" in found.notes[1].problem.message


@both_parsers
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("base: &b {x: 1}\nother:\n  <<: *b\n", "CX010"),
        ("<<: {x: 1}\n", "CX010"),
        ("a: &a [*a]\n", "CX010"),
        ("a: &a {b: {c: *a}}\n", "CX010"),
        ("a: *nowhere\n", "CX002"),
        ("a: &x 1\n---\nb: *x\n", "CX002"),
        ("a: !!python/object/apply:os.system [ls]\n", "CX002"),
        ("a: !custom x\n", "CX002"),
        ("a: !!binary aGk=\n", "CX002"),
        ("a: !!map {}\n", "CX002"),
        ("&a b: c\n", "CX002"),
        ("!!str b: c\n", "CX002"),
        ("content: {{name}}\n", "CX002"),
        ("? [a, b]\n: c\n", "CX002"),
        ("a: &x 1\n*x : 2\n", "CX002"),
    ],
)
def test_what_no_template_needs_is_refused_and_the_document_dropped(text, code, parser):
    """Merge keys, endless and unknown aliases, tags and keys that are no text drop their document."""
    found = reading(text)
    assert code in {note.problem.code for note in found.notes}
    assert all(note.problem.severity == Severity.ERROR for note in found.notes)
    dropped = found.notes[0].document
    assert dropped not in {document.index for document in found.documents}


def test_a_quoted_merge_sign_is_a_key_like_any_other():
    """Only a bare `<<` merges."""
    assert bodies("'<<': x\n") == [{"<<": "x"}]


def test_an_alias_that_repeats_a_text_or_block_is_followed():
    """A small alias is a convenience, and reads as what it repeats."""
    text = "a: &t hello\nb: *t\nc: &l [1, 2]\nd: {e: *l}\nf: [*t]\n"
    assert bodies(text) == [{"a": "hello", "b": "hello", "c": [1, 2], "d": {"e": [1, 2]}, "f": ["hello"]}]


@pytest.mark.timeout(5)
@both_parsers
def test_an_alias_bomb_is_stopped_before_it_is_walked(parser):
    """Nine levels of nine aliases, 3 billion texts, are one CX010 and no document, at once."""
    levels = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    levels += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 10)]
    text = "\n".join(levels) + "\n"
    found = reading(text)
    assert [note.problem.code for note in found.notes] == ["CX010"]
    assert found.documents == ()


def test_the_alias_budget_is_the_whole_file_s():
    """Many documents that each stay small share one budget."""
    one = f"a: &a {'x' * 30_000}\nb: [*a, *a]\n"
    assert [note.problem.code for note in reading("---\n".join([one] * 10)).notes] == []
    assert [note.problem.code for note in reading("---\n".join([one] * 30)).notes] == ["CX010"]


@both_parsers
@pytest.mark.parametrize("bracket", ["[", "{a: "])
def test_deep_nesting_ends_in_a_finding(bracket, parser):
    """A hundred thousand brackets end neither in a RecursionError nor in a crash."""
    found = reading("id: a\n---\nx: " + bracket * 100_000)
    assert [note.problem.code for note in found.notes] == ["CX002"]
    assert [document.body for document in found.documents] == [{"id": "a"}]


def test_the_depth_that_is_allowed_is_read():
    """The limit is where it is said to be."""
    fine = MAX_DEPTH - 1
    assert len(bodies(f"x: {'[' * fine}{']' * fine}")) == 1
    assert told(f"x: {'[' * MAX_DEPTH}{']' * MAX_DEPTH}")[0][0] == "CX002"


SYNTAX = {
    'a: "x': (1, "quote"),
    "a: b\nc: 'x\nd: e\n": (2, "quote"),
    "a: [": (1, "not closed"),
    "a: b\nc: [x\nd: e\n": (2, "not closed"),
    "a:\n\t- b\n": (2, "tab"),
    "a: @x": (1, "@"),
    "a: `x": (1, "quotes"),
    "a: %x": (1, "%"),
    "content: Acme: hi": (1, "`: `"),
    "a: {{x}} hi": (1, "{{"),
    "a: {x} hi": (1, "brace"),
    "a: x\n b: c\n": (2, "`: `"),
    'a: "\\q"': (1, "backslash"),
    'a: "\\ud83d"': (1, "character"),
    "a: &": (1, "&"),
    "a: &x 1\nb: *x y": (2, "quotes"),
    "!x!y z": (1, "!"),
    "a: b\n---\n}": (3, ""),
    "%YAML 3.0\n---\na: b": (1, "%YAML"),
    "a: b\nc\n": (2, ""),
    "- a\nb: c\n": (2, ""),
    "a: b\n- c\n": (2, ""),
    "a: x\x07y": (1, "U+0007"),
    "a: b\nc: x\x1fy": (2, "U+001F"),
    "a: b\n%x: y\n": (2, ""),
}


@both_parsers
@pytest.mark.parametrize("text", SYNTAX)
def test_a_syntax_error_is_one_finding_with_its_place_and_a_cure(text, parser):
    """Whatever libyaml stumbles over is a single CX002 on the right line, with advice in plain words."""
    line, word = SYNTAX[text]
    found = reading(text)
    codes = [note.problem.code for note in found.notes]
    assert codes.count("CX002") == 1
    note = next(note for note in found.notes if note.problem.code == "CX002")
    where = place(text, note.at)
    assert where.line == line
    assert word in note.problem.message


def test_documents_before_a_syntax_error_are_read():
    """A broken second document hides neither the first nor its findings."""
    found = reading('kind: A\nstatus: NO\n---\nb: "\n')
    assert [document.kind for document in found.documents] == ["A"]
    assert [note.problem.code for note in found.notes] == ["CX007", "CX002"]


@pytest.mark.parametrize("text", ["- a\n- b\n", "just text\n", "[]\n", "12\n", "'null'\n"])
def test_a_document_that_is_no_mapping_is_a_finding(text):
    """Lists and bare text are a CX004, and no document."""
    assert [code for code, _, _ in told(text)] == ["CX004"]
    assert reading(text).documents == ()


def test_a_note_knows_the_document_it_belongs_to():
    """Notes carry kind and id or URL of their own document, not of a neighbour."""
    text = "kind: T\nid: a\nstatus: NO\n---\n- x\n---\nkind: W\nurl: u\nname: NO\n---\nstatus: NO\n"
    assert [(note.document, note.kind, note.target) for note in reading(text).notes] == [
        (0, "T", "a"),
        (1, "", None),
        (2, "W", "u"),
        (3, "", None),
    ]


def test_nothing_under_secret_is_repeated():
    """What may be a secret written in the wrong place stands in no message."""
    found = reading("secret: 0123456789\n---\nsecret: {env: 0987654321}\n---\nsecret: [1.5e+3]\n")
    assert [note.problem.message for note in found.notes] == []
    assert [document.body["secret"] for document in found.documents] == [
        "0123456789",
        {"env": "0987654321"},
        ["1.5e+3"],
    ]


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        (b"name: caf\xe9\n", 1, 10, "0xE9 at offset 9"),
        (b"a: b\nname: \xc3\xa9t\xe9\n", 2, 9, "0xE9"),
        (b"\xef\xbb\xbfa: \xff\n", 1, 4, "0xFF at offset 6"),
        (b"a: b\nc: \x00\n", 2, 4, "zero byte"),
        ("a: b".encode("utf-16"), 1, 1, "UTF-16"),
        ("a: b".encode("utf-16-be"), 1, 1, "zero byte"),
        (b"\xfe\xff\x00a", 1, 1, "UTF-16"),
    ],
)
def test_bytes_that_are_no_text_say_where(content, line, column, words):
    """Latin-1, UTF-16 and binary files are refused with the place and what to do."""
    with pytest.raises(Unreadable) as caught:
        text_of(content)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.message
    assert "UTF-8" in caught.value.message


def test_a_byte_order_mark_is_no_part_of_the_text():
    """A file that begins with a BOM reads like one without."""
    assert text_of(b"\xef\xbb\xbfa: b") == "a: b"


@pytest.mark.parametrize(("line_end", "notes"), [("\n", []), ("\r\n", []), ("\r", [("CX014", 1, 5)])])
def test_every_line_end_is_read(line_end, notes):
    """Files from any system read the same and have lines; where CR alone ends them, one finding says so."""
    text = line_end.join(["a: b", "c: |-", "  x", "  y", "---", "d: 5", ""])
    found = reading(text)
    assert [each.body for each in found.documents] == [{"a": "b", "c": "x\ny"}, {"d": 5}]
    assert [each.line for each in found.documents] == [1, 6]
    assert told(text) == notes


@both_parsers
@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029", "\r"])
@pytest.mark.parametrize(
    "text",
    [
        "a: b # said{}c: d\ne: f\n",
        "a: b\n# said{}---\nc: d\n",
        'a: "x{}y"\n',
        "a: |-\n  x{}  y\n",
        "a: b\n...{}",
    ],
)
def test_a_raw_separator_is_found_wherever_it_stands(text, char, parser):
    """NEL, LS, PS and a lone CR end a comment for the parser alone: one CX014, at the first; escapes are none."""
    text = text.format(char)
    (note,) = reading(text).notes
    assert (note.problem.code, text[note.at]) == ("CX014", char)
    assert f"U+{ord(char):04X}" in note.problem.message
    assert told('a: "\\N\\L\\P\\r"\r\nb: c\r\n') == []


PAIR = chr(92) + "ud83d" + chr(92) + "uDE00"


@both_parsers
def test_the_surrogates_that_json_writes_are_read_as_the_pair_they_are(parser):
    """In double quotes a pair is its character; behind a backslash, and in any other text, it stays what it is."""
    slash = chr(92) * 2
    text = f"a: \"{PAIR}x {slash}{PAIR} {slash}ud83d{slash}ude00\"\n'b': '{PAIR}'\nc: {PAIR} x\nd: [\"{PAIR}{PAIR}\"]\n"
    wanted = {
        "a": f"😀x {chr(92)}😀 {chr(92)}ud83d{chr(92)}ude00",
        "b": PAIR,
        "c": f"{PAIR} x",
        "d": ["😀😀"],
    }
    assert bodies(text) == [wanted]
    assert bodies(f"# it's {PAIR}\na: b") == [{"a": "b"}]


@both_parsers
def test_places_behind_a_pair_are_those_of_the_text_as_written(parser):
    """A finding, or what stops the parser, stands where the file has it, not where it is read."""
    text = f'content: "{PAIR}{PAIR}"\nname: Deal #1\n'
    assert told(text) == [("CX008", 2, 12)]
    assert locate(text, 0, ("content",), 1).column == 11 + len(PAIR)
    assert told(f'a: "{PAIR}"\nb: [x\nc: d\n') == [("CX002", 2, 4)]
    assert told(f'a: "{PAIR} {chr(92)}ud83d"')[0][:2] == ("CX002", 1)


@pytest.mark.timeout(20)
def test_a_file_full_of_pairs_is_read_in_linear_time():
    """20,000 texts with an emoji each, as a JSON writer has them."""
    assert len(bodies("---\n".join(f'a: "{PAIR}"\n' for _ in range(20_000)))) == 20_000


@both_parsers
@pytest.mark.parametrize("text", ["a: b\n...\n\ufeffc: d\n", "a: b\n\ufeff---\nc: d\n"])
def test_a_byte_order_mark_before_a_later_document_is_named(text, parser):
    """Files joined with their marks: the mark is what the finding speaks of, and where it stands."""
    (note,) = reading(text).notes
    assert (note.problem.code, text[note.at]) == ("CX002", "\ufeff")
    assert "byte order mark (U+FEFF)" in note.problem.message


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail(text):
    """Whatever a file says, reading it ends in documents and notes with places inside the file."""
    found = reading(text.encode("utf-8", "replace").decode())
    for note in found.notes:
        assert 0 <= note.at <= len(found.text)


_SIGNS = "a,b: ,- ,\n,\n  ,{,},[,],&x ,*x,<<: ,!t ,',\",|\n ,>-\n ,#,---\n,...\n,? ,: ,012,NO,é,🎉,\t,\\,%,@,secret: "
_PIECES = st.sampled_from([*_SIGNS.split(","), ", "])


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_no_combination_of_yaml_makes_the_reader_fail(text):
    """Nor does any heap of YAML's own signs, under either parser's rules."""
    for note in reading(text).notes:
        assert note.problem.code in CODES
        assert 0 <= note.at <= len(text)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=60), max_size=6))
def test_what_yaml_writes_is_read_back(body):
    """Any text that PyYAML writes comes back as it was, whatever style it chose."""
    written = {key: value for key, value in body.items() if not _unwritable(value)}
    text = yaml.safe_dump(written, allow_unicode=True)
    assert [document.body for document in reading(text).documents] == ([written] if written else [{}])


def _unwritable(value: str) -> bool:
    """Half a surrogate pair is no text; these breaks PyYAML's emitter writes as they are, and reads as a blank."""
    return any("\ud800" <= character <= "\udfff" or character in "\x85\u2028\u2029" for character in value)


def test_the_table_of_codes_has_no_gap():
    """CX001 to CX014, each with a name of its own and a paragraph."""
    assert list(CODES) == [f"CX{number:03d}" for number in range(1, len(CODES) + 1)]
    assert len(CODES) == 14
    assert len({entry.name for entry in CODES.values()}) == len(CODES)
    assert all(len(entry.why) > 60 for entry in CODES.values())
    warnings = [entry.code for entry in CODES.values() if entry.severity == Severity.WARNING]
    assert warnings == ["CX005", "CX009"]


def test_the_size_limit_is_five_mebibytes():
    """The limit that refused files are told of: users of large files rely on it."""
    assert MAX_BYTES == 5 * 1024 * 1024
