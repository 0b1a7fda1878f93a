"""A history in Markdown, for a job's summary: verdict, what needs attention, what is approved, what is not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.outputs import _history_words as words
from reconciler.outputs._marks import cell, code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.report.history import Attention, History, Tenant


def head(history: History) -> list[str]:
    """The heading with the verdict, whether the log is intact, and the log's head."""
    lines = [f"## {words.verdict(history)}", "", words.chain(history.chain)]
    if history.chain.head is not None:
        lines += ["", f"Audit head {code(history.chain.head)}"]
    return [*lines, ""]


def details(history: History) -> list[list[str]]:
    """Blocks of lines, the gravest first."""
    blocks = [[_point(one)] for one in history.attention]
    if blocks:
        blocks[0] = [f"### Needs attention ({len(blocks)})", "", *blocks[0]]
    for tenant in history.tenants:
        blocks += _tenant(tenant)
    return blocks


def _point(one: Attention) -> str:
    record = f" (record {one.seq})" if one.seq is not None else ""
    return f"- {code(words.attention(one), most=600)}{record}"


def _tenant(tenant: Tenant) -> Iterator[list[str]]:
    yield ["", f"### Tenant {code(tenant.base_url)}", ""]
    approved = [
        (template, template.approved) for template in tenant.templates if template.approved is not None
    ]
    if approved:
        yield ["| Approved | Since | By | Pull request | Carrier-ready |", "|---|---|---|---|---|"]
    for template, one in approved:
        pull = cell(one.review.pull_request) if one.review and one.review.pull_request else "none recorded"
        ready = "yes" if template.carrier_ready else "**no**"
        yield [f"| {cell(template.id)} | {one.at[:10]} | {cell(words.who(one.review))} | {pull} | {ready} |"]
    if tenant.open:
        yield ["", "| Not done | State | Since |", "|---|---|---|"]
    for each in tenant.open:
        state = words.STATES.get(each.state, cell(each.state))
        yield [f"| {cell(words.action(each))} | {state} | {each.at[:10]} |"]
