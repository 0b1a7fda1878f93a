"""The steps of ``verify-webhook``: stored body and headers, secrets by reference, one verdict."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError, UsageProblem
from reconciler.desired.secrets import read
from reconciler.outputs._results import Verified
from reconciler.webhooks import InvalidSignature, Message, OutOfTime, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.core.model import SecretRef

LARGEST = 16 * 1024 * 1024
"""Bytes of a body, and of a file of headers, that are read."""

_HEADER = re.compile(r"(?:[<>] )?([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)")
_LINE_BREAKS = (b"\r\n", b"\n")
_ADVICE = (
    "Give the body byte for byte as it came, the headers that came with it, and the secret that the webhook was made "
    "with; while it is being rotated, both."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """Where the request is: its raw body in ``file`` (``-``: stdin), headers in options or in a file."""

    file: str
    header: tuple[str, ...]
    headers: str | None


def verified(
    delivery: SignedRequest, refs: Sequence[SecretRef], *, tolerance: int, at: str | None
) -> Verified:
    """The message that is to be believed; InvalidSignature says why it is not, and what to try."""
    as_of = time.time() if at is None else _seconds(at)
    headers = _headers(delivery)
    secrets = [read(ref, os.environ) for ref in refs]
    body = _read(delivery.file)

    def checked(content: bytes, keys: Sequence[str]) -> Message:
        return verify(content, headers, keys, tolerance=tolerance, now=lambda: as_of)

    try:
        message = checked(body, secrets)
    except OutOfTime as refused:
        raise InvalidSignature(f"{refused.message} {_in_time(at)}") from None
    except InvalidSignature as refused:
        raise InvalidSignature(f"{refused.message} {_what_would(body, secrets, checked)}") from None
    used = next(ref for ref, key in zip(refs, secrets, strict=True) if _holds(checked, body, [key]))
    return Verified(
        id=message.id,
        timestamp=message.timestamp,
        signed_at=f"{datetime.fromtimestamp(message.timestamp, UTC):%Y-%m-%dT%H:%M:%SZ}",
        age=round(as_of - message.timestamp),
        secret=f"{used.source}:{used.name}",
    )


def _in_time(at: str | None) -> str:
    if at is not None:
        return "Is --at the time at which it was received?"
    return (
        "Set this clock right; of a message that was received earlier and kept, say when it came with --at."
    )


def _what_would(
    body: bytes, secrets: Sequence[str], checked: Callable[[bytes, Sequence[str]], Message]
) -> str:
    """What to do: the likeliest accident is an editor's or ``echo``'s line break behind the body."""
    for line_break in _LINE_BREAKS:
        if body.endswith(line_break) and _holds(checked, body.removesuffix(line_break), secrets):
            return (
                "Without the line break at its end the body is the one that was signed: store it as it comes."
            )
    return _ADVICE


def _holds(checked: Callable[[bytes, Sequence[str]], Message], body: bytes, secrets: Sequence[str]) -> bool:
    try:
        checked(body, secrets)
    except InvalidSignature:
        return False
    return True


def _headers(delivery: SignedRequest) -> dict[str, str]:
    """The headers by lower-case name. Of a file all that are no headers is passed over, up to the first empty line."""
    found: dict[str, str] = {}
    lines = _of_file(delivery.headers) if delivery.headers is not None else []
    for text in delivery.header:
        if not _HEADER.fullmatch(text):
            raise UsageProblem(f"--header is not valid: it is {text!r}, and must be 'NAME: VALUE'.")
        lines.append(text)
    for name, value in (match.groups() for line in lines if (match := _HEADER.fullmatch(line))):
        key = name.lower()
        if key in found and key.startswith("webhook-"):
            raise InvalidSignature(
                f"Webhook refused: {key} is there twice, and only one can have been signed. {_ADVICE}"
            )
        found[key] = value.strip()
    return found


def _of_file(name: str) -> list[str]:
    text = _read(name).decode("utf-8", "surrogateescape")
    head = re.split(r"\r?\n[ \t]*\r?\n", text.lstrip("\r\n"), maxsplit=1)[0]
    return head.replace("\r\n", "\n").split("\n")


def _read(name: str) -> bytes:
    """The whole file; ``-`` is stdin. ReconcilerError where it cannot be had."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(name, "rb") as file:
                content = file.read(LARGEST + 1)
    except (OSError, ValueError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else "its name cannot be"
        raise ReconcilerError(f"{name!r} cannot be read: {why}. Name a file, or - for stdin.") from None
    if len(content) > LARGEST:
        raise ReconcilerError(f"{name!r} is larger than {LARGEST // 1024**2} MiB: no webhook is.")
    return content


def _seconds(at: str) -> float:
    """``--at`` in seconds since 1970."""
    if re.fullmatch(r"[0-9]{1,9}|[1-7][0-9]{9}", at):
        return float(at)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year < 2200:
        raise UsageProblem(
            f"--at is not valid: it is {at!r}, and must be a time with its zone (2026-11-20T10:00:00Z) or seconds "
            "since 1970."
        )
    return moment.timestamp()
