"""A stand-in for ssh, as git calls it to push: the server knows one deploy key, and lets nobody else in.

Run as a script: ``fakessh.py FOLDER KEY HOST-KEY [OPTION…] git@HOST COMMAND``. FOLDER has the repositories.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path


def main(folder, key, host_key, words):
    """Become git's own server."""
    options, rest = {}, list(words)
    while rest[0].startswith("-"):
        flag, value = rest.pop(0), rest.pop(0)
        name, _, given = value.partition("=") if flag == "-o" else (flag, "", value)
        options[name] = given
    where, command = rest
    known = Path(options["UserKnownHostsFile"]).read_text(encoding="utf-8")
    if f"{where.partition('@')[2]} {host_key}\n" not in known or options["StrictHostKeyChecking"] != "yes":
        sys.exit("Host key verification failed.")
    if Path(options["-i"]).read_text(encoding="utf-8").strip() != key:
        sys.exit("git@github.localhost: Permission denied (publickey).")
    program, path = shlex.split(command)
    os.environ["PUSHED_BY"] = "deploy-key"
    os.execvp("git", ["git", program.removeprefix("git-"), folder + path])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
