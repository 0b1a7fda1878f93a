"""From an audit log to a report: who approved which text, what waits, what needs attention (help report).

A function of the log's records: it asks no tenant and no clock, and says what was last known, not what is there now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from reconciler.audit.left import CONFIRMED
from reconciler.audit.memory import EVENTS, remember
from reconciler.audit.report.attention import attention, moved
from reconciler.audit.report.earlier import earlier, undelivered
from reconciler.audit.report.entries import ledger, review_of
from reconciler.audit.report.history import (
    Chain,
    Doubt,
    Excuse,
    History,
    Object,
    Open,
    Period,
    Template,
    Tenant,
)
from reconciler.audit.report.narrow import narrowed
from reconciler.audit.report.runs import latency, of_templates, runs
from reconciler.core.model import APPROVED
from reconciler.desired.schema_files import fault
from reconciler.kinds import by_phase
from reconciler.rules.waivers import NOTICE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.audit.chain import Log, Record
    from reconciler.audit.memory import Memory, Spot
    from reconciler.audit.report.entries import Ledger
    from reconciler.audit.report.history import Entry, Sighting

_GOOD = CONFIRMED | {"accepted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a report is to be about: ``since`` and ``until`` are ISO dates, both included, in UTC.

    ``now`` is when it is made (RFC 3339, UTC). Everything up to ``until`` says how things stand; what happened before
    ``since`` is not listed. ``head`` is a hash that the log must contain, ``found`` says that it stands in a file
    before those that are read. ``only`` are the ids of the templates that it is about; none: everything.
    """

    log: str
    now: str
    since: str | None = None
    until: str | None = None
    head: str | None = None
    found: bool = False
    only: tuple[str, ...] = ()


def report(log: Log, question: Question) -> History:
    """The history that the log holds, as far as its chain does."""
    whole = readable(log)
    records = [record for record in whole.records if question.until is None or _day(record) <= question.until]
    today = min(question.now[:10], question.until or question.now[:10])
    known = list(narrowed([record for record in records if record["event"] in EVENTS], question.only))
    tenants = tuple(_tenant(known, tenant, today, question.since) for tenant in sorted(_tenants(known)))
    chain = Chain(
        records=len(whole.records),
        begins=whole.records[0]["seq"] if whole.records else 1,
        head=whole.head,
        first=whole.records[0]["timestamp"] if whole.records else None,
        last=whole.records[-1]["timestamp"] if whole.records else None,
        broken=whole.broken,
        beyond=whole.beyond,
        torn=bool(whole.torn),
        lacking=tuple(name.rpartition("/")[2] for name in whole.lacking),
        expected=question.head,
        found=None
        if question.head is None
        else question.found or question.head in {record["hash"] for record in whole.records},
    )
    return History(
        generated_at=question.now,
        day=today,
        log=question.log,
        chain=chain,
        since=question.since,
        until=question.until,
        only=question.only,
        tenants=tenants,
        attention=tuple(attention(chain, tenants)),
    )


def _tenants(records: Sequence[Record]) -> set[str]:
    """Of whom the records tell; a checkpoint at their head tells of those before it too."""
    before = records[0]["tenants"] or {} if records else {}
    return {*before, *(record["tenant"] for record in records)} - {None}


def _day(record: Record) -> str:
    return str(record["timestamp"][:10])


def readable(log: Log) -> Log:
    """The log up to the first record that does not fit the published schema, as if the chain broke there."""
    for number, record in enumerate(log.records):
        if fault("audit-record", record) is not None:
            return replace(
                log,
                records=log.records[:number],
                broken=f"Record {record['seq']} of the audit log is one that this version cannot read, although its "
                "hash fits: another program wrote it, or a later version. Compare with a copy of the log.",
                beyond=len(log.records) - number + log.beyond,
            )
    return log


def _tenant(everything: Sequence[Record], tenant: str, today: str, since: str | None) -> Tenant:
    memory = remember(everything, tenant)
    records = [record for record in everything if record["tenant"] == tenant]
    kept = ledger([*earlier(everything, tenant), *records], memory.undelivered)
    entries = tuple(kept.entries)
    listed = tuple(entry for entry in entries if _within(entry.at, since))
    by_target: dict[str, list[Entry]] = {}
    for entry in entries:
        by_target.setdefault(entry.target, []).append(entry)
    spots = {(entry.phase, entry.target) for entry in entries} | {*memory.open_intents, *memory.open_reviews}
    templates = sorted({target for phase, target in spots if phase in of_templates()} | memory.templates)
    objects = sorted(spot for spot in spots if spot[0] in by_phase().keys() - of_templates())
    return Tenant(
        tenant=tenant,
        base_url=records[-1]["base_url"] if records else tenant,
        templates=tuple(
            _template(target, by_target.get(target, ()), kept, since, today) for target in templates
        ),
        objects=tuple(_object(spot, by_target.get(spot[1], ()), since, today) for spot in objects),
        open=tuple(sorted(_open(memory, kept), key=lambda one: (one.seq, one.target, one.phase))),
        undone=tuple(one for one in kept.undone if _within(one.at, since)),
        doubts=tuple(_doubts(entries)),
        undelivered=_undelivered(everything, memory, entries),
        latency=latency(listed),
        runs=tuple(run for run in runs(records, kept) if _within(run.ended, since)),
    )


def _undelivered(records: Sequence[Record], memory: Memory, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    before = ledger(tuple(undelivered(records, memory)), memory.undelivered).entries
    found = {entry.seq: entry for entry in (*before, *entries) if entry.seq in memory.undelivered}
    return tuple(found[seq] for seq in sorted(found))


def _within(at: str, since: str | None) -> bool:
    return since is None or at >= since


def _template(target: str, entries: Sequence[Entry], kept: Ledger, since: str | None, today: str) -> Template:
    mine = [entry for entry in entries if entry.phase in of_templates()]
    approvals = [entry for entry in mine if _approves(entry)]
    told = [entry for entry in approvals if entry.outcome in {*CONFIRMED, "pending", "held"}]
    confirmed = [entry for entry in approvals if entry.outcome in CONFIRMED]
    seen = kept.seen.get(target, ())
    drifted = seen[-1] if seen and told and _drifted(told[-1], seen[-1]) else None
    approved = told[-1] if told and drifted is None and _known(told[-1]) == "approved" else None
    shown = [entry for entry in mine if _within(entry.at, since)]
    return Template(
        id=target,
        name=kept.names.get(target),
        approved=approved,
        confirmed=confirmed[-1] if confirmed else None,
        drifted=drifted,
        carrier_ready=bool(mine and mine[-1].carrier_ready and drifted is None),
        approvals=tuple(entry for entry in shown if _approves(entry)),
        registrations=tuple(entry for entry in shown if not _approves(entry)),
        seen=tuple(one for one in seen if _within(one.at, since)),
        periods=tuple(_periods(told, seen)),
        waivers=_excuses(mine[-1:], today),
        latency=latency(shown),
    )


def _known(entry: Entry) -> str:
    """What an approval's outcome says of the template from then on."""
    if entry.outcome in CONFIRMED:
        return "approved" if entry.status == APPROVED else "off"
    return entry.outcome


def _drifted(left: Entry, seen: Sighting) -> bool:
    """Whether the tenant was seen otherwise than a change that took effect had left it."""
    return left.outcome in CONFIRMED and left.seq < seen.seq and bool(moved(left, seen))


def _periods(told: Sequence[Entry], seen: Sequence[Sighting]) -> Iterator[Period]:
    states = [(one.seq, one.at, _known(one)) for one in told] + [(one.seq, one.at, one.state) for one in seen]
    runs = [(state, next(group)[1]) for state, group in groupby(sorted(states), key=lambda each: each[2])]
    for (state, began), (_, ended) in pairwise([*runs, ("", None)]):
        yield Period(state=state, began=str(began), ended=ended)


def _approves(entry: Entry) -> bool:
    return by_phase()[entry.phase].conditional


def _object(spot: Spot, entries: Sequence[Entry], since: str | None, today: str) -> Object:
    mine = [entry for entry in entries if entry.phase == spot[0]]
    good = [entry for entry in mine if entry.outcome in _GOOD]
    return Object(
        phase=spot[0],
        target=spot[1],
        confirmed=good[-1] if good else None,
        entries=tuple(entry for entry in mine if _within(entry.at, since)),
        waivers=_excuses(mine[-1:], today),
    )


def _excuses(last: Sequence[Entry], today: str) -> tuple[Excuse, ...]:
    """The waivers as the object's last record has them, if there is one."""
    return tuple(
        Excuse(waiver=waiver, state=_state(waiver.expires, today), seq=entry.seq)
        for entry in last
        for waiver in entry.waivers
    )


def _state(expires: str, today: str) -> str:
    try:
        left = (date.fromisoformat(expires) - date.fromisoformat(today)).days
    except ValueError:
        return "expired"
    return "expired" if left < 0 else "ending" if left <= NOTICE_DAYS else "in force"


def _open(memory: Memory, kept: Ledger) -> Iterator[Open]:
    """What is begun, what is reviewed and not begun, and what last ended without being done."""
    last = {(entry.phase, entry.target): entry for entry in kept.entries}
    spots = {*last, *memory.open_intents, *memory.open_reviews}
    for spot in spots:
        entry, intent = last.get(spot), memory.open_intents.get(spot)
        review = memory.open_reviews[spot][1] if spot in memory.open_reviews else None
        after = entry.seq if entry is not None else 0
        if intent is not None and intent["seq"] > after:
            yield _open_record("begun", intent, spot, intent["operation"])
        elif review is not None and review["seq"] > after:
            yield _open_record("reviewed", review, spot, memory.open_reviews[spot][0].operation)
        elif entry is not None and entry.outcome not in _GOOD:
            refused = _refused(entry, kept.seen.get(spot[1], ()))
            yield Open(
                state="held" if refused is not None else entry.outcome,
                **{name: getattr(entry, name) for name in ("phase", "operation", "target")},
                **{name: getattr(refused or entry, name) for name in ("seq", "at")},
                **{name: getattr(entry, name) for name in ("operator_id", "review", "plan_digest", "error")},
            )


def _refused(entry: Entry, seen: Sequence[Sighting]) -> Sighting | None:
    """Where somebody was seen to have decided against what waited for its carrier."""
    if entry.outcome != "pending" or not seen or seen[-1].seq < entry.seq or seen[-1].state != "off":
        return None
    return seen[-1]


def _open_record(state: str, record: Record, spot: tuple[str, str], operation: str) -> Open:
    return Open(
        state=state,
        phase=spot[0],
        operation=operation,
        target=spot[1],
        seq=record["seq"],
        at=record["timestamp"],
        operator_id=record["operator_id"],
        review=review_of(record),
        plan_digest=record["plan_digest"],
    )


def _doubts(entries: Sequence[Entry]) -> Iterator[Doubt]:
    for number, entry in enumerate(entries):
        if entry.doubt:
            later = (
                other.seq
                for other in entries[number:]  # which is in doubt itself
                if (other.phase, other.target) == (entry.phase, entry.target)
                and other.outcome in _GOOD
                and not other.doubt
            )
            yield Doubt(entry=entry, settled=next(later, None))
