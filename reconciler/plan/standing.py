"""What is known when a plan is made: what the log remembers, with the open ends of earlier runs tied up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.audit.memory import of_json
from reconciler.core.model import Outcome, Remembered
from reconciler.kinds import by_phase
from reconciler.plan.recovery import Intent, recover

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Memory, Spot
    from reconciler.core.model import Ended, Key, Observation, Policy, Value
    from reconciler.kinds._base import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An open intent, and how it ended by what the tenant shows; None where it cannot be told."""

    intent: Record
    ended: Ended | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is remembered, by kind and target, and how the open intents ended, by phase and target."""

    remembered: Mapping[Key, Remembered]
    closings: Mapping[Spot, Closing]


def settle(memory: Memory, observed: Observation, policy: Policy, desired: Collection[Key]) -> Standing:
    """Tie up the open intents of the desired objects; the others stay open."""
    kinds = by_phase()
    remembered = {
        (kinds[phase].name, target): kept
        for (phase, target), kept in memory.remembered.items()
        if phase in kinds
    }
    closings: dict[Spot, Closing] = {}
    for spot, record in sorted(memory.open_intents.items()):
        if spot[0] not in kinds:
            continue  # a later version wrote it
        kind = kinds[spot[0]]
        key = (kind.name, spot[1])
        lives = observed.lives.get(key, ())
        if key not in desired:
            continue  # not in this run's scope: nobody looked
        kept = of_json(record["memory"])
        intent = Intent(operation=record["operation"], sent=kept.fields, updated_at=record["updated_at"])
        ended = recover(kind, intent, lives, policy)
        closings[spot] = Closing(intent=record, ended=ended)
        remembered[key] = _after_crash(kind, remembered.get(key, Remembered()), kept, ended, policy)
    return Standing(remembered=remembered, closings=closings)


def _after_crash(
    kind: Kind, before: Remembered, kept: Remembered, ended: Ended | None, policy: Policy
) -> Remembered:
    if ended is None:
        return before if kind.conditional else replace(before, doubt=True)
    return memory_after(kind, kept.fields, ended, kept.fingerprint, policy) or before


def memory_after(
    kind: Kind, sent: Mapping[str, Value], ended: Ended, fingerprint: str | None, policy: Policy
) -> Remembered | None:
    """What is to be remembered of a step that ended so; None where nothing is."""
    if ended.outcome is Outcome.PENDING:
        if not ended.owed:
            return None
        status = ended.live.fields.get("status") if ended.live is not None else None
        return Remembered(owed=sent, owed_status=str(status), owed_from=tuple(policy.approve_from))
    if kind.conditional:
        return None
    if ended.outcome.good:
        # What somebody else made has a secret that we do not know.
        ours = fingerprint if ended.outcome is Outcome.APPLIED else None
        return Remembered(fields=sent, id=ended.id, fingerprint=ours)
    return Remembered(doubt=True) if ended.doubt else None
