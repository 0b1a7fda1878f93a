"""What must hold once the weather is good: it converges, nothing is there twice, and all that was done is told."""

from __future__ import annotations

from . import book
from .reviewed import intent_of
from .world import A2P, COMPARED, HOOK, OWING


def settled(world, runs):
    """After good weather: two applies, and a third that had nothing to do. ``runs`` are the three."""
    third = runs[-1]
    blocked = _blocked(third)
    wrote = [one.spot for one in third.writes if one.spot not in blocked]
    assert not wrote, f"doubled: the third apply wrote {wrote}\n{third}"
    assert blocked or not third.delivered, f"doubled: the third apply delivered\n{third}"
    waits = _templates_settled(world, third)
    waits |= _webhook_settled(world, third)
    expected = 3 if waits else 0
    assert third.code == expected, f"untrue: exit {third.code} where {waits or 'nothing'} waits\n{third}"
    records = book.records(third.log_after)
    left = book.open_intents(records)
    seen = [spot for spot in left if not _unseen(world, *spot)]
    assert not seen, f"lost: intents stay open: {sorted(seen)}\n{third}"
    _all_delivered(world, third, records)
    _all_told(world, third, records, left)


def _unseen(world, phase, target):
    """Whether no file asks for it any more, and no list shows how it ended: then its intent stays open, in doubt."""
    return phase == "a2p" and world.wanted(phase, target) is None and not world.tenant.lists("registrations")


def _blocked(run):
    return {(one["phase"], one["target"]) for one in run.json["results"] if one["outcome"] == "blocked"}


def _templates_settled(world, run):
    waits = set()
    for id_, live in world.tenant.now.templates.items():
        wanted = world.wanted("approval", id_)
        differs = [name for name in COMPARED if live[name] != wanted[name]]
        if differs == ["status"] and wanted["status"] == "APPROVED" and live["status"] not in OWING:
            waits.add(id_)  # somebody decided that: held
            continue
        assert not differs, f"untrue: {id_} does not converge in {differs}: {live['status']}\n{run}"
        registration = world.wanted("a2p", id_)
        if registration is not None and not world.stale_log:
            shown = world.tenant.now.registrations.get(id_) or {}
            differs = [name for name in A2P if shown.get(name) != registration[name]]
            assert not differs, f"untrue: the registration of {id_} does not converge in {differs}\n{run}"
    return waits


def _webhook_settled(world, run):
    found = [one for one in world.tenant.now.webhooks if one["url"] == HOOK]
    wanted = world.wanted("webhook", HOOK)["events"]
    fits = [one for one in found if sorted(one["events"]) == wanted]
    blocked = ("webhook", HOOK) in _blocked(run)
    if world.stale_log:
        return {HOOK} if blocked else set()
    if not fits and blocked:
        return {HOOK}
    assert fits, f"untrue: the webhook does not converge, it has {[one['events'] for one in found]}\n{run}"
    most = 1 + world.spare_webhooks
    assert len(found) <= most, f"doubled: {len(found)} webhooks where {most} may be\n{run}"
    if not world.foreign_secret and not blocked:
        told = [one["secret"] == world.secret for one in fits]
        assert any(told), f"untrue: the webhook has another secret than the one that is set\n{run}"
    return {HOOK} if blocked else set()


def _all_delivered(world, run, records):
    have = [_seven(body) for body in world.tenant.store.audit_logs()]
    missing = [record for record in records if record["event"] == "outcome" and _seven(record) not in have]
    assert not missing, f"lost: {len(missing)} outcomes never came to the tenant's log\n{run}"


def _seven(record):
    names = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")
    return tuple(record[name] for name in names)


def _all_told(world, run, records, left):
    """Each write that was ever carried out, as far as the log that announced it is there: how it ended, by whom.

    ``left`` are the intents that stay open by right.
    """
    places = {record["hash"]: number for number, record in enumerate(records)}
    for earlier in world.runs:
        for write in earlier.writes:
            intent = intent_of(write) if write.done and not write.replayed else None
            if intent is None or intent["hash"] not in places or left.get(write.spot) == intent:
                continue
            after = [
                record for record in records[places[intent["hash"]] + 1 :] if book.spot(record) == write.spot
            ]
            ends = [record for record in after if record["event"] == "outcome"]
            fine = [one for one in ends if one["outcome"] not in {"failed", "blocked"} or one.get("doubt")]
            fine = fine or [record for record in after if record["event"] == "accepted"] or write.clear
            assert fine, (
                f"lost: {write.spot} of run {earlier.number} was carried out, the log never says so\n{run}"
            )
            closing = next((one for one in ends if one["run_id"] != intent["run_id"]), None)
            own = [one for one in ends if one["run_id"] == intent["run_id"]]
            if not own and closing is not None and not closing.get("attempts"):
                told = closing.get("review") == intent.get("review")
                assert told, f"lost: who approved {write.spot} of run {earlier.number}\n{run}"
