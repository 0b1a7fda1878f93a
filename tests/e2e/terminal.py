"""A run on a terminal of its own: what is typed there, all that was written to it, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import warm

_ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that ^C is a signal there
"""
_WARM = f"""{_ON_ITS_TERMINAL}
sys.path[:0] = [sys.argv[1]]
from stand_in import stand_in
stand_in(sys.argv[2], sys.argv[3:])
"""
_COLD = f"""{_ON_ITS_TERMINAL}
os.execv(sys.executable, [sys.executable, "-m", "reconciler", *sys.argv[1:]])
"""
_TESTS = str(Path(__file__).parents[1])
_ESCAPE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")
CTRL_C, CTRL_D = b"\x03", b"\x04"


class OnTerminal:
    """``reconciler`` with a terminal for stdin and stderr, and for stdout unless that is given.

    ``cold``: the run is the terminal's own process, to which a signal comes before the keys that are typed after it.
    """

    def __init__(self, cli, *args, env=None, columns=80, stdout=None, cold=False):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.columns = columns
        self.process = subprocess.Popen(
            [sys.executable, "-ISc", *([_COLD] if cold else [_WARM, _TESTS, warm.server().path]), *args],
            cwd=cli.folder,
            env={**cli.env, "TERM": "xterm-256color", **(env or {})},
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
        )
        os.close(theirs)
        self._written = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()  # and by that the run, which a kill would leave behind
        self.process.wait(60)
        os.close(self._ours)

    @property
    def shown(self):
        """All that was written to the terminal."""
        return self._written.decode()

    @property
    def screen(self):
        """The lines that stand there now."""
        return on_screen(self._written.decode(errors="replace"), self.columns)

    @property
    def said(self):
        """What stands there, however its lines are broken."""
        return " ".join(" ".join(self.screen).split())

    def type(self, keys):
        os.write(self._ours, keys)

    def until(self, words, seconds=30):
        """Wait until the words stand on the screen, however its lines are broken."""
        by = time.monotonic() + seconds
        while words not in self.said:
            assert time.monotonic() < by, self.shown
            assert self._read(0.05) or self.process.poll() is None, self.shown

    def end(self, seconds=60):
        """Wait for the end; the exit code."""
        by = time.monotonic() + seconds
        while self.process.poll() is None or self._read(0):
            assert time.monotonic() < by, self.shown
            self._read(0.05)
        return self.process.returncode

    def _read(self, seconds):
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._ours, 65536)
        except OSError:  # the other side is closed
            return False
        self._written += piece
        return bool(piece)


def on_a_terminal(here, *args, answer=b"", env=None, meanwhile=lambda: None):
    """What it showed and its exit code, once it has ended; ``answer`` is typed at the question, after ``meanwhile``."""
    with OnTerminal(here.cli, *args, env=env) as terminal:
        if answer:
            terminal.until("Only 'yes' goes on:")
            meanwhile()
            terminal.type(answer)
        code = terminal.end()
        return terminal.shown, code


def on_screen(written, columns):
    """The lines of a terminal to which this was written, as far as our own output needs one."""
    lines, row, column, at = [""], 0, 0, 0
    while at < len(written):
        escape = _ESCAPE.match(written, at)
        if escape is not None:
            at = escape.end()
            if escape[2] == "A":
                row = max(0, row - int(escape[1] or 1))
            elif escape[2] == "J":
                lines[row] = lines[row][:column]
                del lines[row + 1 :]
            else:
                assert escape[2] in "mhl", escape[0]
            continue
        char, at = written[at], at + 1
        if char == "\r":
            column = 0
        elif char == "\n" or column == columns:
            row, column = row + 1, 0 if column == columns else column
            lines += [""] * (row + 1 - len(lines))
        if char not in "\r\n":
            lines[row] = f"{lines[row]:<{column}}"[:column] + char + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]
