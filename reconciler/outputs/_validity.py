"""What ``validate`` found, summed up: the verdict's words, and how often each rule was broken."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from reconciler.outputs._results import Validated


def verdict(report: Validated) -> tuple[str, str]:
    """Whether the files are valid, and the counts of what was found, fixed and can be fixed."""
    errors = sum(finding.severity == "error" for finding in report.findings)
    found = [f"{counted(errors, 'error')}, {counted(len(report.findings) - errors, 'warning')}"]
    if report.fixed is not None:
        found.append(f"{report.fixed} fixed, {len(report.findings)} left")
    if report.fixable:
        found.append(f"{report.fixable} of {len(report.findings)} fixable with --fix")
    word = "Valid" if report.valid else "Invalid"
    return f"{word}: {counted(report.documents, 'document')} checked", "; ".join(found)


def statistics(report: Validated) -> list[dict[str, str | int]]:
    """One entry a code and severity: how many findings in how many files, the most frequent first."""
    every = Counter((each.code, each.name, str(each.severity)) for each in report.findings)
    files = Counter(
        spot[:3]
        for spot in {(each.code, each.name, str(each.severity), each.file) for each in report.findings}
    )
    return [
        {"code": key[0], "name": key[1], "severity": key[2], "count": count, "files": files[key]}
        for key, count in sorted(every.items(), key=lambda item: (-item[1], item[0]))
    ]
