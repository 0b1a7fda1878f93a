"""How far a tenant's last apply got: a file beside its log on the audit log's branch, where nobody else can write.

A commit status says the same to people, and decides nothing: whoever may push a branch may set one.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reconciler.audit import chain
from reconciler.core.errors import BrokenAuditLog

_SUFFIX = ".applied.json"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HEAD = re.compile(r"sha256:[0-9a-f]{64}")
_DONE = frozenset({0, 3})
"""Exit codes after which nothing that was merged until then has still to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last apply: its ``commit``, its exit code (None: lost on its way), and the log's ``head`` after it.

    ``since`` is the newest commit up to which all that was merged was found by an apply that ended 0 or 3; None where
    the default branch has had no commit before the first apply. ``head`` is None where the log was empty.
    """

    since: str | None
    commit: str
    exit: int | None
    head: str | None

    def then(self, commit: str, code: int | None, head: str | None) -> Cursor:
        """What it is after another apply."""
        since = commit if code in _DONE else self.since
        return Cursor(since=since, commit=commit, exit=code, head=head)


def name_for(log: str) -> str:
    """The file's name, for the log's."""
    return f"{log.removesuffix('.jsonl')}{_SUFFIX}"


def read(log: str) -> Cursor | None:
    """The cursor beside the log; None before a tenant's first apply, where the log is empty as well.

    BrokenAuditLog where it is missing beside a log with records, or is none: an apply must not guess.
    """
    file = name_for(log)
    if not os.path.lexists(file):
        if chain.read(log).records:
            raise BrokenAuditLog(
                f"{file} is missing: the log has records, and how far the last apply got is not known. Restore the "
                "file from the history of the audit log's branch."
            )
        return None
    try:
        found = Cursor(**json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        found = Cursor(since="", commit="", exit=None, head=None)
    if not _holds(found):
        raise BrokenAuditLog(
            f"{file} does not say how far the last apply got. Restore it from the history of the audit log's branch."
        )
    return found


def write(log: str, cursor: Cursor) -> None:
    """Put the cursor beside the log."""
    Path(name_for(log)).write_text(json.dumps(asdict(cursor), indent=2) + "\n", encoding="utf-8")


def _holds(found: Cursor) -> bool:
    return (
        _is(_COMMIT, found.commit)
        and (found.since is None or _is(_COMMIT, found.since))
        and (found.head is None or _is(_HEAD, found.head))
        and (found.exit is None or type(found.exit) is int)
    )


def _is(form: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
