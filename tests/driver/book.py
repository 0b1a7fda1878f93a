"""The audit log as a stranger reads it: the chain, and what is open, by the words of the README."""

from __future__ import annotations

import functools
import hashlib
import json

GOOD = {"applied", "unchanged"}


def canonical(value):
    """RFC 8785 of what the log holds: no fractions, and names that sort in UTF-16 as they do here."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@functools.lru_cache(maxsize=20_000)
def _record(line):
    """One line's record and the hash that it should have."""
    try:
        record = json.loads(line)
    except ValueError:
        raise AssertionError("chain: a line is no record") from None
    body = {name: value for name, value in record.items() if name not in ("hash", "mac")}
    return record, "sha256:" + hashlib.sha256(canonical(body).encode()).hexdigest()


@functools.lru_cache(maxsize=2_000)
def records(content):
    """The records of a log's bytes; AssertionError where the chain does not hold. A torn last line is passed over."""
    found, previous = [], None
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        record, digest = _record(line)
        assert record["seq"] == number, f"chain: record {record['seq']} stands at line {number}"
        assert record["prev_hash"] == previous, (
            f"chain: record {number} follows another than the one before it"
        )
        assert record["hash"] == digest, f"chain: record {number} was changed"
        found.append(record)
        previous = record["hash"]
    return tuple(found)


def spot(record):
    return record.get("phase"), record.get("target")


def open_reviews(found):
    """By phase and target the latest reviewed action without a later outcome applied or unchanged."""
    left = {}
    for record in found:
        if record["event"] == "reviewed":
            left |= {spot(action): action for action in record["actions"]}
        elif record["event"] == "accepted" or (record["event"] == "outcome" and record["outcome"] in GOOD):
            left.pop(spot(record), None)
    return left


def open_intents(found):
    """By phase and target the intents that no outcome has closed; a failure in doubt closes nothing."""
    left = {}
    for record in found:
        if record["event"] == "intent":
            left[spot(record)] = record
        elif record["event"] == "accepted" or (
            record["event"] == "outcome" and not (record["outcome"] == "failed" and record.get("doubt"))
        ):
            left.pop(spot(record), None)
    return left


def same(one, other):
    """Whether two actions are the same to a reviewer: operation, place, and each change with both its sides."""
    return _form(one) == _form(other)


def _form(action):
    changes = sorted(
        (change["field"], canonical(change["live"]), canonical(change["desired"]))
        for change in action["changes"]
    )
    version = action.get("updated_at") if action["phase"] == "approval" else None
    return (*spot(action), action["operation"], changes, version)
