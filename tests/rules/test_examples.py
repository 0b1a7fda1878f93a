"""Every rule explains itself, passes its good example, and finds its bad one in the right place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from reconciler.core.model import Document
from reconciler.desired.campaigns import by_name, named_by
from reconciler.rules import Context, check, discover

HERE = Path(__file__).parent
CODES = sorted(path.name for path in HERE.glob("CX*"))


def load(code: str, name: str) -> list[Document]:
    """The documents of one example file."""
    bodies = yaml.safe_load_all((HERE / code / f"{name}.yaml").read_text(encoding="utf-8"))
    return [
        Document(kind=body["kind"], body=body, file=f"{name}.yaml", line=1, index=index)
        for index, body in enumerate(bodies)
    ]


def around(documents: list[Document], context: Context) -> Context:
    """The context with the Campaigns that stand beside the documents, and those that they name."""
    return replace(
        context, campaigns=by_name(documents), used=frozenset(filter(None, map(named_by, documents)))
    )


def test_rules_and_examples_match():
    """There is an example for every rule, and no other example."""
    assert list(discover()) == CODES


@pytest.mark.parametrize("code", CODES)
def test_explanation(code):
    """The explanation says what, why, how to fix and how to waive it, and shows a failing and a passing example."""
    docstring = discover()[code].docstring
    for part in ("\n\nWhat: ", "\n\nWhy: ", "\n\nHow to fix: ", "\n\nWaive it: ", "\nFails", "\nPasses"):
        assert part in docstring
    assert not docstring.startswith((" ", "\n"))


@pytest.mark.parametrize("code", CODES)
def test_good_example(code, context):
    """The rule has nothing against the good example, and that really is one for the rule."""
    documents = load(code, "good")
    assert any(document.kind in discover()[code].kinds for document in documents)
    given = around(documents, context())
    assert [one for document in documents for one in check(document, given) if one.code == code] == []


@pytest.mark.parametrize("code", CODES)
def test_bad_example(code, context):
    """The rule finds exactly what is wrong with the bad example: the place, the severity and the words."""
    expected = yaml.safe_load((HERE / code / "expected.yaml").read_text(encoding="utf-8"))
    documents = load(code, "bad")
    given = around(documents, context())
    found = [one for document in documents for one in check(document, given) if one.code == code]
    assert [(one.path, one.offset, one.key, one.severity) for one in found] == [
        (tuple(one["path"]), one.get("offset"), one.get("key", False), one.get("severity", "error"))
        for one in expected
    ]
    for one, wanted in zip(found, expected, strict=True):
        assert one.name == discover()[code].name
        assert wanted["says"] in one.message


@pytest.mark.parametrize("code", CODES)
def test_missing_fields_are_left_to_the_schema(code, context):
    """A document without any field, or with fields of the wrong type, crashes no rule."""
    for kind in discover()[code].kinds:
        for value in (None, 5, [], True):
            fields = dict.fromkeys(
                ("content", "name", "from_address", "url", "status", "approve_from"), value
            )
            body = {"kind": kind, "waivers": value, "variables": None} | fields
            found = check(Document(kind=kind, body=body, file="a.yaml", line=1, index=0), context())
            assert {one.code for one in found} <= {"CX104"}


def test_messages_are_plain(context):
    """No message of an example holds a control, invisible or bidirectional character."""
    every = [load(code, "bad") for code in CODES]
    found = [one for each in every for document in each for one in check(document, around(each, context()))]
    assert {one.code for one in found} >= set(CODES)
    assert [one.message for one in found if not one.message.isprintable()] == []
