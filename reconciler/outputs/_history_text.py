"""A history in lines, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.attention import grouped
from reconciler.audit.report.history import Sighting
from reconciler.kinds import by_phase
from reconciler.outputs import _history_attention as attention
from reconciler.outputs import _history_words as words
from reconciler.outputs._blocks import Paragraph
from reconciler.outputs._wording import OUTCOME_STYLES, difference, shown, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.report.history import (
        Entry,
        Excuse,
        History,
        Latency,
        Object,
        Review,
        Template,
        Tenant,
    )
    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans

    Block = Spans | Paragraph


def blocks(history: History, look: Look) -> Iterator[Block]:
    """The report; the last line is the verdict."""
    yield from _head(history)
    for tenant in history.tenants:
        known = words.names([tenant])
        yield [(f"Tenant {visible(tenant.tenant)}", "strong")]
        yield []
        yield from _standing(tenant, known)
        for template in tenant.templates:
            yield from _template(template, look)
        for one in tenant.objects:
            yield from _object(one, look)
        yield from _undone(tenant)
        yield from _delivery(tenant)
        yield from _runs(tenant)
    style = "error" if not history.chain.intact else "warning" if history.attention else "new"
    yield Paragraph(spans=[(words.verdict(history), style)])


def _head(history: History) -> Iterator[Block]:
    chain = history.chain
    yield Paragraph(
        spans=[
            ("Audit report ", "strong"),
            (f"of {visible(history.log)}, made {_when(history.generated_at)}: {words.scope(history)}", ""),
        ]
    )
    yield Paragraph(
        spans=[
            ("Intact: " if chain.intact else "NOT INTACT: ", "new" if chain.intact else "error"),
            (words.chain(chain), ""),
        ]
    )
    if chain.broken is not None:
        yield Paragraph(spans=[(f"  {visible(chain.broken)}", "error")])
    if chain.head is not None:
        yield [("Head: ", "dim"), (visible(chain.head), "")]
    yield []
    if history.attention:
        yield [(f"Needs attention ({len(history.attention)})", "strong")]
        known = words.names(history.tenants)
        for group in grouped(history.attention):
            first, alike = group.attention[0], len(group.attention) > 1
            record = f" (record {first.seq})" if first.seq is not None and not alike else ""
            yield Paragraph(spans=[("  ! ", "warning"), (visible(attention.what(group, known)) + record, "")])
            if alike:
                yield Paragraph(spans=[("      ", ""), (visible(attention.who(group, known)), "dim")])
        yield []


def _standing(tenant: Tenant, known: words.Names) -> Iterator[Block]:
    approved = [template for template in tenant.templates if template.approved is not None]
    yield [(f"Approved, as last recorded ({len(approved)})", "strong")]
    for template in approved:
        entry = template.approved
        assert entry is not None
        ready = "carrier-ready" if template.carrier_ready else "NOT carrier-ready"
        yield [
            ("  + ", "new"),
            (visible(words.named(template.id, template.name)), "strong"),
            (f"  since {_when(entry.at)}, {visible(words.approved_by(entry.review))}", ""),
            (f"; {ready}", "dim" if template.carrier_ready else "error"),
        ]
    yield []
    if tenant.open:
        yield [(f"Not done ({len(tenant.open)})", "strong")]
        for one in tenant.open:
            yield Paragraph(
                spans=[
                    ("  … ", "warning"),
                    (visible(words.action(one, known.get((tenant.tenant, one.target)))), "strong"),
                    (f" – {words.STATES.get(one.state, visible(one.state))}, since {_when(one.at)}", ""),
                    (f" (record {one.seq})", "dim"),
                ]
            )
        yield []


def _template(template: Template, look: Look) -> Iterator[Block]:
    state = template.periods[-1] if template.periods else None
    said = f"  {words.PERIODS.get(state.state, state.state)} since {_when(state.began)}" if state else ""
    yield [(f"Template {visible(words.named(template.id, template.name))}", "strong"), (said, "")]
    yield from _waivers(template.waivers)
    if template.latency is not None:
        yield [("  latency  ", "dim"), (latency(template.latency), "")]
    for one in words.records(template):
        yield from _sighting(one) if isinstance(one, Sighting) else _entry(one, look)
    yield []


def _object(one: Object, look: Look) -> Iterator[Block]:
    said = f"  in place since {_when(one.confirmed.at)}" if one.confirmed else "  not known to be in place"
    yield [(f"{by_phase()[one.phase].noun.capitalize()} {visible(one.target)}", "strong"), (said, "")]
    yield from _waivers(one.waivers)
    for entry in one.entries:
        yield from _entry(entry, look)
    yield []


def _waivers(excuses: tuple[Excuse, ...]) -> Iterator[Block]:
    for one in excuses:
        style = "" if one.state == "in force" else "warning"
        until = f"until {visible(one.waiver.expires)} ({words.WAIVERS[one.state]})"
        rule = visible(one.waiver.rule)
        yield Paragraph(
            spans=[("  exempt   ", "dim"), (f"{rule} {until}: ", style), (visible(one.waiver.reason), "")]
        )


def _entry(entry: Entry, look: Look) -> Iterator[Block]:
    ready = "; carrier-ready" if entry.carrier_ready else ""
    status = f" {visible(entry.status)}" if entry.status and entry.status != entry.outcome else ""
    took = f"; {entry.latency_ms} ms" if entry.latency_ms is not None and entry.attempts else ""
    yield [
        (f"  {_when(entry.at)}  ", "dim"),
        (f"{visible(entry.operation)} ", "strong"),
        (f"{visible(entry.outcome)}{status}", OUTCOME_STYLES.get(entry.outcome, "error")),
        (f"{ready}{took}; record {entry.seq}", "dim"),
    ]
    width = max((8, *(len(visible(change.field)) for change in entry.changes)))
    for name, value in _facts(entry):
        yield _named(name, [(value, "")], width)
    for change in entry.changes:
        back = "  (put back)" if change.field in entry.undone else ""
        yield _named(visible(change.field), [*difference(change, color=look.color), (back, "warning")], width)


def _named(name: str, spans: Spans, width: int = 8) -> Paragraph:
    """What is told under a name, names padded to ``width``, so that all stand in one column."""
    label = f"      {name:<{width}}  "
    return Paragraph(spans=spans, hang=len(label), label=[(label, "dim")])


def _sighting(one: Sighting) -> Iterator[Block]:
    yield [
        (f"  {_when(one.at)}  ", "dim"),
        (f"{words.SEEN}: ", "strong"),
        (visible(one.status), "warning"),
        (f"; record {one.seq}", "dim"),
    ]
    yield _named("text", [(_text(one), "")])


def _text(one: Entry | Sighting) -> str:
    return shown(one.content) if one.content is not None else visible(one.content_sha256 or "not shown")


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    if words.has_text(entry) and entry.content_sha256 is not None:
        yield "text", _text(entry)
    yield "review", review(entry.review)
    git = entry.git
    files = [git.commit, git.ref, git.actor] if git is not None else []
    by = ", ".join(visible(part) for part in files if part)
    yield "run by", visible(entry.operator_id or "unknown") + (f" from {by}" if by else "")
    if entry.closes:
        yield "note", "an earlier run did this; how it ended was found out now"
    if entry.doubt:
        yield "doubt", "the tenant could not tell whether it arrived"
    for name, value in (("reason", entry.reason), ("error", entry.error)):
        if value:
            yield name, visible(value)


def review(said: Review | None) -> str:
    """Approvers, pull request, run and reason in a line."""
    parts = [words.approved_by(said)]
    if said is not None:
        named = (("pull request", said.pull_request), ("run", said.run), ("reason:", said.reason))
        parts += [f"{name} {value}" for name, value in named if value]
    return "; ".join(map(visible, parts))


def _undone(tenant: Tenant) -> Iterator[Block]:
    if tenant.undone:
        yield [(f"Drift undone ({len(tenant.undone)})", "strong")]
        for one in tenant.undone:
            yield Paragraph(
                spans=[
                    (f"  {_when(one.at)}  ", "dim"),
                    (f"{visible(one.target)} {visible(one.field)}", "strong"),
                    (f" – found {shown(one.found)}, put back to {shown(one.restored)}", ""),
                    (f" (record {one.seq}; confirmed before in record {one.confirmed})", "dim"),
                ]
            )
        yield []


def _delivery(tenant: Tenant) -> Iterator[Block]:
    if tenant.undelivered:
        numbers = ", ".join(str(entry.seq) for entry in tenant.undelivered)
        yield Paragraph(spans=[("Not delivered to the tenant: ", "strong"), (f"records {numbers}", "")])
        yield []
    if tenant.latency is not None:
        yield [("Latency, all templates: ", "strong"), (latency(tenant.latency), "")]
        yield []


def latency(said: Latency) -> str:
    """The percentiles and over how many."""
    return f"p50 {said.p50} ms, p90 {said.p90} ms, p99 {said.p99} ms, over {said.count}"


def _runs(tenant: Tenant) -> Iterator[Block]:
    if tenant.runs:
        yield [(f"Runs ({len(tenant.runs)})", "strong")]
        for run in tenant.runs:
            operator = visible(run.operator_id or "unknown")
            yield [(f"  {_when(run.began)}  ", "dim"), (f"{operator} – {visible(words.did(run))}", "")]
        yield []


def _when(at: str) -> str:
    return f"{at[:10]} {at[11:19]} UTC"
