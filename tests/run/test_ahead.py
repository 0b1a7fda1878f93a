"""Lists that are read before anybody asks: each page once, and what it says for whoever asks."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.core.errors import TenantError
from reconciler.core.wire import Response
from reconciler.cxone.concurrency import drive
from reconciler.kinds import discover
from reconciler.kinds._responses import read_list
from reconciler.run import ahead
from reconciler.run.ahead import Ahead

KIND = discover()["webhook"]


class Tenant:
    """Lists webhooks, one a page, and notes which cursors were asked for; ``fails`` is the page that is refused."""

    def __init__(self, pages, fails=None):
        self.pages, self.fails, self.asked = pages, fails, []

    async def send(self, request):
        await asyncio.sleep(0)
        number = int(dict(request.query).get("cursor", 0))
        self.asked.append(number)
        if number == self.fails:
            raise TenantError("The tenant has gone.")
        item = {"id": f"wh_{number}", "url": f"https://example.com/{number}", "events": []}
        following = str(number + 1) if number + 1 < self.pages else None
        return Response(status=200, body={"items": [item], "next_cursor": following})


async def listed(reads):
    """The ids in the list, as somebody sees them who asks."""
    found = []
    await drive(reads, read_list(KIND, lambda live: found.append(live.id)))
    return found


async def turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("head_start", [0, 1, 7, 1000])
def test_each_page_is_asked_for_once(head_start, monkeypatch):
    """Whether the list was read to its end before or has just been begun, also where few pages are kept."""
    monkeypatch.setattr(ahead, "MOST_PAGES", 3)
    tenant = Tenant(20)

    async def run():
        reads = Ahead(tenant)
        reads.begin([KIND])
        await turns(head_start)
        assert tenant.asked == [0, 1, 2][: len(tenant.asked)]
        assert len(tenant.asked) == 3 or head_start < 1000
        found = await listed(reads)
        await reads.end()
        return found

    assert asyncio.run(run()) == [f"wh_{number}" for number in range(20)]
    assert tenant.asked == list(range(20))


def test_an_error_is_told_to_whoever_asks():
    """A page that failed early is not asked for again, and fails where it is needed."""
    tenant = Tenant(5, fails=2)

    async def run():
        reads = Ahead(tenant)
        reads.begin([KIND])
        await turns(100)
        with pytest.raises(TenantError, match="gone"):
            await listed(reads)
        await reads.end()

    asyncio.run(run())
    assert tenant.asked == [0, 1, 2]


def test_nobody_need_ask():
    """Reading ends with ``end``, whatever is under way, and an error that nobody heard is no warning."""

    async def run(tenant, head_start):
        reads = Ahead(tenant)
        reads.begin([KIND])
        await turns(head_start)
        await reads.end()

    asyncio.run(run(Tenant(5, fails=1), 50))
    asyncio.run(run(Tenant(1000), 3))


class Silent(Tenant):
    """Gives no answer."""

    async def send(self, request):
        await asyncio.Event().wait()


def test_whoever_waits_for_an_answer_when_reading_ends_is_told():
    """The page comes no more: nobody waits for it for ever."""

    async def run():
        reads = Ahead(Silent(1))
        reads.begin([KIND])
        waiting = asyncio.create_task(listed(reads))
        await turns(5)
        assert not waiting.done()
        await reads.end()
        await turns(5)
        assert waiting.cancelled()

    asyncio.run(run())
