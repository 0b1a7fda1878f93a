"""The checks of a tenant: every read that a plan may need, once, one after the other. Nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.doctor import tenant
from reconciler.commands.doctor.tenant import Asked
from reconciler.core.errors import ReconcilerError, TenantError
from reconciler.cxone import audit_logs
from reconciler.cxone.concurrency import drive
from reconciler.kinds import discover
from reconciler.kinds._responses import found, read_list, whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.core.model import Desired, Live
    from reconciler.cxone.client import Client
    from reconciler.kinds._base import Kind
    from reconciler.outputs._results import Check

AUDIT = (audit_logs.CALL, audit_logs.SCOPE)
MADE_UP = "reconciler-doctor-made-this-up"
_PAGES = 2
"""Pages that are read of a list: the second shows that its cursor works."""


async def examine(
    client: Client, *, token_url: str, asked: Collection[str], managed: Desired | None
) -> tuple[Check, ...]:
    """Ask the tenant. ``asked``: the scopes asked for; ``managed``: a template that a file names, to be read by id."""
    try:
        granted = await client.granted()
    except ReconcilerError as failure:
        ahead = client.seen().ahead
        why = "not tried: there is no token"
        return (
            tenant.token(token_url, failure.message),
            *tenant.untried(why, AUDIT),
            tenant.clock(ahead),
        )
    checks = [tenant.token(token_url, None), tenant.scopes(asked, granted)]
    reads: list[Check] = []
    for kind in discover().values():
        listing = await _list(client, kind)
        checks.append(tenant.listing(kind, listing))
        if kind.conditional:
            reads += await _by_id(client, kind, managed, listing.lives)
    return (*checks, *reads, *tenant.writes(granted, AUDIT), tenant.clock(client.seen().ahead))


def unasked(why: str) -> Iterator[Check]:
    """The checks of ``examine``, all skipped for the reason ``why``: nothing can be asked."""
    return tenant.untried(why, AUDIT)


async def _list(client: Client, kind: Kind) -> Asked:
    """The list's first pages."""
    request = kind.listing(None)
    lives: list[Live] = []
    try:
        end = await drive(client, read_list(kind, lives.append, most=_PAGES))
    except TenantError as failure:
        return Asked(request=request, flaw=failure.message)
    if not found(end.response):
        return Asked(request=request, response=end.response, media_type=client.seen().media_type)
    return Asked(request=request, response=end.response, lives=tuple(lives), more=end.more)


async def _by_id(
    client: Client, kind: Kind, managed: Desired | None, listed: tuple[Live, ...]
) -> tuple[Check, Check]:
    """One template: the first that a file names, else the first of the list, else none that is."""
    target, source = MADE_UP, None
    if managed is not None:
        target, source = managed.target, f"{managed.document.file}:{managed.document.line}"
    elif listed:
        target = listed[0].target
    asked = await _read(client, kind, target)
    return tenant.one(kind, asked, target, source, made_up=target == MADE_UP), tenant.etag(asked)


async def _read(client: Client, kind: Kind, target: str) -> Asked:
    request = kind.read(MADE_UP)
    assert request is not None
    try:
        request = kind.read(target) or request  # an id of the tenant's may be none that can stand in a URL
        response = await client.send(request)
        lives = (whole(kind, response, request, target),) if found(response) else ()
    except (TenantError, UnicodeEncodeError) as failure:
        return Asked(request=request, flaw=str(failure))
    return Asked(request=request, response=response, media_type=client.seen().media_type, lives=lives)
