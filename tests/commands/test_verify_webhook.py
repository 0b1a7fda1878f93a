"""``reconciler verify-webhook``: a stored delivery is believed or not, and it says why."""

from __future__ import annotations

import io
import json
import sys

import pytest

from reconciler.commands import run
from reconciler.webhooks import sign

# The published vector of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "another secret of 24 bytes"
LINES = f"Webhook-Id: {ID}\r\nWebhook-Timestamp: {AT}\r\nWebhook-Signature: {SIGNATURE}\r\n"


@pytest.fixture
def verified(tmp_path, monkeypatch, capsys):
    """``verified(*arguments)``: exit code, stdout and stderr; body, headers and secrets are at hand in the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", SECRET)
    monkeypatch.setenv("OTHER", OTHER)
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "body").write_bytes(BODY)
    (tmp_path / "headers").write_text(LINES, newline="")

    def _verified(*arguments: str) -> tuple[int, str, str]:
        code = run(["verify-webhook", *arguments])
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        assert OTHER not in out + err
        return code, out, err

    return _verified


STORED = ("body", "--headers", "headers", "--at", str(AT))


@pytest.mark.parametrize("source", [("--secret-env", "HOOK"), ("--secret-file", "secret")])
def test_the_published_vector_is_believed_as_of_its_time(verified, source):
    """One line with id and time, exit 0; the secret comes from a variable or a file."""
    code, out, err = verified(*STORED, *source)
    place = ":".join((source[0].removeprefix("--secret-"), source[1]))
    assert (code, err) == (0, "")
    assert out == f"Believed: {ID}, signed at 2021-02-25T15:02:10Z (0 s old) with the secret of {place}.\n"


def test_as_json_it_is_for_scripts(verified):
    """Id, seconds, RFC 3339, age and the source of the secret."""
    code, out, _ = verified(
        "body", "--headers", "headers", "--at", str(AT - 7), "--secret-env", "HOOK", "--format", "json"
    )
    assert code == 0
    assert json.loads(out) == {
        "format_version": "1.0",
        "verified": True,
        "id": ID,
        "timestamp": AT,
        "signed_at": "2021-02-25T15:02:10Z",
        "age": -7,
        "secret": "env:HOOK",
    }


def test_headers_may_be_options_and_the_body_stdin(verified, monkeypatch):
    """Each header in an option, in any case; ``-`` reads the body's bytes from stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BODY)))
    options = [part for line in LINES.splitlines() for part in ("--header", line)]
    assert verified("-", *options, "--at", str(AT), "--secret-env", "HOOK")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        f"POST /hooks HTTP/1.1\r\nHost: x:80\r\n{LINES}\r\nwebhook-id: from the body",
        "* Connected to http://x\n> POST http://x/hooks HTTP/1.1\n> " + "\n> ".join(LINES.splitlines()),
        LINES.replace("\r\n", "\n")
        .replace(": ", ":\t ")
        .upper()
        .replace(ID.upper(), ID)
        .replace(SIGNATURE.upper(), SIGNATURE),
        "\n\n" + LINES,
    ],
    ids=["request", "curl -v", "upper case and tabs", "empty lines before"],
)
def test_headers_are_read_as_logs_have_them(verified, tmp_path, text):
    """What is no header is passed over, and what stands behind the first empty line is the body's."""
    (tmp_path / "headers").write_text(text, newline="")
    assert verified(*STORED, "--secret-env", "HOOK")[0] == 0


def test_in_a_rotation_two_secrets_are_named(verified):
    """Any of them will do, and the one that signed is said; the other alone is not enough."""
    code, out, _ = verified(*STORED, "--secret-env", "OTHER", "--secret-file", "secret")
    assert (code, "file:secret" in out) == (0, True)
    assert verified(*STORED, "--secret-env", "OTHER")[0] == 1


def test_a_stored_message_is_refused_without_at(verified):
    """A delivery of years ago is a replay, unless one says as of when to judge it."""
    code, out, err = verified("body", "--headers", "headers", "--secret-env", "HOOK")
    assert (code, out) == (1, "")
    assert "s old, more than the 300 s allowed" in err
    assert "--at" in err


@pytest.mark.parametrize(
    ("at", "tolerance", "code"),
    [
        (AT + 300, "300", 0),
        (AT - 300, "300", 0),
        (AT + 301, "300", 1),
        (AT - 301, "300", 1),
        (AT + 301, "301", 0),
        (AT, "0", 0),
        (AT + 1, "0", 1),
        ("2021-02-25T15:02:10Z", "0", 0),
        ("2021-02-25T16:02:10+01:00", "0", 0),
        ("2021-02-25 15:07:11+00:00", "300", 1),
    ],
)
def test_the_tolerance_has_exact_edges(verified, at, tolerance, code):
    """Seconds or a time with its zone; old and ahead alike."""
    arguments = (
        "body",
        "--headers",
        "headers",
        "--secret-env",
        "HOOK",
        "--at",
        str(at),
        "--tolerance",
        tolerance,
    )
    assert verified(*arguments)[0] == code


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
def test_a_line_break_that_an_editor_put_behind_the_body_is_named(verified, tmp_path, line_break):
    """It is still refused; but one reads what happened, not that somebody forged it."""
    (tmp_path / "body").write_bytes(BODY + line_break)
    code, _, err = verified(*STORED, "--secret-env", "HOOK")
    assert code == 1
    assert "Without the line break at its end" in err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": b'{"test": 2432232315}\n'}, ["no signature matches", "byte for byte"]),
        ({"headers": LINES.replace(ID, "msg_other").encode()}, ["no signature matches"]),
        ({"headers": b"Host: x\n"}, ["without webhook-id and webhook-timestamp and webhook-signature"]),
        ({"headers": LINES.encode() + LINES.encode()}, ["webhook-id is there twice"]),
        ({"headers": LINES.replace(str(AT), "now").encode()}, ["whole seconds"]),
        ({"headers": b"webhook-id: \xff\n" + LINES.partition("\n")[2].encode()}, ["no signature matches"]),
        ({"secret": b"too short"}, ["9 bytes", "24"]),
        ({"secret": b"whsec_this is not base64!"}, ["not base64"]),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_1(verified, tmp_path, change, words):
    """A forged message, a broken one, and a secret that cannot be a key: each in words, as JSON too."""
    for name, content in change.items():
        (tmp_path / name).write_bytes(content)
    code, out, err = verified(*STORED, "--secret-file", "secret", "--format", "json")
    assert code == 1
    for word in words:
        assert word in err
        assert word in json.loads(out)["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent", "--headers", "headers", "--secret-env", "HOOK"), "'absent' cannot be read"),
        (("body", "--headers", "absent", "--secret-env", "HOOK"), "'absent' cannot be read"),
        ((".", "--headers", "headers", "--secret-env", "HOOK"), "cannot be read"),
        (("a\0b", "--headers", "headers", "--secret-env", "HOOK"), "cannot be read"),
        (("body", "--headers", "headers", "--secret-env", "HOK"), "HOOK is set: did you mean that?"),
        (("body", "--headers", "headers", "--secret-file", "absent"), "cannot be opened"),
    ],
)
def test_what_cannot_be_read_is_named(verified, arguments, words):
    """Files and variables that are not there end with 1 and their name."""
    code, out, err = verified(*arguments)
    assert (code, out) == (1, "")
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("body", "--headers", "headers"), "--secret-env NAME or --secret-file PATH"),
        (("body", "--secret-env", "HOOK"), "--headers FILE"),
        ((*STORED, "--secret", "x"), "No such option"),
        (("body", "--header", "webhook-id", "--secret-env", "HOOK"), "NAME: VALUE"),
        (("body", "--headers", "headers", "--secret-env", "HOOK", "--at", "yesterday"), "--at is not valid"),
        (
            ("body", "--headers", "headers", "--secret-env", "HOOK", "--at", "2021-02-25T15:02:10"),
            "with its zone",
        ),
        ((*STORED, "--secret-env", "HOOK", "--tolerance", "-1"), "--tolerance"),
        ((), "FILE"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(verified, arguments, words):
    """Exit 64, and what to give instead."""
    code, out, err = verified(*arguments)
    assert (code, out) == (64, "")
    assert words in err


def test_an_id_that_acts_on_a_terminal_is_made_visible(verified, tmp_path):
    """The id is the sender's text."""
    wild = "msg\x1b[2J::error"
    signature = sign(SECRET, wild, AT, BODY)
    (tmp_path / "headers").write_text(LINES.replace(ID, wild).replace(SIGNATURE, signature))
    code, out, _ = verified(*STORED, "--secret-env", "HOOK")
    assert code == 0
    assert "\x1b" not in out
    assert "\\u{001B}" in out
