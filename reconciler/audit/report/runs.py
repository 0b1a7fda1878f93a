"""What each run of the tool did, and how long it took."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reconciler.audit.report.entries import git_of, review_of
from reconciler.audit.report.history import Latency, RunHistory
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.report.entries import Ledger
    from reconciler.audit.report.history import Entry


@cache
def of_templates() -> frozenset[str]:
    """The phases whose targets are templates."""
    return frozenset(phase for phase, kind in by_phase().items() if kind.of_template)


def latency(entries: Iterable[Entry]) -> Latency | None:
    """Over the last attempted step of each template in each run: a record counts from its validation on."""
    last = {
        (entry.run_id, entry.target): entry.latency_ms
        for entry in entries
        if entry.phase in of_templates() and entry.attempts and entry.latency_ms is not None
    }
    times = sorted(last.values())
    if not times:
        return None
    p50, p90, p99 = (times[-(-len(times) * percent // 100) - 1] for percent in (50, 90, 99))
    return Latency(count=len(times), p50=p50, p90=p90, p99=p99, longest=times[-1])


def runs(records: Sequence[Record], kept: Ledger) -> Iterator[RunHistory]:
    entries = {entry.seq: entry for entry in kept.entries}
    ended = {entry.seq for entry in kept.entries if entry.closes}
    by_run: dict[str, list[Record]] = {}
    for record in records:
        by_run.setdefault(record["run_id"], []).append(record)
    open_now = {record["seq"] for record in kept.begun.values()}
    for run_id, mine in by_run.items():
        # An outcome that ends an earlier run's work names that run's operator and review, a sighting no review.
        whole = [one for one in mine if one["event"] != "seen"] or mine
        own = next((one for one in whole if one["seq"] not in ended), whole[0])
        done = tuple(entries[one["seq"]] for one in mine if one["seq"] in entries)
        yield RunHistory(
            run_id=run_id,
            began=mine[0]["timestamp"],
            ended=mine[-1]["timestamp"],
            operator_id=own["operator_id"],
            review=review_of(own) or next((entry.review for entry in done if entry.review is not None), None),
            git=git_of(own),
            plan_digest=own.get("plan_digest"),
            reviewed=sum(len(one["actions"]) for one in mine if one["event"] == "reviewed"),
            entries=done,
            delivered=sum(len(one["delivered"]) for one in mine if one["event"] == "delivered"),
            unfinished=sum(one["seq"] in open_now for one in mine),
            seen=sum(one["event"] == "seen" for one in mine),
        )
