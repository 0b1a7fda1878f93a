"""What needs attention, on a page: alike points once, and who they are about below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.audit.report.attention import grouped
from reconciler.outputs import _history_attention as points
from reconciler.outputs import _history_words as words
from reconciler.outputs._html_parts import badge
from reconciler.outputs._html_room import Room, more
from reconciler.outputs._markup import element, foreign, join

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.audit.report.history import Attention, Group, History
    from reconciler.outputs._markup import Content, Markup

_GRAVE = frozenset(
    {"chain", "head", "doubt", "failed", "blocked", "conflict", "expired", "held", "drift", "begun"}
)


def grave(history: History) -> bool:
    """Whether something is a problem, and not only worth a notice."""
    return any(one.kind in _GRAVE for one in history.attention)


def attention(history: History, linked: Collection[int], room: Room) -> Markup:
    """The points, the gravest first; ``linked`` are the records that the page has."""
    if not history.attention:
        return element("p", "Nothing.")
    known = words.names(history.tenants)
    groups = grouped(history.attention)
    points = room.fit("point", (_point(one, known, linked, room) for one in groups), len(groups))
    return join([element("ol", *points, class_="points"), more("point", len(groups), points)])


def _point(group: Group, known: words.Names, linked: Collection[int], room: Room) -> Markup:
    sign = badge("bad", "Problem") if group.kind in _GRAVE else badge("wait", "Notice")
    said = points.what(group, known)
    first, *others = group.attention
    if not others:
        return element("li", sign, said, *_record(first, linked))
    about = (_about(one, known, linked) for one in group.attention)
    own = Room(left=room.left // 2, missing=room.missing)
    listed = own.fit("name", about, len(group.attention))
    line = join([sign, said, " ", element("span", points.who(group, known), class_="soft few")])
    left = more("name", len(group.attention), listed)
    return element("li", element("details", element("summary", line), element("ul", *listed), left))


def _about(one: Attention, known: words.Names, linked: Collection[int]) -> Markup:
    name = known.get((one.tenant, one.target))
    return element("li", foreign(words.named(one.target, name)), *_record(one, linked))


def _record(one: Attention, linked: Collection[int]) -> list[Content]:
    if one.seq is None:
        return []
    number = f"record {one.seq}"
    return [" (", element("a", number, href=f"#record-{one.seq}") if one.seq in linked else number, ")"]
