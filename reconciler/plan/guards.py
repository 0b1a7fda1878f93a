"""What is refused without a flag or a review, however well it was planned (help exit-codes, Guards)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.errors import Refused
from reconciler.core.model import APPROVED, Guard
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from reconciler.core.model import Action

MANY = 10
"""More APPROVED templates with an action than this, and more than half of all such, are ``many``."""

NAMES = 20
"""How many of a guard's objects are named beside it."""


def raised(actions: Sequence[Action], approved: Collection[str]) -> tuple[Guard, ...]:
    """The guards that these actions raise, by name; ``approved`` are the managed templates live APPROVED."""
    guards = []
    changed = {
        action.target
        for action in actions
        if by_phase()[action.phase].of_template and action.target in approved
    }
    if len(changed) > MANY and 2 * len(changed) > len(approved):
        guards.append(
            Guard(
                name="many",
                targets=tuple(sorted(changed)),
                message=f"{len(changed)} of {len(approved)} approved templates would change. "
                "`apply --allow-many` allows it, or apply a reviewed plan file.",
            )
        )
    return (*guards, *_revocations(actions))


def of_saved(actions: Sequence[Action]) -> tuple[Guard, ...]:
    """What can be told of the guards by a saved plan's actions alone, whatever its file says.

    Which templates are managed and approved only the tenant and the files tell.
    """
    given = {
        action.target
        for action in actions
        if any(change.field == "status" and change.live != APPROVED for change in action.changes)
    }
    of_templates = {action.target for action in actions if by_phase()[action.phase].of_template}
    changed = tuple(sorted(of_templates - given))
    many = Guard(
        name="many",
        targets=changed,
        message=f"{len(changed)} templates that may be approved would change. Where that is more than half of the "
        "approved ones, `apply` refuses it but for a reviewed plan file or `--allow-many`.",
    )
    return (*((many,) if len(changed) > MANY else ()), *_revocations(actions))


def _revocations(actions: Sequence[Action]) -> Iterator[Guard]:
    revoked = tuple(action.target for action in actions if action.operation == "revoke")
    if revoked:
        plural = "templates lose their" if len(revoked) > 1 else "template loses its"
        yield Guard(
            name="revoke",
            targets=revoked,
            message=f"{len(revoked)} {plural} approval: customers get no more of these messages. "
            "`apply --allow-revoke` allows it, or apply a reviewed plan file.",
        )


def refuse(guards: Sequence[Guard], allowed: Collection[str]) -> None:
    """Refused, naming the objects and the flags, where a guard is raised that is not allowed."""
    against = [guard for guard in guards if guard.name not in allowed]
    if against:
        raise Refused("Refused, nothing was written. " + " ".join(map(sentences, against)))


def sentences(guard: Guard) -> str:
    """What a guard says, with the first of its objects and how many more: all of them stand in the plan."""
    if not guard.targets:
        return guard.message
    return f"{guard.message} Concerns: {_first(guard.targets)}."


def _first(names: Sequence[str]) -> str:
    left = len(names) - NAMES
    return ", ".join(names[:NAMES]) + (f" and {left} more" if left > 0 else "")


def limit_changes(actions: Sequence[Action], most: int | None) -> None:
    """Refused where more actions would be done than ``--max-changes`` allows."""
    if most is not None and len(actions) > most:
        names = _first([f"{action.operation} {action.target}" for action in actions])
        count = "1 action is" if len(actions) == 1 else f"{len(actions)} actions are"
        raise Refused(
            f"Refused, nothing was written. {count} more than --max-changes {most} allows: "
            f"{names}. Give a higher --max-changes, or narrow the run with --target."
        )


def require_tenant(tenant: str, tenants: Sequence[str]) -> None:
    """Refused where the policy names tenants and this is none of them."""
    if tenants and tenant not in tenants:
        raise Refused(
            f"Refused, nothing was sent. The policy's tenants are {', '.join(tenants)}, and this is {tenant}. "
            "Check CXONE_BASE_URL and CXONE_ORG, or whether --templates names the folder of another tenant."
        )


def require_audit_log(path: str, *, missing: bool) -> None:
    """Refused where ``--require-audit-log`` is given and there is no log; an empty one is not missing."""
    if missing:
        raise Refused(
            f"Refused, nothing was sent. There is no audit log at {path}, and --require-audit-log is given. Without "
            "it, what cannot be read back from the tenant is not known. Bring the log here; to begin a new one, "
            "create an empty file there."
        )
