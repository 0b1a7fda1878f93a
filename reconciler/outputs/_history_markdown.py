"""A history in Markdown, for a job's summary: verdict, what wants attention, what is approved, what is not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.attention import grouped
from reconciler.outputs import _history_attention as attention
from reconciler.outputs import _history_words as words
from reconciler.outputs._marks import cell, code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.report.history import Group, History, Tenant


def head(history: History) -> list[str]:
    """The verdict, and whether the log can be believed."""
    lines = [f"## {words.verdict(history)}", "", words.chain(history.chain)]
    if history.chain.head is not None:
        lines += ["", f"Audit head {code(history.chain.head)}"]
    return [*lines, ""]


def details(history: History) -> list[list[str]]:
    """Blocks of lines, the gravest first."""
    known = words.names(history.tenants)
    blocks = [_point(group, known) for group in grouped(history.attention)]
    if blocks:
        blocks[0] = [f"### Needs attention ({len(history.attention)})", "", *blocks[0]]
    for tenant in history.tenants:
        blocks += _tenant(tenant)
    return blocks


def _point(group: Group, known: words.Names) -> list[str]:
    first, alike = group.attention[0], len(group.attention) > 1
    record = f" (record {first.seq})" if first.seq is not None and not alike else ""
    point = f"- {code(attention.what(group, known), most=600)}{record}"
    return [point, f"  {code(attention.who(group, known), most=1200)}"] if alike else [point]


def _tenant(tenant: Tenant) -> Iterator[list[str]]:
    known = words.names([tenant])
    yield ["", f"### Tenant {code(tenant.tenant)}", ""]
    approved = [
        (template, template.approved) for template in tenant.templates if template.approved is not None
    ]
    if approved:
        yield ["| Approved | Since | By | Pull request | Carrier-ready |", "|---|---|---|---|---|"]
    for template, one in approved:
        pull = cell(one.review.pull_request) if one.review and one.review.pull_request else "not recorded"
        ready = "yes" if template.carrier_ready else "**no**"
        name, by = cell(words.named(template.id, template.name)), cell(words.who(one.review))
        yield [f"| {name} | {one.at[:10]} | {by} | {pull} | {ready} |"]
    if tenant.open:
        yield ["", "| Not done | State | Since |", "|---|---|---|"]
    for each in tenant.open:
        state = words.STATES.get(each.state, cell(each.state))
        yield [
            f"| {cell(words.action(each, known.get((tenant.tenant, each.target))))} | {state} | {each.at[:10]} |"
        ]
