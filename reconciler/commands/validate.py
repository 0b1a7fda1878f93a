"""``reconciler validate``: load and check, offline."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from reconciler.commands._shared import options
from reconciler.commands._shared.signals import something_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands._shared.terminal import Screen
    from reconciler.desired.load import DesiredState
    from reconciler.outputs._results import Sized, Validated


@click.command(short_help="Check the desired state, offline.")
@options.templates
@click.option("--fix", "mend", is_flag=True, help="First mend what is safe to mend: CX007 and CX009.")
@options.formatted("text", "json", "markdown", "github", "sarif")
def validate(*, templates: tuple[str, ...], mend: bool, format_: str, color: str) -> int:
    """Load the desired state and check it against schemas and carrier rules. Nothing is sent.

    --fix puts quotes around what YAML would take for a number, a boolean or a date (CX007), and drops the line break
    that `|` and `>` leave at a text's end (CX009). It changes nothing else, and the exit code tells what is left.

    \b
    reconciler validate
    reconciler validate --fix
    reconciler validate --templates tenants/acme --format json
    """

    screen = options.screen_of(format_, color)
    fixed = _fixed(screen, templates) if mend else False
    report = _checked(templates, measured=format_ == "json")
    with something_written("What was fixed is saved.") if fixed else nullcontext():
        screen.show(report)
    return 0 if report.valid else 1


def _fixed(screen: Screen, templates: tuple[str, ...]) -> bool:
    """Fix what can be, and say so; whether there was anything."""
    from reconciler.desired.fixes import fix

    with something_written("What was fixed is saved; run it again for the rest."):
        fixes = tuple(fix(templates))
    for one in fixes:
        screen.say(f"{one.file}:{one.line}: fixed {one.code} {one.what}")
    return bool(fixes)


def _checked(templates: tuple[str, ...], *, measured: bool) -> Validated:
    """What is found. Only JSON shows the sizes; to measure them costs a twentieth of the whole."""
    import os
    import time

    from reconciler.commands._shared.session import today
    from reconciler.desired.load import check_secrets, errors, load
    from reconciler.desired.secrets import read
    from reconciler.outputs._results import Validated

    state = load(templates, today=today(), clock=time.monotonic)
    findings = sorted(
        (*state.findings, *check_secrets(state, lambda ref: read(ref, os.environ))),
        key=lambda found: (found.file, found.line, found.column, found.code),
    )
    return Validated(
        valid=not errors(findings),
        findings=tuple(findings),
        templates=tuple(_sized(state)) if measured else (),
        documents=len(state.documents),
        texts=state.texts,
    )


def _sized(state: DesiredState) -> Iterator[Sized]:
    from reconciler.kinds import discover
    from reconciler.outputs._results import Sized

    for item in state.desired:
        sizes = discover()[item.kind].sizes(item, None)
        if sizes is not None:
            document = item.document
            yield Sized(id=item.target, file=document.file, line=document.line, measure=sizes[1])


COMMAND = validate
