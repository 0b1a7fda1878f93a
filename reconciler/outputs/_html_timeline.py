"""The timeline of an HTML report: an SVG lane for each template, and a list of the tool's runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from reconciler.outputs import _history_words as words
from reconciler.outputs._html_parts import commit, pull_request, review, shade
from reconciler.outputs._html_room import FEW, fold, more
from reconciler.outputs._markup import Markup, element, foreign, join, when
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from reconciler.audit.report.history import Entry, History, Period, RunHistory, Template, Tenant
    from reconciler.outputs._html_room import Room
    from reconciler.outputs._markup import Content

_MOST = 12
"""Entries that a run lists one by one; the templates' own sections have all of them."""

_NOT_DONE = frozenset({"failed", "conflict"})


class Scale:
    """Positions on the time axis: per cent of the time from the report's first moment to its last."""

    def __init__(self, history: History) -> None:
        first = min(
            (_time(p.began) for t in history.tenants for x in t.templates for p in x.periods), default=None
        )
        runs = [_time(run.began) for tenant in history.tenants for run in tenant.runs[:1]]
        first = min([*runs, *([first] if first is not None else [])], default=_time(history.generated_at))
        self.first = _time(f"{history.since}T00:00:00.000Z") if history.since is not None else first
        made = _time(history.generated_at)
        self.last = _time(f"{history.until}T23:59:59.999Z") if history.until is not None else made
        self.last = max(min(self.last, made), self.first + timedelta(minutes=1))

    def at(self, moment: str | None) -> float:
        """A moment (RFC 3339) as per cent, 0 to 100; None is the end of the axis."""
        if moment is None:
            return 100.0
        share = (_time(moment) - self.first) / (self.last - self.first)
        return round(100 * min(max(share, 0), 1), 2)

    def ticks(self) -> tuple[str, ...]:
        """Labels of five evenly spaced moments: dates where the axis is longer than eight days, else times."""
        whole = self.last - self.first
        moments = (self.first + whole * part / 4 for part in range(5))
        form = "%Y-%m-%d" if whole > timedelta(days=8) else "%m-%d %H:%M"
        return tuple(moment.strftime(form) for moment in moments)


def _time(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def lanes(tenant: Tenant, scale: Scale, anchors: Mapping[str, str], room: Room) -> Markup:
    """One lane a template; ``anchors`` are where the templates' sections begin."""
    total = len(tenant.templates)
    if not total:
        return Markup()
    rows = room.fit("timeline", (_row(one, scale, anchors[one.id]) for one in tenant.templates), total)
    axis = element(
        "div", *(element("span", tick) for tick in scale.ticks()), class_="axis", aria_hidden="true"
    )
    unseen = element("span", "State over time", class_="unseen")
    head = element(
        "tr",
        element("th", "Template", scope="col", role="columnheader"),
        element("th", axis, unseen, scope="col", role="columnheader"),
        role="row",
    )
    said = "How each template stood through the time of this report, as the log knows it (UTC)"
    table = element(
        "table",
        element("caption", said),
        element("thead", head, role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        class_="lanes",
        role="table",
    )
    whole = join([element("figure", table, element("figcaption", _legend())), more("timeline", total, rows)])
    return fold(f"Timelines of {words.templates(total)}", whole, folded=total > FEW)


def _row(template: Template, scale: Scale, anchor: str) -> Markup:
    name = element("a", foreign(template.id), href=f"#{anchor}")
    beside = element("div", foreign(template.name), class_="name") if template.name else Markup()
    return element(
        "tr",
        element("th", name, beside, scope="row", role="rowheader"),
        element("td", _lane(template, scale), role="cell"),
        role="row",
    )


def _lane(template: Template, scale: Scale) -> Markup:
    shapes = [element("line", x1="0", x2="100%", y1=14, y2=14, class_="rail")]
    shapes += [_bar(period, scale) for period in template.periods]
    steps = [
        (scale.at(entry.at), entry.outcome in _NOT_DONE)
        for entry in chain(template.approvals, template.registrations)
    ]
    shapes += _spots(steps)
    wrong = sum(failed for _, failed in steps)
    return element("svg", *shapes, class_="lane", role="img", aria_label=_in_words(template, wrong))


def _bar(period: Period, scale: Scale) -> Markup:
    begin, end = scale.at(period.began), scale.at(period.ended)
    width = round(max(end - begin, 0.4), 2)
    return element("rect", x=f"{begin}%", y=7, width=f"{width}%", height=14, rx=3, class_=period.state)


def _spots(steps: Iterable[tuple[float, bool]]) -> Iterator[Markup]:
    """The marks of a lane: a stroke for an entry that took effect, a cross for one that failed; at most one a place."""
    seen: set[tuple[int, bool]] = set()
    for place, wrong in steps:
        if (round(2 * place), wrong) in seen:
            continue
        seen.add((round(2 * place), wrong))
        shape = (
            element("path", d="M-4 -4 L4 4 M4 -4 L-4 4", class_="wrong")
            if wrong
            else element("path", d="M0 -10 V10", class_="spot")
        )
        yield element("svg", shape, x=f"{place}%", y=14, overflow="visible")


def _in_words(template: Template, wrong: int) -> str:
    """The lane's text for screen readers."""
    parts = [
        f"{words.PERIODS.get(one.state, one.state)} from {one.began[:10]} "
        + (f"to {one.ended[:10]}" if one.ended is not None else "on")
        for one in template.periods
    ]
    parts += (
        [counted(wrong, "attempt that did not succeed", "attempts that did not succeed")] if wrong else []
    )
    return f"{template.id}: {'; '.join(parts) or 'nothing is known'}"


def _legend() -> Markup:
    bars = [
        (element("rect", x=1, y=3, width=26, height=12, rx=3, class_=name), said)
        for name, said in words.PERIODS.items()
    ]
    marks = [
        (element("path", d="M14 1 V17", class_="spot"), "a step that was taken"),
        (element("path", d="M10 5 L18 13 M18 5 L10 13", class_="wrong"), "a step that did not succeed"),
    ]
    items = (
        element(
            "li", element("svg", shape, viewBox="0 0 28 18", class_="lane-key lane", aria_hidden="true"), said
        )
        for shape, said in (*bars, *marks)
    )
    return element("ul", *items, class_="legend")


def runs(tenant: Tenant, linked: Collection[int], room: Room) -> Markup:
    """The runs in words, in order; where not all fit, the latest. ``linked`` are the records that the page has."""
    total, known = len(tenant.runs), {one.id: one.name for one in tenant.templates if one.name}
    latest = room.fit("run", (_run(one, known, linked) for one in reversed(tenant.runs)), total)
    left = counted(total - len(latest), "earlier run")
    before = element("p", f"{left} not on this page, see the Summary.", class_="soft")
    listed = element("ol", *reversed(latest), class_="runs")
    whole = join([before, listed]) if total > len(latest) else listed
    return fold(counted(total, "run"), whole, folded=total > FEW)


def _run(run: RunHistory, known: Mapping[str, str], linked: Collection[int]) -> Markup:
    by = [" by ", foreign(run.operator_id)] if run.operator_id else []
    first = join([when(run.began), *by, ": ", element("strong", words.did(run))])
    asked: list[Content] = []
    if run.reviewed or run.entries:
        named = run.review is not None and bool(run.review.approvers)
        asked += ["approved by " if named else "", review(run.review)]
    if (pull := pull_request(run.review)) is not None:
        asked += [", in ", pull]
    if (files := commit(run.git, digits=12)) is not None:
        asked += [", from commit ", files]
    items = [element("li", _step(entry, known, linked)) for entry in run.entries[:_MOST]]
    if len(run.entries) > _MOST:
        items.append(element("li", f"and {len(run.entries) - _MOST} more, in the sections of the templates"))
    return element(
        "li",
        element("p", first),
        element("p", *asked, class_="soft") if asked else Markup(),
        element("ul", *items) if items else Markup(),
    )


def _step(entry: Entry, known: Mapping[str, str], linked: Collection[int]) -> Markup:
    number = f"record {entry.seq}"
    link = element("a", number, href=f"#record-{entry.seq}") if entry.seq in linked else number
    end = words.OUTCOMES.get(entry.outcome, entry.outcome)
    said = element("strong", end) if shade(entry.outcome) == "bad" else end
    target = foreign(words.named(entry.target, known.get(entry.target)))
    return join([f"{words.operation(entry)} ", target, ": ", said, " (", link, ")"])
