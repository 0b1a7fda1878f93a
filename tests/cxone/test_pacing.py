"""When requests may leave, in a time that only sleeping makes pass."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from reconciler.cxone.pacing import Pacer


def departures(time, rate, count, pauses=()):
    """When each of ``count`` requests left; ``pauses``: after the n-th departure, for so many seconds."""
    pacer = Pacer(rate, time.clock, time.sleep)
    left: list[tuple[int, float]] = []

    async def request(number):
        await pacer.wait(pacer.ticket())
        left.append((number, round(time.now - 1000, 6)))
        for after, seconds in pauses:
            if len(left) == after:
                pacer.pause(seconds)

    async def run():
        await asyncio.gather(*(request(number) for number in range(count)))

    asyncio.run(run())
    return left


def test_without_a_rate_nothing_waits(time):
    """All leave at once, in order."""
    assert departures(time, None, 5) == [(number, 0) for number in range(5)]


@pytest.mark.parametrize("rate", [0.5, 10, 200])
def test_a_rate_is_kept_in_the_order_of_asking(time, rate):
    """n requests take (n - 1) / rate seconds, but for the slack of a timer's delay."""
    left = departures(time, rate, 50)
    assert [number for number, _ in left] == list(range(50))
    assert left[-1][1] == pytest.approx(49 / rate, abs=0.0201)
    assert left[-1][1] >= 49 / rate - 0.0201


def test_a_late_start_is_made_good_only_a_little(time):
    """After an idle hour no burst follows."""
    pacer = Pacer(10, time.clock, time.sleep)

    async def run():
        await pacer.wait(pacer.ticket())
        time.now += 3600
        began = time.now
        for _ in range(11):
            await pacer.wait(pacer.ticket())
        return time.now - began

    assert asyncio.run(run()) == pytest.approx(1.0, abs=0.03)


def test_a_pause_holds_those_who_wait_and_those_who_come(time):
    """Nothing leaves while it lasts; afterwards they leave one by one."""
    left = departures(time, 10, 6, pauses=((2, 5),))
    times = [at for _, at in left]
    assert times[1] < 0.2
    assert times[2] >= times[1] + 5
    assert all(late - early >= 0.2 for early, late in pairwise(times[2:]))


def test_a_pause_also_works_without_a_rate(time):
    """The second half waits for the end of the pause."""
    pacer = Pacer(None, time.clock, time.sleep)

    async def run():
        pacer.pause(7)
        pacer.pause(3)
        await pacer.wait(pacer.ticket())
        return time.now - 1000

    assert asyncio.run(run()) == 7


def test_good_answers_bring_back_full_speed(time):
    """Some answers after a pause nothing waits any more."""
    pacer = Pacer(None, time.clock, time.sleep)

    async def run():
        pacer.pause(1)
        for _ in range(12):
            await pacer.wait(pacer.ticket())
            pacer.answered(time.now)
        before = time.now
        for _ in range(5):
            await pacer.wait(pacer.ticket())
        return before - 1000, time.now - before

    ramp, after = asyncio.run(run())
    assert 1.3 < ramp < 1.6
    assert after == 0


def test_the_oldest_leaves_first(time):
    """A request that was refused and asks again goes before those that came after it."""
    pacer = Pacer(10, time.clock, time.sleep)
    left: list[int] = []

    async def request(ticket):
        await pacer.wait(ticket)
        left.append(ticket)

    async def run():
        oldest = pacer.ticket()
        first, *others = (pacer.ticket() for _ in range(5))
        await asyncio.gather(*(request(ticket) for ticket in (first, *others, oldest)))

    asyncio.run(run())
    assert left == [2, 1, 3, 4, 5, 6]


def test_one_that_gives_up_does_not_hold_up_the_line(time):
    """Cancelled while it waits, at the head or just called, the others leave all the same."""
    left: list[int] = []

    async def run():
        pacer = Pacer(10, time.clock, asyncio.sleep)
        release = asyncio.Event()

        async def hold(seconds):
            time.now += seconds
            await release.wait()

        pacer._sleep = hold
        await pacer.wait(0)

        async def request(ticket):
            await pacer.wait(ticket)
            left.append(ticket)

        tasks = [asyncio.create_task(request(number)) for number in range(1, 6)]
        await asyncio.sleep(0)
        tasks[1].cancel()  # in the line
        await asyncio.sleep(0)
        tasks[0].cancel()  # at the head
        await asyncio.sleep(0)
        tasks[2].cancel()  # just called
        release.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    assert left == [4, 5]
