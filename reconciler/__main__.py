"""The command line's first step: ``--version`` answers, and signals are received, before anything else is imported."""

from __future__ import annotations

import os
import sys

_NOTHING_DONE = "Interrupted: nothing was done."


def main() -> None:
    """Run the command line and exit with its code (help exit-codes)."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Nothing is buffered, and taking the interpreter apart would be an eighth of the time.
        os._exit(_version())
    import signal

    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    received = [number for number in ending if signal.getsignal(number) != signal.SIG_IGN]
    for number in received:
        signal.signal(number, _end_at_once)
    import atexit
    import gc

    from reconciler.commands import run
    from reconciler.commands._shared import streams

    # A run is short and keeps what it makes. As often as by default (700) the collector would look through ten
    # thousand templates again and again, which took a seventh of a plan's time.
    gc.set_threshold(100_000, 20, 100)
    # The last look through all of it, before memory goes back, finds nothing either.
    atexit.register(gc.freeze)
    streams.guard()
    code = run(sys.argv[1:])
    for number in received:
        signal.signal(number, signal.SIG_IGN)  # it has ended, and must not say that nothing was done
    sys.exit(code)


def _version() -> int:
    from reconciler import __version__

    failure = _said(1, f"reconciler {__version__}\n")
    if failure is not None and not isinstance(failure, BrokenPipeError):
        _said(2, f"error: The result could not be printed: {failure.strerror}.\n")
    return 0 if failure is None else 1


def _end_at_once(_number: int, _frame: object) -> None:
    """End while nothing was written. An exception would be lost or printed, depending on where the signal came."""
    if "json" in sys.argv or "--format=json" in sys.argv:
        error = f'"format_version": "1.0",\n  "error": "{_NOTHING_DONE}",\n  "findings": []'
        _said(1, f"{{\n  {error}\n}}\n")
    shown = getattr(sys.modules.get("reconciler.commands._shared.progress"), "PROGRESS", None)
    erased = shown is not None and shown.erase()
    # On a terminal ^C stands on the line already.
    _said(2, f"{chr(10) if os.isatty(2) and not erased else ''}error: {_NOTHING_DONE}\n")
    os._exit(130)


def _said(descriptor: int, text: str) -> OSError | None:
    """Why it could not be."""
    try:
        os.write(descriptor, text.encode())
    except OSError as failure:
        return failure
    return None


if __name__ == "__main__":
    main()
