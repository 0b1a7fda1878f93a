"""Whether a record is one that this tool writes. The chain proves that it was not changed, not what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.core.plan_json import actions_of
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from reconciler.audit.chain import Record

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


KNOWN = frozenset({"reviewed", "intent", "outcome", "accepted", "delivered"})


def fits(record: Record) -> bool:
    """Whether everything that a report reads of the record is there, and of its type. Unknown events fit."""
    event = record.get("event")
    return (
        _has(record, _COMMON)
        and isinstance(event, str)
        and (event not in _EVENTS or _has(record, _EVENTS[event]))
    )


def _has(record: Mapping[str, Any], checks: Mapping[str, Callable[[Any], bool]]) -> bool:
    return all(name in record and check(record[name]) for name, check in checks.items())


def _text(value: Any) -> bool:  # noqa: ANN401  JSON, here and below
    return isinstance(value, str)


def _number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool)


def _switch(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, bool)


def _object(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict)


def _compared(value: Any) -> bool:  # noqa: ANN401
    return value is None or isinstance(value, str | bool | int) or _listed(_text)(value)


def _time(value: Any) -> bool:  # noqa: ANN401
    try:
        return _TIME.fullmatch(value) is not None and datetime.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False


def _or_null(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _listed(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _of(**checks: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and _has(value, checks)


def _memory(value: Any) -> bool:  # noqa: ANN401
    fields = [value.get("fields") or {}, value.get("owed") or {}] if isinstance(value, dict) else [value]
    return all(isinstance(one, dict) and all(map(_compared, one.values())) for one in fields)


def _actions(value: Any) -> bool:  # noqa: ANN401
    try:
        actions_of([action for action in value if action["phase"] in by_phase()], by_phase())
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return all(isinstance(action.get("target"), str) for action in value)


_Checks = Mapping[str, Callable[[Any], bool]]
_COMMON: _Checks = {
    "seq": _number,
    "hash": _text,
    "timestamp": _time,
    "run_id": _text,
    "base_url": _text,
    "operator_id": _or_null(_text),
    "plan_digest": _or_null(_text),
    "git": _or_null(_object),
    "review": _or_null(_object),
}
_SPOT: _Checks = {
    "phase": _text,
    "operation": _text,
    "target": _text,
    "changes": _or_null(_listed(_of(field=_text, live=_compared, desired=_compared))),
    "source": _or_null(_of(file=_text, line=_number)),
    "memory": _or_null(_memory),
    "waivers": _or_null(_listed(_of(rule=_text, reason=_text, expires=_text))),
    "updated_at": _or_null(_text),
}
_ENDED: _Checks = {
    **_SPOT,
    "status": _or_null(_text),
    "latency_ms": _or_null(_number),
    "carrier_ready": _or_null(_switch),
    "attempts": _or_null(_number),
    "error": _or_null(_text),
    "doubt": _or_null(_switch),
    "content_sha256": _or_null(_text),
    "reason": _or_null(_text),
}
_EVENTS: Mapping[str, _Checks] = {
    "reviewed": {"actions": _actions, "plan_digest": _text},
    "intent": _SPOT,
    "outcome": {**_ENDED, "outcome": _text},
    "accepted": _ENDED,
    "delivered": {"delivered": _listed(_number)},
}
