"""How to reach one tenant, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.kinds import discover

RETRIES = 5
TIMEOUT = 30.0


def every_scope() -> tuple[str, ...]:
    """What a token must grant to read everything, and to write every kind."""
    return tuple(dict.fromkeys(("messaging:read", *(kind.scope for kind in discover().values()))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach one tenant. ``timeout`` in seconds; ``rate`` in requests a second, None: unlimited."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = field(default_factory=every_scope)
    retries: int = RETRIES
    timeout: float = TIMEOUT
    concurrency: int = 10
    rate: float | None = None
