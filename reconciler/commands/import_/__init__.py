"""``reconciler import``: YAML for what is live, so that a plan right after is empty, but for approvals on their way."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands._shared import options as options
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.signals import something_written

if TYPE_CHECKING:
    from reconciler.commands._shared.session import Session
    from reconciler.commands.import_.folder import Folder
    from reconciler.commands.import_.survey import Survey
    from reconciler.cxone.connection import Connection
    from reconciler.desired.load import DesiredState
    from reconciler.outputs._results import Imported


@click.command("import", short_help="Write YAML for live templates.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--all", "everything", is_flag=True, help="Every template, registration and webhook that is listed."
)
@click.option("--into", required=True, metavar="DIR", help="The folder for the files, one document each.")
@click.option(
    "--force", is_flag=True, help="Overwrite files that are in the way, and those of an earlier import."
)
@options.templates
@options.tenant
@options.formatted("text", "json", "markdown", "github")
def import_(
    *,
    ids: tuple[str, ...],
    everything: bool,
    into: str,
    force: bool,
    format_: str,
    color: str,
    **surroundings: Any,
) -> int:
    """Write YAML for live templates (by id), their registrations, and webhooks (by URL). Only reads are sent.

    A plan right after is empty, except that a template which is SUBMITTED or IN_REVIEW is written as APPROVED, the
    status that lasts, and planned as that approval. Rules that a live template breaks are waived for 90 days, "live
    before adoption". What a document below DIR names already is left alone.

    \b
    reconciler import --all --into templates.d
    reconciler import tmpl_appointment tmpl_recall --into templates.d
    reconciler import --all --into adopted --sandbox
    """
    from reconciler.commands._shared.session import Session

    if everything == bool(ids):
        raise click.UsageError("Give either ids or --all: what should be imported?")
    session = Session(screen=options.screen_of(format_, color), **surroundings)
    report = _import(session, ids, into, force=force)
    with something_written("The files are written.") if report.written else nullcontext():
        session.screen.show(report)
    return 0


def _import(session: Session, ids: tuple[str, ...], into: str, *, force: bool) -> Imported:
    import time

    from reconciler.audit.memory import remember
    from reconciler.commands._shared.session import today
    from reconciler.commands.import_ import folder as folders
    from reconciler.commands.import_.adopt import adopt
    from reconciler.plan import guards

    PROGRESS.step("Reading the files")
    day = today()
    folder = folders.look(into, session.templates, lambda paths: folders.load_any(paths, day, time.monotonic))
    folders.refuse_unclear(folder, force=force)
    connection = session.connection()
    memory = remember(session.log().records, session.tenant)
    if not session.sandbox:
        guards.require_tenant(session.tenant, folder.state.policy.tenants)
    seed = folders.load_any(session.templates, day, time.monotonic) if session.sandbox else None
    adoption = adopt(
        _survey(session, connection, ids, seed),
        folder.place(force=force),
        today=day,
        remembered=memory.remembered,
        plan=folder.plan(sandbox=session.sandbox),
    )
    if adoption.files:
        with something_written("Files that were written are there; run it again for the others."):
            folders.save(folder, adoption.files)
            _copy_schemas(session, folder)
    return adoption.report


def _survey(
    session: Session, connection: Connection, ids: tuple[str, ...], seed: DesiredState | None
) -> Survey:
    """Read the tenant, with a client that cannot write; ``seed`` is what the sandbox starts with."""
    from reconciler.commands._shared.loop import loop
    from reconciler.commands.import_.survey import survey

    PROGRESS.step("Reading the tenant")

    async def run() -> Survey:
        with session.transport(seed) as transport:
            async with session.client(connection, transport) as client:
                return await survey(client, ids, session.concurrency)

    return loop(run())


def _copy_schemas(session: Session, folder: Folder) -> None:
    """The documents are there: that editors lack their schemas is worth a warning, no more."""
    from reconciler.commands.import_.folder import copy_schemas

    try:
        made = copy_schemas(folder)
    except OSError as failure:
        session.screen.warn(
            f"The schemas for editors cannot be written beside the files: {failure.strerror}."
        )
        return
    if made is not None:
        session.screen.say(
            f"The schemas that the files name in their first line, for editors, are in {made}: commit them too."
        )


COMMAND = import_
