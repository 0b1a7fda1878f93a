"""What only a repository's settings on GitHub can hold, judged by its API (SECURITY.md, In GitHub Actions)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.commands._shared.gh import GitHubError
from reconciler.commands._shared.git import AUDIT_BRANCH
from reconciler.outputs._results import Check, CheckState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.commands._shared.gh import Gh

GROUP = "GitHub"
PRIVATE, SECRETS, CODEOWNERS = "private", "secrets of the repository", "CODEOWNERS"
DEPLOY_KEY, LOG, TOKENS = "deploy key", f"branch {AUDIT_BRANCH}", "tokens of workflows"
USES = ("plan", "apply", "record", "by-hand")
"""What a tenant has an environment for, each ``TENANT-USE``."""

_LOG_RULES = frozenset({"update", "deletion", "non_fast_forward"})
_BRANCH_RULES = frozenset({"pull_request", "required_status_checks", "deletion", "non_fast_forward"})
_REVIEWS = ("require_code_owner_review", "require_last_push_approval", "dismiss_stale_reviews_on_push")
_OURS = ("CXONE_", "RECONCILER_")
_NEEDED = {
    "plan": ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"),
    "apply": ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"),
    "record": ("RECONCILER_DEPLOY_KEY",),
    "by-hand": (),
}
_ABSENT = "it is not there"
_INIT = "`reconciler init --github` shows the commands, and runs them with your consent."


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a repository is to be protected for; ``owners`` is the text of its CODEOWNERS, None where it has none."""

    tenants: tuple[str, ...]
    default_branch: str
    owners: str | None


def environment(tenant: str, use: str) -> str:
    """The check of one environment."""
    return f"environment {tenant}-{use}"


def branch(name: str) -> str:
    """The check of the default branch."""
    return f"branch {name}"


def checks(gh: Gh, setup: Setup) -> Iterator[Check]:
    """Every protection: whether it is in place, and what to do where it is not."""
    for name, flaws, fix in _all(gh, setup):
        try:
            found = tuple(flaws())
        except GitHubError as failure:
            hint = "An administrator of the repository can see it: `gh auth login` as one."
            yield Check(group=GROUP, name=name, state=CheckState.WARNING, found=failure.message, fix=hint)
            continue
        state = CheckState.PROBLEM if found else CheckState.OK
        if found == (_ABSENT,) and name.endswith("-by-hand"):
            # Where a plan of GitHub's has no reviewers it is left out, and nothing is lost but what it lets through.
            state, found = CheckState.WARNING, (f"{_ABSENT}: nothing is applied by hand",)
        said = "; ".join(found) or "as it must be"
        yield Check(group=GROUP, name=name, state=state, found=said, fix=fix if found else "")


def _all(gh: Gh, setup: Setup) -> Iterator[tuple[str, Callable[[], Iterator[str]], str]]:
    default = setup.default_branch
    yield PRIVATE, partial(_private, gh), "In the settings: General, Danger Zone, Change visibility."
    yield (
        SECRETS,
        partial(_common_secrets, gh),
        (
            "Set them in the tenants' environments (`gh secret set NAME --env TENANT-plan`), then take them away here: "
            "`gh secret delete NAME`."
        ),
    )
    yield (
        CODEOWNERS,
        partial(_owners, gh, setup.owners),
        "Begin .github/CODEOWNERS with a line such as `* @acme/compliance`: the people or team that approve changes.",
    )
    for tenant in setup.tenants:
        for use in USES:
            yield environment(tenant, use), partial(_environment, gh, tenant, use, default), _INIT
    yield (
        DEPLOY_KEY,
        partial(_one_key, gh),
        (
            "Let there be one deploy key that may write, that of the audit log: `gh repo deploy-key list` shows them, "
            f"`gh repo deploy-key delete ID` takes one away. Where there is no such key, {_INIT}"
        ),
    )
    yield (
        LOG,
        partial(_closed, gh),
        (
            f"{_INIT} Where GitHub answers 403, this repository's plan has no rulesets: then a RECONCILER_LOG_KEY in "
            "TENANT-record and TENANT-apply refuses what others append."
        ),
    )
    yield branch(default), partial(_reviewed, gh, default), _INIT
    yield TOKENS, partial(_tokens, gh), _INIT


def _there(gh: Gh, path: str) -> Any:
    """What a path answers; None where there is no such thing."""
    try:
        return gh.get(path)
    except GitHubError as failure:
        if failure.absent:
            return None
        raise


def _private(gh: Gh) -> Iterator[str]:
    if not _repository(gh).get("private"):
        yield "everybody can read the repository, and plans and the audit log hold message texts"


def _repository(gh: Gh) -> dict[str, Any]:
    found = gh.server(f"repos/{gh.repository}")
    return found if isinstance(found, dict) else {}


def _common_secrets(gh: Gh) -> Iterator[str]:
    names = [each["name"] for each in gh.pages("actions/secrets", "secrets")]
    ours = sorted(name for name in names if name.startswith(_OURS))
    if ours:
        yield f"{', '.join(ours)}: whoever may push a branch can read these there"


def _owners(gh: Gh, text: str | None) -> Iterator[str]:
    lines = [line.partition("#")[0].split() for line in (text or "").splitlines()]
    first = next((line for line in lines if line), [])
    if first[:1] != ["*"] or not first[1:]:
        yield "its first line is not one that owns everything, so a change to some file needs nobody's approval"
        return
    owner = _repository(gh).get("owner") or {}
    if owner.get("type") == "Organization" and f"@{owner.get('login')}".lower() in map(str.lower, first[1:]):
        yield f"{owner.get('login')} is an organisation, and GitHub takes people and teams alone"


def _environment(gh: Gh, tenant: str, use: str, default: str) -> Iterator[str]:
    place = f"environments/{quote(f'{tenant}-{use}', safe='')}"
    found = _there(gh, place)
    if found is None:
        yield _ABSENT
        return
    if use != "plan":
        yield from _branches(gh, place, found.get("deployment_branch_policy"), default)
    names = {each["name"] for each in gh.pages(f"{place}/secrets", "secrets")}
    missing = [name for name in _NEEDED[use] if name not in names]
    if missing:
        yield f"without {' and '.join(missing)}"
    if use == "by-hand":
        yield from _asks(found.get("protection_rules") or ())
        if names:
            yield f"it holds {', '.join(sorted(names))}, and needs no secret"


def _branches(gh: Gh, place: str, policy: Any, default: str) -> Iterator[str]:
    if not isinstance(policy, dict):
        yield "every branch may use it"
    elif not policy.get("custom_branch_policies"):
        yield "every protected branch may use it"
    else:
        found = gh.pages(f"{place}/deployment-branch-policies", "branch_policies")
        names = sorted(each["name"] for each in found)
        if names != [default]:
            yield f"{', '.join(names) or 'no branch'} may use it, and {default} alone must"


def _asks(rules: Sequence[dict[str, Any]]) -> Iterator[str]:
    asking = [rule for rule in rules if rule.get("type") == "required_reviewers" and rule.get("reviewers")]
    if not asking:
        yield "it has no reviewers, so that nothing can be applied by hand"
    elif not any(rule.get("prevent_self_review") for rule in asking):
        yield "whoever starts a run may let it through"


def _one_key(gh: Gh) -> Iterator[str]:
    writing = sorted(str(key.get("title")) for key in gh.pages("keys") if not key.get("read_only"))
    if len(writing) != 1:
        yield f"{len(writing)} deploy keys may write{': ' if writing else ''}{', '.join(writing)}"


def _closed(gh: Gh) -> Iterator[str]:
    rules = _rules(gh, AUDIT_BRANCH)
    lacking = sorted(_LOG_RULES - rules.keys())
    if lacking:
        yield f"without the rules {', '.join(lacking)}: whoever may push can append to the log, or rewrite it"
        return
    actors = [_bypass(gh, rule["ruleset_id"]) for rule in rules["update"] if "ruleset_id" in rule]
    if ["DeployKey"] not in actors:
        found = sorted({actor for each in actors for actor in each})
        yield f"its rules make an exception for {', '.join(found) or 'nobody'}, and must for deploy keys alone"


def _bypass(gh: Gh, ruleset: int) -> list[str]:
    found = gh.get(f"rulesets/{int(ruleset)}")
    actors = found.get("bypass_actors") if isinstance(found, dict) else None
    if not isinstance(actors, list):
        raise GitHubError("GitHub does not show who is excepted from the rules.", 403)
    return sorted(str(actor.get("actor_type")) for actor in actors)


def _rules(gh: Gh, name: str) -> dict[str, list[dict[str, Any]]]:
    """The rules that are in force for a branch, by type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in gh.pages(f"rules/branches/{quote(name, safe='')}"):
        found.setdefault(str(rule.get("type")), []).append(rule)
    return found


def _reviewed(gh: Gh, name: str) -> Iterator[str]:
    rules = _rules(gh, name)
    lacking = sorted(_BRANCH_RULES - rules.keys())
    if lacking:
        yield f"without the rules {', '.join(lacking)}"
    asked = [rule.get("parameters") or {} for rule in rules.get("pull_request", ())]
    wanted = [each for each in _REVIEWS if not any(one.get(each) for one in asked)]
    if asked and not any((one.get("required_approving_review_count") or 0) >= 1 for one in asked):
        wanted.insert(0, "required_approving_review_count")
    if asked and wanted:
        yield f"its rule for pull requests lacks {', '.join(wanted)}"


def _tokens(gh: Gh) -> Iterator[str]:
    found = gh.get("actions/permissions/workflow")
    found = found if isinstance(found, dict) else {}
    if found.get("default_workflow_permissions") != "read":
        yield "a workflow's token may write unless its job says otherwise"
    if found.get("can_approve_pull_request_reviews"):
        yield "a workflow may approve pull requests"
