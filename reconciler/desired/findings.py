"""From problems to findings: their place, their order, and which of them say the same."""

from __future__ import annotations

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


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats, by file and place; no CX004 where a value's reading by YAML (CX007) is the cause."""
    every = set(findings)
    explained = {(each.file, each.line, each.column) for each in every if each.code == "CX007"}
    kept = (
        each for each in every if each.code != "CX004" or (each.file, each.line, each.column) not in explained
    )
    return tuple(sorted(kept, key=_order))


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.column, finding.code, finding.message
