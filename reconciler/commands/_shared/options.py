"""Command-line options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.commands._shared.complete import targets_like
from reconciler.commands._shared.terminal import COLORS, Screen

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


colored = click.option(
    "--color", type=click.Choice(list(COLORS)), default="auto", help="Colours; auto honours NO_COLOR."
)


def formatted(*names: str) -> Callable[[Command], Command]:
    """``--format``, one of ``names``, and ``--color``: the command's arguments ``format_`` and ``color``."""
    return _all(
        click.option(
            "--format", "format_", type=click.Choice(names), default="text", help="How the result is printed."
        ),
        colored,
    )


def screen_of(format_: str, color: str) -> Screen:
    """The screen that ``--format`` and ``--color`` ask for."""
    return Screen(name=format_, color=COLORS[color])


templates = click.option(
    "--templates",
    multiple=True,
    default=("templates.d",),
    show_default=True,
    metavar="PATH",
    help="A file or folder of desired state; may repeat.",
)

target = click.option(
    "--target",
    multiple=True,
    metavar="ID",
    shell_complete=targets_like,
    help="Only this template or webhook URL; may repeat.",
)

audit_log = click.option(
    "--audit-log", metavar="FILE", help="The audit log (RECONCILER_AUDIT_LOG, else .reconciler/audit.jsonl)."
)

sandbox = click.option(
    "--sandbox", is_flag=True, help="Run on the embedded CXone, without credentials (.reconciler/sandbox.db)."
)

tenant = _all(
    sandbox,
    audit_log,
    click.option("--retries", type=click.IntRange(0, 100), help="Attempts after the first (5)."),
    click.option(
        "--rate", type=click.FloatRange(0, min_open=True), help="At most this many requests a second."
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 500),
        default=10,
        show_default=True,
        help="Requests at a time.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Log each call to stderr, redacted."),
)

planned = _all(
    target,
    click.option(
        "--rotate", multiple=True, metavar="URL", help="Set this webhook's secret again; may repeat."
    ),
    click.option(
        "--require-audit-log",
        is_flag=True,
        help="Refuse (5) where there is no audit log; an empty one will do.",
    ),
)
