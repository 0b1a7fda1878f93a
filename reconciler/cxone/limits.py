"""The rate limit that a tenant turns out to have: from its headers, or from how much it took before it refused.

Of headers, read are ``RateLimit-Policy`` with ``RateLimit`` or ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (IETF
HTTPAPI, draft-ietf-httpapi-ratelimit-headers, as it was from 03 to 10), and the older ``X-RateLimit-…``. Where no
window is written, the longest time until a reset that was seen is taken for it.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cxone.retries import LONGEST_WAIT

if TYPE_CHECKING:
    import httpx

_SHARE = 0.985
"""Of the limit: two requests that left a window apart may arrive with less between them."""

_ENOUGH = 10
"""Requests taken within a second before a refusal; of fewer nobody can tell a limit from a mishap."""

_SOON = 8.0
"""Seconds between two refusals that are of one limit."""

_SPACED = 10.0
"""Seconds of a window within which requests are spaced; a longer one is used up first, and its end waited for."""

_TRUSTED = 60.0
"""Seconds for which a limit that was found is believed, before a little more is tried."""

_MORE = 1.1
_LESS = 0.9
_NEVER_SPACED = 1000.0
_EPOCH = 1_000_000_000
"""A reset beyond this is a moment (POSIX time), not a number of seconds."""

_PARAMETER = re.compile(r"(?:^|[;,\s])(?P<name>[a-z]+)=(?P<value>[0-9]+)")
_NUMBER = re.compile(r"\s*([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many requests in a window of ``seconds``; ``left`` and ``reset`` (seconds) are of the current one, if told."""

    count: int
    seconds: float
    left: int | None = None
    reset: float | None = None


def limits(headers: httpx.Headers, now: float) -> Limit | None:
    """The limit that an answer's headers tell; None where they tell none. ``now`` is POSIX time."""
    current, policy = headers.get("ratelimit", ""), headers.get("ratelimit-policy", "")
    count = _told(policy, "q") or _told(current, "limit") or _number(_either(headers, "limit"))
    left, reset = _told(current, "r", "remaining"), _told(current, "t", "reset")
    left = _number(_either(headers, "remaining")) if left is None else left
    reset = _number(_either(headers, "reset")) if reset is None else reset
    if reset is not None and reset > _EPOCH:
        reset = max(0, round(reset - now))
    seconds = _told(policy, "w") or _told(_either(headers, "limit"), "w") or reset
    if count is None and policy:
        count = _number(policy)  # drafts 03 to 07: `100;w=1`
    if not count or not seconds:
        return None
    return Limit(count=count, seconds=float(seconds), left=left, reset=reset)


def _either(headers: httpx.Headers, name: str) -> str:
    return str(headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}") or "")


def _told(text: str, *names: str) -> int | None:
    """The first parameter of one of these names."""
    return next((int(each["value"]) for each in _PARAMETER.finditer(text) if each["name"] in names), None)


def _number(text: str) -> int | None:
    found = _NUMBER.match(text)
    return int(found[1]) if found else None


class Discovery:
    """The limit as far as it is known: ``interval`` is the time between two requests that keeps it, 0 without one.

    Times are monotonic seconds. One refusal alone may be a mishap: where another follows soon, what was taken in the
    second before is the limit. Is it refused too, the limit is lower, as where a tenant lets many through at first.
    After a while without refusals a little more is tried.
    """

    def __init__(self) -> None:
        self.interval = 0.0
        self._rate = 0.0
        self._taken: deque[float] = deque()
        self._trust = _TRUSTED
        self._refused_at = self._found_at = self._more_at = float("-inf")
        self._window = 0.0

    def accepted(self, now: float) -> None:
        """Note a request that was taken."""
        self._taken.append(now)
        self._forget(now)
        if self.interval and now >= self._more_at:
            self.interval /= _MORE
            self._more_at = now + self._trust / 6

    def refused(self, now: float) -> None:
        """Note a request that was refused for its rate."""
        if now < self._found_at + 1:
            return  # it left before the limit was known
        again = now < self._refused_at + _SOON
        self._refused_at = now
        if self.interval:
            self._refused_at_pace(now, again=again)
        elif again:
            self._forget(now)
            if len(self._taken) >= _ENOUGH:
                self._keep(len(self._taken), now)

    def _refused_at_pace(self, now: float, *, again: bool) -> None:
        """What was tried beyond the limit was refused; or the limit itself, once for a delay, or again and again."""
        tried = self.interval * self._rate * _SHARE < 1 - 1e-9
        self._trust *= 2 if tried else 1
        self._keep(max(1.0, self._rate * _LESS) if again and not tried else self._rate, now)

    def told(self, limit: Limit, now: float) -> float:
        """Take in what headers say; returns for how many seconds nothing may leave, none where that is too long."""
        self._window = max(self._window, limit.seconds)
        if self._window <= _SPACED:
            self._keep(limit.count / self._window, now)
        elif limit.left == 0 and limit.reset is not None and limit.reset <= LONGEST_WAIT:
            return limit.reset
        return 0.0

    def _keep(self, rate: float, now: float) -> None:
        self._rate = rate
        self.interval = 1 / (rate * _SHARE) if rate < _NEVER_SPACED else 0.0
        self._found_at, self._more_at = now, now + self._trust

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()
