"""A plan without a tenant: the desired state against the base alone, for a job that holds no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import changes
from reconciler.core.model import APPROVED, SECRET, Action, Change, Plan, Source
from reconciler.kinds import by_phase, discover
from reconciler.plan import guards
from reconciler.plan.three_way import INTENDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.model import Desired, Finding
    from reconciler.kinds._base import Kind

BANNER = "The tenant was not asked: this compares the files with the base alone, and cannot be applied."


def build(
    desired: Sequence[Desired],
    base: Mapping[tuple[str, str], Desired],
    *,
    findings: tuple[Finding, ...],
    targets: tuple[str, ...] = (),
    relaxed: tuple[str, ...] = (),
) -> Plan:
    """What the branch asks for. ``live`` in its changes is what the base asked for; there is no digest."""
    actions = _actions(desired, base)
    approved = frozenset(
        target
        for (kind, target), item in base.items()
        if discover()[kind].conditional and item.fields["status"] == APPROVED
    )
    gone = sorted(
        target
        for kind, target in base
        if discover()[kind].conditional and not targets and _gone(kind, target, desired)
    )
    removed = (f"No longer managed: {', '.join(gone)}. They stay in the tenant as they are.",) if gone else ()
    return Plan(
        tenant=None,
        base_url=None,
        digest=None,
        targets=targets,
        actions=actions,
        unchanged=len(desired) - len(actions),
        guards=guards.raised(actions, approved),
        findings=findings,
        relaxed=relaxed,
        notes=(BANNER, *removed),
    )


def _actions(desired: Sequence[Desired], base: Mapping[tuple[str, str], Desired]) -> tuple[Action, ...]:
    kinds = discover()
    order = list(by_phase())
    found = (_action(kinds[item.kind], item, base.get((item.kind, item.target))) for item in desired)
    return tuple(
        sorted(
            (action for action in found if action is not None),
            key=lambda action: (order.index(action.phase), action.target),
        )
    )


def _gone(kind: str, target: str, desired: Sequence[Desired]) -> bool:
    return not any((item.kind, item.target) == (kind, target) for item in desired)


def _action(kind: Kind, item: Desired, before: Desired | None) -> Action | None:
    different = changes(before.fields if before is not None else {}, item.fields)
    if item.secret is not None and (before is None or before.secret != item.secret):
        different = (
            *different,
            Change(field="secret", live=None if before is None else SECRET, desired=SECRET),
        )
    if not different:
        return None
    return Action(
        phase=kind.phase,
        operation=kind.operation(before.fields if before is not None else None, item.fields),
        target=item.target,
        changes=tuple(
            Change(field=change.field, live=change.live, desired=change.desired, cause=INTENDED)
            for change in different
        ),
        reviewed={**kind.reviewed(item), **({"updated_at": None} if kind.conditional else {})},
        source=Source(file=item.document.file, line=item.document.line),
        sms=kind.sizes(item, before.fields if before is not None else None),
        cause=INTENDED,
    )
