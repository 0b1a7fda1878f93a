"""``reconciler plan``: what ``apply`` would do; never writes to the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.commands import _options as options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.basestate import BaseState
    from reconciler.commands._session import Session
    from reconciler.model import Plan
    from reconciler.planning import Planning


@click.command(short_help="Show what apply would do.")
@options.templates
@options.planned
@options.tenant
@click.option("--out", metavar="FILE", help="Save the plan, for review and for `apply FILE`.")
@click.option(
    "--base-ref", metavar="REF", help="Tell what the branch asks for from what moved in the tenant."
)
@click.option("--offline", is_flag=True, help="Compare with --base-ref alone: no tenant, no credentials.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there are actions.")
@options.formatted("text", "json", "markdown", "github")
def plan(
    *,
    target: tuple[str, ...],
    rotate: tuple[str, ...],
    require_audit_log: bool,
    out: str | None,
    base_ref: str | None,
    offline: bool,
    detailed_exitcode: bool,
    format_: str,
    color: str,
    **surroundings: Any,
) -> int:
    """Read the tenant and print what apply would do. Only reads are sent.

    \b
    reconciler plan --sandbox
    reconciler plan --out plan.json --detailed-exitcode
    reconciler plan --base-ref origin/main
    """
    from reconciler.commands._session import Session
    from reconciler.reports import Planned

    session = Session(screen=options.screen_of(format_, color), **surroundings)
    if offline and base_ref is None:
        raise click.UsageError("--offline compares with a base: give --base-ref too.")
    if offline:
        made, texts = _offline(session, target, str(base_ref))
    else:
        made, texts = _plan(session, target, rotate, base_ref, require_audit_log=require_audit_log)
    if out is not None:
        _save(made, out)
    session.screen.show(Planned(plan=made, texts=texts))
    return 2 if detailed_exitcode and made.actions else 0


def _offline(session: Session, target: tuple[str, ...], base_ref: str) -> tuple[Plan, Mapping[str, str]]:
    """The files against the base alone. Reads git and the files, and sends nothing."""
    from reconciler import basestate, gitbase
    from reconciler.commands._session import targets_of
    from reconciler.offline import build
    from reconciler.relaxed import relaxations

    targets = targets_of(target)
    state = session.load(targets, secrets=False)
    base = basestate.at(gitbase.read(base_ref, session.templates).merge_base)
    relaxed = relaxations(base.documents, base.policy, state.documents, state.policy)
    made = build(state.desired, base.desired, findings=state.findings, targets=targets, relaxed=relaxed)
    return made, state.texts


def _plan(
    session: Session,
    target: tuple[str, ...],
    rotate: tuple[str, ...],
    base_ref: str | None,
    *,
    require_audit_log: bool,
) -> tuple[Plan, Mapping[str, str]]:
    from reconciler import guards
    from reconciler.audit import chain
    from reconciler.audit.memory import remember
    from reconciler.commands._session import loop, missing_scopes, targets_of
    from reconciler.planning import Wish, make_plan, needed_scopes

    targets = targets_of(target)
    state = session.load(targets)
    base, newer = _base(base_ref, session.templates)
    connection = session.connection()
    log = chain.read(session.log_path)
    guards.require_tenant(session.base_url, state.policy.tenants)
    if require_audit_log:
        guards.require_audit_log(session.log_path, missing=log.missing)
    if log.torn:
        session.screen.warn(
            f"The last line of the audit log {session.log_path} is torn; the next apply sets it aside."
        )
    memory = remember(log.records, session.base_url)
    wish = Wish(
        base_url=session.base_url,
        state=state,
        targets=targets,
        rotate=rotate,
        concurrency=session.concurrency,
        base=base,
        newer=newer,
    )
    secrets = session.secrets()

    async def run() -> Planning:
        with session.transport(state) as transport:
            async with session.client(connection, secrets, transport) as client:
                planning = await make_plan(wish, client, memory, secrets)
                session.warn_unlisted(planning.plan)
                needed = needed_scopes(planning.plan.actions)
                warning = missing_scopes(await client.granted(), needed) if needed else None
                if warning is not None:
                    session.screen.warn(f"{warning} They are enough for a plan, not to apply it.")
                return planning

    return loop(run()).plan, state.texts


def _base(base_ref: str | None, templates: tuple[str, ...]) -> tuple[BaseState | None, BaseState | None]:
    """What the files asked for at the merge base, and at the tip of the base branch where that is another."""
    if base_ref is None:
        return None, None
    from reconciler import basestate, gitbase

    base = gitbase.read(base_ref, templates)
    return basestate.at(base.merge_base), basestate.at(base.tip) if base.tip is not None else None


def _save(plan: Plan, out: str) -> None:
    """Write the plan file whole or not at all."""
    import contextlib
    import json
    import os
    from pathlib import Path

    from reconciler.errors import ReconcilerError
    from reconciler.planfile import to_json

    text = json.dumps(to_json(plan), ensure_ascii=False, indent=2) + "\n"
    beside = Path(f"{out}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, out)
    except OSError as failure:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise ReconcilerError(
            f"The plan cannot be saved as {out}: {failure.strerror}. Name another --out."
        ) from None


COMMAND = plan
