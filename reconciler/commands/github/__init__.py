"""``reconciler github``: what the workflows ask of GitHub and of the audit log's branch."""

from __future__ import annotations

import click

from reconciler.commands._shared import signals

_tenant = click.option(
    "--tenant", required=True, metavar="NAME", help="The tenant's name in .github/tenants.json."
)
_STANDS = "What was pushed or posted until then stands; run it again."
_log = click.option("--log", required=True, metavar="FILE", help="Its audit log, in the branch's checkout.")


@click.group(short_help="For the workflows: reviewed plans, the log's branch, comments.")
def github() -> None:
    """What the workflows in .github/workflows need of GitHub, through gh, and of the audit log's branch, through git.

    Nothing here talks to a tenant.

    \b
    reconciler github plans --tenant acme --log audit/acme.jsonl --into reviewed
    """


@github.command(short_help="Find the plans that reviewers approved.")
@_tenant
@_log
@click.option("--into", required=True, metavar="DIR", help="Where the plans and their reviews are put.")
@click.option(
    "--digest", metavar="DIGEST", help="By hand: also the plan artifact with this digest, all of it."
)
@click.option("--reason", metavar="TEXT", help="By hand: why.")
def plans(*, tenant: str, log: str, into: str, digest: str | None, reason: str | None) -> int:
    """Look through the pull requests merged since the last apply that ended 0 or 3.

    Of each, the plan counts that a successful run made at its last commit, if somebody else has approved that commit.

    \b
    reconciler github plans --tenant acme --log audit/acme.jsonl --into reviewed
    """
    from reconciler.commands.github import jobs

    jobs.plans(tenant, log, into, digest=digest, reason=reason)
    return 0


@github.command(short_help="Print the audit head that the last apply left.")
@_tenant
def head(*, tenant: str) -> int:
    """Print the head that the last apply's commit status has, for `audit verify --expect-head`, if there is one.

    \b
    reconciler github head --tenant acme
    """
    from reconciler.commands.github import jobs

    found = jobs.head(tenant)
    if found is not None:
        click.echo(found)
    return 0


@github.command(short_help="Keep the audit log on its branch.")
@_log
@click.option("--begin-anew", is_flag=True, help="Put an empty log in the place of a lost one, first.")
@click.option("--reason", metavar="TEXT", help="With --begin-anew: why, for the branch's history.")
def keep(*, log: str, begin_anew: bool, reason: str | None) -> int:
    """Commit the log on the checkout of its branch and push it. Another tenant's push in between does no harm.

    \b
    reconciler github keep --log audit/acme.jsonl
    """
    from reconciler.commands.github import jobs

    with signals.something_written(_STANDS):
        jobs.keep(log, begin_anew=begin_anew, reason=reason)
    return 0


@github.command(short_help="Say what came of an apply.")
@_tenant
@_log
@click.option("--reviewed", required=True, metavar="DIR", help="What `github plans` wrote.")
@click.option(
    "--out", required=True, metavar="DIR", help="What the apply wrote: code, applied.json, plan.json."
)
def ended(*, tenant: str, log: str, reviewed: str, out: str) -> int:
    """Set the commit status, and write the outcome back to the merged pull requests.

    Ends with 0 where all is done, or where only carriers or people in the tenant are waited for.

    \b
    reconciler github ended --tenant acme --log audit/acme.jsonl --reviewed before/reviewed --out after/out
    """
    from pathlib import Path

    from reconciler.commands.github.ended import ended

    with signals.something_written(_STANDS):
        return ended(tenant, log, Path(reviewed), Path(out))


@github.command(short_help="Write a pull request's one comment.")
@click.option("--pull", required=True, type=click.IntRange(1), metavar="N", help="The pull request's number.")
@click.option(
    "--about", required=True, metavar="TEXT", help="What it is about: there is one comment for each."
)
@click.option("--only-update", is_flag=True, help="Write none where there is none yet.")
@click.argument("file")
def comment(*, pull: int, about: str, only_update: bool, file: str) -> int:
    """Write the Markdown in FILE as a comment, or in the place of the one that is there.

    \b
    reconciler github comment --pull 12 --about "plan acme" plan.md
    """
    from reconciler.commands.github import jobs

    with signals.something_written(_STANDS):
        jobs.comment(pull, about, file, only_update=only_update)
    return 0


@github.command(short_help="Keep the issue about drift.")
@_tenant
@click.option("--since", required=True, metavar="TIME", help="When the plan began: 2026-11-20T10:00:00Z.")
@click.option("--plan", "plan_file", required=True, metavar="FILE", help="The plan, as saved.")
@click.argument("file")
def drift(*, tenant: str, since: str, plan_file: str, file: str) -> int:
    """Open or update the tenant's issue with the Markdown in FILE; close it where the plan has no actions.

    \b
    reconciler github drift --tenant acme --since 2026-11-20T10:00:00Z --plan plan.json plan.md
    """
    from reconciler.commands.github import jobs

    with signals.something_written(_STANDS):
        jobs.drift(tenant, since, plan_file, file)
    return 0


COMMAND = github
