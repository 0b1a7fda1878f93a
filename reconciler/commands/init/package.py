"""What the workflows install: the released package, or a wheel that is kept in the repository; by hashes either way."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from reconciler import __version__
from reconciler.commands.init import pins, pip
from reconciler.commands.init.facts import PACKAGE, Wheel
from reconciler.commands.init.files import REQUIREMENTS
from reconciler.core.errors import ReconcilerError, UsageProblem

_WHEEL = re.compile(r"cxone_reconciler-[A-Za-z0-9_.!+-]+\.whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """The text of the requirements file, None where it is there already; the wheel, where it comes from no index."""

    requirements: str | None
    wheel: Wheel | None


def requirements(top: str, wheel: str | None) -> Pinned:
    """What is to be laid down in the repository at ``top``.

    ReconcilerError where pip finds no package to install: then no workflow could run, and nothing is laid down.
    """
    kept = _read(wheel) if wheel is not None else None
    if os.path.lexists(os.path.join(top, REQUIREMENTS)):
        return Pinned(requirements=None, wheel=kept)
    try:
        return Pinned(requirements=pip.requirements(__version__, wheel), wheel=kept)
    except pins.NoPins as reason:
        raise ReconcilerError(
            f"The workflows would have nothing to install: pip cannot pin {PACKAGE} {__version__} and what it needs: "
            f"{reason}. Nothing was written. Where no index has this version, make a wheel of it (`pip wheel --no-deps "
            f"--wheel-dir dist .` in a checkout of {PACKAGE}) and name it: `reconciler init --wheel FILE` keeps it in "
            ".github/. Where pip has to look elsewhere, say so with PIP_INDEX_URL or PIP_FIND_LINKS."
        ) from None


def _read(file: str) -> Wheel:
    name = os.path.basename(file)
    if not _WHEEL.fullmatch(name):
        raise UsageProblem(
            f"--wheel {file} is no wheel of {PACKAGE}: its name would be cxone_reconciler-….whl."
        )
    try:
        return Wheel(name=name, content=Path(file).read_bytes())
    except OSError as failure:
        raise UsageProblem(f"--wheel {file} cannot be read: {failure.strerror}.") from None
