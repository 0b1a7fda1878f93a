"""A report's points in text and Markdown: what is alike is said once."""

from __future__ import annotations

import pytest
from story import Story

from reconciler.outputs import Look, render


@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_points_that_are_alike_are_one_with_number_and_names(format_) -> None:
    """Twelve failures: one sentence, ten ids with their names, and how many more."""
    story = Story()
    for number in range(12):
        story.done("failed", target=f"tmpl_{number:02}")
    said = render(story.report(), format_, Look(width=2000))
    assert said.count("The last changes of 12 templates failed. Their entries say why.") == 1
    assert "tmpl_00 (Reminder), record 2; tmpl_01 (Reminder), record 4;" in said
    assert "tmpl_09 (Reminder), record 20; and 2 more" in said
