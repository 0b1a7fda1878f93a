"""A tenant's limit, found without being told by a person, in a time that passes only while everybody waits."""

from __future__ import annotations

import asyncio
import selectors
from collections import deque

import httpx
import pytest

from reconciler.cxone.limits import Limit, limits
from reconciler.cxone.pacing import Pacer

NOW = 1_790_000_000.0
LATENCY = 0.05


class Instantly(selectors.SelectSelector):
    """Nothing ever arrives, and to wait takes no time: it only is later."""

    now = 1000.0

    def select(self, timeout=None):
        self.now += timeout or 0
        return []


class Sliding:
    """At most ``rate`` requests in any second."""

    def __init__(self, rate):
        self.rate, self.taken = rate, deque()

    def takes(self, now):
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        if len(self.taken) >= self.rate:
            return False
        self.taken.append(now)
        return True


class Fixed:
    """At most ``rate`` requests in each second by the clock."""

    def __init__(self, rate):
        self.rate, self.second, self.count = rate, None, 0

    def takes(self, now):
        if self.second != int(now):
            self.second, self.count = int(now), 0
        self.count += 1
        return self.count <= self.rate


class Bucket:
    """``rate`` tokens a second, and as many in hand at the most."""

    def __init__(self, rate):
        self.rate, self.tokens, self.at = rate, float(rate), None

    def takes(self, now):
        self.tokens = min(self.rate, self.tokens + self.rate * (now - (now if self.at is None else self.at)))
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def spans(length, every):
    """From when to when, so many seconds apart: 200 of them, each ``length`` seconds long."""
    return [(1001 + number * every, 1001 + number * every + length) for number in range(200)]


def remaining(spans, now):
    """Seconds until the end of the span that it is in."""
    return max((end - now for start, end in spans if start <= now < end), default=0)


def work_through(server, requests, concurrency, *, said=None, mishaps=(), stalls=(), idles=()):
    """All requests until each was taken: the seconds that took, and how often one was refused.

    ``stalls``: from when to when the tenant takes nothing in; ``idles``: from when to when this machine does nothing.
    """
    selector = Instantly()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now
    refused, sent = 0, 0

    async def one(pacer):
        nonlocal refused, sent
        ticket = pacer.ticket()
        while True:
            left = await pacer.wait(ticket)
            await asyncio.sleep(LATENCY / 2)
            await asyncio.sleep(remaining(stalls, selector.now))
            sent += 1
            taken = sent not in mishaps and server.takes(selector.now)
            await asyncio.sleep(LATENCY / 2)
            pacer.arrived(left)
            if said is not None:
                pacer.told(said)
            if taken:
                pacer.answered(left)
                return
            refused += 1
            pacer.refused(left)
            if pacer.goes_on(1):
                await asyncio.sleep(1)
            else:
                pacer.pause(1)

    async def run():
        async def sleep(seconds):
            await asyncio.sleep(seconds)
            await asyncio.sleep(remaining(idles, selector.now))

        pacer = Pacer(None, loop.time, sleep)
        waiting = iter(range(requests))

        async def worker():
            for _ in waiting:
                await one(pacer)

        await one(pacer)  # the token, for which all others wait
        await asyncio.gather(*(worker() for _ in range(concurrency)))

    try:
        loop.run_until_complete(run())
    finally:
        loop.close()
    return selector.now - 1000, refused


@pytest.mark.parametrize("tenant", [Sliding, Fixed, Bucket])
@pytest.mark.parametrize("rate", [50, 100])
def test_a_limit_is_found_from_refusals(tenant, rate):
    """97 % of what the limit allows is used, and at most one request in 200 is refused."""
    requests = 50 * rate
    seconds, refused = work_through(tenant(rate), requests, 10)
    assert requests / rate / seconds >= 0.97
    assert refused <= requests / 200


@pytest.mark.parametrize("tenant", [Sliding, Fixed, Bucket])
@pytest.mark.parametrize("rate", [1, 2, 5, 8])
def test_a_limit_of_few_requests_is_found_from_three_refusals(tenant, rate):
    """Each of them finds some ten requests in flight; then hardly one is refused any more."""
    requests = 120 * rate
    seconds, refused = work_through(tenant(rate), requests, 10)
    assert requests / rate / seconds >= 0.96
    assert refused <= 4 * 10


@pytest.mark.parametrize("concurrency", [10, 50])
def test_a_limit_that_headers_tell_is_kept_from_the_start(concurrency):
    """Hardly a request is refused: those at most that left before the first answer."""
    seconds, refused = work_through(Sliding(100), 4000, concurrency, said=Limit(count=100, seconds=1.0))
    assert 4000 / 100 / seconds >= 0.97
    assert refused <= 4


@pytest.mark.parametrize("said", [None, Limit(count=100, seconds=1.0)])
@pytest.mark.parametrize("held", ["stalls", "idles"])
@pytest.mark.parametrize(("length", "every"), [(0.03, 0.31), (0.12, 2.3)])
def test_delays_of_the_tenant_or_of_this_machine_cost_nothing(said, held, length, every):
    """Requests that arrive late and together, or leave late, are neither too many for a window nor too few."""
    delays = {held: spans(length, every)}
    seconds, refused = work_through(Sliding(100), 5000, 10, said=said, **delays)
    assert 5000 / 100 / seconds >= (0.96 if said is None else 0.97)  # the pause of a second, in finding it
    assert refused <= (10 if said is None else 2)


def test_a_limit_that_the_tenant_lowers_is_found_again():
    """Half of the limit from the twentieth second on: hardly a request in 200 is refused in finding it."""

    class Lowered(Sliding):
        def takes(self, now):
            self.rate = 100 if now < 1020 else 50
            return super().takes(now)

    seconds, refused = work_through(Lowered(100), 5000, 10)
    assert (seconds - 20) * 50 <= 3200 / 0.95
    assert refused <= 25


def test_others_go_on_where_one_request_was_too_many():
    """Refused once at a pace that headers told, a request waits alone; the others use the limit all the same."""
    seconds, refused = work_through(
        Sliding(100), 5000, 10, said=Limit(count=100, seconds=1.0), mishaps={1000, 2500, 4000}
    )
    assert refused == 3
    assert 5000 / 100 / seconds >= 0.97


def test_a_mishap_is_no_limit():
    """Single refusals among many requests that are taken slow nothing down but for the pauses asked for."""
    seconds, refused = work_through(Sliding(10_000), 2000, 10, mishaps={300, 1700})
    assert refused == 2
    assert seconds < 2000 * LATENCY / 10 + 2 * 2


def test_an_answer_may_come_long_after_its_request_left():
    """Later than any window is long: no request of the last seconds was taken, and that is all it says."""
    now = 0.0
    pacer = Pacer(None, lambda: now, asyncio.sleep)
    for late in (0.5, 60.0, 3600.0):
        left = asyncio.run(pacer.wait(pacer.ticket()))
        now += late
        pacer.arrived(left)
        pacer.answered(left)
    assert asyncio.run(pacer.wait(pacer.ticket())) == now


def test_no_limit_is_made_of_a_few_requests():
    """Refused in a row at the start, as under maintenance, the rest is as fast as ever once that is over."""
    seconds, _ = work_through(Sliding(10_000), 2000, 10, mishaps=set(range(3, 13)))
    assert seconds < 2000 * LATENCY / 10 + 5


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"RateLimit-Policy": "100;w=1"}, Limit(count=100, seconds=1)),
        (
            {"RateLimit-Policy": '"default";q=100;w=10', "RateLimit": '"default";r=50;t=3'},
            Limit(count=100, seconds=10, left=50, reset=3),
        ),
        ({"RateLimit": "limit=100, remaining=50, reset=5"}, Limit(count=100, seconds=5, left=50, reset=5)),
        (
            {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "0", "RateLimit-Reset": "7"},
            Limit(count=100, seconds=60, left=0, reset=7),
        ),
        (
            {
                "X-RateLimit-Limit": "10",
                "X-RateLimit-Remaining": "9",
                "X-RateLimit-Reset": str(int(NOW) + 2),
            },
            Limit(count=10, seconds=2, left=9, reset=2),
        ),
        ({"X-RateLimit-Limit": "10"}, None),
        ({"X-RateLimit-Limit": "many", "X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Limit": "0", "X-RateLimit-Reset": "9"}, None),
    ],
)
def test_headers_are_read_in_each_form(headers, expected):
    """The drafts' forms and the older one; what tells no limit and window tells nothing."""
    assert limits(httpx.Headers(headers), NOW) == expected


def test_the_end_of_a_long_window_is_waited_for():
    """Nothing leaves between the last request of a minute's allowance and its reset; hours are not waited for."""

    async def delay(limit):
        pacer = Pacer(None, lambda: 5.0, asyncio.sleep)
        pacer.told(limit)
        return pacer._delay()

    assert asyncio.run(delay(Limit(count=600, seconds=60, left=0, reset=12))) == 12
    assert asyncio.run(delay(Limit(count=600, seconds=60, left=1, reset=12))) < 0
    assert asyncio.run(delay(Limit(count=600, seconds=3600, left=0, reset=1200))) < 0
