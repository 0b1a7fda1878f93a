"""The report of ``doctor`` as lines in groups and as a Markdown table, with one verdict for both."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.outputs._blocks import Paragraph
from reconciler.outputs._marks import cell
from reconciler.outputs._results import CheckState, counted
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.outputs._results import Check, Examined
    from reconciler.outputs._wording import Spans

_STYLES = {"ok": "new", "warning": "warning", "problem": "error", "skipped": "dim"}
_HANG = 11
"""Columns before a check's name."""


def blocks(report: Examined) -> Iterator[Spans | Paragraph]:
    """Each group under its heading, then the verdict. What was skipped for one reason stands on one line."""
    for group, checks in groupby(report.checks, key=lambda check: check.group):
        yield [(group, "strong")]
        for _, alike in groupby(checks, key=_kept_apart):
            first, *others = alike
            names = ", ".join([first.name, *(check.name for check in others)])
            yield from _lines(replace(first, name=names))
        yield []
    yield [(verdict(report), "new" if report.ready else "error")]


def _kept_apart(check: Check) -> tuple[str, str]:
    return check.found, "" if check.state == CheckState.SKIPPED else check.name


def _lines(check: Check) -> Iterator[Paragraph]:
    style = _STYLES[check.state]
    skipped = check.state == CheckState.SKIPPED
    yield Paragraph(
        spans=[
            (f"  {check.state:<{_HANG - 2}}", style),
            (visible(check.name), "dim" if skipped else "strong"),
            (f": {visible(check.found)}", "dim" if skipped else ""),
        ],
        hang=_HANG,
    )
    if check.fix:
        yield Paragraph(spans=[(" " * _HANG, ""), ("To fix: ", style), (visible(check.fix), "")], hang=_HANG)


def verdict(report: Examined) -> str:
    """Whether all is ready, and the number of checks by state, in one line."""
    counts = report.counts()
    wrong = [counted(counts[state], state) for state in ("problem", "warning") if counts[state]]
    rest = f"{counts['ok']} ok, {counts['skipped']} skipped"
    if not report.ready:
        return f"Not ready: {', '.join(wrong)}; {rest}"
    return f"Ready, with {', '.join(wrong)}; {rest}" if wrong else f"Ready: {rest}"


def table(report: Examined) -> list[list[str]]:
    """The checks as rows of Markdown cells, problems first."""
    order = ["problem", "warning", "ok", "skipped"]
    rows = [["| State | Check | Found | To fix |", "|---|---|---|---|"]]
    for check in sorted(report.checks, key=lambda check: order.index(check.state)):
        state = str(check.state) if check.state in {"ok", "skipped"} else f"**{check.state}**"
        fix = cell(check.fix, most=400) if check.fix else ""
        rows.append(
            [f"| {state} | {cell(f'{check.group}: {check.name}')} | {cell(check.found, most=400)} | {fix} |"]
        )
    return rows
