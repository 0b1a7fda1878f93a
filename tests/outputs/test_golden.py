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
    "md": ("markdown", Look(width=100)),
    "json": ("json", Look(width=100)),
    "github.txt": ("github", Look(width=100)),
    "sarif": ("sarif", Look(width=100)),
}
SUMMED = "three-thousand"
"""Half a megabyte in each form but Markdown, which is cut: of these only a digest is kept."""


def file_of(name: str, form: str) -> str:
    """The golden file's name."""
    return f"{name}.{form}{'.sha256' if name == SUMMED and form != 'md' else ''}"


# 60 columns are shown by one plan: what a narrow terminal folds is the same code for all of them.
FILES = {
    file_of(name, form): (name, form)
    for name in (*PLANS, *REPORTS)
    for form in FORMS
    if form != "60.ansi" or name == "everything"
}


def shown(name: str, form: str) -> str:
    """The report in this form; of SARIF without the tool, whose version and rule texts other tests hold."""
    format_, look = FORMS[form]
    said = render({**PLANS, **REPORTS}[name], format_, look)
    if form == "sarif":
        log = json.loads(said)
        del log["runs"][0]["tool"]
        return json.dumps(log, ensure_ascii=False, indent=1) + "\n"
    if file_of(name, form).endswith(".sha256"):
        return f"{hashlib.sha256(said.encode()).hexdigest()}  {len(said.encode())} bytes\n"
    return said


@pytest.mark.parametrize("file", FILES)
def test_it_is_said_as_it_was_looked_at(file) -> None:
    """Byte for byte what is in the golden file."""
    path = FOLDER / file
    said = shown(*FILES[file])
    if WRITE:
        path.write_bytes(said.encode())
    assert path.exists(), "GOLDEN=write writes it"
    assert said == path.read_bytes().decode()


def test_no_golden_file_is_left_over() -> None:
    """Every file in the folder belongs to a report and a form."""
    there = {file.name for file in FOLDER.iterdir() if file.is_file()}
    assert there - {"plans.py", "sarif.json"} == set(FILES)


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
