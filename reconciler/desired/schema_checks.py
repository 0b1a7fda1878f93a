"""Checks of a document's form that JSON Schema cannot express. Each accepts a body of any shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.core.linear_regex import compile_linear
from reconciler.core.urls import is_loopback
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reconciler.core.model import Document, Json, Problem

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f]")

# Whoever may propose a file must not be able to have one of these sent away.
_CREDENTIAL = re.compile(
    r"CXONE_(CLIENT|ACCESS_KEY)_.*|RECONCILER_.*"
    r"|(AWS|AZURE|ARM|GOOGLE|GCP|GCLOUD|CLOUDSDK|ALIBABA_CLOUD|OCI|ACTIONS|SSH|KUBE|VAULT)_.*"
    r"|(GITHUB|GH|GITLAB|GL|GITEA|BITBUCKET|CI|RUNNER|CIRCLE|BUILDKITE|DRONE|TRAVIS|NPM|NODE_AUTH|PYPI|TWINE|UV"
    r"|POETRY|CARGO|DOCKER|SONAR|CODECOV|SENTRY)_(.*_)?(TOKEN|PASSWORD|PASS|SECRET|KEY|PAT|JWT|JWT_V[0-9]|AUTH)"
    r"|SYSTEM_ACCESSTOKEN|KUBECONFIG|DATABASE_URL|PGPASSWORD",
)


def beyond(document: Document) -> tuple[Problem, ...]:
    """The problems that remain once a document is of its schema's form."""
    body = document.body
    found: list[Problem] = []
    if "waivers" in body:
        found += _waivers(body["waivers"])
    if document.kind == "Webhook":
        found += _webhook(body)
    elif document.kind == "Policy":
        found += _policy(body)
    return tuple(found)


def _waivers(waivers: Json) -> Iterator[Problem]:
    from datetime import date

    for at, waiver in enumerate(_listed(waivers)):
        expires = waiver.get("expires") if isinstance(waiver, dict) else None
        if not isinstance(expires, str) or not _DATE.fullmatch(expires):
            continue
        try:
            date.fromisoformat(expires)
        except ValueError:
            message = f"No such day: `waivers[{at}].expires` is {expires}, which the calendar does not have."
            yield problem("CX004", message, ("waivers", at, "expires"))


def _webhook(body: Mapping[str, Any]) -> Iterator[Problem]:
    url = body.get("url")
    if isinstance(url, str) and url and not _splits(url):
        message = "Not a URL: `url` has blanks, control characters, or a host or port that cannot be."
        yield problem("CX004", message, ("url",))


def secret_name(document: Document, allowed: Collection[str]) -> Problem | None:
    """What is wrong with the variable that a webhook's secret is to come from; ``allowed`` are further names."""
    secret = document.body.get("secret")
    name = secret.get("env") if isinstance(secret, dict) else None
    if (
        document.kind != "Webhook"
        or not isinstance(name, str)
        or name in allowed
        or not _VARIABLE.fullmatch(name)
    ):
        return None
    if _CREDENTIAL.fullmatch(name.upper()):
        said = (
            f"the variable {name} holds, by its name, a credential of this tool, of its CI or of a cloud, and what is "
            "named here is sent to the tenant. Make a secret of its own, and name that."
        )
    elif not name.upper().endswith("_SECRET"):
        said = (
            "the variable's name does not end in _SECRET, so it may hold something else, and what is named here is "
            "sent to the tenant. Name the variable so, or add its name to the Policy's secret_env. If the secret "
            "itself stands here, it is in the history already: make a new one."
        )
    else:
        return None
    return problem("CX012", f"Not for a webhook: {said}", ("secret", "env"))


def _policy(body: Mapping[str, Any]) -> Iterator[Problem]:
    for at, pattern in enumerate(_listed(body.get("sender_patterns"))):
        if isinstance(pattern, str) and (wrong := _uncompilable(pattern)):
            message = f"Not a pattern: `sender_patterns[{at}]`: {wrong}."
            yield problem("CX011", message, ("sender_patterns", at))
    for at, tenant in enumerate(_listed(body.get("tenants"))):
        if isinstance(tenant, str) and tenant.strip() and not _base_url(tenant):
            message = (
                f"Not a base URL: `tenants[{at}]`. Write scheme and host, such as "
                "https://acme.nicecxone.com, without user info, query or fragment; http only for a "
                "loopback host."
            )
            yield problem("CX004", message, ("tenants", at))


def _uncompilable(pattern: str) -> str | None:
    """Why Python's re refuses the pattern or calls it ambiguous (its FutureWarning), or why it might not end."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compile_linear(pattern)
        except (re.error, Warning, RecursionError, OverflowError, ValueError) as error:
            return str(error)
    return None


def _splits(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return not _NOT_IN_URL.search(url)


def _base_url(text: str) -> bool:
    from urllib.parse import urlsplit

    if not _splits(text):
        return False
    parts = urlsplit(text)
    if not parts.hostname or "@" in parts.netloc or "?" in text or "#" in text:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
