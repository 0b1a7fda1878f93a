"""What is written reads back as it was, by our reader and by PyYAML's own, and looks like what people write."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.commands.import_.yaml_writer import dump, scalar
from reconciler.desired.schema import problems
from reconciler.desired.yaml_reader import read

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: re.search(r"\S", text)
)
ID = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}\Z")
STATUS = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")
A2P = st.fixed_dictionaries({"campaign_name": TEXT, "message_class": TEXT, "opt_in_language": TEXT})
BUDGET = st.fixed_dictionaries(
    {"max_length": st.integers(1, 1600)},
    optional={"charset": st.sampled_from(["gsm7-basic", "gsm7", "bmp", "unicode"])},
)
WAIVER = st.fixed_dictionaries(
    {"rule": TEXT, "reason": TEXT, "expires": st.dates().map(lambda day: day.isoformat())}
)
TEMPLATES = st.fixed_dictionaries(
    {
        "apiVersion": st.just("reconciler/v1"),
        "kind": st.just("Template"),
        "id": ID,
        "name": TEXT,
        "from_address": TEXT,
        "content": TEXT,
    },
    optional={
        "status": STATUS,
        "a2p": A2P,
        "variables": st.dictionaries(st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,40}\Z"), BUDGET, max_size=3),
        "waivers": st.lists(WAIVER, max_size=2),
    },
)
EVENTS = st.lists(
    st.from_regex(r"\A[^\s]+\Z").filter(lambda text: not re.search(r"[\ud800-\udfff]", text)),
    min_size=1,
    unique=True,
)
WEBHOOKS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("reconciler/v1"),
        "kind": st.just("Webhook"),
        "url": st.from_regex(r"\Ahttps://[a-z]{1,9}\.example/[!-~]*\Z"),
        "events": EVENTS,
        "secret": st.fixed_dictionaries({"env": st.from_regex(r"\AHOOK_[A-Z0-9_]{1,20}\Z")}),
    }
)
NASTY = (
    "yes", "No", "y", "N", "on", "null", "~", "true", "012", "0o14", "1_000", "12:30", "1e3", ".inf", "2027-01-31",
    "45678", "-1", "=", "<<", "---", "...", "- a", "? a", "a: b", "a:", ": b", "#a", "a #b", "a#b", "'a'", '"a"',
    "\\", "\\n", "a\\", "{{x}}", "{a}", "[a]", "&a", "*a", "!a", "!!str a", "|", ">-", "%YAML 1.2", "@a", "`a`",
    " a", "a ", "  a  b  ", "\ta\t", "a\n", "\na", "a\r\nb", "a\rb", "a\n\n\nb", "a\n  b\n c", "a \n b",
    "a\x85b", "a\u2028b\u2029c", "\ufeffa", "a\ufeff", "a\xa0b", "a\x00b", "a\x07\x1b[31m", "\x7f\x80\x9f",
    "\ufffe\uffff", "\U0010ffff", "😀 👩\u200d👩\u200d👧 🏴\U000e0067\U000e007f", "می\u200cخواهم",
    "a\u200db", "a\u202eb",
    "e\u0301", "\u0301e", "x" * 5000, "x y " * 2000 + "z", "\n" * 50 + "a", "日本語、テスト：＃",
)  # fmt: skip


def reads_back(body, schema=None):
    """The reading of what is written for ``body``; it must be that body, and have no note."""
    text = dump(body, schema)
    reading = read(text, "a.yaml", lambda: 0.0)
    assert reading.notes == (), text
    assert [dict(document.body) for document in reading.documents] == [body], text
    return reading.documents[0]


@settings(deadline=None, max_examples=400)
@given(TEMPLATES)
def test_every_template_that_the_schema_can_hold_reads_back(body):
    """Any texts at all: written, read and checked, they are the same strings, without one finding of form."""
    assert problems(reads_back(body, "../schemas/template.schema.json")) == ()


@settings(deadline=None, max_examples=150)
@given(WEBHOOKS)
def test_every_webhook_that_the_schema_can_hold_reads_back(body):
    """URLs with any visible character, events in any script, and where the secret is."""
    assert problems(reads_back(body)) == ()


@settings(deadline=None, max_examples=300)
@given(TEXT)
@example("a: b #c\n\u2028\x85 ")
def test_another_reader_of_yaml_reads_the_same(text):
    """PyYAML, which knows nothing of our documents, reads every text as text, and as this one."""
    body = {
        "name": text,
        "content": text,
        "a2p": {"campaign_name": text, "message_class": text},
        "events": [text],
    }
    assert yaml.safe_load(dump(body)) == body


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_texts_that_trap_people_read_back(text):
    """Booleans, octals, comments, colons, quotes, breaks, blanks, byte order marks: in every place of a document."""
    body = {
        "name": text,
        "content": text,
        "a2p": {"campaign_name": text, text: "x"},
        "waivers": [{"reason": text}],
    }
    if "\n" in text or len(text) > 1000:
        del body["a2p"][text]  # no key of ours looks so, and YAML allows none longer
    reads_back(body)
    assert yaml.safe_load(dump(body)) == body


@pytest.mark.parametrize(
    "text", [text for text in NASTY if not re.search("[^a]\u200c|[^a]\u200d", text)], ids=ascii
)
def test_a_file_has_no_character_that_cannot_be_seen(text):
    """One line a text: no tab, control, break or mark of direction stands in the file itself."""
    written = dump({"content": text})
    assert len(written.splitlines()) == 1
    assert written.removesuffix("\n").isprintable(), ascii(written)


def test_a_joiner_hides_after_a_letter_and_belongs_to_an_emoji():
    """A joiner inside an emoji or a Persian word stays as people write it; between ASCII letters it is an escape."""
    assert scalar("👩\u200d👧 می\u200cخ") == '"👩\u200d👧 می\u200cخ"'
    assert scalar("S\u200dTOP") == r'"S\u200DTOP"'


@pytest.mark.parametrize(
    "text", ["yes", "NO", "y", "n", "null", "012", "45678", "1.5", "2027-01-31", "a: b", "a #b", ""]
)
def test_what_any_yaml_could_misread_is_quoted(text):
    """Types of YAML 1.1 and 1.2, even those that our reader takes for text."""
    assert scalar(text) == f'"{text}"'


@pytest.mark.parametrize(
    "text", ["tmpl_a", "Appointment reminder", "TRANSACTIONAL", "reconciler/v1", "Version 2.5 a"]
)
def test_plain_words_stay_plain(text):
    """A file looks as people would have written it."""
    assert scalar(text) == text


def test_the_text_of_a_message_is_always_quoted():
    """Content and sender stand in quotes whatever they are: whoever edits them later meets no trap."""
    assert dump({"from_address": "ACME", "content": "Hello"}) == 'from_address: "ACME"\ncontent: "Hello"\n'


def test_a_document_looks_like_one_that_people_write():
    """The modeline first, keys in order, blocks for what is long, flow for what is short, dates plain."""
    body = {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "id": "tmpl_a",
        "status": "PENDING",
        "content": "Hi {{date}}",
        "a2p": {"campaign_name": "Reminders", "opt_in_language": 'Tick "yes"'},
        "variables": {"date": {"max_length": 12, "charset": "gsm7"}},
        "waivers": [{"rule": "CX103", "reason": "live before adoption", "expires": "2027-01-31"}],
    }
    assert dump(body, "../schemas/template.schema.json").splitlines() == [
        "# yaml-language-server: $schema=../schemas/template.schema.json",
        "apiVersion: reconciler/v1",
        "kind: Template",
        "id: tmpl_a",
        "status: PENDING",
        'content: "Hi {{date}}"',
        "a2p:",
        "  campaign_name: Reminders",
        '  opt_in_language: "Tick \\"yes\\""',
        "variables: {date: {max_length: 12, charset: gsm7}}",
        "waivers:",
        "  - {rule: CX103, reason: live before adoption, expires: 2027-01-31}",
    ]
    webhook = {"events": ["template.approved", "a2p.registered"], "secret": {"env": "HOOK"}, "on": True}
    assert dump(webhook) == 'events: [template.approved, a2p.registered]\nsecret: {env: HOOK}\n"on": true\n'


def test_half_a_surrogate_pair_is_refused_by_readers():
    """No file can hold it; it must not turn into something else on the way."""
    reading = read(dump({"content": "a\ud83d"}), "a.yaml", lambda: 0.0)
    assert [note.problem.code for note in reading.notes] == ["CX002"]
