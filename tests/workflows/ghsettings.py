"""What the API answers about a repository's settings, and keeps of them: rules, environments, keys, secrets' names."""

from __future__ import annotations

import hub as keeping

_ADMIN = (("administration", "read"),)
_WRITES = (("administration", "write"),)
VALUES = {"environment": "[A-Za-z0-9_-]+", "branch": "[^/]+", "secret": "[A-Z_]+"}
_PUBLIC_KEY = "9Wn0bWZ1xMZ3xdE2GZ4wz9dBcJ0T2HcXyQ0pM0s5hWw="
"""Whatever gh encrypts to it, nobody decrypts."""


def kept(state):
    """The settings of a repository that was made now: private, a person's, and with nothing set."""
    return state.setdefault(
        "settings",
        {
            "private": True,
            "owner": {"login": "acme", "type": "User"},
            "secrets": [],
            "environments": {},
            "keys": [],
            "rulesets": [],
            "workflow": {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True},
        },
    )


def repository(call):
    """The repository as everybody who may read it sees it."""
    settings = kept(call.state)
    owner, name = call.state["repository"]["full_name"].split("/")
    return 200, {
        "id": 1,
        "name": name,
        "full_name": f"{owner}/{name}",
        "private": settings["private"],
        "owner": settings["owner"],
        "default_branch": "main",
    }


def _named(call, names):
    items = [{"name": name} for name in names]
    return 200, {"total_count": len(items), "secrets": call.page(items)}


def _environment_of(call):
    from ghcalls import Answer

    found = kept(call.state)["environments"].get(call.values["environment"])
    if found is None:
        raise Answer(404, "Not Found")
    return found


def _environment(call):
    found = _environment_of(call)
    rules = found.get("protection_rules", [])
    return 200, {"name": call.values["environment"], "protection_rules": rules, **_policy(found)}


def _policy(found):
    return {"deployment_branch_policy": found.get("deployment_branch_policy")}


def _set_environment(call):
    body = call.body or {}
    reviewers = [{"type": each["type"], "reviewer": {"id": each["id"]}} for each in body.get("reviewers", [])]
    asking = {"type": "required_reviewers", "reviewers": reviewers}
    asking["prevent_self_review"] = body.get("prevent_self_review", False)
    made = {
        "secrets": [],
        "branches": [],
        **kept(call.state)["environments"].get(call.values["environment"], {}),
    }
    made |= {"protection_rules": [asking] if reviewers else [], **_policy(body)}
    kept(call.state)["environments"][call.values["environment"]] = made
    return 200, {"name": call.values["environment"]}


def _set_secret(call):
    assert set(call.body) == {"encrypted_value", "key_id"}
    found = _environment_of(call)
    found["secrets"] = sorted({*found.get("secrets", []), call.values["secret"]})
    return 201, {}


def _add_key(call):
    kept(call.state)["keys"].append({"id": keeping.next_id(call.state), **call.body})
    return 201, kept(call.state)["keys"][-1]


def _branches(call):
    items = [{"name": name} for name in _environment_of(call).get("branches", [])]
    return 200, {"total_count": len(items), "branch_policies": call.page(items)}


def _add_branch(call):
    found = _environment_of(call)
    found.setdefault("branches", []).append(call.body["name"])
    return 200, {"name": call.body["name"]}


def _rules(call):
    """The rules that are in force, each with the ruleset that it is of."""
    name = call.values["branch"]
    reach = {f"refs/heads/{name}", *(["~DEFAULT_BRANCH"] if name == "main" else [])}
    found = [
        {"type": rule["type"], "ruleset_id": ruleset["id"], "parameters": rule.get("parameters")}
        for ruleset in kept(call.state)["rulesets"]
        if reach & set(ruleset["conditions"]["ref_name"]["include"]) and ruleset["enforcement"] == "active"
        for rule in ruleset["rules"]
    ]
    return 200, call.page(found)


def _add_ruleset(call):
    body = {**call.body, "id": keeping.next_id(call.state)}
    assert body["target"] == "branch"
    kept(call.state)["rulesets"].append(body)
    return 201, body


def _ruleset(call):
    from ghcalls import Answer

    for each in kept(call.state)["rulesets"]:
        if each["id"] == call.number():
            return 200, each
    raise Answer(404, "Not Found")


def _set_tokens(call):
    kept(call.state)["workflow"] = dict(call.body)
    return 204, b""


ROUTES = (
    ("GET", "actions/secrets", lambda call: _named(call, kept(call.state)["secrets"]), _ADMIN),
    ("GET", "environments/{environment}", _environment, _ADMIN),
    ("PUT", "environments/{environment}", _set_environment, _WRITES),
    ("GET", "environments/{environment}/deployment-branch-policies", _branches, _ADMIN),
    ("POST", "environments/{environment}/deployment-branch-policies", _add_branch, _WRITES),
    (
        "GET",
        "environments/{environment}/secrets",
        lambda call: _named(call, _environment_of(call).get("secrets", [])),
        _ADMIN,
    ),
    (
        "GET",
        "environments/{environment}/secrets/public-key",
        lambda call: (200, {"key_id": "1", "key": _PUBLIC_KEY}),
        _ADMIN,
    ),
    ("PUT", "environments/{environment}/secrets/{secret}", _set_secret, _WRITES),
    ("POST", "keys", _add_key, _WRITES),
    ("GET", "keys", lambda call: (200, call.page(kept(call.state)["keys"])), _ADMIN),
    ("GET", "rules/branches/{branch}", _rules, ()),
    ("POST", "rulesets", _add_ruleset, _WRITES),
    ("GET", "rulesets/{number}", _ruleset, _ADMIN),
    ("GET", "actions/permissions/workflow", lambda call: (200, kept(call.state)["workflow"]), _ADMIN),
    ("PUT", "actions/permissions/workflow", _set_tokens, _WRITES),
)
