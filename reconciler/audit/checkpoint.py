"""Checkpoints: what a plan or an apply needs of the files that were sealed before the current one.

The current file of the log is read alone; the ``checkpoint`` that it begins with holds what the records before it add
up to (help audit).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import CHECKPOINT, Record
from reconciler.audit.remembered import Left, of_json, reviewed_of, to_json
from reconciler.core.canonical import canonical
from reconciler.core.errors import BrokenAuditLog
from reconciler.core.model import Shown
from reconciler.cxone.audit_logs import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.audit.memory import Memory, Spot

VERSION = 1
_DELIVERED = (*FIELDS, "seq", "hash", "tenant")
"""The fields of an outcome that its delivery needs."""


def checkpoint(said: Mapping[str, Any], cause: Mapping[str, Any]) -> Record:
    """The record that a new file begins with; ``said`` is its ``content``.

    ``cause`` is the record that found the file before it full: when, and in which run.
    """
    placed = {name: cause[name] for name in ("timestamp", "operator_id", "run_id")}
    return Record({**dict.fromkeys(FIELDS), **placed, "event": CHECKPOINT, **said})


def content(memories: Mapping[str, Memory], log: str) -> dict[str, Any]:
    """What a checkpoint says of the records before it; the same for the same records."""
    tenants = {tenant: _tenant(memory) for tenant, memory in sorted(memories.items())}
    return {"version": VERSION, "log": log, "tenants": {name: part for name, part in tenants.items() if part}}


def restore(memory: Memory, record: Record, tenant: str) -> None:
    """Take into an empty memory what a checkpoint says of a tenant."""
    if record["version"] != VERSION:
        raise BrokenAuditLog(
            f"The audit log begins with a checkpoint of version {record['version']}, and this version of reconciler "
            f"reads {VERSION}. Use the version that wrote it, or a later one."
        )
    memory.log = record["log"]
    part = record["tenants"].get(tenant, {})
    memory.templates.update(part.get("templates", ()))
    memory.remembered.update({spot: of_json(one) for spot, one in _spots(part, "remembered")})
    memory.shown.update({target: Shown(**shown) for target, shown in part.get("shown", {}).items()})
    memory.left.update({spot: Left(**left) for spot, left in _spots(part, "left")})
    for one in map(Record, part.get("unsettled", ())):
        memory.unsettled[one["event"], (one["phase"], one["target"])] = one
    memory.writes.update(dict(_spots(part, "writes")))
    memory.bodies.update(_spots(part, "bodies"))
    memory.open_intents.update({spot: Record(intent) for spot, intent in _spots(part, "open_intents")})
    memory.undelivered.update({one["seq"]: Record(one) for one in part.get("undelivered", ())})
    for kept in part.get("open_reviews", ()):
        record = Record(kept["record"])
        memory.reviews.append(reviewed_of(record))
        actions = {(action.phase, action.target): action for action in memory.reviews[-1].actions}
        for phase, target in kept["open"]:
            memory.open_reviews[phase, target] = (actions[phase, target], record)


def _tenant(memory: Memory) -> dict[str, Any]:
    """What is remembered of one tenant; what is empty is left out."""
    parts = {
        "templates": sorted(memory.templates),
        "remembered": _by_phase({spot: to_json(one) for spot, one in memory.remembered.items()}),
        "shown": {target: _without_defaults(one) for target, one in sorted(memory.shown.items())},
        "left": _by_phase({spot: _without_defaults(one) for spot, one in memory.left.items()}),
        "unsettled": sorted(memory.unsettled.values(), key=lambda record: record["seq"]),
        "writes": _by_phase(memory.writes),
        "bodies": _by_phase(memory.bodies),
        "open_intents": _by_phase(memory.open_intents),
        "open_reviews": _open_reviews(memory),
        "undelivered": [
            {name: record[name] for name in _DELIVERED} for _, record in sorted(memory.undelivered.items())
        ],
    }
    return {name: part for name, part in parts.items() if part}


def _without_defaults(shown: Shown | Left) -> dict[str, Any]:
    return {name: value for name, value in asdict(shown).items() if value not in (None, False)}


def _by_phase(spots: Mapping[Spot, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for (phase, target), one in sorted(spots.items(), key=lambda item: item[0]):
        found.setdefault(phase, {})[target] = one
    return found


def _spots(part: Mapping[str, Any], name: str) -> list[tuple[Spot, Any]]:
    return [
        ((phase, target), one)
        for phase, targets in part.get(name, {}).items()
        for target, one in targets.items()
    ]


def _open_reviews(memory: Memory) -> list[dict[str, Any]]:
    """The reviewed records of which something is open, each with what is."""
    found: dict[tuple[int, bytes], dict[str, Any]] = {}
    for spot, (_, record) in sorted(memory.open_reviews.items(), key=lambda item: item[0]):
        # One record may stand here twice: where a later run went on with a part of it, that part has its own review.
        key = (record["seq"], canonical(record["review"]))
        found.setdefault(key, {"record": record, "open": []})["open"].append(list(spot))
    return [found[key] for key in sorted(found)]
