"""What must hold of every run, by the README's words alone: never by asking the code that is judged.

Each check raises an AssertionError whose first word says what kind of promise was broken: lost (a write that the log
does not tell of), doubled, untrue (log, result or exit code against the tenant), overwritten, unreviewed, chain.
"""

from __future__ import annotations

import hashlib

from . import book
from .weather import SIGNALS
from .world import A2P, COMPARED, HOOK, OWING

ENDED_WELL = {"applied", "pending", "held"}


def judge(world, run):
    """All that must hold of one run, killed or not."""
    assert "Traceback" not in run.err, f"untrue: a traceback\n{run}"
    assert "This is a bug" not in run.err + run.out, f"untrue: a bug\n{run}"
    _chain(run)
    for write in run.writes:
        _announced(run, write)
        if write.done and not write.replayed:
            _reviewed(world, run, write)
            _registered_in_order(world, run, write)
            _kept(run, write)
    if run.command == "plan":
        _only_read(run)
    if run.killed:
        return
    assert run.code >= 0, f"untrue: a signal ends a run with 130, not with {run.code}\n{run}"
    if run.command == "plan":
        _plan_is_true(world, run)
    if (
        run.command == "apply"
        and not _others_wrote(world, run)
        and not (_log_was_taken(run) and run.code != 0)
    ):
        _told(world, run)
    if run.command == "apply":
        _exit_code(world, run)
        _head(run)


def _others_wrote(world, run):
    """Whether a run within this one wrote to the same log, so that its records are among what was appended."""
    return any(other.nested and other.log == run.log for other in world.runs[run.number + 1 :])


def _chain(run):
    for content in (run.log_before, run.log_after):
        try:
            book.records(content)
        except AssertionError as broken:
            raise AssertionError(f"{broken}\n{run}") from None


def _announced(run, write):
    """An intent for exactly this stands in the log, safe on the disk, before the write leaves."""
    intent = intent_of(write)
    assert intent is not None, f"lost: {write.spot} was sent without a durable intent\n{run}"
    sent = (intent.get("memory") or {}).get("fields") or {}
    for name, value in sent.items():
        shown = sorted(write.body[name]) if isinstance(write.body[name], list) else write.body[name]
        assert shown == value, f"untrue: the intent says {name} {value!r}, sent was {shown!r}\n{run}"


def intent_of(write):
    """The open intent in the log as it was safe when the write left."""
    found = book.records(write.durable)
    return book.open_intents(found).get(write.spot)


def allowed(world, run):
    """The actions that the run may do: what its FILEs hold, the digest's plan, the log; None: all that is asked for."""
    log = list(book.open_reviews(book.records(run.log_before)).values())
    plans = [plan for plan in world.plans if plan["path"] in run.args]
    if "--expect-digest" in run.args:
        digest = run.args[run.args.index("--expect-digest") + 1]
        plans = [plan for plan in world.plans if plan["digest"] == digest]
    if plans:
        return [action for plan in plans for action in plan["actions"]] + log
    return log if "--continue" in run.args else None


def _changed(write):
    """The compared fields that a write gave another value, with the one that was there."""
    if write.phase == "approval":
        live = write.before.templates[write.target]
        return {name: live[name] for name in COMPARED if live[name] != write.body[name]}
    if write.phase == "a2p":
        live = write.before.registrations.get(write.target)
        return {
            name: live[name] if live else None for name in A2P if not live or live[name] != write.body[name]
        }
    live = [] if write.made else [one for one in write.before.webhooks if one["id"] == write.id]
    wanted = sorted(write.body["events"])
    return {"events": sorted(one["events"]) for one in live if sorted(one["events"]) != wanted}


def _reviewed(world, run, write):
    """Somebody said yes to what this write changed, and over what it wrote."""
    by = intent_of(write)["run_id"]
    own = [one for one in book.records(write.durable) if one["event"] == "reviewed" and one["run_id"] == by]
    mine = [action for record in own for action in record["actions"] if book.spot(action) == write.spot]
    assert mine, f"unreviewed: {write.spot} was done, and no record before it says that the run might\n{run}"
    evidence = allowed(world, run)
    if evidence is not None:
        mine = [action for action in evidence if book.spot(action) == write.spot]
        assert mine, f"unreviewed: {write.spot} was done, and nobody reviewed it\n{run}"
    wanted = _wanted_then(run, write)
    assert wanted == {name: _plain(write.body[name]) for name in wanted}, (
        f"unreviewed: no document asks\n{run}"
    )
    told = [{change["field"]: change for change in action["changes"]} for action in mine]
    for name, live in _changed(write).items():
        fits = [one for one in told if name in one and one[name]["desired"] == _plain(write.body[name])]
        if write.phase != "approval" and not fits and not _lists(world, write.phase):
            continue  # what the tenant cannot show, nobody can review
        assert fits, f"unreviewed: {write.spot} changed {name} from {live!r}, which was not reviewed\n{run}"
        _over(world, run, write, name, live, [one[name]["live"] for one in fits])


def _over(world, run, write, name, live, reviewed):
    """What was overwritten is what was reviewed; of what has no condition, at some time since the yes."""
    if write.phase == "approval":
        again = (
            name == "status"
            and live in OWING
            and any(one.phase == "approval" for one in _earlier(world, write))
        )
        assert live in reviewed or again, (
            f"overwritten: {write.spot} {name} was {live!r}, reviewed {reviewed}\n{run}"
        )
    elif _lists(world, write.phase):
        since = world.tenant.between(run.yes if run.yes is not None else run.start, write.moment)
        shown = [_shown(state, write, name) for state in since]
        seen = [one for one in reviewed if one in shown]
        assert seen, (
            f"overwritten: {write.spot} {name} was {live!r}, reviewed {reviewed}, never since the yes\n{run}"
        )


def _shown(state, write, name):
    if write.phase == "a2p":
        return (state.registrations.get(write.target) or {}).get(name)
    return next((sorted(one["events"]) for one in state.webhooks if one["id"] == write.id), None)


def _earlier(world, write):
    return [one for run in world.runs for one in run.writes if one.spot == write.spot and one is not write]


def _lists(world, phase):
    return world.tenant.lists({"approval": "templates", "a2p": "registrations", "webhook": "webhooks"}[phase])


def _wanted_then(run, write):
    body = run.documents[write.target]
    if write.phase == "webhook":
        return {"events": sorted(body["events"])}
    if write.phase == "a2p":
        return {name: body["a2p"][name] for name in A2P}
    return {name: body[name] for name in COMPARED}


def _plain(value):
    return sorted(value) if isinstance(value, list) else value


def _registered_in_order(world, run, write):
    """A registration follows an approval that is in place: at some time in this run the tenant showed it."""
    if write.phase != "a2p":
        return
    body = run.documents[write.target]
    wanted = {name: body[name] for name in COMPARED}
    shown = [state.templates[write.target] for state in world.tenant.between(run.start, write.moment)]
    fits = any(all(one[name] == wanted[name] for name in COMPARED) for one in shown)
    assert fits, f"unreviewed: {write.target} was registered, and its approval is not in place\n{run}"


def _kept(run, write):
    """Whatever a template has that nobody manages is there after a PUT as it was before."""
    if write.phase != "approval":
        return
    live = write.before.templates[write.target]
    for name, value in live.items():
        if name not in (*COMPARED, "meta"):
            assert write.body.get(name) == value, f"overwritten: {write.target} lost its {name}\n{run}"


def _only_read(run):
    assert not run.writes, f"untrue: a plan wrote\n{run}"
    assert not run.delivered, f"untrue: a plan delivered\n{run}"
    assert run.log_before == run.log_after, f"untrue: a plan appended\n{run}"


def _plan_is_true(world, run):
    """Each change's ``live`` is what the tenant showed, and no note calls a log lost that tells of the target."""
    plan = run.json
    if run.code not in (0, 2) or plan is None:
        return
    begun = book.open_intents(book.records(run.log_before))
    states = world.tenant.between(run.start)
    for action in plan["actions"]:
        _live_is_true(world, run, states, action)
    for note in plan["notes"]:
        named = [at for at in begun if at[1] in note and ("webhooks" in note) == (at[0] == "webhook")]
        assert "lost log" not in note or not named, (
            f"untrue: the log tells of {named}, the plan says: {note}\n{run}"
        )


def _live_is_true(world, run, states, action):
    if action["phase"] != "approval":
        return
    for change in action["changes"]:
        shown = [state.templates[action["target"]][change["field"]] for state in states]
        assert change["live"] in shown, f"untrue: {action['target']} {change} was never so\n{run}"


def _told(world, run):
    """Each outcome is true of the tenant, and each write that the tenant carried out is told of."""
    appended = run.appended
    ends = {}
    for record in appended:
        if record["event"] == "reviewed":
            for action in record["actions"]:
                _live_is_true(world, run, world.tenant.between(run.start, run.ask), action)
                _live_is_true(world, run, world.tenant.between(run.yes or run.start), action)
        elif record["event"] == "outcome":
            ends.setdefault(book.spot(record), []).append(record)
            _outcome_is_true(world, run, record)
    for write in run.writes:
        if write.done and not write.replayed:
            _write_is_told(run, write, ends.get(write.spot, []))
    _doubt_is_said(run, ends)


def _log_was_taken(run):
    """Whether somebody did something to the log's file in mid-run: a run that says so, by its code, is honest."""
    return any(one.what == "log" and one.arg != "unlock" for one in run.strikes) and "log" in run.spoilt


def _outcome_is_true(world, run, record):
    phase, target = book.spot(record)
    outcome = record["outcome"]
    if outcome not in {"applied", "unchanged", "pending"}:
        return
    states = world.tenant.between(run.start)
    if outcome == "pending":
        owed = world.tenant.ever_owed.get(target, -1) >= run.start
        assert owed, f"untrue: {target} is told to be pending, and the tenant never took it\n{run}"
    elif phase == "approval":
        assert any(_shows(state.templates[target], record) for state in states), (
            f"untrue: {target} was never as {outcome} says\n{run}"
        )
    elif not world.repeats_keys:
        fields = (record.get("memory") or {}).get("fields") or {}
        assert any(_has(state, phase, target, fields) for state in states), (
            f"untrue: {phase} {target} is told to be {outcome}, and the tenant never had {fields}\n{run}"
        )


def _shows(live, record):
    wanted = {change["field"]: change["desired"] for change in record.get("changes") or ()}
    digest = "sha256:" + hashlib.sha256(live["content"].encode()).hexdigest()
    return (
        all(live[name] == value for name, value in wanted.items())
        and record.get("content_sha256") in (None, digest)
        and record.get("updated_at") in (None, live["meta"]["updated_at"])
    )


def _has(state, phase, target, fields):
    if phase == "a2p":
        live = state.registrations.get(target)
        return live is not None and all(live[name] == value for name, value in fields.items())
    found = [sorted(one["events"]) for one in state.webhooks if one["url"] == target]
    return fields["events"] in found if fields else bool(found)


def _write_is_told(run, write, ends):
    """As applied, pending or held, or in doubt; or, where the answer was plain, as whatever was shown after it."""
    last = ends[-1] if ends else None
    fine = last is not None and (last["outcome"] in ENDED_WELL or last.get("doubt") or write.clear)
    if len(run.spoilt & set(SIGNALS)) > 1 and last is None:
        fine = True  # a second signal stops at once, and the intent stays open
    told = last and (last["outcome"], last.get("error"))
    assert fine, f"lost: the tenant carried out {write.spot}, and the log ends it as {told}\n{run}"


def _doubt_is_said(run, ends):
    doubtful = {spot for spot, found in ends.items() if found[-1].get("doubt")}
    if not doubtful or run.stdout != "file" or run.code not in (0, 3):
        return
    if run.json is None:
        said = (run.out + run.err).lower()
        assert "doubt" in said or "twice" in said, f"untrue: {doubtful} in doubt, and nobody is told\n{run}"
    elif "results" in run.json:
        for one in run.json["results"]:
            if (one["phase"], one["target"]) in doubtful:
                assert one.get("doubt") is True, (
                    f"untrue: {one['target']} is in doubt, JSON does not say so\n{run}"
                )


def _exit_code(world, run):
    """The code against what the tenant had and what the log says."""
    wrote = [write for write in run.writes if write.status or write.done]
    if run.code in (1, 4, 5, 64):
        done = [write.spot for write in run.writes if write.done]
        assert not done, f"untrue: exit {run.code} says that nothing was written, and {done} was\n{run}"
    assert run.code in (0, 1, 3, 4, 5, 130), f"untrue: exit {run.code}\n{run}"
    if run.code in (4, 5):
        assert not wrote, f"untrue: exit {run.code} after {len(wrote)} writes\n{run}"
    if run.code == 0:
        bad = [
            record
            for record in run.appended
            if record["event"] == "outcome" and record["outcome"] not in book.GOOD
        ]
        bad = [record for record in bad if record.get("attempts")]
        assert not bad or _others_wrote(world, run), (
            f"untrue: exit 0 after {[book.spot(one) for one in bad]}\n{run}"
        )
        assert run.stdout == "file", f"untrue: exit 0, and the result could not be printed\n{run}"
    if run.code in (0, 3) and run.json is not None and "results" in run.json:
        bad = [one for one in run.json["results"] if one["outcome"] not in book.GOOD]
        assert bool(bad) == (run.code == 3) or _log_was_taken(run), (
            f"untrue: exit {run.code} over {bad}\n{run}"
        )


def _head(run):
    """The head that was printed is the hash of a record in the log, whatever befell that."""
    if run.code == 0 and run.json is not None and run.json.get("audit_head") is not None:
        hashes = {record["hash"] for record in book.records(run.log_after)}
        assert run.json["audit_head"] in hashes, f"lost: exit 0, and its audit head is not in the log\n{run}"


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
    assert not left, f"lost: intents stay open: {sorted(left)}\n{third}"
    _all_delivered(world, third, records)
    _all_told(world, third, records)


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
        if registration is not None and not world.repeats_keys:
            shown = world.tenant.now.registrations.get(id_) or {}
            differs = [name for name in A2P if shown.get(name) != registration[name]]
            assert not differs, f"untrue: the registration of {id_} does not converge in {differs}\n{run}"
    return waits


def _webhook_settled(world, run):
    found = [one for one in world.tenant.now.webhooks if one["url"] == HOOK]
    wanted = world.wanted("webhook", HOOK)["events"]
    fits = [one for one in found if sorted(one["events"]) == wanted]
    blocked = ("webhook", HOOK) in _blocked(run)
    if world.repeats_keys:
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


def _all_told(world, run, records):
    """Each write that was ever carried out, as far as the log that announced it is there: how it ended, by whom."""
    places = {record["hash"]: number for number, record in enumerate(records)}
    for earlier in world.runs:
        for write in earlier.writes:
            intent = intent_of(write) if write.done and not write.replayed else None
            if intent is None or intent["hash"] not in places:
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
