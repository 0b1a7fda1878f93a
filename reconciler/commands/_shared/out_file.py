"""The file that ``--out`` names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.desired import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN = 0o600
"""Plans and reports hold message texts: they are their maker's alone, until he gives them away."""


def write(parts: Iterable[str], out: str, what: str) -> None:
    """Write the parts of a text to ``out``, whole or not at all, and for its owner alone.

    Never over a device or a pipe such as ``/dev/stdout``. ReconcilerError where that cannot be; in it ``what`` says
    what it was.
    """
    if os.path.exists(out) and not os.path.isfile(out):
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: it is there, and no regular file. Name another --out; without one "
            f"the {what} is printed."
        )
    try:
        whole_file.put(out, (part.encode() for part in parts), _OWN)
    except OSError as failure:
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: {failure.strerror}. Name another --out."
        ) from None
