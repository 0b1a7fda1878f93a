"""The records that are about certain templates, as if nothing else had been done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import CHECKPOINT, Record
from reconciler.audit.report.earlier import narrowed_part
from reconciler.audit.report.runs import of_templates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence


def template_ids(records: Iterable[Record]) -> set[str]:
    """The templates that records are about."""
    found = set()
    for record in records:
        for part in (record["tenants"] or {}).values():
            found.update(part.get("templates", ()))
        about = [record] if record["event"] != "reviewed" else record["actions"]
        found |= {each["target"] for each in about if each["phase"] in of_templates()}
    return found


def narrowed(records: Sequence[Record], only: Collection[str]) -> Iterator[Record]:
    """Of a review the actions, of a delivery the numbers that are about these templates; everything for none."""
    if not only:
        yield from records
        return
    kept = set()
    for record in records:
        if record["event"] == "reviewed":
            if actions := [each for each in record["actions"] if _about(each, only)]:
                yield Record(record, actions=actions)
        elif record["event"] == "delivered":
            if numbers := [number for number in record["delivered"] if number in kept]:
                yield Record(record, delivered=numbers)
        elif record["event"] == CHECKPOINT:
            parts = {
                tenant: narrowed_part(part, frozenset(only), of_templates())
                for tenant, part in record["tenants"].items()
            }
            yield Record(record, tenants=parts)
        elif _about(record, only):
            kept.add(record["seq"])
            yield record


def _about(told: Mapping[str, Any], only: Collection[str]) -> bool:
    return told["phase"] in of_templates() and told["target"] in only
