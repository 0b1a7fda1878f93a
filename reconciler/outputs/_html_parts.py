"""What an HTML report is made of: badges, tables, lists of facts, texts and their changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.outputs import _history_words as words
from reconciler.outputs._difference import pieces
from reconciler.outputs._markup import Markup, code, day, element, foreign, join, when
from reconciler.outputs._wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.audit.report.history import Commit, Entry, Excuse, Latency, Review, Sighting
    from reconciler.core.model import Change
    from reconciler.outputs._markup import Content

_ICONS = {
    "good": "M2 8.5 L6 12.5 L14 3.5",
    "wait": "M8 1.5 A6.5 6.5 0 1 0 8.01 1.5 M8 4.5 V8.3 L10.8 10",
    "bad": "M3 3 L13 13 M13 3 L3 13",
    "quiet": "M2.5 8 H13.5",
}
SHADES = {
    "applied": "good",
    "unchanged": "good",
    "accepted": "good",
    "pending": "wait",
    "reviewed": "wait",
    "approved": "good",
    "off": "quiet",
}
"""How an outcome, a state or a period looks; every other looks bad. The words beside it say the same."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9/._~%!$&'()*+,;=:?#-]*)?")
"""An https URL without user info, of the characters that RFC 3986 allows in the rest."""

WAIVED = {"in force": "good", "ending": "wait", "expired": "bad"}
"""How a waiver looks."""


def shade(state: str) -> str:
    """The look of an outcome or a state."""
    return SHADES.get(state, "bad")


def signs() -> Markup:
    """The signs, once a page: whatever shows one refers to it."""
    shapes = (
        element("symbol", element("path", d=shape), id=f"sign-{look}", viewBox="0 0 16 16")
        for look, shape in _ICONS.items()
    )
    return element("svg", *shapes, class_="unseen", aria_hidden="true")


def icon(look: str) -> Markup:
    """A sign that says by its form what the colour says."""
    return element("svg", element("use", href=f"#sign-{look}"), class_="icon", aria_hidden="true")


def badge(look: str, said: str) -> Markup:
    """A word with its sign."""
    return element("span", icon(look), element("span", said), class_=f"badge {look}")


def facts(pairs: Iterable[tuple[str, Content | None]]) -> Markup:
    """Names and values; those without a value are left out."""
    rows = (join([element("dt", name), element("dd", value)]) for name, value in pairs if value)
    return element("dl", *rows, class_="facts")


def rows(heads: Sequence[str], cells: Iterable[Sequence[Content]]) -> Iterator[Markup]:
    """A table's rows, which begin with their heading. On a narrow screen each row is a card, so the roles are said."""
    for first, *rest in cells:
        named = (
            element("td", value, role="cell", data_label=name)
            for name, value in zip(heads[1:], rest, strict=True)
        )
        yield element("tr", element("th", first, scope="row", role="rowheader"), *named, role="row")


def table(caption: Content, heads: Sequence[str], body: Iterable[Markup], *, class_: str = "") -> Markup:
    """A table of such rows."""
    head = element(
        "tr", *(element("th", name, scope="col", role="columnheader") for name in heads), role="row"
    )
    return element(
        "table",
        element("caption", caption),
        element("thead", head, role="rowgroup"),
        element("tbody", *body, role="rowgroup"),
        class_=class_ or None,
        role="table",
    )


def message(text: str) -> Markup:
    """A message's whole text; its line breaks break lines, and are seen too."""
    ending = join([element("mark", "\\n"), element("br")])
    lines = (element("span", line) for line in text.split("\n"))
    return element("div", join(lines, ending), class_="message", dir="auto")


def review(said: Review | None) -> Markup:
    """Who approved."""
    if said is None or not said.named:
        return badge("bad", words.NOBODY)
    return foreign(words.who(said))


def pull_request(said: Review | None) -> Markup | None:
    """Where it was reviewed: a link where that is an address that a browser may be sent to, else as it was said."""
    if said is None or not said.pull_request:
        return None
    place = foreign(said.pull_request)
    if not _ADDRESS.fullmatch(said.pull_request):
        return place
    return element("a", place, href=said.pull_request, rel="noreferrer")


def commit(said: Commit | None, *, digits: int = 40) -> Markup | None:
    """Commit, branch, and who set the run off; the commit in so many digits."""
    if said is None:
        return None
    parts = [code(said.commit[:digits])] if said.commit else []
    parts += [
        join([f"{name} ", foreign(value)]) for name, value in (("on", said.ref), ("by", said.actor)) if value
    ]
    return join(parts, " ")


def change(one: Change, *, undone: bool) -> Markup:
    """A field before and after; of a text, the words that changed."""
    live, desired = one.live, one.desired
    if isinstance(live, str) and isinstance(desired, str) and one.field == "content":
        said = join(
            element("span", piece.old)
            if piece.same
            else join(element(name, text) for name, text in (("del", piece.old), ("ins", piece.new)) if text)
            for piece in pieces(live, desired)
        )
        said = element("div", said, class_="message", dir="auto")
    elif live is None:
        said = value(desired)
    else:
        said = join([element("del", value(live)), " to ", element("ins", value(desired))])
    return join([said, " ", badge("wait", "put back: the tenant had moved")]) if undone else said


def value(one: object) -> Markup:
    """A compared value."""
    return foreign(one) if isinstance(one, str) else element("span", shown(one))  # type: ignore[arg-type]


def waivers(excuses: Sequence[Excuse]) -> Markup | None:
    """Rules that the object is exempt from: until when, and why."""
    return (
        join(
            element(
                "div",
                join([code(one.waiver.rule), " until ", day(one.waiver.expires), " "]),
                badge(WAIVED[one.state], words.WAIVERS[one.state]),
                " ",
                foreign(one.waiver.reason),
            )
            for one in excuses
        )
        or None
    )


def latency(said: Latency | None) -> Markup | None:
    """The percentiles, and over how many."""
    if said is None:
        return None
    numbers = (
        f"median {said.p50} ms, 90 % within {said.p90} ms, 99 % within {said.p99} ms (over {said.count})"
    )
    return element("span", numbers)


def entry(one: Entry) -> Markup:
    """One record: what was done, how it ended, by whose review."""
    head = element(
        "div",
        when(one.at),
        element("strong", words.operation(one).removesuffix(" of").capitalize()),
        badge(shade(one.outcome), words.OUTCOMES.get(one.outcome, one.outcome)),
        element("span", f"record {one.seq}", class_="soft"),
        class_="title",
    )
    return element("li", head, facts(_of_entry(one)), id=f"record-{one.seq}")


def sighting(one: Sighting) -> Markup:
    """One record of what a run found changed."""
    head = element(
        "div",
        when(one.at),
        element("strong", words.SEEN.capitalize()),
        badge(shade(one.state), words.PERIODS[one.state]),
        element("span", f"record {one.seq}", class_="soft"),
        class_="title",
    )
    hashes = [("this record", one.hash), ("the text", one.content_sha256)]
    lines = (element("div", f"{name}: ", code(value)) for name, value in hashes if value)
    known = [
        ("Status", foreign(one.status)),
        ("Text", message(one.content) if one.content is not None else None),
        ("Seen by", foreign(one.operator_id) if one.operator_id else None),
        ("Evidence", element("div", *lines, class_="soft evidence")),
    ]
    return element("li", head, facts(known), id=f"record-{one.seq}")


def _of_entry(one: Entry) -> list[tuple[str, Content | None]]:
    said = one.review
    return [
        ("Text", message(one.content) if one.content is not None and words.has_text(one) else None),
        *((f"Changed: {item.field}", change(item, undone=item.field in one.undone)) for item in one.changes),
        ("Approved by", review(said)),
        ("Pull request", pull_request(said)),
        ("Reason", foreign(said.reason) if said and said.reason else None),
        ("Reason", foreign(one.reason) if one.reason else None),
        ("Carried out by", _carried_out(one)),
        ("Status", foreign(one.status) if one.status and one.status != one.outcome else None),
        ("Error", foreign(one.error) if one.error else None),
        ("In doubt", "The tenant could not tell whether it arrived." if one.doubt else None),
        ("Note", "An earlier run did this; how it ended was found out now." if one.closes else None),
        ("Evidence", _evidence(one)),
    ]


def _carried_out(one: Entry) -> Markup:
    said = one.review
    parts = [foreign(one.operator_id or "unknown")]
    parts += [join(["in run ", foreign(said.run)])] if said and said.run else []
    parts += [join(["from commit ", files])] if (files := commit(one.git)) is not None else []
    return join(parts, ", ")


def _evidence(one: Entry) -> Markup:
    """What an auditor compares: hashes, and what the record says of carriers, time and delivery."""
    hashes = [("this record", one.hash), ("the plan", one.plan_digest)]
    hashes += [("the text", one.content_sha256)] if words.has_text(one) else []
    lines = [join([f"{name}: ", code(value)]) for name, value in hashes if value]
    words_ = [f"ready for carriers: {'yes' if one.carrier_ready else 'no'}"] if one.event == "outcome" else []
    words_ += [f"took {one.latency_ms} ms"] if one.latency_ms is not None and one.attempts else []
    if one.event == "outcome":
        words_.append(f"{'copied' if one.delivered else 'not copied yet'} to the tenant's own audit log")
    lines += [element("span", "; ".join(words_))] if words_ else []
    listed = element("div", *(element("div", line) for line in lines), class_="soft evidence")
    return element("details", element("summary", "hashes, time and delivery"), listed)
