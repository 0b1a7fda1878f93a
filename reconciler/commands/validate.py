"""``reconciler validate``: load and check, offline."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from reconciler.commands._shared import options
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.signals import something_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands._shared.terminal import Screen
    from reconciler.desired.load import DesiredState
    from reconciler.outputs._results import Sized, Validated


@click.command(short_help="Check the desired state, offline.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@options.templates
@click.option("--fix", is_flag=True, help="First fix what is safe to fix: CX007, CX009 and CX116.")
@click.option("--statistics", is_flag=True, help="Not each finding, but how many there are of each rule.")
@options.formatted("text", "json", "markdown", "github", "sarif")
def validate(
    *,
    paths: tuple[str, ...],
    templates: tuple[str, ...],
    fix: bool,
    statistics: bool,
    format_: str,
    color: str,
) -> int:
    """Load the desired state and check it against schemas and carrier rules. Nothing is sent.

    PATHs are files or folders, as with --templates; given both, all of them are checked, together. A Policy counts
    where it is among them.

    --fix puts quotes around what YAML would take for a number, a boolean or a date (CX007), and drops the line break
    that `|` and `>` leave at a text's end (CX009), and blanks at the ends of a text in quotes or in a row (CX116). It
    changes nothing else, and the exit code tells what is left.

    \b
    reconciler validate
    reconciler validate --fix
    reconciler validate --statistics
    reconciler validate tenants/acme --format json
    """
    if statistics and format_ in {"github", "sarif"}:
        raise click.UsageError(
            f"--statistics counts, and {format_} is a list of findings: use another --format."
        )
    screen = options.screen_of(format_, color)
    where = _together(paths, templates)
    fixed = _fixed(screen, where) if fix else None
    report = _checked(where, measured=format_ == "json")
    report = replace(report, statistics=statistics, fixed=fixed)
    with something_written("What was fixed is saved.") if fixed else nullcontext():
        screen.show(report)
    return 0 if report.valid else 1


def _fixed(screen: Screen, templates: tuple[str, ...]) -> int:
    """Fix what can be, and say so; how many that were."""
    import time

    from reconciler.commands._shared.session import today
    from reconciler.desired import fixes
    from reconciler.desired.load import load

    findings = load(templates, today=today(), clock=time.monotonic).findings
    with something_written("What was fixed is saved; run it again for the rest."):
        made = tuple(fixes.fix(templates, findings))
    for one in made:
        screen.say(f"{one.file}:{one.line}: fixed {one.code} {one.what}")
    return len(made)


def _together(paths: tuple[str, ...], templates: tuple[str, ...]) -> tuple[str, ...]:
    """Arguments and ``--templates``; the option's default counts only where neither is given."""
    source = click.get_current_context().get_parameter_source("templates")
    return (*paths, *templates) if not paths or source is not ParameterSource.DEFAULT else paths


def _checked(templates: tuple[str, ...], *, measured: bool) -> Validated:
    """What is found. Only JSON shows the sizes; to measure them costs a twentieth of the whole."""
    import os
    import time

    from reconciler.commands._shared.session import today
    from reconciler.desired.fixes import fixable
    from reconciler.desired.load import check_secrets, errors, load
    from reconciler.desired.readers import Readers
    from reconciler.desired.secrets import read
    from reconciler.outputs._results import Validated

    readers = Readers(templates, time.monotonic)  # before progress starts its thread
    PROGRESS.step("Reading the files")
    state = load(templates, today=today(), clock=time.monotonic, readers=readers)
    findings = sorted(
        (*state.findings, *check_secrets(state, lambda ref: read(ref, os.environ))),
        key=lambda found: (found.file, found.line, found.column, found.code),
    )
    return Validated(
        valid=not errors(findings),
        findings=tuple(findings),
        templates=tuple(_sized(state)) if measured else (),
        documents=len(state.documents),
        fixable=fixable(findings, state.texts),
        texts=state.texts,
    )


def _sized(state: DesiredState) -> Iterator[Sized]:
    from reconciler.kinds import discover
    from reconciler.outputs._results import Sized

    for item in state.desired():
        sizes = discover()[item.kind].sizes(item, None)
        if sizes is not None:
            document = item.document
            yield Sized(id=item.target, file=document.file, line=document.line, measure=sizes[1])


COMMAND = validate
