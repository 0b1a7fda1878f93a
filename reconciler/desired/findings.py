"""From problems to findings: their place, their order, and which of them say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Finding, Problem, Severity
from reconciler.desired.positions import Location, index_of, place

if TYPE_CHECKING:
    from collections.abc import Iterable


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that stop a run: those of severity error."""
    return tuple(finding for finding in findings if finding.severity == Severity.ERROR)


def finding_in(document: Document, text: str, found: Problem, target: str | None) -> Finding:
    """The problem with its place in the document's file, whose text this is."""
    at = index_of(text, document.index, found.path, found.offset, key=found.key)
    return finding_at(document.file, place(text, at), found, target)


def finding_at(file: str, where: Location, found: Problem, target: str | None = None) -> Finding:
    """The problem at a place that is known."""
    return Finding(
        code=found.code,
        name=found.name,
        severity=found.severity,
        message=found.message,
        file=file,
        line=where.line,
        column=where.column,
        target=target,
    )


def passed_by(finding: Finding, *, guarded: bool) -> Finding:
    """An unreadable file's finding in a run narrowed to targets that stand elsewhere: a warning.

    Not ``guarded``, where no Policy is known, it stays an error that says why, and what to do.
    """
    if guarded:
        return replace(finding, severity=Severity.WARNING)
    why = (
        "No Policy was found in the files that can be read, so this one may hold it, and the guards with it. "
        f"Fix {finding.file}, or move it out of the folder for this run."
    )
    return replace(finding, message=f"{finding.message} {why}")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats, by file and place.

    Of a value that YAML misreads (CX007) nothing else; a line break that YAML adds (CX009) is no blank (CX116) as well.
    """
    every = set(findings)
    misread = {_place(each) for each in every if each.code == "CX007"}
    broken = {_place(each) for each in every if each.code == "CX009"}
    kept = (
        each
        for each in every
        if each.code == "CX007"
        or (_place(each) not in misread and not (each.code == "CX116" and _place(each) in broken))
    )
    return tuple(sorted(kept, key=_order))


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.file, finding.line, finding.column


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.column, finding.code, finding.message
