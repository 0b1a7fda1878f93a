"""Drift that applies undid: fields that somebody changed in the tenant and that a write put back.

Found by a fold over one tenant's records, in order: a change undid drift where it restored the value that the log had
confirmed last, and no write of unknown fate lies in between (DESIGN.md, A report is a fold).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.audit.left import CONFIRMED
from reconciler.audit.report.history import Undone
from reconciler.core.model import SECRET
from reconciler.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Spot
    from reconciler.core.model import Value

STATUS = "status"
_WAITING = frozenset(outcome for outcome in Outcome if outcome.waits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """A field's value as a record confirmed it."""

    value: Value
    seq: int
    at: str


_Facts = dict[str, _Fact]


@dataclass(slots=True, kw_only=True)
class Confirmed:
    """The values that the log has confirmed so far, by object and field.

    An intent makes the fields that it changes uncertain: ``before`` keeps their values until then, ``sent`` is the
    intent. ``owed`` is a restored status on which the carrier has not decided yet.
    """

    known: dict[Spot, _Facts] = field(default_factory=dict)
    before: dict[Spot, _Facts] = field(default_factory=dict)
    sent: dict[Spot, Record] = field(default_factory=dict)
    owed: dict[Spot, Undone] = field(default_factory=dict)

    def intent(self, record: Record) -> None:
        """Take in an intent: its write may have reached the tenant."""
        spot = (record["phase"], record["target"])
        known = self.known.setdefault(spot, {})
        self.before.setdefault(spot, dict(known))
        self.sent[spot] = record
        for change in record["changes"] or ():
            known.pop(change["field"], None)

    def accepted(self, record: Record) -> None:
        """Take in an ``accepted`` record: a person vouches that the object is as its document asks."""
        self._confirm((record["phase"], record["target"]), record)

    def outcome(self, record: Record) -> tuple[Undone, ...]:
        """Take in an outcome; the drift that it undid, a field each."""
        spot = (record["phase"], record["target"])
        outcome = record["outcome"]
        owed = self.owed.pop(spot, None)
        undone = tuple(_undone(record, self.before[spot])) if spot in self.sent else ()
        if outcome in CONFIRMED:
            undone = undone if outcome == "applied" else ()
            # Where an earlier write waited for the carrier, this is how that write ended, whoever sees it.
            if owed is not None and all(one.field != STATUS for one in undone):
                undone = (*undone, replace(owed, seq=record["seq"], at=record["timestamp"]))
            self._confirm(spot, record)
            return undone
        if outcome in _WAITING:
            owed = next((one for one in undone if one.field == STATUS), owed)
            if outcome == "pending" and owed is not None:
                self.owed[spot] = owed
            self._confirm(spot, record)
            self.known[spot].pop(STATUS, None)
            return tuple(one for one in undone if one.field != STATUS)
        self._not_done(spot, record)
        return ()

    def _confirm(self, spot: Spot, record: Record) -> None:
        changed = {change["field"]: change["desired"] for change in record["changes"] or ()}
        shown = {**_sent(self.sent.get(spot)), **_sent(record), **changed}
        known = self.known.setdefault(spot, {})
        for name, value in shown.items():
            known[name] = _Fact(value=_value(value), seq=record["seq"], at=record["timestamp"])
        self._forget(spot)

    def _not_done(self, spot: Spot, record: Record) -> None:
        """A write that is known not to have arrived leaves what was confirmed; any other leaves it uncertain."""
        intent = self.sent.get(spot)
        if intent is None:
            return
        moved = record["updated_at"] not in {None, intent["updated_at"]}
        if not record["doubt"] and (not moved or record["outcome"] == "conflict"):
            self.known[spot] = self.before[spot]
        self._forget(spot)

    def _forget(self, spot: Spot) -> None:
        self.before.pop(spot, None)
        self.sent.pop(spot, None)


def _undone(record: Record, base: _Facts) -> Iterator[Undone]:
    for change in record["changes"] or ():
        fact = base.get(change["field"])
        desired, live = _value(change["desired"]), _value(change["live"])
        # A live value that is null was not known, and every secret looks the same.
        if fact is None or fact.value != desired or live in {None, SECRET, desired}:
            continue
        yield Undone(
            phase=record["phase"],
            target=record["target"],
            field=change["field"],
            restored=desired,
            found=live,
            confirmed=fact.seq,
            confirmed_at=fact.at,
            seq=record["seq"],
            at=record["timestamp"],
        )


def _sent(record: Record | None) -> dict[str, Any]:
    """The fields that a record's memory holds: what was sent, whole."""
    memory = (record["memory"] if record is not None else None) or {}
    return memory.get("fields") or memory.get("owed") or {}


def _value(value: Any) -> Value:  # noqa: ANN401  JSON
    return tuple(value) if isinstance(value, list) else value
