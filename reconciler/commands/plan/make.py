"""The steps of ``plan``: from files, log and tenant to a plan, or from files and git alone."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.audit.memory import remember
from reconciler.commands._shared import out_file, provenance
from reconciler.commands._shared.loop import loop
from reconciler.commands._shared.plan_files import refuse_other as refuse_other  # noqa: PLC0414  for the command
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.scopes import missing_scopes
from reconciler.commands._shared.session import today
from reconciler.core.plan_json import file_text
from reconciler.outputs._results import Planned
from reconciler.plan import guards
from reconciler.plan.build import build
from reconciler.plan.resume import rotations
from reconciler.run.plan import PlanRequest, gather, narrowed, needed_scopes

if TYPE_CHECKING:
    from reconciler.audit.memory import Memory
    from reconciler.commands._shared.session import Session
    from reconciler.core.model import Plan
    from reconciler.cxone.connection import Connection
    from reconciler.desired.base import BaseState


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
    plan = alone.build(state.desired, base.desired, findings=findings, targets=targets, relaxed=relaxed)
    return Planned(plan=plan, texts=state.texts)


def online(
    session: Session,
    targets: tuple[str, ...],
    rotate: tuple[str, ...],
    base_ref: str | None,
    *,
    require_audit_log: bool,
) -> Planned:
    """The files against the tenant and what the log remembers. Sends nothing but reads."""
    state = session.load(targets)
    base, newer = _base(base_ref, session.templates)
    if base is not None:
        from reconciler.desired.base import marked

        findings = marked(state.findings, base, today=today(), sandbox=session.sandbox)
        state = replace(state, findings=findings)
    connection = session.connection()
    guards.require_tenant(session.tenant, state.policy.tenants)
    memory = _memory(session, require_audit_log=require_audit_log)
    known = {item.target for item in narrowed(state.desired, targets)}
    request = PlanRequest(
        tenant=session.tenant,
        base_url=session.base_url,
        state=state,
        targets=targets,
        rotate=rotations(memory, (), rotate, known),
        base=base,
        newer=newer,
    )
    return Planned(plan=loop(_asked(session, request, connection, memory)), texts=state.texts)


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


async def _asked(session: Session, request: PlanRequest, connection: Connection, memory: Memory) -> Plan:
    with session.transport(request.state) as transport:
        async with session.client(connection, transport) as client:
            PROGRESS.step("Reading the tenant")
            plan = build(await gather(request, memory, client, session.secrets, PROGRESS.count))
            session.warn_unlisted(plan)
            needed = needed_scopes(plan.actions)
            warning = missing_scopes(await client.granted(), needed) if needed else None
            if warning is not None:
                session.screen.warn(f"{warning} It is enough for a plan, not to apply it.")
            return plan


def _base(base_ref: str | None, templates: tuple[str, ...]) -> tuple[BaseState | None, BaseState | None]:
    """What the files asked for at the merge base, and at the tip of the base branch where that is another."""
    if base_ref is None:
        return None, None
    from reconciler.desired import git_base
    from reconciler.desired.base import at

    base = git_base.read(base_ref, templates)
    return at(base.merge_base), at(base.tip) if base.tip is not None else None


def placed(made: Planned) -> Planned:
    """The plan with where it was made, as far as a CI system says it."""
    commit = (provenance.git(os.environ) or {}).get("commit")
    return replace(made, commit=commit, run=provenance.run(os.environ))


def save(plan: Plan, out: str) -> None:
    """Write the plan file whole or not at all. Through a link, and never over a device or a pipe: `/dev/stdout`."""
    out_file.write(file_text(plan), out, "plan")


def next_step(session: Session, plan: Plan, out: str) -> str:
    """Where the plan is, and how it is applied."""
    if plan.digest is None:
        return f"The offline plan is in {out}. It cannot be applied: the tenant was not asked."
    if not plan.actions and not plan.unchecked:
        return f"The plan is in {out}. There is nothing to apply."
    return f"The plan is in {out}. Once it is reviewed, apply it: `{session.command('apply', out)}`"
