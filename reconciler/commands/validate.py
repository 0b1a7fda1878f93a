"""``reconciler validate``: load and check, offline."""

from __future__ import annotations

import click

from reconciler.commands import _options as options


@click.command(short_help="Check the desired state, offline.")
@options.templates
@options.formatted("text", "json", "markdown")
def validate(templates: tuple[str, ...], format_: str, color: str) -> int:
    """Load the desired state and check it against schemas and carrier rules. Nothing is sent.

    \b
    reconciler validate
    reconciler validate --templates tenants/acme --format json
    """
    import os
    import time

    from reconciler.commands._session import today
    from reconciler.desired import check_secrets, errors, load
    from reconciler.reports import Sized, Validated
    from reconciler.sms import worst_case

    state = load(templates, today=today(), clock=time.monotonic)
    findings = sorted(
        (*state.findings, *check_secrets(state, os.environ)),
        key=lambda found: (found.file, found.line, found.column, found.code),
    )
    valid = not errors(findings)
    sized = []
    for item in state.desired:
        if item.kind == "template":
            measure = worst_case(item.document.body["content"], item.document.body.get("variables", {}))
            sized.append(
                Sized(id=item.target, file=item.document.file, line=item.document.line, measure=measure)
            )
    options.screen_of(format_, color).show(
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
