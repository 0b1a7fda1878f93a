"""A log of so many records about the benchmark's templates, written as applies write it, in little time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reconciler.audit import records
from reconciler.audit.log import writing
from reconciler.audit.records import Run
from reconciler.core.model import Action, Change, Source
from reconciler.kinds import by_phase

from . import corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.audit.chain import Record

FIRST = 1_400_000_000
"""The second, since the epoch, of the first change; the next ones follow every ten minutes."""
OF_A_CHANGE = 6
"""Records of one template's change: reviewed, two intents, two outcomes, delivered."""


def write(path: Path, tenant: str, templates: int, count: int) -> None:
    """At least ``count`` records about ``templates`` templates of ``tenant``, all done and delivered."""
    with writing(str(path), sleep=lambda _: None, warn=print) as writer:
        number = 0
        while writer.count < count:
            batch = [
                one
                for change in range(number, number + 200)
                for one in _change(tenant, change, templates, writer)
            ]
            writer.append(batch)
            _deliver(writer, tenant, number)
            number += 200


def _change(tenant: str, number: int, templates: int, writer: object) -> Iterator[Record]:
    live = corpus.template(number % templates, "APPROVED")
    fields = {name: live[name] for name in ("content", "from_address", "name", "status")}
    run = _run(tenant, number)
    for phase, sent, changes in (
        ("approval", fields, (Change(field="content", live="Before", desired=fields["content"]),)),
        ("a2p", _registration(number, templates), (Change(field="campaign_name", live="a", desired="b"),)),
    ):
        action = Action(
            phase=phase,
            operation="update",
            target=live["id"],
            changes=changes,
            source=Source(file="templates.d/a.yaml", line=1),
            reviewed={"message": {name: fields[name] for name in ("name", "from_address", "content")}}
            if phase == "approval"
            else {},
        )
        if phase == "approval":
            yield records.reviewed(run, [action], unchecked=(), unlisted=(), digest="sha256:" + "d" * 64)
        about = {**records.about(action, by_phase()[phase]), "waivers": []}
        text = "sha256:" + hashlib.sha256(fields["content"].encode()).hexdigest()
        yield run.record("intent", **about, memory={"fields": sent}, content_sha256=text, updated_at="T0")
        yield run.record(
            "outcome",
            **about,
            outcome="applied",
            status="APPROVED",
            attempts=1,
            latency_ms=200,
            carrier_ready=True,
            memory={"fields": sent} if phase == "a2p" else None,
            content_sha256=text,
            updated_at=corpus.UPDATED_AT,
        )


def _registration(number: int, templates: int) -> dict[str, str]:
    shown = corpus.registration(number % templates)
    return {name: shown[name] for name in ("campaign_name", "message_class", "opt_in_language")}


def _deliver(writer: object, tenant: str, number: int) -> None:
    done = [one["seq"] for one in writer.appended if one["event"] == "outcome"]
    writer.append([_run(tenant, number).record("delivered", delivered=done)])
    writer.appended.clear()


def _run(tenant: str, number: int) -> Run:
    return Run(
        run_id=f"{number:016x}",
        tenant=tenant,
        base_url=tenant,
        operator_id="ci",
        git={"commit": "4f1c0ffe" * 5, "ref": "refs/heads/main", "actor": "mlopez"},
        review={"pull_request": f"https://git.example.com/pull/{number}", "approvers": ["j.rivera"]},
        now=lambda: float(FIRST + 600 * number),
    )
