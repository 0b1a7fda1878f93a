"""The environment, read once into frozen values (help environment).

An unset variable and an empty one are the same, save ``CXONE_SCOPES``: empty, it asks for no scope.
"""

from __future__ import annotations

import math
import re
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.commands._shared.provenance import review
from reconciler.core.canonical import printable
from reconciler.core.errors import CredentialsError, ReconcilerError, UsageProblem
from reconciler.core.suggest import nearest
from reconciler.core.urls import bad_value, is_name, normalise_base_url, normalise_token_url
from reconciler.cxone.connection import RETRIES, TIMEOUT, Connection, every_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AUDIT_LOG = ".reconciler/audit.jsonl"
VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "CXONE_BASE_URL": "where the tenant's API is, such as `https://acme.nicecxone.com`; wins over `CXONE_ORG`. "
        "Plain http only for loopback addresses",
        "CXONE_ORG": "one DNS label; the base URL is then `https://{CXONE_ORG}.nicecxone.com`",
        "CXONE_TOKEN_URL": "where tokens come from; otherwise `/oauth/token` under the base URL",
        "CXONE_CLIENT_ID": "the OAuth client",
        "CXONE_CLIENT_SECRET": "its secret",
        "CXONE_CLIENT_SECRET_FILE": "a file that holds the secret, instead",
        "CXONE_SCOPES": "scopes to ask for, separated by blanks; all four by default "
        "(`messaging:read messaging:write a2p:write webhooks:write`); empty asks for none",
        "CXONE_OPERATOR_ID": "who runs this, for the audit log; otherwise the CI's actor, otherwise the system user",
        "RECONCILER_AUDIT_LOG": f"the audit log; the default is `{AUDIT_LOG}`",
        "RECONCILER_LOG_KEY": "the log's key, 32 bytes or more",
        "RECONCILER_LOG_KEY_FILE": "a file that holds the key, instead",
        "RECONCILER_RETRIES": f"attempts after the first; the default is {RETRIES}",
        "RECONCILER_TIMEOUT": f"seconds for a request; the default is {TIMEOUT:g}",
        "RECONCILER_REVIEW": "JSON with any of `pull_request`, `approvers`, `run`, `reason`: recorded in the audit log "
        "as what the environment asserts",
    }
)
"""Each variable that is read, with its meaning in Markdown."""

_OURS = re.compile("CXONE_|RECONCILER_")
_DNS_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_VISIBLE_ASCII = re.compile(r"[!-\[\]-~]+")
_SECRET_FILE_LIMIT = 64 * 1024
_KEY_BYTES = 32


def connection(
    environ: Mapping[str, str], *, retries: int | None, rate: float | None, concurrency: int
) -> Connection:
    """All that a command needs which talks to the tenant; ``retries`` None means as the environment has it.

    Raises ``CredentialsError`` that names all missing variables at once, ``UsageProblem`` for a bad option.
    """
    _check_options(retries, rate, concurrency)
    _require_credentials(environ)
    base = base_url(environ)
    return Connection(
        base_url=base,
        token_url=_token_url(environ) or f"{base}/oauth/token",
        client_id=_sendable("CXONE_CLIENT_ID", _get(environ, "CXONE_CLIENT_ID")),
        client_secret=_sendable("CXONE_CLIENT_SECRET", _or_file(environ, "CXONE_CLIENT_SECRET")),
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
    if not _DNS_LABEL.fullmatch(org) or not is_name(f"{org.lower()}.nicecxone.com"):
        raise bad_value(
            "CXONE_ORG",
            org,
            "one DNS label: letters, digits and hyphens, at most 63 (`acme`, not `acme.example.com`)",
        )
    return f"https://{org.lower()}.nicecxone.com"


def audit_log_path(environ: Mapping[str, str], option: str | None) -> str:
    """Where the audit log is: the option, else ``RECONCILER_AUDIT_LOG``, else the default."""
    return option or _get(environ, "RECONCILER_AUDIT_LOG") or AUDIT_LOG


def log_key(environ: Mapping[str, str]) -> bytes | None:
    """The audit log's key, from ``RECONCILER_LOG_KEY`` or the file that ``RECONCILER_LOG_KEY_FILE`` names."""
    text = _or_file(environ, "RECONCILER_LOG_KEY")
    return _long_enough(text, "RECONCILER_LOG_KEY") if text else None


def log_key_of_file(path: str, option: str) -> bytes:
    """The audit log's key that stands in the file which an option names."""
    return _long_enough(_secret_of_file(path, option), option)


def _long_enough(text: str, where: str) -> bytes:
    key = text.encode("utf-8", "surrogateescape")
    if len(key) < _KEY_BYTES:
        raise CredentialsError(
            f"{where} is too short for a key: {len(key)} bytes, and {_KEY_BYTES} or more are needed. "
            "`openssl rand -hex 32` makes one."
        )
    return key


def missing(environ: Mapping[str, str]) -> list[str]:
    """What has to be set and is not, as it is called in messages."""
    found = []
    if not _get(environ, "CXONE_BASE_URL") and not _get(environ, "CXONE_ORG"):
        found.append("CXONE_ORG (or CXONE_BASE_URL)")
    if not _get(environ, "CXONE_CLIENT_ID"):
        found.append("CXONE_CLIENT_ID")
    if not environ.get("CXONE_CLIENT_SECRET") and not _get(environ, "CXONE_CLIENT_SECRET_FILE"):
        found.append("CXONE_CLIENT_SECRET (or CXONE_CLIENT_SECRET_FILE)")
    return found


def flaws(environ: Mapping[str, str]) -> dict[str, str]:
    """Each variable whose value cannot be used, and why: all of them, where ``connection`` names the first."""
    found = {}
    for name, read in _READERS.items():
        try:
            if _get(environ, name):
                read(environ)
        except ReconcilerError as failure:
            found[name] = failure.message
    return found


def unknown(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Variables that are nearly spelt as one of the tool's that is not set, sorted, each with that one.

    Any other under RECONCILER_ too; a name under CXONE_ that is far from all of them may hold a webhook's secret.
    """
    names = sorted(name for name in environ if _OURS.match(name) and name not in VARIABLES)
    unset = [name for name in VARIABLES if name not in environ]
    meant = {name: nearest(name, unset, cutoff=0.77) for name in names}
    return {name: near for name, near in meant.items() if near or name.startswith("RECONCILER_")}


def _get(environ: Mapping[str, str], variable: str) -> str:
    return environ.get(variable, "").strip()


def _check_options(retries: int | None, rate: float | None, concurrency: int) -> None:
    if retries is not None and retries < 0:
        raise UsageProblem(f"--retries is not valid: it is {retries}, and must be 0 or more.")
    if rate is not None and not 0 < rate < math.inf:
        raise UsageProblem(f"--rate is not valid: it is {rate}, and must be above 0 requests a second.")
    if concurrency < 1:
        raise UsageProblem(f"--concurrency is not valid: it is {concurrency}, and must be 1 or more.")


def _require_credentials(environ: Mapping[str, str]) -> None:
    if names := missing(environ):
        raise CredentialsError(_missing_message(environ, names))


def _missing_message(environ: Mapping[str, str], names: list[str]) -> str:
    verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
    message = (
        f"Settings are missing: {', '.join(names)} {verb} not set. Set {them} in the environment, or try "
        "the command with --sandbox, which needs none."
    )
    return " ".join([message, *slips(environ)])


def slips(environ: Mapping[str, str]) -> list[str]:
    """A warning for each of the variables that are ``unknown``."""
    return [
        f"{name} is set, but unknown: did you mean {near}?" if near else f"{name} is set, but unknown."
        for name, near in unknown(environ).items()
    ]


def _token_url(environ: Mapping[str, str]) -> str:
    text = _get(environ, "CXONE_TOKEN_URL")
    return normalise_token_url(text, "CXONE_TOKEN_URL") if text else ""


def _sendable(variable: str, text: str) -> str:
    """The text; CredentialsError where bytes that are no UTF-8 stand in it as half surrogate pairs."""
    if printable(text) != text:
        raise CredentialsError(f"{variable} cannot be used: it is not UTF-8 text.")
    return text


def _or_file(environ: Mapping[str, str], name: str) -> str:
    """A secret from its variable, or from the file that the variable with ``_FILE`` names; empty for neither."""
    secret, path = environ.get(name, ""), _get(environ, f"{name}_FILE")
    if secret and path:
        raise CredentialsError(f"{name} and {name}_FILE are both set: unset one of them.")
    return secret or (_secret_of_file(path, f"{name}_FILE") if path else "")


def _secret_of_file(path: str, variable: str) -> str:
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
        return every_scope()
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


_READERS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "CXONE_CLIENT_SECRET": partial(_or_file, name="CXONE_CLIENT_SECRET"),
    "CXONE_CLIENT_SECRET_FILE": partial(_or_file, name="CXONE_CLIENT_SECRET"),
    "CXONE_SCOPES": _scopes,
    "CXONE_TOKEN_URL": _token_url,
    "RECONCILER_LOG_KEY": log_key,
    "RECONCILER_LOG_KEY_FILE": log_key,
    "RECONCILER_RETRIES": _retries,
    "RECONCILER_REVIEW": review,
    "RECONCILER_TIMEOUT": _timeout,
}
"""What reads a variable that can be wrong by itself."""
