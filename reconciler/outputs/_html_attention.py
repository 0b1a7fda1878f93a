"""What needs attention, on a page: alike points once, and who they are about below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.attention import grouped
from reconciler.outputs import _history_concerns as concerns
from reconciler.outputs import _history_words as words
from reconciler.outputs._html_parts import badge
from reconciler.outputs._html_room import Room, more
from reconciler.outputs._markup import element, foreign, join

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.audit.report.history import Concern, Group, History
    from reconciler.outputs._markup import Content, Markup

_GRAVE = frozenset({"chain", "head", "doubt", "failed", "blocked", "conflict", "expired", "held", "begun"})


def grave(history: History) -> bool:
    """Whether something is a problem, and not only worth a notice."""
    return any(concern.kind in _GRAVE for concern in history.concerns)


def attention(history: History, linked: Collection[int], room: Room) -> Markup:
    """The points, the gravest first; ``linked`` are the records that the page has."""
    if not history.concerns:
        return element("p", "Nothing.")
    known = words.names(history.tenants)
    groups = grouped(history.concerns)
    points = room.fit("point", (_point(one, known, linked, room) for one in groups), len(groups))
    return join([element("ol", *points, class_="points"), more("point", len(groups), points)])


def _point(group: Group, known: words.Names, linked: Collection[int], room: Room) -> Markup:
    sign = badge("bad", "Problem") if group.kind in _GRAVE else badge("wait", "Notice")
    said = concerns.what(group, known)
    first, *others = group.concerns
    if not others:
        return element("li", sign, said, *_record(first, linked))
    about = (_about(one, known, linked) for one in group.concerns)
    own = Room(left=room.left // 2, missing=room.missing)
    listed = own.fit("name", about, len(group.concerns))
    line = join([sign, said, " ", element("span", concerns.who(group, known), class_="soft")])
    left = more("name", len(group.concerns), listed)
    return element("li", element("details", element("summary", line), element("ul", *listed), left))


def _about(one: Concern, known: words.Names, linked: Collection[int]) -> Markup:
    name = known.get((one.base_url, one.target))
    return element("li", foreign(words.named(one.target, name)), *_record(one, linked))


def _record(one: Concern, linked: Collection[int]) -> list[Content]:
    if one.seq is None:
        return []
    number = f"record {one.seq}"
    return [" (", element("a", number, href=f"#record-{one.seq}") if one.seq in linked else number, ")"]
