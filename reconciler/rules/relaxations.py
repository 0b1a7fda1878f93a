"""Relaxed rules of a branch: new waivers, lowered severities, wider patterns. Plans warn of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.rules import discover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Document, Policy

_RANK = {"error": 2, "warning": 1, "ignore": 0}


def relaxations(
    before: Sequence[Document], base: Policy, after: Sequence[Document], policy: Policy
) -> tuple[str, ...]:
    """Sentences, one each: documents and policy at the merge base against those of the branch."""
    return (*_waivers(before, after), *_policy(base, policy))


def _waivers(before: Sequence[Document], after: Sequence[Document]) -> Iterator[str]:
    known: dict[tuple[str, str], str] = {}
    for document, waiver in _all(before):
        key = (_name(document), waiver["rule"])
        known[key] = max(known.get(key, ""), waiver["expires"])
    for document, waiver in _all(after):
        was = known.get((_name(document), waiver["rule"]))
        until = f"until {waiver['expires']}: {waiver['reason']}"
        if was is None:
            yield f"{_name(document)} is newly excused from {waiver['rule']} {until}"
        elif was < waiver["expires"]:
            yield f"{_name(document)} is excused from {waiver['rule']} for longer, {until}"


def _all(documents: Sequence[Document]) -> Iterator[tuple[Document, dict[str, str]]]:
    for document in documents:
        waivers = document.body.get("waivers")
        for waiver in waivers if isinstance(waivers, list) else ():
            if isinstance(waiver, dict) and all(isinstance(waiver.get(key), str) for key in _KEYS):
                yield document, waiver


_KEYS = ("rule", "reason", "expires")


def _name(document: Document) -> str:
    body = document.body
    return str(body.get("id") or body.get("url") or body.get("name"))


def _policy(base: Policy, policy: Policy) -> Iterator[str]:
    for code in sorted({*base.severities, *policy.severities}):
        default = str(discover()[code].severity) if code in discover() else "error"
        was, now = _by_class(base, code, default), _by_class(policy, code, default)
        for each in sorted({*was, *now}):
            before, after = was.get(each, was[""]), now.get(each, now[""])
            if _RANK.get(after, 2) < _RANK.get(before, 2) and (
                not each or after != now[""] or before != was[""]
            ):
                yield f"The policy makes {code} {after}{f' for {each}' if each else ''}, it was {before}"
    if policy.max_segments > base.max_segments:
        yield f"The policy allows {policy.max_segments} segments, it was {base.max_segments}"
    for field, what in _LISTS:
        added = [value for value in getattr(policy, field) if value not in getattr(base, field)]
        if added:
            yield f"The policy's {field} {what}: {', '.join(added)}"
    dropped = sorted(set(base.shorteners) - set(policy.shorteners))
    if dropped:
        yield f"The policy refuses fewer shorteners: {', '.join(dropped)}"
    if base.message_classes and not policy.message_classes:
        yield "The policy knows any message class, it named some"
    if base.tenants and set(policy.tenants) - set(base.tenants):
        yield f"The policy allows more tenants: {', '.join(sorted(set(policy.tenants) - set(base.tenants)))}"
    if base.tenants and not policy.tenants:
        yield "The policy allows any tenant, it named some"


def _by_class(policy: Policy, code: str, default: str) -> dict[str, str]:
    """The severity by message class; for every other one under the empty name."""
    written = policy.severities.get(code, default)
    if isinstance(written, str):
        return {"": written}
    return {
        "": written.get("default", default),
        **{key: one for key, one in written.items() if key != "default"},
    }


_LISTS = (
    ("sender_patterns", "accept more senders"),
    ("opt_out_phrases", "accept more instructions"),
    ("own_short_hosts", "except more hosts from CX108"),
    ("secret_env", "let more variables be sent as secrets"),
    ("message_classes", "know more classes"),
    ("approve_from", "let more statuses be approved over"),
)
