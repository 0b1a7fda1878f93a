"""Artifacts hold the paths that upload-artifact would give them."""

from __future__ import annotations

import pytest
from artifacts import ActionFailed, names_of, packed, unpacked

FILES = (
    "audit/t.jsonl",
    "audit/t.jsonl.torn-3",
    "audit/u.jsonl",
    "reviewed/1.plan.json",
    "out/plan.json",
    "out/code",
)


@pytest.fixture
def workspace(tmp_path):
    for name in (*FILES, "out/.hidden", "reviewed/deep/2.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("out/plan.json", ["plan.json"]),
        ("out/", ["code", "plan.json"]),
        ("out", ["code", "plan.json"]),
        ("out/plan.json\nout/code\n", ["code", "plan.json"]),
        ("audit/*.jsonl", ["t.jsonl", "u.jsonl"]),
        ("audit/t.jsonl\nreviewed/*.json", ["audit/t.jsonl", "reviewed/1.plan.json"]),
        ("audit/t.jsonl\nnot-there/*.json", ["audit/t.jsonl"]),
        (
            "audit/t.jsonl\naudit/t.jsonl.torn-*\nout/",
            ["audit/t.jsonl", "audit/t.jsonl.torn-3", "out/code", "out/plan.json"],
        ),
        ("reviewed/**/*.json", ["1.plan.json", "deep/2.json"]),
    ],
)
def test_names_are_relative_to_the_least_common_ancestor(workspace, patterns, names):
    """One file: its name alone. One search path: below it. Several, found or not: below what they have in common."""
    assert names_of(packed(workspace, patterns)) == names


def test_nothing_found_is_no_artifact(workspace):
    """A path that leads nowhere packs nothing; exclusions are not known here."""
    assert packed(workspace, "not-there/*.json") is None
    with pytest.raises(ActionFailed):
        packed(workspace, "!out/code")


def test_what_was_packed_comes_out(workspace, tmp_path):
    """Byte by byte, under the same names."""
    unpacked(packed(workspace, "audit/t.jsonl\nreviewed/*.json"), tmp_path / "new")
    assert (tmp_path / "new" / "audit" / "t.jsonl").read_text(encoding="utf-8") == "audit/t.jsonl"
