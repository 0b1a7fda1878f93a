"""What must hold of one write: an intent before it, a review behind it, and nobody's edit under it."""

from __future__ import annotations

from . import book
from .world import A2P, COMPARED, OWING


def judge_write(world, run, write):
    """All of it; what the tenant did not carry out needs an intent alone."""
    _announced(run, write)
    if write.done and not write.replayed:
        _reviewed(world, run, write)
        _registered_in_order(world, run, write)
        _kept(run, write)


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
    live = None if write.made else _events(write.before, write.id)
    return {"events": live} if live not in (None, sorted(write.body["events"])) else {}


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
        if write.phase != "approval" and not fits and not _seen_otherwise(world, run, write, name):
            continue  # nobody could review what the tenant does not show, or did not show yet
        assert fits, f"unreviewed: {write.spot} changed {name} from {live!r}, which was not reviewed\n{run}"
        _over(world, run, write, name, live, [one[name]["live"] for one in fits])


def _seen_otherwise(world, run, write, name):
    """Whether a plan must have seen that this field differs: all the time since the yes, where there is a list."""
    shown = [_shown(state, write, name) for state in _since(world, run, write)]
    return _lists(world, write.phase) and _plain(write.body[name]) not in shown


def _since(world, run, write):
    return world.tenant.between(run.yes if run.yes is not None else run.start, write.moment)


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
        shown = [_shown(state, write, name) for state in _since(world, run, write)]
        seen = [one for one in reviewed if one in shown]
        assert seen, (
            f"overwritten: {write.spot} {name} was {live!r}, reviewed {reviewed}, never since the yes\n{run}"
        )


def _shown(state, write, name):
    if write.phase == "a2p":
        return (state.registrations.get(write.target) or {}).get(name)
    return _events(state, write.id)


def _events(state, id_):
    return next((sorted(one["events"]) for one in state.webhooks if one["id"] == id_), None)


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
