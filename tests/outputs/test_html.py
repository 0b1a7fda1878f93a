"""The HTML report: one file that needs nothing, is built for everybody, and holds foreign text as text."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise

import pytest
from builders import TENANT, URL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Page
from story import LIVE, NEW, OLD, REVIEW, Story, everything, hostile, sha256
from test_hostile import TEXTS

from reconciler.core.errors import ReconcilerError
from reconciler.core.lines import with_lf
from reconciler.outputs import Look, render
from reconciler.outputs._html_style import DARK, LIGHT
from reconciler.outputs._results import Failed

SHADES = ("good", "wait", "bad", "quiet", "mark")


def page(story: Story, **question) -> Page:
    """The report on a log, read."""
    return Page(render(story.report(**question), "html", Look()))


@pytest.fixture(scope="module")
def whole() -> Page:
    """The page of a log that has one of each."""
    return page(everything())


def words(node) -> str:
    """Its text, blanks as one."""
    return " ".join(node.text.split())


def section(read: Page, title: str):
    """The section under a heading."""
    (found,) = [
        one
        for one in read.root.all("section")
        if any(words(heading) == title for level in ("h2", "h3") for heading in one.all(level)[:1])
        and not any(words(heading) == title for inner in one.all("section") for heading in inner.all("h3"))
    ]
    return found


def cells(table) -> list[list[str]]:
    """A table's rows in words."""
    return [[words(cell) for cell in row.children] for row in table.all("tbody")[0].all("tr")]


def test_the_summary_answers_four_questions(whole) -> None:
    """Whether the log is intact, what is approved, what waits, what needs attention."""
    answers = [words(one) for one in section(whole, "Summary").all("div")]
    assert [answer.split("?")[0] for answer in answers] == [
        "Is the log intact",
        "What is approved",
        "What waits",
        "What needs attention",
    ]
    for answer, start in zip(
        answers, ("Yes28 records", "2 of 5 templates", "2 actions", "9 points"), strict=True
    ):
        assert answer.split("?")[1].startswith(start), answer


def test_who_approved_which_text_when_and_in_which_pull_request_stands_in_one_table(whole) -> None:
    """Templates that are approved, with their texts; a revoked one is not among them."""
    (table,) = section(whole, "Approved now, as last recorded").all("table")
    by = "j.rivera, k.oseihttps://git.example.com/pull/12"
    assert cells(table) == [
        ["tmpl_aReminder", OLD, by, "2026-10-14 09:00:00 UTC", "no"],
        ["tmpl_cReminder", OLD, by, "2026-10-05 09:00:00 UTC", "no"],
    ]


def test_everything_that_is_asked_of_a_report_is_on_the_page(whole) -> None:
    """What is not done, waivers, drift, undelivered records, latency, webhooks, every record, every run."""
    assert len(section(whole, "Not done yet").all("tr")) == 5
    (waivers,) = section(whole, "Exemptions from rules").all("table")
    assert [row[1:4] for row in cells(waivers)] == [
        ["CX103", "2026-12-01", "ends soon"],
        ["CX105", "2026-11-01", "has ended"],
        ["CX107", "2027-06-30", "in force"],
    ]
    (drift,) = section(whole, "Changes in the console that were undone").all("table")
    assert cells(drift) == [
        ["tmpl_a (Reminder), content", NEW, OLD, "2026-09-01 09:00:00 UTC", "2026-10-14 09:00:00 UTC"]
    ]
    delivery = section(whole, "Copies in the tenant's own audit log")
    assert [row[0] for row in cells(delivery.all("table")[0])] == ["record 23", "record 25"]
    assert cells(section(whole, "How long it took").all("table")[0])[0][:3] == [
        "All templates",
        "6",
        "200 ms",
    ]
    assert [words(one) for one in section(whole, "Webhooks").all("h4")] == ["https://b.example.com/", URL]
    recorded = {node.attributes["id"] for node in whole.root.all("li") if "id" in node.attributes}
    assert recorded == {
        f"record-{one['seq']}"
        for one in everything().records
        if one["event"] in {"outcome", "accepted", "seen"}
    }
    (runs,) = whole.root.all("ol", class_="runs")
    assert len([one for one in runs.children if one.name == "li"]) == 6


def test_the_timeline_says_in_words_what_it_shows(whole) -> None:
    """Each lane has its periods as a label, as many bars, and a legend that does not need colour."""
    lanes = whole.root.all("svg", role="img")
    labels = [one.attributes["aria-label"] for one in lanes]
    assert labels[1] == "tmpl_b: approved from 2026-09-01 to 2026-10-20; not approved from 2026-10-20 on"
    assert labels[0].endswith("approved from 2026-09-01 on; 1 attempt that did not succeed")
    for lane, label in zip(lanes, labels, strict=True):
        assert len(lane.all("rect")) == label.count(" from "), label
        for bar in lane.all("rect"):
            assert (
                float(bar.attributes["x"].rstrip("%")) + float(bar.attributes["width"].rstrip("%")) <= 100.5
            )
    legend = [words(one) for one in whole.root.all("ul", class_="legend")[0].all("li")]
    assert legend[:4] == ["approved", "waiting for the carrier", "held in the tenant", "not approved"]


def test_a_broken_log_is_the_first_thing_that_is_said() -> None:
    """An alarm on top of the summary, where it broke below, and the answer is no."""
    from reconciler.audit.chain import Log
    from reconciler.audit.report.fold import Question, report

    log = Log(records=tuple(everything().records), broken="It is broken at line 28.", beyond=4)
    read = Page(render(report(log, Question(log="l", now="2026-11-25T10:00:00.000Z")), "html", Look()))
    (alarm,) = section(read, "Summary").all("p", role="alert")
    assert "damaged after record 28" in words(alarm)
    assert "4 lines" in words(alarm)
    assert "Is the log intact?No" in words(section(read, "Summary"))
    assert "It is broken at line 28." in words(section(read, "How to read this"))


def test_an_empty_log_makes_a_page_too() -> None:
    """No tenant, nothing that needs attention."""
    from reconciler.audit.chain import Log
    from reconciler.audit.report.fold import Question, report

    read = Page(render(report(Log(), Question(log="l", now="2026-11-25T10:00:00.000Z")), "html", Look()))
    assert "0 of 0 templates" in words(section(read, "Summary"))
    assert words(section(read, "Needs attention")) == "Needs attentionNothing."


def test_two_tenants_have_sections_of_their_own() -> None:
    """In the contents too, and no id stands twice."""
    story = everything()
    story.base_url = "https://b.nicecxone.com"
    story.done()
    read = page(story, since="2026-11-01", until="2026-11-30")
    links = [words(one) for one in read.root.all("nav")[0].all("a")]
    assert links[2:4] == [f"Tenant {TENANT}", "Tenant https://b.nicecxone.com"]


def test_a_period_is_named_and_what_is_outside_of_it_is_not_linked() -> None:
    """A record that the page does not list is named without a link."""
    read = page(everything(), since="2026-11-01")
    assert "from 2026-11-01 on" in words(read.root.all("header")[0])
    point = next(
        one
        for one in section(read, "Needs attention").all("li")
        if "tmpl_b (Reminder) that took effect" in words(one)
    )
    assert "(record 20)" in words(point)
    assert point.all("a") == []


def test_many_steps_of_a_run_are_cut_in_the_timeline_only() -> None:
    """Twelve are named there, all of them in the templates' sections."""
    story = Story()
    for number in range(15):
        story.done(target=f"tmpl_{number:02}")
    read = page(story)
    (run,) = read.root.all("ol", class_="runs")
    assert words(run).endswith("and 3 more, in the sections of the templates")
    assert len(section(read, "Templates").all("details", class_="object")) == 15


def test_what_is_alike_is_said_once_with_number_and_names() -> None:
    """One point for three failures, with ids and names, and each with its record in the fold."""
    story = Story()
    for target in ("tmpl_a", "tmpl_b", "tmpl_c"):
        story.done("failed", target=target)
    (point,) = list(section(page(story), "Needs attention").all("details"))
    assert words(point.all("summary")[0]).startswith("ProblemThe last changes of 3 templates failed.")
    assert [words(one) for one in point.all("li")] == [
        "tmpl_a (Reminder) (record 2)",
        "tmpl_b (Reminder) (record 4)",
        "tmpl_c (Reminder) (record 6)",
    ]


def test_there_is_a_table_of_contents_by_template(whole) -> None:
    """Each template with its name and state, and a link into its fold, which a browser opens for it."""
    listed = section(whole, "Templates at a glance").all("li")
    assert [words(one) for one in listed][:2] == ["tmpl_a Reminder approved", "tmpl_b Reminder not approved"]
    anchors = [one.all("a")[0].attributes["href"].removeprefix("#") for one in listed]
    folds = section(whole, "Templates").all("details", class_="object")
    assert [fold.all("div", id=anchor) != [] for fold, anchor in zip(folds, anchors, strict=True)] == [
        True
    ] * 5
    assert all("open" not in fold.attributes for fold in folds)


def test_a_report_on_a_few_templates_is_open(whole) -> None:
    """It was made to read these, and says on top which."""
    read = page(everything(), only=("tmpl_a", "tmpl_b"))
    folds = section(read, "Templates").all("details", class_="object")
    assert [fold.attributes.get("open") for fold in folds] == ["open", "open"]
    assert "templates tmpl_a, tmpl_b: everything that the log holds" in words(read.root.all("header")[0])


@pytest.mark.parametrize(
    ("said", "linked"),
    [
        ("https://github.com/acme/messages/pull/12", True),
        ("https://git.example.com:8443/a?b=c&d=(e)#f", True),
        ("http://git.example.com/pull/12", False),
        ("javascript:alert(1)", False),
        ("https://user@evil.example.com/", False),
        ("https://a.example.com\\@evil.example.com/", False),
        ("https://a.example.com/<script>", False),
        ('https://a.example.com/" onclick="x', False),
        ("https://b\u00fccher.example/", False),
        ("https://a.example.com/\u202egnp", False),
        (" https://a.example.com/", False),
        ("12", False),
    ],
)
def test_only_an_https_address_of_a_pull_request_is_a_link(said, linked) -> None:
    """Whatever the environment said: text, and a link where nothing but an address stands there."""
    story = Story()
    story.run("r1", "2026-09-01", review={**REVIEW, "pull_request": said})
    story.done()
    links = [one.attributes["href"] for one in page(story).root.all("a") if "rel" in one.attributes]
    assert set(links) == ({said} if linked else set())


def test_a_thousand_templates_and_twenty_thousand_records_fit_on_a_page() -> None:
    """2 MB at most: each template is in the contents and has a fold, and what is left out is counted on top."""
    story = Story()
    for run in range(10):
        story.run(f"r{run}", f"2026-{run + 1:02}-01")
        for number in range(1000):
            sent = {"fields": {**LIVE, "name": f"Reminder {number}"}}
            story.done(target=f"tmpl_{number:04}", changes=[("from_address", "1", "2")], sent=sent)
    assert len(story.records) == 20_000
    source = render(story.report(), "html", Look())
    assert len(source.encode()) <= 2_000_000
    read = Page(source)
    assert len(section(read, "Templates at a glance").all("a")) == 1000
    assert len(section(read, "Templates").all("details", class_="object")) == 1000
    shown = len([one for one in read.root.all("li") if one.attributes.get("id", "").startswith("record-")])
    (note,) = section(read, "Summary").all("p", class_="note")
    assert f"{10_000 - shown} records" in words(note)
    assert "--template ID" in words(note)
    narrow = Page(render(story.report(only=("tmpl_0007",)), "html", Look()))
    assert len(narrow.root.all("ol", class_="entries")[0].all("li")) == 10
    assert section(narrow, "Summary").all("p", class_="note") == []


def test_a_text_too_long_for_a_page_leaves_a_page() -> None:
    """Of a message of three megabytes the page has the template, and says that its record is not there."""
    story = Story()
    text = "x" * 3_000_000
    story.outcome(content_sha256=sha256(text), changes=[("content", None, text)])
    source = render(story.report(), "html", Look())
    assert len(source.encode()) <= 2_000_000
    assert "1 record" in words(section(Page(source), "Summary").all("p", class_="note")[0])


def test_it_is_built_for_everybody(whole) -> None:
    """Language, title, landmarks, headings in order, tables with captions and scopes, a way past the contents."""
    (html,) = whole.root.all("html")
    assert html.attributes["lang"] == "en"
    assert words(whole.root.all("title")[0]) == "Audit report of 2026-11-25"
    assert [len(whole.root.all(name)) for name in ("header", "nav", "main", "h1")] == [1, 1, 1, 1]
    levels = [int(level) for level in re.findall(r"<h([1-4])", render(everything().report(), "html", Look()))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in whole.root.all("table"):
        assert words(table.all("caption")[0])
        assert {one.attributes["scope"] for one in table.all("th")} == {"col", "row"}
        width = len(table.all("thead")[0].all("th"))
        assert {len(row.children) for row in table.all("tr")} == {width}
    for time in whole.root.all("time"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.]+Z)?", time.attributes["datetime"])
    skip = whole.root.all("a", class_="skip")[0]
    assert skip.attributes["href"] == "#main"
    for look in ("good", "wait", "bad", "quiet"):
        for badge in whole.root.all("span", class_=f"badge {look}"):
            assert words(badge), "a badge without a word"
            assert badge.all("svg"), "a badge without a sign"


def test_it_needs_nothing_but_itself(whole) -> None:
    """No script, no address of anything that would be loaded, and a policy that allows its one stylesheet by hash."""
    source = render(everything().report(), "html", Look())
    assert not re.search(r"(?i)<script|<link|<img|<iframe|@import|url\(|\bsrc=|javascript:|\bon\w+=", source)
    assert {one.attributes["href"] for one in whole.root.all("a") if "rel" in one.attributes} == {
        REVIEW["pull_request"]
    }
    assert not re.search(r'href="(?!#|https://git\.example\.com/pull/12")', source)
    (style,) = whole.root.all("style")
    (policy,) = [
        one.attributes["content"]
        for one in whole.root.all("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "style=" not in source


def test_the_same_log_makes_the_same_page() -> None:
    """Byte for byte: nothing but the records and the time it is given is in it."""
    assert render(everything().report(), "html", Look()) == render(everything().report(), "html", Look())


ODD = "<script>alert(1)</script>&amp;\" onx='1' \u202egnp\u2066 a\u200bb\nline two\r\t\\u{200B} \\n ##[error] e\u0301"


def test_hostile_text_is_text() -> None:
    """It makes no element and no attribute, and stands there whole."""
    read = page(hostile(ODD))
    messages = [one.exact for one in read.root.all("div", class_="message")]
    assert ODD in messages
    assert ODD in [one.exact for one in read.root.all("bdi")]
    hidden = {one.text for one in read.root.all("mark")}
    assert {"\\u{202E}", "\\u{200B}", "\\n", "\\r\\t"} <= hidden


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(TEXTS, st.text(max_size=30)))
def test_any_text_is_text(odd) -> None:
    """Whatever it holds: our elements only, and the exact text of a message, as a log has it, can be had back."""
    kept = with_lf(odd)
    read = page(hostile(kept), log=odd)
    assert kept in [one.exact for one in read.root.all("div", class_="message")]


def test_other_reports_become_a_plain_page() -> None:
    """An error, say: its words, as paragraphs."""
    read = Page(render(Failed(error=ReconcilerError("There is <no> log.\nMake one.")), "html", Look()))
    assert [words(one) for one in read.root.all("main")[0].all("p")] == [
        "error: There is <no> log.",
        "Make one.",
    ]


def colours(sheet: str) -> dict[str, str]:
    """The variables of a theme."""
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", sheet))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_contrast(theme) -> None:
    """AA, 4.5 to 1: each colour of text on each ground that it stands on."""
    known = colours(theme)
    grounds = [
        ("text", "page"),
        ("text", "card"),
        ("soft", "page"),
        ("soft", "card"),
        ("link", "page"),
        ("link", "card"),
    ]
    grounds += [(shade, f"{shade}-fill") for shade in SHADES]
    low = {pair: contrast(known[pair[0]], known[pair[1]]) for pair in grounds}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    signs = {shade: contrast(known[shade], known["page"]) for shade in SHADES}
    assert {shade: ratio for shade, ratio in signs.items() if ratio < 3} == {}


def test_both_themes_have_the_same_colours() -> None:
    """None is forgotten in the dark."""
    assert set(colours(LIGHT)) == set(colours(DARK))
