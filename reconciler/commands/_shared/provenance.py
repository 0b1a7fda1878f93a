"""Who ran this, at which commit, and who reviewed it: what the environment asserts, for the audit log."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING, Any

from reconciler.core.canonical import canonical, printable
from reconciler.core.urls import bad_value

if TYPE_CHECKING:
    from collections.abc import Mapping

REVIEW_KEYS = ("pull_request", "approvers", "run", "reason")
_ACTORS = (
    "GITHUB_TRIGGERING_ACTOR",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "CIRCLE_USERNAME",
    "BUILDKITE_BUILD_CREATOR",
    "BUILD_REQUESTEDFOR",
)
_GIT = (
    ("GITHUB_SHA", "GITHUB_REF", "GITHUB_ACTOR"),
    ("CI_COMMIT_SHA", "CI_COMMIT_REF_NAME", "GITLAB_USER_LOGIN"),
)

_SCHEDULE = "schedule"
_RUNS = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_BUILDID")


def operator(environ: Mapping[str, str]) -> str:
    """Who runs this: ``CXONE_OPERATOR_ID``, else the CI actor, else the system user. Never raises.

    Of GitHub's run that is whoever started this attempt. A schedule is nobody: GitHub names who wrote it last.
    """
    if not _get(environ, "CXONE_OPERATOR_ID") and _get(environ, "GITHUB_EVENT_NAME") == _SCHEDULE:
        return _SCHEDULE
    for variable in ("CXONE_OPERATOR_ID", *_ACTORS):
        if name := _get(environ, variable):
            return printable(name)
    try:
        return getpass.getuser() or "unknown"
    except (ImportError, KeyError, OSError):
        return "unknown"


def review(environ: Mapping[str, str]) -> dict[str, Any] | None:
    """What ``RECONCILER_REVIEW`` asserts of the review (help audit); None where it is not set."""
    text = _get(environ, "RECONCILER_REVIEW")
    if not text:
        return None
    expected = "a JSON object with any of the keys " + ", ".join(REVIEW_KEYS)
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise bad_value("RECONCILER_REVIEW", text, expected) from None
    if not isinstance(value, dict):
        raise bad_value("RECONCILER_REVIEW", text, expected)
    kept = {key: value[key] for key in REVIEW_KEYS if key in value}
    try:
        canonical(kept)  # an audit record holds it, and its hash
    except ValueError as flaw:
        raise bad_value(
            "RECONCILER_REVIEW", text, f"{expected}, of texts and whole numbers; {flaw}"
        ) from None
    return kept


def git(environ: Mapping[str, str]) -> dict[str, str | None] | None:
    """``commit``, ``ref`` and ``actor`` as the CI system has them, None outside of one."""
    for commit, ref, actor in _GIT:
        if _get(environ, commit):
            names = {"commit": commit, "ref": ref, "actor": actor}
            return {key: printable(_get(environ, variable)) or None for key, variable in names.items()}
    return None


def run(environ: Mapping[str, str]) -> str | None:
    """The CI system's number of this run, None outside of one."""
    return next((printable(said) for variable in _RUNS if (said := _get(environ, variable))), None)


def _get(environ: Mapping[str, str], variable: str) -> str:
    return environ.get(variable, "").strip()


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
