"""Which of a plan's actions were reviewed. A saved plan is evidence, never a program (contract section 4)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import StaleReview
from reconciler.planfile import identity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reconciler.model import Action, Change, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something that a person reviewed: a plan file, or a reviewed plan in the log. ``name`` is for messages."""

    name: str
    actions: tuple[Action, ...]
    unchecked: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A fresh plan's actions, divided. ``passed_over`` were reviewed and are no longer needed."""

    reviewed: tuple[Action, ...]
    unreviewed: tuple[Action, ...]
    passed_over: tuple[Action, ...] = ()


def whole(plan: Plan) -> Review:
    """All of the plan is reviewed: somebody has just said yes to it, or to its digest."""
    return Review(reviewed=plan.actions, unreviewed=())


def divide(plan: Plan, evidence: Sequence[Evidence], log: Mapping[tuple[str, str], Action]) -> Review:
    """Divide by evidence and by the log's open reviewed actions (by phase and target).

    StaleReview where the evidence names a target for which something else is now to be done.
    """
    approved = {identity(action) for item in evidence for action in item.actions}
    approved |= {identity(action) for action in log.values()}
    rotatable = {target for item in evidence for target in item.unchecked}
    named = {action.target: (item, action) for item in evidence for action in item.actions}
    reviewed, unreviewed, stale = [], [], []
    for action in plan.actions:
        if identity(action) in approved or (action.operation == "rotate" and action.target in rotatable):
            reviewed.append(action)
        elif action.target in named:
            stale.append(action)
        else:
            unreviewed.append(action)
    if stale:
        raise StaleReview(_stale_message(stale, evidence))
    fresh = {(action.phase, action.target) for action in plan.actions}
    over = [
        action for item in evidence for action in item.actions if (action.phase, action.target) not in fresh
    ]
    return Review(
        reviewed=tuple(reviewed),
        unreviewed=tuple(unreviewed),
        passed_over=tuple({identity(action): action for action in over}.values()),
    )


def only(plan: Plan, targets: Collection[str]) -> tuple[Action, ...]:
    """The plan's actions for these targets."""
    return tuple(action for action in plan.actions if action.target in targets)


def _stale_message(stale: Sequence[Action], evidence: Sequence[Evidence]) -> str:
    """Object by object: what was reviewed, what is there now, and since when."""
    known: dict[tuple[str, str], list[tuple[str, Action]]] = defaultdict(list)
    for item in evidence:
        for other in item.actions:
            known[other.phase, other.target].append((item.name, other))
    lines = []
    for action in stale:
        was = known[action.phase, action.target]
        reviewed = (
            "; ".join(f"{name}: {_said(other)}" for name, other in was)
            if was
            else f"no {action.phase} for it"
        )
        since = f" (updated_at {action.updated_at})" if action.updated_at is not None else ""
        lines.append(f"  {action.target}: reviewed was {reviewed}; now it would be {_said(action)}{since}.")
    return "\n".join(
        [
            "What was reviewed has moved, nothing was written.",
            *lines,
            "Make a fresh plan with `reconciler plan --out plan.json`, and have it reviewed.",
        ]
    )


def _said(action: Action) -> str:
    precondition = f" at updated_at {action.updated_at}" if action.updated_at is not None else ""
    return f"{action.operation}{precondition}, " + ", ".join(_change(change) for change in action.changes)


def _change(change: Change) -> str:
    return f"{change.field} {change.live!r} to {change.desired!r}"
