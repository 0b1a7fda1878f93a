"""Drift told by its consequence: what customers receive now, and which rules that breaks.

A template has drifted where the tenant shows another status, text or sender than this tool left or, with a base to
compare with, where the base asks for what the tenant does not show any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.canonical import text_sha256
from reconciler.core.model import APPROVED, Severity
from reconciler.kinds import by_phase
from reconciler.plan.three_way import BOTH, DRIFT
from reconciler.rules import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.audit.remembered import Left
    from reconciler.core.model import Action, Desired, Json, Value
    from reconciler.plan.build import PlanInput

_READ = frozenset({"content", "from_address"})
"""What a customer sees of a message."""


def with_consequences(actions: tuple[Action, ...], question: PlanInput) -> tuple[Action, ...]:
    """The actions, those on a template that has drifted with what is received of it."""
    return tuple(replace(action, received=_received(action, question)) for action in actions)


def _received(action: Action, question: PlanInput) -> dict[str, Json] | None:
    kind = by_phase()[action.phase]
    if not kind.conditional:
        return None
    shown, *_ = question.observed.lives[kind.name, action.target]
    live = shown.fields
    caused = any(change.field in _READ and change.cause in {DRIFT, BOTH} for change in action.changes)
    begun = (
        action.phase,
        action.target,
    ) in question.resumption.intents  # it may have been ours that moved it
    left = question.memory.left.get((action.phase, action.target)) if not begun else None
    left = None if left is not None and left.waits else left
    if live["status"] != APPROVED:
        gone = left is not None and left.status == APPROVED
        return {"content": None, "from_address": None, "breaks": []} if gone else None
    if not caused and (left is None or not _moved(left, live)):
        return None
    item = question.desired[kind.name, action.target]
    return {**{name: live[name] for name in sorted(_READ)}, "breaks": list(_broken(item, live, question))}


def _moved(left: Left, live: Mapping[str, Value]) -> bool:
    """Whether what customers receive is not what was left; what the log does not know has not moved."""
    was = (left.status, left.content_sha256, left.from_address)
    now = (live["status"], text_sha256(str(live["content"])), live["from_address"])
    return any(before not in {None, after} for before, after in zip(was, now, strict=True))


def _broken(item: Desired, live: Mapping[str, Value], question: PlanInput) -> Iterator[dict[str, Json]]:
    """The rules that the live text and sender break, with the document's budgets and waivers."""
    if question.rules is None:
        return
    body = {**item.document.body, **{name: live[name] for name in _READ}}
    found = check(replace(item.document, body=body), question.rules)
    wrong = {one.code: one.name for one in found if one.severity == Severity.ERROR}
    yield from ({"code": code, "name": name} for code, name in sorted(wrong.items()))
