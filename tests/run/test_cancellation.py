"""Whether a run is to end early, and why."""

from __future__ import annotations

import pytest

from reconciler.core.errors import BrokenAuditLog, Interrupted
from reconciler.run.cancellation import Cancellation


def test_the_first_cause_is_the_one_that_is_told() -> None:
    """A signal has none; a log that breaks after it, or breaks twice, is told by its first failure."""
    first, second = BrokenAuditLog("It is gone."), BrokenAuditLog("It is gone still.")
    cancellation = Cancellation()
    cancellation.check()
    assert not cancellation.requested
    cancellation.request()
    assert (cancellation.requested, cancellation.cause) == (True, None)
    cancellation.request(first)
    cancellation.request(second)
    cancellation.request()
    assert cancellation.cause is first
    with pytest.raises(Interrupted):
        cancellation.check()
