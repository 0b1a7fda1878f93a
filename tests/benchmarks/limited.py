"""An apply on a tenant that takes so many requests a second, and says so only by its refusals, or by headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .processes import RECONCILER, run, tenant
from .table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .table import Bench

APPLIED = 1000
LATENCY = 0.050
LIMIT = 100


def limited(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(APPLIED, 10)
    for how in ("refusals", "headers"):
        log = bench.at / f"audit-{how}.jsonl"
        command = [*RECONCILER, "apply", "--yes", "--templates", str(folder), "--audit-log", str(log)]
        with tenant(APPLIED, "PENDING", LATENCY, limit=LIMIT, told=how) as live:
            ran = run(command, expect=f"Done: {2 * APPLIED} applied", env=live.environment)
            counts = live.counts()
        refused, sending, taken = counts.get("429", 0), counts["ms"] / 1000, counts["taken"]
        yield Row(
            name=f"apply, {LIMIT} requests a second, by {how}: time / least",
            figures=[sending * LIMIT / taken],
            target=1 / 0.97,
            note=f"{taken / LIMIT / sending:.1%} of the limit, in the {sending:.1f} s from the first template's first "
            f"request to the last; the process took {ran.wall:.1f} s",
        )
        note = f"{refused} of {taken + refused}"
        yield Row(name="  of 100 requests, refused", figures=[100 * refused / taken], target=0.5, note=note)
