"""Plan files from disk."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core import plan_json
from reconciler.core.errors import BadPlanFile, ReconcilerError
from reconciler.core.lossless_json import loads
from reconciler.desired.schema_files import fault
from reconciler.kinds import by_phase
from reconciler.plan.review import Evidence

if TYPE_CHECKING:
    from reconciler.core.model import Plan

_LIMIT = 256 * 1024 * 1024


def read(file: str) -> Plan:
    """The plan in ``file``. BadPlanFile where there is none."""
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(_LIMIT + 1)
    except OSError as failure:
        raise BadPlanFile(
            f"The plan file {file} cannot be read: {failure.strerror}. `reconciler plan --out NEW.json` makes one."
        ) from None
    if len(content) > _LIMIT:
        raise BadPlanFile(f"The plan file {file} is larger than {_LIMIT // 2**20} MiB: it is not a plan.")
    return parse(content, file)


def refuse_other(file: str) -> None:
    """ReconcilerError where ``file`` is there, has something in it, and is no plan, of whatever version."""
    path = Path(file)
    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        value = loads(path.read_bytes()) if path.stat().st_size <= _LIMIT else None
    except (OSError, ValueError):
        value = None
    if not (isinstance(value, dict) and {"format_version", "digest", "actions"} <= value.keys()):
        raise ReconcilerError(
            f"{file} is there and is not a plan, so it is not overwritten; nothing was planned. Name another --out."
        )


def parse(content: str | bytes, name: str) -> Plan:
    """The plan in a text. BadPlanFile, with this name and the place, where it is none or was edited."""
    return plan_json.read(content, name, by_phase(), partial(fault, "plan"))


def evidence(file: str, where: tuple[str, str] | None = None) -> Evidence:
    """The file as something that was reviewed, for a tenant and its base URL where they are given.

    BadPlanFile for an offline plan, which nobody could hold an apply to, and for one of another tenant.
    """
    plan = read(file)
    if plan.tenant is None or plan.digest is None:
        raise BadPlanFile(
            f"{file} is an offline plan: the tenant was not asked, so it cannot be applied. Make one with "
            "`reconciler plan --out FILE`."
        )
    if where is not None and (plan.tenant, plan.base_url) != where:
        of_another = plan.tenant != where[0]
        theirs, ours = (plan.tenant, where[0]) if of_another else (plan.base_url, where[1])
        raise BadPlanFile(
            f"{file} is a plan for {theirs}, and this is {ours}. Check CXONE_BASE_URL and CXONE_ORG, "
            "or make the plan on this tenant."
        )
    return Evidence(name=file, actions=plan.actions, unchecked=plan.unchecked, unlisted=plan.unlisted)
