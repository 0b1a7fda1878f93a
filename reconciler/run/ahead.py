"""Lists of the tenant that are read before anybody asks for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.kinds._responses import cursor_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from reconciler.core.wire import Request, Response
    from reconciler.cxone.client import Client
    from reconciler.cxone.connection import Connection
    from reconciler.kinds._base import Kind

MOST_PAGES = 45
"""Pages that are kept until somebody asks for them: some 22,000 objects."""


class Ahead:
    """A client whose answers to some reads are under way: each is handed to whoever sends that read first.

    What a read raises is raised then, or never, where nobody asks.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._begun: dict[Hashable, asyncio.Future[Response]] = {}
        self._walks: list[asyncio.Task[None]] = []
        self._room = asyncio.Semaphore(MOST_PAGES)

    @property
    def connection(self) -> Connection:
        """How the tenant is reached."""
        return self._client.connection

    def begin(self, kinds: Iterable[Kind]) -> None:
        """Read the lists of these kinds, page after page."""
        loop = asyncio.get_running_loop()
        self._walks += [loop.create_task(self._walk(kind, *self._promised(kind, None))) for kind in kinds]

    async def end(self) -> None:
        """Read no further."""
        for walk in self._walks:
            walk.cancel()
        await asyncio.gather(*self._walks, return_exceptions=True)

    async def send(self, request: Request) -> Response:
        """The answer that is under way, or else one of the client's."""
        begun = self._begun.pop(_key(request), None)
        if begun is None:
            return await self._client.send(request)
        self._room.release()
        return await begun

    def _promised(self, kind: Kind, cursor: str | None) -> tuple[Request, asyncio.Future[Response]]:
        """A page that nobody sends any more but the walk: whoever asks for it waits for this answer."""
        request = kind.listing(cursor)
        answer = self._begun[_key(request)] = asyncio.get_running_loop().create_future()
        return request, answer

    async def _walk(self, kind: Kind, request: Request, answer: asyncio.Future[Response]) -> None:
        seen: set[str | None] = {None}
        while True:
            try:
                await self._room.acquire()
                response = await self._client.send(request)
            except ReconcilerError as error:
                answer.set_exception(error)
                answer.exception()  # nobody may ask, and that is no warning
                return
            except BaseException:
                answer.cancel()
                raise
            cursor = cursor_of(response)
            following = self._promised(kind, cursor) if cursor not in seen else None
            answer.set_result(response)
            if following is None:
                return
            seen.add(cursor)
            request, answer = following


def _key(request: Request) -> Hashable:
    return request.method, request.path, tuple(request.query or ())
