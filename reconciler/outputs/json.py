"""Reports as JSON: exact, keys in the reference's order; characters that could act or hide are JSON's own escapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.audit.report.history import History
from reconciler.core.lossless_json import shown_in_parts
from reconciler.core.plan_json import OUTPUT_VERSION, finding_json, to_json
from reconciler.outputs import _history_json, _laid_down, _validity
from reconciler.outputs._results import (
    Applied,
    Audited,
    Examined,
    Failed,
    Imported,
    LaidDown,
    Page,
    Planned,
    Validated,
    Verified,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.outputs import Look
    from reconciler.outputs._results import Report


def parts(report: Report, look: Look) -> Iterator[str]:  # noqa: ARG001  JSON looks the same to everyone
    """The report as one JSON object."""
    return shown_in_parts(_shape(report))


def _shape(report: Report) -> dict[str, Any]:
    match report:
        case Validated():
            shape = _validated(report)
        case Planned():
            shape = to_json(report.plan)
        case Applied():
            shape = _applied(report)
        case Audited():
            shape = {
                "format_version": OUTPUT_VERSION,
                "records": report.records,
                "audit_head": report.head,
                **report.fields,
            }
        case Imported():
            shape = _imported(report)
        case Verified():
            shape = {
                "format_version": OUTPUT_VERSION,
                "verified": True,
                "id": report.id,
                "timestamp": report.timestamp,
                "signed_at": report.signed_at,
                "age": report.age,
                "secret": report.secret,
            }
        case Examined():
            shape = _examined(report)
        case History():
            shape = _history_json.shape(report)
        case LaidDown():
            shape = _laid_down.shape(report)
        case Page():
            shape = {"format_version": OUTPUT_VERSION, "topic": report.topic, "markdown": report.markdown}
        case Failed():
            findings = [finding_json(finding) for finding in report.error.findings]
            shape = {"format_version": OUTPUT_VERSION, "error": report.error.message, "findings": findings}
    return shape


def _validated(report: Validated) -> dict[str, Any]:
    return {
        "format_version": OUTPUT_VERSION,
        "valid": report.valid,
        "findings": [finding_json(finding) for finding in report.findings],
        "templates": [
            {
                "id": sized.id,
                "file": sized.file,
                "line": sized.line,
                "encoding": sized.measure.encoding,
                "units": sized.measure.units,
                "segments": sized.measure.segments,
            }
            for sized in report.templates
        ],
        **({"statistics": _validity.statistics(report)} if report.statistics else {}),
    }


def _applied(report: Applied) -> dict[str, Any]:
    return {
        "format_version": OUTPUT_VERSION,
        "plan_digest": report.plan_digest,
        "audit_head": report.audit_head,
        "results": [
            {
                "phase": result.phase,
                "operation": result.operation,
                "target": result.target,
                "outcome": str(result.outcome),
                "attempts": result.attempts,
                "latency_ms": result.latency_ms,
                "error": result.error,
                "doubt": result.doubt,
            }
            for result in report.results
        ],
        "summary": summary(report.results),
    }


def _examined(report: Examined) -> dict[str, Any]:
    return {
        "format_version": OUTPUT_VERSION,
        "base_url": report.base_url,
        "ready": report.ready,
        "checks": [
            {
                "group": check.group,
                "name": check.name,
                "state": str(check.state),
                "found": check.found,
                "fix": check.fix,
            }
            for check in report.checks
        ],
        "summary": report.counts(),
    }


def _imported(report: Imported) -> dict[str, Any]:
    return {
        "format_version": OUTPUT_VERSION,
        "written": [
            {"id": one.id, "file": one.file, "waivers": list(one.waivers), "waiting": one.waiting}
            for one in report.written
        ],
        "skipped": [{"id": one.id, "why": one.why} for one in report.skipped],
        "secrets": [{"url": one.url, "variable": one.variable} for one in report.secrets],
        "notes": list(report.notes),
    }
