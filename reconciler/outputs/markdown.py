"""GitHub-flavoured Markdown for a pull request or a job's summary: at most ``LIMIT`` bytes, whatever it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.history import History
from reconciler.outputs import _checks, _history_markdown, _laid_down, _plan_markdown, _validity
from reconciler.outputs._marks import bytes_of, cell, code, cut, fenced, filled, whole, wrapped
from reconciler.outputs._plan_details import finding_line
from reconciler.outputs._plan_markdown import LIMIT, ROWS
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
    counted,
    summary,
)
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Finding
    from reconciler.core.outcome import Result
    from reconciler.outputs import Look
    from reconciler.outputs._results import Report

_MESSAGE = 6_000
_SLACK = 1_000


def render(report: Report, look: Look) -> str:  # noqa: ARG001  Markdown looks the same to everyone
    """The report, at most ``LIMIT`` bytes."""
    match report:
        case Planned():
            return _plan_markdown.render(report)
        case Applied():
            return _fitted(list(_applied(report)), _closed(report), "closed end")
        case Validated():
            told = _counted(report) if report.statistics else _findings(report.findings)
            return _fitted([f"## {'; '.join(_validity.verdict(report))}", ""], told, "finding")
        case Failed():
            return _fitted(
                ["## Failed", "", *_message(report.error.message), ""],
                _findings(report.error.findings),
                "finding",
            )
        case Audited() | Verified():
            return _fitted(_message(report.said), [], "record")
        case Page():
            return report.markdown
        case Imported() | LaidDown() | Examined() | History():
            return _fitted(*_listed(report))


def _listed(report: Imported | LaidDown | Examined | History) -> tuple[list[str], list[list[str]], str]:
    """What stands above, the items, and what one is called."""
    match report:
        case Imported():
            return list(_imported(report)), _documents(report), "document"
        case LaidDown():
            return _laid_down.head(report), _laid_down.details(report), "step"
        case Examined():
            return [f"## {_checks.verdict(report)}", ""], _checks.table(report), "check"
        case History():
            return _history_markdown.head(report), _history_markdown.details(report), "line"


def _fitted(head: list[str], details: Sequence[list[str]], noun: str) -> str:
    """The head whole, then as many details as fit, and how many do not."""

    def more(number: int) -> list[str]:
        return [
            "",
            f"_{number} more {noun}{'' if number == 1 else 's'} left out here; the text output has all of it._",
        ]

    return whole([*head, *filled(details, len(details), LIMIT - bytes_of(head) - _SLACK, more)])


def _message(text: str) -> list[str]:
    lines = [line for part in cut(text, _MESSAGE).split("\n") for line in wrapped("", visible(part))]
    return fenced("text", [line.removeprefix(" ") for line in lines])


def _findings(findings: Sequence[Finding]) -> list[list[str]]:
    return [[finding_line(finding)] for finding in findings]


def _applied(report: Applied) -> Iterator[str]:
    counts = [f"{number} {outcome}" for outcome, number in summary(report.results).items() if number]
    yield f"## {report.verdict}: {', '.join(counts) or 'nothing to do'}"
    yield ""
    if report.audit_head is not None:
        yield f"Audit head {code(report.audit_head)}"
        yield ""
    said = report.next_step(code(report.onward, most=400))
    if said:
        yield f"**Next:** {said}"
        yield ""
    worst = sorted(report.results, key=lambda result: result.outcome.good)
    if not worst:
        return
    yield "| Outcome | Action | Target | Why |"
    yield "|---|---|---|---|"
    rows = [[_result(result)] for result in worst]
    yield from filled(rows, len(rows), LIMIT // 2, lambda number: ["", f"_and {number} more_"], most=2 * ROWS)
    yield ""


def _result(result: Result) -> str:
    why = cell(result.error, most=400) if result.error else ""
    what = f"{cell(result.operation)} ({cell(result.phase)})"
    outcome = str(result.outcome) if result.outcome.good else f"**{result.outcome}**"
    return f"| {outcome} | {what} | {cell(result.target)} | {why} |"


def _closed(report: Applied) -> list[list[str]]:
    return [[f"- Closed: {code(closed)}"] for closed in report.closed]


def _counted(report: Validated) -> list[list[str]]:
    """One line a rule."""
    return [
        [
            f"- {each['count']} {each['severity']} {code(str(each['code']))} {each['name']}, files: {each['files']}"
        ]
        for each in _validity.statistics(report)
    ]


def _imported(report: Imported) -> Iterator[str]:
    counts = [f"{counted(len(report.written), 'file')} written"]
    counts += [f"{len(report.skipped)} left out"] if report.skipped else []
    counts += [f"{counted(len(report.secrets), 'secret')} to set"] if report.secrets else []
    yield f"## Imported: {', '.join(counts)}"
    yield ""


def _documents(report: Imported) -> list[list[str]]:
    until = f" until {code(report.expires)}" if report.expires else ""
    written = [
        f"- {code(one.id)} in {code(one.file)}"
        + (f", {code(one.waiting)} in the tenant, `APPROVED` in the file" if one.waiting else "")
        + (f", **waived**{until}: {', '.join(map(code, one.waivers))}" if one.waivers else "")
        for one in report.written
    ]
    left = [f"- **Left out** {code(one.id)}: {code(one.why, most=400)}" for one in report.skipped]
    unset = [f"- **Set** {code(one.variable)} to the secret of {code(one.url)}" for one in report.secrets]
    notes = [f"- {code(note, most=600)}" for note in report.notes]
    return [[line] for line in (*unset, *left, *written, *notes)]
