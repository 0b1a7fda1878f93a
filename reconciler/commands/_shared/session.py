"""The surroundings of a command that talks to a tenant or the sandbox: options, environment, files, client."""

from __future__ import annotations

import os
import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.audit.fingerprint import fingerprint
from reconciler.commands._shared import provenance, settings
from reconciler.commands._shared.embedded import seeded
from reconciler.commands._shared.progress import PROGRESS
from reconciler.core.canonical import printable
from reconciler.core.errors import InvalidDesired
from reconciler.core.model import Severity
from reconciler.desired import git_base
from reconciler.desired.load import check_secrets, errors, load, target_of
from reconciler.desired.readers import Readers
from reconciler.desired.secrets import Secrets, read
from reconciler.kinds import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    import httpx

    from reconciler.audit.chain import Log
    from reconciler.audit.log import Writer
    from reconciler.audit.records import Run
    from reconciler.commands._shared.terminal import Screen
    from reconciler.core.model import Action, Finding, Plan, SecretRef
    from reconciler.cxone.client import Client
    from reconciler.cxone.connection import Connection
    from reconciler.desired.load import DesiredState
    from reconciler.run.audit_records import DocumentFacts
    from reconciler.run.cancellation import Cancellation

SANDBOX = "sandbox"
SANDBOX_LOG = ".reconciler/sandbox-audit.jsonl"
SANDBOX_STORE = ".reconciler/sandbox.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One command's options and environment, and what is made of them. ``started`` is a monotonic second."""

    screen: Screen
    templates: tuple[str, ...]
    sandbox: bool = False
    audit_log: str | None = None
    retries: int | None = None
    rate: float | None = None
    concurrency: int = 10
    verbose: bool = False
    secrets: Secrets = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secrets", Secrets(self._secret, fingerprint))

    @property
    def log_path(self) -> str:
        """Where the audit log is; the sandbox has one of its own."""
        if self.sandbox:
            return self.audit_log or SANDBOX_LOG
        return settings.audit_log_path(os.environ, self.audit_log)

    @property
    def log_key(self) -> bytes | None:
        """The audit log's key, where one is set; the sandbox's log has none."""
        return None if self.sandbox else settings.log_key(os.environ)

    def log(self) -> Log:
        """The audit log's current file, verified."""
        from reconciler.audit import chain, segments

        PROGRESS.step("Reading the audit log")
        log = chain.read(self.log_path, self.log_key)
        segments.refuse_lost(self.log_path, log)
        return log

    def writing(self) -> AbstractContextManager[Writer]:
        """The audit log, locked for this process."""
        from reconciler.audit.log import writing

        return writing(self.log_path, sleep=time.sleep, warn=self.screen.warn, key=self.log_key)

    @property
    def base_url(self) -> str:
        """Where calls go, as it stands in plans and records."""
        return SANDBOX if self.sandbox else settings.base_url(os.environ)

    @property
    def tenant(self) -> str:
        """Whom plans and records are about: with client credentials the base URL says it."""
        return self.base_url

    def command(self, *words: str) -> str:
        """A command line of this program that goes on where this command was."""
        return shlex.join(("reconciler", *words, *self.again()))

    def again(self) -> tuple[str, ...]:
        """The options that name the same files, tenant and log once more."""
        paths = (f"--templates={path}" for path in self.templates if self.templates != ("templates.d",))
        return (*paths, *self.same_log())

    def same_log(self) -> tuple[str, ...]:
        """Those of them that name the log."""
        given = (f"--audit-log={self.audit_log}",) if self.audit_log else ()
        return (*(("--sandbox",) if self.sandbox else ()), *given)

    def load(
        self, targets: Sequence[str], *, secrets: bool = True, readers: Readers | None = None
    ) -> DesiredState:
        """The desired state with the warnings about secrets. InvalidDesired where an error stands in the way."""
        readers = readers or Readers(self.templates, time.monotonic)  # before progress starts its thread
        PROGRESS.step("Reading the files")
        state = load(
            self.templates,
            today=today(),
            clock=time.monotonic,
            sandbox=self.sandbox,
            targets=targets,
            readers=readers,
        )
        if not self.sandbox and secrets:
            warnings = check_secrets(state, self.secrets.value)
            state = replace(state, findings=tuple(sorted((*state.findings, *warnings), key=_place)))
        if self.sandbox:
            state = replace(state, policy=replace(state.policy, tenants=()))
        if wrong := errors(state.findings):
            raise invalid(wrong, state)
        return state

    def known_targets(self) -> frozenset[str]:
        """Every target that a document names, also where the documents have errors."""
        documents = load(self.templates, today=today(), clock=time.monotonic, sandbox=self.sandbox).documents
        return frozenset(filter(None, map(target_of, documents)))

    def connection(self, *, warn: bool = True) -> Connection:
        """How to reach the tenant. CredentialsError that names every variable that is missing."""
        if self.sandbox:
            from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET

            here = {
                "CXONE_BASE_URL": "http://127.0.0.1",
                "CXONE_CLIENT_ID": CLIENT_ID,
                "CXONE_CLIENT_SECRET": CLIENT_SECRET,
            }
            return settings.connection(
                here, retries=self.retries, rate=self.rate, concurrency=self.concurrency
            )
        connection = settings.connection(
            os.environ, retries=self.retries, rate=self.rate, concurrency=self.concurrency
        )
        if warn:
            self.warn_of_slips()
        return connection

    @contextmanager
    def transport(self, state: DesiredState | None) -> Iterator[httpx.AsyncBaseTransport | None]:
        """The embedded CXone, seeded from the files; None for a real tenant, which the client reaches by itself."""
        if not self.sandbox:
            yield None
            return
        from reconciler.sandbox.inprocess import in_process

        with seeded(SANDBOX_STORE, state) as store:
            yield in_process(store)

    def client(
        self,
        connection: Connection,
        transport: httpx.AsyncBaseTransport | None,
        cancellation: Cancellation | None = None,
    ) -> Client:
        """A client that can only read; ``for_writing`` makes the one that applies, which a ``cancellation`` stops."""
        import asyncio
        import random

        from reconciler.cxone.client import Client

        return Client(
            connection,
            read_only=True,
            secret=self.secrets.value,
            clock=time.monotonic,
            sleep=asyncio.sleep if cancellation is None else cancellation.sleep,
            rng=random.random,
            transport=transport,
            before_write=(lambda: None) if cancellation is None else cancellation.check,
            log=self.screen.say if self.verbose else None,
            watch=PROGRESS.watch,
        )

    def _secret(self, ref: SecretRef) -> str:
        """A secret as it can be read here; on the sandbox an unset one gets a demonstration value."""
        if self.sandbox and not _is_set(ref):
            self.screen.say(f"Sandbox: {ref.name} is not set, a demonstration secret stands in for it.")
            return f"demonstration-secret-for-{ref.name}"
        return read(ref, os.environ)

    def run(self, plan_digest: str | None = None, reason: str | None = None, plan: Plan | None = None) -> Run:
        """What this run's audit records share; of ``plan``'s tenant where the environment need not know it."""
        from secrets import token_hex

        from reconciler.audit.records import Run

        review = provenance.review(os.environ)
        if reason is not None:
            review = {**(review or {}), "reason": printable(reason)}
        return Run(
            run_id=token_hex(8),
            tenant=str(plan.tenant) if plan is not None else self.tenant,
            base_url=str(plan.base_url) if plan is not None else self.base_url,
            operator_id=provenance.operator(os.environ),
            git=provenance.git(os.environ) or git_base.checked_out(),
            review=review,
            now=time.time,
            plan_digest=plan_digest,
        )

    def warn_of_slips(self) -> None:
        """Warn of variables that look misspelt: a log in another place than was meant is a lost log."""
        for said in settings.slips(os.environ) if not self.sandbox else ():
            self.screen.warn(said)

    def warn_unlisted(self, plan: Plan) -> None:
        """Say which lists were refused, and what that means."""
        if plan.unlisted:
            self.screen.warn(
                f"The tenant refuses these credentials the list of {' and '.join(plan.unlisted)} (403): what is there "
                "is taken from the audit log, or not known. Grant messaging:read to see it."
            )

    def refuse_unreadable(self, state: DesiredState, actions: Sequence[Action]) -> None:
        """InvalidDesired where an action needs a secret that cannot be read here (CX005)."""
        if self.sandbox:
            return
        needed = {action.target for action in actions}
        wrong = [found for found in check_secrets(state, self.secrets.value) if found.target in needed]
        if wrong:
            error = InvalidDesired(
                "A webhook's secret cannot be read here, and an action needs it; nothing was written. Set it where "
                "this runs.",
                findings=tuple(replace(found, severity=Severity.ERROR) for found in wrong),
            )
            error.texts = state.texts
            raise error

    def facts(self, state: DesiredState) -> DocumentFacts:
        """What the audit records say of the documents."""
        from reconciler.rules import waivers_in_force
        from reconciler.run.audit_records import DocumentFacts

        documents = {name: document for document in state.documents if (name := target_of(document))}
        return DocumentFacts(
            documents=documents,
            waivers={name: waivers_in_force(document, today()) for name, document in documents.items()},
            flawed={found.target for found in state.findings if found.target and _flaws(found.code)},
            clock=time.monotonic,
        )


def today() -> str:
    """The day, in UTC, as an ISO date."""
    return datetime.now(UTC).date().isoformat()


def targets_of(names: Sequence[str]) -> tuple[str, ...]:
    """``--target`` as the plan knows targets: ids, and normalised URLs."""
    return tuple(sorted({identity(name) for name in names}))


def invalid(wrong: Sequence[Finding], state: DesiredState) -> InvalidDesired:
    """The error that these findings are, with the files' texts for its excerpts."""
    count = "1 error" if len(wrong) == 1 else f"{len(wrong)} errors"
    error = InvalidDesired(
        f"The desired state has {count}; nothing was sent. Fix the files, `reconciler validate` checks them.",
        findings=tuple(wrong),
    )
    error.texts = state.texts
    return error


def _flaws(code: str) -> bool:
    """Whether a finding is about the message itself, not about its waivers."""
    return code.startswith("CX1") and code not in {"CX106", "CX110"}


def _is_set(ref: SecretRef) -> bool:
    return bool(os.environ.get(ref.name)) if ref.source == "env" else os.path.exists(ref.name)


def _place(found: Finding) -> tuple[str, int, int, str]:
    return found.file, found.line, found.column, found.code
