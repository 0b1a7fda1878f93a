"""The fake gh fails as the real one does, pages, knows rights, and refuses loudly what it does not know."""

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
        env = {**team.runner.machine, "GH_TOKEN": token_of("test", permissions)}
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
    """Another path, another parameter, another option, another command: exit 97, and the test that did it fails."""
    calls = (
        ("api", f"{REPOSITORY}/branches"),
        ("api", f"{REPOSITORY}/issues?labels=x"),
        ("api", "--paginate", f"{REPOSITORY}/issues"),
        ("issue", "list"),
    )
    assert [gh(*words)[0] for words in calls] == [97] * 4
    gh.team.expected_refusals = gh.team.hub.read()["refused"]
    assert len(gh.team.expected_refusals) == 4


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


def test_statuses_are_checked_and_come_newest_first(gh):
    """A commit that is not there, and a description that is too long, are 422."""
    sha = gh.team.copy.tip()
    for word in ("first", "second"):
        body = {"state": "success", "context": "c", "description": word}
        assert (
            gh("api", "--method", "POST", "--input", "-", f"{REPOSITORY}/statuses/{sha}", body=body)[0] == 0
        )
    listed = json.loads(
        gh("api", f"{REPOSITORY}/commits/{sha}/statuses?per_page=2", permissions={"statuses": "read"})[1]
    )
    assert [one["description"] for one in listed] == ["second", "first"]
    for where, description in (("0" * 40, "x"), (sha, "x" * 141)):
        body = {"state": "success", "context": "c", "description": description}
        said = gh("api", "--method", "POST", "--input", "-", f"{REPOSITORY}/statuses/{where}", body=body)
        assert (said[0], "(HTTP 422)" in said[2]) == (1, True)
