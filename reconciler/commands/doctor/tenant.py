"""Verdicts on the tenant: its token, its calls, its clock. Nothing was written to find out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.kinds import discover
from reconciler.kinds._responses import FORBIDDEN, NOT_FOUND, complete, found, may_pass, no_such_call, strong
from reconciler.outputs._results import Check, CheckState, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from reconciler.core.model import Live
    from reconciler.core.wire import Request, Response
    from reconciler.kinds._base import Kind

GROUP = "Tenant"
READ = "messaging:read"
MOST_SKEW = 60
"""Seconds between two clocks beyond which a token's life and a webhook's timestamp are no longer judged alike."""

_ELSEWHERE = (
    "Check CXONE_BASE_URL: something else may answer there. If it is the tenant, its API differs from the one that "
    "this tool knows."
)
_LATER = "Run again later; -v shows each call."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One read and what came of it: an answer, or ``flaw``, the error that stands for one.

    ``media_type`` is the answer's; ``lives`` what it showed; ``more`` whether a list goes on.
    """

    request: Request
    response: Response | None = None
    flaw: str = ""
    media_type: str = ""
    lives: tuple[Live, ...] = ()
    more: bool = False

    @property
    def said(self) -> str:
        """The error without the call's name, which stands beside it."""
        error = self.flaw or (self.response.error if self.response is not None else "")
        return error.removeprefix(f"{self.request.call}: ")


def token(url: str, failure: str | None) -> Check:
    """Whether there is one. An error of the client's says itself what to check."""
    if failure is None:
        return _check("token", CheckState.OK, f"granted by {url}")
    return _check(
        "token",
        CheckState.PROBLEM,
        failure,
        "Fix this first: nothing else of the tenant can be checked without a token.",
    )


def token_untried(why: str) -> Check:
    """There is nobody to ask."""
    return _check("token", CheckState.SKIPPED, why)


def scopes(asked: Collection[str], granted: Collection[str] | None) -> Check:
    """What the token grants, against what all calls need. Scopes that were left out on purpose are a warning."""
    has = granted if granted is not None else (asked or _needed())
    lacking = [scope for scope in _needed() if scope not in has]
    if not lacking:
        unsaid = (
            "the token's answer names none, so they are granted as asked for: " if granted is None else ""
        )
        return _check("scopes", CheckState.OK, unsaid + ", ".join(_needed()))
    names = ", ".join(lacking)
    meant = bool(asked) and not set(lacking) & set(asked) and READ not in lacking
    if meant:
        return _check(
            "scopes",
            CheckState.WARNING,
            f"without {names}, which CXONE_SCOPES does not ask for: enough for a plan, not to apply it",
            "Where changes are applied, ask for them, with a client that may have them.",
        )
    return _check(
        "scopes",
        CheckState.PROBLEM,
        f"the token lacks {names}",
        f"Grant the client {names} in the CXone console. Where only plans are made, set CXONE_SCOPES={READ}.",
    )


def listing(kind: Kind, asked: Asked) -> Check:
    """Whether the list is there; without it the tool goes on (help http)."""
    name = asked.request.call
    if asked.flaw or asked.response is None:
        return _check(name, CheckState.PROBLEM, asked.said, _ELSEWHERE)
    if asked.response.status == FORBIDDEN:
        without = (
            "each template is read by id"
            if kind.conditional
            else "what is there is known from the audit log alone"
        )
        return _check(
            name, CheckState.WARNING, f"refused, so done without: {without}. {asked.said}", _grant(asked)
        )
    if no_such_call(asked.response):
        without = (
            "each template is read by id"
            if kind.conditional
            else "the audit log remembers what was done: keep it"
        )
        return _check(
            name, CheckState.OK, f"this tenant does not have it ({asked.response.status}); {without}"
        )
    if not found(asked.response):
        return _check(
            name, CheckState.PROBLEM, asked.said, _LATER if may_pass(asked.response) else _ELSEWHERE
        )
    shown = ("the first " if asked.more else "") + counted(len(asked.lives), kind.name)
    short = kind.conditional and any(not complete(kind, live) for live in asked.lives)
    return _check(
        name, CheckState.OK, shown + ("; they are summaries, so each is read by id" if short else "")
    )


def one(kind: Kind, asked: Asked, target: str, source: str | None, *, made_up: bool) -> Check:
    """Whether a template can be read by its id; ``source`` is the file that names it. A made-up id must be a 404."""
    name = by_id(kind)
    if asked.flaw or asked.response is None:
        return _check(name, CheckState.PROBLEM, asked.said, _ELSEWHERE)
    if asked.response.status == FORBIDDEN:
        return _check(name, CheckState.PROBLEM, asked.said, _grant(asked))
    if asked.response.status == NOT_FOUND:
        return _absent(name, asked, target, source, made_up=made_up)
    if not found(asked.response):
        return _check(
            name, CheckState.PROBLEM, asked.said, _LATER if may_pass(asked.response) else _ELSEWHERE
        )
    if made_up:
        return _check(
            name,
            CheckState.PROBLEM,
            f"{target}, which nobody can have made, is answered as if it were there",
            _ELSEWHERE,
        )
    return _check(name, CheckState.OK, f"{target} was read")


def _absent(name: str, asked: Asked, target: str, source: str | None, *, made_up: bool) -> Check:
    if asked.media_type and not asked.media_type.endswith("json"):
        what = f"answered 404 as {asked.media_type}, not as an API does"
        return _check(name, CheckState.PROBLEM, what, _ELSEWHERE)
    if made_up:
        return _check(name, CheckState.OK, "a made-up id is answered with 404; there is no template to try")
    return _check(
        name,
        CheckState.PROBLEM,
        f"{target}{f' ({source})' if source else ''} is not in the tenant (404)",
        "Create it in the CXone console, or correct its id; `reconciler plan` names all that are missing. If all are, "
        "check CXONE_BASE_URL.",
    )


def etag(asked: Asked | None) -> Check:
    """Whether a write can be made conditional by HTTP."""
    if asked is None or not asked.lives or asked.response is None:
        return _check("ETag", CheckState.SKIPPED, "no template was read")
    if asked.response.etag is None:
        return _check(
            "ETag",
            CheckState.OK,
            "this tenant has none: a write is guarded by meta.updated_at, if the tenant checks it",
        )
    if strong(asked.response.etag) is None:
        return _check(
            "ETag",
            CheckState.OK,
            "weak (W/…, as a proxy that compresses makes it), so it is not sent back as If-Match: a write is guarded "
            "by meta.updated_at, if the tenant checks it",
        )
    return _check(
        "ETag",
        CheckState.OK,
        "there, and sent back as If-Match, so that an edit in between is not overwritten",
    )


def writes(granted: Collection[str] | None, audit: tuple[str, str]) -> Iterator[Check]:
    """Calls that change something, which are not tried; ``audit`` is the audit log's call and its scope."""
    for call, scope in _writes(audit):
        if granted is None:
            said = "taken as granted, since the token's answer names no scopes"
        else:
            said = f"the token {'grants' if scope in granted else 'lacks'} {scope}"
        yield _check(call, CheckState.SKIPPED, f"not tried, as it writes; {said}")
    yield _check(
        "Idempotency-Key", CheckState.SKIPPED, "a tenant may honour or ignore it, and nobody can tell which"
    )


def clock(ahead: float | None) -> Check:
    """How far apart the clocks are: ``ahead`` is by how many seconds this one is."""
    if ahead is None:
        return _check("clock", CheckState.SKIPPED, "the tenant's answers have no Date to compare with")
    said = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the tenant's"
    if abs(ahead) <= MOST_SKEW:
        return _check(
            "clock", CheckState.OK, f"this machine's is {said}" if abs(ahead) >= 2 else "as the tenant's"
        )
    return _check(
        "clock",
        CheckState.WARNING,
        f"this machine's is {said}: records get wrong times, and webhooks are taken for replays",
        "Set the clock, by NTP.",
    )


def untried(why: str, audit: tuple[str, str]) -> Iterator[Check]:
    """Everything that needs a token, where there is none."""
    kinds = discover().values()
    reads = [kind.listing(None).call for kind in kinds] + [by_id(kind) for kind in kinds if kind.conditional]
    calls = (call for call, _ in _writes(audit))
    for name in ("scopes", *reads, "ETag", *calls):
        yield _check(name, CheckState.SKIPPED, why)


def by_id(kind: Kind) -> str:
    """What the read of one object is called."""
    request = kind.read("{id}")
    assert request is not None
    return request.call


def _grant(asked: Asked) -> str:
    return f"Grant the client {asked.request.scope} in the CXone console, and check CXONE_SCOPES."


def _writes(audit: tuple[str, str]) -> Iterator[tuple[str, str]]:
    for kind in discover().values():
        for call in kind.writes:
            yield call, kind.scope
    yield audit


def _needed() -> Sequence[str]:
    return tuple(dict.fromkeys((READ, *(kind.scope for kind in discover().values()))))


def _check(name: str, state: CheckState, said: str, fix: str = "") -> Check:
    return Check(group=GROUP, name=name, state=state, found=said, fix=fix)
