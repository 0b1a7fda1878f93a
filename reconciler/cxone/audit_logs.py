"""The tenant's own audit log: where outcomes are delivered (help audit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.wire import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PATH = "/api/v1/audit/logs"
CALL = f"POST {PATH}"
SCOPE = "messaging:write"
FIELDS = ("timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready")


def delivery(record: Mapping[str, Any], key: str) -> Request:
    """The POST that delivers one outcome: its seven fields and nothing else."""
    return Request(
        method="POST",
        path=PATH,
        call=CALL,
        scope=SCOPE,
        body={name: record[name] for name in FIELDS},
        idempotency_key=key,
    )
