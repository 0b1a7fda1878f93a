"""A plan on a tenant that takes its time, and one of many more templates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .processes import tenant
from .table import TEMPLATES, Row, compared, in_turns, planned, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .table import Bench

PAGE_LATENCY = 0.050


def waiting(bench: Bench) -> Iterator[Row]:
    folder = bench.folder(TEMPLATES, 100)
    with tenant(TEMPLATES, "APPROVED", PAGE_LATENCY) as slow, tenant(TEMPLATES, "APPROVED", 0.0) as quick:
        far, near = in_turns(
            bench,
            lambda: planned(bench, folder, slow.environment, 2 * TEMPLATES + 1),
            lambda: planned(bench, folder, quick.environment, 2 * TEMPLATES + 1),
        )
    waits = PAGE_LATENCY * (1 + -(-TEMPLATES // 500))  # a token, and the pages of the longest list
    yield Row(
        name="plan, 50 ms a page / the longer of pages and rest",
        figures=[one.wall / max(waits, other.wall) for one, other in zip(far, near, strict=True)],
        target=1.15,
        note=f"{seconds(far, near)}, pages {waits:.2f} s",
    )


def large(bench: Bench) -> Iterator[Row]:
    folder, more = bench.folder(TEMPLATES, 100), bench.folder(10 * TEMPLATES, 1000)
    fewer = replace(bench, rounds=min(3, bench.rounds))
    with tenant(TEMPLATES, "APPROVED", 0.0) as little, tenant(10 * TEMPLATES, "APPROVED", 0.0) as much:
        many, few = in_turns(
            fewer,
            lambda: planned(bench, more, much.environment, 20 * TEMPLATES + 1),
            lambda: planned(bench, folder, little.environment, 2 * TEMPLATES + 1),
        )
    yield compared(f"plan of {10 * TEMPLATES} / of {TEMPLATES}", (many, few), target=10)
    yield Row(name="  its peak, MB", figures=[one.peak / 1e6 for one in many], target=350)
