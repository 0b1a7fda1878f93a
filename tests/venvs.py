"""A virtual environment that is made once for the whole run of the tests, since its pip takes five seconds to make."""

from __future__ import annotations

import fcntl
import subprocess
import sys

_PYTHON = """#!/bin/sh
if [ "$1 $2 $3" != "-I -m venv" ]; then exec {python} "$@"; fi
mkdir -p "$4" && cp -a {made}/. "$4" && sed -i "1s|{made}|$4|" "$4"/bin/pip*
"""


def made_in(folder):
    """The environment, by whichever process of the tests comes first."""
    venv, whole = folder / "venv", folder / "venv.whole"
    with (folder / "venv.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
            whole.touch()
    return venv


def python(program, made):
    """This Python as ``program``; a virtual environment that it makes is a copy of ``made``."""
    program.write_text(_PYTHON.format(python=sys.executable, made=made), encoding="utf-8")
    program.chmod(0o755)
