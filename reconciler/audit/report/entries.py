"""A log's records about one tenant as entries: what was done, by whose review, over which text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from reconciler.audit.report.drift import Confirmed
from reconciler.audit.report.history import Commit, Entry, Review, Sighting
from reconciler.core.canonical import text_sha256
from reconciler.core.model import APPROVED, Change, Source, Waiver
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Spot
    from reconciler.audit.report.history import Undone


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The entries in order, and the drift that they undid. ``begun`` and ``reviewed`` are the latest of each object.

    ``names`` are the templates' own, by id, as the log last had them; ``seen`` what runs found them to show, by id;
    ``waits`` the statuses in which one counts as waiting for its carrier, by what was sent last.
    """

    texts: Mapping[str, str]
    undelivered: Collection[int]
    entries: list[Entry] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    confirmed: Confirmed = field(default_factory=Confirmed)
    begun: dict[Spot, Record] = field(default_factory=dict)
    reviewed: dict[Spot, Record] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    seen: dict[str, list[Sighting]] = field(default_factory=dict)
    waits: dict[Spot, Sequence[str]] = field(default_factory=dict)


def ledger(records: Sequence[Record], undelivered: Collection[int]) -> Ledger:
    """Fold one tenant's records; ``undelivered`` are the numbers of outcomes that the tenant does not have."""
    kept = Ledger(texts=_texts(records), undelivered=undelivered)
    for record in records:
        if record["event"] in {"intent", "outcome"}:
            _name(kept, record)
        if record["event"] == "reviewed":
            for action in record["actions"]:
                kept.reviewed[action["phase"], action["target"]] = record
                _name(kept, action)
        elif record["event"] == "intent":
            kept.confirmed.intent(record)
            kept.begun[record["phase"], record["target"]] = record
        elif record["event"] == "outcome":
            undone = kept.confirmed.outcome(record)
            kept.undone += undone
            kept.entries.append(_entry(kept, record, record["outcome"], undone))
            kept.waits[record["phase"], record["target"]] = (record["memory"] or {}).get("owed_from") or ()
        elif record["event"] == "accepted":
            kept.confirmed.accepted(record)
            kept.entries.append(_entry(kept, record, "accepted", ()))
        elif record["event"] == "seen":
            kept.seen.setdefault(record["target"], []).append(_sighting(kept, record))
    return kept


def review_of(record: Record) -> Review | None:
    """The review that a record names, in text whatever JSON it was asserted in; None where it names none."""
    said = record.get("review")
    if said is None:
        return None
    approvers = said.get("approvers")
    listed = approvers if isinstance(approvers, list) else [approvers]
    return Review(
        pull_request=_word(said.get("pull_request")),
        approvers=tuple(word for each in listed if (word := _word(each)) is not None),
        run=_word(said.get("run")),
        reason=_word(said.get("reason")),
    )


def git_of(record: Record) -> Commit | None:
    """The commit, ref and actor that a record names; None where it names none."""
    said = record.get("git")
    if said is None:
        return None
    return Commit(**{name: _word(said.get(name)) for name in ("commit", "ref", "actor")})


def _name(kept: Ledger, told: Mapping[str, Any]) -> None:
    """The name that an action of a review, an intent or an outcome has for a template."""
    kind = by_phase().get(told["phase"])
    if kind is None or not kind.conditional:
        return
    held = [told.get("message"), (told.get("memory") or {}).get("fields")]
    names = [fields.get("name") for fields in held if isinstance(fields, dict)]
    names += [change["desired"] for change in told["changes"] or () if change["field"] == "name"]
    for name in names:
        if isinstance(name, str) and name:
            kept.names[told["target"]] = name


def _word(value: Any) -> str | None:  # noqa: ANN401  what the environment asserts may be any JSON
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _entry(kept: Ledger, record: Record, outcome: str, undone: Sequence[Undone]) -> Entry:
    spot = (record["phase"], record["target"])
    begun, reviewed = kept.begun.pop(spot, None), kept.reviewed.get(spot)
    elsewhere = begun is not None and begun["run_id"] != record["run_id"]
    later = begun is None and record["attempts"] == 0 and _closing(record, reviewed)
    source = record["source"]
    return Entry(
        **{name: record[name] for name in ("seq", "hash", "run_id", "event", "phase", "operation", "target")},
        **{name: record[name] for name in ("status", "content_sha256", "operator_id", "plan_digest")},
        **{name: record[name] for name in ("attempts", "latency_ms", "carrier_ready", "updated_at", "error")},
        at=record["timestamp"],
        outcome=outcome,
        changes=tuple(_change(change) for change in record["changes"] or ()),
        content=kept.texts.get(record["content_sha256"]),
        review=review_of(record),
        git=git_of(record),
        source=Source(file=source["file"], line=source["line"]) if source is not None else None,
        reviewed=reviewed["seq"] if reviewed is not None else None,
        closes=elsewhere or later,
        waivers=tuple(
            Waiver(**{name: waiver[name] for name in ("rule", "reason", "expires")})
            for waiver in record["waivers"] or ()
        ),
        doubt=bool(record["doubt"]),
        delivered=record["event"] == "outcome" and record["seq"] not in kept.undelivered,
        undone=tuple(one.field for one in undone),
        reason=record["reason"],
    )


def _sighting(kept: Ledger, record: Record) -> Sighting:
    waits = kept.waits.get((record["phase"], record["target"]), ())
    status, text = record["status"], record.get("content_sha256")
    return Sighting(
        **{name: record[name] for name in ("seq", "hash", "status", "operator_id")},
        at=record["timestamp"],
        state="approved" if status == APPROVED else "pending" if status in waits else "off",
        content_sha256=text,
        content=kept.texts.get(text or ""),
    )


def _closing(record: Record, reviewed: Record | None) -> bool:
    """Whether an outcome without an attempt is the end of what another run was to do."""
    told = record["outcome"] not in {"failed", "blocked"}
    return told and reviewed is not None and reviewed["run_id"] != record["run_id"]


def _change(change: Mapping[str, Any]) -> Change:
    live, desired = (
        tuple(value) if isinstance(value, list) else value for value in (change["live"], change["desired"])
    )
    return Change(field=change["field"], live=live, desired=desired)


def _texts(records: Sequence[Record]) -> dict[str, str]:
    """Every message text that the records hold, by its hash: some approvals name no more than that."""
    texts = {text for record in records for text in _contents(record) if isinstance(text, str)}
    return {text_sha256(text): text for text in texts}


def _contents(record: Record) -> Iterator[Any]:
    memory = record.get("memory") or {}
    for held in (memory.get("fields"), memory.get("owed")):
        yield (held or {}).get("content")
    changes = [record.get("changes") or (), *(action["changes"] for action in record.get("actions") or ())]
    for change in chain.from_iterable(changes):
        if change["field"] == "content":
            yield change["live"]
            yield change["desired"]
