"""``reconciler doctor``: what is needed, whether it is there, and how to fix what is not."""

from __future__ import annotations

from typing import Any

import click

from reconciler.commands._shared import options as options


@click.command(short_help="Check what this tool needs, read-only.")
@options.templates
@options.tenant
@click.option("--github", is_flag=True, help="Check the repository's settings on GitHub instead, by gh.")
@options.formatted("text", "json", "markdown")
def doctor(*, github: bool, format_: str, color: str, **surroundings: Any) -> int:
    """Check settings, tenant, files and audit log, and say what is missing and how to fix it.

    Only reads are sent to the tenant. Calls that write are not tried, but judged by the scopes that the token grants. A
    call that fails is repeated once, unless --retries or RECONCILER_RETRIES says otherwise. With --github the
    protections that only the repository's settings can hold: rules, environments, deploy keys, owners. Exits 0 where
    there is no problem (a warning is not one), 1 otherwise.

    \b
    reconciler doctor
    reconciler doctor --sandbox
    reconciler doctor --templates tenants/acme --format json
    reconciler doctor --github
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.doctor.look import examined
    from reconciler.commands.doctor.on_github import settings_on_github

    session = Session(screen=options.screen_of(format_, color), **surroundings)
    report = settings_on_github() if github else examined(session)
    session.screen.show(report)
    return 0 if report.ready else 1


COMMAND = doctor
