"""The checks before every call: the count of requests, and the faults that count down."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from reconciler.sandbox.exchange import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.model import Json
    from reconciler.sandbox.faults import Faults, Times

HTML = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>"
)


class Gate:
    """One app's counters. ``clock`` in seconds, for ``rate``."""

    def __init__(self, faults: Faults, clock: Callable[[], float]) -> None:
        self.faults = faults
        self._clock = clock
        self._recent: deque[float] = deque()
        self._failed = [0] * len(faults.fail)
        self._met: Counter[tuple[str, Times]] = Counter()
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, method: str, route: str) -> None:
        """One more request; ``route`` is the path's pattern."""
        self._counts[method, route] += 1

    def counts(self) -> list[dict[str, Json]]:
        """Requests since the start, by route and method."""
        ordered = sorted(self._counts.items(), key=lambda entry: (entry[0][1], entry[0][0]))
        return [{"method": method, "route": route, "count": count} for (method, route), count in ordered]

    def admit(self, call: str) -> None:
        """Refuse what ``rate`` or ``fail`` forbids: nothing is carried out then."""
        if self.faults.rate is not None:
            self._keep_rate(self.faults.rate)
        for index, fail in enumerate(self.faults.fail):
            if fail.call == call and self._failed[index] < fail.count:
                self._failed[index] += 1
                wait = {} if fail.retry_after is None else {"Retry-After": str(fail.retry_after)}
                raise Refusal(fail.status, "The fault that was asked for.", headers=wait)

    def befalls(self, kind: str, what: str) -> bool:
        """Whether a fault of ``kind`` (drop, html, race) strikes ``what`` this time; counts it down."""
        for fault in getattr(self.faults, kind):
            if fault.what == what and (fault.count is None or self._met[kind, fault] < fault.count):
                self._met[kind, fault] += 1
                return True
        return False

    def races(self) -> list[str]:
        """The fields that somebody edits just before this PUT."""
        fields = dict.fromkeys(fault.what for fault in self.faults.race)
        return [field for field in fields if self.befalls("race", field)]

    def _keep_rate(self, rate: int) -> None:
        now = self._clock()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= rate:
            raise Refusal(429, f"More than {rate} requests a second.", headers={"Retry-After": "1"})
        self._recent.append(now)
