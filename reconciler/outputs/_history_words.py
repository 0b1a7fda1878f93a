"""The sentences about a history, for all formats: foreign text in them still has to be escaped or made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.attention import waiting
from reconciler.kinds import by_phase, conditional
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from reconciler.audit.report.history import Attention, Chain, Entry, History, Open, Review, RunHistory

STATES = {
    "pending": "waits for the carrier",
    "held": "held: a person decided against it in the tenant",
    "reviewed": "reviewed, not carried out yet",
    "begun": "begun, and its end is not recorded",
    "failed": "failed",
    "blocked": "blocked by something else that did not get done",
    "conflict": "stopped: somebody had changed it in the tenant",
}
OUTCOMES = {
    "applied": "done",
    "unchanged": "found in place",
    "pending": "taken, waits for the carrier",
    "held": "held by a decision in the tenant",
    "conflict": "stopped by a change in the tenant",
    "failed": "failed",
    "blocked": "blocked",
    "accepted": "recorded as in place by a person",
}
PERIODS = {
    "approved": "approved",
    "pending": "waiting for the carrier",
    "held": "held in the tenant",
    "off": "not approved",
}
WAIVERS = {"in force": "in force", "ending": "ends soon", "expired": "has ended"}
NOBODY = "no review was recorded"


def action(one: Entry | Open) -> str:
    """``approval of tmpl_a``: what was to be done, to what."""
    return f"{operation(one)} {one.target}"


def operation(one: Entry | Open) -> str:
    """``approval of``: what was to be done."""
    kind = by_phase().get(one.phase)
    known = (each.done for each in kind.operations if each.name == one.operation) if kind is not None else ()
    return next(iter(known), f"{one.operation} ({one.phase}) of")


def has_text(one: Entry) -> bool:
    """Whether it is about a message's text, and not only about something that belongs to the message."""
    kind = by_phase().get(one.phase)
    return kind is not None and kind.conditional


def who(review: Review | None) -> str:
    """Who approved it, as far as that is recorded."""
    if review is None or not review.named:
        return NOBODY
    return ", ".join(review.approvers) or "no approvers were named"


def chain(said: Chain) -> str:
    """Whether the log is intact, in a sentence."""
    if said.broken is not None:
        return (
            f"The log is damaged after record {said.records}. Nothing behind that point "
            f"({counted(said.beyond, 'line')}) is proven, and none of it is in this report."
        )
    if said.found is False:
        return (
            "The log does not contain the record that it should: its end was cut off, or it was written anew."
        )
    fits = f"{counted(said.records, 'record')} in one unbroken chain."
    if said.expected is not None:
        return f"{fits} It contains the record whose hash was kept elsewhere."
    return fits


def attention(one: Attention) -> str:
    """What needs attention and what to do about it, in a sentence or two."""
    words = _ATTENTION[one.kind]
    name, _, ends = (one.detail or "").partition(" ")
    kind = by_phase().get(one.phase or "")
    what = f"{kind.noun if kind is not None else one.phase} {one.target}" if one.phase else str(one.target)
    return words.format(what=what, target=one.target, detail=one.detail, rule=name, day=ends, seq=one.seq)


_ATTENTION = {
    "chain": "The log is damaged from record {seq} on. Compare it with a copy, and find out who could write to it.",
    "head": "The record {detail}, kept elsewhere as the log's head, is not in this log. Compare it with a copy.",
    "doubt": "Nobody can say whether a change of the {what} reached the tenant. Look at it in the console.",
    "begun": "A change of the {what} was begun and the run ended before its end was recorded. The next run of "
    "reconciler apply finds out what became of it.",
    "failed": "The last change of the {what} failed. Its entry says why.",
    "blocked": "The last change of the {what} was blocked. Its entry says by what.",
    "conflict": "The last change of the {what} was stopped, because somebody had changed it in the tenant. Nothing was "
    "overwritten: plan and review again.",
    "held": "The {what} is held: a person decided against it in the tenant (rejected, suspended or the like).",
    "expired": "The exemption of {target} from rule {rule} ended on {day}.",
    "ending": "The exemption of {target} from rule {rule} ends on {day}.",
    "not-ready": "{target} is approved, and not ready for carriers: a rule is broken, or it is not registered.",
    "undelivered": "The tenant's own audit log lacks {detail} of these records. They are safe here; the next run of "
    "reconciler apply or reconciler audit publish sends them.",
    "unnamed": "The last change of {target} that took effect names neither approvers nor a pull request.",
    "torn": "The last line of the log was cut off by a crash. The next run of reconciler apply sets it aside; no "
    "record that was confirmed is lost.",
}


def did(run: RunHistory) -> str:
    """The number of a run's actions by outcome, in a line."""
    counts: dict[str, int] = {}
    for entry in run.entries:
        counts[entry.outcome] = counts.get(entry.outcome, 0) + 1
    parts = [f"{number} {OUTCOMES.get(outcome, outcome)}" for outcome, number in counts.items()]
    if run.unfinished:
        parts.append(f"{run.unfinished} begun and not ended")
    if not parts and run.reviewed:
        parts.append(f"{counted(run.reviewed, 'action')} recorded as reviewed")
    if not parts and run.delivered:
        parts.append(f"{counted(run.delivered, 'record')} delivered to the tenant's audit log")
    return "; ".join(parts) or "nothing"


def scope(history: History) -> str:
    """The days that the report covers."""
    if history.since is None and history.until is None:
        return "everything that the log holds"
    since = f"from {history.since}" if history.since is not None else "from the log's beginning"
    return f"{since} to {history.until}" if history.until is not None else f"{since} on"


def tallies(history: History) -> tuple[int, int, int]:
    """How many templates there are, how many are approved, how many actions wait."""
    templates = [template for tenant in history.tenants for template in tenant.templates]
    approved = sum(template.approved is not None for template in templates)
    return len(templates), approved, sum(map(waiting, history.tenants))


def templates(number: int) -> str:
    """``2 templates``."""
    return counted(number, conditional().noun)


def verdict(history: History) -> str:
    """The whole report in one line."""
    total, approved, waits = tallies(history)
    state = "intact" if history.chain.intact else "NOT INTACT"
    need = len(history.attention)
    return (
        f"Audit report: log {state}, {counted(history.chain.records, 'record')}; {approved} of "
        f"{templates(total)} approved; {waits} waiting; {need} {'needs' if need == 1 else 'need'} attention"
    )
