"""The report of ``init`` in each format: files and next steps. Lines to copy stand at the left edge, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.plan_json import OUTPUT_VERSION
from reconciler.outputs._blocks import Paragraph
from reconciler.outputs._marks import code, fenced
from reconciler.outputs._results import counted
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.outputs._results import LaidDown
    from reconciler.outputs._wording import Spans

_BRANCH = {"made": ("made", "new"), "extended": ("extended", "new"), "kept": ("kept", "dim")}


def blocks(report: LaidDown) -> Iterator[Spans | Paragraph]:
    """The files, then a numbered list, then the verdict."""
    yield [(f"In {visible(report.folder)}", "strong")]
    for path in report.written:
        yield [("  written   ", "new"), (visible(path), "strong")]
    word, style = _BRANCH[report.was]
    yield [(f"  {word:<8}  ", style), (f"branch {visible(report.branch)}", "strong")]
    for path in report.kept:
        yield [("  kept      ", "dim"), (visible(path), "")]
    yield []
    yield [("What to set next, in this order", "strong")]
    for number, step in enumerate(report.steps, 1):
        yield []
        yield Paragraph(spans=[(f"{number}. {visible(step.title)}", "strong")])
        if step.why:
            yield Paragraph(spans=[(visible(step.why), "")])
        if step.lines:
            yield []
            yield from ([(visible(line), "")] for line in step.lines)
    yield []
    yield [(verdict(report), "new")]


def verdict(report: LaidDown) -> str:
    """What was created and kept, in a sentence."""
    if report.nothing:
        return "Nothing to create: everything is there already"
    kept = f", {counted(len(report.kept), 'file')} kept as they were" if report.kept else ""
    return f"Created: {counted(len(report.written), 'file')}{kept}"


def shape(report: LaidDown) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "format_version": OUTPUT_VERSION,
        "folder": report.folder,
        "written": list(report.written),
        "kept": list(report.kept),
        "audit_branch": {"name": report.branch, "outcome": report.was},
        "next": [{"title": step.title, "why": step.why, "lines": list(step.lines)} for step in report.steps],
    }


def head(report: LaidDown) -> list[str]:
    """The Markdown's heading and files."""
    return [f"## {verdict(report)}", "", *(f"- {code(path)}" for path in report.written[:50]), ""]


def details(report: LaidDown) -> list[list[str]]:
    """The next steps in Markdown, a block each."""
    return [
        [
            f"- **{number}** {code(step.title)} {code(step.why, most=900)}",
            "",
            *fenced("text", list(map(visible, step.lines))),
            "",
        ]
        for number, step in enumerate(report.steps, 1)
    ]
