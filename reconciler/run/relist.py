"""A second look before something is made that a second POST would make twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.core.outcome import Ended, Outcome
from reconciler.cxone.observe import relisted
from reconciler.kinds import discover
from reconciler.kinds._responses import shows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.audit.memory import Spot
    from reconciler.core.model import Action, Desired, Live
    from reconciler.cxone.concurrency import Sends
    from reconciler.kinds._base import Kind
    from reconciler.plan.build import PlanInput


async def look_again(client: Sends, given: PlanInput, actions: Sequence[Action]) -> dict[Spot, Ended]:
    """The ends of those actions for which nothing is to be sent, by the list as it is now.

    The rest of the run lies between the plan and this. What is there by now is not made; where the list cannot be
    read, nothing of its kind is sent.
    """
    settled: dict[Spot, Ended] = {}
    for kind in discover().values():
        mine = [action for action in actions if action.phase == kind.phase]
        made = [action.target for action in mine if action.operation == "create"]
        if not made or kind.name not in given.observed.listed:
            continue
        try:
            lives = await relisted(client, kind, made)
        except ReconcilerError as failure:
            error = (
                f"Nothing was sent: the list of {kind.collection} could not be read again. {failure.message}"
            )
            ended = Ended(outcome=Outcome.FAILED, error=error)
            settled |= {(action.phase, action.target): ended for action in mine}
        else:
            settled |= {
                (kind.phase, target): _there(kind, given.desired[kind.name, target], shown)
                for target, shown in lives.items()
            }
    return settled


def _there(kind: Kind, desired: Desired, lives: Sequence[Live]) -> Ended:
    """How the making of something ends that somebody else has made since the plan."""
    for live in lives:
        if shows(live, desired.fields):
            return Ended(outcome=Outcome.UNCHANGED, live=live, id=live.id)
    return Ended(
        outcome=Outcome.CONFLICT,
        error=f"Somebody made a {kind.name} of this name since the plan was made; nothing was sent. Plan again.",
    )
