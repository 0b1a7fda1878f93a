"""The steps of ``doctor``: settings, files, audit log and tenant are checked, each whatever the others show."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.audit.inspection import inspect
from reconciler.audit.memory import remember
from reconciler.commands._shared import settings
from reconciler.commands._shared.loop import loop
from reconciler.commands._shared.progress import PROGRESS
from reconciler.commands._shared.session import today
from reconciler.commands.doctor import audit_log, surroundings, tenant
from reconciler.commands.doctor.examine import examine, unasked
from reconciler.core.errors import ReconcilerError
from reconciler.desired.load import check_secrets, load
from reconciler.kinds import conditional
from reconciler.outputs._results import Check, Examined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands._shared.session import Session
    from reconciler.desired.load import DesiredState


_KEYS = {"RECONCILER_LOG_KEY", "RECONCILER_LOG_KEY_FILE"}
"""Where one of these cannot be used, that is said of it, and the log is looked at without a key."""


def examined(session: Session) -> Examined:
    """The report of all checks."""
    if session.retries is None and not os.environ.get("RECONCILER_RETRIES"):
        session = replace(
            session, retries=1
        )  # whoever looks for a fault does not want to wait until it goes away
    url, failure = _base_url(session)
    state, files = _files(session, url)
    checks = (
        *_settings(session, state, url, failure),
        *_tenant(session, state),
        *files,
        *_audit_log(session, url),
    )
    return Examined(base_url=url, checks=checks)


def _base_url(session: Session) -> tuple[str | None, str]:
    """The base URL, or why there is none."""
    try:
        return session.base_url, ""
    except ReconcilerError as failure:
        missing = not any(os.environ.get(name, "").strip() for name in ("CXONE_BASE_URL", "CXONE_ORG"))
        return None, "neither CXONE_BASE_URL nor CXONE_ORG is set" if missing else failure.message


def _settings(session: Session, state: DesiredState | None, url: str | None, failure: str) -> Iterator[Check]:
    strangers = settings.unknown(os.environ)
    for _, ref in state.with_secret() if state is not None else ():
        if ref.source == "env":
            strangers.pop(ref.name, None)
    if session.sandbox:
        yield surroundings.base_url(url, "--sandbox", failure, both=False)
        yield from surroundings.unknown(strangers)
        return
    given = [name for name in ("CXONE_BASE_URL", "CXONE_ORG") if os.environ.get(name, "").strip()]
    yield surroundings.base_url(url, next(iter(given), ""), failure, both=len(given) > 1)
    flaws = settings.flaws(os.environ)
    secret = [flaws.pop(name, "") for name in ("CXONE_CLIENT_SECRET", "CXONE_CLIENT_SECRET_FILE")]
    missing = [name for name in settings.missing(os.environ) if "CXONE_ORG" not in name]
    yield surroundings.credentials(missing, secret[0] or secret[1])
    yield from surroundings.values(flaws)
    yield from surroundings.unknown(strangers)
    if url is not None:
        from reconciler.cxone.proxy import proxy_of

        yield surroundings.proxy(proxy_of(url))


def _tenant(session: Session, state: DesiredState | None) -> tuple[Check, ...]:
    try:
        connection = session.connection()
    except ReconcilerError:
        why = "not tried: settings are missing or wrong, see above"
        return (tenant.token_untried(why), *unasked(why))
    managed = (
        next((one for one in state.desired() if one.kind == conditional().name), None)
        if state is not None
        else None
    )

    where = "the embedded CXone" if session.sandbox else connection.token_url

    PROGRESS.step("Asking the tenant")

    async def ask() -> tuple[Check, ...]:
        with session.transport(state) as transport:
            async with session.client(connection, transport) as client:
                return await examine(client, token_url=where, asked=connection.scopes, managed=managed)

    try:
        return loop(ask())
    except ReconcilerError as failure:
        return (tenant.token(where, failure.message), *unasked("not tried: see above"))


def _files(session: Session, url: str | None) -> tuple[DesiredState | None, tuple[Check, ...]]:
    try:
        state = load(session.templates, today=today(), clock=time.monotonic, sandbox=session.sandbox)
    except ReconcilerError as failure:
        return None, (surroundings.no_documents(failure.message),)
    checks = [surroundings.documents(session.templates, len(state.documents), state.findings)]
    if not session.sandbox:
        webhooks = sum(1 for _ in state.with_secret())
        checks += surroundings.secrets(webhooks, check_secrets(state, session.secrets.value))
        checks.append(surroundings.tenants(state.policy.tenants, url))
    return state, tuple(checks)


def _audit_log(session: Session, url: str | None) -> Iterator[Check]:
    path = session.log_path
    usable = session.sandbox or not settings.flaws(os.environ).keys() & _KEYS
    found = inspect(path, session.log_key if usable else None)
    log = found.log
    yield audit_log.chain(
        path,
        log.count if log is not None else 0,
        missing=log is not None and log.missing,
        torn=log is not None and bool(log.torn),
        broken=found.broken,
        sandbox=session.sandbox,
    )
    yield audit_log.writable(found.obstacle, busy=found.busy)
    if log is not None and url is not None:
        urls = Counter(record["tenant"] for record in log.records if record.get("tenant"))
        remembered = remember(log.records, url)
        yield from audit_log.memory(
            url, urls, undelivered=len(remembered.undelivered), begun=len(remembered.open_intents)
        )
