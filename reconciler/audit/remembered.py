"""What one record says that is to be remembered: of an object, and of a review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.core.model import Remembered
from reconciler.core.plan_json import actions_of, unchecked_of, value_json, value_of
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.core.model import Action, Unchecked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A whole reviewed record: somebody's yes to these actions."""

    digest: str
    actions: tuple[Action, ...]
    unchecked: tuple[Unchecked, ...]
    unlisted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How this tool last left an object, or found it as its document asked; None for what the log does not say.

    ``seq``, ``hash``, ``at``, ``operation``, ``operator_id`` and ``review`` are those of the record that says so.
    ``ready`` and ``waivers`` are the last record's of the template, whatever its phase; ``waits``: since then something
    was sent that its carrier, or a person, has yet to decide.
    """

    status: str | None = None
    content_sha256: str | None = None
    from_address: str | None = None
    name: str | None = None
    seq: int = 0
    hash: str | None = None
    at: str = ""
    operation: str = ""
    operator_id: str | None = None
    review: Mapping[str, Any] | None = None
    ready: bool = False
    doubt: bool = False
    waits: bool = False
    waivers: Sequence[Mapping[str, Any]] | None = None


def reviewed_of(record: Record) -> Reviewed:
    """What a ``reviewed`` record says, without the actions of kinds that only a later version knows."""
    return Reviewed(
        digest=record["plan_digest"],
        actions=actions_of(action for action in record["actions"] if action["phase"] in by_phase()),
        unchecked=unchecked_of(record["unchecked"] or ()),
        unlisted=tuple(record["unlisted"] or ()),
    )


def to_json(remembered: Remembered) -> dict[str, Any]:
    """What is remembered of an object as the JSON of a record's ``memory``; empty members are left out."""
    shown = {
        "fields": {name: value_json(value) for name, value in remembered.fields.items()} or None,
        "id": remembered.id,
        "fingerprint": remembered.fingerprint,
        "doubt": remembered.doubt or None,
        "owed": {name: value_json(value) for name, value in (remembered.owed or {}).items()} or None,
        "owed_status": remembered.owed_status,
        "owed_from": list(remembered.owed_from) if remembered.owed_from is not None else None,
        "accepted": remembered.accepted or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def of_json(memory: Mapping[str, Any] | None) -> Remembered:
    """What a record's ``memory``, as ``to_json`` made it, says of its object; None says nothing."""
    memory = memory or {}
    owed = memory.get("owed")
    return Remembered(
        fields={name: value_of(value) for name, value in (memory.get("fields") or {}).items()},
        id=memory.get("id"),
        fingerprint=memory.get("fingerprint"),
        doubt=bool(memory.get("doubt")),
        owed={name: value_of(value) for name, value in owed.items()} if owed else None,
        owed_status=memory.get("owed_status"),
        owed_from=tuple(memory["owed_from"]) if memory.get("owed_from") is not None else None,
        accepted=bool(memory.get("accepted")),
    )
