"""So many requests by httpx alone, each over one of so many connections, and nothing done with the answers.

    python -m tests.benchmarks.bare URL REQUESTS CONNECTIONS

A transport of one connection for each, since one pool of many takes longer by far.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import httpx

from .processes import ROOT, run
from .tenant import AUDIT

if TYPE_CHECKING:
    from .processes import Ran, Tenant

_BODY = b'{"template_id": "tmpl_00001", "event": "%s"}' % (b"x" * 400)
_ONE = httpx.Limits(max_connections=1)


def httpx_alone(live: Tenant, requests: int, connections: int) -> Ran:
    """A process that sends them, and does nothing else."""
    url = live.environment["CXONE_BASE_URL"] + AUDIT
    command = [sys.executable, "-m", "tests.benchmarks.bare", url, str(requests), str(connections)]
    return run(command, expect=f"{requests} requests", cwd=ROOT)


async def main(url: str, requests: int, connections: int) -> None:
    waiting = iter(range(requests))
    context = httpx.create_ssl_context()  # once, as it takes as long as twenty requests
    headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}

    async def connection() -> None:
        async with httpx.AsyncHTTPTransport(verify=context, limits=_ONE) as transport:
            for _ in waiting:
                request = httpx.Request("POST", url, headers=headers, content=_BODY)
                response = await transport.handle_async_request(request)
                await response.aread()
                await response.aclose()

    await asyncio.gather(*(connection() for _ in range(connections)))
    print(f"{requests} requests")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
