"""``reconciler`` as processes of their own that begin with everything imported, which else takes most of a run.

A server has imported the whole program and has what it makes once a run (its schemas' validators, its rules'
patterns), and has run nothing else of it. For each start it forks a child that gets the caller's folder, environment
and descriptors, and goes through ``reconciler/__main__.py`` to its end. What is about the start itself (its imports,
signals in it, descriptors that are closed) has to be tested with a real one.
"""

from __future__ import annotations

import atexit
import functools
import io
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path

from stand_in import ENDING, ask

COLD = ("PYTHON", "LC_", "LANG", "COVERAGE_")
"""Variables that an interpreter reads as it starts."""

_LATER = (
    *("anyio._backends._asyncio", "httpcore", "httpx", "jsonschema", "rich.console", "rich.progress"),
    *("starlette.applications", "uvicorn"),
    *("concurrent.futures.thread", "encodings.idna", "encodings.utf_8_sig", "pwd"),
)
"""What of others' modules a run imports where it first needs them."""

_PROGRAM = """\
#!{python} -IS
import sys
sys.path[:0] = [{folder!r}]
from stand_in import stand_in
stand_in({path!r}, sys.argv[1:])
"""


class Server:
    """Listens in a folder of its own until its stdin ends, that is with the process that has made it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="warm"))
        self.path = str(self.folder / "socket")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.path)
            listening.listen(64)
            listening.set_inheritable(True)
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(listening.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[listening.fileno()],
            )

    @property
    def program(self):
        """The text of a program that is ``reconciler`` for a shell, which cannot speak to the server."""
        return _PROGRAM.format(python=sys.executable, folder=str(Path(__file__).parent), path=self.path)

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self.folder)


@functools.cache
def server():
    """The one of this process."""
    one = Server()
    atexit.register(one.close)
    return one


def fits(env):
    """Whether a run in this environment may be a child of an interpreter that was started in ours."""
    other = {name for name, text in env.items() if os.environ.get(name) != text}
    return env.get("LANG") == "C.UTF-8" and not [name for name in other - {"LANG"} if name.startswith(COLD)]


def run(*words, cwd, env):
    """``reconciler WORDS`` to its end, as ``subprocess.run`` tells it."""
    started = Started([sys.executable, "-m", "reconciler", *words], cwd=cwd, env=env)
    out, err = started.communicate()
    return subprocess.CompletedProcess(started.args, started.returncode, out, err)


class Started:
    """As ``subprocess.Popen`` with pipes for stdout, unless a descriptor is given for it, and stderr."""

    def __init__(self, args, *, cwd, env, stdout=None):
        self.args, self.returncode, self._once = args, None, threading.Lock()
        out, err = os.pipe(), os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            given = (nothing.fileno(), out[1] if stdout is None else stdout, err[1])
            self._answers = ask(server().path, args[3:], cwd, env, given)
        os.close(out[1])
        os.close(err[1])
        self.stdout, self.stderr = open(out[0], encoding="utf-8"), open(err[0], encoding="utf-8")  # noqa: PTH123, SIM115
        weakref.finalize(self, self._answers.close)
        self.pid = int(self._answers.readline())

    def poll(self):
        return self._ended(0)

    def wait(self, timeout=None):
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode

    def _ended(self, timeout):
        if self.returncode is None and select.select([self._answers], [], [], timeout)[0]:
            with self._once:  # whoever kills it in another thread waits for it too
                if self.returncode is None:
                    self.returncode = int(self._answers.readline())
        return self.returncode

    def communicate(self, timeout=None):
        said = {}

        def read(stream):
            with stream:
                said[stream] = stream.read()

        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None]
        reading = [threading.Thread(target=read, args=[stream], daemon=True) for stream in streams]
        for one in reading:
            one.start()
        self.wait(timeout)
        for one in reading:
            one.join(timeout)
        return said.get(self.stdout), said.get(self.stderr)

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)


def _serve(listening):
    """Return the request of a run, in its own process; the server's never returns."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listening, 0], [], [])
        if 0 in ready:
            os._exit(0)
        asking, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            return _begun(asking)
        asking.close()
        while any(_ended()):
            pass


def _ended():
    try:
        yield os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return


def _begun(asking):
    length, descriptors, _, _ = socket.recv_fds(asking, 4, 3)
    with asking.makefile("rb") as reading:
        request = json.loads(reading.read(int.from_bytes(length, "big")))
    child = os.fork()
    if child:
        for number in (*descriptors, 0, 1, 2):
            os.close(number)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        asking.sendall(b"%d\n" % code)
        os._exit(0)
    for number in {*ENDING} - {*request["ignored"]}:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    asking.sendall(b"%d\n" % os.getpid())
    asking.close()
    return request


def _become(request):
    """This interpreter as if it had been started for the request."""
    import time

    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    sys.argv[1:] = request["args"]
    sys.path[0] = request["cwd"]
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    for number, name, errors in ((1, "stdout", "strict"), (2, "stderr", "backslashreplace")):
        stream = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(number, "w", closefd=False)),
            encoding="utf-8",
            errors=errors,
            line_buffering=number == 2 or os.isatty(number),
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _end(code):
    """As Python ends, but with every object left as it is: taking them apart copies all that is the server's."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _import_everything():
    import importlib
    import pkgutil

    import reconciler

    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for later in _LATER:
        importlib.import_module(later)


def _fill_caches():
    """What every run makes once, whatever it is asked."""
    import inspect

    from reconciler.desired.schema_files import accepting, published

    for name in published():
        accepting(name)
    modules = [module for name, module in [*sys.modules.items()] if name.startswith("reconciler.")]
    for one in {id(one): one for module in modules for one in vars(module).values()}.values():
        if hasattr(one, "cache_info") and not inspect.signature(one).parameters:
            one()


if __name__ == "__main__":
    import gc
    import runpy

    _import_everything()
    _fill_caches()
    gc.freeze()
    _become(_serve(socket.socket(fileno=int(sys.argv[1]))))
    try:
        runpy.run_module("reconciler", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        _end(ended.code)
