"""The templates and other objects of an HTML report: contents, and a fold for each with its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.audit.report.history import Sighting
from reconciler.kinds import conditional
from reconciler.outputs import _history_words as words
from reconciler.outputs._html_parts import badge, entry, facts, latency, shade, sighting, waivers
from reconciler.outputs._html_room import FEW, fold, more
from reconciler.outputs._markup import Markup, element, foreign, join, when
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.audit.report.history import Entry, Object, Template, Tenant
    from reconciler.outputs._html_room import Room

_OPEN = 3
"""Templates of a report whose folds are open from the start: it was made to read these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One object: its line, what is known of it, how many records it has, and these, the latest first."""

    line: Markup
    about: Markup
    total: int
    latest: Iterator[Entry | Sighting]
    anchor: str | None = None
    open: bool = False


def index(tenant: Tenant, anchors: Mapping[str, str], room: Room) -> Markup:
    """A table of contents by template, with names and states."""
    total, noun = len(tenant.templates), conditional().noun
    items = room.fit(noun, (_link(one, anchors[one.id]) for one in tenant.templates), total)
    listed = join([element("ul", *items, class_="index"), more(noun, total, items)])
    return fold(words.templates(total), listed, folded=total > FEW) if total else Markup()


def _link(one: Template, anchor: str) -> Markup:
    state = one.periods[-1].state if one.periods else ""
    said = words.PERIODS.get(state, "not approved from here")
    name = [" ", foreign(one.name)] if one.name else []
    return element(
        "li",
        element("a", foreign(one.id), href=f"#{anchor}"),
        *name,
        " ",
        element("span", said, class_="soft"),
    )


def of_template(one: Template, anchor: str, templates: int) -> Article:
    """A template's."""
    state = one.periods[-1] if one.periods else None
    known = words.PERIODS.get(state.state, state.state) if state else "not approved from here"
    sign = badge(shade(state.state) if state else "quiet", known)
    ready = (
        badge("good", "ready for carriers") if one.carrier_ready else badge("quiet", "not ready for carriers")
    )
    about = facts(
        [
            ("Since", when(state.began) if state else None),
            ("Exempt from", waivers(one.waivers)),
            ("Took", latency(one.latency)),
        ]
    )
    line = _line(one.id, one.name, [sign, ready])
    return Article(
        line=line,
        about=about,
        total=len(one.approvals) + len(one.registrations) + len(one.seen),
        latest=words.latest(one),
        anchor=anchor,
        open=templates <= _OPEN,
    )


def of_object(one: Object) -> Article:
    """Another object's."""
    confirmed = one.confirmed
    sign = badge("good", "in place") if confirmed is not None else badge("bad", "not known to be in place")
    since = when(confirmed.at) if confirmed is not None else None
    about = facts([("Since", since), ("Exempt from", waivers(one.waivers))])
    line = _line(one.target, None, [sign])
    return Article(line=line, about=about, total=len(one.entries), latest=reversed(one.entries))


def _line(title: str, name: str | None, signs: Sequence[Markup]) -> Markup:
    beside = element("span", foreign(name), class_="name") if name else Markup()
    return join([element("h4", foreign(title)), beside, *signs], " ")


def chosen(articles: Sequence[Article], room: Room) -> list[dict[int, Markup]]:
    """The records that fit, for each article, by number: the latest of each, then the ones before them, and so on."""
    kept: list[dict[int, Markup]] = [{} for _ in articles]
    rest = list(zip(articles, kept, strict=True))
    while rest:
        more = []
        for one, mine in rest:
            if (record := next(one.latest, None)) is None:
                continue
            made = sighting(record) if isinstance(record, Sighting) else entry(record)
            if not room.takes(made):
                return kept
            mine[record.seq] = made
            more.append((one, mine))
        rest = more
    return kept


def article(one: Article, entries: Collection[Markup]) -> Markup:
    """It, folded; its anchor stands inside, so that a link to it opens it."""
    none = element("p", "No record in the time of this report.", class_="soft")
    left = one.total - len(entries)
    before = f"{counted(left, 'earlier record')} not on this page; --template shows them" if left else ""
    body = element(
        "div",
        one.about,
        none if not one.total else Markup(),
        element("ol", *entries, class_="entries", reversed="reversed") if entries else Markup(),
        element("p", before, class_="soft") if before else Markup(),
        id=one.anchor,
    )
    opened = "open" if one.open else None
    return element("details", element("summary", one.line), body, class_="object", open=opened)
