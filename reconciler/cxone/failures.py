"""Errors for answers without success, for callers that cannot go on without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.errors import CredentialsError, TenantError, Unreachable, WrongShape

if TYPE_CHECKING:
    from reconciler.core.wire import Response

_FINAL_5XX = frozenset({501, 505})


def is_transient(status: int) -> bool:
    """Whether a read may succeed when it is tried again."""
    return status in {408, 425, 429} or (status >= 500 and status not in _FINAL_5XX)


def raise_for(response: Response) -> None:
    """Raise the error of a response that has one; a success passes."""
    status = response.status
    if not response.error:
        return
    if status in {401, 403}:
        raise CredentialsError(response.error)
    if status == 0 or is_transient(status):
        raise Unreachable(response.error)
    if status < 400:
        raise WrongShape(response.error)
    raise TenantError(response.error)
