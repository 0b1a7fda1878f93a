"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from reconciler.errors import ReconcilerError


def write(text: str, out: str, what: str) -> None:
    """Write ``text`` to ``out``. ReconcilerError, in which ``what`` says what it was, where that cannot be."""
    beside = Path(f"{out}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, out)
    except OSError as failure:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: {failure.strerror}. Name another --out."
        ) from None
