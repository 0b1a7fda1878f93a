"""How to reach one tenant, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

SCOPES = ("messaging:read", "messaging:write", "a2p:write", "webhooks:write")
RETRIES = 5
TIMEOUT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach one tenant. ``timeout`` in seconds; ``rate`` in requests a second, None: unlimited."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = SCOPES
    retries: int = RETRIES
    timeout: float = TIMEOUT
    concurrency: int = 10
    rate: float | None = None
