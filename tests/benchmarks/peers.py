"""Programs that do like work, run as they are installed here; what is not installed is passed over, with the reason.

decK (Kong's, compiled Go) compares a file with services that it lists, octoDNS (Python) one file of records with
another. Neither is told to change anything. ``loop.go`` is what a script does, in turn, compiled where Go is there.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import kong
from .processes import RECONCILER, ROOT, run, serving, tenant
from .table import TEMPLATES, Row, compared, in_turns, planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .processes import Ran
    from .table import Bench

_LOOPED = 200
_OCTODNS = """\
providers:
  files: {{class: octodns.provider.yaml.YamlProvider, directory: {at}/wanted, enforce_order: false}}
  live: {{class: octodns.provider.yaml.YamlProvider, directory: {at}/live, enforce_order: false}}
zones:
  example.com.: {{sources: [files], targets: [live]}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program's name with its version, and one run of it; ``missing`` says why there is none."""

    name: str
    run: Callable[[], Ran] | None = None
    missing: str = ""


def side_by_side(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(TEMPLATES, 100)
    with tenant(TEMPLATES, "APPROVED", 0.0) as live, deck(bench.at, TEMPLATES) as first:
        for peer, target in ((first, 0.65), (octodns(bench.at, TEMPLATES), 0.20)):
            name = f"plan, nothing to do / {peer.name}"
            if peer.run is None:
                yield Row(name=name, figures=(), note=peer.missing)
                continue
            runs = in_turns(
                bench, lambda: planned(bench, folder, live.environment, 2 * TEMPLATES + 1), peer.run
            )
            yield compared(name, runs, target=target)
    yield _looped(bench)


def _looped(bench: Bench) -> Row:
    """An apply of some templates, ten at a time, and the same by a loop; each begins with a tenant as it was."""
    name, program = f"apply of {_LOOPED} at 50 ms / a loop in Go", shutil.which("go")
    if program is None:
        return Row(name=name, figures=(), note="no `go` on the PATH: `apt-get install golang-go` on Debian")
    loop, folder = bench.at / "loop", bench.folder(_LOOPED, 10)
    cache = {"GOCACHE": str(bench.at / "go"), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    run([program, "build", "-o", str(loop), str(ROOT / "tests/benchmarks/loop.go")], env=cache)
    with tenant(_LOOPED, "PENDING", 0.05) as live:

        def ours() -> Ran:
            live.reset()
            log = tempfile.mkdtemp(dir=bench.at) + "/audit.jsonl"
            command = [*RECONCILER, "apply", "--yes", "--templates", str(folder), "--audit-log", log]
            return run(command, expect=f"Done: {2 * _LOOPED} applied", env=live.environment)

        def theirs() -> Ran:
            live.reset()
            return run([str(loop), str(_LOOPED)], expect=f"done: {_LOOPED}", env=live.environment)

        return compared(name, in_turns(replace(bench, rounds=1), ours, theirs))  # a minute, of waiting alone


@contextmanager
def deck(at: Path, count: int) -> Iterator[Peer]:
    """`deck diff` of so many services, none of them changed."""
    program = shutil.which("deck")
    if program is None:
        yield Peer(name="decK", missing="no `deck` on the PATH: `apt-get install deck` on Debian")
        return
    version = run([program, "version"]).out.split()[1]
    file = at / "kong.json"
    file.write_text(kong.state(count), encoding="utf-8")
    with serving("tests.benchmarks.kong", count) as port:
        command = [program, "diff", "--kong-addr", f"http://127.0.0.1:{port}", "--state", str(file)]
        yield Peer(name=f"decK {version}", run=lambda: run(command, expect=_NONE_CHANGED))


_NONE_CHANGED = "  Created: 0\n  Updated: 0\n  Deleted: 0\n"


def octodns(at: Path, count: int) -> Peer:
    """`octodns-sync` without `--doit` of so many records, none of them changed."""
    program = shutil.which("octodns-sync") or shutil.which(
        "octodns-sync", path=str(Path(sys.executable).parent)
    )
    if program is None:
        return Peer(name="octoDNS", missing="no `octodns-sync` on the PATH: `pip install octodns`")
    version = run([program, "--version"]).out.split()[-1]
    records = "".join(_record(number) for number in range(count))
    for side in ("wanted", "live"):
        (at / side).mkdir()
        (at / side / "example.com.yaml").write_text(records, encoding="utf-8")
    config = at / "octodns.yaml"
    config.write_text(_OCTODNS.format(at=at), encoding="utf-8")
    return Peer(name=f"octoDNS {version}", run=lambda: run([program, "--config-file", str(config)]))


def _record(number: int) -> str:
    """A record of three fields."""
    value = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return f"host-{number:05d}:\n  type: A\n  ttl: 300\n  values: [{value}]\n"
