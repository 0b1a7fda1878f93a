"""Causes of changes by a three-way comparison: the files at the merge base, the files now, and the tenant.

A change is wanted by the branch, or is drift: somebody touched the tenant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.model import SECRET
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.model import Action, Change, Value

INTENDED = "intended"
DRIFT = "drift"
BOTH = "both"


def explained(
    actions: Sequence[Action],
    base: Mapping[tuple[str, str], Mapping[str, Value]],
    newer: Mapping[tuple[str, str], Mapping[str, Value]],
) -> tuple[Action, ...]:
    """The actions with a cause each; ``base`` and ``newer`` hold desired fields by kind and target.

    ``intended``: the branch asks for it; ``drift``: the tenant moved and the branch does not speak of it; ``both``.
    ``undoes`` names the fields whose newer value on the base branch the action would take back.
    """
    return tuple(_explained(action, base, newer) for action in actions)


def _explained(
    action: Action,
    base: Mapping[tuple[str, str], Mapping[str, Value]],
    newer: Mapping[tuple[str, str], Mapping[str, Value]],
) -> Action:
    key = (by_phase()[action.phase].name, action.target)
    before, after = base.get(key), newer.get(key)
    changes = tuple(replace(change, cause=_cause(change, before)) for change in action.changes)
    causes = {change.cause for change in changes}
    undoes = tuple(
        change.field
        for change in action.changes
        if before is not None
        and after is not None
        and change.field in before
        and change.desired == before[change.field] != after.get(change.field)
    )
    return replace(action, changes=changes, cause=causes.pop() if len(causes) == 1 else BOTH, undoes=undoes)


def _cause(change: Change, before: Mapping[str, Value] | None) -> str:
    """A secret cannot be compared: its base reads as its desired value where both come from the same source."""
    if before is None or change.field not in before:
        return INTENDED  # the document, or what it says of this field, is new on the branch
    was = before[change.field]
    if was == change.desired:
        return DRIFT
    return INTENDED if was == change.live or change.desired == SECRET else BOTH
