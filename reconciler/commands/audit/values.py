"""What the audit commands take on their command line: hashes, days, and a format that a file's name says."""

from __future__ import annotations

import os
import re
from datetime import datetime

import click
from click.core import ParameterSource

_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_FORMATS = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
    ".txt": "text",
}


def record_hash(written: str | None) -> str | None:
    """What ``--expect-head`` says as records have it: ``sha256:`` may be missing, and letters be of any case."""
    if written is None:
        return None
    match = _HASH.fullmatch(written)
    if match is None:
        raise click.UsageError(
            f"--expect-head {written!r} is not a hash: a record's is 64 hexadecimal digits, with or without sha256: "
            "before them, as apply and audit verify print it."
        )
    return f"sha256:{match[1].lower()}"


def day(written: str) -> datetime:
    """A day, as ``2026-10-01``."""
    try:
        return datetime.strptime(written, "%Y-%m-%d")  # noqa: DTZ007  a day in UTC has no zone to be read
    except ValueError:
        raise click.BadParameter(f"{written!r} is not a date: write it as 2026-10-01.") from None


def format_of(out: str | None, format_: str) -> str:
    """What ``--format`` says; where it does not, what the file's name says."""
    source = click.get_current_context().get_parameter_source("format_")
    if out is None or source is not ParameterSource.DEFAULT:
        return format_
    return _FORMATS.get(os.path.splitext(out)[1].lower(), format_)
