"""What others need of a client, and a way to have many of its answers at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, TypeVar

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence

    from reconciler.core.wire import Request, Response

Item = TypeVar("Item")
Result = TypeVar("Result")


class Sends(Protocol):
    """Something that carries a request to the tenant."""

    async def send(self, request: Request) -> Response:
        """One call, retried as contract section 6 says."""


async def drive(client: Sends, protocol: Generator[Request, Response, Result]) -> Result:
    """Send what a protocol yields, one request after the other, and give it the responses; what it returns."""
    try:
        request = next(protocol)
        while True:
            request = protocol.send(await client.send(request))
    except StopIteration as end:
        result: Result = end.value
        return result


async def each(items: Sequence[Item], work: Callable[[Item], Awaitable[None]], concurrency: int) -> None:
    """Work on the items in their order, ``concurrency`` at a time; the first error of ours ends it and is raised."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(items))):
                group.create_task(worker())
    except* ReconcilerError as failures:
        failure: BaseException = failures
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
        raise failure from None
