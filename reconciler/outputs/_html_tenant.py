"""One tenant's part of an HTML report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds import discover
from reconciler.outputs import _history_words as words
from reconciler.outputs import _html_timeline as timeline
from reconciler.outputs._html_parts import (
    WAIVED,
    badge,
    entry,
    facts,
    latency,
    message,
    review,
    shade,
    table,
    value,
    waivers,
)
from reconciler.outputs._markup import Markup, code, day, element, foreign, join, when
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.audit.report.history import Object, Open, Template, Tenant
    from reconciler.outputs._html_timeline import Scale
    from reconciler.outputs._markup import Content


def sections(tenant: Tenant, number: int, scale: Scale) -> Iterator[Markup]:
    """The parts of the tenant's section, in the page's order; ``number`` counts tenants from 1 and makes ids unique."""
    anchors = {one.id: f"template-{number}-{place}" for place, one in enumerate(tenant.templates, 1)}
    yield _part(number, "approved", "Approved now, as last recorded", [_approved(tenant, anchors)])
    yield _part(number, "waiting", "Not done yet", [_waiting(tenant)])
    yield _part(
        number,
        "timeline",
        "What happened when",
        [timeline.lanes(tenant, scale, anchors), timeline.runs(tenant.runs, shown(tenant))],
    )
    yield _part(number, "exemptions", "Exemptions from rules", [_exemptions(tenant)])
    yield _part(number, "drift", "Changes in the console that were undone", [_undone(tenant)])
    yield _part(
        number,
        "templates",
        "Templates",
        [_template(template, anchors[template.id]) for template in tenant.templates],
    )
    for kind in discover().values():
        if not kind.of_template:
            mine = [_object(one) for one in tenant.objects if one.phase == kind.phase]
            yield _part(number, kind.collection, kind.heading, mine)
    yield _part(number, "delivery", "Copies in the tenant's own audit log", [_delivery(tenant)])
    yield _part(number, "latency", "How long it took", [_latency(tenant)])


def shown(tenant: Tenant) -> frozenset[int]:
    """The records that have an entry of their own on the page."""
    entries = [entry for one in tenant.templates for entry in (*one.approvals, *one.registrations)]
    entries += [entry for one in tenant.objects for entry in one.entries]
    return frozenset(entry.seq for entry in entries)


def _part(number: int, name: str, title: str, content: list[Markup]) -> Markup:
    anchor = f"tenant-{number}-{name}"
    body = content if any(content) else [element("p", "None.")]
    return element("section", element("h3", title, id=anchor), *body, aria_labelledby=anchor)


def _approved(tenant: Tenant, anchors: dict[str, str]) -> Markup:
    rows: list[list[Content]] = []
    for template in tenant.templates:
        one = template.approved
        if one is None:
            continue
        pull = one.review.pull_request if one.review is not None else None
        ready = badge("good", "yes") if template.carrier_ready else badge("bad", "no")
        name = element("a", foreign(template.id), href=f"#{anchors[template.id]}")
        text = message(one.content) if one.content is not None else code(str(one.content_sha256))
        by = (
            join([review(one.review), element("div", foreign(pull), class_="soft")])
            if pull
            else review(one.review)
        )
        rows.append([name, text, by, when(one.at), ready])
    if not rows:
        return Markup()
    heads = ["Template", "Text", "Approved by, in pull request", "Since", "Ready for carriers"]
    return table("Templates that are live and approved", heads, rows, class_="approvals")


def _waiting(tenant: Tenant) -> Markup:
    rows: list[list[Content]] = [
        [
            join([f"{words.operation(one)} ", foreign(one.target)]),
            badge(shade(one.state), words.STATES.get(one.state, one.state)),
            when(one.at),
            review(one.review),
            _why(one),
        ]
        for one in tenant.open
    ]
    if not rows:
        return Markup()
    return table(
        "Steps that wait or did not succeed", ["Step", "State", "Since", "Approved by", "More"], rows
    )


def _why(one: Open) -> Content:
    return foreign(one.error) if one.error else element("span", f"record {one.seq}", class_="soft")


def _exemptions(tenant: Tenant) -> Markup:
    objects = [(one.id, one.waivers) for one in tenant.templates]
    objects += [(one.target, one.waivers) for one in tenant.objects]
    rows: list[list[Content]] = [
        [
            foreign(name),
            code(one.waiver.rule),
            day(one.waiver.expires),
            badge(WAIVED[one.state], words.WAIVERS[one.state]),
            foreign(one.waiver.reason),
        ]
        for name, excuses in objects
        for one in excuses
    ]
    if not rows:
        return Markup()
    return table("Waivers, as last recorded", ["For", "Rule", "Until and with", "State", "Reason"], rows)


def _undone(tenant: Tenant) -> Markup:
    rows: list[list[Content]] = [
        [
            join([foreign(one.target), ", ", foreign(one.field)]),
            element("del", value(one.found)),
            element("ins", value(one.restored)),
            when(one.confirmed_at),
            when(one.at),
        ]
        for one in tenant.undone
    ]
    if not rows:
        return Markup()
    heads = ["What", "The tenant showed", "Put back to", "Confirmed before", "Undone"]
    return table("Somebody changed these outside of review; a run put them back", heads, rows)


def _template(template: Template, anchor: str) -> Markup:
    state = template.periods[-1] if template.periods else None
    sign = (
        badge(shade(state.state), words.PERIODS.get(state.state, state.state))
        if state
        else badge("quiet", "not approved from here")
    )
    ready = (
        badge("good", "ready for carriers")
        if template.carrier_ready
        else badge("quiet", "not ready for carriers")
    )
    entries = sorted((*template.approvals, *template.registrations), key=lambda one: one.seq, reverse=True)
    about = facts(
        [
            ("Since", when(state.began) if state else None),
            ("Exempt from", waivers(template.waivers)),
            ("Took", latency(template.latency)),
        ]
    )
    return _article(template.id, anchor, [sign, ready], about, [entry(one) for one in entries])


def _object(one: Object) -> Markup:
    confirmed = one.confirmed
    sign = badge("good", "in place") if confirmed is not None else badge("bad", "not known to be in place")
    about = facts(
        [
            ("Since", when(confirmed.at) if confirmed is not None else None),
            ("Exempt from", waivers(one.waivers)),
        ]
    )
    entries = [entry(each) for each in reversed(one.entries)]
    return _article(one.target, None, [sign], about, entries)


def _article(
    name: str, anchor: str | None, signs: list[Markup], about: Markup, entries: list[Markup]
) -> Markup:
    title = element("div", element("h4", foreign(name)), *signs, class_="title")
    said = (
        "its records in the time of this report, the latest first"
        if entries
        else "no record in the time of this report"
    )
    listed = element("ol", *entries, class_="entries", reversed="reversed") if entries else Markup()
    return element(
        "article", title, about, element("p", said, class_="soft"), listed, class_="object", id=anchor
    )


def _delivery(tenant: Tenant) -> Markup:
    if not tenant.undelivered:
        return element("p", "All records that belong there were delivered.")
    rows: list[list[Content]] = [
        [f"record {one.seq}", when(one.at), join([f"{words.operation(one)} ", foreign(one.target)])]
        for one in tenant.undelivered
    ]
    said = f"{counted(len(rows), 'record')} not delivered yet; safe in the log that this report was made from"
    return table(said, ["Record", "Written", "About"], rows)


def _latency(tenant: Tenant) -> Markup:
    if tenant.latency is None:
        return element("p", "Nothing was measured.")
    measured = [
        (template.id, template.latency) for template in tenant.templates if template.latency is not None
    ]
    rows: list[list[Content]] = [
        [name, str(one.count), f"{one.p50} ms", f"{one.p90} ms", f"{one.p99} ms", f"{one.longest} ms"]
        for name, one in (("All templates", tenant.latency), *measured)
    ]
    said = "From the start of a template's check to the end of its last step, by nearest rank"
    return table(
        said, ["Template", "Runs", "Median", "90 % within", "99 % within", "Longest"], rows, class_="numbers"
    )
