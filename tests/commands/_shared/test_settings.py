"""What the environment means, and what is said of a bad one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.commands._shared.settings import (
    audit_log_path,
    base_url,
    connection,
    normalise_base_url,
)
from reconciler.core.errors import CredentialsError, ReconcilerError, UsageProblem
from reconciler.cxone.connection import every_scope

GOOD = {"CXONE_ORG": "acme", "CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "hush-hush"}


def connect(*, retries=None, rate=None, concurrency=10, **environ):
    return connection({**GOOD, **environ}, retries=retries, rate=rate, concurrency=concurrency)


def test_three_variables_are_enough():
    """Organisation, id and secret give the documented URLs and defaults."""
    made = connect()
    assert made.base_url == "https://acme.nicecxone.com"
    assert made.token_url == "https://acme.nicecxone.com/oauth/token"
    assert (made.client_id, made.client_secret, made.scopes) == ("me", "hush-hush", every_scope())
    assert (made.retries, made.timeout, made.concurrency, made.rate) == (5, 30.0, 10, None)


def test_the_secret_does_not_show_itself():
    """A repr, as in a traceback, does not hold it."""
    assert "hush" not in repr(connect())
    assert replace(connect(), retries=1).client_secret == "hush-hush"


def test_all_missing_variables_are_named_at_once():
    """One message names each of them, what to do, and variables that look misspelt."""
    with pytest.raises(CredentialsError) as caught:
        connection(
            {"CXONE_ORGA": "acme", "CXONE_CLIENT_ID": " ", "RECONCILER_ZZZZZZZZ": "1"},
            retries=None,
            rate=None,
            concurrency=1,
        )
    assert caught.value.message == (
        "Settings are missing: CXONE_ORG (or CXONE_BASE_URL), CXONE_CLIENT_ID, CXONE_CLIENT_SECRET (or "
        "CXONE_CLIENT_SECRET_FILE) are not set. Set them in the environment, or try the command with --sandbox, "
        "which needs none. CXONE_ORGA is set, but unknown: did you mean CXONE_ORG? "
        "RECONCILER_ZZZZZZZZ is set, but unknown."
    )
    assert caught.value.exit_code == 1


def test_the_base_url_alone_needs_no_credentials():
    """An offline command asks for nothing but the tenant; the explicit URL wins."""
    assert base_url({"CXONE_ORG": "ACME"}) == "https://acme.nicecxone.com"
    assert base_url({"CXONE_ORG": "x", "CXONE_BASE_URL": "https://y.example"}) == "https://y.example"
    with pytest.raises(CredentialsError, match=r"CXONE_ORG .* is not set. Set it in"):
        base_url({})


@pytest.mark.parametrize(
    "org", ["acme.evil.com", "a/b", "a@b", "-a", "a-", "ä", "a" * 64, "a b", "acme#", "xn--a"]
)
def test_an_organisation_is_one_dns_label(org):
    """Nothing can turn it into another host."""
    with pytest.raises(ReconcilerError, match=r"CXONE_ORG is not valid: .* one DNS label"):
        base_url({"CXONE_ORG": org})


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://ACME.NiceCXone.com/", "https://acme.nicecxone.com"),
        ("HTTPS://acme.example:443", "https://acme.example"),
        ("https://acme.example:8443/Tenant/A//", "https://acme.example:8443/Tenant/A"),
        ("http://LOCALHOST:80/", "http://localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://api.localhost:1", "http://api.localhost:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://[2001:DB8:0::1]/", "https://[2001:db8::1]"),
        ("https://acme.example./", "https://acme.example"),
        ("https://acme.example.:8443", "https://acme.example:8443"),
    ],
)
def test_a_base_url_is_normalised(text, normal):
    """Scheme and host in lower case, no default port, trailing slash or root dot; and once more changes nothing."""
    assert normalise_base_url(text, "X") == normal
    assert normalise_base_url(normal, "X") == normal


@pytest.mark.parametrize(
    "text",
    [
        "acme.example",
        "ftp://acme.example",
        "https://",
        "https:///x",
        "http://acme.example",
        "http://10.0.0.1",
        "http://notlocalhost",
        "https://acme.example?x=1",
        "https://acme.example?",
        "https://acme.example#x",
        "https://acme.example/#",
        "https://acme.example:0",
        "https://acme.example:99999",
        "https://acme.example:x",
        "https://acme..example",
        "https://ac me.example",
        "https://ácme.example",
        "https://acme.example\\@evil.example",
        "https://[::1",
        "https://acme.example/a/../b",
        "https://-acme.example",
        "https://acme.example..",
        "http://[::1].evil.com",
        "http://[::1]evil.com:80",
        "https://0177.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://acme.0x7f000001",
        "https://xn--a.example",
    ],
)
def test_a_url_that_is_unsafe_is_refused(text):
    """Plain http beyond this machine, queries, fragments, odd hosts and ports name the variable."""
    with pytest.raises(ReconcilerError, match=r"^CXONE_BASE_URL is not valid: ") as caught:
        normalise_base_url(text, "CXONE_BASE_URL")
    assert caught.value.exit_code == 1


def test_a_password_in_a_url_is_not_shown():
    """User info is refused without repeating it."""
    with pytest.raises(ReconcilerError, match="holds user info") as caught:
        connect(CXONE_BASE_URL="https://me:hush@acme.example")
    assert "hush" not in caught.value.message


def test_the_token_url_keeps_its_path_and_query():
    """Only scheme, host and port are normalised; the rules for plain http hold."""
    assert (
        connect(CXONE_TOKEN_URL="HTTPS://Login.example:443/t/?a=B").token_url
        == "https://login.example/t/?a=B"
    )
    assert connect(CXONE_TOKEN_URL="http://127.0.0.1:9/").token_url == "http://127.0.0.1:9/"
    with pytest.raises(ReconcilerError, match="CXONE_TOKEN_URL is not valid"):
        connect(CXONE_TOKEN_URL="http://login.example/t")


def test_a_long_bad_value_is_shortened():
    """A message stays readable."""
    with pytest.raises(ReconcilerError, match="x…'") as caught:
        connect(CXONE_BASE_URL="x" * 5000)
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("text", "scopes"), [("a b  a\tc", ("a", "b", "c")), ("", ()), ("  ", ()), ("x:y", ("x:y",))]
)
def test_scopes_are_a_list_and_may_be_empty(text, scopes):
    """Empty asks for none, which differs from unset."""
    assert connect(CXONE_SCOPES=text).scopes == scopes


@pytest.mark.parametrize("text", ['a"b', "a\\b", "ä"])
def test_a_scope_that_cannot_be_one_is_refused(text):
    """RFC 6749 section 3.3 leaves out quotes, backslashes and non-ASCII."""
    with pytest.raises(ReconcilerError, match="CXONE_SCOPES is not valid"):
        connect(CXONE_SCOPES=text)


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"s&=+% /\xc3\xbc\n", "s&=+% /ü"), (b"s\r\n", "s"), (b"s\n\n", "s\n"), (b" s ", " s "), (b"s", "s")],
)
def test_a_secret_may_come_from_a_file(tmp_path, content, secret):
    """Exactly as it is, but for one trailing line break."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    assert connect(CXONE_CLIENT_SECRET="", CXONE_CLIENT_SECRET_FILE=str(path)).client_secret == secret


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "UTF-8"),
        (b"x" * 65537, "larger"),
    ],
)
def test_a_secret_file_without_a_secret_is_told(tmp_path, content, said):
    """The variable and the path are named."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CredentialsError, match=said) as caught:
        connect(CXONE_CLIENT_SECRET="", CXONE_CLIENT_SECRET_FILE=str(path))
    assert "CXONE_CLIENT_SECRET_FILE" in caught.value.message
    assert str(path) in caught.value.message


def test_two_secrets_are_one_too_many():
    """Which of them counts is not guessed."""
    with pytest.raises(ReconcilerError, match="both set"):
        connect(CXONE_CLIENT_SECRET_FILE="/nowhere")


def test_a_secret_in_the_environment_stays_as_it_is():
    """Blanks at its ends belong to it."""
    assert connect(CXONE_CLIENT_SECRET=" &=+% /ü ").client_secret == " &=+% /ü "


def test_numbers_come_from_options_then_the_environment():
    """--retries wins; 0 is a number of retries."""
    made = connect(RECONCILER_RETRIES="0", RECONCILER_TIMEOUT="2.5", rate=7.5, concurrency=3)
    assert (made.retries, made.timeout, made.rate, made.concurrency) == (0, 2.5, 7.5, 3)
    assert connect(RECONCILER_RETRIES="9", retries=1).retries == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [("RECONCILER_RETRIES", value) for value in ("-1", "1.5", "many", "99999", "٣")]
    + [("RECONCILER_TIMEOUT", value) for value in ("0", "0.0", "-1", "inf", "nan", "1e3", "x")],
)
def test_a_bad_number_names_its_variable(variable, value):
    """The variable, the value, and what is expected."""
    with pytest.raises(ReconcilerError, match=f"{variable} is not valid: it is {value!r}, and must be"):
        connect(**{variable: value})


@pytest.mark.parametrize(
    "option",
    [
        {"retries": -1},
        {"rate": 0.0},
        {"rate": -2.0},
        {"rate": float("inf")},
        {"rate": float("nan")},
        {"concurrency": 0},
    ],
)
def test_a_bad_option_is_a_usage_problem(option):
    """The option is named, and the exit code is that of usage."""
    with pytest.raises(UsageProblem, match=f"--{next(iter(option))} is not valid") as caught:
        connect(**option)
    assert caught.value.exit_code == 64


def test_the_audit_log_is_the_options_then_the_variables():
    """Option, variable, default."""
    assert audit_log_path({"RECONCILER_AUDIT_LOG": "a"}, "b") == "b"
    assert audit_log_path({"RECONCILER_AUDIT_LOG": "a"}, None) == "a"
    assert audit_log_path({}, None) == ".reconciler/audit.jsonl"


@pytest.mark.parametrize("variable", ["CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"])
def test_credentials_that_are_no_text_are_refused(variable):
    """Bytes of another encoding, which Python shows as half surrogate pairs: the variable is named, not its value."""
    with pytest.raises(CredentialsError, match=f"{variable} cannot be used: it is not UTF-8 text") as caught:
        connect(**{variable: "caf\udce9"})
    assert "caf" not in caught.value.message
