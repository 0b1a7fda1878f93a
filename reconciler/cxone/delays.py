"""What a request waits for, told to whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """One request that is held up: by the tenant, which has not answered yet, or until its next try.

    ``url`` may have a query and user info, which are not to be shown. ``reason`` says why it has not left, empty
    where it has; ``seconds`` when it is tried again, None where that is not known; ``attempt`` of ``attempts`` it is.
    """

    method: str
    url: str
    reason: str = ""
    seconds: float | None = None
    attempt: int = 1
    attempts: int = 1


Watch = Callable[[Delay], AbstractContextManager[None]]
"""The delay lasts as long as the context."""

_NOBODY = nullcontext()


def unwatched(_: Delay) -> AbstractContextManager[None]:
    """Nobody is told."""
    return _NOBODY
