"""What holds for every test, however the run was started."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("on any machine", deadline=None)  # no test is about how long an example takes
settings.load_profile("on any machine")


def pytest_configure() -> None:
    """A shell starts a background job with SIGINT ignored, nohup with SIGHUP, and what they start inherits that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
