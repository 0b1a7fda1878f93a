"""The input of a plan, read from files, tenant and log, for ``plan`` and ``apply`` alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.audit.remembered import of_json
from reconciler.core.errors import ReconcilerError
from reconciler.core.model import SECRET
from reconciler.cxone.observe import observe
from reconciler.kinds import by_phase, discover, identity
from reconciler.kinds._responses import complete
from reconciler.plan import guards
from reconciler.plan.build import PlanInput
from reconciler.plan.resume import settle
from reconciler.rules.relaxations import relaxations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.audit.memory import Memory
    from reconciler.core.model import Action, Desired, Key, Observation, SecretRef, Value
    from reconciler.cxone.client import Client
    from reconciler.cxone.observe import Count
    from reconciler.desired.base import BaseState
    from reconciler.desired.load import DesiredState
    from reconciler.desired.secrets import Secrets
    from reconciler.plan.resume import Resumption
    from reconciler.run.ahead import Ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What is asked for: a plan for these files on one tenant.

    ``tenant`` is whom it is about, ``base_url`` where the calls go. ``targets`` narrow it, as the state was read for
    them; none: everything.
    ``without`` are collections whose list is treated as refused. ``watched`` are templates to be looked at beside the
    plan where the tenant has a list. ``base`` and ``newer`` are what the files asked for
    at the merge base and at the tip of the base branch.
    """

    tenant: str
    base_url: str
    state: DesiredState
    targets: tuple[str, ...] = ()
    rotate: tuple[str, ...] = ()
    without: Collection[str] = ()
    watched: Collection[str] = ()
    base: BaseState | None = None
    newer: BaseState | None = None


async def gather(
    request: PlanRequest, memory: Memory, client: Client | Ahead, secrets: Secrets, count: Count
) -> PlanInput:
    """Read the tenant: all that the plan depends on. Sends nothing but reads, and says how many of what it has read."""
    state = request.state
    _require_webhooks(request)
    desired = state.desired()
    guards.require_tenant(request.tenant, state.policy.tenants)
    unreadable = secrets.unreadable(desired)
    by_key = {(item.kind, item.target): item for item in desired}
    orphans = _orphans(memory, by_key) if not request.targets else {}
    observed, _ = await asyncio.gather(
        _observed(request, by_key, orphans, client, count),
        _begin_fingerprints(request.tenant, desired, memory, secrets, unreadable),
    )
    looked = {*by_key, *(key for key in orphans if _told(key, observed))}
    resumption = settle(memory, observed, state.policy, looked)
    return PlanInput(
        tenant=request.tenant,
        base_url=request.base_url,
        desired=by_key,
        observed=observed,
        policy=state.policy,
        memory=memory,
        resumption=resumption,
        findings=state.findings,
        fingerprints=_fingerprints(request.tenant, desired, resumption, secrets, unreadable),
        unreadable=unreadable,
        rotate=tuple(map(identity, request.rotate)),
        targets=request.targets,
        base=_fields(request.base, desired) if request.base is not None else None,
        newer=_fields(request.newer, desired) if request.newer is not None else {},
        relaxed=_relaxed(request.base, state) if request.base is not None else None,
        rules=state.rules,
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


def _require_webhooks(request: PlanRequest) -> None:
    """ReconcilerError for a ``--rotate`` that names no webhook of the files."""
    known = {item.target for item, _ in request.state.with_secret()}
    for url in request.rotate:
        if identity(url) not in known:
            urls = ", ".join(sorted(known)) or "none"
            among = "of the targets" if request.targets else "of the files"
            raise ReconcilerError(f"--rotate {url} names no webhook {among}. There are: {urls}.")


def _orphans(memory: Memory, desired: Collection[Key]) -> dict[Key, Mapping[str, Value]]:
    """What earlier runs began to send and no file asks for any more, where a list may show how that ended."""
    return {
        (kind.name, target): of_json(record["memory"]).fields
        for (phase, target), record in memory.open_intents.items()
        if (kind := by_phase().get(phase)) is not None and (kind.name, target) not in desired
    }


def _told(key: Key, observed: Observation) -> bool:
    """Whether a list says all that is compared of the object; that it is not in the list says nothing of a template."""
    kind = discover()[key[0]]
    return not kind.conditional or all(complete(kind, live) for live in observed.lives.get(key, ()))


async def _observed(
    request: PlanRequest,
    desired: Mapping[Key, Desired],
    orphans: Mapping[Key, Mapping[str, Value]],
    client: Client | Ahead,
    count: Count,
) -> Observation:
    return await observe(
        client,
        desired,
        orphans=orphans,
        narrowed=bool(request.targets),
        without=request.without,
        watched=request.watched,
        concurrency=client.connection.concurrency,
        count=count,
    )


async def _begin_fingerprints(
    tenant: str, desired: Sequence[Desired], memory: Memory, secrets: Secrets, unreadable: Collection[str]
) -> None:
    """Make those that ``_fingerprints`` will want, by what the log says alone, while the tenant is waited for."""
    for item, secret in _readable(desired, unreadable):
        known = memory.remembered.get((discover()[item.kind].phase, item.target))
        if known is not None and known.fingerprint is not None:
            await asyncio.to_thread(secrets.print_of, secret, tenant, item.target)


def _fingerprints(
    tenant: str,
    desired: Sequence[Desired],
    resumption: Resumption,
    secrets: Secrets,
    unreadable: Collection[str],
) -> dict[str, str]:
    """The fingerprints that are compared: only where one is remembered, for each costs 0.1 s."""
    return {
        item.target: secrets.print_of(secret, tenant, item.target)
        for item, secret in _readable(desired, unreadable)
        if (known := resumption.remembered.get((item.kind, item.target))) is not None
        and known.fingerprint is not None
    }


def _readable(desired: Sequence[Desired], unreadable: Collection[str]) -> Iterator[tuple[Desired, SecretRef]]:
    """Those that have a secret, and it can be read here."""
    for item in desired:
        if item.secret is not None and item.target not in unreadable:
            yield item, item.secret


def needed_scopes(actions: Sequence[Action]) -> tuple[str, ...]:
    """The scopes that the actions need, sorted."""
    kinds = by_phase()
    return tuple(sorted({kinds[action.phase].scope for action in actions}))
