"""What in a history wants a person's attention, the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.history import Attention, Group
from reconciler.core.model import APPROVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.audit.report.history import Chain, Entry, Excuse, Sighting, Template, Tenant

KINDS = (
    *("chain", "head", "doubt", "begun", "failed", "blocked", "conflict", "held", "drift"),
    *("expired", "ending", "not-ready", "undelivered", "unnamed", "lacking", "torn"),
)
"""In order. ``drift`` is a template that was seen otherwise than it was left, ``expired`` and ``ending`` are waivers,
``unnamed`` a change that took effect without a recorded reviewer or pull request."""

_OPEN = frozenset({"begun", "failed", "blocked", "conflict", "held"})


def attention(chain: Chain, tenants: Sequence[Tenant]) -> list[Attention]:
    """All of them; equal ones by tenant and target."""
    found = [*_of_chain(chain), *(one for tenant in tenants for one in _of_tenant(tenant))]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.tenant or "", one.target or ""))


def grouped(found: Sequence[Attention]) -> tuple[Group, ...]:
    """Points that are alike together, in the order of the first of each."""
    groups: dict[tuple[str, str | None, str | None, str | None], list[Attention]] = {}
    for one in found:
        groups.setdefault((one.kind, one.tenant, one.phase, one.detail), []).append(one)
    return tuple(
        Group(kind=kind, tenant=tenant, phase=phase, detail=detail, attention=tuple(alike))
        for (kind, tenant, phase, detail), alike in groups.items()
    )


def waiting(tenant: Tenant) -> int:
    """How many actions wait for a carrier, for a person, or for their turn."""
    return sum(one.state in {"pending", "held", "reviewed", "begun"} for one in tenant.open)


def _of_chain(chain: Chain) -> Iterator[Attention]:
    if chain.broken is not None:
        yield Attention(kind="chain", seq=chain.records + 1)
    if chain.found is False:
        yield Attention(kind="head", detail=chain.expected)
    for name in chain.lacking:
        yield Attention(kind="lacking", detail=name)
    if chain.torn:
        yield Attention(kind="torn")


def _of_tenant(tenant: Tenant) -> Iterator[Attention]:
    where = tenant.tenant
    for doubt in tenant.doubts:
        if doubt.settled is None:
            entry = doubt.entry
            yield Attention(kind="doubt", tenant=where, phase=entry.phase, target=entry.target, seq=entry.seq)
    doubted = {(one.entry.phase, one.entry.target) for one in tenant.doubts if one.settled is None}
    for one in tenant.open:
        if one.state in _OPEN and (one.phase, one.target) not in doubted:
            yield Attention(kind=one.state, tenant=where, phase=one.phase, target=one.target, seq=one.seq)
    not_done = {one.target for one in tenant.open if one.state in _OPEN}
    for template in tenant.templates:
        yield from _of_waivers(where, template.id, template.waivers)
        yield from _of_template(where, template, told=template.id in not_done)
    for other in tenant.objects:
        yield from _of_waivers(where, other.target, other.waivers)
    if tenant.undelivered:
        first, count = tenant.undelivered[0].seq, len(tenant.undelivered)
        yield Attention(kind="undelivered", tenant=where, seq=first, detail=str(count))


def _of_waivers(where: str, target: str, waivers: Sequence[Excuse]) -> Iterator[Attention]:
    for one in waivers:
        if one.state != "in force":
            detail = f"{one.waiver.rule} {one.waiver.expires}"
            yield Attention(kind=one.state, tenant=where, target=target, seq=one.seq, detail=detail)


def _of_template(where: str, template: Template, *, told: bool) -> Iterator[Attention]:
    if template.approved is not None and not template.carrier_ready and not told:
        yield Attention(kind="not-ready", tenant=where, target=template.id, seq=template.approved.seq)
    if template.confirmed is not None and template.drifted is not None:
        drift = _drift(template.confirmed, template.drifted)
        yield Attention(
            kind="drift", tenant=where, target=template.id, seq=template.drifted.seq, detail=drift
        )
    last = template.confirmed
    if last is not None and (last.review is None or not last.review.named):
        yield Attention(kind="unnamed", tenant=where, target=template.id, seq=last.seq)


def _drift(left: Entry, seen: Sighting) -> str:
    """How it was left here, and how the tenant had it when it was last seen."""
    was = "approved" if left.status == APPROVED else f"set to {left.status}"
    now = " and ".join(moved(left, seen))
    return f"{was} here on {left.at[:10]}, {now} in the tenant when last seen {seen.at[:10]}"


def moved(left: Entry, seen: Sighting) -> tuple[str, ...]:
    """In what a template was seen otherwise than it was left, in words."""
    texts = {left.content_sha256, seen.content_sha256} - {None}
    status = (seen.status,) if seen.status != left.status else ()
    return (*status, "with another text") if len(texts) > 1 else status
