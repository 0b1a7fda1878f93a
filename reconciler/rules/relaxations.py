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
    return str(document.body.get("id") or document.body.get("url"))


def _policy(base: Policy, policy: Policy) -> Iterator[str]:
    for code in sorted({*base.severities, *policy.severities}):
        default = str(discover()[code].severity) if code in discover() else "error"
        was, now = base.severities.get(code, default), policy.severities.get(code, default)
        if _RANK.get(now, 2) < _RANK.get(was, 2):
            yield f"The policy makes {code} {now}, it was {was}"
    if policy.max_segments > base.max_segments:
        yield f"The policy allows {policy.max_segments} segments, it was {base.max_segments}"
    for field, what in _LISTS:
        added = [value for value in getattr(policy, field) if value not in getattr(base, field)]
        if added:
            yield f"The policy's {field} {what}: {', '.join(added)}"
    if base.tenants and set(policy.tenants) - set(base.tenants):
        yield f"The policy allows more tenants: {', '.join(sorted(set(policy.tenants) - set(base.tenants)))}"
    if base.tenants and not policy.tenants:
        yield "The policy allows any tenant, it named some"


_LISTS = (
    ("sender_patterns", "accept more senders"),
    ("opt_out_phrases", "accept more instructions"),
    ("approve_from", "let more statuses be approved over"),
)
