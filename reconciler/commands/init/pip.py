"""What the released package needs, asked of pip, wherever pip is told to look."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from reconciler.commands.init import pins
from reconciler.commands.init.facts import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = 180
_ROUNDS = 3
_ABSENT = re.compile(r"No module named '?pip\b")


def requirements(version: str, wheel: str | None) -> str:
    """The text of the requirements file for this version; NoPins, with pip's own reason, where there is none.

    ``wheel`` is the path of the package, where it comes from no index.
    """
    wanted = f"{PACKAGE}=={version}" if wheel is None else os.path.abspath(wheel)
    name = None if wheel is None else os.path.basename(wheel)
    why = "there is no pip here"
    for python in dict.fromkeys((sys.executable, shutil.which("python3"))):
        if not python:
            continue
        try:
            return pins.requirements(_report(python, wanted), version, name)
        except pins.NoPins as reason:
            why = why if _ABSENT.search(str(reason)) else str(reason)
    raise pins.NoPins(why)


def _report(python: str, package: str) -> dict[str, Any]:
    """pip's report, asked again with what it left out because it judges by its own Python."""
    wanted = [package]
    for _ in range(_ROUNDS):
        report = _asked(python, wanted)
        more = pins.missing(report)
        if not more:
            break
        wanted += more
    return report


def _asked(python: str, wanted: Sequence[str]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        words = pins.arguments(str(report), str(Path(folder, "target")), wanted)
        try:
            done = subprocess.run(  # noqa: S603  the words are ours
                [python, "-m", "pip", *words],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if done.returncode != 0:
                raise pins.NoPins(_reason(done.stderr.decode("utf-8", "replace")))
            found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        except subprocess.TimeoutExpired:
            raise pins.NoPins(f"it did not end in {_SECONDS} s") from None
        except (OSError, ValueError) as failure:
            raise pins.NoPins(f"its report cannot be read ({type(failure).__name__})") from None
    return found


def _reason(said: str) -> str:
    """pip's first error, else its last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it failed without a word"]
    first = next((line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")), lines[-1])
    return first[:300].rstrip(".")
