"""The command line as a process, and what must hold of every run of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import warm

if TYPE_CHECKING:
    from pathlib import Path

SEEDED = ("TMPDIR", "PYTHONPATH", "COVERAGE_PROCESS_START")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run that has ended."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self):
        """The result on stdout."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Everything that was printed."""
        return self.out + self.err


class CommandLine:
    """Runs ``python -m reconciler`` in ``folder``; ``env`` is all of its environment save the system's own.

    Of every run: no traceback, no bug of ours, no ANSI into a pipe, and none of ``secrets`` printed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "CI_COMMIT_SHA": "0" * 40,
        }
        self.env |= {name: os.environ[name] for name in SEEDED if name in os.environ}
        self.secrets: set[str] = set()

    def start(self, *args: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """The process, under way. A None in ``env`` takes a variable away."""
        whole = {name: text for name, text in {**self.env, **(env or {})}.items() if text is not None}
        command = [sys.executable, "-m", "reconciler", *args]
        if warm.fits(whole):
            return warm.Started(command, cwd=self.folder, env=whole)
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=whole,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace" if "PYTHONIOENCODING" in whole else "strict",
        )

    def end(self, process: subprocess.Popen[str], *, exits: int | None = 0, seconds: float = 60) -> Ran:
        """Wait for it, and check what holds of every run. ``exits`` None: whatever the code."""
        try:
            out, err = process.communicate(timeout=seconds)
        finally:
            process.kill()
        ran = Ran(args=tuple(process.args[3:]), code=process.returncode, out=out, err=err)
        told = f"{ran.args} exited {ran.code}\n--- stdout\n{out}\n--- stderr\n{err}"
        assert exits is None or ran.code == exits, told
        assert "Traceback" not in ran.said, told
        assert "This is a bug" not in ran.said, told
        assert "\x1b" not in ran.said or "always" in ran.args, told
        for secret in self.secrets:
            assert secret not in ran.said, told
        return ran

    def run(self, *args: str, exits: int | None = 0, env: dict[str, str] | None = None) -> Ran:
        """Run to the end; the exit code must be ``exits``."""
        return self.end(self.start(*args, env=env), exits=exits)
