"""A plan's objects one by one in Markdown: what changes in each, and what is found in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reconciler.core.lossless_json import inline
from reconciler.outputs import _message as message_
from reconciler.outputs import _wording as wording
from reconciler.outputs._grouping import sign_of
from reconciler.outputs._marks import WIDTH, code, cut, fenced, filled, html, seen, some, word, wrapped
from reconciler.outputs._results import counted
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reconciler.core.model import Action, Change, Finding, Plan
    from reconciler.outputs._grouping import TargetGroup
    from reconciler.outputs._wording import Spans

FIELDS = 30
_NAMES = 12_000
OPEN = 5
"""So many changes are open at first; a reviewer unfolds the others."""
LONG = 40
"""Lines of a change that is folded even where it is one of the first."""
UNMANAGED = "Live fields that no file manages, sent back as they are"
LONGEST = 2_000
"""Bytes of one value. A message's text is never cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One block of the page, made when it is asked for. Its lines tell of the first ``named`` of ``names``."""

    names: tuple[str, ...]
    named: int
    lines: Callable[[], Iterable[str]]


def details(plan: Plan, found: Sequence[TargetGroup]) -> Iterator[Section]:
    """The objects, the first of them open; what goes back as it is; findings of no object."""
    by_target: dict[str | None, list[Finding]] = {}
    for finding in plan.findings:
        by_target.setdefault(finding.target, []).append(finding)
    shown = {target for group in found for target in group.targets}
    for number, group in enumerate(found):
        mine = [finding for target in group.targets for finding in by_target.get(target, [])]
        named = _named(group)
        lines = partial(_detail, group, named, mine, early=number < OPEN)
        yield Section(names=group.targets, named=named, lines=lines)
    if any(action.unmanaged for action in plan.actions):
        yield Section(names=(UNMANAGED,), named=1, lines=partial(_unmanaged, plan.actions))
    for finding in plan.findings:
        if finding.target not in shown:
            yield Section(names=(finding.code,), named=1, lines=partial(_finding_lines, finding))


def _finding_lines(finding: Finding) -> list[str]:
    return [finding_line(finding)]


def _named(group: TargetGroup) -> int:
    """How many of its targets there is room to name."""
    room = _NAMES
    for number, target in enumerate(group.targets):
        room -= len(visible(target).encode()) + 2
        if room < 0:
            return max(number, 1)
    return len(group.targets)


def _detail(group: TargetGroup, named: int, findings: Sequence[Finding], *, early: bool) -> Iterator[str]:
    """A fold, which is open where it is one of the first and not long."""
    operations = ", ".join(map(_said, group.operations))
    who = f"{len(group.targets)} alike" if len(group.targets) > 1 else html(group.targets[0], most=160)
    lines = list(_body(group, named, findings))
    opened = " open" if early and len(lines) <= LONG else ""
    yield f"<details{opened}><summary>{operations} {who}</summary>"
    yield ""
    yield from lines
    yield "</details>"
    yield ""


def _body(group: TargetGroup, named: int, findings: Sequence[Finding]) -> Iterator[str]:
    many = len(group.targets) > 1
    if many:
        lines = wrapped("", ", ".join(map(visible, group.targets[:named])))
        yield from fenced("text", [line.removeprefix(" ") for line in lines])
        yield ""
        if named < len(group.targets):
            yield f"and {len(group.targets) - named} more"
            yield ""
    for number, action in enumerate(group.actions):
        yield from _changes(action, alone=not many)
        placed = not many and (number == 0 or action.source != group.actions[0].source)
        beside = [f"- {item}" for item in _beside(action, placed=placed)]
        if beside:
            yield from beside
            yield ""
    if not findings:
        return
    yield "Findings:"
    yield ""
    yield from filled(
        ([finding_line(finding)] for finding in findings),
        len(findings),
        LONGEST,
        lambda number: [f"- and {counted(number, 'more finding')}"],
    )
    yield ""


def _said(operation: str) -> str:
    return operation if word(operation) == operation else html(operation)


def _changes(action: Action, *, alone: bool) -> Iterator[str]:
    """The text as it will be sent, then what changes, then what else is known of it."""
    message = action.message
    if action.received is not None:
        yield f"**Drifted.** {code(wording.received(action.received), most=LONGEST)}"
        yield ""
    if message is not None:
        name = f", {code(message['name'])}" if alone else ""
        sent = "No longer sent" if sign_of(action) == "-" else "As it will be sent"
        yield f"{sent}, from {code(message['from_address'])}{name}:"
        yield ""
        yield from fenced("text", message_.lines(message["content"]))
        yield ""
    changes = [change for change in action.changes if alone or change.field != "name"]
    lines = [line for change in changes[:FIELDS] for line in _change(action, change)]
    if len(changes) > FIELDS:
        lines.append(f"  and {len(changes) - FIELDS} more fields")
    yield from fenced("diff", lines)
    yield ""


def _beside(action: Action, *, placed: bool) -> Iterator[str]:
    """What stands below the difference: file, placeholders, sizes, a secret's source, what the base branch has."""
    if action.source is not None and placed:
        yield f"File: {code(f'{action.source.file}:{action.source.line}')}"
    placeholders = wording.placeholder_changes(action)
    if placeholders:
        yield f"Placeholders: {code(_joined(placeholders), most=600)}"
    if action.sms is not None:
        costlier = " (**more segments: every message costs more**)" if wording.costlier(action.sms) else ""
        longest = " at the longest placeholders" if "{{" in (action.message or {}).get("content", "") else ""
        yield f"SMS: {code(wording.sizes(action.sms))}{longest}{costlier}"
    if "secret" in action.reviewed:
        yield f"Secret from {code(wording.source(action))}"
    if action.undoes:
        yield f"**Undoes** a newer {some(action.undoes)} on the base branch: merge it, or rebase."


def _change(action: Action, change: Change) -> Iterator[str]:
    """One field in a line. GitHub colours it by its sign: green and red are for approvals given and taken away."""
    name = seen(change.field, 100)
    because = (
        f"   ({visible(change.cause)})" if change.cause is not None and change.cause != action.cause else ""
    )
    sign = "+" if change.live is None else "!"
    if action.message is not None and change.field == "status":
        sign = {"~": "!"}.get(sign_of(action), sign_of(action))
    if change.field == "content" and action.message is not None and message_.rewritten(change):
        yield from wrapped(
            "!", f"mostly another text; it was: {cut(wording.shown(change.live), LONGEST)}{because}"
        )
        return
    around = WIDTH // 3 if action.message is not None else None
    said = _joined(wording.difference(change, color=False, around=around))
    yield from wrapped(sign, f"{name}: {cut(said, LONGEST)}{because}")


def _unmanaged(actions: Sequence[Action]) -> Iterator[str]:
    """What no file manages, once for all templates in which it is the same."""
    alike: dict[str, list[Action]] = {}
    for action in actions:
        if action.unmanaged:
            alike.setdefault(inline(dict(action.unmanaged)), []).append(action)
    yield f"<details><summary>{UNMANAGED}</summary>"
    yield ""
    yield from filled(
        (_as_they_are(same) for same in alike.values()),
        len(alike),
        _NAMES,
        lambda number: [f"and {number} more", ""],
    )
    yield "</details>"
    yield ""


def _as_they_are(same: Sequence[Action]) -> list[str]:
    fields = same[0].unmanaged or {}
    lines: list[str] = []
    for name in sorted(fields)[:FIELDS]:
        value = inline(fields[name])
        lines += wrapped("", f"{seen(name, 100)}: {seen(value, 300)}")
    if len(fields) > FIELDS:
        lines.append(f"and {len(fields) - FIELDS} more")
    shown = [line.removeprefix(" ") for line in lines]
    return [f"{some([action.target for action in same])}:", "", *fenced("yaml", shown), ""]


def _joined(spans: Spans) -> str:
    return "".join(text for text, _ in spans)


def finding_line(finding: Finding) -> str:
    """Severity, code, place and message on one line of a list."""
    place = code(f"{finding.file}:{finding.line}:{finding.column}")
    new = "new " if finding.new else ""
    return f"- **{new}{finding.severity}** {code(finding.code)} at {place}: {code(finding.message, most=600)}"
