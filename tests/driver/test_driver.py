"""Random histories: a few in every run of the tests, many where they are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .__main__ import FILE, HEADING, KINDS, drive, table

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the disk is watched by way of /proc"
)
ROOT = Path(__file__).parents[2]


def test_some_histories():
    """The same few hundred runs each time: whatever befalls them, nothing is lost, doubled or untrue."""
    drive(histories=100, steps=12)


@pytest.mark.long
def test_many_histories():
    """Others each time, for minutes."""
    drive(histories=2000, steps=25, chance=True)


def test_what_is_proven_stands_in_a_table():
    """The file is as the driver writes it: each kind of fault, three noughts, what repeats it."""
    written = (ROOT / FILE).read_text("utf-8")
    made = table({}, seconds=0)
    assert written.startswith(made.split("Last run: ", maxsplit=1)[0])
    rows = [line.split("|")[1].strip() for line in written.splitlines() if line.startswith("| ")]
    assert rows == [line.split("|")[1].strip() for line in made.splitlines() if line.startswith("| ")]
    assert {name for name, _ in KINDS} < set(rows)
    assert HEADING in written
    for name in ("lost", "duplicated", "untrue"):
        assert re.search(rf"^\| {name} +\| +0 \|$", written, re.MULTILINE)
    assert FILE in (ROOT / "README.md").read_text("utf-8")
