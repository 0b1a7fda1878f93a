"""``reconciler plan``: what ``apply`` would do; never writes to the tenant."""

from __future__ import annotations

from typing import Any

import click

from reconciler.commands._shared import options as options


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
    from reconciler.commands._shared.session import Session, targets_of
    from reconciler.commands.plan import make

    if offline and base_ref is None:
        raise click.UsageError("--offline compares with a base: give --base-ref too.")
    session = Session(screen=options.screen_of(format_, color), **surroundings)
    targets = targets_of(target)
    if out is not None:
        make.refuse_other(out)
    if offline:
        made = make.offline(session, targets, base_ref)
    else:
        made = make.online(session, targets, rotate, base_ref, require_audit_log=require_audit_log)
    if out is not None:
        make.save(made.plan, out)
    session.screen.show(make.placed(made, out))
    if out is not None:
        session.screen.say(f"The plan is in {out}.")
    return 2 if detailed_exitcode and made.plan.actions else 0


COMMAND = plan
