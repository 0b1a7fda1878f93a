"""A log of so many records about the benchmark's templates, as applies leave it: a million in a minute.

Of each record of each template there is one text, in which number, time, run and chain are put in place; that each has
the hash that it claims, and that checkpoints say what they should, is what `audit verify --all` looks at.

    python -m tests.benchmarks.history FOLDER TENANT --records 1000000 --templates 1000
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.audit import chain, records, segments
from reconciler.audit.chain import Record
from reconciler.audit.checkpoint import checkpoint
from reconciler.audit.memory import Memories
from reconciler.audit.records import Run
from reconciler.core.canonical import sha256
from reconciler.core.model import Action, Change, Source
from reconciler.kinds import by_phase

from . import corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 1_400_000_000
"""The second, since the epoch, of the first change; the next ones follow every ten minutes."""
EVERY = 600
OF_A_CHANGE = 5
"""Records of one template's change: reviewed, two intents, two outcomes; a delivery follows a hundred of them."""
_DELIVERED = 100
_SEQ, _PREVIOUS, _HASH, _RUN, _TIME, _PULL = (
    777_000_777_000,
    "@previous@",
    "@hash@",
    "@run@",
    "@time@",
    "@pull@",
)


@dataclass(slots=True, kw_only=True)
class History:
    """The log as it grows: the current file's lines, and what the records before a checkpoint add up to."""

    path: Path
    old: bool
    memories: Memories = field(default_factory=Memories)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    first: int = 0
    head: str | None = None
    count: int = 0

    def add(self, record: Record, text: bytes) -> None:
        """A whole record, with its line; the file is sealed before it where it is full."""
        if not self.old:
            self.memories.take(record)
        self.lines.append(text)
        self.size += len(text)
        self.head, self.count = record["hash"], self.count + 1

    def make_room(self, cause: Record) -> None:
        """Seal the file where it is full, as a writer does."""
        if self.old or not segments.is_full(
            records=len(self.lines), size=self.size, first=self.first, more=10_000
        ):
            return
        Path(segments.sealed_name(str(self.path), self.count)).write_bytes(b"".join(self.lines))
        for memory in self.memories.tenants.values():
            memory.reviews.clear()
        record = chain.seal(checkpoint(self.memories.content(), cause), self.head, self.count + 1)
        text = chain.line(record)
        self.lines, self.size, self.first = [text], len(text), len(text)
        self.head, self.count = record["hash"], self.count + 1


def write(path: Path, tenant: str, templates: int, count: int, *, old: bool = False) -> None:
    """At least ``count`` records about ``templates`` templates of ``tenant``, all done and delivered.

    ``old``: in one file, with null fields, as the versions before the log had several files wrote it.
    """
    log = History(path=path, old=old)
    number, done = 0, []
    while log.count < count or done:
        at = records.timestamp(float(FIRST + EVERY * number))
        for record, text in _patterns(tenant, number % templates, old=old):
            log.make_room(Record(record, timestamp=at))
            made, line = _placed(record, text, log, at, number)
            log.add(made, line)
            if made["event"] == "outcome":
                done.append(made["seq"])
        number += 1
        if number % _DELIVERED == 0:
            told = _run(tenant, f"{number:016x}", "", at).record("delivered", delivered=done)
            made = _sealed(told, log.head, log.count + 1, old=old)
            log.add(made, chain.line(made))
            done = []
    path.write_bytes(b"".join(log.lines))
    path.chmod(0o600)


def _placed(record: Record, text: bytes, log: History, at: str, number: int) -> tuple[Record, bytes]:
    run = f"{number:016x}"
    previous = f'"{log.head}"' if log.head is not None else "null"
    for name, value in (
        (f'"{_PREVIOUS}"', previous),
        (str(_SEQ), str(log.count + 1)),
        (_RUN, run),
        (_TIME, at),
        (_PULL, str(number)),
    ):
        text = text.replace(name.encode(), value.encode())
    digest = "sha256:" + hashlib.sha256(text[:-1].replace(f'"hash":"{_HASH}",'.encode(), b"")).hexdigest()
    placed = {"seq": log.count + 1, "prev_hash": log.head, "hash": digest, "run_id": run, "timestamp": at}
    placed["review"] = {name: _pulled(value, number) for name, value in record["review"].items()}
    return Record(record, **placed), text.replace(_HASH.encode(), digest.encode())


def _sealed(record: Record, previous: str | None, seq: int, *, old: bool) -> Record:
    if not old:
        return chain.seal(record, previous, seq)
    placed = {**record, "seq": seq, "prev_hash": previous}
    return Record(placed, hash=sha256(placed))


def _pulled(value: object, number: int) -> object:
    return value.replace(_PULL, str(number)) if isinstance(value, str) else value


@cache
def _patterns(tenant: str, number: int, *, old: bool) -> tuple[tuple[Record, bytes], ...]:
    """A template's records, and their lines, with marks for what differs from change to change."""
    made = []
    for record in _change(tenant, number):
        sealed = Record(_sealed(record, _PREVIOUS, _SEQ, old=old), hash=_HASH)
        made.append((sealed, chain.line(sealed)))
    return tuple(made)


def _change(tenant: str, number: int) -> Iterator[Record]:
    live = corpus.template(number, "APPROVED")
    fields = {name: live[name] for name in ("content", "from_address", "name", "status")}
    message = {name: fields[name] for name in ("name", "from_address", "content")}
    run = _run(tenant, _RUN, _PULL, _TIME)
    for phase, sent, changes in (
        ("approval", fields, (Change(field="content", live="Before", desired=fields["content"]),)),
        ("a2p", _registration(number), (Change(field="campaign_name", live="a", desired="b"),)),
    ):
        action = Action(
            phase=phase,
            operation="update",
            target=live["id"],
            changes=changes,
            source=Source(file="templates.d/a.yaml", line=1),
            reviewed={"message": message, "updated_at": corpus.UPDATED_AT} if phase == "approval" else {},
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


def _registration(number: int) -> dict[str, str]:
    shown = corpus.registration(number)
    return {name: shown[name] for name in ("campaign_name", "message_class", "opt_in_language")}


def _run(tenant: str, run_id: str, pull: str, at: str) -> _Run:
    return _Run(
        run_id=run_id,
        tenant=tenant,
        base_url=tenant,
        operator_id="ci",
        git={"commit": "4f1c0ffe" * 5, "ref": "refs/heads/main", "actor": "mlopez"},
        review={"pull_request": f"https://git.example.com/pull/{pull}", "approvers": ["j.rivera"]},
        now=lambda: 0.0,
        at=at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run(Run):
    """A run whose records are of one time, in text."""

    at: str

    def record(self, event: str, **fields: object) -> Record:
        return Record(Run.record(self, event, **fields), timestamp=self.at)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.history", description="A long log.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("tenant", help="the base URL that the records are about")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--templates", type=int, default=1_000)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    write(chosen.folder / "audit.jsonl", chosen.tenant, chosen.templates, chosen.records)


if __name__ == "__main__":
    main()
