"""Everything that can stop a run, sorted by what the reader has to do next.

    ReconcilerError            exit 1   read the message, fix the cause, run again
    ├── UsageProblem           exit 64  call it differently
    ├── InvalidDesired         exit 1   fix the files: the findings say where
    ├── MissingTemplates       exit 1   create the templates in the tenant, or fix the ids
    ├── BadPlanFile            exit 1   make the plan file anew
    ├── BrokenAuditLog         exit 1   find out who changed the audit log
    ├── AuditLogBusy           exit 1   wait for the other run
    ├── TenantError            exit 1   a call to the tenant failed: the message names it
    │   ├── CredentialsError   exit 1   fix client id, secret or scopes
    │   ├── WrongShape         exit 1   the tenant's answer has another shape than the API's
    │   └── Unreachable        exit 1   no answer in the attempts allowed
    ├── StaleReview            exit 4   plan and review again
    ├── Refused                exit 5   a guard: give its flag, or think again
    ├── EndedEarly             exit 3   read the message, then run again: it goes on
    ├── Unprinted              exit 1   look to stdout, then run again
    ├── Bug                    exit 1   report it
    └── Interrupted            exit 130

A message is one paragraph: a short fixed summary, then what, why and what to do. No secret is ever in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Finding


class ReconcilerError(Exception):
    """The root. ``exit_code`` is the process's (help exit-codes)."""

    exit_code = 1

    def __init__(self, message: str, *, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.findings = findings
        self.texts: Mapping[str, str] = {}
        """The files' texts by name, for the findings' excerpts."""


class UsageProblem(ReconcilerError):
    """The command line contradicts itself or its surroundings."""

    exit_code = 64


class InvalidDesired(ReconcilerError):
    """The desired state has findings of severity error; they are in ``findings``."""


class MissingTemplates(ReconcilerError):
    """Templates in the files that the tenant does not have, all of them."""


class BadPlanFile(ReconcilerError):
    """A plan file that cannot be read, is of another version or tenant, or does not match its digest."""


class BrokenAuditLog(ReconcilerError):
    """A record of the audit log was changed, removed or reordered, or the log cannot be read or written."""


class AuditLogBusy(ReconcilerError):
    """Another process on this machine is writing the audit log."""


class TenantError(ReconcilerError):
    """A call to the tenant failed."""


class CredentialsError(TenantError):
    """No token, a refused one, or one without a scope that is needed."""


class WrongShape(TenantError):
    """An answer that is not JSON, too large, or lacks what the API's objects have."""


class Unreachable(TenantError):
    """No usable answer within the attempts allowed."""


class StaleReview(ReconcilerError):
    """What was reviewed has moved; nothing was written."""

    exit_code = 4


class Refused(ReconcilerError):
    """A guard refuses; nothing was written."""

    exit_code = 5


class EndedEarly(ReconcilerError):
    """An error after something was written: what was not begun is not done."""

    exit_code = 3


class Unprinted(ReconcilerError):
    """The result could not be printed; ``gone``: whoever read it has left. After a write it is an EndedEarly."""

    def __init__(self, message: str, *, gone: bool) -> None:
        super().__init__(message)
        self.gone = gone


class Bug(ReconcilerError):
    """A mistake of the tool's own, made a sentence."""

    def __init__(self, mistake: BaseException) -> None:
        super().__init__(
            f"This is a bug in reconciler {__version__}: {type(mistake).__name__}. What was done is in the audit log. "
            "Run again with -v, and report what it prints."
        )


class Interrupted(ReconcilerError):
    """SIGINT, SIGTERM or SIGHUP. The message says what was done."""

    exit_code = 130

    def __init__(self, message: str = "Interrupted: nothing was done.") -> None:
        super().__init__(message)
