"""reconciler's own commands, run inside this one: Ctrl-C and SIGTERM reach them as if they were called directly."""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper


def told(*words: str, **variables: str) -> int:
    """Run a command line with its result on this one's stdout; its exit code. ``variables`` are set for it alone."""
    from reconciler.commands import run

    before = dict(os.environ)
    os.environ.update(variables)
    try:
        return run(words)
    finally:
        for name in variables:
            del os.environ[name]
            if name in before:
                os.environ[name] = before[name]


def kept(*words: str, **variables: str) -> tuple[int, str]:
    """Run a command line; its exit code and its result, which is not printed. ``variables`` as for ``told``."""
    result = TextIOWrapper(BytesIO(), encoding="utf-8", newline="")
    with redirect_stdout(result):
        code = told(*words, **variables)
    result.seek(0)
    return code, result.read()
