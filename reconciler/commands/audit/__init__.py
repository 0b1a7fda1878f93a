"""``reconciler audit``: check the log, deliver from it, report on it, and append what people did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.commands._shared import options as options
from reconciler.commands.audit.values import day, format_of, record_hash

if TYPE_CHECKING:
    from datetime import datetime

_HEAD = click.option(
    "--expect-head",
    metavar="HASH",
    help="Some record must have this hash: finds a cut tail.",
)


@click.group(short_help="Check, deliver, report on and complete the audit log.")
def audit() -> None:
    """The audit log: hash-chained, tamper-evident, and the memory of what the tenant cannot show.

    \b
    reconciler audit verify
    """


@audit.command(short_help="Check the chain.")
@_HEAD
@click.option("--all", "every", is_flag=True, help="Check every file of the log, and each checkpoint.")
@click.option(
    "--old-key-file",
    "old_keys",
    multiple=True,
    metavar="FILE",
    help="With --all: a key that earlier records were written with; may repeat.",
)
@options.audit_log
@options.sandbox
@options.formatted("text", "json", "markdown", "github")
def verify(
    *,
    expect_head: str | None,
    every: bool,
    old_keys: tuple[str, ...],
    format_: str,
    color: str,
    **surroundings: Any,
) -> int:
    """Check that no record was changed, removed or reordered; the first that was is named.

    The current file alone, as every plan and apply does, unless --all is given.

    \b
    reconciler audit verify --all --expect-head sha256:…
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.audit.verify import verify

    if old_keys and not every:
        raise click.UsageError("--old-key-file is for --all: the current file has one key.")
    session = Session(screen=options.screen_of(format_, color), templates=(), **surroundings)
    verify(session, expect_head=record_hash(expect_head), every=every, old_key_files=old_keys)
    return 0


@audit.command(short_help="Close the current file and begin another.")
@click.option("--key-file", metavar="FILE", help="The new file's key, where it is to have one or another.")
@options.audit_log
@options.sandbox
@options.formatted("text", "json", "markdown", "github")
def seal(*, key_file: str | None, format_: str, color: str, **surroundings: Any) -> int:
    """Close the log's current file, and go on in a new one; an apply does this by itself when a file is full.

    With --key-file the new file is kept with that key, which later runs need in RECONCILER_LOG_KEY.

    \b
    reconciler audit seal --key-file log.key
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.audit.log import seal

    seal(Session(screen=options.screen_of(format_, color), templates=(), **surroundings), key_file)
    return 0


@audit.command(short_help="Deliver what is not delivered yet.")
@options.tenant
@options.formatted("text", "json", "markdown", "github")
def publish(*, format_: str, color: str, **surroundings: Any) -> int:
    """Send the outcomes that the tenant's audit log does not have yet.

    \b
    reconciler audit publish
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.audit.log import publish

    return publish(Session(screen=options.screen_of(format_, color), templates=(), **surroundings))


@audit.command(short_help="Record plan files as reviewed, offline.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.audit_log
@options.sandbox
@options.formatted("text", "json", "markdown", "github")
def review(*, files: tuple[str, ...], format_: str, color: str, **surroundings: Any) -> int:
    """Append the FILEs' actions as reviewed. Needs no credentials: for a job that holds none.

    \b
    reconciler audit review plan.json
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.audit.log import review

    review(Session(screen=options.screen_of(format_, color), templates=(), **surroundings), files)
    return 0


@audit.command(short_help="Record that a webhook is in place already.")
@click.option("--target", required=True, metavar="URL", help="The webhook's URL.")
@click.option("--reason", required=True, metavar="TEXT", help="Who did it, when and why.")
@options.templates
@options.audit_log
@options.sandbox
@options.formatted("text", "json", "markdown", "github")
def accept(*, target: str, reason: str, format_: str, color: str, **surroundings: Any) -> int:
    """Record that what a plan shows for this webhook is already in place: a person did it in the console.

    \b
    reconciler audit accept --target https://compliance.example.com/hooks/cxone --reason "set by J. Doe"
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.audit.log import accept

    accept(Session(screen=options.screen_of(format_, color), **surroundings), target, reason)
    return 0


@audit.command(short_help="Report on what the log holds.")
@click.option("--since", type=day, metavar="DATE", help="List only what happened on this day (UTC) or later.")
@click.option(
    "--until", type=day, metavar="DATE", help="Report how things stood at the end of this day (UTC)."
)
@_HEAD
@click.option(
    "--out",
    metavar="FILE",
    help="Write the report to this file, whole or not at all; .html, .md, .json and .txt say the format.",
)
@click.option("--template", "only", multiple=True, metavar="ID", help="Only this template; may repeat.")
@options.audit_log
@options.sandbox
@options.formatted("text", "json", "markdown", "html")
def report(
    *,
    since: datetime | None,
    until: datetime | None,
    only: tuple[str, ...],
    expect_head: str | None,
    out: str | None,
    format_: str,
    color: str,
    **surroundings: Any,
) -> int:
    """Say who approved which text when, what waits, and what needs attention. Reads the log alone, and never writes it.

    Of a broken log it reports what stands before the break, and exits 1. The HTML page needs nothing but a browser.

    \b
    reconciler audit report
    reconciler audit report --out report.html
    reconciler audit report --template tmpl_appointment
    reconciler audit report --since 2026-10-01 --until 2026-12-31 --expect-head sha256:…
    """
    from reconciler.commands._shared.session import Session
    from reconciler.commands.audit import report_file

    head = record_hash(expect_head)
    screen = options.screen_of(format_of(out, format_), color)
    session = Session(screen=screen, templates=(), **surroundings)
    asked = report_file.ReportOptions(since=since, until=until, expect_head=head, out=out, only=only)
    return report_file.perform(session, asked)


COMMAND = audit
