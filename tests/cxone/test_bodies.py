"""Errors of any form become one redacted line."""

from __future__ import annotations

import httpx
import pytest

from reconciler.cxone.bodies import Answer, one_line, said


def answer(body: str | bytes) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    return Answer(status=400, headers=httpx.Headers(), body=content, request_id="r")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('{"type": "about:blank", "title": "Conflict", "detail": "It moved."}', "Conflict: It moved."),
        ('{"title": 5, "detail": "It moved."}', "It moved."),
        ('{"error": "invalid_client", "error_description": "No."}', "invalid_client: No."),
        ('{"error": "x", "errorDescription": "y"}', "x: y"),
        ('{"error": {"code": "E1", "message": "bad"}}', "bad"),
        ('{"code": "E7", "description": "odd"}', "E7: odd"),
        ('{"errors": [{"field": "name", "message": "missing"}, "late", 5]}', "name: missing; late"),
        ('{"message": "same", "error": "same"}', "same"),
        ('["one", "two"]', "one; two"),
        ('"plain"', "plain"),
        ('{"content": "Dear patient"}', ""),
        ('{"error": {"error": {"error": {"error": {"error": "deep"}}}}}', ""),
        ("{broken", "{broken"),
        ("[" * 5000, "[" * 199 + "…"),
        ("<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>", "502 Bad Gateway"),
        ("<h1>Not &amp; found</h1>", "Not & found"),
        ("<style>a{}</style><p>Sorry<!-- x --> <b>you</b>", "Sorry you"),
        ("upstream timed out", "upstream timed out"),
        ("", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_every_form_of_error_becomes_its_words(body, line):
    """problem+json, OAuth errors, lists, markup and text are reduced; a template's text is not repeated."""
    assert said(answer(body), []) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x1b]0;title\x07b", "ab"),
        ("one\r\n::error::two", "one ::error::two"),
        ("a\u202eb\u200bc\u2066d", "abcd"),
        ("a\u2028b\x00c", "a b c"),
        ("x" * 201, "x" * 199 + "…"),
        ("x" * 200, "x" * 200),
        ("  a \t b ", "a b"),
    ],
)
def test_nothing_invisible_gets_through(text, line):
    """Escape sequences, line breaks, bidirectional controls and zero-width characters cannot forge output."""
    assert one_line(text) == line


@pytest.mark.parametrize(
    "form",
    [
        'p&=+% /ü"x',
        "p%26%3D%2B%25%20%2F%C3%BC%22x",
        "p%26%3D%2B%25+%2F%C3%BC%22x",
        'p&=+% /\\u00fc\\"x',
        'p&=+% /ü\\"x',
        "p&amp;=+% /ü&quot;x",
        'p&=\u200b+% /ü"x',
    ],
)
def test_a_secret_is_found_in_each_of_its_spellings(form):
    """As it is, as a form, as JSON, as HTML and with an invisible character in it."""
    assert one_line(f"your secret {form} is bad", ['p&=+% /ü"x', ""]) == "your secret (secret) is bad"


def test_a_longer_secret_goes_first():
    """A secret that begins with another one leaves no rest behind."""
    assert one_line("abc abcdef", ["abc", "abcdef"]) == "(secret) (secret)"


def test_a_secret_is_replaced_before_the_line_is_cut():
    """No half of a secret stays at the end of a long line."""
    line = one_line("x" * 190 + "topsecret-value" + "y" * 50, ["topsecret-value"])
    assert "tops" not in line
