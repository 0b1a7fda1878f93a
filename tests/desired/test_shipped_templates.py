"""The examples in templates.d are what this tool asks of everybody."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from reconciler.core.sms import non_gsm
from reconciler.desired.load import load
from reconciler.desired.schema import schemas

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "templates.d").iterdir())


@pytest.fixture
def state(monkeypatch):
    """templates.d on the day it was written."""
    monkeypatch.chdir(ROOT)
    return load(["templates.d"], today="2026-11-23", clock=lambda: 0.0)


def test_no_example_has_a_finding(state):
    """Not even a warning."""
    assert state.findings == ()


def test_there_is_something_of_every_kind(state):
    """At least eight templates, a campaign, a webhook and a policy, each in a file of its own."""
    counted = Counter(document.kind for document in state.documents)
    assert counted["Template"] >= 8
    assert counted["Webhook"] == 1
    assert counted["Campaign"] == counted["Policy"] == 1
    assert len(state.documents) == len(FILES)


def test_the_examples_show_what_can_be_done(state):
    """Placeholders with budgets, GSM-7's own letters, and waivers of an emoji and of a second segment are shown."""
    templates = [document.body for document in state.documents if document.kind == "Template"]
    assert any("ñ" in body["content"] and not non_gsm(body["content"]) for body in templates)
    assert any(ord(character) > 0xFFFF for body in templates for character in body["content"])
    waived = {waiver["rule"] for body in templates for waiver in body.get("waivers", ())}
    assert waived == {"CX101", "CX105"}
    registered = [one.fields for one in state.desired() if one.kind == "registration"]
    assert len(registered) == len(templates)
    assert {fields["message_class"] for fields in registered} >= {"TRANSACTIONAL", "MARKETING", "OTP"}
    assert all(len(fields["opt_in_language"]) >= 40 for fields in registered)
    assert sum("campaign" in body["a2p"] for body in templates) >= 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_tells_editors_its_schema(file, state):
    """The first line names a schema that exists, and the one of the file's kind."""
    first = file.read_text("utf-8").split("\n")[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    schema = (file.parent / first.removeprefix(prefix)).resolve()
    assert schema.is_file()
    (kind,) = {document.kind for document in state.documents if document.file == f"templates.d/{file.name}"}
    assert schema == ROOT / "schemas" / f"{kind.lower()}.schema.json"
    assert kind in schemas()
