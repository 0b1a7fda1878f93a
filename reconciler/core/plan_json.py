"""A plan as JSON and back, and its digest (contract section 4). JSON is exact: nothing is escaped for show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.core.canonical import canonical, sha256
from reconciler.core.errors import BadPlanFile
from reconciler.core.lossless_json import loads, shown
from reconciler.core.model import Action, Change, Finding, Guard, Measure, Plan, Severity, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.core.model import Json, Value

FORMAT_VERSION = "1.0"
_SIDES = ("live", "desired")


def reviewed_form(action: Action) -> dict[str, Json]:
    """What of an action a review approves: what the digest covers, and nothing else."""
    return {
        "phase": action.phase,
        "operation": action.operation,
        "target": action.target,
        "changes": [_change_json(change) for change in action.changes],
        **action.reviewed,
    }


def identity(action: Action) -> bytes:
    """Equal for two actions that one review covers."""
    return canonical(reviewed_form(action))


def digest(
    base_url: str, actions: Sequence[Action], unchecked: Sequence[str], unlisted: Sequence[str]
) -> str:
    """The plan's digest: SHA-256 of the RFC 8785 form of what a review approves."""
    return sha256(
        {
            "base_url": base_url,
            "actions": [reviewed_form(action) for action in actions],
            "unchecked": list(unchecked),
            "unlisted": list(unlisted),
        }
    )


def with_digest(plan: Plan) -> Plan:
    """The plan with its digest in it; an offline plan, of no tenant, has none."""
    if plan.base_url is None:
        return replace(plan, digest=None)
    return replace(plan, digest=digest(plan.base_url, plan.actions, plan.unchecked, plan.unlisted))


def to_json(plan: Plan) -> dict[str, Json]:
    """The contract's shape, keys in its order; what a base adds stands at the end."""
    relaxed = {} if plan.relaxed is None else {"relaxed": list(plan.relaxed)}
    return {
        "format_version": FORMAT_VERSION,
        "base_url": plan.base_url,
        "targets": list(plan.targets),
        "digest": plan.digest,
        "actions": [action_json(action) for action in plan.actions],
        "unchanged": plan.unchanged,
        "pending": list(plan.pending),
        "held": list(plan.held),
        "unchecked": list(plan.unchecked),
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
    if action.unmanaged:
        form["unmanaged"] = dict(action.unmanaged)
    if action.undoes:
        form["undoes"] = list(action.undoes)
    if action.sms is not None:
        form["sms"] = {name: _measure_json(size) for name, size in zip(_SIDES, action.sms, strict=True)}
    return form


def _measure_json(size: Measure) -> dict[str, Json]:
    return {"encoding": size.encoding, "units": size.units, "segments": size.segments}


def finding_json(finding: Finding) -> dict[str, Json]:
    """One finding (contract section 3)."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "target": finding.target,
    }


def read(text: str | bytes, name: str, phases: Collection[str]) -> Plan:
    """A saved plan. BadPlanFile, naming ``name``, for anything that is not one or does not match its digest.

    ``phases`` are those that this version knows; an action of another is an error.
    """
    try:
        value = loads(text)
    except ValueError:
        raise BadPlanFile(
            f"{name} is not a plan file: it is not JSON. Make it with `plan --out {name}`."
        ) from None
    if not isinstance(value, dict) or not isinstance(value.get("format_version"), str):
        raise BadPlanFile(f"{name} is not a plan file: it has no format_version. Make it with `plan --out`.")
    if value["format_version"].split(".")[0] != FORMAT_VERSION.split(".", maxsplit=1)[0]:
        version = value["format_version"][:20]
        raise BadPlanFile(
            f"{name} has format_version {version!r}, and this reconciler reads {FORMAT_VERSION}. "
            "Make the plan anew with this version."
        )
    try:
        plan = _plan_of(value, phases)
        expected = with_digest(plan).digest
    except (KeyError, TypeError, ValueError, AttributeError) as mistake:
        raise BadPlanFile(
            f"{name} is not a plan file: {_wrong(mistake)}. Make the plan anew with `plan --out`."
        ) from None
    if plan.digest != expected:
        raise BadPlanFile(
            f"{name} does not match its digest: it was edited or damaged after it was made. "
            "Make the plan anew with `plan --out`, and have that one reviewed."
        )
    return plan


def _wrong(mistake: Exception) -> str:
    """What is the matter, in words for who holds the file."""
    if isinstance(mistake, KeyError):
        return f"it has no {mistake}"
    ours = str(mistake).startswith(("something ", "a value ", "an action "))
    return f"it holds {mistake if ours else 'something of another type or form'}"


def actions_of(items: Json, phases: Collection[str]) -> tuple[Action, ...]:
    """Actions of these phases from their JSON; KeyError, TypeError or ValueError where they are none."""
    return tuple(_action_of(item, phases) for item in _array(items))


def findings_of(items: Json) -> tuple[Finding, ...]:
    """Findings from their JSON, with the same errors."""
    return tuple(_finding_of(item) for item in _array(items))


def _plan_of(value: dict[str, Any], phases: Collection[str]) -> Plan:
    return Plan(
        base_url=_text_or_null(value["base_url"]),
        digest=_text_or_null(value["digest"]),
        targets=_texts(value["targets"]),
        actions=actions_of(value["actions"], phases),
        unchanged=_integer(value["unchanged"]),
        pending=_texts(value["pending"]),
        held=_texts(value["held"]),
        unchecked=_texts(value["unchecked"]),
        unlisted=_texts(value["unlisted"]),
        guards=tuple(
            Guard(name=_text(item["name"]), targets=_texts(item["targets"]), message=_text(item["message"]))
            for item in _array(value["guards"])
        ),
        findings=findings_of(value["findings"]),
        notes=_texts(value["notes"]),
        relaxed=_texts(value["relaxed"]) if value.get("relaxed") is not None else None,
    )


def _action_of(item: dict[str, Any], phases: Collection[str]) -> Action:
    if item["phase"] not in phases:
        raise ValueError("an action of an unknown phase")
    source = item.get("source")
    sms = item.get("sms")
    return Action(
        phase=_text(item["phase"]),
        operation=_text(item["operation"]),
        target=_text(item["target"]),
        changes=tuple(
            Change(
                field=_text(change["field"]),
                live=_value(change["live"]),
                desired=_value(change["desired"]),
                cause=_text_or_null(change.get("cause")),
            )
            for change in _array(item["changes"])
        ),
        reviewed={name: read(item[name]) for name, read in _REVIEWED.items() if name in item},
        source=Source(file=_text(source["file"]), line=_integer(source["line"]))
        if source is not None
        else None,
        sms=(_measure_of(sms["live"]), _measure_of(sms["desired"])) if sms is not None else None,
        cause=_text_or_null(item.get("cause")),
        undoes=_texts(item.get("undoes", [])),
        unmanaged=_object_or_null(item.get("unmanaged")),
    )


def _measure_of(item: dict[str, Any]) -> Measure:
    return Measure(
        encoding=_text(item["encoding"]), units=_integer(item["units"]), segments=_integer(item["segments"])
    )


def _finding_of(item: dict[str, Any]) -> Finding:
    return Finding(
        code=_text(item["code"]),
        name=_text(item["name"]),
        severity=Severity(item["severity"]),
        message=_text(item["message"]),
        file=_text(item["file"]),
        line=_integer(item["line"]),
        column=_integer(item["column"]),
        target=_text_or_null(item["target"]),
    )


def _change_json(change: Change) -> dict[str, Json]:
    return {"field": change.field, "live": value_json(change.live), "desired": value_json(change.desired)}


def value_json(value: Value) -> Json:
    """A compared value as JSON: a set is a sorted array."""
    return list(value) if isinstance(value, tuple) else value


def _value(value: Json) -> Value:
    if isinstance(value, list):
        return _texts(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError("a value that is neither text, an integer, a boolean, null nor an array of text")


def _array(value: Json) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("something that should be an array, and is none")
    return value


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(_text(item) for item in _array(value))


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("something that should be text, and is none")
    return value


def _text_or_null(value: Json) -> str | None:
    return None if value is None else _text(value)


_REVIEWED = {"updated_at": _text_or_null}
"""How each field is read that only some actions have and a review approves."""


def _object_or_null(value: Json) -> dict[str, Json] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("something that should be an object, and is none")
    return value


def _integer(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("something that should be an integer, and is none")
    return value
