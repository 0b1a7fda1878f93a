"""The audit log and the digests, read by code of the tests' own: RFC 8785, the chain, what each record must have."""

from __future__ import annotations

import hashlib
import json

SEVEN = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")
OURS = (
    *(
        "seq",
        "run_id",
        "event",
        "tenant",
        "base_url",
        "phase",
        "operation",
        "target",
        "plan_digest",
        "source",
        "memory",
        "git",
    ),
    *("prev_hash", "hash"),
)
SEEN = (
    *("seq", "run_id", "event", "tenant", "base_url", "phase", "target", "plan_digest"),
    *("prev_hash", "hash"),
)
"""What a sighting has of these: the rest does not apply to it."""


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
    records = [json.loads(line) for line in content.decode().splitlines()]
    previous = None
    for number, record in enumerate(records, 1):
        assert record["seq"] == number
        assert record["prev_hash"] == previous
        assert record["hash"] == sha256({name: value for name, value in record.items() if name != "hash"})
        ours = SEEN if record["event"] == "seen" else OURS
        assert not {*SEVEN, *ours} - set(record), f"record {number} lacks fields"
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
