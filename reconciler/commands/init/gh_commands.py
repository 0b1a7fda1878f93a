"""Command lines for ``gh`` that set up a repository, each to be copied as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.commands.init.facts import word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.commands.init.facts import Facts, TenantFolder

_SERVER = "github.com"


def api(facts: Facts, method: str, path: str, *more: str) -> str:
    """One call. Where the repository is not known yet, gh puts the owner and name of its checkout in."""
    home = facts.home
    name = "{owner}/{repo}" if home is None else f"{home.owner}/{home.name}"
    server = [] if home is None or home.host == _SERVER else ["--hostname", home.host]
    return " ".join(["gh api", *server, f"--method {method} repos/{name}/{path}", *more])


def _body(
    facts: Facts, method: str, path: str, body: dict[str, Any], *, reviewer: bool = False
) -> tuple[str, ...]:
    """A call with a field a line; with a reviewer the shell looks the number up.

    What stands in a list of a list's object gh has no flag for (2.23): such a body is JSON, on standard input.
    """
    try:
        fields = [
            f"-F {word(name)}" if value is None else f"-F {_field(name, value)}"
            for name, value in _fields("", body)
        ]
    except _TooDeep:
        return _on_stdin(facts, method, path, body, reviewer=reviewer)
    first, last = (api(facts, method, path), *fields[:-1]), fields[-1]
    return (*(f"{line} \\" for line in first), last)


class _TooDeep(Exception):
    """A body that gh's flags cannot make."""


def _fields(name: str, value: Any, *, listed: bool = False) -> Iterator[tuple[str, str | None]]:
    """gh's names for a body's fields, with their values; None for a list without an item."""
    if isinstance(value, dict):
        if listed and any(isinstance(each, list | dict) for each in value.values()):
            raise _TooDeep
        for key, each in value.items():
            yield from _fields(f"{name}[{key}]" if name else key, each)
    elif isinstance(value, list):
        if not value:
            yield f"{name}[]", None
        for each in value:
            yield from _fields(f"{name}[]", each, listed=True)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def _field(name: str, value: str) -> str:
    """A field as one word of the shell's."""
    if value == "REVIEWER":
        return f'"{name}=$(gh api users/REVIEWER --jq .id)"'
    return word(f"{name}={value}")


def _on_stdin(
    facts: Facts, method: str, path: str, body: dict[str, Any], *, reviewer: bool
) -> tuple[str, ...]:
    text = ",\n ".join(f"{json.dumps(key)}: {_value(value)}" for key, value in body.items())
    looked_up = text.replace('"REVIEWER"', "$(gh api users/REVIEWER --jq .id)")
    mark = "JSON" if reviewer else "'JSON'"
    return (api(facts, method, path, f"--input - <<{mark}"), *f"{{{looked_up}}}".split("\n"), "JSON")


def _value(value: object) -> str:
    """JSON, a list's items one a line."""
    if isinstance(value, list) and len(value) > 1:
        return "[" + ",\n  ".join(map(json.dumps, value)) + "]"
    return json.dumps(value)


def audit_ruleset(facts: Facts) -> tuple[str, ...]:
    """Nobody may push, force a push or delete it, but who has the deploy key."""
    branch = facts.audit_branch
    rules: list[dict[str, Any]] = [{"type": rule} for rule in ("update", "deletion", "non_fast_forward")]
    key = {"actor_id": None, "actor_type": "DeployKey", "bypass_mode": "always"}
    return _ruleset(facts, branch, f"refs/heads/{branch}", rules, bypass=[key])


def review_ruleset(facts: Facts) -> tuple[str, ...]:
    """What reviewers saw is what gets merged: approval by somebody else, of the last push, with its plan."""
    checks = [{"context": "Planned"}]
    review = {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "required_review_thread_resolution": False,
    }
    rules: list[dict[str, Any]] = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": review},
        {
            "type": "required_status_checks",
            "parameters": {"strict_required_status_checks_policy": False, "required_status_checks": checks},
        },
    ]
    return _ruleset(facts, "reviewed changes only", "~DEFAULT_BRANCH", rules)


def _ruleset(
    facts: Facts,
    name: str,
    where: str,
    rules: list[dict[str, Any]],
    bypass: Sequence[dict[str, Any]] = (),
) -> tuple[str, ...]:
    body = {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        **({"bypass_actors": list(bypass)} if bypass else {}),
        "conditions": {"ref_name": {"include": [where], "exclude": []}},
        "rules": rules,
    }
    return _body(facts, "POST", "rulesets", body)


def plan_environment(facts: Facts, tenant: TenantFolder) -> tuple[str, ...]:
    """For plans: any branch, a client that can only read."""
    name = f"{tenant.name}-plan"
    return (
        api(facts, "PUT", f"environments/{name}"),
        *_variables(facts, tenant, name),
        _secret(facts, "CXONE_CLIENT_ID", name),
        _secret(facts, "CXONE_CLIENT_SECRET", name),
    )


def apply_environment(facts: Facts, tenant: TenantFolder) -> tuple[str, ...]:
    """For applies: the default branch alone, with the client that writes."""
    name = f"{tenant.name}-apply"
    return (
        *_for_default_branch(facts, name),
        *_variables(facts, tenant, name),
        *(
            _secret(facts, secret, name)
            for secret in ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_WEBHOOK_SECRET")
        ),
    )


def record_environment(facts: Facts, tenant: TenantFolder) -> tuple[str, ...]:
    """For the jobs that record: the default branch alone."""
    return _for_default_branch(facts, f"{tenant.name}-record")


def by_hand_environment(facts: Facts, tenant: TenantFolder) -> tuple[str, ...]:
    """For who lets a run by hand through: the default branch alone, a reviewer who did not start it, and no secrets."""
    name = f"{tenant.name}-by-hand"
    body = {
        "reviewers": [{"type": "User", "id": "REVIEWER"}],
        "prevent_self_review": True,
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    }
    return (*_body(facts, "PUT", f"environments/{name}", body, reviewer=True), _branch_policy(facts, name))


def _for_default_branch(facts: Facts, name: str) -> tuple[str, ...]:
    """An environment that the default branch alone may use."""
    own = "-F 'deployment_branch_policy[protected_branches]=false'"
    only = "-F 'deployment_branch_policy[custom_branch_policies]=true'"
    return (api(facts, "PUT", f"environments/{name}", own, only), _branch_policy(facts, name))


def _branch_policy(facts: Facts, name: str) -> str:
    only = word(f"name={facts.default_branch}")
    return api(facts, "POST", f"environments/{name}/deployment-branch-policies", f"-f {only}")


def deploy_key(facts: Facts) -> tuple[str, ...]:
    """A new key, whose private half is a secret of the environments that record, and nowhere else."""
    file = "reconciler-deploy-key"
    return (
        f"ssh-keygen -q -t ed25519 -N '' -C {facts.audit_branch} -f {file}",
        f"gh repo deploy-key add {file}.pub --allow-write --title {facts.audit_branch}{_repository(facts)}",
        *(
            f"{_secret(facts, 'RECONCILER_DEPLOY_KEY', f'{tenant.name}-record')} < {file}"
            for tenant in facts.tenants
        ),
        f"rm {file} {file}.pub",
    )


def log_key(facts: Facts) -> tuple[str, ...]:
    """A new key, a secret of the environments that write the log and of those that act by it."""
    file = "reconciler-log-key"
    return (
        f"(umask 077; openssl rand -hex 32 > {file})",
        *(
            f"{_secret(facts, 'RECONCILER_LOG_KEY', f'{tenant.name}-{use}')} < {file}"
            for tenant in facts.tenants
            for use in ("record", "apply")
        ),
    )


def token_permissions(facts: Facts) -> tuple[str, ...]:
    """A workflow's token can read and nothing else unless its job says so, and approves nothing."""
    more = "-f default_workflow_permissions=read -F can_approve_pull_request_reviews=false"
    return (api(facts, "PUT", "actions/permissions/workflow", more),)


def _variables(facts: Facts, tenant: TenantFolder, environment: str) -> tuple[str, ...]:
    """Where the tenant is: as it is set here, else gh asks for the value."""
    known = [(name, f" --body {word(value)}") for name, value in tenant.variables]
    return tuple(
        f"gh variable set {name} --env {environment}{_repository(facts)}{value}"
        for name, value in known or [("CXONE_ORG", "")]
    )


def _secret(facts: Facts, name: str, environment: str) -> str:
    """gh asks for the value, so that it stands in no shell's history."""
    return f"gh secret set {name} --env {environment}{_repository(facts)}"


def _repository(facts: Facts) -> str:
    home = facts.home
    if home is None:
        return ""
    server = "" if home.host == _SERVER else f"{home.host}/"
    return f" --repo {server}{home.owner}/{home.name}"
