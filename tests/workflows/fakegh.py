"""A stand-in for ``gh api``: the calls that the workflows' commands make, on a Hub; any other is refused loudly.

Fails as the real one: the body on stdout, ``gh: … (HTTP nnn)`` on stderr, exit 1; exit 4 without a token.
Run as a script: ``fakegh.py HUB-FOLDER api …``.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import parse_qsl

import hub as keeping
from ghcalls import Answer, Call, Unknown, may, route
from tokens import permissions_of

UNKNOWN, NO_TOKEN = 97, 4


def main(folder, args):
    """Print the answer, return the exit code."""
    hub = keeping.Hub(folder)
    try:
        method, path, body = _command_line(args)
        return _told(*_answered(hub, method, path, body))
    except Unknown as failure:
        with hub.change() as state:
            state["refused"].append(f"{' '.join(args)}: {failure}")
        sys.stderr.write(f"THE FAKE gh DOES NOT KNOW THIS CALL: {' '.join(args)}: {failure}\n")
        return UNKNOWN


def _command_line(args):
    if args[:1] != ["api"]:
        raise Unknown("only `gh api`")
    method, path, given, rest = None, None, None, list(args[1:])
    while rest:
        word = rest.pop(0)
        if word in ("--method", "-X") and rest:
            method = rest.pop(0)
        elif word == "--input" and rest and rest.pop(0) == "-":
            given = sys.stdin.read()
        elif not word.startswith("-") and path is None:
            path = word.removeprefix("/")
        else:
            raise Unknown(f"the argument {word!r}")
    if path is None:
        raise Unknown("no path")
    return method or ("GET" if given is None else "POST"), path, given


def _told(status, value):
    if isinstance(value, bytes):
        sys.stdout.buffer.write(value)
    elif value is not None:
        sys.stdout.write(json.dumps(value))
    if status == NO_TOKEN:
        sys.stderr.write(
            "gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.\n"
        )
        return NO_TOKEN
    if status >= 400:
        sys.stderr.write(f"gh: {value['message']} (HTTP {status})\n")
        return 1
    return 0


def _answered(hub, method, path, given):
    token = os.environ.get("GH_TOKEN", "")
    if not token:
        return NO_TOKEN, None
    where, _, query = path.partition("?")
    handler, needs, values = route(method, where)
    try:
        with hub.change() as state:
            _refuse(state, method, where, values["repo"], permissions_of(token), needs)
            query = dict(parse_qsl(query, strict_parsing=bool(query)))
            return handler(Call(hub, state, values, query, _json(given)))
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
            raise Answer(failure["status"], "Server Error")
    if repository != state["repository"]["full_name"]:
        raise Answer(404, "Not Found")
    if not may(permissions, needs):
        state["refused"].append(f"403 {method} {where}")
        raise Answer(403, "Resource not accessible by integration")


def _json(given):
    if given is None:
        return None
    try:
        return json.loads(given)
    except ValueError:
        raise Answer(400, "Problems parsing JSON") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
