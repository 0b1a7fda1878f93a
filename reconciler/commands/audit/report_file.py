"""The steps of ``audit report``: the log is read, and nothing is written but the file that ``--out`` names."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from reconciler.audit import segments, whole_log
from reconciler.audit.records import timestamp
from reconciler.audit.report.fold import Question, report
from reconciler.commands._shared import out_file
from reconciler.commands._shared.progress import PROGRESS
from reconciler.core.errors import BrokenAuditLog, UsageProblem
from reconciler.outputs import Look, parts

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.audit.report.history import History
    from reconciler.audit.whole_log import WholeLog
    from reconciler.commands._shared.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The options of ``audit report``."""

    since: datetime | None
    until: datetime | None
    expect_head: str | None
    out: str | None
    only: tuple[str, ...] = ()


def perform(session: Session, options: ReportOptions) -> int:
    """Make the report; 1 where the log is not intact."""
    path = session.log_path
    if options.since is not None and options.until is not None and options.since > options.until:
        raise click.UsageError("--since is after --until: nothing lies between.")
    if options.out is not None:
        _refuse_log(options.out, path)
    PROGRESS.step("Reading the audit log")
    with whole_log.reading(path, _day(options.since)) as log:
        history = _history(log, options)
        if options.out is None:
            session.screen.show(history)
        else:
            out_file.write(parts(history, session.screen.name, Look()), options.out, "report")
            session.screen.say(f"The report is in {options.out}.")
    said = history.chain
    if said.broken is not None:
        session.screen.warn(said.broken)
    if said.found is False:
        session.screen.warn(f"No record of {path} has the hash {said.expected}.")
    return 0 if said.intact else 1


def _history(log: WholeLog, options: ReportOptions) -> History:
    if log.missing:
        raise BrokenAuditLog(
            f"There is no audit log at {log.path}, so there is nothing to report. Name another with --audit-log or "
            "RECONCILER_AUDIT_LOG; `--sandbox` reports on the sandbox's."
        )
    head = options.expect_head
    return report(
        log,
        Question(
            log=os.fsencode(log.path).decode("utf-8", "replace"),
            now=timestamp(time.time()),
            since=_day(options.since),
            until=_day(options.until),
            head=head,
            is_before=lambda first: head is not None and segments.is_before(log.path, first, head),
            only=tuple(sorted(set(options.only))),
        ),
    )


def _day(date: datetime | None) -> str | None:
    return date.date().isoformat() if date is not None else None


def _refuse_log(out: str, path: str) -> None:
    """The report must not take the place of what it is about."""
    if os.path.realpath(out) == os.path.realpath(path) or _same(out, path):
        raise UsageProblem(f"--out {out} is the audit log itself. Name another file.")


def _same(out: str, path: str) -> bool:
    """Whether both name one file: a hard link has no path that gives it away."""
    try:
        return os.path.samefile(out, path)
    except OSError:
        return False
