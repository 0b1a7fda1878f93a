"""The commands: one file each, found by its ``COMMAND`` constant and loaded when it is called.

Nothing but this folder prints or exits. The result goes to stdout, all else to stderr.
"""

from __future__ import annotations

import codecs
import pkgutil
import sys
from contextlib import suppress
from importlib import import_module
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.commands._shared.exit_codes import IN_SHORT
from reconciler.commands._shared.progress import PROGRESS
from reconciler.core.errors import Bug, Interrupted, ReconcilerError, Refused, StaleReview, Unprinted
from reconciler.core.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 64
_SPELLED = "reconciler.spelled"


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As Click does; for a command that there is not, with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = nearest(args[0], _modules())
            if not close:
                raise
            said = f"{error.message.removesuffix('.')}; did you mean {close}?"
            raise click.UsageError(said, ctx) from None


def _modules() -> dict[str, str]:
    """Each command's module: a name that Python keeps for itself ends in ``_`` there, a hyphen is ``_``."""
    names = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return {name.removesuffix("_").replace("_", "-"): name for name in names}


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"Exit codes: {IN_SHORT}. `reconciler help` has the reference.",
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
    _spell_out()
    try:
        try:
            code = reconciler.main(args=list(arguments), prog_name="reconciler", standalone_mode=False)
        finally:
            PROGRESS.step("")
        sys.stdout.flush()
    except Unprinted as failure:
        # Whoever read it may have had enough (`| head`): there is nobody to tell then.
        return failure.exit_code if failure.gone else _tell(failure, arguments)
    except ReconcilerError as error:
        _trace(error.__cause__, arguments)
        return _tell(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        return _tell(Interrupted(), arguments)
    except click.ClickException as error:
        return _usage(error, arguments)
    except Exception as bug:  # noqa: BLE001  the last resort: a reader gets a sentence, not a traceback
        _trace(bug, arguments)
        return _tell(Bug(bug), arguments)
    return code if isinstance(code, int) else 0


def _spell_out() -> None:
    """On a stream that is not UTF-8, what it has no character for becomes ``\\uXXXX``, as in JSON."""
    codecs.register_error(_SPELLED, _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_SPELLED)


def _spelled(failure: UnicodeError) -> tuple[str, int]:
    if not isinstance(failure, UnicodeEncodeError):
        raise failure
    units = failure.object[failure.start : failure.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), failure.end


def _trace(mistake: BaseException | None, arguments: Sequence[str]) -> None:
    """Print the traceback of a mistake in the tool to stderr where ``--verbose`` is given."""
    if (
        mistake is not None
        and not isinstance(mistake, ReconcilerError)
        and {"-v", "--verbose"} & set(arguments)
    ):
        import traceback

        traceback.print_exception(mistake)


def _tell(error: ReconcilerError, arguments: Sequence[str]) -> int:
    """An error in the format that was asked for, to stdout, and in any case words to stderr."""
    from reconciler.commands._shared.terminal import COLORS, Screen
    from reconciler.outputs import formats
    from reconciler.outputs._results import Failed

    report = Failed(error=error, texts=error.texts)
    if isinstance(error, Interrupted):
        PROGRESS.clear_line()
    color = COLORS.get(_said(arguments, "--color"))
    Screen(color=color).complain(report)
    name = _said(arguments, "--format")
    try:
        if name in formats() and name != "text":
            Screen(name=name, color=color).show(report)
    except Unprinted as failure:
        # Of what stops a run before anything is written, an error (1) comes before a stale review (4) and a guard (5).
        return (
            failure.exit_code
            if error.exit_code in {StaleReview.exit_code, Refused.exit_code}
            else error.exit_code
        )
    return error.exit_code


def _usage(error: click.ClickException, arguments: Sequence[str]) -> int:
    """Click's own errors are usage errors, whose code 2 would read as "changes pending"."""
    from reconciler.outputs._visible import visible

    if isinstance(error, click.MissingParameter):
        # Click lists the choices in lines of their own, set in with tabs, and nothing of it is the user's.
        error = click.UsageError(" ".join(error.format_message().split()), error.ctx)
    if _said(arguments, "--format") == "json":
        from reconciler.commands._shared.terminal import Screen
        from reconciler.core.errors import UsageProblem
        from reconciler.outputs._results import Failed

        with suppress(Unprinted):
            Screen(name="json", color=None).show(Failed(error=UsageProblem(error.format_message())))
    said = StringIO()
    error.show(said)
    # It repeats what stood on the command line, which in a CI may be a branch's name or a pull request's title.
    sys.stderr.write("".join(f"{visible(line)}\n" for line in said.getvalue().splitlines()))
    return USAGE


def _said(arguments: Sequence[str], option: str) -> str:
    """An option's value, the last one, empty where there is none; the arguments may be such as no command takes."""
    value = ""
    for one, two in zip(arguments, [*arguments[1:], ""], strict=False):
        if one == option:
            value = two
        elif one.startswith(f"{option}="):
            value = one.removeprefix(f"{option}=")
    return value
