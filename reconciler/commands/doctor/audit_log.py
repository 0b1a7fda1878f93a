"""Verdicts on the audit log: its chain, whether it could be written, and what it remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.outputs._results import Check, CheckState, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROUP = "Audit log"


def chain(path: str, records: int, *, missing: bool, torn: bool, broken: str, sandbox: bool) -> Check:
    """Whether it is there and its chain holds; ``broken`` is the error that says why not."""
    if missing and sandbox:
        return _check("chain", CheckState.OK, f"no log at {path} yet")
    if broken:
        return _check(
            "chain",
            CheckState.PROBLEM,
            broken,
            "Nothing is planned or applied until then: restore it from a copy.",
        )
    if missing:
        return _check(
            "chain",
            CheckState.WARNING,
            f"no log at {path}: this counts as a first run",
            "If runs were made before, put the log back where it was, or name it with RECONCILER_AUDIT_LOG; "
            "--require-audit-log refuses a lost one.",
        )
    if torn:
        return _check(
            "chain",
            CheckState.WARNING,
            f"{path}: {counted(records, 'record')}, then a line that a crash tore",
            "The next apply sets that line aside.",
        )
    return _check("chain", CheckState.OK, f"{path}: {counted(records, 'record')}, and the chain holds")


def writable(obstacle: str, *, busy: bool) -> Check:
    """Whether apply could append; ``obstacle`` is what stands in the way. Nothing was made to find out."""
    if obstacle:
        return _check(
            "writing",
            CheckState.PROBLEM,
            obstacle,
            "Nothing is applied without a log: fix the permissions, or name another with RECONCILER_AUDIT_LOG.",
        )
    if busy:
        return _check(
            "writing",
            CheckState.WARNING,
            "another run holds its lock just now",
            "Wait until that run has ended.",
        )
    return _check("writing", CheckState.OK, "it can be written, and its lock is free")


def memory(base_url: str, records: Mapping[str, int], *, undelivered: int, begun: int) -> Iterator[Check]:
    """What it holds of this tenant; ``records`` counts them by base URL, ``begun`` writes without an outcome."""
    others = ", ".join(sorted(records.keys() - {base_url}))
    if base_url in records:
        also = f"; others are of {others}" if others else ""
        yield _check("memory", CheckState.OK, f"{counted(records[base_url], 'record')} of this tenant{also}")
    elif others:
        yield _check(
            "memory",
            CheckState.WARNING,
            f"it has records of {others} alone, and none of {base_url}",
            "If this is not a first run, check CXONE_BASE_URL: a tenant under another URL counts as another.",
        )
    if begun:
        yield _check(
            "crash",
            CheckState.WARNING,
            f"{counted(begun, 'write')} of a run that did not end: what became of it is not recorded",
            "The next apply looks it up and closes it.",
        )
    if undelivered:
        yield _check(
            "delivery",
            CheckState.WARNING,
            f"{counted(undelivered, 'record')} not yet in the tenant's own audit log",
            "`reconciler audit publish` sends them, as the next apply does.",
        )
    elif base_url in records:
        yield _check("delivery", CheckState.OK, "the tenant has every record")


def _check(name: str, state: CheckState, said: str, fix: str = "") -> Check:
    return Check(group=GROUP, name=name, state=state, found=said, fix=fix)
