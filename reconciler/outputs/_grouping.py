"""A plan's actions as people look at them: by template, revocations first, and what is alike once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.plan_json import reviewed_form
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.core.model import Action

ALIKE = 10
"""More targets than this for which the same is done are shown once; of a campaign's registrations, more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """What is done to one target, or alike to many: the actions of the first of them, in the phases' order."""

    targets: tuple[str, ...]
    actions: tuple[Action, ...]

    @property
    def sign(self) -> str:
        """The sign of the first action, or ``-`` where an approval is taken away."""
        return sign_of(self.actions[0])

    @property
    def operations(self) -> tuple[str, ...]:
        """What is done, each once."""
        return tuple(dict.fromkeys(action.operation for action in self.actions))


def sign_of(action: Action) -> str:
    """``+``, ``~`` or ``-`` as the action's kind has it."""
    known = by_phase()[action.phase].operations
    return next((one.sign for one in known if one.name == action.operation), "~")


def groups(actions: Sequence[Action]) -> tuple[TargetGroup, ...]:
    """Every action once. What takes something away stands first, then what undoes the base branch."""
    by_target: dict[str, list[Action]] = {}
    for action in actions:
        by_target.setdefault(action.target, []).append(action)
    alike: dict[str, list[list[Action]]] = {}
    for mine in by_target.values():
        alike.setdefault(_likeness(mine), []).append(mine)
    found = []
    for same in alike.values():
        if len(same) > (1 if _of_a_campaign(same[0]) else ALIKE):
            found.append(TargetGroup(targets=tuple(mine[0].target for mine in same), actions=tuple(same[0])))
        else:
            found += [TargetGroup(targets=(mine[0].target,), actions=tuple(mine)) for mine in same]
    places = {target: number for number, target in enumerate(by_target)}
    return tuple(sorted(found, key=lambda group: (*_rank(group), places[group.targets[0]])))


def _of_a_campaign(actions: Sequence[Action]) -> bool:
    """Whether only a registration changes: where several do so alike, it is the campaign that changes."""
    (kind, *others) = [by_phase()[action.phase] for action in actions]
    return not others and not kind.conditional and kind.of_template and actions[0].operation == "update"


def _rank(group: TargetGroup) -> tuple[bool, bool]:
    return group.sign != "-", not any(action.undoes for action in group.actions)


def _likeness(actions: Iterable[Action]) -> str:
    """Equal for targets to which the same is done with the same text, whatever they are called."""
    forms = []
    for action in actions:
        form = {**reviewed_form(action), "target": None, "updated_at": None, "undoes": list(action.undoes)}
        form["received"] = action.received
        form["changes"] = [
            {**change, "cause": one.cause}
            for change, one in zip(form["changes"], action.changes, strict=True)
            if change["field"] != "name"
        ]
        if action.message is not None:
            form["message"] = {**action.message, "name": None}
        forms.append(form)
    return repr(forms)
