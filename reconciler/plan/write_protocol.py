"""The write protocol: look again, compare, write, look again, classify.

Each protocol is a generator that yields requests and is sent their responses, so that it is the same under any
driver and can be tested from literals. What a driver raises instead of an answer it throws in. This is the one place
that answers "can this overwrite somebody's edit?".
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.core.canonical import printable
from reconciler.core.diff import moved
from reconciler.core.errors import ReconcilerError, WrongShape
from reconciler.core.model import Action, Change, Desired, Live, Policy
from reconciler.core.outcome import Ended, Outcome
from reconciler.core.wire import Request, Response
from reconciler.kinds._responses import NOT_FOUND, found, no_such_call, read_list, shows, tellable, whole

if TYPE_CHECKING:
    from reconciler.kinds._base import Kind

Protocol = Generator[Request, Response, "Ended"]

_MOVED = frozenset({409, 412})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action, with all that carrying it out depends on.

    ``id`` is the tenant's id of a webhook that is to be changed. ``listed`` says whether a lost answer can be looked
    up in the list. ``attempts`` bounds how often a write is sent. ``doubt``: an earlier run may have sent this, and the
    tenant does not tell whether it arrived.
    """

    kind: Kind
    action: Action
    desired: Desired
    policy: Policy
    key: str
    id: str | None = None
    listed: bool = False
    attempts: int
    doubt: bool = False


def run(step: Step) -> Protocol:
    """The protocol that fits the step's kind.

    A ReconcilerError that is thrown in (an answer that is no JSON, credentials that are refused) ends it as failed.
    Where the tenant may have carried out a write by then, it ends in doubt.
    """
    protocol = _replace(step) if step.kind.conditional else _send(step)
    doubt = step.doubt
    try:
        request = next(protocol)
        while True:
            response = yield request
            if request.method != "GET":
                doubt = doubt or response.unknown or found(response)
            request = protocol.send(response)
    except StopIteration as end:
        ended: Ended = end.value
    except ReconcilerError as failure:
        ended = Ended(outcome=Outcome.FAILED, error=failure.message, doubt=doubt)
    return _told(step, ended)


def _told(step: Step, ended: Ended) -> Ended:
    """Whoever reads the result is told what a doubt is about."""
    if not ended.doubt:
        return ended
    words = []
    if ended.outcome is Outcome.FAILED:
        words.append("Whether the tenant carried it out is not known; the next apply looks again.")
    if _makes_another(step):
        words.append("There may be two webhooks with this URL: look in the console, and delete one of them.")
    # The doubt comes first: a long message is cut in a table.
    return replace(ended, error=" ".join(filter(None, (*words, ended.error))) or None)


def _replace(step: Step) -> Protocol:
    """A conditional PUT of the whole object over what was just read."""
    live = yield from _look(step)
    waits = 0
    last = ""
    doubt = step.doubt
    for _ in range(step.attempts):
        against = live if isinstance(live, Ended) else _compare(step, live, sent=doubt)
        if against is not None or isinstance(live, Ended):
            return _doubted(against or _gone_wrong(""), doubt=doubt)
        request = step.kind.write(step.action, step.desired, live, step.id)
        assert request is not None
        response = yield replace(request, attempt=waits, precondition=live.version)
        if found(response):
            return (yield from _confirm(step, response, live))
        if not response.unknown and response.status not in _MOVED:
            return Ended(outcome=Outcome.FAILED, live=live, error=response.error, doubt=doubt)
        before, live, last = live, (yield from _look(step)), response.error
        if isinstance(live, Live) and live.version == before.version:
            waits += 1
            continue
        doubt = doubt or response.unknown
        if response.unknown and isinstance(live, Live) and _took(step.desired, live):
            ended = judge(step, live, before)
            if ended.outcome is not Outcome.PENDING or changed_more_than_status(step.action.changes):
                return ended
            waits += 1  # somebody else may have moved it: only an answer shows that the approval is owed
    against = live if isinstance(live, Ended) else _compare(step, live, sent=doubt)
    return _doubted(against or _gone_wrong(f"Given up after {step.attempts} attempts: {last}"), doubt=doubt)


def _doubted(ended: Ended, *, doubt: bool) -> Ended:
    """What was found in place leaves no doubt; all else does where a write's fate is not known."""
    return replace(ended, doubt=doubt and ended.outcome is not Outcome.UNCHANGED)


def changed_more_than_status(changes: Iterable[Change]) -> bool:
    """Whether a write brings a text that the tenant shows only if it was carried out."""
    return any(change.field != "status" for change in changes)


def _gone_wrong(why: str) -> Ended:
    return Ended(outcome=Outcome.FAILED, error=why)


def _look(step: Step) -> Generator[Request, Response, Live | Ended]:
    """The live object, with every compared field; Ended where it cannot be read."""
    request = step.kind.read(step.action.target)
    assert request is not None
    response = yield request
    if response.status == NOT_FOUND:
        return _gone_wrong(f"It is no longer in the tenant: {response.error}")
    if not found(response):
        return _gone_wrong(response.error)
    try:
        return tellable(whole(step.kind, response, request, step.action.target))
    except WrongShape as failure:
        return _gone_wrong(failure.message)


def _compare(step: Step, live: Live, *, sent: bool) -> Ended | None:
    """None to go on; Ended where somebody did it already, or moved a field that the plan compared.

    After a PUT that may have been carried out (``sent``), a status that waits for the carrier is no conflict.
    """
    if not moved(step.desired.fields, live.fields):
        return Ended(outcome=Outcome.UNCHANGED, live=live)
    planned = {**step.desired.fields, **{change.field: change.live for change in step.action.changes}}
    elsewhere = moved(planned, live.fields)
    waits = step.kind.owes(step.desired.fields, live.fields, step.policy) == "pending"
    if elsewhere and not (sent and waits and elsewhere == ("status",)):
        names = ", ".join(elsewhere)
        return Ended(
            outcome=Outcome.CONFLICT,
            live=live,
            error=f"Somebody changed {names} since the plan was made (updated_at {live.version}); nothing was "
            "overwritten. Plan again.",
        )
    return None


def _confirm(step: Step, response: Response, before: Live) -> Protocol:
    """What the tenant shows after a PUT that it answered with success."""
    live = _shown_in(step, response)
    if live is not None:
        return judge(step, live, before)
    shown = yield from _look(step)
    if isinstance(shown, Ended):
        return replace(shown, doubt=True, error=f"Sent, and could not be read back: {shown.error}")
    return judge(step, shown, before)


def _shown_in(step: Step, response: Response) -> Live | None:
    """The template in a PUT's answer; None where the answer is less than that, or another, so that it is read."""
    body = response.body if isinstance(response.body, dict) else {}
    try:
        live = step.kind.live({"id": step.action.target, **body}, f"PUT {step.action.target}")
    except WrongShape:
        return None
    told = "status" in live.fields and live.version is not None and live.target == step.action.target
    return tellable(live) if told else None


def judge(step: Step, live: Live, before: Live) -> Ended:
    """The outcome by what the tenant shows, not by what it answered."""
    differing = [name for name in moved(step.desired.fields, live.fields) if name != "status"]
    wanted = step.desired.fields["status"]
    status = live.fields.get("status")
    if differing:
        return Ended(
            outcome=Outcome.FAILED,
            live=live,
            error=f"The tenant took the write and shows another {', '.join(differing)} than was sent; its status is "
            f"{status}. Look at the template in the console, then plan again.",
        )
    if status == wanted:
        return Ended(outcome=Outcome.APPLIED, live=live)
    state = step.kind.owes(step.desired.fields, live.fields, step.policy)
    if state == "pending":
        return Ended(outcome=Outcome.PENDING, live=live, owed=live.version != before.version)
    if state == "held":
        return Ended(outcome=Outcome.HELD, live=live, error=f"The tenant took it and shows status {status}.")
    return Ended(
        outcome=Outcome.FAILED,
        live=live,
        error=f"The tenant took it and shows status {status}, not {wanted}.",
    )


def _took(desired: Desired, live: Live) -> bool:
    """Whether the object carries what was sent, whatever became of its status."""
    return all(name == "status" for name in moved(desired.fields, live.fields))


def _send(step: Step) -> Protocol:
    """A POST, or a PUT of what cannot be read whole. A lost answer is looked up where there is a list."""
    unsettled = step.doubt and (not step.listed or _rewrites_secret(step))
    twice = unsettled and _makes_another(step)
    for attempt in range(step.attempts):
        request = step.kind.write(step.action, step.desired, None, step.id)
        if request is None:
            return _blocked(step, "its id is not known")
        key = step.key if request.method == "POST" else None
        response = yield replace(request, idempotency_key=key, attempt=attempt)
        if found(response):
            return Ended(outcome=Outcome.APPLIED, id=_id_of(response) or step.id, doubt=twice)
        if not response.unknown:
            ended = yield from _refused(step, response)
            return replace(ended, doubt=twice or (unsettled and ended.outcome is Outcome.FAILED))
        read, live = (yield from _find(step)) if step.listed and not _rewrites_secret(step) else (False, None)
        if live is not None:
            return Ended(outcome=Outcome.APPLIED, live=live, id=live.id)
        unsettled = not read
        twice = twice or (_makes_another(step) and not read)
    return Ended(
        outcome=Outcome.FAILED,
        doubt=True,
        error=f"Given up after {step.attempts} attempts, its fate is not known: {response.error}",
    )


def _makes_another(step: Step) -> bool:
    """Whether sending it twice makes two."""
    return step.kind.duplicates and step.action.operation == "create"


def _rewrites_secret(step: Step) -> bool:
    """Whether it changes what no list shows, so that a list proves nothing of it."""
    return step.action.operation == "rotate"


def _refused(step: Step, response: Response) -> Protocol:
    """The end of a write that the tenant refused: somebody may have done it, or the tenant may not have the call."""
    changes_there = step.action.operation != "create" and step.kind.secret
    if changes_there and no_such_call(response):
        return _blocked(step, f"the tenant does not have the call ({response.error})")
    if response.status in _MOVED and step.listed and not changes_there:
        _, live = yield from _find(step)
        if live is not None:
            return Ended(outcome=Outcome.UNCHANGED, live=live, id=live.id)
    return Ended(outcome=Outcome.FAILED, error=response.error)


def _blocked(step: Step, why: str) -> Ended:
    accept = f", then record that with `reconciler audit accept --target {step.action.target} --reason '…'`"
    return Ended(
        outcome=Outcome.BLOCKED,
        error=f"The {step.kind.noun} cannot be changed through the API: {why}. Change it in the console"
        f"{accept if step.kind.secret else ''}.",
    )


def _find(step: Step) -> Generator[Request, Response, tuple[bool, Live | None]]:
    """Whether the list could be read to its end, and the object in it as it was sent, None where it is not there."""
    arrived: list[Live] = []

    def take(live: Live) -> bool:
        shown = tellable(live)
        if shown.target == step.action.target and shows(shown, step.desired.fields):
            arrived.append(shown)
        return bool(arrived)

    try:
        end = yield from read_list(step.kind, take)
    except WrongShape:
        return False, None
    return found(end.response), next(iter(arrived), None)


def _id_of(response: Response) -> str | None:
    found_id = response.body.get("id") if isinstance(response.body, dict) else None
    if isinstance(found_id, int) and not isinstance(found_id, bool):
        return str(found_id)
    return printable(found_id) if isinstance(found_id, str) else None
