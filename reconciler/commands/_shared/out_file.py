"""The file that ``--out`` names."""

from __future__ import annotations

import os

from reconciler.core.errors import ReconcilerError
from reconciler.desired import whole_file

_OWN = 0o600
"""Plans and reports hold message texts: they are their maker's alone, until he gives them away."""


def write(text: str, out: str, what: str) -> None:
    """Write ``text`` to ``out``, whole or not at all, and for its owner alone.

    Never over a device or a pipe such as ``/dev/stdout``. ReconcilerError where that cannot be; in it ``what`` says
    what it was.
    """
    if os.path.exists(out) and not os.path.isfile(out):
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: it is there, and no regular file. Name another --out; without one "
            f"the {what} is printed."
        )
    try:
        whole_file.put(out, text.encode(), _OWN)
    except OSError as failure:
        raise ReconcilerError(
            f"The {what} cannot be saved as {out}: {failure.strerror}. Name another --out."
        ) from None
