"""The steps of ``plan``: from files, log and tenant to a plan, or from files and git alone."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler.audit.memory import remember
from reconciler.commands._shared import out_file, provenance
from reconciler.commands._shared.loop import loop
from reconciler.commands._shared.plan_files import refuse_other as refuse_other  # noqa: PLC0414  for the command
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.scopes import missing_scopes
from reconciler.commands._shared.session import today
from reconciler.core.errors import ReconcilerError
from reconciler.core.plan_json import file_text
from reconciler.desired.first_look import first_look
from reconciler.desired.readers import Readers
from reconciler.kinds import discover
from reconciler.outputs._results import Planned
from reconciler.plan import guards
from reconciler.plan.build import build
from reconciler.plan.resume import rotations
from reconciler.run.ahead import Ahead
from reconciler.run.plan import PlanRequest, gather, needed_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.audit.memory import Memory
    from reconciler.commands._shared.session import Session
    from reconciler.core.model import Plan
    from reconciler.cxone.client import Client
    from reconciler.cxone.connection import Connection
    from reconciler.desired.base import BaseState
    from reconciler.desired.discovery import SourceFile
    from reconciler.kinds._base import Kind

_SWITCHING = 0.0005
"""Seconds after which a thread lets the other on: an answer that has come is not to wait for the files."""


def offline(session: Session, targets: tuple[str, ...], base_ref: str | None) -> Planned:
    """The files against the base alone. Reads git and the files, and sends nothing."""
    from reconciler.desired.base import marked
    from reconciler.plan import offline as alone
    from reconciler.rules.relaxations import relaxations

    state = session.load(targets, secrets=False)
    base, _ = _base(base_ref, session.templates)
    assert base is not None
    findings = marked(state.findings, base, today=today(), sandbox=session.sandbox)
    relaxed = relaxations(base.documents, base.policy, state.documents, state.policy)
    plan = alone.build(state.desired(), base.desired, findings=findings, targets=targets, relaxed=relaxed)
    return Planned(plan=plan, texts=state.texts, options=session.again())


def online(
    session: Session,
    targets: tuple[str, ...],
    rotate: tuple[str, ...],
    base_ref: str | None,
    *,
    require_audit_log: bool,
) -> Planned:
    """The files against the tenant and what the log remembers. Sends nothing but reads."""
    with Readers(session.templates, time.monotonic) as readers:
        prepare = partial(
            _prepared, session, readers, targets, rotate, base_ref, require_audit_log=require_audit_log
        )
        early = None if targets or session.sandbox else _early(session, readers.sources)
        return loop(_meanwhile(session, prepare, *early) if early else _in_turn(session, prepare()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """All that a plan needs beside the tenant."""

    request: PlanRequest
    connection: Connection
    memory: Memory


def _prepared(
    session: Session,
    readers: Readers,
    targets: tuple[str, ...],
    rotate: tuple[str, ...],
    base_ref: str | None,
    *,
    require_audit_log: bool,
) -> _Prepared:
    """Files, log and environment read. ReconcilerError for what stands in the way of a plan."""
    state = session.load(targets, readers=readers)
    base, newer = _base(base_ref, session.templates)
    if base is not None:
        from reconciler.desired.base import marked

        findings = marked(state.findings, base, today=today(), sandbox=session.sandbox)
        state = replace(state, findings=findings)
    connection = session.connection()
    guards.require_tenant(session.tenant, state.policy.tenants)
    memory = _memory(session, require_audit_log=require_audit_log)
    known = {item.target for item, _ in state.with_secret()}
    request = PlanRequest(
        tenant=session.tenant,
        base_url=session.base_url,
        state=state,
        targets=targets,
        rotate=rotations(memory, (), rotate, known),
        base=base,
        newer=newer,
    )
    return _Prepared(request=request, connection=connection, memory=memory)


def _early(session: Session, sources: Sequence[SourceFile]) -> tuple[Connection, tuple[Kind, ...]] | None:
    """Which lists may be read while the files are: of what the files speak of, where the Policy allows this tenant.

    None where that cannot be told at a glance, or something is amiss, which reading the files says better.
    """
    words = {kind.name: kind.block or kind.document for kind in discover().values()}
    try:
        look = first_look(sources, words.values(), time.monotonic)
        if look is None:
            return None
        guards.require_tenant(session.tenant, look.tenants)
        connection = session.connection(warn=False)
    except ReconcilerError:
        return None
    return connection, tuple(kind for kind in discover().values() if words[kind.name] in look.words)


async def _meanwhile(
    session: Session, prepare: Callable[[], _Prepared], connection: Connection, kinds: tuple[Kind, ...]
) -> Planned:
    """The lists are waited for while the files are read, in a thread: signals reach this one."""
    import asyncio

    switching = sys.getswitchinterval()
    async with session.client(connection, None) as client:
        ahead = Ahead(client)
        ahead.begin(kinds)
        sys.setswitchinterval(_SWITCHING)
        try:
            prepared = await asyncio.to_thread(prepare)
            return await _asked(session, prepared, client, ahead)
        finally:
            sys.setswitchinterval(switching)
            await ahead.end()


async def _in_turn(session: Session, prepared: _Prepared) -> Planned:
    with session.transport(prepared.request.state) as transport:
        async with session.client(prepared.connection, transport) as client:
            return await _asked(session, prepared, client, client)


async def _asked(session: Session, prepared: _Prepared, client: Client, reads: Client | Ahead) -> Planned:
    PROGRESS.step("Reading the tenant")
    request = prepared.request
    plan = build(await gather(request, prepared.memory, reads, session.secrets, PROGRESS.count))
    session.warn_unlisted(plan)
    needed = needed_scopes(plan.actions)
    warning = missing_scopes(await client.granted(), needed) if needed else None
    if warning is not None:
        session.screen.warn(f"{warning} It is enough for a plan, not to apply it.")
    return Planned(plan=plan, texts=request.state.texts, options=session.again())


def _memory(session: Session, *, require_audit_log: bool) -> Memory:
    """What the log remembers of this tenant. It is only read: a torn last line is left for the next apply."""
    log = session.log()
    if require_audit_log:
        guards.require_audit_log(session.log_path, missing=log.missing)
    if log.torn:
        session.screen.warn(
            f"The last line of the audit log {session.log_path} is torn; the next apply sets it aside."
        )
    return remember(log.records, session.tenant)


def _base(base_ref: str | None, templates: tuple[str, ...]) -> tuple[BaseState | None, BaseState | None]:
    """What the files asked for at the merge base, and at the tip of the base branch where that is another."""
    if base_ref is None:
        return None, None
    from reconciler.desired import git_base
    from reconciler.desired.base import at

    base = git_base.read(base_ref, templates)
    return at(base.merge_base), at(base.tip) if base.tip is not None else None


def placed(made: Planned, out: str | None) -> Planned:
    """The plan with where it was made, as far as a CI system says it, and where it is saved."""
    commit = (provenance.git(os.environ) or {}).get("commit")
    return replace(made, commit=commit, run=provenance.run(os.environ), saved=out)


def save(plan: Plan, out: str) -> None:
    """Write the plan file whole or not at all. Through a link, and never over a device or a pipe: `/dev/stdout`."""
    out_file.write([file_text(plan)], out, "plan")
