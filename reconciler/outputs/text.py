"""For people: plain lines, or on a terminal colours and a table by phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.kinds import by_phase
from reconciler.outputs import _wording as wording
from reconciler.reports import Applied, Audited, Failed, Planned, Validated, counted, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model import Action, Finding, Plan, Result
    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans
    from reconciler.reports import Report

HEADINGS = {"approval": "Approvals", "a2p": "A2P registrations", "webhook": "Webhooks"}
_SYMBOLS = {"approve": "+", "register": "+", "create": "+", "update": "~", "rotate": "~", "revoke": "-"}
_STYLES = {"+": "new", "~": "warning", "-": "was"}
_OUTCOME_STYLES = {"applied": "new", "unchanged": "dim", "pending": "warning", "held": "warning"}


def render(report: Report, look: Look) -> str:
    """The report in lines; the last one is the verdict."""
    if look.color:
        from reconciler.outputs import _terminal

        return _terminal.render(list(blocks(report, look)), look)
    plain: list[Spans] = []
    for block in blocks(report, look):
        plain += block.lines() if isinstance(block, Table) else [block]
    return "".join(_inert("".join(text for text, _ in spans).rstrip()) + "\n" for spans in plain)


def _inert(line: str) -> str:
    """A line that no CI runner takes for one of its commands: those begin with two colons, blanks before or not."""
    bare = line.lstrip()
    return line.replace("::", "\\u{003A}:", 1) if bare.startswith("::") else line


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One action: what is done to which object, from which file, and its differences by field."""

    operation: tuple[str, str]
    target: str
    source: str
    details: tuple[tuple[str, Spans], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One phase's actions; a terminal draws them as a table."""

    heading: str
    rows: tuple[Row, ...]

    def lines(self) -> Iterator[Spans]:
        """The same in lines."""
        yield [(self.heading, "strong")]
        for row in self.rows:
            text, style = row.operation
            source = f"  ({row.source})" if row.source else ""
            yield [(f"  {text:<10} ", style), (row.target, "strong"), (source, "dim")]
            width = max((len(name) for name, _ in row.details), default=0)
            for name, spans in row.details:
                yield [(f"      {name:<{width}}  ", "dim"), *spans]


def blocks(report: Report, look: Look) -> Iterator[Spans | Table]:
    """The report's lines in spans, and its tables."""
    match report:
        case Validated():
            yield from _validated(report)
        case Planned():
            yield from _planned(report, look)
        case Applied():
            yield from _applied(report)
        case Audited():
            yield [(report.said, "")]
        case Failed():
            yield from _findings(report.error.findings, report.texts)
            first, *rest = report.error.message.split("\n")
            yield [("error: ", "error"), (wording.visible(first), "")]
            for line in rest:
                yield [(wording.visible(line), "")]


def _validated(report: Validated) -> Iterator[Spans]:
    yield from _findings(report.findings, report.texts)
    errors = sum(finding.severity == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    found = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    checked = counted(report.documents, "document")
    verdict = f"Valid: {checked} checked" if report.valid else f"Invalid: {checked} checked"
    yield [(verdict, "new" if report.valid else "error"), (f"; {found}", "")]


def _findings(findings: tuple[Finding, ...], texts: object) -> Iterator[Spans]:
    for finding in findings:
        yield from wording.finding(finding, texts)  # type: ignore[arg-type]
        yield []


def _planned(report: Planned, look: Look) -> Iterator[Spans | Table]:
    plan = report.plan
    where = (
        f"Plan for {wording.visible(plan.base_url)}"
        if plan.base_url
        else "Offline plan: the tenant was not asked"
    )
    narrowed = f", narrowed to {', '.join(map(wording.visible, plan.targets))}" if plan.targets else ""
    yield [(where + narrowed, "strong")]
    yield []
    for phase in by_phase():
        yield from _phase(phase, [action for action in plan.actions if action.phase == phase], look)
    yield from _waiting(plan)
    yield from _findings(plan.findings, report.texts)
    for guard in plan.guards:
        yield [(f"Guard {guard.name}: ", "error"), (wording.visible(guard.message), "")]
    for relaxed in plan.relaxed or ():
        yield [("Relaxed: ", "warning"), (wording.visible(relaxed), "")]
    for note in plan.notes:
        yield [("Note: ", "warning"), (wording.visible(note), "")]
    if plan.guards or plan.notes or plan.relaxed:
        yield []
    yield [(verdict(plan), "strong")]


def _phase(phase: str, actions: list[Action], look: Look) -> Iterator[Spans | Table]:
    if actions:
        yield Table(heading=HEADINGS.get(phase, phase), rows=tuple(_row(action, look) for action in actions))
        yield []


def _row(action: Action, look: Look) -> Row:
    symbol = _SYMBOLS.get(action.operation, "~")
    details = [
        (wording.visible(change.field), wording.difference(change, color=look.color))
        for change in action.changes
    ]
    if action.sms is not None:
        details.append(("SMS", [(wording.sizes(action.sms), "")]))
    if action.undoes:
        fields = ", ".join(map(wording.visible, action.undoes))
        details.append(("undoes", [(f"a newer {fields} on the base branch: merge it or rebase", "error")]))
    cause = f" ({wording.visible(action.cause)})" if action.cause is not None else ""
    return Row(
        operation=(f"{symbol} {wording.visible(action.operation)}{cause}", _STYLES[symbol]),
        target=wording.visible(action.target),
        source=f"{wording.visible(action.source.file)}:{action.source.line}" if action.source else "",
        details=tuple(details),
    )


def _waiting(plan: Plan) -> Iterator[Spans]:
    said = (
        ("Pending", plan.pending, "the tenant took the approval and has not decided it yet"),
        ("Held", plan.held, "somebody decided against it in the tenant; it waits until its document changes"),
        ("Unchecked", plan.unchecked, "the secret cannot be read here; applying this plan may rotate it"),
        ("Unlisted", plan.unlisted, "the tenant refused these lists to these credentials"),
    )
    for word, names, meaning in said:
        if names:
            yield [
                (f"{word}: ", "warning"),
                (", ".join(map(wording.visible, names)), ""),
                (f" ({meaning})", "dim"),
            ]
    if any(names for _, names, _ in said):
        yield []


def verdict(plan: Plan) -> str:
    """The plan's last line (contract section 4)."""
    counts: dict[tuple[str, str], int] = {}
    for action in plan.actions:
        counts[action.phase, action.operation] = counts.get((action.phase, action.operation), 0) + 1
    parts = [
        f"{counts[key]} {words}"
        for key, words in (
            (("approval", "approve"), "to approve"),
            (("approval", "revoke"), "to revoke"),
            (("approval", "update"), "to update"),
            (("a2p", "register"), "to register"),
            (("a2p", "update"), "to re-register"),
        )
        if key in counts
    ]
    webhooks = sum(action.phase == "webhook" for action in plan.actions)
    parts += [counted(webhooks, "webhook")] if webhooks else []
    done = ", ".join(parts) or "nothing to do"
    waiting = [
        f"{len(names)} {word}" for names, word in ((plan.pending, "pending"), (plan.held, "held")) if names
    ]
    digest = f"digest {plan.digest.removeprefix('sha256:')[:12]}" if plan.digest else "no digest"
    return "Plan: " + "; ".join([done, *waiting, f"{plan.unchanged} unchanged", digest])


def _applied(report: Applied) -> Iterator[Spans]:
    for closed in report.closed:
        yield [("Closed: ", "dim"), (wording.visible(closed), "")]
    for phase in by_phase():
        results = [result for result in report.results if result.phase == phase]
        if results:
            yield [(HEADINGS.get(phase, phase), "strong")]
            for result in results:
                yield result_line(result)
    if report.results:
        yield []
    if report.audit_head is not None:
        yield [("Audit head: ", "dim"), (report.audit_head, "")]
    counts = [f"{number} {outcome}" for outcome, number in summary(report.results).items() if number]
    word = "Incomplete" if report.incomplete else "Done"
    yield [(f"{word}: ", "error" if report.incomplete else "new"), (", ".join(counts) or "nothing to do", "")]


def result_line(result: Result) -> Spans:
    """One action's end."""
    outcome = str(result.outcome)
    took = f"  {result.latency_ms} ms" if result.latency_ms is not None else ""
    tries = f", {result.attempts} attempts" if result.attempts > 1 else ""
    return [
        (f"  {outcome:<10} ", _OUTCOME_STYLES.get(outcome, "error")),
        (f"{result.operation:<8} ", ""),
        (wording.visible(result.target), "strong"),
        (took + tries, "dim"),
        (f"  {wording.visible(result.error)}" if result.error else "", ""),
    ]
