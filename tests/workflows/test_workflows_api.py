"""The stand-in for GitHub's API, asked by the real gh: it pages, knows rights, and refuses what it does not know."""

from __future__ import annotations

import json
import subprocess

import hub as keeping
import pytest
from proposals import change
from tokens import token_of

WRITES = {"issues": "write", "pull-requests": "write", "statuses": "write", "actions": "read"}
REPOSITORY = "repos/acme/messages"


@pytest.fixture
def gh(teams):
    """``gh(*words, body=None, permissions=WRITES)``: (exit code, stdout, stderr); ``gh.team`` is whose GitHub it is."""
    team = teams(tenants=())

    def _gh(*words, body=None, permissions=WRITES):
        env = {
            **team.runner.machine,
            "GH_HOST": "github.localhost",
            "GH_TOKEN": token_of("test", permissions),
        }
        given = json.dumps(body) if body is not None else ""
        ran = subprocess.run(
            ["gh", *words], env=env, input=given, capture_output=True, text=True, check=False
        )
        return ran.returncode, ran.stdout, ran.stderr

    _gh.team = team
    return _gh


def test_a_call_without_the_permission_is_refused(gh):
    """403 in the body and on stderr, exit 1; a repository that is not this one is 404."""
    path = f"{REPOSITORY}/issues"
    code, out, err = gh(
        "api", "--method", "POST", "--input", "-", path, body={"title": "x"}, permissions={"issues": "read"}
    )
    assert (code, json.loads(out)["status"], err) == (
        *(1, "403"),
        "gh: Resource not accessible by integration (HTTP 403)\n",
    )
    gh.team.expected_refusals = [f"403 POST {path}"]
    assert gh("api", "repos/acme/other/issues")[::2] == (1, "gh: Not Found (HTTP 404)\n")
    assert gh.team.issues() == []


def test_what_it_does_not_know_is_refused_loudly(gh):
    """Another path, another parameter, another field of GraphQL's: 501, and the test that did it fails."""
    calls = (
        ("api", f"{REPOSITORY}/branches"),
        ("api", f"{REPOSITORY}/issues?labels=x"),
        ("api", "graphql", "-f", 'query=query { repository(owner: "acme", name: "messages") { stars } }'),
    )
    assert ["THE STAND-IN DOES NOT KNOW" in gh(*words)[1] for words in calls] == [True] * 3
    gh.team.expected_refusals = gh.team.hub.read()["refused"]
    assert len(gh.team.expected_refusals) == 3


def test_pages_hold_what_is_asked_for_and_issues_include_pull_requests(gh):
    """30 items where nothing is asked, at most 100; the newest issue first; a creator's alone where one is named."""
    pull = gh.team.propose(change("a"))
    with gh.team.hub.change() as state:
        for number in range(104):
            keeping.add_comment(state, pull.number, f"comment {number}", "bob")
        keeping.add_issue(state, title="by the bot", body="", login=keeping.BOT)
    comments = f"{REPOSITORY}/issues/{pull.number}/comments"
    sizes = [
        len(json.loads(gh("api", f"{comments}{query}")[1]))
        for query in ("", "?per_page=500", "?per_page=100&page=2")
    ]
    assert sizes == [30, 100, 4]
    everybody = json.loads(gh("api", f"{REPOSITORY}/issues?state=all")[1])
    assert [("pull_request" in one, one["title"]) for one in everybody] == [
        (False, "by the bot"),
        (True, "A change"),
    ]
    assert len(json.loads(gh("api", f"{REPOSITORY}/issues?state=all&creator=app/github-actions")[1])) == 1


def test_statuses_are_checked(gh):
    """A commit that is not there, and a description that is too long, are 422."""
    sha = gh.team.copy.tip()
    for where, description, code in ((sha, "x", 0), ("0" * 40, "x", 1), (sha, "x" * 141, 1)):
        body = {"state": "success", "context": "c", "description": description}
        said = gh("api", "--method", "POST", "--input", "-", f"{REPOSITORY}/statuses/{where}", body=body)
        assert (said[0], "(HTTP 422)" in said[2]) == (code, code == 1)
