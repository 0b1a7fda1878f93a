"""The rate limit that a tenant turns out to have: from its headers, or from how much it took before it refused.

Of headers, read are ``RateLimit-Policy`` with ``RateLimit`` or ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (IETF
HTTPAPI, draft-ietf-httpapi-ratelimit-headers, as it was from 03 to 10), and the older ``X-RateLimit-…``. Where no
window is written, the longest time until a reset that was seen is taken for it.
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.cxone.retries import LONGEST_WAIT

if TYPE_CHECKING:
    import httpx

_ENOUGH = 10
"""Requests taken within a second before the second refusal that make a limit; where they are fewer, a third decides."""

_CROWDS = 3
"""Refusals within ``_SOON``, each of a request that left after the one before, which no mishap explains any more."""

_SOON = 8.0
"""Seconds between two refusals that are of one limit."""

LONGEST_WINDOW = 10.0
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
    """The ``limit`` as far as it is known, and whether the last refusal came although it is ``kept``.

    Times are monotonic seconds. One refusal alone may be a mishap: where another follows soon, or two where few are
    taken, what was taken in the second before is the limit. Is it refused on and on, the limit is lower, as where a
    tenant lets many through at first. After a while without refusals a little more is tried.
    """

    def __init__(self) -> None:
        self.limit: Limit | None = None
        self.kept = False
        self._found: Limit | None = None
        self._told: Limit | None = None
        self._taken: deque[float] = deque()
        self._since = 0
        self._crowds: deque[float] = deque()
        self._trust = _TRUSTED
        self._refused_at = self._found_at = self._more_at = self._last_of = float("-inf")
        self._window = 0.0

    def accepted(self, left: float, now: float) -> None:
        """Note a request that was taken, and when it had left."""
        self._since += 1
        self._taken.append(left)
        while self._taken and self._taken[0] < now - LONGEST_WINDOW:
            self._taken.popleft()
        if self.limit is not None and left <= self._last_of:
            # The tenant counted it before the refusal that told the limit, and answered it after.
            self._keep(replace(self.limit, count=self.limit.count + 1), now)
        elif self.limit is not None and now >= self._more_at:
            self.limit = replace(self.limit, count=math.ceil(self.limit.count * _MORE))
            self._more_at = now + self._trust / 6

    def refused(self, left: float, now: float) -> None:
        """Note a request that was refused for its rate, and when it had left."""
        before, self.kept = self._refused_at, False
        if self._found is None:
            self._refused_at = now
            taken = self._before(left, 1.0)
            often = left > before and self._more_often(now)
            if taken and (often or (taken >= _ENOUGH and now < before + _SOON)):
                self._keep(Limit(count=taken, seconds=1.0), now)
                self._last_of = left
        elif left > self._found_at:
            self._refused_at_pace(self._found, left, now)

    def _refused_at_pace(self, found: Limit, left: float, now: float) -> None:
        """What was tried beyond the limit was refused; or one request too many, for a delay; or the limit itself.

        How much lower the limit is: a window refuses once it has taken as many as it may, a bucket of tokens has taken
        since it was empty last what runs into it. At most half is given up at a time, since a tenant that is closed
        for a moment takes nothing.
        """
        if self.limit != found:
            self._trust *= 2
            self._keep(found, now)
        elif left > self._refused_at and self._more_often(now):
            taken = self._before(left, found.seconds)
            if taken > found.count * _LESS:
                taken = int(self._since / (now - self._found_at) * found.seconds)
            self._keep(replace(found, count=max(1, found.count // 2, taken)), now)
        else:
            self.kept = True
        if left > self._refused_at:
            self._refused_at = now

    def _before(self, left: float, seconds: float) -> int:
        """How many were taken that had left within so many seconds before."""
        return sum(left - seconds < one <= left for one in self._taken)

    def _more_often(self, now: float) -> bool:
        """Whether this refusal is one too many within a short time."""
        self._crowds.append(now)
        while self._crowds[0] < now - _SOON:
            self._crowds.popleft()
        return len(self._crowds) >= _CROWDS

    def told(self, limit: Limit, now: float) -> float:
        """Take in what headers say; returns for how many seconds nothing may leave, none where that is too long."""
        self._window = max(self._window, limit.seconds)
        if self._window <= LONGEST_WINDOW:
            count = min(limit.count, max(_ENOUGH, int(limit.count / self._window)))
            told = Limit(count=count, seconds=count * self._window / limit.count)
            if told != self._told:
                self._keep(told, now)
            self._told = told
        elif limit.left == 0 and limit.reset is not None and limit.reset <= LONGEST_WAIT:
            return limit.reset
        return 0.0

    def _keep(self, limit: Limit, now: float) -> None:
        self._found = limit
        self.limit = limit if limit.count < _NEVER_SPACED * limit.seconds else None
        self._found_at, self._more_at, self._since = now, now + self._trust, 0
        self._crowds.clear()
