"""``reconciler apply``: plan afresh, and do what was reviewed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands._shared import options as options

if TYPE_CHECKING:
    from reconciler.commands._shared.session import Session
    from reconciler.plan.review import Evidence

_DIGITS = 64
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]+)", re.IGNORECASE)


@click.command(short_help="Do what was reviewed, and only that.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--yes", is_flag=True, help="Do not ask: the plan that is shown is what is confirmed.")
@click.option("--expect-digest", metavar="DIGEST", help="Do the plan with this digest, all 64 digits.")
@click.option("--continue", "continued", is_flag=True, help="Do only what the audit log holds as reviewed.")
@click.option(
    "--max-changes", type=click.IntRange(0), metavar="N", help="Refuse (5) to do more actions than this."
)
@click.option("--allow-revoke", is_flag=True, help="Allow revocations that no review stands behind.")
@click.option("--allow-many", is_flag=True, help="Allow changes to most approved templates without a review.")
@click.option("--reason", metavar="TEXT", help="Why, for the audit log.")
@options.templates
@options.planned
@options.tenant
@options.formatted("text", "json", "markdown", "github")
def apply(
    *,
    files: tuple[str, ...],
    yes: bool,
    expect_digest: str | None,
    continued: bool,
    max_changes: int | None,
    allow_revoke: bool,
    allow_many: bool,
    reason: str | None,
    target: tuple[str, ...],
    rotate: tuple[str, ...],
    require_audit_log: bool,
    format_: str,
    color: str,
    **surroundings: Any,
) -> int:
    """Plan afresh, and do the actions that were reviewed: in FILEs, by their digest, in the audit log, or here and now.

    \b
    reconciler apply --sandbox --yes
    reconciler apply plan.json
    reconciler apply --continue
    """
    from reconciler.commands._shared.session import Session, targets_of
    from reconciler.commands.apply.perform import perform
    from reconciler.plan.review import Authorization

    digest = _checked(files, expect_digest, continued=continued)
    session = Session(screen=options.screen_of(format_, color), **surroundings)
    authorization = Authorization(
        files=_evidence(session, files),
        digest=digest,
        continued=continued,
        yes=yes,
        allowed=frozenset(["revoke"] * allow_revoke + ["many"] * allow_many),
        max_changes=max_changes,
        reason=reason,
    )
    return perform(session, authorization, targets_of(target), rotate, require_audit_log=require_audit_log)


def _evidence(session: Session, files: tuple[str, ...]) -> tuple[Evidence, ...]:
    from reconciler.commands._shared.plan_files import evidence

    if files:
        session.connection()  # what is missing is named all at once, before a FILE is held against the tenant
    return tuple(evidence(file, (session.tenant, session.base_url)) for file in files)


def _checked(files: tuple[str, ...], expect_digest: str | None, *, continued: bool) -> str | None:
    """The digest, whole with its prefix; a usage error for what excludes each other or cannot be answered."""
    import sys

    ways = [
        name
        for name, given in (("FILE", files), ("--expect-digest", expect_digest), ("--continue", continued))
        if given
    ]
    if len(ways) > 1:
        raise click.UsageError(f"{' and '.join(ways)} exclude each other: each says what was reviewed.")
    yes = click.get_current_context().params["yes"]
    if not ways and not yes and not sys.stdin.isatty():
        raise click.UsageError(
            "There is nobody to ask: give a reviewed plan FILE, --expect-digest, --continue, or --yes."
        )
    if expect_digest is None:
        return None
    match = _DIGEST.fullmatch(expect_digest)
    if match is None or len(match[1]) != _DIGITS:
        digits = "" if match is None else f" ({len(match[1])} here)"
        raise click.UsageError(
            f"--expect-digest {expect_digest!r} is not a whole digest{digits}: all 64 hexadecimal digits are needed, "
            "as `reconciler plan` prints them. Who writes the texts can make two plans that begin alike."
        )
    return f"sha256:{match[1].lower()}"


COMMAND = apply
