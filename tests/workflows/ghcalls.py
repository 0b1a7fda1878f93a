"""What the fake gh answers to each call, in GitHub's shapes, and which permission the call needs."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote

import hub as keeping
from tokens import permissions_of


class Answer(Exception):
    """An answer that is no success."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


class Unknown(Exception):
    """A call that this stand-in does not know: the test must fail."""


def may(permissions, needs):
    """``needs``: alternatives of (scope, level); none where every token may (metadata)."""
    ranks = {None: 0, "none": 0, "read": 1, "write": 2}
    return not needs or any(ranks[permissions.get(scope)] >= ranks[level] for scope, level in needs)


class Call:
    """One call: the state, the path's values, the query, the body."""

    def __init__(self, hub, state, values, query, body):
        self.hub, self.state, self.values, self.query, self.body = hub, state, values, query, body

    def number(self):
        return int(self.values["number"])

    def only(self, *names):
        """The query may have these and the paging, nothing else."""
        unknown = set(self.query) - {*names, "per_page", "page"}
        if unknown:
            raise Unknown(f"the parameters {sorted(unknown)}")

    def page(self, items):
        """One page, 30 items where nothing is asked, at most 100."""
        size = max(1, min(int(self.query.get("per_page", 30)), 100))
        first = (max(1, int(self.query.get("page", 1))) - 1) * size
        return items[first : first + size]

    def fields(self, needed, optional=()):
        """The body's fields. 422 where one is missing or no text."""
        body = self.body if isinstance(self.body, dict) else {}
        wrong = [name for name in needed if not isinstance(body.get(name), str) or not body[name]]
        if wrong:
            raise Answer(422, f"Invalid request.\n\n{', '.join(wrong)} wasn't supplied.")
        unknown = set(body) - {*needed, *optional}
        if unknown:
            raise Unknown(f"the fields {sorted(unknown)}")
        if len(body.get("body", "")) > 65536:
            raise Answer(422, "Validation Failed")
        return body


def _commit(call):
    if not keeping.has_commit(call.state, call.values["sha"]):
        raise Answer(422, f"No commit found for SHA: {call.values['sha']}")


def _statuses(call):
    call.only()
    _commit(call)
    found = [each for each in call.state["statuses"] if each["sha"] == call.values["sha"]]
    return 200, [_without(each, "sha") for each in call.page(found[::-1])]


def _set_status(call):
    body = call.fields(("state", "context"), ("description", "target_url"))
    if body["state"] not in ("error", "failure", "pending", "success"):
        raise Answer(422, "Validation Failed")
    if len(body.get("description", "")) > 140:
        raise Answer(422, "Validation Failed: description is too long (maximum is 140 characters)")
    _commit(call)
    status = {"id": keeping.next_id(call.state), **body, "sha": call.values["sha"]}
    status |= {"created_at": keeping.now(), "creator": keeping.user(keeping.BOT)}
    call.state["statuses"].append(status)
    return 201, _without(status, "sha")


def _pulls_of(call):
    call.only()
    _commit(call)
    sha = call.values["sha"]
    found = [pull for pull in call.state["pulls"] if sha in (*pull["commits"], *pull["landed"])]
    return 200, [_without(pull, "commits", "landed") for pull in call.page(found)]


def _reviews(call):
    call.only()
    if all(pull["number"] != call.number() for pull in call.state["pulls"]):
        raise Answer(404, "Not Found")
    found = [each for each in call.state["reviews"] if each["pull"] == call.number()]
    return 200, [_without(each, "pull") for each in call.page(found)]


def _permission(call):
    """Of a public repository everybody may read; a member's is ``write``."""
    call.only()
    login = call.values["login"]
    permission = "read" if login in call.state["strangers"] else "write"
    return 200, {"permission": permission, "role_name": permission, "user": keeping.user(login)}


def _runs(call):
    call.only("event", "status", "head_sha", "branch")
    found = [run for run in call.state["runs"] if run["path"].endswith("/" + call.values["workflow"])]
    for name in ("event", "head_sha"):
        found = [run for run in found if run[name] == call.query.get(name, run[name])]
    if "branch" in call.query:
        found = [run for run in found if run["head_branch"] == call.query["branch"]]
    wanted = call.query.get("status")
    found = [run for run in found if wanted in (None, run["status"], run["conclusion"])]
    return 200, {"total_count": len(found), "workflow_runs": call.page(found[::-1])}


def _artifacts_of(call):
    call.only("name")
    if all(run["id"] != call.number() for run in call.state["runs"]):
        raise Answer(404, "Not Found")
    return _artifact_page(
        call, [each for each in call.state["artifacts"] if each["workflow_run"]["id"] == call.number()]
    )


def _artifacts(call):
    call.only("name")
    return _artifact_page(call, call.state["artifacts"])


def _artifact_page(call, found):
    found = [each for each in found if each["name"] == call.query.get("name", each["name"])]
    return 200, {"total_count": len(found), "artifacts": call.page(found[::-1])}


def _zip(call):
    artifact = next((each for each in call.state["artifacts"] if each["id"] == call.number()), None)
    if artifact is None:
        raise Answer(404, "Not Found")
    if artifact["expired"]:
        raise Answer(410, "Artifact has expired")
    return 200, call.hub.zip_of(artifact["id"])


def _issue_of(call):
    """The issue, or the pull request, of the number."""
    for kind in ("issues", "pulls"):
        for each in call.state[kind]:
            if each["number"] == call.number():
                return each
    raise Answer(404, "Not Found")


def _comments(call):
    call.only()
    _issue_of(call)
    found = [each for each in call.state["comments"] if each["issue"] == call.number()]
    return 200, [_without(each, "issue") for each in call.page(found)]


def _comment(call):
    body = call.fields(("body",))
    is_pull = "head" in _issue_of(call)
    if not is_pull and not may(permissions_of(os.environ["GH_TOKEN"]), (("issues", "write"),)):
        raise Answer(403, "Resource not accessible by integration")
    made = keeping.add_comment(call.state, call.number(), body["body"], keeping.BOT)
    return 201, _without(made, "issue")


def _edit_comment(call):
    body = call.fields(("body",))
    for each in call.state["comments"]:
        if each["id"] == call.number():
            each.update(body=body["body"], updated_at=keeping.now())
            return 200, _without(each, "issue")
    raise Answer(404, "Not Found")


def _issues(call):
    call.only("state", "creator")
    creator = call.query.get("creator", "")
    login = f"{creator.removeprefix('app/')}[bot]" if creator.startswith("app/") else creator
    pulls = [{**_without(pull, "commits", "landed"), "pull_request": {}} for pull in call.state["pulls"]]
    found = sorted([*call.state["issues"], *pulls], key=lambda each: -each["number"])
    found = [each for each in found if login in ("", each["user"]["login"])]
    wanted = call.query.get("state", "open")
    return 200, call.page([each for each in found if wanted in ("all", each["state"])])


def _open_issue(call):
    body = call.fields(("title",), ("body",))
    made = keeping.add_issue(call.state, title=body["title"], body=body.get("body"), login=keeping.BOT)
    return 201, made


def _edit_issue(call):
    issue = _issue_of(call)
    body = call.fields((), ("title", "body", "state", "state_reason"))
    if body.get("state", "open") not in ("open", "closed"):
        raise Answer(422, "Validation Failed")
    issue.update(body, updated_at=keeping.now())
    issue["closed_at"] = keeping.now() if issue["state"] == "closed" else None
    return 200, issue


def _without(item, *names):
    return {name: value for name, value in item.items() if name not in names}


_ACTIONS = (("actions", "read"),)
_ROUTES = (
    ("GET", "commits/{sha}/statuses", _statuses, (("statuses", "read"),)),
    ("POST", "statuses/{sha}", _set_status, (("statuses", "write"),)),
    ("GET", "commits/{sha}/pulls", _pulls_of, (("pull-requests", "read"),)),
    ("GET", "pulls/{number}/reviews", _reviews, (("pull-requests", "read"),)),
    ("GET", "collaborators/{login}/permission", _permission, ()),
    ("GET", "actions/workflows/{workflow}/runs", _runs, _ACTIONS),
    ("GET", "actions/runs/{number}/artifacts", _artifacts_of, _ACTIONS),
    ("GET", "actions/artifacts", _artifacts, _ACTIONS),
    ("GET", "actions/artifacts/{number}/zip", _zip, _ACTIONS),
    ("GET", "issues/{number}/comments", _comments, (("issues", "read"), ("pull-requests", "read"))),
    ("POST", "issues/{number}/comments", _comment, (("issues", "write"), ("pull-requests", "write"))),
    ("PATCH", "issues/comments/{number}", _edit_comment, (("issues", "write"), ("pull-requests", "write"))),
    ("GET", "issues", _issues, (("issues", "read"),)),
    ("POST", "issues", _open_issue, (("issues", "write"),)),
    ("PATCH", "issues/{number}", _edit_issue, (("issues", "write"),)),
)
_VALUES = {"sha": "[0-9a-f]{40}", "number": "[0-9]+", "workflow": "[a-z.-]+", "login": "[A-Za-z0-9-]+"}


def route(method, where):
    for known, pattern, handler, needs in _ROUTES:
        form = re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{_VALUES[found[1]]})", pattern)
        found = re.fullmatch(rf"repos/(?P<repo>[^/]+/[^/]+)/{form}", unquote(where))
        if found and known == method:
            return handler, needs, found.groupdict()
    raise Unknown("no such path")
