"""The commands: one file each, found by its ``COMMAND`` constant and loaded when it is called.

Nothing but this folder prints or exits. The result goes to stdout, all else to stderr (contract section 4).
"""

from __future__ import annotations

import os
import pkgutil
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.errors import Interrupted, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 64


class Commands(click.Group):
    """A group whose commands are this folder's modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = _modules().get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(f"{__name__}.{module}").COMMAND
        return command


def _modules() -> dict[str, str]:
    """Each command's module: a name that Python keeps for itself ends in ``_`` there, a hyphen is ``_``."""
    names = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return {name.removesuffix("_").replace("_", "-"): name for name in names}


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 error, 2 changes (plan --detailed-exitcode), 3 apply incomplete, 4 stale review, "
    "5 refused by a guard, 64 usage, 130 interrupted.",
)
@click.version_option(__version__, message="reconciler %(version)s")
def reconciler() -> None:
    """Message templates of a NICE CXone tenant as reviewed YAML: plan, approve, register, announce, audit.

    \b
    reconciler validate          check templates.d, offline
    reconciler plan --sandbox    what would be done, on the embedded CXone
    reconciler apply plan.json   do what was reviewed, and only that
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error becomes a message."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # as stderr: what cannot be shown is no reason to fail
    try:
        code = reconciler.main(args=list(arguments), prog_name="reconciler", standalone_mode=False)
    except ReconcilerError as error:
        return _tell(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        return _tell(Interrupted(), arguments)
    except click.ClickException as error:
        return _usage(error, arguments)
    except BrokenPipeError:
        # Whoever read us has gone (`| head`): there is nobody to tell, and Python's own attempt would be a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as bug:  # noqa: BLE001  the last resort: a reader gets a sentence, not a traceback
        return _bug(bug, verbose=not {"-v", "--verbose"}.isdisjoint(arguments))
    return code if isinstance(code, int) else 0


def _bug(bug: Exception, *, verbose: bool) -> int:
    """A mistake of ours. What was written is in the audit log all the same."""
    if verbose:
        import traceback

        traceback.print_exception(bug)
    sys.stderr.write(
        f"error: This is a bug in reconciler {__version__}: {type(bug).__name__}. What was done is in the audit log. "
        "Run again with -v, and report what it prints.\n"
    )
    return 1


def _tell(error: ReconcilerError, arguments: Sequence[str]) -> int:
    """An error in the format that was asked for, to stdout, and in any case words to stderr."""
    from reconciler.commands._screen import Screen
    from reconciler.outputs import formats
    from reconciler.reports import Failed

    report = Failed(error=error, texts=error.texts)
    Screen(name="text", color=None).complain(report)
    name = _format(arguments)
    if name != "text" and name in formats():
        Screen(name=name, color=None).show(report)
    return error.exit_code


def _usage(error: click.ClickException, arguments: Sequence[str]) -> int:
    """Click's own errors are usage errors, whose code 2 would read as "changes pending"."""
    if _format(arguments) == "json":
        from reconciler.commands._screen import Screen
        from reconciler.errors import UsageProblem
        from reconciler.reports import Failed

        Screen(name="json", color=None).show(Failed(error=UsageProblem(error.format_message())))
    error.show(sys.stderr)
    return USAGE


def _format(arguments: Sequence[str]) -> str:
    """What ``--format`` says, the last one; the arguments may be such as no command takes."""
    name = "text"
    for one, two in zip(arguments, [*arguments[1:], ""], strict=False):
        if one == "--format":
            name = two
        elif one.startswith("--format="):
            name = one.removeprefix("--format=")
    return name
