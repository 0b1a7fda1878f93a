"""From files, tenant and log to a plan: what ``plan`` and ``apply`` have in common (contract section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.core.model import SECRET
from reconciler.cxone.observe import observe
from reconciler.desired.secrets import SecretUnavailable
from reconciler.kinds import by_phase, identity
from reconciler.plan import guards
from reconciler.plan.build import Question, build, live_approved
from reconciler.plan.standing import settle
from reconciler.rules.relaxations import relaxations

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from reconciler.audit.memory import Memory
    from reconciler.core.model import Action, Desired, Observation, Plan, SecretRef, Value
    from reconciler.cxone.client import Client
    from reconciler.desired.base import BaseState
    from reconciler.desired.load import DesiredState
    from reconciler.plan.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller wants planned. ``without`` are collections whose list is treated as refused."""

    base_url: str
    state: DesiredState
    targets: tuple[str, ...] = ()
    rotate: tuple[str, ...] = ()
    without: Collection[str] = ()
    concurrency: int = 10
    base: BaseState | None = None
    newer: BaseState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """A plan and all that it was made from."""

    plan: Plan
    desired: Mapping[tuple[str, str], Desired]
    observed: Observation
    standing: Standing
    memory: Memory
    approved: Collection[str] = field(default_factory=frozenset)


@dataclass(slots=True)
class Secrets:
    """The webhook secrets of one run, each read and fingerprinted at most once.

    ``read`` gives a secret's value or raises ``SecretUnavailable``; ``fingerprint`` is slow on purpose.
    """

    base_url: str
    read: Callable[[SecretRef], str]
    fingerprint: Callable[[str, str, str], str]
    _known: dict[tuple[SecretRef, str], str] = field(default_factory=dict)

    def print_of(self, ref: SecretRef, url: str) -> str:
        """The secret's fingerprint for the webhook at ``url``."""
        if (ref, url) not in self._known:
            self._known[ref, url] = self.fingerprint(self.read(ref), self.base_url, url)
        return self._known[ref, url]

    def unreadable(self, desired: Sequence[Desired]) -> tuple[str, ...]:
        """The URLs of the webhooks whose secret cannot be read here."""
        found = []
        for item in desired:
            if item.secret is not None:
                try:
                    self.read(item.secret)
                except SecretUnavailable:
                    found.append(item.target)
        return tuple(sorted(found))


async def make_plan(wish: Wish, client: Client, memory: Memory, secrets: Secrets) -> Planning:
    """Read the tenant and plan. Sends nothing but reads."""
    state = wish.state
    _require_webhooks(wish)
    desired = narrowed(state.desired, wish.targets)
    guards.require_tenant(wish.base_url, state.policy.tenants)
    observed = await observe(
        client, desired, narrowed=bool(wish.targets), without=wish.without, concurrency=wish.concurrency
    )
    standing = settle(memory, observed, state.policy, {(item.kind, item.target) for item in desired})
    unreadable = secrets.unreadable(desired)
    plan = build(
        Question(
            base_url=wish.base_url,
            desired=desired,
            observed=observed,
            remembered=standing.remembered,
            policy=state.policy,
            findings=state.findings,
            fingerprints=_fingerprints(desired, standing, secrets, unreadable),
            unreadable=unreadable,
            rotate=tuple(map(identity, wish.rotate)),
            managed=memory.templates,
            targets=wish.targets,
            base=_fields(wish.base, desired) if wish.base is not None else None,
            newer=_fields(wish.newer, desired) if wish.newer is not None else {},
            relaxed=_relaxed(wish.base, state) if wish.base is not None else None,
        )
    )
    return Planning(
        plan=plan,
        desired={(item.kind, item.target): item for item in desired},
        observed=observed,
        standing=standing,
        memory=memory,
        approved=live_approved(observed, desired),
    )


def _fields(state: BaseState, desired: Sequence[Desired]) -> dict[tuple[str, str], Mapping[str, Value]]:
    """What was asked for, by kind and target; of a secret, whether it is to come from where it comes from now."""
    now = {(item.kind, item.target): item.secret for item in desired}
    return {
        key: item.fields
        if item.secret is None
        else {**item.fields, "secret": SECRET if item.secret == now.get(key) else None}
        for key, item in state.desired.items()
    }


def _relaxed(base: BaseState, state: DesiredState) -> tuple[str, ...]:
    return relaxations(base.documents, base.policy, state.documents, state.policy)


def narrowed(desired: Sequence[Desired], targets: Collection[str]) -> tuple[Desired, ...]:
    """All of it, or what the targets name."""
    return tuple(item for item in desired if not targets or item.target in targets)


def _require_webhooks(wish: Wish) -> None:
    """ReconcilerError for a ``--rotate`` that names no webhook of the files."""
    known = {item.target for item in wish.state.desired if item.secret is not None}
    for url in wish.rotate:
        if identity(url) not in known:
            urls = ", ".join(sorted(known)) or "none"
            among = "of the targets" if wish.targets else "of the files"
            raise ReconcilerError(f"--rotate {url} names no webhook {among}. There are: {urls}.")


def _fingerprints(
    desired: Sequence[Desired], standing: Standing, secrets: Secrets, unreadable: Collection[str]
) -> dict[str, str]:
    """The fingerprints that are compared: only where one is remembered, for each costs 0.1 s."""
    return {
        item.target: secrets.print_of(item.secret, item.target)
        for item in desired
        if item.secret is not None
        and item.target not in unreadable
        and (known := standing.remembered.get((item.kind, item.target))) is not None
        and known.fingerprint is not None
    }


def needed_scopes(actions: Sequence[Action]) -> tuple[str, ...]:
    """The scopes that the actions need, sorted."""
    kinds = by_phase()
    return tuple(sorted({kinds[action.phase].scope for action in actions}))
