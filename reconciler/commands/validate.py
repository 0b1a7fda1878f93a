"""``reconciler validate``: load and check, offline."""

from __future__ import annotations

import click

from reconciler.commands import _options as options


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
    import os
    import time

    from reconciler.commands._session import today
    from reconciler.desired import check_secrets, errors, load
    from reconciler.reports import Sized, Validated
    from reconciler.sms import worst_case

    screen = options.screen_of(format_, color)
    if mend:
        from reconciler.fixes import fix

        for fixed in fix(templates):
            screen.say(f"{fixed.file}:{fixed.line}: fixed {fixed.code} {fixed.what}")
    state = load(templates, today=today(), clock=time.monotonic)
    findings = sorted(
        (*state.findings, *check_secrets(state, os.environ)),
        key=lambda found: (found.file, found.line, found.column, found.code),
    )
    valid = not errors(findings)
    sized = []
    # Only JSON shows the sizes; to measure them costs a twentieth of the whole.
    for item in state.desired if format_ == "json" else ():
        if item.kind == "template":
            measure = worst_case(item.document.body["content"], item.document.body.get("variables", {}))
            sized.append(
                Sized(id=item.target, file=item.document.file, line=item.document.line, measure=measure)
            )
    screen.show(
        Validated(
            valid=valid,
            findings=tuple(findings),
            templates=tuple(sized),
            documents=len(state.documents),
            texts=state.texts,
        )
    )
    return 0 if valid else 1


COMMAND = validate
