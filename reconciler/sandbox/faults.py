"""What ``sandbox --fault`` can break: each text is ``NAME`` or ``NAME=VALUE``, and any number may be given.

``KNOWN`` lists them with their meaning. A Faults value is what the tenant is like; the gate counts them down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.core.errors import UsageProblem
from reconciler.core.suggest import nearest
from reconciler.sandbox import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable

CALLS = (
    "get-template",
    "list-registrations",
    "list-templates",
    "list-webhooks",
    "post-audit",
    "post-registration",
    "post-webhook",
    "put-template",
    "put-webhook",
    "token",
)
LISTS = ("registrations", "templates", "webhooks")

Setting = Callable[["Faults", str, str], "Faults"]
"""From a tenant, a fault's whole text and its value to the tenant with that fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The first ``count`` requests of ``call`` answer ``status``; ``retry_after`` in seconds or no header."""

    call: str
    status: int
    count: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Something that befalls ``what`` (a call or a field) the first ``count`` times; None: always."""

    what: str
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What this tenant lacks or does wrong; the default is a tenant with every extension and no fault.

    ``token_uses``: requests a token is good for; ``scopes``: what it grants at most.
    """

    absent_lists: tuple[str, ...] = ()
    forbidden_lists: tuple[str, ...] = ()
    webhook_put: bool = True
    etag: bool = True
    idempotency: bool = True
    webhook_id: bool = True
    put_204: bool = False
    carrier: str = "prompt"
    summaries: bool = False
    page: int = 500
    latency_ms: int = 0
    rate: int | None = None
    fail: tuple[Fail, ...] = ()
    drop: tuple[Times, ...] = ()
    html: tuple[Times, ...] = ()
    race: tuple[Times, ...] = ()
    token_uses: int | None = None
    scopes: tuple[str, ...] = SCOPES
    scope_answered: bool = True


def parse(texts: Iterable[str]) -> Faults:
    """Faults from the texts of ``--fault``. UsageProblem for an unknown name or a wrong value."""
    faults = Faults()
    for text in texts:
        name, equals, value = text.partition("=")
        if name not in _BY_NAME:
            raise UsageProblem(_unknown(name))
        written, setting = _BY_NAME[name]
        takes_value = "=" in written
        if takes_value != bool(equals):
            raise _wrong(text, "it needs a value" if takes_value else "it takes no value")
        faults = setting(faults, text, value)
    return faults


def _unknown(name: str) -> str:
    near = nearest(name, _BY_NAME)
    hint = f" Did you mean {near}?" if near else ""
    return f"Unknown fault {name!r}.{hint} Known are: {', '.join(written for written, _ in KNOWN)}."


def _wrong(text: str, why: str) -> UsageProblem:
    written, _ = _BY_NAME[text.partition("=")[0]]
    return UsageProblem(f"The fault {text!r} cannot be used: {why}. It is written {written}.")


def _number(text: str, value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most):
        raise _wrong(text, f"{value!r} is not a number from {least} to {most}")
    return int(value)


def _one_of(text: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise _wrong(text, f"{value!r} is not one of {', '.join(allowed)}")
    return value


def _with(faults: Faults, field: str, value: object) -> Faults:
    changed: dict[str, Any] = {field: value}
    return replace(faults, **changed)


def _lists(field: str) -> Setting:
    return lambda faults, text, value: _with(
        faults, field, tuple(sorted({*getattr(faults, field), _one_of(text, value, LISTS)}))
    )


def _flag(field: str, *, value: object) -> Setting:
    return lambda faults, _, __: _with(faults, field, value)


def _count(field: str, least: int, most: int) -> Setting:
    return lambda faults, text, value: _with(faults, field, _number(text, value, least, most))


def _times(field: str, *, of_calls: bool = True, endless: bool = False) -> Setting:
    def setting(faults: Faults, text: str, value: str) -> Faults:
        what, colon, number = value.partition(":")
        if of_calls:
            _one_of(text, what, CALLS)
        elif not what:
            raise _wrong(text, "it names no field")
        count = _number(text, number, 1, 10**6) if colon else None if endless else 1
        return _with(faults, field, (*getattr(faults, field), Times(what=what, count=count)))

    return setting


def _fail(faults: Faults, text: str, value: str) -> Faults:
    parts = value.split(":")
    if not 2 <= len(parts) <= 4:
        raise _wrong(text, "a call and a status are needed")
    fail = Fail(
        call=_one_of(text, parts[0], CALLS),
        status=_number(text, parts[1], 400, 599),
        count=_number(text, parts[2], 1, 10**6) if len(parts) > 2 else 1,
        retry_after=_number(text, parts[3], 0, 10**6) if len(parts) > 3 else None,
    )
    return replace(faults, fail=(*faults.fail, fail))


def _scope(faults: Faults, text: str, value: str) -> Faults:
    asked = value.replace(",", " ").split()
    for scope in asked:
        _one_of(text, scope, SCOPES)
    return replace(faults, scopes=tuple(scope for scope in SCOPES if scope in asked))


def _six_calls(faults: Faults, _: str, __: str) -> Faults:
    return replace(faults, absent_lists=LISTS, webhook_put=False, etag=False, idempotency=False)


def _carrier(faults: Faults, text: str, value: str) -> Faults:
    return replace(faults, carrier=_one_of(text, value, ("prompt", "slow", "reject")))


_FAULTS: tuple[tuple[str, str, Setting], ...] = (
    (
        "six-calls",
        "the tutorial's six calls alone: no lists, no webhook PUT, no ETag, no Idempotency-Key",
        _six_calls,
    ),
    ("no-lists", "every list answers 404", _flag("absent_lists", value=LISTS)),
    ("no-list=LIST", f"one list answers 404; LIST is one of {', '.join(LISTS)}", _lists("absent_lists")),
    ("forbid-list=LIST", "one list answers 403", _lists("forbidden_lists")),
    ("no-webhook-put", "PUT of a webhook answers 405", _flag("webhook_put", value=False)),
    ("no-etag", "no ETag, and If-Match is ignored", _flag("etag", value=False)),
    ("no-idempotency", "Idempotency-Key is ignored", _flag("idempotency", value=False)),
    ("no-webhook-id", "the answer to POST of a webhook has no id", _flag("webhook_id", value=False)),
    ("put-204", "PUT of a template answers 204 without a body", _flag("put_204", value=True)),
    (
        "carrier=HOW",
        "prompt; slow: approvals become SUBMITTED until decided; reject: they become REJECTED",
        _carrier,
    ),
    ("summaries", "listed templates lack content and from_address", _flag("summaries", value=True)),
    ("page=N", "a list's page holds at most N items", _count("page", 1, 500)),
    ("latency=MS", "every answer takes MS milliseconds longer", _count("latency_ms", 0, 60_000)),
    ("rate=N", "beyond N requests a second: 429 with Retry-After", _count("rate", 1, 10**6)),
    (
        "fail=CALL:STATUS[:COUNT[:RETRY_AFTER]]",
        "the first COUNT (1) requests of CALL answer STATUS, undone",
        _fail,
    ),
    (
        "drop=CALL[:COUNT]",
        "the first COUNT (1) requests of CALL are carried out, and the connection closed",
        _times("drop"),
    ),
    (
        "html=CALL[:COUNT]",
        "requests of CALL answer 200 with an HTML page, undone",
        _times("html", endless=True),
    ),
    (
        "race=FIELD[:COUNT]",
        "the first COUNT (1) PUTs of a template come just after an edit of FIELD",
        _times("race", of_calls=False),
    ),
    ("expire-tokens=N", "a token is good for N requests", _count("token_uses", 1, 10**6)),
    ("scope=SCOPES", "tokens get these scopes at most (comma separated)", _scope),
    ("no-scope", "the token's answer has no scope", _flag("scope_answered", value=False)),
)
"""How each fault is written, what it does, and how a tenant is given it."""

KNOWN = tuple((written, meaning) for written, meaning, _ in _FAULTS)
"""How each fault is written and what it does, for help texts. CALL is one of ``CALLS``."""

_BY_NAME = {written.partition("=")[0]: (written, setting) for written, _, setting in _FAULTS}
