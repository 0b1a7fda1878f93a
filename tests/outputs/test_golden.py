"""What a reviewer reads, byte for byte. ``GOLDEN=write`` writes the files anew (see ``golden/plans.py``)."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from golden.plans import PLANS, REPORTS

from reconciler.outputs import Look, render

FOLDER = Path(__file__).parent / "golden"
WRITE = os.environ.get("GOLDEN") == "write"
FORMS = {
    "txt": ("text", Look(width=100)),
    "60.ansi": ("text", Look(color=True, width=60)),
    "80.ansi": ("text", Look(color=True, width=80)),
    "120.ansi": ("text", Look(color=True, width=120)),
    "md": ("markdown", Look(width=100)),
    "json": ("json", Look(width=100)),
    "github.txt": ("github", Look(width=100)),
    "sarif": ("sarif", Look(width=100)),
}
SUMMED = {("three-thousand", form) for form in FORMS if form != "md"}
"""Half a megabyte each: of these only a digest is kept. The other plans show what they look like."""


def shown(name: str, form: str) -> str:
    """The report in this form; of SARIF without the tool, whose version and rule texts other tests hold."""
    format_, look = FORMS[form]
    said = render({**PLANS, **REPORTS}[name], format_, look)
    if form == "sarif":
        log = json.loads(said)
        del log["runs"][0]["tool"]
        return json.dumps(log, ensure_ascii=False, indent=1) + "\n"
    if (name, form) in SUMMED:
        return f"{hashlib.sha256(said.encode()).hexdigest()}  {len(said.encode())} bytes\n"
    return said


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("name", [*PLANS, *REPORTS])
def test_it_is_said_as_it_was_looked_at(name, form) -> None:
    """Byte for byte what is in the golden file."""
    file = FOLDER / f"{name}.{form}{'.sha256' if (name, form) in SUMMED else ''}"
    said = shown(name, form)
    if WRITE:
        file.write_bytes(said.encode())
    assert file.exists(), "GOLDEN=write writes it"
    assert said == file.read_bytes().decode()


def test_no_golden_file_is_left_over() -> None:
    """Every file in the folder belongs to a report and a form."""
    known = {
        f"{name}.{form}{'.sha256' if (name, form) in SUMMED else ''}"
        for name in (*PLANS, *REPORTS)
        for form in FORMS
    }
    assert {file.name for file in FOLDER.iterdir() if file.is_file()} - {"plans.py", "sarif.json"} == known


def test_the_same_plan_is_said_the_same_under_any_hash_seed() -> None:
    """Sets and mappings in a plan do not shuffle what is printed."""
    import subprocess
    import sys

    script = (
        "import sys; sys.path[:0] = ['.', 'outputs']; import test_golden as g, hashlib; "
        "print(hashlib.sha256(''.join(g.shown('everything', f) for f in g.FORMS).encode()).hexdigest())"
    )
    outs = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            cwd=FOLDER.parent.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outs) == 1
