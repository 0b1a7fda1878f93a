"""Where secrets come from, and all the reasons for which they do not."""

from __future__ import annotations

import os
import time

import pytest

from reconciler.core.errors import ReconcilerError
from reconciler.core.model import SecretRef
from reconciler.desired.secrets import Secrets, SecretUnavailable, read

GOOD = "0123456789abcdef01234567"


def env(name: str = "HOOK") -> SecretRef:
    return SecretRef(source="env", name=name)


def file(path) -> SecretRef:
    return SecretRef(source="file", name=str(path))


def why(ref: SecretRef, environ=None) -> str:
    with pytest.raises(SecretUnavailable) as caught:
        read(ref, environ or {})
    return caught.value.message


@pytest.mark.parametrize(
    ("held", "value"),
    [
        (GOOD, GOOD),
        (GOOD + "\n", GOOD),
        (GOOD + "\r\n", GOOD),
        (GOOD + "\n\n", GOOD + "\n"),
        (GOOD + "\r", GOOD + "\r"),
        (" " + GOOD + " ", " " + GOOD + " "),
        ("ñ" * 12, "ñ" * 12),
    ],
)
def test_a_secret_is_read_less_one_trailing_line_break(tmp_path, held, value):
    """From a variable or a file the same value comes out; nothing else is trimmed."""
    (tmp_path / "s").write_bytes(held.encode())
    assert read(env(), {"HOOK": held}) == value
    assert read(file(tmp_path / "s"), {}) == value


@pytest.mark.parametrize("held", ["", "\n", "\r\n"])
def test_an_empty_secret_says_that_it_is_empty(tmp_path, held):
    """Nothing, or a line break alone, is no secret."""
    (tmp_path / "s").write_text(held, newline="")
    assert "HOOK is empty" in why(env(), {"HOOK": held})
    assert "is empty" in why(file(tmp_path / "s"))


@pytest.mark.parametrize("held", [GOOD[:-1], GOOD[:-1] + "\n", "§", "ñ" * 11])
def test_a_short_secret_says_how_short_it_is_and_not_what(tmp_path, held):
    """Fewer than 24 bytes are refused with both lengths, without the value."""
    (tmp_path / "s").write_text(held)
    size = len(held.rstrip("\n").encode())
    for message in (why(env(), {"HOOK": held}), why(file(tmp_path / "s"))):
        assert f"holds {size} bytes, and 24" in message
        assert held.strip() not in message


def test_an_unset_variable_is_named():
    """The message says which variable is not set."""
    assert "the variable HOOK is not set" in why(env())


def test_bytes_that_are_no_text_are_refused(tmp_path):
    """A secret that is not UTF-8 is refused from both sources."""
    (tmp_path / "s").write_bytes(b"\xff" * 30)
    assert "not UTF-8" in why(file(tmp_path / "s"))
    assert "not UTF-8" in why(env(), {"HOOK": os.fsdecode(b"\xff" * 30)})


def test_a_missing_file_is_named(tmp_path):
    """A file that is not there, below a file, or behind a broken link is refused with its name."""
    (tmp_path / "plain").write_text(GOOD)
    (tmp_path / "link").symlink_to("nowhere")
    for path in (tmp_path / "absent", tmp_path / "plain" / "x", tmp_path / "link"):
        message = why(file(path))
        assert repr(str(path)) in message
        assert "cannot be opened" in message


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000])
def test_a_name_that_no_file_can_have_is_an_error_in_words(name):
    """Odd names end in the same message, not in a traceback."""
    assert "No secret" in why(file(name))


def test_a_link_to_a_regular_file_is_followed(tmp_path):
    """Secrets are mounted as links in many places."""
    (tmp_path / "s").write_text(GOOD)
    (tmp_path / "link").symlink_to("s")
    assert read(file(tmp_path / "link"), {}) == GOOD


def test_a_file_of_four_kib_is_read_and_a_larger_one_refused(tmp_path):
    """The limit is exact."""
    (tmp_path / "s").write_text("x" * 4096)
    assert read(file(tmp_path / "s"), {}) == "x" * 4096
    (tmp_path / "s").write_text("x" * 4097)
    assert "larger than 4 KiB" in why(file(tmp_path / "s"))


def test_neither_a_fifo_nor_a_folder_nor_a_device_is_read(tmp_path):
    """Only regular files are; a FIFO does not hold the run up."""
    os.mkfifo(tmp_path / "fifo")
    began = time.monotonic()
    for path in (tmp_path / "fifo", tmp_path, "/dev/zero"):
        assert "not a regular file" in why(file(path))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", ["/proc/self/environ", "/proc", "/sys", "/proc/../proc/self/environ"])
def test_the_kernel_s_files_are_refused(path):
    """/proc and /sys hold no webhook secret, but the tool's own environment."""
    assert "/proc or /sys" in why(file(path))


def test_a_link_into_proc_is_refused(tmp_path):
    """Nor can a link lead there."""
    (tmp_path / "link").symlink_to("/proc/self/environ")
    (tmp_path / "folder").symlink_to("/proc/self")
    assert "/proc or /sys" in why(file(tmp_path / "link"))
    assert "/proc or /sys" in why(file(tmp_path / "folder" / "environ"))


def test_a_folder_that_is_only_called_like_proc_is_none(tmp_path):
    """`/process` is not `/proc`."""
    assert "cannot be opened" in why(file("/process/secret"))


def test_it_is_an_error_of_the_tool():
    """Commands end with a message and exit code 1."""
    assert issubclass(SecretUnavailable, ReconcilerError)
    assert SecretUnavailable.exit_code == 1


def test_a_secret_is_read_once_a_run() -> None:
    """What is sent is what was fingerprinted, whatever the source holds by then; a failure is kept as well."""
    held = [GOOD, GOOD[::-1]]
    secrets = Secrets(lambda ref: held.pop(0), lambda secret, base_url, url: f"{secret} {base_url} {url}")
    first = secrets.print_of(env(), "b", "u")
    assert first == f"{secrets.value(env()).reveal()} b u" == f"{GOOD} b u"
    assert secrets.print_of(env(), "b", "v") == f"{GOOD} b v"
    assert len(held) == 1
    assert GOOD not in repr(secrets)


def test_a_secret_that_could_not_be_had_is_not_there_later_in_the_run() -> None:
    """A plan and its apply judge alike: one that appears in between is for the next run."""
    environ: dict[str, str] = {}
    secrets = Secrets(lambda ref: read(ref, environ), lambda *_: "")
    for _ in range(2):
        with pytest.raises(SecretUnavailable, match="HOOK is not set"):
            secrets.value(env())
        environ["HOOK"] = GOOD
