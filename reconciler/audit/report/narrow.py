"""The records that are about certain templates, as if nothing else had been done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.audit.chain import CHECKPOINT, Record
from reconciler.audit.report.earlier import narrowed_part
from reconciler.audit.report.runs import of_templates

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def template_ids(record: Record) -> set[str]:
    """The templates that a record is about."""
    found: set[str] = set()
    for part in (record["tenants"] or {}).values():
        spots = [spot for review in part.get("open_reviews", ()) for spot in review["open"]]
        found |= {*part.get("templates", ()), *(target for phase, target in spots if phase in of_templates())}
    about = [record] if record["event"] != "reviewed" else record["actions"]
    return found | {each["target"] for each in about if each["phase"] in of_templates()}


@dataclass(slots=True, kw_only=True)
class Narrowing:
    """Of a review the actions, of a delivery the numbers that are about these templates; everything for none."""

    only: frozenset[str]
    kept: set[int] = field(default_factory=set)

    def of(self, record: Record) -> Record | None:
        """The next record as far as it is about them; None where it is not."""
        if not self.only:
            return record
        event = record["event"]
        if event == "reviewed":
            actions = [each for each in record["actions"] if _about(each, self.only)]
            return Record(record, actions=actions) if actions else None
        if event == "delivered":
            delivered = [number for number in record["delivered"] if number in self.kept]
            return Record(record, delivered=delivered) if delivered else None
        if event == CHECKPOINT:
            parts = {
                tenant: narrowed_part(part, self.only, of_templates())
                for tenant, part in record["tenants"].items()
            }
            return Record(record, tenants=parts)
        if not _about(record, self.only):
            return None
        self.kept.add(record["seq"])
        return record


def _about(told: Mapping[str, Any], only: Collection[str]) -> bool:
    return told["phase"] in of_templates() and told["target"] in only
