"""A history as JSON: exact, keys documented in the README. It is the nouns' fields, but for what is said here."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from reconciler.audit.report import history as nouns
from reconciler.core.plan_json import FORMAT_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BRIEF = ("seq", "at", "phase", "operation", "target", "outcome")


def shape(history: nouns.History) -> dict[str, Any]:
    """The whole report."""
    return {"format_version": FORMAT_VERSION, **_fields(history, concerns="attention")}


def _json(value: Any) -> Any:  # noqa: ANN401  a noun or what it holds, as JSON
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return _FORMS.get(type(value), _fields)(value) if is_dataclass(value) else value


def _fields(noun: Any, **renamed: str) -> dict[str, Any]:  # noqa: ANN401  any dataclass
    return {renamed.get(each.name, each.name): _json(getattr(noun, each.name)) for each in fields(noun)}


def _chain(chain: nouns.Chain) -> dict[str, Any]:
    return {"intact": chain.intact, **_fields(chain, expected="expected_head", found="expected_head_found")}


def _tenant(tenant: nouns.Tenant) -> dict[str, Any]:
    form = _fields(tenant, undone="drift_undone", doubts="in_doubt", latency="latency_ms")
    return {**form, "undelivered": [_brief(entry) for entry in tenant.undelivered]}


def _confirmed(noun: nouns.Template | nouns.Webhook) -> dict[str, Any]:
    confirmed = noun.confirmed.seq if noun.confirmed is not None else None
    return {**_fields(noun, latency="latency_ms"), "confirmed": confirmed}


def _entry(entry: nouns.Entry) -> dict[str, Any]:
    form = _fields(entry)
    undone = form.pop("undone")
    for change in form["changes"]:
        del change["cause"]
        change["undone"] = change["field"] in undone
    return form


def _brief(entry: nouns.Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _BRIEF}


def _doubt(doubt: nouns.Doubt) -> dict[str, Any]:
    return {**_brief(doubt.entry), "settled": doubt.settled}


def _excuse(excuse: nouns.Excuse) -> dict[str, Any]:
    return {**_fields(excuse.waiver), "state": excuse.state, "seq": excuse.seq}


def _run(run: nouns.Run) -> dict[str, Any]:
    return {**_fields(run), "entries": [entry.seq for entry in run.entries]}


_FORMS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    nouns.Chain: _chain,
    nouns.Tenant: _tenant,
    nouns.Template: _confirmed,
    nouns.Webhook: _confirmed,
    nouns.Entry: _entry,
    nouns.Doubt: _doubt,
    nouns.Excuse: _excuse,
    nouns.Run: _run,
}
