"""Outcomes to the tenant's audit log, at least once (help audit)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import TENANT, lost, no, ok, record

from reconciler.audit.chain import read
from reconciler.audit.delivery import deliver
from reconciler.audit.log import writing
from reconciler.audit.memory import remember
from reconciler.audit.records import Run
from reconciler.core.errors import CredentialsError
from reconciler.core.wire import Response

if TYPE_CHECKING:
    from reconciler.core.wire import Request

RUN = Run(run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.0)
SEVEN = {
    "timestamp": "2026-11-23T00:00:00.000Z",
    "action": "A2P_REGISTRATION",
    "status": "applied",
    "latency_ms": 5,
    "operator_id": "ada",
    "carrier_ready": True,
}


@dataclass
class Tenant:
    """A tenant's audit log: what it was sent, and what it answers in turn, then 201."""

    answers: list[Response | Exception] = field(default_factory=list)
    received: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        self.received.append(request)
        answer = self.answers.pop(0) if self.answers else ok(None, 201)
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def log(tmp_path):
    """A path, and a function that delivers to a tenant what the log there holds as undelivered."""

    @dataclass
    class Scene:
        path: str = str(tmp_path / "audit.jsonl")

        def write(self, *targets: str) -> None:
            records = [
                record("outcome", phase="a2p", target=name, template_id=name, outcome="applied", **SEVEN)
                for name in targets
            ]
            with writing(self.path, sleep=lambda _: None, warn=lambda _: None) as writer:
                writer.append(records)

        def left(self) -> list[str]:
            records = read(self.path).records
            return [one["target"] for one in remember(records, TENANT).undelivered.values()]

        def run(self, tenant: Tenant, attempts: int = 3, concurrency: int = 2):
            with writing(self.path, sleep=lambda _: None, warn=lambda _: None) as writer:
                outcomes = list(remember(writer.log.records, TENANT).undelivered.values())
                return asyncio.run(
                    deliver(outcomes, tenant, writer, RUN, attempts=attempts, concurrency=concurrency)
                )

    return Scene()


def test_the_seven_fields_and_nothing_else_are_delivered(log) -> None:
    """No fingerprint, no git, no memory leaves with them; each POST has its own key."""
    log.write("tmpl_a", "tmpl_b")
    tenant = Tenant()
    delivery = log.run(tenant)
    assert (delivery.delivered, delivery.left, delivery.warning) == (2, 0, None)
    assert [(one.method, one.path) for one in tenant.received] == [("POST", "/api/v1/audit/logs")] * 2
    assert [one.body for one in tenant.received] == [
        {**SEVEN, "template_id": "tmpl_a"},
        {**SEVEN, "template_id": "tmpl_b"},
    ]
    keys = [one.idempotency_key for one in tenant.received]
    assert len(set(keys)) == 2
    assert all(keys)


def test_what_was_delivered_is_recorded_and_not_sent_again(log) -> None:
    """The next run has nothing to send, and appends nothing."""
    log.write("tmpl_a", "tmpl_b")
    log.run(Tenant())
    assert log.left() == []
    count = len(read(log.path).records)
    again = Tenant()
    assert log.run(again).warning is None
    assert again.received == []
    assert len(read(log.path).records) == count


@pytest.mark.parametrize(
    "answer",
    [ok(None, 300), Response(status=199), no(500), no(403), no(404), CredentialsError("no token")],
    ids=str,
)
def test_what_could_not_be_delivered_is_a_warning_and_sent_by_the_next_run(log, answer) -> None:
    """The first that fails ends it; the key stays the same, so a tenant that honours keys has it once."""
    log.write("tmpl_a", "tmpl_b", "tmpl_c")
    tenant = Tenant([ok(None, 201), answer])
    delivery = log.run(tenant, concurrency=1)
    assert (delivery.delivered, delivery.left) == (1, 2)
    assert "2 audit records" in (delivery.warning or "")
    assert "audit publish" in (delivery.warning or "")
    assert log.left() == ["tmpl_b", "tmpl_c"]
    later = Tenant()
    assert log.run(later).left == 0
    assert later.received[0].idempotency_key == tenant.received[1].idempotency_key
    assert log.left() == []


def test_a_lost_answer_is_sent_again_with_the_same_key(log) -> None:
    """At least once: it cannot be looked up."""
    log.write("tmpl_a")
    tenant = Tenant([lost(), lost(503)])
    assert log.run(tenant).left == 0
    assert len(tenant.received) == 3
    assert len({one.idempotency_key for one in tenant.received}) == 1
    assert [one.attempt for one in tenant.received] == [0, 1, 2]


def test_of_several_that_fail_the_first_is_told(log) -> None:
    """They were under way at once; what was sent meanwhile is recorded."""
    log.write(*"abcd")
    tenant = Tenant([no(403), ok(None, 201), no(404), no(500)])
    delivery = log.run(tenant, concurrency=4)
    assert (delivery.delivered, delivery.left, len(tenant.received)) == (1, 3, 4)
    assert "answered 403" in (delivery.warning or "")


def test_deliveries_are_bounded(log) -> None:
    """So many attempts, then a warning; one record reads as one."""
    log.write("tmpl_a")
    tenant = Tenant([lost()] * 9)
    delivery = log.run(tenant, attempts=2)
    assert (len(tenant.received), delivery.left) == (2, 1)
    assert "1 audit record was" in (delivery.warning or "")
    assert log.left() == ["tmpl_a"]


def test_a_delivery_that_cannot_be_recorded_is_made_again(log, tmp_path) -> None:
    """The tenant has it and the log does not know: the next run sends it once more, under its key."""
    log.write("tmpl_a")
    records = read(log.path).records
    first = Tenant()
    with writing(log.path, sleep=lambda _: None, warn=lambda _: None) as writer:
        whole = Path(log.path).rename(tmp_path / "moved.jsonl")
        asyncio.run(deliver(records, first, writer, RUN, attempts=1, concurrency=1))
    whole.rename(log.path)
    assert log.left() == ["tmpl_a"]
    second = Tenant()
    log.run(second)
    assert second.received[0].idempotency_key == first.received[0].idempotency_key


def test_nothing_to_deliver_sends_nothing(log) -> None:
    """An empty log stays as it is."""
    tenant = Tenant()
    assert log.run(tenant).delivered == 0
    assert tenant.received == []
    assert read(log.path).missing
