"""One tenant's records, taken in one by one, and what is kept of them: by object the numbers of its entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.audit.left import CONFIRMED
from reconciler.audit.report.earlier import earlier
from reconciler.audit.report.entries import outcome_of
from reconciler.audit.report.ledger import numbers
from reconciler.core.model import APPROVED
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from array import array

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Memory, Spot
    from reconciler.audit.report.ledger import Ledger
    from reconciler.audit.report.runs import Runs

GOOD = CONFIRMED | {"accepted"}
_TOLD = CONFIRMED | {"pending", "held"}
"""Outcomes of an approval that say how its template stands."""


@dataclass(slots=True, kw_only=True)
class ObjectFold:
    """What is kept of one template, or of one other object: numbers of its entries and sightings.

    ``told`` is the last approval that says how a template stands, ``good`` the last entry (of a template: the last
    approval) that took effect, ``sighted`` the last sighting. Those in columns are of the report's time. ``began`` are
    a template's states, each with when it began.
    """

    last: int | None = None
    told: int | None = None
    good: int | None = None
    sighted: int | None = None
    approvals: array[int] = field(default_factory=numbers)
    others: array[int] = field(default_factory=numbers)
    sightings: array[int] = field(default_factory=numbers)
    began: list[tuple[str, str]] = field(default_factory=list)

    def turn(self, state: str, at: str) -> None:
        """Take in a template's state."""
        if not self.began or self.began[-1][0] != state:
            self.began.append((state, at))

    def approval(self, record: Record, number: int) -> None:
        """Take in how an approval ended."""
        outcome = outcome_of(record)
        confirmed = outcome in CONFIRMED
        if outcome in _TOLD:
            self.told = number
            state = ("approved" if record["status"] == APPROVED else "off") if confirmed else outcome
            self.turn(state, record["timestamp"])
        if confirmed:
            self.good = number


@dataclass(slots=True, kw_only=True)
class TenantFold:
    """What is kept of one tenant's records; ``since`` is the first day that is listed.

    ``templates`` are by id; ``last`` is the last entry of each object, and how that ended; ``waiting`` are the entries
    that are not delivered yet, by the numbers of their records. ``doubts`` are entries, each with the number of the
    record that settled it, and ``unsettled`` those by object of which none has; ``undone`` are the fields that were put
    back in the report's time.
    """

    tenant: str
    since: str | None
    base_url: str
    ledger: Ledger
    runs: Runs
    templates: dict[str, ObjectFold] = field(default_factory=dict)
    objects: dict[Spot, ObjectFold] = field(default_factory=dict)
    last: dict[Spot, tuple[int, str]] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    doubts: dict[int, int | None] = field(default_factory=dict)
    unsettled: dict[Spot, list[int]] = field(default_factory=dict)
    undone: array[int] = field(default_factory=numbers)

    def begin(self, memory: Memory) -> None:
        """Take in what the checkpoint says that the log begins with."""
        for record in earlier(memory):
            self._take(record, self.ledger.take_before(record))
            self.runs.take_before(record)

    def take(self, record: Record, place: int) -> None:
        """Take in the next record."""
        self.base_url = record["base_url"]
        self._take(record, place)
        self.runs.take(record, place, listed=self._is_listed(record))

    def _take(self, record: Record, place: int) -> None:
        ledger = self.ledger
        entry, sighting, undone = len(ledger.entries), len(ledger.sightings), len(ledger.put_back.entry)
        ledger.take(record, place)
        if entry < len(ledger.entries):
            self._entry(record, entry)
        elif sighting < len(ledger.sightings):
            self._sighting(record, sighting)
        elif record["event"] == "delivered":
            for seq in record["delivered"]:
                self.waiting.pop(seq, None)
        if self._is_listed(record):
            self.undone.extend(range(undone, len(ledger.put_back.entry)))

    def _is_listed(self, record: Record) -> bool:
        return self.since is None or bool(record["timestamp"] >= self.since)

    def _entry(self, record: Record, number: int) -> None:
        spot, outcome = (record["phase"], record["target"]), outcome_of(record)
        if record["event"] == "outcome":
            self.waiting[record["seq"]] = number
        self.last[spot] = (number, outcome)
        self._doubt(record, number)
        kind = by_phase().get(record["phase"])  # none where a later version wrote it
        if kind is None:
            return
        if kind.of_template:
            one = self.templates.setdefault(record["target"], ObjectFold())
        else:
            one = self.objects.setdefault(spot, ObjectFold())
        one.last = number
        approves = kind.of_template and kind.conditional
        if approves:
            one.approval(record, number)
        elif not kind.of_template and outcome in GOOD:
            one.good = number
        if self._is_listed(record):
            (one.approvals if approves else one.others).append(number)

    def _doubt(self, record: Record, number: int) -> None:
        spot = (record["phase"], record["target"])
        if record["doubt"]:
            self.doubts[number] = None
            self.unsettled.setdefault(spot, []).append(number)
        elif outcome_of(record) in GOOD:
            self.doubts.update(dict.fromkeys(self.unsettled.pop(spot, ()), record["seq"]))

    def _sighting(self, record: Record, number: int) -> None:
        one = self.templates.setdefault(record["target"], ObjectFold())
        one.sighted = number
        one.turn(self.ledger.states[number], record["timestamp"])
        if self._is_listed(record):
            one.sightings.append(number)
