"""The output streams: results on stdout, messages on stderr, each in its format and colours."""

from __future__ import annotations

import os
import shutil
import sys
import termios
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper, UnsupportedOperation
from typing import TYPE_CHECKING, TextIO

from reconciler.commands._shared import signals
from reconciler.commands._shared.progress import PROGRESS
from reconciler.outputs import Look, parts, render

if TYPE_CHECKING:
    from reconciler.outputs._results import Report

COLORS = {"auto": None, "always": True, "never": False}
"""What ``--color`` takes, as ``Screen.color``."""

_JSON = frozenset({"json", "sarif"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The format of the result, and whether to colour it: None means as the terminal and NO_COLOR say."""

    name: str = "text"
    color: bool | None = None

    def show(self, report: Report) -> None:
        """The result, to stdout; JSON in UTF-8 whatever the terminal has (RFC 8259 section 8.1)."""
        if self.name in _JSON and isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        for part in parts(report, self.name, self._look(sys.stdout)):
            PROGRESS.erase()
            sys.stdout.write(part)
        sys.stdout.flush()

    def complain(self, report: Report) -> None:
        """Words for people, to stderr."""
        self._tell(render(report, "text", self._look(sys.stderr)))

    def warn(self, message: str) -> None:
        """One line beside the result, to stderr."""
        self.say(f"warning: {message}")

    def say(self, message: str) -> None:
        """One line beside the result that is no warning, to stderr."""
        from reconciler.outputs._visible import visible

        self._tell(f"{visible(message)}\n")

    @staticmethod
    def _tell(text: str) -> None:
        PROGRESS.erase()
        sys.stderr.write(text)

    def agreed(self, question: str) -> bool:
        """Whether somebody answers the question, on stderr, with the whole word yes; the end of input is no."""
        return self.asked(question) == "yes"

    @staticmethod
    def asked(question: str) -> str:
        """What somebody answers to the question, on stderr; empty at the end of input, and for what is no text.

        What was typed before the question stood there answers nothing.
        """
        PROGRESS.step("")
        with suppress(termios.error, UnsupportedOperation):  # of a stdin that is no terminal, or no file
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
        sys.stderr.write(question)
        sys.stderr.flush()
        signals.wait_for_input()
        try:
            answer = sys.stdin.readline()
        except UnicodeDecodeError:
            return ""
        if not answer.endswith("\n"):
            sys.stderr.write("\n")
        return answer.strip()

    def _look(self, stream: TextIO) -> Look:
        color = self.color
        if color is None:
            color = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        width = shutil.get_terminal_size((100, 24)).columns
        if stream is sys.stderr and stream.isatty() and not os.environ.get("COLUMNS"):
            with suppress(OSError):  # the width above is that of stdout, which may be a pipe
                width = os.get_terminal_size(stream.fileno()).columns or width
        return Look(color=color, width=width, terminal=stream.isatty())
