"""What must hold of every run, by the README's words alone: never by asking the code that is judged.

Each check raises an AssertionError whose first word says what kind of promise was broken: lost (a write that the log
does not tell of), doubled, untrue (log, result or exit code against the tenant), overwritten, unreviewed, chain.
"""

from __future__ import annotations

import hashlib

from . import book
from .reviewed import judge_write
from .weather import SIGNALS

ENDED_WELL = {"applied", "pending", "held"}


def judge(world, run):
    """All that must hold of one run, killed or not."""
    assert "Traceback" not in run.err, f"untrue: a traceback\n{run}"
    assert "This is a bug" not in run.err + run.out, f"untrue: a bug\n{run}"
    _chain(run)
    for write in run.writes:
        judge_write(world, run, write)
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
        phase = "webhook" if "webhooks" in note else "a2p"
        named = [at for at in begun if at[0] == phase and at[1] in note]
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
    elif not world.stale_log:
        fields = (record.get("memory") or {}).get("fields") or {}
        assert any(_has(state, phase, target, fields) for state in states), (
            f"untrue: {phase} {target} is told to be {outcome}, and the tenant never had {fields}\n{run}"
        )


def _shows(live, record):
    wanted = {change["field"]: change["desired"] for change in record.get("changes") or ()}
    wanted["status"] = record["status"]
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
        assert any(word in said for word in ("doubt", "twice", "is not known")), (
            f"untrue: {doubtful} in doubt, and nobody is told\n{run}"
        )
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
