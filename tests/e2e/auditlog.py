"""The audit log and the digests, read by code of the tests' own: RFC 8785, the chain, what each record must have."""

from __future__ import annotations

import hashlib
import json

SEVEN = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")
PLACED = ("seq", "event", "prev_hash", "hash")
OURS = ("run_id", "tenant", "base_url")


class Record(dict):
    """A record; a field that does not apply is left out, and reads as None."""

    def __missing__(self, name):
        return None


def canonical(value):
    """RFC 8785 of what our files hold: no fractions."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    assert value is None or isinstance(value, str | bool | int)
    return json.dumps(value, ensure_ascii=False)


def sha256(value):
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def digest_of(plan):
    """A plan's digest, by a second implementation."""
    covered = ("phase", "operation", "target")
    actions = []
    for action in plan["actions"]:
        form = {name: action[name] for name in covered}
        form["changes"] = [
            {name: one[name] for name in ("field", "live", "desired")} for one in action["changes"]
        ]
        if action["phase"] == "approval":
            form |= {"message": action["message"], "updated_at": action["updated_at"]}
        if action["phase"] == "webhook":
            form["secret"] = action["secret"]
        actions.append(form)
    return sha256(
        {
            "tenant": plan["tenant"],
            "actions": actions,
            "unchecked": plan["unchecked"],
            "unlisted": plan["unlisted"],
        }
    )


def records_of(path):
    """The log's records, every one checked against its hash, its place and the fields it must have."""
    if not path.exists():
        return []
    content = path.read_bytes()
    assert not content or content.endswith(b"\n"), "the last line is torn"
    records = [Record(json.loads(line)) for line in content.decode().splitlines()]
    first = records[0] if records else None
    goes_on = first is not None and first["event"] == "checkpoint"
    previous, before = (first["prev_hash"], first["seq"] - 1) if goes_on else (None, 0)
    for number, record in enumerate(records, before + 1):
        assert record["seq"] == number
        assert record["prev_hash"] == previous
        bare = {name: value for name, value in record.items() if name not in {"hash", "mac"}}
        assert record["hash"] == sha256(bare)
        needed = {*SEVEN, *PLACED, *(OURS if record["event"] != "checkpoint" else ())}
        assert not needed - set(record), f"record {number} lacks fields"
        nulls = {name for name, value in record.items() if value is None}
        assert nulls <= {*SEVEN, "prev_hash"}, f"record {number} has fields that do not apply: {nulls}"
        previous = record["hash"]
    return records


def events(records, name):
    return [record for record in records if record["event"] == name]


def ends(records):
    """Of every outcome: phase, target and how it ended, in order."""
    return [(record["phase"], record["target"], record["outcome"]) for record in events(records, "outcome")]


def open_intents(records):
    """Intents that no later outcome of their phase and target closes."""
    left = {}
    for record in records:
        spot = (record["phase"], record["target"])
        if record["event"] == "intent":
            left[spot] = record["seq"]
        elif record["event"] in ("outcome", "accepted"):
            left.pop(spot, None)
    return left


def unannounced(records):
    """Outcomes of a write that no intent of the same phase and target precedes."""
    seen, bare = set(), []
    for record in records:
        spot = (record["phase"], record["target"])
        if record["event"] == "intent":
            seen.add(spot)
        elif record["event"] == "outcome" and record["outcome"] == "applied" and spot not in seen:
            bare.append(spot)
    return bare
