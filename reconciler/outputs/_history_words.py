"""How a history is said in plain words, the same in every format. Foreign text in them is not made visible yet."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from reconciler.audit.report.attention import waiting
from reconciler.kinds import by_phase, conditional
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.audit.report.history import (
        Chain,
        Entry,
        History,
        Open,
        Review,
        RunHistory,
        Sighting,
        Template,
        Tenant,
    )

STATES = {
    "pending": "waits for the carrier",
    "held": "held: a person decided against it in the tenant",
    "reviewed": "reviewed, not carried out yet",
    "begun": "begun, with no recorded end",
    "failed": "failed",
    "blocked": "blocked by a step that was not done",
    "conflict": "stopped: somebody had changed it in the tenant",
}
OUTCOMES = {
    "applied": "done",
    "unchanged": "found in place",
    "pending": "waiting for the carrier",
    "held": "held by a decision in the tenant",
    "conflict": "stopped by a change in the tenant",
    "failed": "failed",
    "blocked": "blocked",
    "accepted": "in place, as a person recorded",
}
PERIODS = {
    "approved": "approved",
    "pending": "waiting for the carrier",
    "held": "held in the tenant",
    "off": "not approved",
}
WAIVERS = {"in force": "in force", "ending": "ends soon", "expired": "has ended"}
Names = dict[tuple[str | None, str | None], str]
"""By tenant and id."""

SEEN = "found changed in the tenant"
NOBODY = "no review recorded"


def action(one: Entry | Open, name: str | None = None) -> str:
    """``approval of tmpl_a (Reminder)``: what was to be done, to what."""
    return f"{operation(one)} {named(one.target, name)}"


def operation(one: Entry | Open) -> str:
    """``approval of``: what was to be done."""
    kind = by_phase().get(one.phase)
    known = (each.done for each in kind.operations if each.name == one.operation) if kind is not None else ()
    return next(iter(known), f"{one.operation} ({one.phase}) of")


def has_text(one: Entry) -> bool:
    """Whether it is about a message's text, and not only about something that belongs to the message."""
    kind = by_phase().get(one.phase)
    return kind is not None and kind.conditional


def records(template: Template) -> Iterator[Entry | Sighting]:
    """What was done to a template and what it was found to show, in order."""
    return merge(template.approvals, template.registrations, template.seen, key=_seq)


def latest(template: Template) -> Iterator[Entry | Sighting]:
    """The same, the latest first."""
    mine: tuple[Sequence[Entry | Sighting], ...] = (template.approvals, template.registrations, template.seen)
    return merge(*(reversed(each) for each in mine), key=_seq, reverse=True)


def _seq(one: Entry | Sighting) -> int:
    return one.seq


def who(review: Review | None) -> str:
    """Who approved it, as far as that is recorded: for a column of names."""
    if review is None or not review.named:
        return NOBODY
    return ", ".join(review.approvers) or "no approver named"


def approved_by(review: Review | None) -> str:
    """The same in a sentence: ``approved by j.rivera, k.osei``."""
    named = review is not None and bool(review.approvers)
    return f"approved by {who(review)}" if named else who(review)


def names(tenants: Iterable[Tenant]) -> Names:
    """The templates' names, by tenant and id."""
    return {(tenant.tenant, one.id): one.name for tenant in tenants for one in tenant.templates if one.name}


def named(target: str | None, name: str | None) -> str:
    """``tmpl_a (Reminder)``: an id, and beside it the name where the log has it."""
    return f"{target} ({name})" if name else str(target)


def chain(said: Chain) -> str:
    """Whether the log can be believed, in a sentence."""
    if said.broken is not None:
        return (
            f"The log is damaged after record {said.begins + said.records - 1}. Nothing behind that point "
            f"({counted(said.beyond, 'line')}) is proven, and none of it is in this report."
        )
    if said.found is False:
        return (
            "The log does not contain the record that it should: its end was cut off, or it was written anew."
        )
    from_ = f" from record {said.begins} on" if said.begins != 1 else ""
    fits = f"{counted(said.records, 'record')} in one unbroken chain{from_}."
    if said.expected is not None:
        return f"{fits} It contains the record whose hash was kept elsewhere."
    return fits


def did(run: RunHistory) -> str:
    """What a run did, in a line."""
    counts: dict[str, int] = {}
    for entry in run.entries:
        counts[entry.outcome] = counts.get(entry.outcome, 0) + 1
    parts = [f"{number} {OUTCOMES.get(outcome, outcome)}" for outcome, number in counts.items()]
    if run.seen:
        parts.append(f"{templates(run.seen)} {SEEN}")
    if run.unfinished:
        parts.append(f"{run.unfinished} begun, with no recorded end")
    if not parts and run.reviewed:
        parts.append(f"{counted(run.reviewed, 'action')} recorded as reviewed")
    if not parts and run.delivered:
        parts.append(f"{counted(run.delivered, 'record')} delivered to the tenant's audit log")
    return "; ".join(parts) or "nothing was done"


def scope(history: History) -> str:
    """What time the report is about."""
    whole = f"templates {', '.join(history.only)}: " if history.only else ""
    if history.since is None and history.until is None:
        return f"{whole}everything that the log holds"
    since = f"from {history.since}" if history.since is not None else "from the log's beginning"
    return whole + (f"{since} to {history.until}" if history.until is not None else f"{since} on")


def tallies(history: History) -> tuple[int, int, int]:
    """How many templates there are, how many are approved, how many actions wait."""
    templates = [template for tenant in history.tenants for template in tenant.templates]
    approved = sum(template.approved is not None for template in templates)
    return len(templates), approved, sum(map(waiting, history.tenants))


def templates(number: int) -> str:
    """``2 templates``."""
    return counted(number, conditional().noun)


def needing(number: int) -> str:
    """``1 needs``, ``2 need``."""
    return f"{number} needs" if number == 1 else f"{number} need"


def verdict(history: History) -> str:
    """The whole report in one line."""
    total, approved, waits = tallies(history)
    state = "intact" if history.chain.intact else "NOT INTACT"
    return (
        f"Audit report: log {state}, {counted(history.chain.records, 'record')}; {approved} of "
        f"{templates(total)} approved; {waits} waiting; {needing(len(history.attention))} attention"
    )
