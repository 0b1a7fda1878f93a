"""OAuth scopes that a token must have before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def missing_scopes(granted: Collection[str] | None, needed: Sequence[str]) -> str | None:
    """A message that names the scopes which the token lacks; None where it has all that are ``needed``."""
    lacking = [scope for scope in needed if granted is not None and scope not in granted]
    if not lacking:
        return None
    return f"The token lacks {', '.join(lacking)}, which this plan's actions need."


def require_scopes(granted: Collection[str] | None, needed: Sequence[str]) -> None:
    """CredentialsError where the token lacks scopes that are needed."""
    message = missing_scopes(granted, needed)
    if message is not None:
        raise CredentialsError(
            f"{message} Nothing was written. Grant the client these scopes in the CXone console; check CXONE_SCOPES."
        )
