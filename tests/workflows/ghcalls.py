"""What the API answers to each call, in GitHub's shapes, and which permission the call needs."""

from __future__ import annotations

import re
from urllib.parse import unquote

import ghschema
import ghsettings
import hub as keeping
from ghql import NotKnown, Query


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
    """One call: the state, the path's values, the query, the body, what the token may."""

    def __init__(self, hub, state, values, query, body, permissions):
        self.hub, self.state, self.values, self.query, self.body = hub, state, values, query, body
        self.permissions = permissions

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


def _meta(call):
    call.only()
    return 200, {"ssh_keys": [HOST_KEY], "verifiable_password_authentication": False}


def _graphql(call):
    """Errors come with status 200, that of a lacking permission too."""
    if not may(call.permissions, (("pull-requests", "read"),)):
        return 200, {"data": None, "errors": [{"type": "FORBIDDEN", "message": _DENIED}]}
    body = call.body if isinstance(call.body, dict) else {}
    try:
        return 200, {
            "data": Query(body["query"], body.get("variables", {})).answer(ghschema.root(call.state))
        }
    except (NotKnown, KeyError, TypeError) as failure:
        raise Unknown(f"the query: {failure!r}") from None


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


def _ref(call):
    call.only()
    oid = ghschema.tip(call.state, f"refs/heads/{call.values['branch']}")
    return 200, {"ref": f"refs/heads/{call.values['branch']}", "object": {"type": "commit", "sha": oid}}


def _approvals(call):
    """Not in pages. ``run`` is the stand-in's own."""
    call.only()
    found = [each for each in call.state["approvals"] if each["run"] == call.number()]
    return 200, [_without(each, "run") for each in found]


def _jobs(call):
    call.only("filter")
    found = [each for each in call.state["jobs"] if each["run_id"] == call.number()]
    return 200, {"total_count": len(found), "jobs": call.page(found)}


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
    if not is_pull and not may(call.permissions, (("issues", "write"),)):
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


HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG5vYm9keXMga2V5"
_DENIED = "Resource not accessible by integration"
_ACTIONS = (("actions", "read"),)
_ROUTES = (
    ("POST", "statuses/{sha}", _set_status, (("statuses", "write"),)),
    ("GET", "actions/workflows/{workflow}/runs", _runs, _ACTIONS),
    ("GET", "actions/runs/{number}/artifacts", _artifacts_of, _ACTIONS),
    ("GET", "git/ref/heads/{branch}", _ref, (("contents", "read"),)),
    ("GET", "actions/runs/{number}/approvals", _approvals, _ACTIONS),
    ("GET", "actions/runs/{number}/jobs", _jobs, _ACTIONS),
    ("GET", "actions/artifacts", _artifacts, _ACTIONS),
    ("GET", "actions/artifacts/{number}/zip", _zip, _ACTIONS),
    ("GET", "issues/{number}/comments", _comments, (("issues", "read"), ("pull-requests", "read"))),
    ("POST", "issues/{number}/comments", _comment, (("issues", "write"), ("pull-requests", "write"))),
    ("PATCH", "issues/comments/{number}", _edit_comment, (("issues", "write"), ("pull-requests", "write"))),
    ("GET", "issues", _issues, (("issues", "read"),)),
    ("POST", "issues", _open_issue, (("issues", "write"),)),
    ("PATCH", "issues/{number}", _edit_issue, (("issues", "write"),)),
    *ghsettings.ROUTES,
)
_VALUES = {
    "sha": "[0-9a-f]{40}",
    "number": "[0-9]+",
    "workflow": "[a-z.-]+",
    "branch": "[A-Za-z0-9._/-]+",
    "login": "[A-Za-z0-9-]+",
} | ghsettings.VALUES


def route(method, where):
    """The handler, what it needs, and the path's values."""
    for known, path, handler in (("GET", "meta", _meta), ("POST", "graphql", _graphql)):
        if (method, where) == (known, path):
            return handler, (), {}
    if method == "GET" and (found := re.fullmatch("repos/(?P<repo>[^/]+/[^/]+)", where)):
        return ghsettings.repository, (), found.groupdict()
    for known, pattern, handler, needs in _ROUTES:
        form = re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{_VALUES[found[1]]})", pattern)
        found = re.fullmatch(rf"repos/(?P<repo>[^/]+/[^/]+)/{form}", unquote(where))
        if found and known == method:
            return handler, needs, found.groupdict()
    raise Unknown("no such path")
