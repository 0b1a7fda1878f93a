"""Which of a plan's actions were reviewed. A saved plan is evidence, never a program."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.core.errors import StaleReview
from reconciler.core.plan_json import identity, secret_json, value_json
from reconciler.plan import guards
from reconciler.plan.build import live_approved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.audit.memory import Memory
    from reconciler.core.model import Action, Change, Json, Plan, Unchecked
    from reconciler.plan.build import PlanInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something that a person reviewed: a plan file, or a reviewed plan in the log. ``name`` is for messages."""

    name: str
    actions: tuple[Action, ...]
    unchecked: tuple[Unchecked, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """Under what an apply works: plan FILEs, a digest, the log alone (``continued``), or a yes to the fresh plan.

    ``yes`` is the option of that name, ``confirmed`` the plan that somebody said yes to at the prompt. ``allowed`` are
    guards that flags pass; ``reason`` is for the audit log.
    """

    files: tuple[Evidence, ...] = ()
    digest: str | None = None
    continued: bool = False
    yes: bool = False
    confirmed: Plan | None = None
    allowed: frozenset[str] = frozenset()
    max_changes: int | None = None
    reason: str | None = None

    @property
    def backed(self) -> bool:
        """Whether a review stands behind it already, so that nobody is asked."""
        return bool(self.files) or self.digest is not None or self.continued

    @property
    def asks(self) -> bool:
        """Whether a person is to be asked."""
        return not (self.backed or self.yes or self.confirmed is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedPlan:
    """A fresh plan, its actions divided. ``passed_over`` were reviewed and are no longer needed.

    ``silent`` are the phases and targets of what is left alone without a word, under ``--continue``.
    """

    plan: Plan
    reviewed: tuple[Action, ...]
    unreviewed: tuple[Action, ...] = ()
    passed_over: tuple[Action, ...] = ()
    silent: frozenset[tuple[str, str]] = frozenset()


def whole(plan: Plan) -> ReviewedPlan:
    """All of the plan is reviewed: somebody has just said yes to it, or to its digest."""
    return ReviewedPlan(plan=plan, reviewed=plan.actions)


def named_in_log(memory: Memory, digest: str | None) -> Evidence | None:
    """The latest reviewed plan in the log with this digest."""
    if digest is None:
        return None
    for reviewed in reversed(memory.reviews):
        if reviewed.digest == digest:
            return Evidence(
                name=f"the reviewed plan {reviewed.digest} in the audit log",
                actions=reviewed.actions,
                unchecked=reviewed.unchecked,
                unlisted=reviewed.unlisted,
            )
    return None


def unlisted(memory: Memory, authorization: Authorization) -> frozenset[str]:
    """The lists that a reviewed plan did without, so that the fresh one does too."""
    found = named_in_log(memory, authorization.digest)
    evidence = (*authorization.files, *([found] if found is not None else []))
    return frozenset(name for item in evidence for name in item.unlisted)


def reviewed_in(plan: Plan, memory: Memory, authorization: Authorization) -> ReviewedPlan:
    """Which of the fresh plan's actions were reviewed. StaleReview where what was reviewed has moved."""
    log = {spot: action for spot, (action, _) in memory.open_reviews.items()}
    if authorization.digest is not None:
        if plan.digest == authorization.digest:
            return whole(plan)
        evidence = named_in_log(memory, authorization.digest)
        if evidence is None:
            raise StaleReview(
                f"What was reviewed has moved; nothing was written. The plan is now {plan.digest}, and no reviewed "
                f"plan in the audit log has the digest {authorization.digest}. Look at "
                "`reconciler plan`, and have that reviewed."
            )
        return divide(plan, [evidence], log)
    if authorization.files:
        return divide(plan, authorization.files, log)
    if authorization.continued:
        divided = divide(plan, [], log)
        silent = frozenset((action.phase, action.target) for action in divided.unreviewed)
        return replace(divided, unreviewed=(), silent=silent)
    if authorization.confirmed is not None:
        _require_the_same(plan, authorization.confirmed)
    return whole(plan)


def _require_the_same(plan: Plan, confirmed: Plan) -> None:
    """StaleReview where the plan is another than the one that somebody said yes to."""
    if plan.digest == confirmed.digest:
        return
    known = {identity(action) for action in confirmed.actions}
    stale = [action for action in plan.actions if identity(action) not in known]
    if stale:
        raise StaleReview(_stale_message(stale, [Evidence(name="confirmed", actions=confirmed.actions)]))
    raise StaleReview(
        "What was confirmed has moved while the question waited; nothing was written. The plan is now "
        f"{plan.digest}. Look at it with `reconciler plan`, then apply again."
    )


def guard(given: PlanInput, review: ReviewedPlan, authorization: Authorization) -> None:
    """Refused where a guard holds: only what no review stands behind raises those that a review passes."""
    log = {identity(action) for action, _ in given.memory.open_reviews.values()}
    unbacked = (
        [] if authorization.backed else [action for action in review.reviewed if identity(action) not in log]
    )
    guards.refuse(guards.raised(unbacked, live_approved(given)), authorization.allowed)
    guards.limit_changes(review.reviewed, authorization.max_changes)


def divide(plan: Plan, evidence: Sequence[Evidence], log: Mapping[tuple[str, str], Action]) -> ReviewedPlan:
    """Divide by evidence and by the log's open reviewed actions (by phase and target).

    StaleReview where the evidence names a target for which something else is now to be done.
    """
    approved = {identity(action) for item in evidence for action in item.actions}
    approved |= {identity(action) for action in log.values()}
    rotatable = [(one.url, secret_json(one.secret)) for item in evidence for one in item.unchecked]
    named = {action.target for item in evidence for action in item.actions}
    reviewed, unreviewed, stale = [], [], []
    for action in plan.actions:
        unchecked = (action.target, action.reviewed.get("secret")) in rotatable
        if identity(action) in approved or (action.operation == "rotate" and unchecked):
            reviewed.append(action)
        elif action.target in named:
            stale.append(action)
        else:
            unreviewed.append(action)
    if stale:
        raise StaleReview(_stale_message(stale, evidence))
    return ReviewedPlan(
        plan=plan,
        reviewed=tuple(reviewed),
        unreviewed=tuple(unreviewed),
        passed_over=_passed_over(plan, evidence),
    )


def _passed_over(plan: Plan, evidence: Sequence[Evidence]) -> tuple[Action, ...]:
    """What was reviewed and is not needed any more, each once.

    What only waits is no such thing, nor what a narrowed plan did not look at.
    """
    fresh = {(action.phase, action.target) for action in plan.actions}
    over = {
        identity(action): action
        for item in evidence
        for action in item.actions
        if (action.phase, action.target) not in fresh
        and action.target not in plan.waiting
        and (not plan.targets or action.target in plan.targets)
    }
    return tuple(over.values())


def _stale_message(stale: Sequence[Action], evidence: Sequence[Evidence]) -> str:
    """Object by object: what was reviewed, what is there now, and since when."""
    known: dict[tuple[str, str], list[tuple[str, Action]]] = defaultdict(list)
    for item in evidence:
        for other in item.actions:
            known[other.phase, other.target].append((item.name, other))
    lines = ["What was reviewed has moved; nothing was written."]
    for action in stale:
        lines.append(f"{action.target}, {action.operation} ({action.phase}):")
        was = known[action.phase, action.target]
        for name, other in was:
            lines += [f"  {name}: {words}" for words in _moved(other, action)]
        if not was:
            lines.append(f"  nothing of this was reviewed; now: {', '.join(map(_now, action.changes))}")
    lines.append(
        "Make a fresh plan with `reconciler plan --out plan.json`, have it reviewed, then `reconciler apply plan.json`."
    )
    return "\n".join(lines)


def _moved(reviewed: Action, now: Action) -> Iterator[str]:
    """What differs between an action that was reviewed and the one that would be done now."""
    if reviewed.operation != now.operation:
        yield f"{reviewed.operation} was reviewed; now it would be {now.operation}"
    if reviewed.updated_at != now.updated_at:
        yield f"reviewed at updated_at {reviewed.updated_at}; in the tenant it is {now.updated_at} now"
    before = {change.field: change for change in reviewed.changes}
    shown = {change.field for change in (*reviewed.changes, *now.changes)}
    was_text, is_text = reviewed.message or {}, now.message or {}
    pairs = [(name, was_text.get(name), is_text.get(name)) for name in is_text if name not in shown]
    sources = (one.reviewed.get("secret") for one in (reviewed, now))
    for name, was_one, is_one in [*pairs, ("the secret's source", *sources)]:
        if was_one != is_one:
            yield f"{name}: {_short(was_one)} was reviewed; the files ask for {_short(is_one)}"
    for change in now.changes:
        was = before.pop(change.field, None)
        if was is None:
            yield f"not reviewed: {_now(change)}"
            continue
        if was.live != change.live:
            yield f"{change.field}: when reviewed, the tenant had {_short(was.live)}; now it has {_short(change.live)}"
        if was.desired != change.desired:
            yield f"{change.field}: {_short(was.desired)} was reviewed; the files ask for {_short(change.desired)}"
    for was in before.values():
        yield f"{was.field}: {_short(was.desired)} was reviewed, and needs no change any more"


def _now(change: Change) -> str:
    return f"{change.field}: the tenant has {_short(change.live)}, the files ask for {_short(change.desired)}"


def _short(value: Json) -> str:
    """A value as JSON, at most some 120 characters of it."""
    text = json.dumps(value_json(value), ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}…"
