"""Lists in pages: ``limit`` up to 500, an opaque cursor that is good for one list only."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from reconciler.sandbox.exchange import Ask, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.model import Json
    from reconciler.sandbox.faults import Faults

MOST = 500
USUAL = 100


def page(
    name: str,
    read: Callable[[str, int], list[dict[str, Json]]],
    faults: Faults,
    ask: Ask,
    left_out: tuple[str, ...] = (),
) -> Reply:
    """One page of the list ``name``; ``read(after, limit)`` gives items by id, ``left_out`` names fields."""
    if name in faults.absent_lists:
        raise Refusal(404, "There is nothing here.")
    if name in faults.forbidden_lists:
        raise Refusal(403, f"These credentials may not list {name}.")
    limit = min(_limit(ask.query.get("limit")), faults.page)
    items = read(_after(name, ask.query.get("cursor")), limit + 1)
    more = len(items) > limit
    shown = [{key: value for key, value in item.items() if key not in left_out} for item in items[:limit]]
    return Reply(
        status=200, body={"items": shown, "next_cursor": _cursor(name, shown[-1]["id"]) if more else None}
    )


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST:
        raise Refusal(400, "The page size cannot be used.", errors=(("limit", f"must be from 1 to {MOST}"),))
    return int(text)


def _cursor(name: str, last: str) -> str:
    return base64.urlsafe_b64encode(f"{name}:{last}".encode()).decode()


def _after(name: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except ValueError:
        text = ""
    start, _, last = text.partition(":")
    if start != name or not last:
        raise Refusal(400, "The cursor cannot be used.", errors=(("cursor", "is not one of this list's"),))
    return last
