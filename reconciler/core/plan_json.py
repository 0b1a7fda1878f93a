"""A plan as JSON and back, and its digest. JSON is exact: nothing is escaped for show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.core.canonical import canonical, sha256
from reconciler.core.errors import BadPlanFile
from reconciler.core.lossless_json import loads, shown
from reconciler.core.model import (
    Action,
    Change,
    Finding,
    Guard,
    Measure,
    Plan,
    SecretRef,
    Severity,
    Source,
    Unchecked,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from reconciler.core.model import Json, Value

FORMAT_VERSION = "2.0"
OUTPUT_VERSION = "1.0"
"""Of all that is printed as JSON but is no plan."""
_SIDES = ("live", "desired")
_WAITING = ("id", "status", "since")


def reviewed_form(action: Action) -> dict[str, Json]:
    """What of an action a review approves: what the digest covers, and nothing else."""
    return {
        "phase": action.phase,
        "operation": action.operation,
        "target": action.target,
        **{name: action.reviewed[name] for name in _OF_SOME if name in action.reviewed},
        "changes": [_change_json(change) for change in action.changes],
        **{name: value for name, value in action.reviewed.items() if name not in _OF_SOME},
    }


def identity(action: Action) -> bytes:
    """Equal for two actions that one review covers."""
    return canonical(reviewed_form(action))


def digest(
    tenant: str, actions: Sequence[Action], unchecked: Sequence[Unchecked], unlisted: Sequence[str]
) -> str:
    """The plan's digest: SHA-256 of the RFC 8785 form of what a review approves."""
    return sha256(
        {
            "tenant": tenant,
            "actions": [reviewed_form(action) for action in actions],
            "unchecked": [unchecked_json(item) for item in unchecked],
            "unlisted": list(unlisted),
        }
    )


def with_digest(plan: Plan) -> Plan:
    """The plan with its digest in it; an offline plan, of no tenant, has none."""
    covered = (plan.actions, plan.unchecked, plan.unlisted)
    return replace(plan, digest=digest(plan.tenant, *covered) if plan.tenant is not None else None)


def to_json(plan: Plan) -> dict[str, Json]:
    """A plan in the form of ``schemas/plan.schema.json``; what comparing with a base adds stands at the end."""
    relaxed = {} if plan.relaxed is None else {"relaxed": list(plan.relaxed)}
    return {
        "format_version": FORMAT_VERSION,
        "tenant": plan.tenant,
        "base_url": plan.base_url,
        "targets": list(plan.targets),
        "digest": plan.digest,
        "actions": [action_json(action) for action in plan.actions],
        "unchanged": plan.unchanged,
        "pending": [_waiting_json(item) for item in plan.pending],
        "held": [_waiting_json(item) for item in plan.held],
        "unchecked": [unchecked_json(item) for item in plan.unchecked],
        "unlisted": list(plan.unlisted),
        "guards": [
            {"name": guard.name, "targets": list(guard.targets), "message": guard.message}
            for guard in plan.guards
        ],
        "findings": [finding_json(finding) for finding in plan.findings],
        "notes": list(plan.notes),
        **relaxed,
    }


def file_text(plan: Plan) -> str:
    """The plan as a file's text."""
    return shown(to_json(plan))


def action_json(action: Action) -> dict[str, Json]:
    """One action, with where it comes from."""
    source = action.source
    form = {
        **reviewed_form(action),
        "source": {"file": source.file, "line": source.line} if source is not None else None,
    }
    if action.cause is not None:
        form["cause"] = action.cause
        form["changes"] = [{**_change_json(change), "cause": change.cause} for change in action.changes]
    form |= {name: dict(known) for name in _OUTSIDE if (known := getattr(action, name))}
    if action.undoes:
        form["undoes"] = list(action.undoes)
    if action.sms is not None:
        form["sms"] = {name: _measure_json(size) for name, size in zip(_SIDES, action.sms, strict=True)}
    return form


def _waiting_json(item: Waiting) -> dict[str, Json]:
    return {key: getattr(item, key) for key in _WAITING}


def unchecked_json(item: Unchecked) -> dict[str, Json]:
    """A webhook whose secret could not be read, as JSON."""
    return {"url": item.url, "secret": secret_json(item.secret)}


def secret_json(ref: SecretRef) -> dict[str, Json]:
    """Where a secret is to be had, as a document says it: ``{"env": "NAME"}``."""
    return {ref.source: ref.name}


def _measure_json(size: Measure) -> dict[str, Json]:
    return {"encoding": size.encoding, "units": size.units, "segments": size.segments}


def finding_json(finding: Finding) -> dict[str, Json]:
    """One finding as JSON."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "target": finding.target,
        **({} if finding.new is None else {"new": finding.new}),
    }


def read(text: str | bytes, name: str, phases: Collection[str], fault: Callable[[Json], str | None]) -> Plan:
    """A saved plan. BadPlanFile, naming ``name``, for anything that is not one or does not match its digest.

    ``phases`` are those that this version knows; an action of another is an error. ``fault`` says what the plan's
    JSON Schema has against a value, None where nothing.
    """
    try:
        value = loads(text, once=True)
    except ValueError as flaw:
        twice = str(flaw) == "a key stands twice"
        raise _no_plan(name, f"in it {flaw}" if twice else "it is not JSON") from None
    _refuse_version(value, name)
    wrong = fault(value) or _unknown_phase(value, phases)
    if wrong is not None:
        raise _no_plan(name, wrong)
    plan = of_json(value)
    try:
        expected = with_digest(plan).digest
    except ValueError as flaw:
        raise _no_plan(name, f"it holds what no digest covers: {flaw}") from None
    if plan.digest != expected:
        raise BadPlanFile(
            f"{name} does not match its digest: it was edited or damaged after it was made. "
            "Make a fresh plan with `plan --out`, and have that one reviewed."
        )
    return plan


def _refuse_version(value: Json, name: str) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("format_version"), str):
        raise _no_plan(name, "it has no format_version")
    if value["format_version"].split(".")[0] != FORMAT_VERSION.split(".", maxsplit=1)[0]:
        version = value["format_version"][:20]
        raise BadPlanFile(
            f"{name} has format_version {version!r}, and this reconciler reads {FORMAT_VERSION}. "
            "Make a fresh plan with this version, and have that one reviewed."
        )


def _unknown_phase(value: dict[str, Any], phases: Collection[str]) -> str | None:
    unknown = (number for number, item in enumerate(value["actions"]) if item["phase"] not in phases)
    number = next(unknown, None)
    return None if number is None else f"`actions[{number}]` is of a phase that this version does not know"


def _no_plan(name: str, wrong: str) -> BadPlanFile:
    return BadPlanFile(
        f"{name} is not a plan file: {wrong}. Name one, or make one under a new name: `reconciler plan --out NEW.json`."
    )


def of_json(value: dict[str, Any]) -> Plan:
    """A plan from JSON of its schema's form."""
    return Plan(
        tenant=value["tenant"],
        base_url=value["base_url"],
        digest=value["digest"],
        targets=tuple(value["targets"]),
        actions=actions_of(value["actions"]),
        unchanged=value["unchanged"],
        pending=tuple(Waiting(**{key: item[key] for key in _WAITING}) for item in value["pending"]),
        held=tuple(Waiting(**{key: item[key] for key in _WAITING}) for item in value["held"]),
        unchecked=unchecked_of(value["unchecked"]),
        unlisted=tuple(value["unlisted"]),
        guards=tuple(
            Guard(name=item["name"], targets=tuple(item["targets"]), message=item["message"])
            for item in value["guards"]
        ),
        findings=findings_of(value["findings"]),
        notes=tuple(value["notes"]),
        relaxed=tuple(value["relaxed"]) if value.get("relaxed") is not None else None,
    )


def actions_of(items: Iterable[dict[str, Any]]) -> tuple[Action, ...]:
    """Actions from JSON of their schema's form."""
    return tuple(map(_action_of, items))


def findings_of(items: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Findings from JSON of their schema's form."""
    return tuple(
        Finding(
            severity=Severity(item["severity"]),
            new=item.get("new"),
            **{key: item[key] for key in ("code", "name", "message", "file", "line", "column", "target")},
        )
        for item in items
    )


def unchecked_of(items: Iterable[dict[str, Any]]) -> tuple[Unchecked, ...]:
    """Webhooks whose secret could not be read likewise."""
    found = []
    for item in items:
        ((source, name),) = item["secret"].items()
        found.append(Unchecked(url=item["url"], secret=SecretRef(source=source, name=name)))
    return tuple(found)


def _action_of(item: dict[str, Any]) -> Action:
    source, sms = item.get("source"), item.get("sms")
    return Action(
        phase=item["phase"],
        operation=item["operation"],
        target=item["target"],
        changes=tuple(
            Change(
                field=change["field"],
                live=value_of(change["live"]),
                desired=value_of(change["desired"]),
                cause=change.get("cause"),
            )
            for change in item["changes"]
        ),
        reviewed={name: item[name] for name in _REVIEWED if name in item},
        source=Source(file=source["file"], line=source["line"]) if source is not None else None,
        sms=(_measure_of(sms["live"]), _measure_of(sms["desired"])) if sms is not None else None,
        cause=item.get("cause"),
        undoes=tuple(item.get("undoes", ())),
        **{name: item.get(name) for name in _OUTSIDE},
    )


def _measure_of(item: dict[str, Any]) -> Measure:
    return Measure(encoding=item["encoding"], units=item["units"], segments=item["segments"])


def _change_json(change: Change) -> dict[str, Json]:
    return {"field": change.field, "live": value_json(change.live), "desired": value_json(change.desired)}


def value_json(value: Value) -> Json:
    """A compared value as JSON: a set is a sorted array."""
    return list(value) if isinstance(value, tuple) else value


_OF_SOME = ("message", "secret")
_OUTSIDE = ("received", "unmanaged")
_REVIEWED = (*_OF_SOME, "updated_at")
"""The fields that only some actions have and a review approves."""


def value_of(value: Json) -> Value:
    """A compared value from JSON, as ``value_json`` made it: an array is a set."""
    return tuple(value) if isinstance(value, list) else value
