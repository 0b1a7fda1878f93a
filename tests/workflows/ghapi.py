"""GitHub's API over HTTP, for the real gh: the calls that the commands make, on a Hub; any other is refused loudly.

gh speaks plain HTTP to ``github.localhost``, and goes by HTTP_PROXY: no port and no name of the machine is needed.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

from ghcalls import Answer, Call, Unknown, may, route
from tokens import permissions_of

HOST = "github.localhost"
UNKNOWN = 501


def answered(hub, method, url, authorization, given):
    """Status and body (bytes) of a call."""
    parts = urlsplit(url)
    where = parts.path.lstrip("/")
    try:
        status, value = _answered(hub, method, where, parts.query, _token(authorization), given)
    except Unknown as failure:
        said = f"{method} {where}{'?' if parts.query else ''}{parts.query}: {failure}"
        with hub.change() as state:
            state["refused"].append(said)
        status, value = UNKNOWN, {"message": f"THE STAND-IN DOES NOT KNOW THIS CALL: {said}"}
    return status, value if isinstance(value, bytes) else json.dumps(value).encode()


def _token(authorization):
    scheme, _, token = authorization.partition(" ")
    return token if scheme.lower() in ("token", "bearer") else ""


def _answered(hub, method, where, query, token, given):
    handler, needs, values = route(method, where)
    permissions = permissions_of(token)
    try:
        with hub.change() as state:
            state["calls"].append(f"{method} {where}")
            _refuse(state, method, where, values.get("repo"), permissions, needs)
            asked = dict(parse_qsl(query, strict_parsing=bool(query)))
            return handler(Call(hub, state, values, asked, _json(given), permissions))
    except Answer as answer:
        body = {"message": answer.message, "documentation_url": "https://docs.github.com/rest"}
        return answer.status, {**body, "status": str(answer.status)}


def _refuse(state, method, where, repository, permissions, needs):
    """Answer instead: 401 or 403 for what the token may not, 404, or once what the hub was told to."""
    if permissions is None:
        raise Answer(401, "Bad credentials")
    for failure in state["failures"]:
        if failure["method"] == method and failure["path"] in where:
            state["failures"].remove(failure)
            raise Answer(failure["status"], failure.get("message", "Server Error"))
    if repository not in (None, state["repository"]["full_name"]):
        raise Answer(404, "Not Found")
    if not may(permissions, needs):
        state["refused"].append(f"403 {method} {where}")
        raise Answer(403, "Resource not accessible by integration")


def _json(given):
    if not given:
        return None
    try:
        return json.loads(given)
    except ValueError:
        raise Answer(400, "Problems parsing JSON") from None
