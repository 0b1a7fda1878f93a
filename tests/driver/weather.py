"""What can befall one run, at which of its requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

LATER = {"Retry-After": "2"}
MUCH_LATER = {"Retry-After": "500"}
GARBAGE = b"<!doctype html><title>Sign in</title>"

UNDONE = {
    "500": (500, {}),
    "429": (429, LATER),
    "429-long": (429, MUCH_LATER),
    "503": (503, {}),
    "503-later": (503, LATER),
    "403": (403, {}),
    "garbage": (200, {"Content-Type": "text/html"}),
}
"""Answered so, and not carried out."""

DONE = {"500-done": (500, {}), "503-done": (503, {}), "garbage-done": (200, {"Content-Type": "text/html"})}
"""Carried out, and answered so."""

SILENT = {
    "unsent": (False, httpx.ConnectError("refused")),
    "vanished": (False, httpx.ReadError("reset")),
    "lost": (True, httpx.RemoteProtocolError("closed")),
}
"""Whether it was carried out, and what the client gets in place of an answer."""

UNAUTHORISED = ("401", "401-twice", "no-token")
"""Not carried out: one 401; two; one, and no token is granted any more."""

CUTS = ("kill", "kill-done", "cut", "cut-done")
"""The run ends without a word, before or after the tenant carried the request out; cut: the machine's power."""

SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT")
HAPPENINGS = ("edit", "apply", "log")
"""Something that happens just before: an edit in the console, another run, something done to the log."""

FAULTS = (*UNDONE, *DONE, *SILENT, *UNAUTHORISED, *CUTS, *SIGNALS, *HAPPENINGS)
TELLING = {"500-done", "503-done", "garbage-done", "lost", "kill-done", "cut-done"}
"""Faults after which the tenant has it and the run does not know."""


@dataclass(frozen=True)
class Strike:
    """``what`` befalls the request ``after`` requests behind the ``write``-th write (1: the first; 0: the start)."""

    write: int
    after: int
    what: str
    arg: Any = None

    def __repr__(self):
        arg = "" if self.arg is None else f", {self.arg!r}"
        return f"Strike({self.write}, {self.after}, {self.what!r}{arg})"
