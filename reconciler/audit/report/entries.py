"""A log's records as entries: what was done, by whose review, over which text."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from reconciler.audit.report.history import Commit, Entry, Review
from reconciler.core.model import Change, Source, Waiver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.audit.chain import Record


def entry_of(record: Record, **context: Any) -> Entry:  # noqa: ANN401  the fields of Entry that the record does not have
    """An outcome, or what a person accepted, as an entry."""
    source = record["source"]
    return Entry(
        **{name: record[name] for name in ("seq", "hash", "run_id", "event", "phase", "operation", "target")},
        **{name: record[name] for name in ("status", "content_sha256", "operator_id", "plan_digest")},
        **{name: record[name] for name in ("attempts", "latency_ms", "carrier_ready", "updated_at", "error")},
        at=record["timestamp"],
        outcome=outcome_of(record),
        changes=tuple(_change(change) for change in record["changes"] or ()),
        review=review_of(record),
        git=git_of(record),
        source=Source(file=source["file"], line=source["line"]) if source is not None else None,
        waivers=tuple(
            Waiver(**{name: waiver[name] for name in ("rule", "reason", "expires")})
            for waiver in record["waivers"] or ()
        ),
        doubt=bool(record["doubt"]),
        reason=record["reason"],
        **context,
    )


def outcome_of(record: Record) -> str:
    """How it ended; what a person accepted has no outcome of its own."""
    return str(record["outcome"]) if record["event"] == "outcome" else "accepted"


def review_of(record: Record) -> Review | None:
    """The review that a record names, in text whatever JSON it was asserted in; None where it names none."""
    said = record.get("review")
    if said is None:
        return None
    approvers = said.get("approvers")
    listed = approvers if isinstance(approvers, list) else [approvers]
    return Review(
        pull_request=_word(said.get("pull_request")),
        approvers=tuple(word for each in listed if (word := _word(each)) is not None),
        run=_word(said.get("run")),
        reason=_word(said.get("reason")),
    )


def git_of(record: Record) -> Commit | None:
    """The commit, ref and actor that a record names; None where it names none."""
    said = record.get("git")
    if said is None:
        return None
    return Commit(**{name: _word(said.get(name)) for name in ("commit", "ref", "actor")})


def _word(value: Any) -> str | None:  # noqa: ANN401  what the environment asserts may be any JSON
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _change(change: Mapping[str, Any]) -> Change:
    live, desired = (
        tuple(value) if isinstance(value, list) else value for value in (change["live"], change["desired"])
    )
    return Change(field=change["field"], live=live, desired=desired)


def contents(record: Record) -> Iterator[Any]:
    """What stands in a record in the place of a message's text, whatever it is."""
    memory = record.get("memory") or {}
    for held in (memory.get("fields"), memory.get("owed")):
        yield (held or {}).get("content")
    changes = [record.get("changes") or (), *(action["changes"] for action in record.get("actions") or ())]
    for change in chain.from_iterable(changes):
        if change["field"] == "content":
            yield change["live"]
            yield change["desired"]
