"""What asks a warm server for a run of ``reconciler``. It imports little: shells start it as a program."""

from __future__ import annotations

import json
import os
import signal
import socket

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stand_in(path, args):
    """Be the run: it has this process's descriptors, gets its signals, and its end is this one's."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    answers = ask(path, args, os.getcwd(), dict(os.environ), (0, 1, 2))  # noqa: PTH109
    pid = int(answers.readline())
    for number in ENDING:
        signal.signal(number, lambda received, _: os.kill(pid, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    code = int(answers.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def ask(path, args, cwd, env, descriptors):
    """A run is begun; what comes back is its pid, and its exit code as ``subprocess`` has it, a line each."""
    ignored = [number for number in ENDING if signal.getsignal(number) == signal.SIG_IGN]
    asked = json.dumps({"args": args, "cwd": str(cwd), "env": env, "ignored": ignored}).encode()
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(path)
        socket.send_fds(asking, [len(asked).to_bytes(4, "big")], list(descriptors))
        asking.sendall(asked)
        return asking.makefile("r")
