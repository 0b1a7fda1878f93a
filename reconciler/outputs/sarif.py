"""SARIF 2.1.0, for code scanning: one run, every rule with its explanation, findings by file and line."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.core.lines import lines as lines_of
from reconciler.core.lossless_json import shown
from reconciler.outputs._results import Failed, Planned, Validated
from reconciler.rules.codes import explanations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.model import Finding
    from reconciler.outputs import Look
    from reconciler.outputs._results import Report
    from reconciler.rules.codes import Explanation

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
MOST = 25_000
"""Results a run that GitHub takes; with one more it refuses the whole file."""

FINGERPRINT = "findingAndLine/v1"


def render(report: Report, look: Look) -> str:  # noqa: ARG001  SARIF looks the same to everyone
    """The report's findings as one SARIF log; an error that ended the command is a notification of the run."""
    findings, texts = _findings(report)
    # Stable, so by place within a severity: where not all go in, errors do.
    kept = sorted(findings, key=lambda found: found.severity != "error")[:MOST]
    notifications = []
    if isinstance(report, Failed):
        notifications.append({"level": "error", "message": {"text": report.error.message}})
    if len(findings) > MOST:
        said = f"{len(findings) - MOST} more findings are left out: {MOST} are the most that a run may have."
        notifications.append({"level": "warning", "message": {"text": said}})
    invocation: dict[str, Any] = {"executionSuccessful": not isinstance(report, Failed)}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    run = {
        "tool": {"driver": {"name": "reconciler", "version": __version__, "rules": _rules()}},
        "invocations": [invocation],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that reconciler was run in."}}},
        "columnKind": "unicodeCodePoints",
        "results": _results(kept, texts),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return shown(log)


def _findings(report: Report) -> tuple[Sequence[Finding], Mapping[str, str]]:
    match report:
        case Validated():
            return report.findings, report.texts
        case Planned():
            return report.plan.findings, report.texts
        case Failed():
            return report.error.findings, report.texts
        case _:
            return (), {}


def _rules() -> list[dict[str, Any]]:
    return [
        {
            "id": each.code,
            "name": each.name,
            "shortDescription": {"text": each.summary},
            "fullDescription": {"text": " ".join(" ".join(each.paragraphs[:2]).split())},
            "help": {"text": each.text, "markdown": _markdown(each)},
            "defaultConfiguration": {"level": str(each.severity)},
        }
        for each in explanations().values()
    ]


def _markdown(explanation: Explanation) -> str:
    """The explanation with its examples as code and the lead-ins in bold."""
    parts = []
    for paragraph in explanation.paragraphs:
        lead, colon, rest = paragraph.partition(": ")
        if lead.startswith("Fails"):
            parts.append(f"```text\n{paragraph}\n```")
        elif colon and lead in _LEADS:
            parts.append(f"**{lead}:** {rest}")
        else:
            parts.append(paragraph)
    return "\n\n".join(parts)


_LEADS = frozenset({"What", "Why", "How to fix", "Waive it", "Why and how to fix", "Law", "Source"})


def _results(findings: Sequence[Finding], texts: Mapping[str, str]) -> list[dict[str, Any]]:
    numbers = {code: number for number, code in enumerate(explanations())}
    lines = {
        name: lines_of(texts[name]) for name in sorted({found.file for found in findings}) if name in texts
    }
    seen: dict[str, int] = {}
    results = []
    for found in findings:
        mark = _mark(found, lines.get(found.file, []))
        seen[mark] = seen.get(mark, 0) + 1
        results.append(
            {
                "ruleId": found.code,
                "ruleIndex": numbers[found.code],
                "level": str(found.severity),
                "message": {"text": found.message},
                "locations": [_location(found)],
                "partialFingerprints": {FINGERPRINT: f"{mark}:{seen[mark]}"},
            }
        )
    return results


def _location(found: Finding) -> dict[str, Any]:
    absolute = found.file.startswith("/")
    artifact = (
        {"uri": f"file://{quote(found.file)}"} if absolute else {"uri": quote(found.file), "uriBaseId": ROOT}
    )
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {"startLine": found.line, "startColumn": found.column},
        }
    }
    if found.target is not None:
        location["logicalLocations"] = [{"name": found.target}]
    return location


def _mark(found: Finding, lines: Sequence[str]) -> str:
    """What stays the same when lines move: code, file, target and the line's own text."""
    line = lines[found.line - 1].strip() if 0 < found.line <= len(lines) else ""
    parts = json.dumps([found.code, found.file, found.target, line])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
