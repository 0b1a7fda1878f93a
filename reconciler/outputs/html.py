"""One HTML page that needs nothing else: for people who have to answer for messages and do not have the tool.

No script, no resource, no link that leaves the page but those to pull requests: the Content Security Policy allows
its own stylesheet only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import outputs
from reconciler.audit.report.history import History
from reconciler.outputs import _history_words as words
from reconciler.outputs import _html_tenant as tenants
from reconciler.outputs._html_attention import attention, grave
from reconciler.outputs._html_parts import facts, signs
from reconciler.outputs._html_room import LIMIT, Room, left_out
from reconciler.outputs._html_style import SHEET, policy
from reconciler.outputs._html_timeline import Scale
from reconciler.outputs._markup import Markup, code, day, element, foreign, join, when
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.outputs import Look
    from reconciler.outputs._markup import Content
    from reconciler.outputs._results import Report

_FRAME, _ATTENTION = 50_000, 200_000
"""Bytes of a page that are kept for what always stands there, and for what needs attention."""


def render(report: Report, look: Look) -> str:
    """The page. Of a report that has no page of its own, the text."""
    if isinstance(report, History):
        return _page(
            _title(report), [*_head(report), _contents(report), element("main", *_body(report), id="main")]
        )
    said = outputs.render(report, "text", outputs.Look(color=False, width=look.width))
    lines = (element("p", line) for line in said.split("\n") if line)
    return _page("reconciler", [element("main", element("h1", "reconciler"), *lines)])


def _page(title: str, body: list[Markup]) -> str:
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(SHEET)),
    ]
    parts = [element("head", join(head, "\n")), element("body", join(body, "\n"))]
    page = element("html", join(parts, "\n"), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _title(history: History) -> str:
    return f"Audit report of {history.day}"


def _head(history: History) -> Iterator[Markup]:
    yield element("a", "Skip to the report", href="#main", class_="skip")
    yield signs()
    about = facts(
        [
            ("Tenants", join((foreign(tenant.tenant) for tenant in history.tenants), ", ")),
            ("Time", words.scope(history)),
            ("Made", when(history.generated_at)),
            ("From the log", code(history.log)),
        ]
    )
    yield element("header", element("h1", "Audit report: message templates"), about)


def _contents(history: History) -> Markup:
    links = [("#summary", "Summary"), ("#attention", "Needs attention")]
    links += [
        (f"#tenant-{number}", f"Tenant {tenant.tenant}") for number, tenant in enumerate(history.tenants, 1)
    ]
    links += [
        (f"#tenant-{number}-index", words.templates(len(tenant.templates)))
        for number, tenant in enumerate(history.tenants, 1)
        if len(history.tenants) == 1
    ]
    links.append(("#about", "How to read this"))
    items = (element("li", element("a", said, href=where)) for where, said in links)
    return element("nav", element("ul", *items), aria_label="Contents")


def _body(history: History) -> Iterator[Markup]:
    room, scale, linked = Room(left=LIMIT - _FRAME - _ATTENTION), Scale(history), frozenset[int]()
    parts = []
    for number, tenant in enumerate(history.tenants, 1):
        share = room.part(1 / (len(history.tenants) - number + 1))
        content, records = tenants.sections(tenant, number, scale, share)
        linked |= records
        title = join(["Tenant ", foreign(tenant.tenant)])
        parts.append(_section(f"tenant-{number}", title, content))
    points = attention(history, linked, Room(left=_ATTENTION, missing=room.missing))
    yield _section("summary", "Summary", [*_summary(history), left_out(room.missing)])
    yield _section("attention", "Needs attention", [points])
    yield from parts
    yield _section("about", "How to read this", list(_about(history)))


def _section(name: str, title: Content, content: list[Markup]) -> Markup:
    heading = element("h2", title, id=f"{name}-title")
    return element("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def _summary(history: History) -> Iterator[Markup]:
    chain = history.chain
    total, approved, waits = words.tallies(history)
    if not chain.intact:
        yield element("p", element("strong", words.chain(chain)), class_="alarm", role="alert")
    points = counted(len(history.attention), "point")
    answers = [
        (
            "Is the log intact?",
            "Yes" if chain.intact else "No",
            "good" if chain.intact else "bad",
            words.chain(chain),
        ),
        (
            "What is approved?",
            f"{approved} of {words.templates(total)}",
            "good" if approved == total else "quiet",
            "As last recorded: this log knows what was done, not what somebody changed in the console since.",
        ),
        (
            "What waits?",
            counted(waits, "action") if waits else "Nothing",
            "wait" if waits else "good",
            "For a carrier, for a person, or to be carried out.",
        ),
        (
            "What needs attention?",
            points if history.attention else "Nothing",
            "bad" if grave(history) else "wait" if history.attention else "good",
            "Listed below, alike ones together, the gravest first."
            if history.attention
            else "No failure, doubt or overdue exemption.",
        ),
    ]
    yield element("dl", *(_answer(*each) for each in answers), class_="answers")


def _answer(question: str, answer: str, look: str, more: str) -> Markup:
    return element(
        "div",
        element("dt", question),
        element("dd", answer, class_="big"),
        element("dd", more, class_="soft"),
        class_=f"answer {look}",
    )


def _about(history: History) -> Iterator[Markup]:
    chain = history.chain
    yield element(
        "p",
        "This page was made from the audit log alone. Each record of the log holds a fingerprint (SHA-256) of the one "
        "before it, so that a record that was changed, removed or put elsewhere is found. Somebody who can write the "
        "file could still cut off its end, or write all of it anew: so keep the head of the log, below, in another "
        "place, and compare. The log is tamper-evident, not immutable.",
    )
    if chain.broken is not None:
        yield element("p", chain.broken, class_="alarm")
    yield facts(
        [
            ("Records", str(chain.records)),
            ("First record", when(chain.first) if chain.first is not None else None),
            ("Last record", when(chain.last) if chain.last is not None else None),
            ("Head", code(chain.head) if chain.head is not None else None),
            ("Head kept elsewhere", code(chain.expected) if chain.expected is not None else None),
            ("To check it again", code("reconciler audit verify --expect-head HEAD")),
            ("Exemptions as of", day(history.day)),
        ]
    )
    yield facts(_GLOSSARY)


_GLOSSARY: list[tuple[str, Content | None]] = [
    ("Approved by", "who approved, as the system that ran the tool said. The tool cannot check that."),
    ("Carried out by", "who or what ran the tool."),
    (
        "Ready for carriers",
        "every rule is met or exempted, and the template is registered with the carriers (A2P).",
    ),
    ("Exemption", "a waiver: one template is excused from one rule, for a reason, until a day."),
    (
        "Put back",
        "the tenant showed something else than was last confirmed, and the run restored it (drift).",
    ),
    ("In doubt", "the tenant could not tell whether a change had arrived."),
    ("Took", "from the start of the template's check to the end of its last step."),
    (
        "Hidden characters",
        join(["what cannot be seen is spelled out, as ", element("mark", "\\u{200B}"), "."]),
    ),
]
