"""A report of a long log: what is held of it does not grow as the log does."""

from __future__ import annotations

import gc
from datetime import date, timedelta

import pytest
from builders import action
from story import NOW, Story

from reconciler.audit import whole_log
from reconciler.audit.chain import Record
from reconciler.audit.log import writing
from reconciler.audit.report.fold import Question, report
from reconciler.audit.report.history import Entry, RunHistory, Undone
from reconciler.outputs import Look, parts

_LOOKS = 20
"""How often what is held is counted, which takes a tenth of a second."""


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log of 200 changes of five templates, five records each, in four sealed files; all is delivered."""
    path = tmp_path_factory.mktemp("log") / "audit.jsonl"
    with writing(str(path), sleep=lambda _: None, warn=print) as writer:
        for first in range(0, 200, 50):
            story = Story()
            for number in range(first, first + 50):
                story.run(f"r{number}", (date(2014, 1, 1) + timedelta(number)).isoformat())
                target = f"tmpl_{number % 5}"
                story.reviewed(action(target=target))
                story.done(target=target)
                story.registered(target)
            made = writer.append([Record({**one, "hash": None}) for one in story.records])
            done = [one["seq"] for one in made if one["event"] == "outcome"]
            story.add("delivered", delivered=done)
            writer.append([Record({**story.records[-1], "hash": None})])
            writer.seal({**story.common, "timestamp": story.at})
    return str(path)


@pytest.mark.parametrize("format_", ["json", "text", "markdown", "html"])
def test_few_records_and_entries_are_held_at_once(log, format_) -> None:
    """Of 1,000 records, 400 entries, 200 runs: those in hand, and the last of each template, in every format."""
    held = []
    with whole_log.reading(log) as reading:
        before = _held()
        history = report(reading, Question(log="l", now=NOW))
        made = sum(1 for _ in parts(history, format_, Look()))
        looked_at = {at * made // _LOOKS for at in range(_LOOKS)}
        for number, _ in enumerate(parts(history, format_, Look())):
            if number in looked_at:
                held.append(_held() - before)
        (tenant,) = history.tenants
        assert sum(len(one.approvals) + len(one.registrations) for one in tenant.templates) == 400
        assert (history.chain.records, len(tenant.runs), len(tenant.undelivered)) == (1_008, 200, 0)
    assert max(held) < 80


def _held() -> int:
    """How many of what a report is made of there are."""
    return sum(isinstance(one, (Record, Entry, RunHistory, Undone)) for one in gc.get_objects())
