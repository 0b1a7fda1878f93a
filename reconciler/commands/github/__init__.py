"""``reconciler github``: what the workflows decide, and what they ask of GitHub and of the audit log's branch.

A workflow checks out, installs and calls; whatever needs an ``if`` is here. One module a job: ``tenants``, ``plan``,
``review``, ``apply``, ``ended``, ``drift``.
"""

from __future__ import annotations

import click

from reconciler.commands._shared import signals
from reconciler.core.errors import ReconcilerError


class _Annotated(click.Group):
    """A group whose errors stand on the run's page too."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ReconcilerError as error:
            from reconciler.commands._shared.terminal import Screen
            from reconciler.outputs._results import Failed

            Screen(name="github").show(Failed(error=error, texts=error.texts))
            raise


def _given(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    """A workflow's input that nobody filled in is an empty text."""
    return value or None


_tenant = click.option(
    "--tenant", required=True, metavar="NAME", help="The tenant's name in .github/tenants.json."
)
_STANDS = "What was pushed or posted until then stands; run it again."
_templates = click.option("--templates", required=True, metavar="DIR", help="Its documents.")
_log = click.option("--log", required=True, metavar="FILE", help="Its audit log, in the branch's checkout.")
_targets = click.option(
    "--targets", callback=_given, metavar="IDS", help="Only these, separated by blanks. Empty: all."
)
_digest = click.option(
    "--digest",
    callback=_given,
    metavar="DIGEST",
    help="By hand: the plan artifact with this digest, all of it.",
)
_reason = click.option("--reason", callback=_given, metavar="TEXT", help="By hand: why.")
_reviewed = click.option("--reviewed", required=True, metavar="DIR", help="What `github plans` wrote.")


@click.group(cls=_Annotated, short_help="For the workflows: which tenants, plan, review, apply, record.")
def github() -> None:
    """What the workflows in .github/workflows decide, and what they need of GitHub (gh) and the log's branch (git).

    An option that is given as an empty text is as if it were not given.

    \b
    reconciler github tenants
    """


@github.command(short_help="Say which tenants a run is for, and which jobs.")
@click.option("--only", callback=_given, metavar="NAME", help="By hand: this tenant alone.")
@click.option("--merged", is_flag=True, help="Refuse where the run is not on the default branch.")
def tenants(*, only: str | None, merged: bool) -> int:
    """Set the step's outputs: `tenants`, for a matrix, and `validate`, `comment`, `findings`: whether to run these.

    \b
    reconciler github tenants --only acme
    """
    from reconciler.commands.github.tenants import tenants

    tenants(only, merged=merged)
    return 0


@github.command(short_help="Plan, or compare with the base where there are no credentials.")
@_tenant
@_templates
@_log
@click.option("--out", required=True, metavar="DIR", help="A new folder for the plan and what it says.")
@_targets
def plan(*, tenant: str, templates: str, log: str, out: str, targets: str | None) -> int:
    """Plan one tenant, with annotations, and with what the plan says in the job's summary.

    A pull request is compared with its base. Ends with 0 where a plan was made, whether it holds actions or not.

    \b
    reconciler github plan --tenant acme --templates tenants/acme --log audit/acme.jsonl --out out
    """
    from reconciler.commands.github.plan import plan

    return plan(tenant, templates, log, out, targets)


@github.command(short_help="Show a plan on its pull request.")
@_tenant
@click.option("--pull", required=True, type=click.IntRange(1), metavar="N", help="The pull request's number.")
@click.option("--out", required=True, metavar="DIR", help="What `github plan` wrote.")
def comment(*, tenant: str, pull: int, out: str) -> int:
    """Write the plan as the pull request's one comment about this tenant, or update the one that is there.

    \b
    reconciler github comment --tenant acme --pull 12 --out said
    """
    from reconciler.commands.github.plan import comment

    with signals.something_written(_STANDS):
        comment(tenant, pull, out)
    return 0


@github.command(short_help="Check the log before an apply.")
@_log
@click.option(
    "--new-log", type=click.BOOL, default=False, help="The log is lost: put an empty one in its place."
)
@_reason
def check_log(*, log: str, new_log: bool, reason: str | None) -> int:
    """Check the chain, and that the log holds the head that the last apply left. A log that verifies is not begun anew.

    \b
    reconciler github check-log --log audit/acme.jsonl
    """
    from reconciler.commands.github import review

    return review.check_log(log, new_log=new_log, reason=reason)


@github.command(short_help="Find the plans that reviewers approved.")
@_tenant
@_templates
@_log
@click.option("--into", required=True, metavar="DIR", help="A new folder for the plans and their reviews.")
@_digest
@_reason
def plans(*, tenant: str, templates: str, log: str, into: str, digest: str | None, reason: str | None) -> int:
    """Look through the pull requests merged since the last apply that ended 0 or 3, where they touch the documents.

    Of each, the newest plan counts that a successful run made at its last commit, if somebody who may write, and is
    neither its author nor who pushed last, has approved that commit when this plan, or one with its digest, was there.

    \b
    reconciler github plans --tenant acme --templates acme --log audit/acme.jsonl --into reviewed
    """
    from reconciler.commands.github import review

    wanted = review.Wanted(tenant=tenant, templates=templates, digest=digest, reason=reason)
    review.plans(wanted, log, into)
    return 0


@github.command(short_help="Record the plans that were found as reviewed.")
@_log
@_reviewed
def record(*, log: str, reviewed: str) -> int:
    """Append each plan's actions to the log as reviewed, with who reviewed them.

    \b
    reconciler github record --log audit/acme.jsonl --reviewed reviewed
    """
    from reconciler.commands.github import review

    return review.record(log, reviewed)


@github.command(short_help="Keep the audit log on its branch.")
@_log
@click.option(
    "--after", metavar="FILE", help="The log as an apply left it, to be put in its place. May be missing."
)
@click.option("--out", metavar="DIR", help="What `github apply` wrote, its exit code. May be missing.")
def keep(*, log: str, after: str | None, out: str | None) -> int:
    """Commit the log and how far the apply got on the checkout of their branch, and push it with the deploy key.

    Another tenant's push in between does no harm. RECONCILER_DEPLOY_KEY is the key's private half.

    \b
    reconciler github keep --log audit/acme.jsonl
    """
    from reconciler.commands.github.audit_branch import keep_log

    with signals.something_written(_STANDS):
        keep_log(log, after, out)
    return 0


@github.command(short_help="Apply what was reviewed, and plan what is left.")
@_templates
@_log
@click.option(
    "--branch", required=True, metavar="FILE", help="The log as its branch has it: it must be the same."
)
@_reviewed
@click.option("--out", required=True, metavar="DIR", help="A new folder for what came of it.")
@_targets
@_digest
@_reason
def apply(
    *,
    templates: str,
    log: str,
    branch: str,
    reviewed: str,
    out: str,
    targets: str | None,
    digest: str | None,
    reason: str | None,
) -> int:
    """Apply the plans that were found, the one with the digest, or without either what the log holds as reviewed.

    Ends with 0 whatever came of the apply: `github ended` says that, once the log is kept.

    \b
    reconciler github apply --templates acme --log audit/acme.jsonl --branch b/acme.jsonl --reviewed reviewed --out out
    """
    from reconciler.commands.github.apply import apply, mandate_of, require_current
    from reconciler.commands.github.plan import words
    from reconciler.commands.github.review import plans_in

    require_current(log, branch)
    mandate = mandate_of(plans_in(reviewed), digest, reason)
    apply(words(templates, log, targets=targets), mandate, out)
    return 0


@github.command(short_help="Say what came of an apply.")
@_tenant
@_log
@_reviewed
@click.option("--out", required=True, metavar="DIR", help="What `github apply` wrote.")
@click.option("--kept", type=click.BOOL, default=False, help="Whether the log was kept on its branch.")
def ended(*, tenant: str, log: str, reviewed: str, out: str, kept: bool) -> int:
    """Set the commit status, for people to look at, and write the outcome back to the merged pull requests.

    Ends with 0 where all is done, or where only carriers or people in the tenant are waited for.

    \b
    reconciler github ended --tenant acme --log audit/acme.jsonl --reviewed before/reviewed --out after/out
    """
    from pathlib import Path

    from reconciler.commands.github.ended import ended

    with signals.something_written(_STANDS):
        return ended(tenant, log, Path(reviewed), Path(out), kept=kept)


@github.command(short_help="Keep the issue about drift.")
@_tenant
@click.option("--out", required=True, metavar="DIR", help="What `github plan` wrote.")
def drift(*, tenant: str, out: str) -> int:
    """Open or update the tenant's issue with what the plan says; close it where the plan has no actions.

    \b
    reconciler github drift --tenant acme --out out
    """
    from reconciler.commands.github.drift import drift

    with signals.something_written(_STANDS):
        drift(tenant, out)
    return 0


COMMAND = github
