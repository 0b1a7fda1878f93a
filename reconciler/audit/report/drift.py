"""Drift that applies undid: fields that somebody changed in the tenant and that a write put back.

Found by a fold over one tenant's records, in order: a change undid drift where it restored the value that the log had
confirmed last, and no write of unknown fate lies in between (DESIGN.md, A report is a fold).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.audit.left import CONFIRMED
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
    """A field's value as the record at a place confirmed it."""

    value: Value
    place: int


_Facts = dict[str, _Fact]


class Back(NamedTuple):
    """A change that put a field back: by its number among those of the record at ``place``.

    The record at ``confirmed`` had confirmed the value.
    """

    field: str
    place: int
    change: int
    confirmed: int


@dataclass(slots=True, kw_only=True)
class Confirmed:
    """The values that the log has confirmed so far, by object and field.

    An intent makes the fields that it changes uncertain: ``before`` keeps their values until then, ``sent`` is the
    intent. ``owed`` is a restored status on which the carrier has not decided yet.
    """

    known: dict[Spot, _Facts] = field(default_factory=dict)
    before: dict[Spot, _Facts] = field(default_factory=dict)
    sent: dict[Spot, Record] = field(default_factory=dict)
    owed: dict[Spot, Back] = field(default_factory=dict)

    def intent(self, record: Record) -> None:
        """Take in an intent: its write may have reached the tenant."""
        spot = (record["phase"], record["target"])
        known = self.known.setdefault(spot, {})
        self.before.setdefault(spot, dict(known))
        self.sent[spot] = record
        for change in record["changes"] or ():
            known.pop(change["field"], None)

    def accepted(self, record: Record, place: int) -> None:
        """Take in an ``accepted`` record: a person vouches that the object is as its document asks."""
        self._confirm((record["phase"], record["target"]), record, place)

    def outcome(self, record: Record, place: int) -> tuple[Back, ...]:
        """Take in an outcome; the drift that it undid, a field each."""
        spot = (record["phase"], record["target"])
        outcome = record["outcome"]
        owed = self.owed.pop(spot, None)
        undone = tuple(_undone(record, place, self.before[spot])) if spot in self.sent else ()
        if outcome in CONFIRMED:
            undone = undone if outcome == "applied" else ()
            # Where an earlier write waited for the carrier, this is how that write ended, whoever sees it.
            if owed is not None and all(one.field != STATUS for one in undone):
                undone = (*undone, owed)
            self._confirm(spot, record, place)
            return undone
        if outcome in _WAITING:
            owed = next((one for one in undone if one.field == STATUS), owed)
            if outcome == "pending" and owed is not None:
                self.owed[spot] = owed
            self._confirm(spot, record, place)
            self.known[spot].pop(STATUS, None)
            return tuple(one for one in undone if one.field != STATUS)
        self._not_done(spot, record)
        return ()

    def _confirm(self, spot: Spot, record: Record, place: int) -> None:
        changed = {change["field"]: change["desired"] for change in record["changes"] or ()}
        shown = {**_sent(self.sent.get(spot)), **_sent(record), **changed}
        known = self.known.setdefault(spot, {})
        for name, value in shown.items():
            known[name] = _Fact(value=value_of(value), place=place)
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


def _undone(record: Record, place: int, base: _Facts) -> Iterator[Back]:
    for number, change in enumerate(record["changes"] or ()):
        fact = base.get(change["field"])
        desired, live = value_of(change["desired"]), value_of(change["live"])
        # A live value that is null was not known, and every secret looks the same.
        if fact is None or fact.value != desired or live in {None, SECRET, desired}:
            continue
        yield Back(change["field"], place, number, fact.place)


def _sent(record: Record | None) -> dict[str, Any]:
    """The fields that a record's memory holds: what was sent, whole."""
    memory = (record["memory"] if record is not None else None) or {}
    return memory.get("fields") or memory.get("owed") or {}


def value_of(value: Any) -> Value:  # noqa: ANN401  JSON
    """A compared value as it was read."""
    return tuple(value) if isinstance(value, list) else value
