"""The format ``text``: plain lines, or on a terminal colours and a table for each phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.history import History
from reconciler.kinds import by_phase
from reconciler.outputs import _checks, _history_text, _laid_down, _page, _validity
from reconciler.outputs import _planned as _plan
from reconciler.outputs import _wording as wording
from reconciler.outputs._blocks import Paragraph, Table
from reconciler.outputs._planned import verdict
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
from reconciler.outputs._visible import inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.model import Finding
    from reconciler.core.outcome import Result
    from reconciler.outputs import Look
    from reconciler.outputs._results import Report
    from reconciler.outputs._wording import Spans

    Block = Spans | Paragraph | Table


def parts(report: Report, look: Look) -> Iterator[str]:
    """The report in lines, each with its details; the last one is the verdict."""
    if look.color or look.terminal:
        from reconciler.outputs import _terminal

        yield from _terminal.parts(blocks(report, look), look)
        return
    for block in blocks(report, look):
        lines = block.lines() if isinstance(block, Table) else [_line(block)]
        yield "".join(inert("".join(text for text, _ in spans).rstrip()) + "\n" for spans in lines)


def _line(block: Spans | Paragraph) -> Spans:
    return [*block.label, *block.spans] if isinstance(block, Paragraph) else block


def blocks(report: Report, look: Look) -> Iterator[Block]:
    """The report's lines in spans, and its tables."""
    match report:
        case Validated():
            yield from _validated(report, look)
        case Planned():
            yield from _planned(report, look)
        case Applied():
            yield from _applied(report)
        case Audited() | Verified():
            for line in report.said.split("\n"):
                yield Paragraph(spans=[(wording.visible(line), "")])
        case Examined():
            yield from _checks.blocks(report)
        case Imported():
            yield from _imported(report)
        case History():
            yield from _history_text.blocks(report, look)
        case LaidDown():
            yield from _laid_down.blocks(report)
        case Page():
            yield from _page.blocks(report.markdown, look)
        case Failed():
            yield from _failed(report, look)


def _validated(report: Validated, look: Look) -> Iterator[Block]:
    if report.statistics:
        for each in _validity.statistics(report):
            yield [
                (f"{each['count']:>6}  ", "strong"),
                (f"{each['code']}  ", ""),
                (f"{each['severity']:<7}  ", str(each["severity"])),
                (f"{each['name']:<18} in {counted(int(each['files']), 'file')}", ""),
            ]
        yield []
    else:
        yield from _findings(report.findings, report.texts, look)
    verdict, found = _validity.verdict(report)
    yield [(verdict, "new" if report.valid else "error"), (f"; {found}", "")]


def _failed(report: Failed, look: Look) -> Iterator[Block]:
    yield from _findings(report.error.findings, report.texts, look)
    first, *rest = report.error.message.split("\n")
    yield Paragraph(spans=[("error: ", "error"), (wording.visible(first), "")])
    for line in rest:
        yield Paragraph(spans=[(wording.visible(line), "")])


def _findings(findings: Sequence[Finding], texts: Mapping[str, str], look: Look) -> Iterator[Block]:
    width = max(30, min(100, look.width - 12)) if look.color else 100
    for finding in findings:
        first, *excerpt = wording.finding(finding, texts, width=width)
        yield Paragraph(spans=first)
        yield from excerpt
        yield []


def _planned(report: Planned, look: Look) -> Iterator[Block]:
    plan = report.plan
    yield from _plan.blocks(plan, look)
    yield from _findings(plan.findings, report.texts, look)
    warnings = list(_plan.warnings(plan))
    if report.file is not None:
        warnings.append(Paragraph(spans=[(_plan.claimed(plan, wording.visible(report.file)), "dim")]))
    yield from warnings
    if warnings:
        yield []
    yield [(verdict(plan), "strong")]
    if plan.digest is not None:
        yield [(f"Digest: {plan.digest}", "")]
    said = _plan.next_step(report)
    if said:
        yield [("Next: ", "strong"), (said, "")]


def _applied(report: Applied) -> Iterator[Block]:
    for closed in report.closed:
        yield [("Closed: ", "dim"), (wording.visible(closed), "")]
    for phase, kind in by_phase().items():
        results = [result for result in report.results if result.phase == phase]
        if results:
            yield [(kind.heading, "strong")]
            for result in results:
                yield Paragraph(spans=result_line(result), hang=13)
    if report.results:
        yield []
    if report.audit_head is not None:
        yield [("Audit head: ", "dim"), (report.audit_head, "")]
    counts = [f"{number} {outcome}" for outcome, number in summary(report.results).items() if number]
    said = report.next_step(f"`{wording.visible(report.onward)}`")
    if said:
        yield Paragraph(spans=[("Next: ", "strong"), (said, "")])
    style = {"Done": "new", "Waiting": "warning"}.get(report.verdict, "error")
    yield [(f"{report.verdict}: ", style), (", ".join(counts) or "nothing to do", "")]


def _imported(report: Imported) -> Iterator[Block]:
    for one in report.written:
        waived = f"  waived until {report.expires}: {', '.join(one.waivers)}" if one.waivers else ""
        yield [
            ("  written    ", "new"),
            (wording.visible(one.id), "strong"),
            (f"  {wording.visible(one.file)}", "dim"),
            (f"  {one.waiting} in the tenant, APPROVED in the file" if one.waiting else "", ""),
            (waived, "warning"),
        ]
    for left in report.skipped:
        yield [
            ("  left out   ", "warning"),
            (wording.visible(left.id), "strong"),
            (f"  {wording.visible(left.why)}", ""),
        ]
    for secret in report.secrets:
        yield [
            ("  set        ", "warning"),
            (secret.variable, "strong"),
            (f"  to the secret of {wording.visible(secret.url)}, which cannot be read from the tenant", ""),
        ]
    for note in report.notes:
        yield Paragraph(spans=[("Note: ", "warning"), (wording.visible(note), "")])
    if report.written:
        waivers = " Review each waiver: fix the template, or agree to the date." if report.expires else ""
        yield [
            ("Next: ", "strong"),
            (f"`{report.plan}` {report.shows}; open a pull request.{waivers}", ""),
        ]
    excused = sum(bool(one.waivers) for one in report.written)
    counts = [f"{counted(len(report.written), 'file')} written"]
    counts += [f"{excused} with waivers"] if excused else []
    counts += [f"{len(report.skipped)} left out"] if report.skipped else []
    counts += [f"{counted(len(report.secrets), 'secret')} to set"] if report.secrets else []
    yield [("Imported: ", "new"), (", ".join(counts), "")]


def result_line(result: Result) -> Spans:
    """The line about one action's outcome."""
    outcome = str(result.outcome)
    took = f"  {result.latency_ms} ms" if result.latency_ms is not None else ""
    tries = f", {result.attempts} attempts" if result.attempts > 1 else ""
    return [
        (f"  {outcome:<10} ", wording.OUTCOME_STYLES.get(outcome, "error")),
        (f"{wording.visible(result.operation):<8} ", ""),
        (wording.visible(result.target), "strong"),
        (took + tries, "dim"),
        (f"  {wording.visible(result.error)}" if result.error else "", ""),
    ]
