"""The client as other modules need it (``Sends``), and many requests at a time (``each``)."""

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
        """The answer to one request, or the lack of one, after the retries that its method allows."""


async def drive(client: Sends, protocol: Generator[Request, Response, Result]) -> Result:
    """Run a protocol: send each request that it yields, give it the response, and return what it returns."""
    try:
        request = next(protocol)
        while True:
            request = protocol.send(await client.send(request))
    except StopIteration as end:
        result: Result = end.value
        return result


async def each(items: Sequence[Item], work: Callable[[Item], Awaitable[None]], concurrency: int) -> None:
    """Await ``work`` for every item, begun in order, at most ``concurrency`` at a time.

    The first ReconcilerError cancels what is under way and is raised by itself, outside of an exception group.
    """
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
