"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from reconciler.core.errors import ReconcilerError


def write(text: str, out: str, what: str) -> None:
    """Write ``text`` to ``out``, through a link, and never over a device or a pipe such as ``/dev/stdout``.

    ReconcilerError, in which ``what`` says what it was, where that cannot be.
    """
    if os.path.exists(out) and not os.path.isfile(out):
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: it is there, and no regular file. Name another --out; without one "
            f"the {what} is printed."
        )
    real = os.path.realpath(out)
    beside = Path(f"{real}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, real)
    except OSError as failure:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: {failure.strerror}. Name another --out."
        ) from None
