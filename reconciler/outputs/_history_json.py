"""A history as JSON, exact (help report).

Its keys are the fields of ``audit.report.history``, save those that are renamed or left out here.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from reconciler.audit.report import history as nouns
from reconciler.audit.report.listing import Listing
from reconciler.core.plan_json import OUTPUT_VERSION
from reconciler.kinds import by_phase, discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.core.model import Change

_BRIEF = ("seq", "at", "phase", "operation", "target", "outcome")


def shape(history: nouns.History) -> dict[str, Any]:
    """The report as JSON (help report)."""
    return {"format_version": OUTPUT_VERSION, **_fields(history)}


def _json(value: Any) -> Any:  # noqa: ANN401  a noun or what it holds, as JSON
    if isinstance(value, (tuple, Listing)):
        return (_json(each) for each in value)  # made while it is written: the history may be a long one
    return _FORMS.get(type(value), _fields)(value) if is_dataclass(value) else value


def _fields(noun: Any, **renamed: str) -> dict[str, Any]:  # noqa: ANN401  any dataclass
    return {renamed.get(each.name, each.name): _json(getattr(noun, each.name)) for each in fields(noun)}


def _chain(chain: nouns.Chain) -> dict[str, Any]:
    return {"intact": chain.intact, **_fields(chain, expected="expected_head", found="expected_head_found")}


def _tenant(tenant: nouns.Tenant) -> dict[str, Any]:
    form = _fields(tenant, undone="drift_undone", doubts="in_doubt", latency="latency_ms")
    form["undelivered"] = (_brief(entry) for entry in tenant.undelivered)
    return _by_kind(form, tenant.objects)


def _by_kind(form: dict[str, Any], objects: tuple[nouns.Object, ...]) -> dict[str, Any]:
    """The objects under their kinds' names, in the objects' place: ``webhooks``."""
    kinds = [kind for kind in discover().values() if not kind.of_template]
    listed = {kind.collection: _objects(objects, kind.phase) for kind in kinds}
    return {
        name: value
        for key, old in form.items()
        for name, value in (listed.items() if key == "objects" else [(key, old)])
    }


def _objects(objects: tuple[nouns.Object, ...], phase: str) -> Iterator[dict[str, Any]]:
    return (_object(one) for one in objects if one.phase == phase)


def _object(one: nouns.Object) -> dict[str, Any]:
    form = _confirmed(one)
    del form["phase"]
    return {by_phase()[one.phase].key if name == "target" else name: value for name, value in form.items()}


def _template(one: nouns.Template) -> dict[str, Any]:
    return {**_confirmed(one), "drifted": one.drifted.seq if one.drifted is not None else None}


def _confirmed(noun: nouns.Template | nouns.Object) -> dict[str, Any]:
    confirmed = noun.confirmed.seq if noun.confirmed is not None else None
    return {**_fields(noun, latency="latency_ms"), "confirmed": confirmed}


def _entry(entry: nouns.Entry) -> dict[str, Any]:
    form = _fields(entry)
    del form["undone"]
    return {**form, "changes": [_change(change, entry.undone) for change in entry.changes]}


def _change(change: Change, undone: Sequence[str]) -> dict[str, Any]:
    form = _fields(change)
    del form["cause"]
    return {**form, "undone": change.field in undone}


def _brief(entry: nouns.Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _BRIEF}


def _doubt(doubt: nouns.Doubt) -> dict[str, Any]:
    return {**_brief(doubt.entry), "settled": doubt.settled}


def _excuse(excuse: nouns.Excuse) -> dict[str, Any]:
    return {**_fields(excuse.waiver), "state": excuse.state, "seq": excuse.seq}


def _run(run: nouns.RunHistory) -> dict[str, Any]:
    form = _fields(run, entries="", seqs="entries")
    del form[""]
    return form


_FORMS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    nouns.Chain: _chain,
    nouns.Tenant: _tenant,
    nouns.Template: _template,
    nouns.Entry: _entry,
    nouns.Doubt: _doubt,
    nouns.Excuse: _excuse,
    nouns.RunHistory: _run,
}
