"""From an audit log to a report: who approved which text, what waits, what needs attention (help report).

A function of the log's records: it asks no tenant and no clock, and says what was last known, not what is there now.
They are read once, and none is kept: what a report lists is read again, a record at a time, when somebody asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.audit.chain import CHECKPOINT
from reconciler.audit.checkpoint import restore
from reconciler.audit.memory import EVENTS, Memory
from reconciler.audit.memory import fold as remember
from reconciler.audit.report.attention import attention
from reconciler.audit.report.history import Chain, History
from reconciler.audit.report.ledger import Ledger
from reconciler.audit.report.narrow import Narrowing, template_ids
from reconciler.audit.report.runs import Runs
from reconciler.audit.report.tenant import told
from reconciler.audit.report.tenant_fold import TenantFold
from reconciler.core.errors import UsageProblem
from reconciler.core.suggest import nearest
from reconciler.desired.schema_files import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.audit.chain import Record
    from reconciler.audit.report.history import Tenant
    from reconciler.audit.report.ledger import ReadLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a report is to be about: ``since`` and ``until`` are ISO dates, both included, in UTC.

    ``now`` is when it is made (RFC 3339, UTC). Everything up to ``until`` says how things stand; what happened before
    ``since`` is not listed. ``head`` is a hash that the log must contain; ``is_before`` tells whether it stands in a
    file before the record that is read first. ``only`` are the ids of the templates that it is about; none: everything.
    """

    log: str
    now: str
    since: str | None = None
    until: str | None = None
    head: str | None = None
    is_before: Callable[[Record], bool] = lambda _: False
    only: tuple[str, ...] = ()


def report(log: ReadLog, question: Question) -> History:
    """The history that the log holds, as far as its chain does. UsageProblem for a template that it does not know."""
    read = _Read(log=log, question=question)
    fold = _Fold(log=log, since=question.since)
    narrowing, known = Narrowing(only=frozenset(question.only)), set[str]()
    for place, record in read:
        if question.only:
            known |= template_ids(record)
        if record["event"] in EVENTS and (
            question.until is None or record["timestamp"][:10] <= question.until
        ):
            about = narrowing.of(record)
            if about is not None:
                fold.take(about, place)
    _refuse_unknown(question, known)
    chain, today = read.chain(), min(question.now[:10], question.until or question.now[:10])
    tenants = fold.told(today)
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


def _refuse_unknown(question: Question, known: set[str]) -> None:
    """A report about a template that the log does not know would look like a clean one."""
    for name in question.only:
        if name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near}?" if near is not None else ""
            raise UsageProblem(
                f"--template {name}: no record of {question.log} is about a template with this id.{hint}"
            )


@dataclass(slots=True, kw_only=True)
class _Read:
    """The log up to the first record that does not fit the published schema, as if the chain broke there."""

    log: ReadLog
    question: Question
    first: Record | None = None
    last: Record | None = None
    count: int = 0
    found: bool = False
    misfit: Record | None = None
    beyond: int = 0

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        for place, record in enumerate(self.log.records):
            if self.misfit is not None or fault("audit-record", record) is not None:
                self.misfit = self.misfit or record
                self.beyond += 1
                continue
            self.first, self.last, self.count = self.first or record, record, place + 1
            self.found = self.found or record["hash"] == self.question.head
            yield place, record

    def chain(self) -> Chain:
        """What is told of the log as such, once it is read."""
        first, last, log, head = self.first, self.last, self.log, self.question.head
        return Chain(
            records=self.count,
            begins=first["seq"] if first is not None else 1,
            head=last["hash"] if last is not None else None,
            first=first["timestamp"] if first is not None else None,
            last=last["timestamp"] if last is not None else None,
            broken=self._broken() or log.broken,
            beyond=self.beyond + log.beyond,
            torn=bool(log.torn),
            lacking=tuple(name.rpartition("/")[2] for name in log.lacking),
            expected=head,
            found=None if head is None else self.found or self._is_before(),
        )

    def _is_before(self) -> bool:
        return self.first is not None and not self.log.lacking and self.question.is_before(self.first)

    def _broken(self) -> str | None:
        if self.misfit is None:
            return None
        return (
            f"Record {self.misfit['seq']} of the audit log is one that this version cannot read, although its hash "
            "fits: another program wrote it, or a later version. Compare with a copy of the log."
        )


@dataclass(slots=True, kw_only=True)
class _Fold:
    """What is kept of the records of all tenants; ``first`` is the number of the first record."""

    log: ReadLog
    since: str | None
    first: int | None = None
    memories: dict[str, Memory] = field(default_factory=dict)
    tenants: dict[str, TenantFold] = field(default_factory=dict)

    def take(self, record: Record, place: int) -> None:
        """Take in the next record. A checkpoint says all that those before it do; the first tells of tenants too."""
        if record["event"] == CHECKPOINT:
            for tenant in {*self.memories, *record["tenants"]}:
                memory = self.memories[tenant] = Memory()
                restore(memory, record, tenant)
                if self.first is None and tenant in record["tenants"]:
                    self._tenant(tenant).begin(memory)
        elif record["tenant"] is not None:
            memory = self.memories.setdefault(record["tenant"], Memory())
            remember(memory, record)
            memory.reviews.clear()  # a report says what is open of them
            self._tenant(record["tenant"]).take(record, place)
        self.first = record["seq"] if self.first is None else self.first

    def _tenant(self, tenant: str) -> TenantFold:
        if tenant not in self.tenants:
            ledger = Ledger(log=self.log)
            self.tenants[tenant] = TenantFold(
                tenant=tenant, since=self.since, base_url=tenant, ledger=ledger, runs=Runs(ledger=ledger)
            )
        return self.tenants[tenant]

    def told(self, today: str) -> tuple[Tenant, ...]:
        """What they add up to."""
        return tuple(
            told(fold, self.memories[tenant], self.first or 1, today)
            for tenant, fold in sorted(self.tenants.items())
        )
