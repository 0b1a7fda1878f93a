"""What to try again, and when (RFC 9110 sections 9.2.2 and 10.2.3)."""

from __future__ import annotations

import math
import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

LONGEST_WAIT = 120.0
"""Seconds of Retry-After that are waited for; beyond, the call fails."""

_LONGEST_BACK_OFF = 30.0
_DEEPEST_CAUSE = 10
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def back_off(retry: int, random: float) -> float:
    """Seconds before a retry: 1 to 5 before the first (1), doubled each time, 30 at most; 0 <= random < 1."""
    return min(_LONGEST_BACK_OFF, (1 + 4 * random) * 2.0 ** min(retry - 1, 10))


def retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds to wait as RFC 9110 section 10.2.3 has it, None where the header is absent or senseless.

    A date is held against the answer's own Date: a wrong clock here does no harm. ``now`` is POSIX time.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    at = http_date(text)
    if at is None:
        return None
    sent = http_date(headers.get("date", ""))
    return max(0.0, at - (now if sent is None else sent))


def is_refusal(status: int, wait: float | None) -> bool:
    """Whether the tenant certainly did not carry out a write, and would if it were sent again later."""
    return status in {425, 429} or (status == 503 and wait is not None)


def was_never_sent(error: httpx.TransportError) -> bool:
    """Whether a request failed before any of it could have reached the tenant."""
    return isinstance(error, _NEVER_SENT)


def is_hopeless(error: httpx.TransportError, *, reached: bool) -> bool:
    """Whether another try would fail alike: a certificate, or a host name that never worked in this run."""
    cause: BaseException | None = error
    for _ in range(_DEEPEST_CAUSE):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
            return not reached
        cause = cause.__cause__ or cause.__context__ if cause else None
    return False


def come_back(seconds: float, now: float) -> str:
    """When to try again, for people: ``in 3600 s, at 2026-11-20T10:00:00Z``."""
    try:
        at = datetime.fromtimestamp(now + seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return "later than a calendar can say"
    return f"in {math.ceil(seconds)} s, at {at:%Y-%m-%dT%H:%M:%SZ}"


def http_date(text: str) -> float | None:
    """POSIX time of a date as HTTP writes it, None where it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
