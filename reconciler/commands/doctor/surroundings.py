"""Checks of variables, proxy, files, and the policy's tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.outputs._results import Check, CheckState, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.model import Finding

SETTINGS, FILES = "Settings", "Files"
_SET = "Set what is missing in the environment; `reconciler help environment` lists the variables."


def base_url(url: str | None, source: str, failure: str, *, both: bool) -> Check:
    """Where the tenant is; ``both``: CXONE_ORG is set beside CXONE_BASE_URL."""
    if url is None:
        return _setting("base URL", CheckState.PROBLEM, failure, "Set CXONE_BASE_URL, or CXONE_ORG.")
    if both:
        return _setting(
            "base URL",
            CheckState.WARNING,
            f"{url}, from CXONE_BASE_URL; CXONE_ORG is set too, and does not count",
            "Unset the one that is not meant.",
        )
    return _setting("base URL", CheckState.OK, f"{url}, from {source}")


def credentials(missing: Sequence[str], failure: str) -> Check:
    """Whether there are a client and its secret. Whether they are right, the token shows."""
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return _setting("credentials", CheckState.PROBLEM, f"{' and '.join(missing)} {verb} not set", _SET)
    if failure:
        return _setting("credentials", CheckState.PROBLEM, failure, "Name one readable source of the secret.")
    return _setting("credentials", CheckState.OK, "client id and secret are set")


def values(failures: Mapping[str, str]) -> Iterator[Check]:
    """Variables whose value cannot be used, by name, with the error that says why."""
    for name, failure in sorted(failures.items()):
        yield _setting(
            name,
            CheckState.PROBLEM,
            failure.removeprefix(f"{name} "),
            "Correct the value, or unset the variable.",
        )


def unknown(names: Mapping[str, str | None]) -> Iterator[Check]:
    """Variables that look like the tool's and are not, each with the one that may be meant."""
    for name, near in sorted(names.items()):
        fix = (
            f"Did you mean {near}?"
            if near
            else "Unset it, or look its name up with `reconciler help environment`."
        )
        yield _setting(name, CheckState.WARNING, "is set, but no such variable is read", fix)


def proxy(host: str | None) -> Check:
    """Through what requests go; a firewall's proxy explains many a time-out and certificate."""
    if host is None:
        return _setting("proxy", CheckState.OK, "none")
    return _setting("proxy", CheckState.OK, f"{host}, by the environment (HTTPS_PROXY, NO_PROXY …)")


def documents(paths: Sequence[str], count: int, findings: Sequence[Finding]) -> Check:
    """Whether the desired state is valid."""
    errors = sum(finding.severity == "error" for finding in findings)
    where, warnings = ", ".join(paths), len(findings) - errors
    said = (
        f"{where}: {counted(count, 'document')}, {counted(errors, 'error')}, {counted(warnings, 'warning')}"
    )
    if errors:
        return _file(
            "documents", CheckState.PROBLEM, said, "`reconciler validate` shows each with its place."
        )
    if warnings:
        return _file(
            "documents", CheckState.WARNING, said, "`reconciler validate` shows each with its place."
        )
    return _file("documents", CheckState.OK, said)


def no_documents(failure: str) -> Check:
    """The files cannot be read at all."""
    return _file(
        "documents", CheckState.PROBLEM, failure, "Run where the files are, or name them with --templates."
    )


def secrets(webhooks: int, unreadable: Sequence[Finding]) -> Iterator[Check]:
    """Whether each webhook's secret can be had here (CX005)."""
    for finding in unreadable:
        yield _file(
            f"secret of {finding.target}",
            CheckState.WARNING,
            finding.message,
            "Set it where apply runs; a plan can do without.",
        )
    if webhooks and not unreadable:
        yield _file("webhook secrets", CheckState.OK, f"{counted(webhooks, 'secret')} can be read here")


def tenants(allowed: Sequence[str], url: str | None) -> Check:
    """Whether the policy lets these files go to this tenant."""
    if not allowed:
        return _file(
            "policy tenants",
            CheckState.WARNING,
            "none are named, so these files may be applied to any tenant",
            f"Name it in the Policy document: `tenants: [{url or 'https://…'}]`.",
        )
    names = ", ".join(allowed)
    if url is None:
        return _file(
            "policy tenants", CheckState.SKIPPED, f"they are {names}; this tenant's base URL is not known"
        )
    if url not in allowed:
        return _file(
            "policy tenants",
            CheckState.PROBLEM,
            f"they are {names}, and this is {url}: plan and apply refuse it (5)",
            "Check CXONE_BASE_URL and CXONE_ORG, or whether --templates names the folder of another tenant.",
        )
    return _file("policy tenants", CheckState.OK, f"{url} is one of them")


def _setting(name: str, state: CheckState, said: str, fix: str = "") -> Check:
    return Check(group=SETTINGS, name=name, state=state, found=said, fix=fix)


def _file(name: str, state: CheckState, said: str, fix: str = "") -> Check:
    return Check(group=FILES, name=name, state=state, found=said, fix=fix)
