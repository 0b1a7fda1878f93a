"""Atomic writes: a file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path


def put(path: str, content: bytes, mode: int | None = None) -> None:
    """Put the content in the file's place, through links, with the mode of the file that is there. OSError.

    ``mode``, where it is given, is the file's whatever was there before.
    It is durable beside its place before it is moved there, so that neither a crash nor a full disk leaves half of it.
    """
    real = Path(os.path.realpath(path))
    beside = real.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), mode or stat.S_IMODE(real.stat().st_mode))
            os.fsync(file.fileno())
        beside.replace(real)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
