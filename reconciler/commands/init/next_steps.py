"""What is to be set next, in order, with the command lines for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.init import gh_commands, kept
from reconciler.commands.init.facts import ONE, word
from reconciler.commands.init.files import CODEOWNERS, INSTALL, first
from reconciler.outputs._results import NextStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.commands.init.facts import Facts, File, Laid, TenantFolder

_SKIP = " -m '[skip ci]'"
"""There is nothing yet for the workflows to apply with."""


def steps(facts: Facts, files: Sequence[File], laid: Laid) -> tuple[NextStep, ...]:
    """Everything that ``init`` cannot do, or that is a person's to do."""
    return (
        *kept.steps(facts, files, laid.kept),
        *_commit(facts, laid),
        *_audit_branch(facts, laid),
        *(step for tenant in facts.tenants for step in _environments(facts, tenant)),
        *_audit_protection(facts),
        *_protection(facts),
        _never(),
        *(step for tenant in facts.tenants for step in (_import(facts, tenant), _check(tenant))),
        _first(),
    )


def _commit(facts: Facts, laid: Laid) -> Iterator[NextStep]:
    """Before the audit log's branch is pushed: the first branch that GitHub gets is its default one."""
    new = sorted({path.split("/")[0] for path in laid.uncommitted})
    elsewhere = facts.branch != facts.default_branch
    lines = []
    if new:
        lines.append(f"git add {' '.join(map(word, new))}")
        lines += [f"git add --chmod=+x {INSTALL}"] if INSTALL in laid.uncommitted else []
        lines.append(f"git commit -m 'Add what reconciler needs'{'' if elsewhere else _SKIP}")
    if not facts.origin:
        lines.append(f"gh repo create {word(facts.folder)} --private --source . --remote origin")
    lines.append(f"git push -u origin {word(facts.branch or 'HEAD')}")
    if new or not facts.origin:
        yield NextStep(title="Commit and push", why=" ".join(_before(facts, laid)), lines=tuple(lines))


def _before(facts: Facts, laid: Laid) -> Iterator[str]:
    if facts.branch != facts.default_branch:
        yield f"Merge it into {facts.default_branch} before you go on."
    elif laid.uncommitted:
        yield "This push starts no workflow: there is nothing to apply with yet."
    if CODEOWNERS in laid.written:
        yield f"Read {CODEOWNERS} first: are these the people who are to approve changes?"
    if laid.ignored:
        yield f"git ignores {', '.join(sorted(laid.ignored))}."
    if not facts.origin:
        yield "Where the repository is on GitHub already, `git remote add origin URL` takes gh's place."


def _audit_branch(facts: Facts, laid: Laid) -> Iterator[NextStep]:
    branch = facts.audit_branch
    if not laid.audit_pushed:
        yield NextStep(
            title="Push the audit log's branch",
            why="It has one file a tenant and nothing else. The workflows append to it.",
            lines=(f"git push origin {branch}",),
        )


def _audit_protection(facts: Facts) -> Iterator[NextStep]:
    branch = facts.audit_branch
    yield NextStep(
        title="Make the one deploy key that may write",
        why=f"With it, and nothing else, the jobs that record push {branch}. The rule's exception is for every deploy "
        "key that may write: let there be no other.",
        lines=gh_commands.deploy_key(facts),
    )
    yield NextStep(
        title=f"Close {branch} to everybody but that key",
        why="What is recorded there as reviewed is carried out. Where GitHub answers 403, this repository's plan has "
        "no such rules: then everybody who may push can append to the log. Files of a new tenant come there by apply, "
        "by hand, with new_log.",
        lines=gh_commands.audit_ruleset(facts),
    )


def _environments(facts: Facts, tenant: TenantFolder) -> Iterator[NextStep]:
    known = " and ".join(name for name, _ in tenant.variables)
    where = known or "CXONE_ORG (or CXONE_BASE_URL, and CXONE_TOKEN_URL where tokens come from elsewhere)"
    yield NextStep(
        title=f"Make the environment {tenant.name}-plan",
        why=f"Variables: {where}. Secrets: CXONE_CLIENT_ID and CXONE_CLIENT_SECRET of a client with messaging:read and "
        "nothing more: whoever opens a pull request can get at them.",
        lines=gh_commands.plan_environment(facts, tenant),
    )
    yield NextStep(
        title=f"Make the environment {tenant.name}-apply",
        why=f"Deployment branch: {facts.default_branch} alone. Variables: {where}. Secrets: CXONE_CLIENT_ID and "
        "CXONE_CLIENT_SECRET of the client that writes, and CXONE_WEBHOOK_SECRET where a Webhook document names it. It "
        "needs no reviewers: what gets there was reviewed.",
        lines=gh_commands.apply_environment(facts, tenant),
    )
    yield NextStep(
        title=f"Make the environment {tenant.name}-record",
        why=f"Deployment branch: {facts.default_branch} alone. It has the key that writes the audit log, and no "
        "reviewers: what it records was reviewed before.",
        lines=gh_commands.record_environment(facts, tenant),
    )
    yield NextStep(
        title=f"Make the environment {tenant.name}-by-hand",
        why="Its reviewers let a run of apply by hand through, once they have read the plan in it, and nobody his own: "
        "write the login of one in the place of REVIEWER. Where GitHub answers 422, this repository's plan has no "
        "reviewers: leave it out, and nothing is applied by hand, nor a lost log begun anew.",
        lines=gh_commands.by_hand_environment(facts, tenant),
    )


def _protection(facts: Facts) -> Iterator[NextStep]:
    yield NextStep(
        title=f"Protect {facts.default_branch}: a pull request, its plan, and an approval of the last push",
        why="By a code owner, and by somebody else than the author, so that it takes two people.",
        lines=gh_commands.review_ruleset(facts),
    )
    yield NextStep(
        title="Let workflows read and no more, unless a job says so, and approve no pull request",
        why="In the settings: Actions, General, Workflow permissions.",
        lines=gh_commands.token_permissions(facts),
    )


def _never() -> NextStep:
    return NextStep(
        title="Keep the repository private, and set no CXONE_* secret for the whole of it",
        why="Plans and the log hold message texts, and whoever may push a branch can read a secret of the whole "
        "repository: they belong in the environments. This looks at all of the above.",
        lines=("reconciler doctor --github",),
    )


def _import(facts: Facts, tenant: TenantFolder) -> NextStep:
    known = tenant.variables or (("CXONE_ORG", "…"),)
    example, _ = first(tenant.folder)
    return NextStep(
        title=f"Import what is live in {tenant.name}, in the example's place",
        why="On a branch of its own, with the client that reads. With ids in the place of --all, only those. A "
        "document of a template that the tenant does not have stops every plan, and the example is one.",
        lines=(
            f"git switch -c import-{tenant.name} {word(facts.default_branch)}",
            *(["unset CXONE_BASE_URL CXONE_ORG CXONE_TOKEN_URL"] if len(facts.tenants) > 1 else []),
            f"export {' '.join(f'{name}={word(value)}' for name, value in known)} CXONE_CLIENT_ID=…",
            "read -rs CXONE_CLIENT_SECRET; export CXONE_CLIENT_SECRET",
            f"reconciler import --all --into {word(tenant.folder)}",
            f"git rm --quiet --ignore-unmatch {word(example)}",
        ),
    )


def _check(tenant: TenantFolder) -> NextStep:
    there = "" if tenant.folder == ONE else f" --templates {word(tenant.folder)}"
    return NextStep(
        title=f"Check what {tenant.name} needs, read-only",
        why="It tries each call that reads, and says what is missing and how to fix it.",
        lines=(f"reconciler doctor{there}",),
    )


def _first() -> NextStep:
    return NextStep(
        title="Open the first pull request",
        why="plan.yml comments on it what an apply would do. Once it is approved and merged, apply.yml does that, and "
        "writes what came of it back to the pull request.",
    )
