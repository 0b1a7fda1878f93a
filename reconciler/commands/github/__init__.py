"""``reconciler github``: what the workflows decide, and what they ask of GitHub and of the audit log's branch.

A workflow checks out, installs and calls; whatever needs an ``if`` is here. One module a job: ``tenants``, ``plan``,
``merged``, ``by_hand``, ``review``, ``apply``, ``ended``, ``drift``.
"""

from __future__ import annotations

import click

from reconciler.commands._shared import signals
from reconciler.commands.github import options


@click.group(
    cls=options.Annotated, short_help="For the workflows: which tenants, plan, review, apply, record."
)
def github() -> None:
    """What the workflows in .github/workflows decide, and what they need of GitHub (gh) and the log's branch (git).

    An option that is given as an empty text is as if it were not given.

    \b
    reconciler github tenants
    """


@github.command(short_help="Say which tenants a plan is for, and which jobs.")
@options.only
def tenants(*, only: str | None) -> int:
    """Set the step's outputs: `batches` and `any`, for a matrix of matrices; `validate`, `comment`, `findings`: whether
    to run these.

    A proposed change is for the tenants that it touches, all of them where workflows, schemas or the tool changed.

    \b
    reconciler github tenants --only acme
    """
    from reconciler.commands.github.tenants import tenants

    tenants(only)
    return 0


@github.command(short_help="Find what was merged since the last applies.")
@options.only
@click.option("--audit", required=True, metavar="DIR", help="The checkout of the audit log's branch.")
@click.option("--into", required=True, metavar="DIR", help="A new folder for what was merged.")
@options.digest
@options.new_log
def merged(*, only: str | None, audit: str, into: str, digest: str | None, new_log: bool) -> int:
    """Set the outputs `batches` and `any`: the tenants that there is something to apply for. Refused on other branches.

    By hand with a digest or for a new log, `by_hand`, `tenant` and `templates` instead.

    \b
    reconciler github merged --audit audit --into merged
    """
    from reconciler.commands.github.merged import merged

    merged(only, audit, into, by_hand=digest is not None or new_log)
    return 0


@github.command(short_help="Plan, or compare with the base where there are no credentials.")
@options.tenant
@options.templates
@options.log
@click.option("--out", required=True, metavar="DIR", help="A new folder for the plan and what it says.")
@options.targets
def plan(*, tenant: str, templates: str, log: str, out: str, targets: str | None) -> int:
    """Plan one tenant, with annotations, and with what the plan says in the job's summary.

    A pull request is compared with its base. Ends with 0 where a plan was made, whether it holds actions or not.

    \b
    reconciler github plan --tenant acme --templates tenants/acme --log audit/acme.jsonl --out out
    """
    from reconciler.commands.github.plan import plan

    return plan(tenant, templates, log, out, targets)


@github.command(short_help="Show the plans on their pull request.")
@click.option("--pull", required=True, type=click.IntRange(1), metavar="N", help="The pull request's number.")
@options.found
@click.option("--touched", required=True, metavar="JSON", help="The output `tenants` of `github tenants`.")
def comment(*, pull: int, found: str, touched: str) -> int:
    """Write each plan as the pull request's one comment about its tenant, or update the one that is there.

    \b
    reconciler github comment --pull 12 --found said --touched '[{"tenant": "acme"}]'
    """
    from reconciler.commands.github.plan import comment

    with signals.something_written(options.STANDS):
        comment(pull, found, touched)
    return 0


@github.command(short_help="Show what is asked for by hand, before anybody lets it through.")
@options.tenant
@options.log
@click.option("--out", required=True, metavar="DIR", help="A new folder for the plan.")
@options.targets
@options.digest
@options.new_log
@options.reason
def propose(
    *,
    tenant: str,
    log: str,
    out: str,
    targets: str | None,
    digest: str | None,
    new_log: bool,
    reason: str | None,
) -> int:
    """Put the whole plan with the digest into the job's summary. One that is too large for that is refused.

    Only a plan counts that plan.yml or apply.yml of the default branch made. A log that verifies is not begun anew.

    \b
    reconciler github propose --tenant acme --log audit/acme.jsonl --out shown --digest DIGEST --reason TEXT
    """
    from reconciler.commands.github import review

    wanted = review.Wanted(tenant=tenant, digest=digest, targets=targets, reason=reason)
    review.propose(tenant, log, out, wanted, new_log=new_log)
    return 0


@github.command(short_help="Check the log before an apply.")
@options.tenant
@options.log
@options.new_log
@options.reason
def check_log(*, tenant: str, log: str, new_log: bool, reason: str | None) -> int:
    """Check the chain, and that the log holds the head that the last apply left.

    A log that verifies is not begun anew, nor one that no reviewer of TENANT-by-hand let go.

    \b
    reconciler github check-log --tenant acme --log audit/acme.jsonl
    """
    from reconciler.commands.github import review

    return review.check_log(tenant, log, new_log=new_log, reason=reason)


@github.command(short_help="Find the plans that reviewers approved.")
@options.tenant
@options.templates
@options.log
@click.option("--into", required=True, metavar="DIR", help="A new folder for the plans and their reviews.")
@click.option("--merged", required=True, metavar="FILE", help="What `github merged` wrote.")
@click.option("--shown", default="", metavar="DIR", help="By hand: what `github propose` wrote.")
@options.digest
@options.reason
def plans(
    *,
    tenant: str,
    templates: str,
    log: str,
    into: str,
    merged: str,
    shown: str,
    digest: str | None,
    reason: str | None,
) -> int:
    """Look through the pull requests merged since the last apply that ended 0 or 3, where they touch the documents.

    Of each, the newest plan counts that a successful run made at its last commit, if somebody who may write, and is
    neither its author nor who pushed last, has approved that commit when this plan, or one with its digest, was there.

    \b
    reconciler github plans --tenant acme --templates acme --log acme.jsonl --merged merged.json --into reviewed
    """
    from reconciler.commands.github import review

    wanted = review.Wanted(
        tenant=tenant, templates=templates, merged=merged, shown=shown, digest=digest, reason=reason
    )
    review.plans(wanted, log, into)
    return 0


@github.command(short_help="Record the plans that were found as reviewed.")
@options.log
@options.reviewed
def record(*, log: str, reviewed: str) -> int:
    """Append each plan's actions to the log as reviewed, with who reviewed them.

    \b
    reconciler github record --log audit/acme.jsonl --reviewed reviewed
    """
    from reconciler.commands.github import review

    return review.record(log, reviewed)


@github.command(short_help="Keep the audit log on its branch.")
@options.log
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

    with signals.something_written(options.STANDS):
        keep_log(log, after, out)
    return 0


@github.command(short_help="Apply what was reviewed, and plan what is left.")
@options.templates
@options.log
@click.option(
    "--branch", required=True, metavar="FILE", help="The log as its branch has it: it must be the same."
)
@options.reviewed
@click.option("--out", required=True, metavar="DIR", help="A new folder for what came of it.")
@options.targets
@options.digest
@options.reason
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
    from reconciler.commands.github.review import plans_in, review_by_hand

    require_current(log, branch)
    mandate = mandate_of(plans_in(reviewed), digest, reason)
    apply(words(templates, log, targets=targets), mandate, review_by_hand(reviewed), out)
    return 0


@github.command(short_help="Say what came of an apply.")
@options.tenant
@options.log
@options.reviewed
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

    with signals.something_written(options.STANDS):
        return ended(tenant, log, Path(reviewed), Path(out), kept=kept)


@github.command(short_help="Keep the issues about drift.")
@options.found
def drift(*, found: str) -> int:
    """Open or update each tenant's issue with what its plan says; close it where the plan has no actions.

    \b
    reconciler github drift --found said
    """
    from reconciler.commands.github.drift import drift

    with signals.something_written(options.STANDS):
        return drift(found)


COMMAND = github
