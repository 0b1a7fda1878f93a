"""What one tenant's records add up to, once they are taken in."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from reconciler.audit.left import CONFIRMED
from reconciler.audit.report.attention import moved
from reconciler.audit.report.earlier import undelivered
from reconciler.audit.report.entries import entry_of, review_of
from reconciler.audit.report.history import Doubt, Excuse, Object, Open, Period, Template, Tenant
from reconciler.audit.report.listing import Listing
from reconciler.audit.report.runs import latency, of_templates
from reconciler.audit.report.tenant_fold import GOOD, ObjectFold
from reconciler.core.model import APPROVED
from reconciler.kinds import by_phase
from reconciler.rules.waivers import NOTICE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Memory
    from reconciler.audit.report.history import Entry, Sighting
    from reconciler.audit.report.ledger import Ledger
    from reconciler.audit.report.tenant_fold import TenantFold

_NOTHING = ObjectFold()


def told(fold: TenantFold, memory: Memory, first: int, today: str) -> Tenant:
    """The tenant's part of a report; ``memory`` is what its records add up to, ``first`` the log's first record."""
    ledger = fold.ledger
    ledger.undelivered = memory.undelivered
    spots = {*fold.last, *memory.open_intents, *memory.open_reviews}
    templates = sorted({target for phase, target in spots if phase in of_templates()} | memory.templates)
    objects = sorted(spot for spot in spots if spot[0] in by_phase().keys() - of_templates())
    times: Counter[int] = Counter()
    return Tenant(
        tenant=fold.tenant,
        base_url=fold.base_url,
        templates=tuple(_template(target, fold, today, times) for target in templates),
        objects=tuple(_object(spot, fold, today) for spot in objects),
        open=tuple(sorted(_open(fold, memory), key=lambda one: (one.seq, one.target, one.phase))),
        undone=Listing(fold.undone, ledger.undone),
        doubts=tuple(
            Doubt(entry=ledger.entry(number), settled=settled) for number, settled in fold.doubts.items()
        ),
        undelivered=_undelivered(fold, memory, first),
        latency=latency(times),
        runs=fold.runs.told(),
    )


def _undelivered(fold: TenantFold, memory: Memory, first: int) -> Sequence[Entry]:
    """Those that the log holds, and those of which its first checkpoint says what is sent."""

    def entry(seq: int) -> Entry:
        if seq in fold.waiting:
            return fold.ledger.entry(fold.waiting[seq])
        kept = undelivered(memory.undelivered[seq])
        return entry_of(kept, content=None, reviewed=None, closes=False, delivered=False)

    return Listing(sorted(seq for seq in memory.undelivered if seq in fold.waiting or seq < first), entry)


def _template(target: str, fold: TenantFold, today: str, times: Counter[int]) -> Template:
    one, ledger = fold.templates.get(target, _NOTHING), fold.ledger
    left, confirmed, last = (_entry(ledger, number) for number in (one.told, one.good, one.last))
    seen = ledger.sighting(one.sighted) if one.sighted is not None else None
    drifted = seen if seen is not None and left is not None and _drifted(left, seen) else None
    took = fold.runs.durations(sorted((*one.approvals, *one.others)))
    times.update(took)
    return Template(
        id=target,
        name=ledger.names.get(target),
        approved=left if left is not None and drifted is None and _is_approved(left) else None,
        confirmed=confirmed,
        drifted=drifted,
        carrier_ready=bool(last is not None and last.carrier_ready and drifted is None),
        approvals=Listing(one.approvals, ledger.entry),
        registrations=Listing(one.others, ledger.entry),
        seen=Listing(one.sightings, ledger.sighting),
        periods=tuple(_periods(one)),
        waivers=_excuses(last, today),
        latency=latency(took),
    )


def _entry(ledger: Ledger, number: int | None) -> Entry | None:
    return ledger.entry(number) if number is not None else None


def _is_approved(entry: Entry) -> bool:
    """Whether an approval left its template approved, as far as its outcome tells."""
    return entry.outcome in CONFIRMED and entry.status == APPROVED


def _drifted(left: Entry, seen: Sighting) -> bool:
    """Whether the tenant was seen otherwise than a change that took effect had left it."""
    return left.outcome in CONFIRMED and left.seq < seen.seq and bool(moved(left, seen))


def _periods(one: ObjectFold) -> Iterator[Period]:
    for (state, began), (_, ended) in pairwise([*one.began, ("", None)]):
        yield Period(state=state, began=str(began), ended=ended)


def _object(spot: tuple[str, str], fold: TenantFold, today: str) -> Object:
    one, ledger = fold.objects.get(spot, _NOTHING), fold.ledger
    return Object(
        phase=spot[0],
        target=spot[1],
        confirmed=_entry(ledger, one.good),
        entries=Listing(one.others, ledger.entry),
        waivers=_excuses(_entry(ledger, one.last), today),
    )


def _excuses(last: Entry | None, today: str) -> tuple[Excuse, ...]:
    """The waivers as the object's last record has them, if there is one."""
    if last is None:
        return ()
    return tuple(
        Excuse(waiver=waiver, state=_state(waiver.expires, today), seq=last.seq) for waiver in last.waivers
    )


def _state(expires: str, today: str) -> str:
    try:
        left = (date.fromisoformat(expires) - date.fromisoformat(today)).days
    except ValueError:
        return "expired"
    return "expired" if left < 0 else "ending" if left <= NOTICE_DAYS else "in force"


def _open(fold: TenantFold, memory: Memory) -> Iterator[Open]:
    """What is begun, what is reviewed and not begun, and what last ended without being done."""
    ledger = fold.ledger
    for spot in {*fold.last, *memory.open_intents, *memory.open_reviews}:
        number, outcome = fold.last.get(spot, (None, ""))
        intent = memory.open_intents.get(spot)
        review = memory.open_reviews[spot][1] if spot in memory.open_reviews else None
        after = ledger.seq(ledger.entries[number]) if number is not None else 0
        if intent is not None and intent["seq"] > after:
            yield _open_record("begun", intent, spot, intent["operation"])
        elif review is not None and review["seq"] > after:
            yield _open_record("reviewed", review, spot, memory.open_reviews[spot][0].operation)
        elif number is not None and outcome not in GOOD:
            entry = ledger.entry(number)
            refused = _refused(entry, _last_sighting(fold, spot[1]))
            yield Open(
                state="held" if refused is not None else entry.outcome,
                **{name: getattr(entry, name) for name in ("phase", "operation", "target")},
                **{name: getattr(refused or entry, name) for name in ("seq", "at")},
                **{name: getattr(entry, name) for name in ("operator_id", "review", "plan_digest", "error")},
            )


def _last_sighting(fold: TenantFold, target: str) -> Sighting | None:
    one = fold.templates.get(target, _NOTHING)
    return fold.ledger.sighting(one.sighted) if one.sighted is not None else None


def _refused(entry: Entry, seen: Sighting | None) -> Sighting | None:
    """Where somebody was seen to have decided against what waited for its carrier."""
    if entry.outcome != "pending" or seen is None or seen.seq < entry.seq or seen.state != "off":
        return None
    return seen


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
