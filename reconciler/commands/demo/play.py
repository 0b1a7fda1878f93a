"""The demo on its stage: a temporary folder, the embedded CXone as a process of its own, and the real commands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from contextlib import chdir, contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.commands._shared.options import screen_of
from reconciler.commands.demo.scenes import DOCUMENT, SCENES, TEXT, Edit
from reconciler.core.errors import ReconcilerError
from reconciler.outputs._results import Page
from reconciler.sandbox.extra import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.commands.demo.scenes import Scene, Typed

_SANDBOX = ("sandbox", "--fault", "carrier=slow")
_OURS = ("CXONE_", "RECONCILER_")


def play(*, fast: bool, color: str) -> None:
    """Show every step, and wait for Enter after each on a terminal. ReconcilerError where one goes otherwise."""
    need("starlette", "uvicorn")
    with TemporaryDirectory(prefix="reconciler-demo-") as folder, chdir(folder):
        os.mkdir(os.path.dirname(DOCUMENT))
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(TEXT)
        with _tenant() as exports, _environment({**exports, "CXONE_OPERATOR_ID": "sam"}):
            stage = Stage(color=color, waits=not fast and sys.stdin.isatty())
            stage.open(exports)
            for number, step in enumerate(SCENES, 1):
                stage.show(number, step)
            stage.say(
                "\nThe folder and the tenant are removed now. Next: `reconciler init` sets up a repository of your "
                "own, and `reconciler help` has the reference."
            )


class Stage:
    """Where the steps are shown: on stdout, as the commands' own results are."""

    def __init__(self, *, color: str, waits: bool) -> None:
        self._color = color
        self._waits = waits

    def say(self, markdown: str) -> None:
        """Words for the reader."""
        screen_of("text", self._color).show(Page(topic=None, markdown=f"{markdown}\n"))

    def open(self, exports: Mapping[str, str]) -> None:
        """Where this is, so that the reader can try more in another terminal while the demo waits."""
        lines = [f"$ cd {shlex.quote(os.getcwd())}", f"$ reconciler {' '.join(_SANDBOX)}"]
        lines += [f"$ export {name}={shlex.quote(value)}" for name, value in exports.items()]
        lines += ["$ export CXONE_OPERATOR_ID=sam", f"$ cat {DOCUMENT}", *TEXT.splitlines()]
        self.say(
            "# One change, from proposal to report\n\nThe embedded CXone, a small imitation of a tenant, runs in a "
            "temporary folder, with a carrier that takes its time. Every command below is really run.\n\n"
            f"{_fenced(lines)}"
        )
        self._wait()

    def show(self, number: int, step: Scene) -> None:
        """One step, from its heading to what to look at."""
        self.say(f"\n## {number}. {step.title}\n\n{step.told}")
        for run in step.runs:
            if isinstance(run, Edit):
                self._edit(run)
            else:
                self._run(run)
        self.say(f"\n**Look at:** {step.look}")
        self._wait()

    def _run(self, run: Typed) -> None:
        from reconciler.commands import run as reconciler

        before = [f"{name}={shlex.quote(value)}" for name, value in run.variables.items()]
        line = " ".join([*before, "reconciler", *run.words])
        self.say(f"\n{_fenced([f'$ {line}'])}\n")
        colored = () if self._color == "auto" else ("--color", self._color)
        with _environment(run.variables, whole=False):
            code = reconciler([*run.words, *colored])
        if code == 130:
            raise KeyboardInterrupt
        if code != run.code:
            raise ReconcilerError(
                f"The demo ended early: `{line}` ended with {code}, not with {run.code}. If its own message does not "
                "say why, report it."
            )
        self.say(f"\nExit code {code}.")

    def _edit(self, edit: Edit) -> None:
        from urllib.request import Request, urlopen

        url = f"{os.environ['CXONE_BASE_URL']}/_sandbox/templates/tmpl_appointment"
        kind = "Content-Type: application/json"
        self.say("\n" + _fenced([f"$ curl -s -o /dev/null -X PATCH {url} -H '{kind}' -d '{edit.patch}'"]))
        name, _, value = kind.partition(": ")
        urlopen(Request(url, edit.patch.encode(), {name: value}, method="PATCH")).close()  # noqa: S310  loopback

    def _wait(self) -> None:
        if self._waits:
            sys.stderr.write("\n[Enter goes on, Ctrl-C ends]")
            sys.stderr.flush()
            if not sys.stdin.readline():
                self._waits = False


def _fenced(lines: list[str]) -> str:
    return "\n".join(["```sh", *lines, "```"])


@contextmanager
def _tenant() -> Iterator[Mapping[str, str]]:
    """The embedded CXone as a process of its own, and the variables that it prints."""
    package = os.path.dirname(os.path.dirname(sys.modules["reconciler"].__file__ or ""))
    server = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", "reconciler", *_SANDBOX],
        env={**os.environ, "PYTHONPATH": package},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        assert server.stdout is not None
        lines = [server.stdout.readline().strip().removeprefix("export ") for _ in range(3)]
        if not all(lines):
            raise ReconcilerError(
                "The demo cannot start: the embedded CXone has ended. `reconciler sandbox` says why."
            )
        yield dict(line.split("=", 1) for line in lines)
    finally:
        server.terminate()
        server.communicate()


@contextmanager
def _environment(variables: Mapping[str, str], *, whole: bool = True) -> Iterator[None]:
    """These variables; ``whole``: and none of the tool's others, so that no real tenant is ever spoken to."""
    before = dict(os.environ)
    if whole:
        for name in [name for name in before if name.startswith(_OURS)]:
            del os.environ[name]
        os.environ["NO_PROXY"] = "127.0.0.1"
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
