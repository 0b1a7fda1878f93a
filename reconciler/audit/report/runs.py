"""What each run of the tool did, and how long it took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from reconciler.audit.report.entries import git_of, review_of
from reconciler.audit.report.history import Latency, RunHistory
from reconciler.audit.report.ledger import numbers
from reconciler.audit.report.listing import Listing
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Mapping

    from reconciler.audit.chain import Record
    from reconciler.audit.report.ledger import Ledger


@cache
def of_templates() -> frozenset[str]:
    """The phases whose targets are templates."""
    return frozenset(phase for phase, kind in by_phase().items() if kind.of_template)


def latency(times: Mapping[int, int]) -> Latency | None:
    """Over these milliseconds, each as often as it says."""
    count = sum(times.values())
    if not count:
        return None
    found, passed, ranks = [], 0, [-(-count * percent // 100) for percent in (50, 90, 99, 100)]
    for time, often in sorted(times.items()):
        passed += often
        while ranks and ranks[0] <= passed:
            found.append(time)
            ranks.pop(0)
    p50, p90, p99, longest = found
    return Latency(count=count, p50=p50, p90=p90, p99=p99, longest=longest)


_SEEN, _OTHERS, _OWN = range(3)
"""Of which a run has its operator and review: a sighting, which names no review; an outcome that ends an earlier run's
work, and names that run's; any other record."""


@dataclass(slots=True, kw_only=True)
class Runs:
    """One tenant's runs, counted from 0 in the order of their first records, a column for each fact.

    ``began``, ``ended`` and ``own`` are places of records, ``first`` and ``behind`` numbers of entries between which
    its own are; ``of_entry`` is the run of each entry, ``times`` the milliseconds of those that are of a template and
    were tried.
    """

    ledger: Ledger
    by_id: dict[str, int] = field(default_factory=dict)
    began: array[int] = field(default_factory=numbers)
    ended: array[int] = field(default_factory=numbers)
    own: array[int] = field(default_factory=numbers)
    rank: bytearray = field(default_factory=bytearray)
    listed: bytearray = field(default_factory=bytearray)
    first: array[int] = field(default_factory=numbers)
    behind: array[int] = field(default_factory=numbers)
    reviewed: array[int] = field(default_factory=numbers)
    delivered: array[int] = field(default_factory=numbers)
    seen: array[int] = field(default_factory=numbers)
    of_entry: array[int] = field(default_factory=numbers)
    times: list[int | None] = field(default_factory=list)
    unfinished: Counter[str] = field(default_factory=Counter)

    def take(self, record: Record, place: int, *, listed: bool) -> None:
        """Take in the next record, which the ledger has; ``listed``: it is of the report's time."""
        run = self.by_id.get(record["run_id"])
        if run is None:
            run = self.by_id[record["run_id"]] = len(self.by_id)
            self._begin(place)
        self.ended[run], self.listed[run] = place, listed
        self._count(record, run)
        entry = len(self.of_entry)
        rank = _SEEN if record["event"] == "seen" else _OTHERS if entry in self.ledger.closing else _OWN
        if rank > self.rank[run]:
            self.own[run], self.rank[run] = place, rank
        if entry < len(self.ledger.entries):
            self.first[run] = min(self.first[run], entry)
            self.behind[run] = entry + 1
            self._time(record, run)

    def take_before(self, record: Record) -> None:
        """Take in a record that a checkpoint stands for, which is none of a run's, as the ledger has it."""
        if len(self.of_entry) < len(self.ledger.entries):
            self._time(record, _NONE)

    def _time(self, record: Record, run: int) -> None:
        tried = record["phase"] in of_templates() and record["attempts"]
        self.of_entry.append(run)
        self.times.append(record["latency_ms"] if tried else None)

    def _begin(self, place: int) -> None:
        for column in (self.began, self.ended, self.own):
            column.append(place)
        for column in (self.behind, self.reviewed, self.delivered, self.seen):
            column.append(0)
        self.first.append(_NONE)
        self.rank.append(_SEEN)
        self.listed.append(0)

    def _count(self, record: Record, run: int) -> None:
        event = record["event"]
        self.seen[run] += event == "seen"
        self.reviewed[run] += len(record["actions"]) if event == "reviewed" else 0
        self.delivered[run] += len(record["delivered"]) if event == "delivered" else 0

    def durations(self, entries: Iterable[int]) -> Counter[int]:
        """How often the last step of a run took so long, of these entries of one template.

        A record counts from the template's validation on.
        """
        last = {self.of_entry[one]: time for one in entries if (time := self.times[one]) is not None}
        return Counter(last.values())

    def told(self) -> Listing[RunHistory]:
        """Those that ended in the time of the report."""
        self.unfinished = Counter(run for place, run in self.ledger.begun.values() if place >= 0)
        mine = numbers()
        mine.extend(number for number, listed in enumerate(self.listed) if listed)
        return Listing(mine, self._run)

    def _run(self, run: int) -> RunHistory:
        ledger = self.ledger
        began, ended, own = (ledger.record(each[run]) for each in (self.began, self.ended, self.own))
        mine = numbers()
        mine.extend(one for one in range(self.first[run], self.behind[run]) if self.of_entry[one] == run)
        done = Listing(mine, ledger.entry)
        return RunHistory(
            run_id=began["run_id"],
            began=began["timestamp"],
            ended=ended["timestamp"],
            operator_id=own["operator_id"],
            review=review_of(own) or next((entry.review for entry in done if entry.review is not None), None),
            git=git_of(own),
            plan_digest=own.get("plan_digest"),
            reviewed=self.reviewed[run],
            entries=done,
            seqs=Listing(mine, lambda entry: ledger.seq(ledger.entries[entry])),
            delivered=self.delivered[run],
            unfinished=self.unfinished[began["run_id"]],
            seen=self.seen[run],
        )


_NONE = (1 << 32) - 1
"""The number of no run, and of no entry."""
