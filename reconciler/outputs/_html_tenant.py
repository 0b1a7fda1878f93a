"""One tenant's part of an HTML report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.kinds import discover
from reconciler.outputs import _history_words as words
from reconciler.outputs import _html_templates as templates
from reconciler.outputs import _html_timeline as timeline
from reconciler.outputs._html_parts import (
    WAIVED,
    badge,
    message,
    pull_request,
    review,
    rows,
    shade,
    table,
    value,
)
from reconciler.outputs._html_room import FEW, fold, more
from reconciler.outputs._markup import Markup, code, day, element, foreign, join, when
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.audit.report.history import Open, Tenant
    from reconciler.outputs._html_room import Room
    from reconciler.outputs._html_timeline import Scale
    from reconciler.outputs._markup import Content

_FRAMES, _APPROVED, _RECORDS = 0.6, 0.8, 0.7
"""Shares of what is left, in turn: for folds without records, for approved texts, for records."""

_SLOWEST = 10
"""Templates whose times are listed; the others have theirs in their folds."""


def sections(tenant: Tenant, number: int, scale: Scale, room: Room) -> tuple[list[Markup], frozenset[int]]:
    """Everything about the tenant, what stands first, and the numbers of the records that are among it.

    What a reader asks for first takes its room first: the contents, a fold for each template, the approved texts.
    """
    part, names = _Part(number), {one.id: one.name for one in tenant.templates if one.name}
    anchors = {one.id: f"template-{number}-{place}" for place, one in enumerate(tenant.templates, 1)}
    index = templates.index(tenant, anchors, room)
    groups = _groups(tenant, anchors, room)
    approved = _approved(tenant, anchors, room)
    waiting = _waiting(tenant, names, room)
    objects, records = _objects(groups, part, room)
    exemptions, undone = _exemptions(tenant, names, room), _undone(tenant, names, room)
    delivery, lanes = _delivery(tenant, names, room), timeline.lanes(tenant, scale, anchors, room)
    parts = [
        part("index", "Templates at a glance", index),
        part("approved", "Approved now, as last recorded", approved),
        part("waiting", "Not done yet", waiting),
        part("timeline", "What happened when", lanes, timeline.runs(tenant, records, room)),
        part("exemptions", "Exemptions from rules", exemptions),
        part("drift", "Changes in the console that were undone", undone),
        *objects,
        part("delivery", "Copies in the tenant's own audit log", delivery),
        part("latency", "How long it took", _latency(tenant)),
    ]
    return parts, records


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The objects of one kind: those whose folds fit, and how many there are, with how many records."""

    name: str
    title: str
    fitting: Sequence[templates.Article]
    objects: int
    records: int


def _groups(tenant: Tenant, anchors: Mapping[str, str], room: Room) -> list[_Group]:
    total, frames = len(tenant.templates), room.part(_FRAMES)
    found = [
        (
            *("templates", "Templates"),
            [templates.of_template(one, anchors[one.id], total) for one in tenant.templates],
        )
    ]
    for kind in discover().values():
        if not kind.of_template:
            mine = [templates.of_object(one) for one in tenant.objects if one.phase == kind.phase]
            found.append((kind.collection, kind.heading, mine))
    return [
        _Group(
            name=name,
            title=title,
            fitting=[one for one in articles if frames.takes(templates.article(one, []))],
            objects=len(articles),
            records=sum(one.total for one in articles),
        )
        for name, title, articles in found
    ]


def _objects(groups: Sequence[_Group], part: _Part, room: Room) -> tuple[list[Markup], frozenset[int]]:
    """A fold for each template and each other object that fits, with the records that fit, and their numbers."""
    listed = [one for group in groups for one in group.fitting]
    kept = templates.chosen(listed, room.part(_RECORDS))
    room.missing["record"] += sum(group.records for group in groups) - sum(map(len, kept))
    made = iter([templates.article(one, mine.values()) for one, mine in zip(listed, kept, strict=True)])
    parts = []
    for group in groups:
        folds = [next(made) for _ in group.fitting]
        room.missing["object"] += group.objects - len(folds)
        parts.append(part(group.name, group.title, *folds, more("object", group.objects, folds)))
    return parts, frozenset(number for mine in kept for number in mine)


class _Part:
    """A section of a tenant."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, name: str, title: str, *content: Markup) -> Markup:
        """Under its heading, ``None.`` where there is nothing."""
        anchor = f"tenant-{self.number}-{name}"
        body = content if any(content) else [element("p", "None.")]
        return element("section", element("h3", title, id=anchor), *body, aria_labelledby=anchor)


def _listed(
    noun: str,
    caption: str,
    heads: Sequence[str],
    cells: Iterable[Sequence[Content]],
    total: int,
    room: Room,
    *,
    class_: str = "",
    share: float = 0.5,
) -> Markup:
    """A table of as many rows as fit, of so many in all, folded where it is long."""
    if not total:
        return Markup()
    body = room.fit(noun, rows(heads, cells), total, share)
    whole = join([table(caption, heads, body, class_=class_), more(noun, total, body)])
    return fold(counted(total, noun), whole, folded=total > FEW)


def _approved(tenant: Tenant, anchors: Mapping[str, str], room: Room) -> Markup:
    cells: list[list[Content]] = []
    for template in tenant.templates:
        one = template.approved
        if one is None:
            continue
        pull = pull_request(one.review)
        ready = badge("good", "yes") if template.carrier_ready else badge("bad", "no")
        name = element("a", foreign(template.id), href=f"#{anchors[template.id]}")
        beside = element("div", foreign(template.name), class_="name") if template.name else Markup()
        text = message(one.content) if one.content is not None else code(str(one.content_sha256))
        by = (
            join([review(one.review), element("div", pull, class_="soft")])
            if pull is not None
            else review(one.review)
        )
        cells.append([join([name, beside]), text, by, when(one.at), ready])
    heads = ["Template", "Text", "Approved by, in pull request", "Since", "Ready for carriers"]
    said = "Templates that are live and approved"
    return _listed(
        "approved template", said, heads, cells, len(cells), room, class_="approvals", share=_APPROVED
    )


def _waiting(tenant: Tenant, names: Mapping[str, str], room: Room) -> Markup:
    cells: list[list[Content]] = [
        [
            join([f"{words.operation(one)} ", _named(one.target, names)]),
            badge(shade(one.state), words.STATES.get(one.state, one.state)),
            when(one.at),
            review(one.review),
            _why(one),
        ]
        for one in tenant.open
    ]
    heads = ["Step", "State", "Since", "Approved by", "More"]
    return _listed("step", "Steps that wait or did not succeed", heads, cells, len(cells), room)


def _named(target: str, names: Mapping[str, str]) -> Markup:
    return foreign(words.named(target, names.get(target)))


def _why(one: Open) -> Content:
    return foreign(one.error) if one.error else element("span", f"record {one.seq}", class_="soft")


def _exemptions(tenant: Tenant, names: Mapping[str, str], room: Room) -> Markup:
    objects = [(one.id, one.waivers) for one in tenant.templates]
    objects += [(one.target, one.waivers) for one in tenant.objects]
    cells: list[list[Content]] = [
        [
            _named(name, names),
            code(one.waiver.rule),
            day(one.waiver.expires),
            badge(WAIVED[one.state], words.WAIVERS[one.state]),
            foreign(one.waiver.reason),
        ]
        for name, excuses in objects
        for one in excuses
    ]
    heads = ["For", "Rule", "Until and with", "State", "Reason"]
    return _listed("exemption", "Waivers, as last recorded", heads, cells, len(cells), room)


def _undone(tenant: Tenant, names: Mapping[str, str], room: Room) -> Markup:
    cells: Iterator[list[Content]] = (
        [
            join([_named(one.target, names), ", ", foreign(one.field)]),
            element("del", value(one.found)),
            element("ins", value(one.restored)),
            when(one.confirmed_at),
            when(one.at),
        ]
        for one in tenant.undone
    )
    heads = ["What", "The tenant showed", "Put back to", "Confirmed before", "Undone"]
    said = "Somebody changed these outside of review; a run put them back"
    return _listed("change", said, heads, cells, len(tenant.undone), room)


def _delivery(tenant: Tenant, names: Mapping[str, str], room: Room) -> Markup:
    if not tenant.undelivered:
        return element("p", "All records that belong there were delivered.")
    total = len(tenant.undelivered)
    cells: Iterator[list[Content]] = (
        [f"record {one.seq}", when(one.at), join([f"{words.operation(one)} ", _named(one.target, names)])]
        for one in tenant.undelivered
    )
    said = f"{counted(total, 'record')} not delivered yet; safe in the log that this report was made from"
    return _listed("undelivered record", said, ["Record", "Written", "About"], cells, total, room)


def _latency(tenant: Tenant) -> Markup:
    if tenant.latency is None:
        return element("p", "Nothing was measured.")
    measured = [
        (words.named(each.id, each.name), each.latency)
        for each in tenant.templates
        if each.latency is not None
    ]
    slowest = sorted(measured, key=lambda each: -each[1].longest)[:_SLOWEST]
    cells: list[list[Content]] = [
        [foreign(name), str(one.count), *(f"{time} ms" for time in (one.p50, one.p90, one.p99, one.longest))]
        for name, one in (("All templates", tenant.latency), *slowest)
    ]
    heads = ["Template", "Runs", "Median", "90 % within", "99 % within", "Longest"]
    said = "From the start of a template's check to the end of its last step, by nearest rank"
    which = f"; the {_SLOWEST} slowest templates" if len(measured) > _SLOWEST else ""
    return table(f"{said}{which}", heads, rows(heads, cells), class_="numbers")
