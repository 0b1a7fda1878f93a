"""Running a coroutine to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


def loop(main: Coroutine[Any, Any, Result]) -> Result:
    """``asyncio.run``, but the task does not hold the result.

    asyncio's handler for SIGINT shows its task, and CPython 3.11's ``signal.getsignal`` formats that handler: with
    a plan of 10,000 templates as the task's result this took half a second and 150 MB.
    """
    import asyncio
    import warnings

    # anyio, in httpx, begins a connection as a task: where the run ends at that very moment, Python tells people of it.
    warnings.filterwarnings("ignore", r"coroutine 'connect_tcp\.<locals>\.try_connect' was never awaited")
    results: list[Result] = []

    async def hand_over() -> None:
        results.append(await main)

    asyncio.run(hand_over())
    return results[0]
