"""The embedded CXone on a port of this machine, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.sandbox.extra import need

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.faults import Faults
    from reconciler.sandbox.store import Store

HOST = "127.0.0.1"


def serve(
    store: Store,
    port: int,
    faults: Faults,
    announce: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Serve until told to stop, then return: deliveries under way are waited for, the store is left open.

    ``port`` 0 takes a free one; ``announce`` gets the base URL once connections are accepted. ReconcilerError
    where the port is taken or the extra is missing.
    """
    need("starlette", "uvicorn")
    from reconciler.sandbox.app import create_app
    from reconciler.sandbox.server import Server, configuration

    app = create_app(store, clock=clock, faults=faults)
    with _bound(port) as listener:
        base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        lost: list[ReconcilerError] = []

        def listening() -> None:
            try:
                announce(base_url)
            except ReconcilerError as failure:  # nobody knows the port: uvicorn would print a traceback
                lost.append(failure)
                server.should_exit = True

        server = Server(configuration(app), listening)
        asyncio.run(server.serve(sockets=[listener]))
        if lost:
            raise lost[0]


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as problem:
        listener.close()
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise ReconcilerError(
            f"The sandbox cannot listen on {HOST}:{port}: {why}. Choose another port; 0 takes a free one."
        ) from None
    return listener
