"""What a run waits for, drawn over a clock of the tests' own."""

from __future__ import annotations

import pytest

from reconciler.commands._shared.progress import SILENCE, Progress
from reconciler.cxone.delays import Delay

READ = Delay(method="GET", url="https://user:pass@acme.example.com/api/v1/messaging/templates?cursor=abc")
AGAIN = Delay(
    method="PUT", url="https://acme.example.com/t/a", reason="answered 503", seconds=12, attempt=2, attempts=6
)


class Watched(Progress):
    """A progress on a terminal of so many columns; ``at`` is its clock."""

    def __init__(self, columns=200):
        self.at, self.written = 0.0, ""
        super().__init__(
            write=self._put, width=lambda: columns, clock=lambda: self.at, now=lambda: self.at + 1_000_000_000
        )

    def _put(self, text):
        self.written += text

    def after(self, seconds):
        """What is written by then that was not before."""
        self.at += seconds
        self.written = ""
        self.draw()
        return self.written


def test_nothing_is_said_in_the_first_half_second_and_no_line_twice():
    """Silence lasts less than half a second, and what has not changed is not drawn again."""
    line = Watched()
    line.step("Reading the files")
    assert SILENCE < 0.5
    assert line.after(SILENCE - 0.01) == ""
    assert line.after(0.02) == "Reading the files ..."
    assert line.after(1) == ""


def test_whoever_prints_begins_a_new_silence():
    """What was drawn is taken off, all of its lines, and there is nothing to take off after that."""
    line = Watched(columns=21)
    line.step("Reading the tenant")
    line.count("templates", 1500)
    assert line.after(1) == "Reading the tenant:\n  templates 1,500"
    line.written = ""
    assert line.erase()
    assert line.written == "\r\x1b[A\x1b[J"
    assert not line.erase()
    assert line.after(SILENCE - 0.01) == ""


def test_each_step_counts_for_itself():
    """n of m where it is known how many there are."""
    line = Watched()
    line.step("Reading the tenant")
    line.count("templates", 7)
    line.step("Applying")
    line.count("Approvals", 3, 10)
    line.count("Webhooks", 0, 1)
    assert line.after(1) == "Applying: Approvals 3 of 10, Webhooks 0 of 1"


def test_what_holds_a_request_up_is_said_once_it_lasts():
    """The call without query and user info, and for how long; gone with its answer."""
    line = Watched()
    with line.watch(READ):
        assert line.after(SILENCE) == "Waiting for an answer to GET /api/v1/messaging/templates"
        assert line.after(2).endswith("GET /api/v1/messaging/templates, 2 s")
    assert line.after(1) == "\r\x1b[J"


def test_a_retry_comes_before_what_is_only_slow():
    """Why, which attempt, when and in how many seconds, and how many more are waiting."""
    line = Watched()
    with line.watch(READ), line.watch(AGAIN):
        said = line.after(1)
    assert said.startswith("PUT /t/a: answered 503, attempt 2 of 6 at ")
    assert said.endswith(", in 12 s (and 1 more)")


@pytest.mark.parametrize("columns", [21, 40, 60])
def test_no_line_is_wider_than_the_terminal(columns):
    """Or it would be broken there, and not be taken off as a whole."""
    line = Watched(columns)
    line.step("Applying")
    line.count("A2P registrations", 123_456, 234_567)
    with line.watch(AGAIN):
        assert max(map(len, line.after(1).split("\n"))) < columns


def test_a_step_without_words_leaves_an_empty_screen():
    """While a person thinks, and at the end."""
    line = Watched()
    line.step("Reading the tenant")
    line.after(1)
    line.step("")
    assert line.written.endswith("\r\x1b[J")
    assert line.after(10) == ""
