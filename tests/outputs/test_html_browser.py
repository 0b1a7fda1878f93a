"""The HTML report as Chromium shows it: in light and dark, on a phone, on paper, and to somebody who hears it."""

from __future__ import annotations

import pytest
from browser import Browser
from story import OLD, Story, everything, hostile
from test_html import ODD

from reconciler.outputs import Look, render

CONTRAST = """(() => {
  const parse = (text) => { const m = text.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const light = (c) => { const f = c.slice(0, 3).map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c[3] > 0) return c; } return null; };
  const low = []; let seen = 0;
  for (const e of document.body.querySelectorAll('*')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
    if (!own || e.closest('svg') || !e.getClientRects().length) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); seen += 1;
    if (ratio < 4.5) low.push([e.outerHTML.slice(0, 80), ratio]);
  }
  return { seen, low };
})()"""
GROUND = "getComputedStyle(document.body).backgroundColor"
OUTSIDE = """[...document.body.querySelectorAll('*')].filter((e) => !e.closest('.skip, thead, .unseen, svg')
  && e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser for all of these tests."""
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The report on a log that has one of each."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(everything().report(), "html", Look()), encoding="utf-8")
    return path


def test_the_page_is_read_as_it_was_written(browser, file) -> None:
    """Title, the four answers, and the approved text stand in the rendered document."""
    browser.open(file)
    assert browser.ask("document.title") == "Audit report of 2026-11-25"
    answers = browser.ask("[...document.querySelectorAll('.answer .big')].map((e) => e.innerText)")
    assert answers == ["Yes", "2 of 5 templates", "2 actions", "9 points"]
    row = "document.querySelector('#tenant-1-approved').parentElement.querySelector('tbody tr')"
    assert browser.ask(f"{row}.querySelector('.message').innerText") == OLD
    assert browser.ask("document.querySelectorAll('script, link, img, iframe, object').length") == 0


def test_nothing_is_loaded_and_nothing_is_refused(browser, file) -> None:
    """The one request is for the file itself, and the policy had nothing to say: its stylesheet is in force."""
    browser.open(file)
    browser.ask("document.body.offsetHeight")
    asked = [
        one["params"]["request"]["url"]
        for one in browser.events
        if one.get("method") == "Network.requestWillBeSent"
    ]
    assert asked == [file.as_uri()]
    logged = [
        one for one in browser.events if one.get("method") in {"Log.entryAdded", "Runtime.consoleAPICalled"}
    ]
    assert logged == []
    assert browser.ask("getComputedStyle(document.querySelector('.answers')).display") == "grid"


@pytest.mark.parametrize(
    ("scheme", "media", "ground"),
    [
        ("light", "screen", "rgb(255, 255, 255)"),
        ("dark", "screen", "rgb(18, 23, 28)"),
        ("dark", "print", "rgb(255, 255, 255)"),
    ],
)
def test_every_text_can_be_read_in_both_themes_and_on_paper(browser, file, scheme, media, ground) -> None:
    """The theme follows the reader, paper is always light, and each text has 4.5 to 1 on what is behind it."""
    browser.open(file)
    browser.look(scheme=scheme, media=media)
    assert browser.ask(GROUND) == ground
    measured = browser.ask(CONTRAST)
    assert measured["low"] == []
    assert measured["seen"] > 150
    browser.look()


@pytest.mark.parametrize("width", [320, 768, 1200])
def test_nothing_is_wider_than_the_window(browser, file, width) -> None:
    """From a small phone on, nobody has to scroll sideways."""
    browser.open(file, width=width)
    assert browser.ask("document.documentElement.scrollWidth") <= width
    assert browser.ask(OUTSIDE) == []


def test_it_is_told_to_those_who_hear_it(browser, file) -> None:
    """The accessibility tree has landmarks, headings in order, tables with their cells, and the lanes in words."""
    browser.open(file, width=320)
    nodes = [one for one in browser.call("Accessibility.getFullAXTree")["nodes"] if not one.get("ignored")]
    told = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes]
    roles = [role for role, _ in told]
    assert {"banner", "navigation", "main", "table", "columnheader", "rowheader", "cell"} <= set(roles)
    assert ("heading", "Needs attention") in told
    lanes = [name for role, name in told if role in {"image", "img"}]
    assert any(name.startswith("tmpl_b: approved from 2026-09-01 to 2026-10-20") for name in lanes)
    assert roles.count("table") == browser.ask("document.querySelectorAll('table').length")


def test_it_can_be_printed(browser, file) -> None:
    """On paper the contents are gone, folds are open, and everything else is there, on more than one page."""
    import base64

    browser.open(file)
    browser.look(media="print")
    assert browser.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    hidden = "[...document.querySelectorAll('main *')].filter((e) => !e.closest('svg') && !e.getClientRects().length)"
    assert browser.ask(f"{hidden}.filter((e) => e.innerText && !e.matches('.few')).length") == 0
    edge = "document.querySelector('main').getBoundingClientRect().right"
    last = "[...document.querySelectorAll('.answer')].map((e) => e.getBoundingClientRect().right)"
    assert browser.ask(f"{last}.every((right) => right < {edge})")  # a border at the very edge is cut off
    shut = "[...document.querySelectorAll('details')].filter((one) => one.lastElementChild.innerText.trim() === '')"
    assert browser.ask(f"{shut}.length") == 0
    browser.look(media="")
    paper = base64.b64decode(browser.call("Page.printToPDF")["data"])
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") > 1
    browser.look()


def test_on_paper_a_name_under_attention_stands_once(browser, tmp_path) -> None:
    """Alike points list all whom they are about, so that the first few of them are not named before as well."""
    story = Story()
    for target in ("tmpl_a", "tmpl_b", "tmpl_c"):
        story.done("failed", target=target)
    path = tmp_path / "alike.html"
    path.write_text(render(story.report(), "html", Look()), encoding="utf-8")
    browser.open(path)
    shown = "document.querySelector('#attention').innerText.split('tmpl_a').length - 1"
    assert browser.ask("document.querySelectorAll('#attention li details').length") == 1
    browser.look(media="print")
    assert browser.ask(shown) == 1
    browser.look()


def test_a_link_to_a_folded_record_opens_it(browser, file) -> None:
    """Folds are shut on the screen; a reader who follows a point's link sees the record."""
    browser.open(file)
    seen = "document.querySelector('#record-23').checkVisibility({contentVisibilityAuto: true})"
    assert browser.ask("document.querySelectorAll('details.object[open]').length") == 0
    browser.ask("document.querySelector('a[href=\"#record-23\"]').click()")
    assert browser.ask("document.querySelector('#record-23').closest('details').open") is True
    assert browser.ask(seen) is True


def test_hostile_text_does_nothing(browser, tmp_path) -> None:
    """It runs nothing, makes no element, and leaves the page's own text in its direction."""
    path = tmp_path / "hostile.html"
    path.write_text(render(hostile(ODD).report(log=ODD), "html", Look()), encoding="utf-8")
    browser.open(path, width=320)
    assert browser.ask("document.querySelectorAll('script, [onx]').length") == 0
    told = [
        one
        for one in browser.events
        if one.get("method") in {"Page.javascriptDialogOpening", "Log.entryAdded"}
    ]
    assert told == []
    assert "<script>alert(1)</script>" in browser.ask("document.querySelector('.message').textContent")
    assert (
        browser.ask("/[\\u202a-\\u202e\\u2066-\\u2069\\u200b]/.test(document.documentElement.innerHTML)")
        is False
    )
    assert browser.ask("document.documentElement.scrollWidth") <= 320
