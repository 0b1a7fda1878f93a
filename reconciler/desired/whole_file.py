"""Atomic writes: a file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def put(path: str, parts: Iterable[bytes], mode: int | None = None) -> None:
    """Put these parts in the file's place, through links, with the mode of the file that is there. OSError.

    ``mode``, where it is given, is the file's whatever was there before.
    It is durable beside its place before it is moved there, so that neither a crash nor a full disk leaves half of it.
    """
    real = Path(os.path.realpath(path))
    beside = real.with_name(f".{secrets.token_hex(8)}.part")
    with contextlib.suppress(FileNotFoundError):
        mode = mode or stat.S_IMODE(real.stat().st_mode)
    # Of a mode that is narrower than usual the content is never in a wider one, not for a moment.
    made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(made, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(real)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
