"""The check a receiver makes before it believes a webhook (Standard Webhooks; help http).

The signed text is ``{webhook-id}.{webhook-timestamp}.{raw body}``, HMAC-SHA256, written ``v1,<base64>``. A
secret that begins with ``whsec_`` is base64 after that; any other is its own UTF-8 bytes. To receive:

    message = verify(raw_body, request.headers, [new_secret, old_secret])
    if message.id in seen: ...        # delivery is at least once, so drop what was handled before
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "InvalidSignature",
    "Message",
    "OutOfTime",
    "UnusableArgument",
    "UnusableSecret",
    "key_of",
    "sign",
    "verify",
]

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SHORTEST = 24
"""Bytes of a key behind ``whsec_`` (Standard Webhooks: 24 to 64)."""

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class InvalidSignature(ReconcilerError):
    """The message is not to be believed; the reason is in the text. Answer 401 and drop it."""


class OutOfTime(InvalidSignature):
    """Its timestamp is older than the tolerance, or further ahead: a replay, or a clock that is wrong."""


class UnusableArgument(ReconcilerError):
    """What the receiver gave to ``verify`` cannot be used: its own mistake, and not the sender's."""


class UnusableSecret(UnusableArgument):
    """The receiver's own secret cannot be a key: a mistake of configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was verified: ``id`` to recognise a repeated delivery by, ``timestamp`` in seconds since 1970."""

    id: str
    timestamp: int


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    *,
    tolerance: int = 300,
    now: Callable[[], float] = time.time,
) -> Message:
    """Believe ``body`` (the raw bytes received, before any JSON parsing) or raise InvalidSignature.

    ``secrets``: one, or several while a rotation is under way. ``tolerance``: seconds that a message may be
    old, or ahead of this clock. Header names count whatever their case. UnusableArgument where one of these is not
    what it should be: no message could be judged by it.
    """
    keys = _keys(secrets)
    _require_usable(body, tolerance)
    message_id, stamp, signatures = _three(headers)
    timestamp = _fresh(stamp, tolerance, now())
    # Servers hand on what is no UTF-8 as surrogates: a forged header is refused, and is no error of this program.
    offered = [
        entry[3:].encode("utf-8", "surrogatepass") for entry in signatures.split() if entry.startswith("v1,")
    ]
    if not offered:
        raise _refusal("webhook-signature holds no signature of version v1")
    wanted = [_digest(key, message_id, stamp, body) for key in keys]
    # Every pair is compared, so that the time taken does not say which one came close.
    matches = [hmac.compare_digest(one, other) for one in wanted for other in offered]
    if not any(matches):
        raise _refusal(
            "no signature matches: another secret, or the body was changed on its way (even its white space)"
        )
    return Message(id=message_id, timestamp=timestamp)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One entry of ``webhook-signature``: ``v1,`` and the base64 of the HMAC. ``timestamp`` in seconds."""
    return "v1," + _digest(key_of(secret), message_id, str(timestamp), body).decode()


def _keys(secrets: object) -> list[bytes]:
    several = secrets if isinstance(secrets, list | tuple) else (secrets,)
    if not several:
        raise UnusableSecret(
            "No secret to verify the webhook with. Give the one that the webhook was made with."
        )
    return [key_of(secret) for secret in several]


def _require_usable(body: object, tolerance: object) -> None:
    if not isinstance(body, bytes | bytearray | memoryview):
        raise UnusableArgument(
            f"The body to verify is no bytes, but {type(body).__name__}. Give the request's body as it came, before it "
            "is decoded or parsed: what is made of it anew is signed by nobody."
        )
    # The comparison is false for what is no number at all, such as nan: then nothing would ever be too old.
    if not isinstance(tolerance, int | float) or not 0 <= tolerance < math.inf:
        raise UnusableArgument(
            f"The tolerance is {tolerance!r}, and must be a number of seconds from 0 on: without an end to it an old "
            "message can be sent again for ever."
        )


def key_of(secret: str) -> bytes:
    """The HMAC key that a secret stands for.

    UnusableSecret: no text, empty, or less than 24 bytes in base64 after ``whsec_``.
    """
    if not isinstance(secret, str):
        raise UnusableSecret(
            f"A webhook secret cannot be used: it is no text, but {type(secret).__name__}. Was it set where the "
            "receiver reads it?"
        )
    if not secret.startswith("whsec_"):
        key = secret.encode("utf-8", "surrogatepass")
    else:
        try:
            text = secret.removeprefix("whsec_")
            key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)  # some leave the padding out
        except (binascii.Error, ValueError):
            raise UnusableSecret(
                "A webhook secret cannot be used: what follows whsec_ is not base64. Copy it again, whole."
            ) from None
        if len(key) < _SHORTEST:
            raise UnusableSecret(
                f"A webhook secret cannot be used: what follows whsec_ is {len(key)} bytes, and must be {_SHORTEST} or "
                "more. Copy it again, whole."
            )
    if not key:
        raise UnusableSecret(
            "A webhook secret cannot be used: it is empty. Set it where the receiver reads it."
        )
    return key


def _digest(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    try:
        name = message_id.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise _refusal("webhook-id holds half a surrogate pair, which nobody can have signed") from None
    signed = b".".join((name, timestamp.encode(), body))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _three(headers: Mapping[str, str]) -> tuple[str, str, str]:
    folded = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in _HEADERS if not folded.get(name)]
    if missing:
        raise _refusal(f"without {' and '.join(missing)}")
    message_id, timestamp, signatures = (folded[name] for name in _HEADERS)
    return message_id, timestamp, signatures


def _fresh(stamp: str, tolerance: int, now: float) -> int:
    if not _TIMESTAMP.fullmatch(stamp):
        raise _refusal("webhook-timestamp is not a number of whole seconds")
    age = now - int(stamp)
    if abs(age) > tolerance:
        how = f"{age:.0f} s old" if age > 0 else f"{-age:.0f} s ahead of this clock"
        raise OutOfTime(
            f"Webhook refused: it is {how}, more than the {tolerance} s allowed: a replay, or a clock that is wrong."
        )
    return int(stamp)


def _refusal(reason: str) -> InvalidSignature:
    return InvalidSignature(f"Webhook refused: {reason}.")
