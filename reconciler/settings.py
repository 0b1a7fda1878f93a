"""The environment, read once into frozen values (contract sections 1 and 4).

An unset variable and an empty one are the same, save ``CXONE_SCOPES``: empty, it asks for no scope.
"""

from __future__ import annotations

import difflib
import getpass
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cxone.urls import bad_value, normalise_base_url, normalise_token_url
from reconciler.errors import CredentialsError, ReconcilerError, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "VARIABLES",
    "Connection",
    "audit_log_path",
    "base_url",
    "connection",
    "git",
    "normalise_base_url",
    "operator",
    "require_credentials",
    "review",
    "slips",
]

SCOPES = ("messaging:read", "messaging:write", "a2p:write", "webhooks:write")
AUDIT_LOG = ".reconciler/audit.jsonl"
RETRIES = 5
TIMEOUT = 30.0
REVIEW_KEYS = ("pull_request", "approvers", "run", "reason")
VARIABLES = (
    "CXONE_BASE_URL",
    "CXONE_CLIENT_ID",
    "CXONE_CLIENT_SECRET",
    "CXONE_CLIENT_SECRET_FILE",
    "CXONE_OPERATOR_ID",
    "CXONE_ORG",
    "CXONE_SCOPES",
    "CXONE_TOKEN_URL",
    "RECONCILER_AUDIT_LOG",
    "RECONCILER_RETRIES",
    "RECONCILER_REVIEW",
    "RECONCILER_TIMEOUT",
)

_OURS = re.compile("CXONE_|RECONCILER_")
_ACTORS = (
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
_DNS_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_VISIBLE_ASCII = re.compile(r"[!-\[\]-~]+")
_SECRET_FILE_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach one tenant. ``timeout`` in seconds; ``rate`` in requests a second, None: unlimited."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = SCOPES
    retries: int = RETRIES
    timeout: float = TIMEOUT
    concurrency: int = 10
    rate: float | None = None


def connection(
    environ: Mapping[str, str], *, retries: int | None, rate: float | None, concurrency: int
) -> Connection:
    """All that a command needs which talks to the tenant; ``retries`` None means as the environment has it.

    Raises ``CredentialsError`` that names all missing variables at once, ``UsageProblem`` for a bad option.
    """
    _check_options(retries, rate, concurrency)
    require_credentials(environ)
    base = base_url(environ)
    token_url = _get(environ, "CXONE_TOKEN_URL")
    return Connection(
        base_url=base,
        token_url=normalise_token_url(token_url, "CXONE_TOKEN_URL") if token_url else f"{base}/oauth/token",
        client_id=_get(environ, "CXONE_CLIENT_ID"),
        client_secret=_client_secret(environ),
        scopes=_scopes(environ),
        retries=_retries(environ) if retries is None else retries,
        timeout=_timeout(environ),
        concurrency=concurrency,
        rate=rate,
    )


def base_url(environ: Mapping[str, str]) -> str:
    """The tenant's normalised base URL alone, for commands that send nothing."""
    if text := _get(environ, "CXONE_BASE_URL"):
        return normalise_base_url(text, "CXONE_BASE_URL")
    org = _get(environ, "CXONE_ORG")
    if not org:
        raise CredentialsError(_missing_message(environ, ["CXONE_ORG (or CXONE_BASE_URL)"]))
    if not _DNS_LABEL.fullmatch(org):
        raise bad_value(
            "CXONE_ORG",
            org,
            "one DNS label: letters, digits and hyphens, at most 63 (`acme`, not `acme.example.com`)",
        )
    return f"https://{org.lower()}.nicecxone.com"


def operator(environ: Mapping[str, str]) -> str:
    """Who runs this: ``CXONE_OPERATOR_ID``, else the CI actor, else the system user. Never raises."""
    for variable in ("CXONE_OPERATOR_ID", *_ACTORS):
        if name := _get(environ, variable):
            return name
    try:
        return getpass.getuser() or "unknown"
    except (ImportError, KeyError, OSError):
        return "unknown"


def audit_log_path(environ: Mapping[str, str], option: str | None) -> str:
    """Where the audit log is: the option, else ``RECONCILER_AUDIT_LOG``, else the default."""
    return option or _get(environ, "RECONCILER_AUDIT_LOG") or AUDIT_LOG


def review(environ: Mapping[str, str]) -> dict[str, Any] | None:
    """What ``RECONCILER_REVIEW`` asserts of the review (contract section 5); None where it is not set."""
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
    return {key: value[key] for key in REVIEW_KEYS if key in value}


def git(environ: Mapping[str, str]) -> dict[str, str | None] | None:
    """``commit``, ``ref`` and ``actor`` as the CI system has them, None outside of one."""
    for commit, ref, actor in _GIT:
        if _get(environ, commit):
            names = {"commit": commit, "ref": ref, "actor": actor}
            return {key: _get(environ, variable) or None for key, variable in names.items()}
    return None


def _get(environ: Mapping[str, str], variable: str) -> str:
    return environ.get(variable, "").strip()


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _check_options(retries: int | None, rate: float | None, concurrency: int) -> None:
    if retries is not None and retries < 0:
        raise UsageProblem(f"--retries is not valid: it is {retries}, and must be 0 or more.")
    if rate is not None and not 0 < rate < math.inf:
        raise UsageProblem(f"--rate is not valid: it is {rate}, and must be above 0 requests a second.")
    if concurrency < 1:
        raise UsageProblem(f"--concurrency is not valid: it is {concurrency}, and must be 1 or more.")


def require_credentials(environ: Mapping[str, str]) -> None:
    """CredentialsError that names all that is missing at once."""
    missing = []
    if not _get(environ, "CXONE_BASE_URL") and not _get(environ, "CXONE_ORG"):
        missing.append("CXONE_ORG (or CXONE_BASE_URL)")
    if not _get(environ, "CXONE_CLIENT_ID"):
        missing.append("CXONE_CLIENT_ID")
    if not environ.get("CXONE_CLIENT_SECRET") and not _get(environ, "CXONE_CLIENT_SECRET_FILE"):
        missing.append("CXONE_CLIENT_SECRET (or CXONE_CLIENT_SECRET_FILE)")
    if missing:
        raise CredentialsError(_missing_message(environ, missing))


def _missing_message(environ: Mapping[str, str], missing: list[str]) -> str:
    verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
    message = (
        f"Settings are missing: {', '.join(missing)} {verb} not set. Set {them} in the environment, or try "
        "the command with --sandbox, which needs none."
    )
    return " ".join([message, *slips(environ)])


def slips(environ: Mapping[str, str]) -> list[str]:
    """What to say of variables that are nearly spelt as one of the tool's that is not set, sorted.

    A name under CXONE_ that is far from all of them may hold a webhook's secret.
    """
    unknown = sorted(name for name in environ if _OURS.match(name) and name not in VARIABLES)
    unset = [name for name in VARIABLES if name not in environ]
    nearest = {name: difflib.get_close_matches(name, unset, n=1, cutoff=0.77) for name in unknown}
    return [
        f"{name} is set, but unknown: did you mean {close[0]}?" if close else f"{name} is set, but unknown."
        for name, close in nearest.items()
        if close or name.startswith("RECONCILER_")
    ]


def _client_secret(environ: Mapping[str, str]) -> str:
    secret, path = environ.get("CXONE_CLIENT_SECRET", ""), _get(environ, "CXONE_CLIENT_SECRET_FILE")
    if secret and path:
        raise ReconcilerError(
            "CXONE_CLIENT_SECRET and CXONE_CLIENT_SECRET_FILE are both set: unset one of them."
        )
    return secret or _secret_of_file(path)


def _secret_of_file(path: str) -> str:
    variable = "CXONE_CLIENT_SECRET_FILE"
    try:
        with Path(path).open("rb") as file:
            content = file.read(_SECRET_FILE_LIMIT + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise CredentialsError(f"{variable} cannot be read: {path}: {error.strerror or error}.") from None
    except ValueError:
        raise CredentialsError(f"{variable} cannot be read: {path!r} is not UTF-8 text.") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or len(content) > _SECRET_FILE_LIMIT:
        size = "is empty" if not text else f"is larger than {_SECRET_FILE_LIMIT} bytes"
        raise CredentialsError(f"{variable} holds no secret: {path} {size}.")
    return text


def _scopes(environ: Mapping[str, str]) -> tuple[str, ...]:
    text = environ.get("CXONE_SCOPES")
    if text is None:
        return SCOPES
    scopes = tuple(dict.fromkeys(text.split()))
    for scope in scopes:
        # RFC 6749, section 3.3: visible ASCII but for the double quote and the backslash
        if not _VISIBLE_ASCII.fullmatch(scope) or '"' in scope:
            raise bad_value("CXONE_SCOPES", text, "scopes separated by spaces, or empty")
    return scopes


def _retries(environ: Mapping[str, str]) -> int:
    text = _get(environ, "RECONCILER_RETRIES")
    if text and not re.fullmatch("[0-9]{1,4}", text):
        raise bad_value("RECONCILER_RETRIES", text, "a whole number, 0 or more: the attempts after the first")
    return int(text) if text else RETRIES


def _timeout(environ: Mapping[str, str]) -> float:
    text = _get(environ, "RECONCILER_TIMEOUT")
    if not text:
        return TIMEOUT
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or float(text) == 0:
        raise bad_value("RECONCILER_TIMEOUT", text, "a number of seconds above 0")
    return float(text)
