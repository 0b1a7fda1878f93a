"""A plan's objects one by one in Markdown: what changes in each, and what is found in it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from reconciler.core.lossless_json import inline
from reconciler.core.model import SECRET
from reconciler.outputs import _wording as wording
from reconciler.outputs._marks import WIDTH, code, cut, fenced, filled, html, seen, some, word, wrapped
from reconciler.outputs._results import counted
from reconciler.outputs._visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.model import Action, Change, Finding, Json
    from reconciler.outputs._wording import Spans

FIELDS = 30
LONGEST = 2_000
"""Bytes of one value. A longer text is shown around its first difference."""


def details(actions: Sequence[Action], findings: Sequence[Finding]) -> tuple[int, Iterator[list[str]]]:
    """How many blocks there are, and each in lines when it is asked for: the objects, then findings of no object."""
    by_target: dict[str, list[Action]] = {}
    for action in actions:
        by_target.setdefault(action.target, []).append(action)
    found: dict[str | None, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.target, []).append(finding)
    others = [finding for finding in findings if finding.target not in by_target]
    blocks = (list(_detail(target, mine, found.get(target, []))) for target, mine in by_target.items())
    return len(by_target) + len(others), chain(
        blocks, ([finding_line(finding)] for finding in others), [[""]]
    )


def _detail(target: str, actions: Sequence[Action], findings: Sequence[Finding]) -> Iterator[str]:
    operations = ", ".join(dict.fromkeys(_said(action.operation) for action in actions))
    yield f"<details><summary>{operations} {html(target, most=160)}</summary>"
    yield ""
    for action in actions:
        yield from _changes(action)
    if findings:
        yield "Findings:"
        yield ""
    yield from filled(
        ([finding_line(finding)] for finding in findings),
        len(findings),
        LONGEST,
        lambda number: [f"- and {counted(number, 'more finding')}"],
    )
    if findings:
        yield ""
    yield "</details>"
    yield ""


def _said(operation: str) -> str:
    return operation if word(operation) == operation else html(operation)


def _changes(action: Action) -> Iterator[str]:
    lines = [line for change in action.changes[:FIELDS] for line in _change(change, action.cause)]
    if len(action.changes) > FIELDS:
        lines.append(f"  and {len(action.changes) - FIELDS} more fields")
    yield from fenced("diff", lines)
    yield ""
    beside = [f"- {item}" for item in _beside(action)]
    if beside:
        yield from beside
        yield ""
    if action.unmanaged:
        yield "Live fields that no file manages, sent back as they are:"
        yield ""
        yield from fenced("yaml", _unmanaged(action.unmanaged))
        yield ""


def _beside(action: Action) -> Iterator[str]:
    """What stands below the difference: placeholders, sizes, what the base branch has."""
    if action.source is not None:
        yield f"File: {code(f'{action.source.file}:{action.source.line}')}"
    placeholders = wording.placeholder_changes(action)
    if placeholders:
        yield f"Placeholders: {code(_joined(placeholders), most=600)}"
    if action.sms is not None:
        costlier = " (**more segments: every message costs more**)" if wording.costlier(action.sms) else ""
        yield f"SMS: {code(wording.sizes(action.sms))}{costlier}"
    if action.undoes:
        yield f"**Undoes** a newer {some(action.undoes)} on the base branch: merge it, or rebase."


def _change(change: Change, cause: str | None) -> Iterator[str]:
    """Before and after on lines of their own, and of a text that changed the words that did."""
    name = seen(change.field, 100)
    because = f"   ({visible(change.cause)})" if change.cause is not None and change.cause != cause else ""
    live, desired = change.live, change.desired
    if change.field == "content" and isinstance(live, str) and isinstance(desired, str):
        old, new = _around(live, desired)
        yield from wrapped("-", f"{name}: {old}")
        yield from wrapped("+", f"{name}: {new}{because}")
        if old != new:
            words = _joined(wording.words(live, desired, around=WIDTH // 3))
            yield from wrapped(" ", f"words: {cut(words, LONGEST)}")
        return
    if live == desired == SECRET:
        yield from wrapped("+", f"{name}: another {SECRET}{because}")
        return
    if live is not None:
        yield from wrapped("-", f"{name}: {cut(wording.shown(live), LONGEST)}")
    yield from wrapped("+", f"{name}: {cut(wording.shown(desired), LONGEST)}{because}")


def _around(live: str, desired: str) -> tuple[str, str]:
    """Both texts quoted; where they are long, from a little before the first character that differs."""
    shorter = min(len(live), len(desired))
    first = next((at for at in range(shorter) if live[at] != desired[at]), shorter)
    start = max(0, first - 200) if max(len(live), len(desired)) > LONGEST else 0
    before = f"({start} characters as before) …" if start else ""
    old, new = (f'{before}"{visible(text[start:], quoted=True)}"' for text in (live, desired))
    return cut(old, LONGEST), cut(new, LONGEST)


def _unmanaged(fields: Mapping[str, Json]) -> list[str]:
    lines: list[str] = []
    for name in sorted(fields)[:FIELDS]:
        value = inline(fields[name])
        lines += wrapped("", f"{seen(name, 100)}: {seen(value, 300)}")
    if len(fields) > FIELDS:
        lines.append(f"and {len(fields) - FIELDS} more")
    return [line.removeprefix(" ") for line in lines]


def _joined(spans: Spans) -> str:
    return "".join(text for text, _ in spans)


def finding_line(finding: Finding) -> str:
    """Severity, code, place and message on one line of a list."""
    place = code(f"{finding.file}:{finding.line}:{finding.column}")
    return f"- **{finding.severity}** {code(finding.code)} at {place}: {code(finding.message, most=600)}"
