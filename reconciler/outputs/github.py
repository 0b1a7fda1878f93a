"""The format ``github``: annotations at file and line as GitHub's workflow commands, then the text for the log.

A runner obeys a line that begins with ``::``, blanks before it or not, and one with ``##[`` anywhere in it; so in
what others wrote both are spelled out (``_visible``), here and in the text, which is on stderr as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler import outputs
from reconciler.outputs import _message as message
from reconciler.outputs import _wording as wording
from reconciler.outputs._grouping import groups
from reconciler.outputs._results import Applied, Failed, Planned, Validated, counted
from reconciler.outputs._visible import inert, visible
from reconciler.plan.guards import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Action, Finding, Guard, Plan
    from reconciler.core.outcome import Result
    from reconciler.outputs import Look
    from reconciler.outputs._grouping import TargetGroup
    from reconciler.outputs._results import Report

SHOWN = {"error": 10, "warning": 10, "notice": 9}
"""How many annotations of a level GitHub shows a step (10 each); one notice is kept to say how many more."""

_NOT_DONE = frozenset({"failed", "blocked", "conflict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """``::level file=…,line=…,col=…,title=…::message``. ``what`` names it among those that were left out."""

    level: str
    what: str
    title: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def command(self) -> str:
        """The workflow command, on one line."""
        file = None if self.file is None else _name(self.file)
        places = (("file", file), ("line", self.line), ("col", self.column), ("title", visible(self.title)))
        properties = ",".join(
            f"{name}={_property(str(value))}" for name, value in places if value is not None
        )
        message = "\n".join(map(visible, self.message.split("\n")))
        return f"::{self.level} {properties}::{_data(message)}\n"


def render(report: Report, look: Look) -> str:
    """Annotations, errors first, and the text; an error's text is on stderr already."""
    commands = "".join(_limited(list(_annotations(report))))
    if isinstance(report, Failed):
        return commands
    return commands + outputs.render(report, "text", outputs.Look(color=False, width=look.width))


def _limited(annotations: Sequence[Annotation]) -> Iterator[str]:
    """The commands of as many as are shown, by level, and a notice that counts the others."""
    left: dict[str, int] = {}
    for level, most in SHOWN.items():
        of_level = [each for each in annotations if each.level == level]
        yield from (each.command() for each in of_level[:most])
        for each in of_level[most:]:
            left[each.what] = left.get(each.what, 0) + 1
    if left:
        more = " and ".join(counted(number, f"more {what}") for what, number in left.items())
        message = f"{more}: GitHub shows ten annotations of a level a step. The step's log has them all."
        yield Annotation(level="notice", what="", title="Not all are shown", message=message).command()


def _annotations(report: Report) -> Iterator[Annotation]:
    match report:
        case Validated():
            yield from map(_finding, report.findings)
        case Planned():
            yield from _planned(report.plan)
        case Applied():
            yield from (_result(each) for each in report.results if not each.outcome.good or each.doubt)
        case Failed():
            message = report.error.message
            yield Annotation(level="error", what="error", title="reconciler", message=message)
            yield from map(_finding, report.error.findings)
        case _:
            return


def _finding(found: Finding) -> Annotation:
    level = str(found.severity)
    return Annotation(
        level=level,
        what=level,
        title=f"{found.code} {found.name}",
        message=found.message,
        file=found.file,
        line=found.line,
        column=found.column,
    )


def _planned(plan: Plan) -> Iterator[Annotation]:
    """What a reviewer must not miss stands before the findings: of all warnings ten are shown."""
    yield from map(_guard, plan.guards)
    for action in plan.actions:
        if action.undoes:
            message = (
                f"It would take back a newer {', '.join(action.undoes)}: merge the base branch, or rebase."
            )
            yield _at(action, "warning", "undoing", "Undoes the base branch: ", message)
    for words in plan.relaxed or ():
        yield Annotation(level="warning", what="relaxation", title="Rules made easier", message=words)
    yield from map(_finding, plan.findings)
    yield from map(_group, groups(plan.actions))


def _guard(guard: Guard) -> Annotation:
    return Annotation(level="warning", what="guard", title=f"Guard {guard.name}", message=sentences(guard))


def _group(group: TargetGroup) -> Annotation:
    """What is done to one target, the text first; what is alike once, with all that it is done to."""
    lines = [f"Alike, {len(group.targets)}: {', '.join(group.targets)}"] if len(group.targets) > 1 else []
    for action in group.actions:
        if action.received is not None:
            lines.append(f"drifted: {wording.received(action.received)}")
        if action.message is not None:
            lines.append(f"text: {action.message['content']}")
        for change in action.changes:
            if change.field == "content" and message.rewritten(change):
                lines.append(f"instead of: {change.live}")
            else:
                said = "".join(text for text, _ in wording.difference(change, color=False))
                lines.append(f"{change.field}: {said}")
        if "secret" in action.reviewed:
            lines.append(f"secret from: {wording.source(action)}")
    named = replace(group.actions[0], operation=", ".join(group.operations))
    return _at(named, "notice", "action", "", "\n".join(lines))


def _at(action: Action, level: str, what: str, title: str, message: str) -> Annotation:
    """An annotation of an action, at its document."""
    cause = f", {action.cause}" if action.cause is not None else ""
    return Annotation(
        level=level,
        what=what,
        title=f"{title}{action.operation} {action.target} ({action.phase}{cause})",
        message=message,
        file=action.source.file if action.source else None,
        line=action.source.line if action.source else None,
    )


def _result(result: Result) -> Annotation:
    return Annotation(
        level="error" if result.outcome in _NOT_DONE else "warning",
        what="result",
        title=f"{result.outcome}: {result.operation} {result.target}",
        message=result.error or f"{result.operation} {result.target} ended {result.outcome}.",
    )


def _name(file: str) -> str:
    """A file's name as GitHub finds it again, accents and all; spelled out only where it could do harm."""
    return inert(file) if file.isprintable() else visible(file)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
