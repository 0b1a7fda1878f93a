"""An action as a step of the write protocol: what it will have sent, over what, and under which Idempotency-Key."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.canonical import sha256
from reconciler.core.model import Remembered, SecretRef
from reconciler.plan.write_protocol import Step

if TYPE_CHECKING:
    from reconciler.core.model import Action, Json
    from reconciler.kinds._base import Kind
    from reconciler.plan.build import PlanInput
    from reconciler.run.execute import Execution


def in_doubt(given: PlanInput, kind: Kind, action: Action) -> bool:
    """Whether an earlier run may have sent this, and the tenant does not tell whether it arrived."""
    resumption = given.resumption
    intent = resumption.intents.get((action.phase, action.target))
    before = resumption.remembered.get((kind.name, action.target), Remembered())
    return before.doubt or (intent is not None and intent.doubt)


async def sent_by(execution: Execution, kind: Kind, action: Action) -> Remembered:
    """What will have been sent, as it is remembered: fields, and a secret's fingerprint."""
    desired = execution.given.desired[kind.name, action.target]
    if desired.secret is None:
        return Remembered(fields=desired.fields)
    print_of = await asyncio.to_thread(
        execution.secrets.print_of, desired.secret, execution.given.tenant, desired.target
    )
    return Remembered(fields=desired.fields, fingerprint=print_of)


def step_of(execution: Execution, kind: Kind, action: Action, sent: Remembered) -> Step:
    """All that carrying an action out depends on, with the Idempotency-Key of its write."""
    given = execution.given
    spot, wanted = (action.phase, action.target), (kind.name, action.target)
    before = given.resumption.remembered.get(wanted, Remembered())
    live = kind.chosen(given.observed.lives.get(wanted, ()), before.id)
    step = Step(
        kind=kind,
        action=action,
        desired=given.desired[wanted],
        policy=given.policy,
        key="",
        id=live.id if live is not None else before.id,
        listed=kind.name in given.observed.listed,
        attempts=execution.attempts,
        doubt=in_doubt(given, kind, action),
    )
    if kind.conditional:
        return step
    request = kind.write(action, step.desired, None, step.id)
    body = _printed(request.body, sent.fingerprint) if request is not None else None
    # A log that is begun anew has another id, so that no key of the lost one is sent again: its answer would be.
    log = given.memory.log or execution.writer.appended[0]["hash"]
    key = sha256([log, given.tenant, *spot, body, given.memory.times(spot, sent)])
    return replace(step, key=key.removeprefix("sha256:"))


def _printed(body: Json, fingerprint: str | None) -> Json:
    """The body with its secret's fingerprint in the secret's place."""
    return {name: fingerprint if isinstance(value, SecretRef) else value for name, value in body.items()}
