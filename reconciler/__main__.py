"""The command line's first step: ``--version`` answers before anything else is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code (README, Exit codes)."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from reconciler import __version__

        sys.stdout.write(f"reconciler {__version__}\n")
        return
    import gc

    from reconciler.commands import run

    # A run is short and keeps what it makes. As often as by default (700) the collector would look through ten
    # thousand templates again and again, which took a seventh of a plan's time.
    gc.set_threshold(100_000, 20, 100)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
