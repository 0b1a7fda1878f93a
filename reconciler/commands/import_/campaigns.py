"""Live registrations that are alike, written once: as a Campaign that each of their templates names."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.core.canonical import printable
from reconciler.core.model import Document
from reconciler.desired.schema import API_VERSION, problems
from reconciler.kinds import in_block

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.commands.import_.survey import Survey
    from reconciler.core.model import Remembered, Value

_ENOUGH = 3
_LONGEST = 100


def shared(registrations: Mapping[str, Mapping[str, Value]], taken: Collection[str]) -> dict[str, Document]:
    """The Campaigns to write, by name; ``registrations`` are fields by template, ``taken`` the names there are.

    One for each name under which three or more registrations stand, all of them alike, and no document does.
    """
    alike: defaultdict[str, list[dict[str, Value]]] = defaultdict(list)
    for fields in registrations.values():
        alike[str(fields["campaign_name"])].append(dict(fields))
    found = {}
    for name, every in sorted(alike.items()):
        if len(every) >= _ENOUGH and name not in taken and all(fields == every[0] for fields in every):
            rest = {key: value for key, value in every[0].items() if key != "campaign_name"}
            body = {"apiVersion": API_VERSION, "kind": "Campaign", "name": name, **rest}
            document = Document(kind="Campaign", body=body, file="", line=1, index=0)
            if not problems(document) and all(printable(str(value)) == value for value in body.values()):
                found[name] = document
    return found


def is_alike(campaign: Document, registration: Mapping[str, Value]) -> bool:
    """Whether a registration is what the Campaign of its name asks for."""
    return all(
        campaign.body.get(key) == value for key, value in registration.items() if key != "campaign_name"
    )


def stem_of_campaign(name: str) -> str:
    """The name of a Campaign's file; different Campaigns may get the same one."""
    words = re.sub("[^A-Za-z0-9.]+", "-", name)[:_LONGEST].strip("-.")
    return f"campaign-{words}"


def registration_of(
    target: str, survey: Survey, remembered: Mapping[tuple[str, str], Remembered]
) -> Mapping[str, Value] | None:
    """What the tenant shows of it, and else what the log remembers; None where it is not known."""
    kind = in_block()
    kept = remembered.get((kind.phase, target))
    known = dict(kept.fields) if kept is not None else {}
    shown = [known]
    if survey.registrations is not None:
        shown = [{**known, **live.fields} for live in survey.registrations.get(target, ())]
    complete = [fields for fields in shown if all(name in fields for name in kind.fields)]
    return {name: complete[-1][name] for name in kind.fields} if complete else None
