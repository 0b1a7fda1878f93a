"""What to do, in order: a pure function of desired, live and remembered state (DESIGN.md, One way through)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.audit.memory import Memory
from reconciler.core import plan_json
from reconciler.core.model import Plan, Unchecked, Waiting
from reconciler.kinds import by_phase, discover
from reconciler.kinds._base import UNCHANGED, Known
from reconciler.plan import guards
from reconciler.plan.consequences import with_consequences
from reconciler.plan.resume import Resumption
from reconciler.plan.three_way import explained

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from reconciler.core.model import Desired, Finding, Key, Observation, Policy, Value
    from reconciler.kinds._base import Decision, Kind
    from reconciler.rules import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInput:
    """Everything that a plan depends on, and all of it values.

    ``fingerprints`` holds the readable secrets' fingerprints by webhook URL, as far as they had to be compared;
    ``unreadable`` the URLs whose secret cannot be read here. ``base`` and ``newer`` hold what the files asked for at
    the merge base and at the tip of the base branch, where a base is compared with. ``memory`` is what the log holds
    of this tenant, ``resumption`` what is remembered once open intents are taken into account. ``tenant`` is whom it is
    about, ``base_url`` where the calls go. ``rules`` is what the documents were judged by.
    """

    tenant: str
    base_url: str
    desired: Mapping[Key, Desired]
    observed: Observation
    policy: Policy
    memory: Memory = field(default_factory=Memory)
    resumption: Resumption = field(default_factory=Resumption)
    findings: tuple[Finding, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    unreadable: Collection[str] = ()
    rotate: Collection[str] = ()
    targets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    base: Mapping[Key, Mapping[str, Value]] | None = None
    newer: Mapping[Key, Mapping[str, Value]] = field(default_factory=dict)
    relaxed: tuple[str, ...] | None = None
    rules: Context | None = None


def build(question: PlanInput) -> Plan:
    """The plan, its digest in it. Templates that are not live have been refused before."""
    decided = _decide(question)
    order = list(by_phase())
    actions = tuple(
        sorted(
            (decision.action for decision in decided.values() if decision.action is not None),
            key=lambda action: (order.index(action.phase), action.target),
        )
    )
    if question.base is not None:
        actions = explained(actions, question.base, question.newer)
    actions = with_consequences(actions, question)
    collections = {kind.name: kind.collection for kind in discover().values()}
    return plan_json.with_digest(
        Plan(
            tenant=question.tenant,
            base_url=question.base_url,
            digest=None,
            targets=tuple(sorted(set(question.targets))),
            actions=actions,
            unchanged=sum(decision.state == "unchanged" for decision in decided.values()),
            pending=_in_state(question, decided, "pending"),
            held=_in_state(question, decided, "held"),
            unchecked=_unchecked(question),
            unlisted=tuple(sorted(collections[name] for name in question.observed.refused)),
            guards=guards.raised(actions, live_approved(question)),
            findings=question.findings,
            notes=(*question.notes, *_notes(question, decided)),
            relaxed=question.relaxed,
        )
    )


def live_approved(question: PlanInput) -> frozenset[str]:
    """The managed templates that the tenant shows as APPROVED."""
    return frozenset(
        item.target
        for item in question.desired.values()
        if discover()[item.kind].conditional
        and any(
            live.fields.get("status") == "APPROVED"
            for live in question.observed.lives.get((item.kind, item.target), ())
        )
    )


def _decide(question: PlanInput) -> dict[Key, Decision]:
    """Every desired object's decision, by kind and target.

    What comes after a pending or held object is not decided: it waits.
    """
    by_kind: dict[str, list[Key]] = defaultdict(list)
    for key in question.desired:
        by_kind[key[0]].append(key)
    decided: dict[Key, Decision] = {}
    waiting: set[Key] = set()
    for kind in discover().values():
        for key in sorted(by_kind[kind.name]):
            if any((name, key[1]) in waiting for name in kind.after):
                continue
            item = question.desired[key]
            decided[key] = kind.decide(item, _known(question, kind, key, item))
            if decided[key].state in {"pending", "held"}:
                waiting.add(key)
    return decided


def _known(question: PlanInput, kind: Kind, key: Key, item: Desired) -> Known:
    shown = question.resumption.shown.get(item.target) or question.memory.shown.get(item.target)
    return Known(
        lives=question.observed.lives.get(key, ()),
        listed=item.kind in question.observed.listed,
        remembered=question.resumption.remembered.get(key),
        shown=shown if kind.conditional else None,
        fingerprint=question.fingerprints.get(item.target),
        unreadable=item.target in question.unreadable,
        rotate=item.target in question.rotate,
        policy=question.policy,
    )


def _in_state(question: PlanInput, decided: Mapping[Key, Decision], state: str) -> tuple[Waiting, ...]:
    """The templates in this state, by id, each with the tenant's status."""
    found = []
    for key in sorted(key for key, decision in decided.items() if decision.state == state):
        live, *_ = question.observed.lives[key]
        status = str(live.fields["status"])
        shown = question.memory.shown.get(key[1])
        since = shown.since if shown is not None and shown.status == status else None
        found.append(Waiting(id=key[1], status=status, since=since))
    return tuple(found)


def _unchecked(question: PlanInput) -> tuple[Unchecked, ...]:
    return tuple(
        Unchecked(url=item.target, secret=item.secret)
        for item in sorted(question.desired.values(), key=lambda item: item.target)
        if item.secret is not None and item.target in question.unreadable
    )


def _notes(question: PlanInput, decided: Mapping[Key, Decision]) -> tuple[str, ...]:
    """What a reviewer should know and no action says, sorted by what it is about."""
    notes: list[str] = []
    told = {key: decision for key, decision in decided.items() if decision is not UNCHANGED}
    for kind in discover().values():
        mine = {target: decision for (name, target), decision in told.items() if name == kind.name}
        notes += _not_known(question, kind, mine)
        notes += [decision.warning for decision in mine.values() if decision.warning is not None]
        notes += [
            f"The secret of {kind.noun} {target} was never set from here, so a change of it cannot be seen. "
            f"`--rotate {target}` sets it."
            for target, decision in mine.items()
            if decision.adopted
        ]
    gone = sorted(
        question.memory.templates
        - {target for kind, target in question.desired if discover()[kind].conditional}
    )
    if gone and not question.targets:
        notes.append(
            f"No longer managed: {_some(gone)}. No file names them any more; they stay in the tenant as they are. "
            "A document with another status revokes one."
        )
    notes += _line_ends(question, decided)
    kinds = discover()
    created = [target for (name, target), one in told.items() if kinds[name].last and _creates(one)]
    earlier = any(one.action is not None and not kinds[name].last for (name, _), one in told.items())
    if created and earlier:
        notes.append(
            f"The events of this plan's approvals and registrations are not delivered to {_some(created)}: "
            "webhooks are made last."
        )
    return tuple(notes)


def _line_ends(question: PlanInput, decided: Iterable[Key]) -> Iterator[str]:
    """Of which texts the tenant shows other line ends than it was sent."""
    lives = question.observed.lives
    shown = sorted({key[1] for key in decided if any(live.crlf for live in lives.get(key, ()))})
    if shown:
        yield (
            f"The tenant shows CR LF for the line breaks of {_some(shown)}. That is compared as LF, so nothing is sent "
            "for it; whether a phone gets CR LF, which takes two characters, is not known."
        )


def _not_known(question: PlanInput, kind: Kind, mine: Mapping[str, Decision]) -> Iterator[str]:
    """Of which objects neither tenant nor log can tell whether they are there."""
    begun = [
        target
        for target, decision in mine.items()
        if decision.action is not None
        and (intent := question.resumption.intents.get((kind.phase, target))) is not None
        and intent.doubt
    ]
    if begun:
        yield _begun(kind, begun)
    unknown = [target for target, decision in mine.items() if decision.unknown and target not in begun]
    if unknown:
        accept = (
            " What is there already can be recorded with `reconciler audit accept`." if kind.secret else ""
        )
        yield (
            f"The tenant cannot list {kind.collection} and the audit log remembers none of {_some(unknown)}: whether "
            f"they are there is not known, so they are sent (a first run, or a lost log).{accept}"
        )


def _begun(kind: Kind, targets: Sequence[str]) -> str:
    """What a reviewer should know of writes whose fate nobody can tell."""
    twice = " Each may then be there twice: look in the console." if kind.duplicates else ""
    return (
        f"A run that ended early may have sent {_some(targets)} ({kind.phase}), and the tenant does not tell what "
        f"became of it: it is sent again.{twice}"
    )


def _creates(decision: Decision) -> bool:
    return decision.action is not None and decision.action.operation == "create"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
