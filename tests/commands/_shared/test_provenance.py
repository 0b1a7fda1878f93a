"""Who ran it and who reviewed it, as the environment asserts."""

from __future__ import annotations

import getpass

import pytest

from reconciler.commands._shared.provenance import git, operator, review
from reconciler.core.errors import ReconcilerError


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"CXONE_OPERATOR_ID": "ops", "GITHUB_ACTOR": "octo"}, "ops"),
        ({"GITHUB_ACTOR": "ann", "GITHUB_TRIGGERING_ACTOR": "bob"}, "bob"),
        ({"GITHUB_ACTOR": "ann", "GITHUB_EVENT_NAME": "schedule"}, "schedule"),
        ({"CXONE_OPERATOR_ID": "ops", "GITHUB_EVENT_NAME": "schedule"}, "ops"),
        ({"GITHUB_ACTOR": "octo", "GITLAB_USER_LOGIN": "fox"}, "octo"),
        ({"GITLAB_USER_LOGIN": "fox"}, "fox"),
        ({}, "somebody"),
        ({"CXONE_OPERATOR_ID": "ops\udce9"}, r"ops\udce9"),
    ],
)
def test_the_operator_is_named_by_the_first_that_knows(monkeypatch, environ, name):
    """The variable, the CI actor (of GitHub who started this attempt, and a schedule as one), the system user."""
    monkeypatch.setenv("LOGNAME", "somebody")
    assert operator(environ) == name


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("no"), ImportError("pwd")])
def test_a_system_without_a_user_is_no_error(monkeypatch, error):
    """A container may run as a number without a name."""

    def fail():
        raise error

    monkeypatch.setattr(getpass, "getuser", fail)
    assert operator({}) == "unknown"


def test_a_review_keeps_only_its_keys():
    """Keys of RECONCILER_REVIEW that are not documented are left out."""
    text = '{"approvers": ["ann"], "pull_request": 7, "token": "hush", "run": "r", "reason": null}'
    assert review({"RECONCILER_REVIEW": text}) == {
        "pull_request": 7,
        "approvers": ["ann"],
        "run": "r",
        "reason": None,
    }
    assert review({}) is None
    assert review({"RECONCILER_REVIEW": " "}) is None
    assert review({"RECONCILER_REVIEW": "{}"}) == {}


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"run": NaN}', "[" * 100_000])
def test_a_bad_review_names_its_variable(text):
    """What is no JSON object is an error, not ignored."""
    with pytest.raises(ReconcilerError, match=r"RECONCILER_REVIEW is not valid: .* a JSON object"):
        review({"RECONCILER_REVIEW": text})


@pytest.mark.parametrize(
    "text", ['{"run": 1.5}', '{"pull_request": 12345678901234567890}', '{"reason": "\\ud800"}']
)
def test_a_review_that_no_record_can_hold_names_its_variable(text):
    """What has no canonical form has no hash: it is refused here, not in the middle of an apply."""
    with pytest.raises(
        ReconcilerError, match=r"RECONCILER_REVIEW is not valid: .* of texts and whole numbers"
    ):
        review({"RECONCILER_REVIEW": text})


def test_git_is_what_the_ci_system_says():
    """GitHub's and GitLab's variables; what one of them leaves out is null; elsewhere nothing."""
    github = {"GITHUB_SHA": "abc", "GITHUB_REF": "refs/heads/main", "GITHUB_ACTOR": "octo"}
    assert git(github) == {"commit": "abc", "ref": "refs/heads/main", "actor": "octo"}
    assert git({"CI_COMMIT_SHA": "def"}) == {"commit": "def", "ref": None, "actor": None}
    assert git({"GITHUB_ACTOR": "octo"}) is None
    assert git({"CI_COMMIT_SHA": "def", "CI_COMMIT_REF_NAME": "caf\udce9"})["ref"] == r"caf\udce9"
