"""axe-core finds nothing in the HTML report: in light and dark, wide and narrow, folded and open.

The script is found by ``AXE_CORE`` (the path of ``axe.min.js``).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from browser import Browser
from story import Story, everything

from reconciler.outputs import Look, render

SCRIPT = os.environ.get("AXE_CORE")
RUN = """axe.run(document, { resultTypes: ['violations'] }).then((told) => JSON.stringify(
  told.violations.map((one) => [one.id, one.help, one.nodes.map((node) => node.html.slice(0, 120))])))"""
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser for these tests. Without axe-core they are skipped, and on CI they fail."""
    if SCRIPT is None:
        why = "axe-core is not installed: npm install axe-core, and set AXE_CORE to its axe.min.js"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


def many() -> Story:
    """Enough templates that every list is folded, and points that are alike."""
    story = everything()
    story.run("r7", "2026-11-10")
    for number in range(20):
        story.done("failed" if number % 3 else "applied", target=f"tmpl_{number:02}")
    return story


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 390)])
@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("story", [everything, many])
def test_axe_finds_nothing(browser, tmp_path, story, scheme, width, folded) -> None:
    """No violation of any of its rules."""
    path = tmp_path / "report.html"
    path.write_text(render(story().report(), "html", Look()), encoding="utf-8")
    browser.look(scheme=scheme)
    browser.open(path, width=width)
    if not folded:
        browser.ask(OPEN)
    assert SCRIPT is not None
    browser.ask(Path(SCRIPT).read_text("utf-8") + "; null")
    assert json.loads(browser.wait_for(RUN)) == []
