"""A picture of `growth.json`: seconds of a plan over the records of its log, logarithmic both ways, light and dark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 48, 52
DECADES = (4, 6)
"""Powers of ten at the ends of the axis of records."""
SECONDS = (0.1, 100.0)

_STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 15px; }
.quiet { fill: #57606a; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.line { fill: none; stroke-width: 2.5; }
.before { stroke: #bc4c00; } .before-text { fill: #bc4c00; }
.since { stroke: #0969da; } .since-text { fill: #0969da; }
.page { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .quiet { fill: #8d96a0; } .grid { stroke: #30363d; } .page { fill: #0d1117; }
  .before { stroke: #f0883e; } .before-text { fill: #f0883e; }
  .since { stroke: #58a6ff; } .since-text { fill: #58a6ff; }
}"""


def drawn(figures: Mapping[str, Mapping[str, object]]) -> str:
    """The picture as SVG. ``figures`` has ``before`` and ``since``, each with ``points``: records, seconds, MB."""
    lines = "\n".join((*_axes(), *(part for name in ("before", "since") for part in _line(name, figures))))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"\
 aria-labelledby="title">
<title id="title">Seconds of a plan of 1,000 templates over the records of the audit log, before and since it has\
 several files</title>
<style>
{_STYLE}
</style>
<rect class="page" width="100%" height="100%" rx="6"/>
<text class="title" x="{LEFT}" y="26">A plan of 1,000 templates, over its audit log</text>
{lines}
</svg>
"""


def _axes() -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for power in range(DECADES[0], DECADES[1] + 1):
        x = _x(10**power)
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>'
        yield f'<text class="quiet" x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{10**power:,}</text>'
    for seconds in (0.1, 1, 10, 100):
        y = _y(seconds)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield f'<text class="quiet" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{seconds:g} s</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text class="quiet" x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">records in the log</text>'


def _line(name: str, figures: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    points: Sequence[Sequence[float]] = [one for one in figures[name]["points"] if one[0]]  # type: ignore[attr-defined]
    path = " ".join(f"{_x(one[0]):.1f},{_y(one[1]):.1f}" for one in points)
    yield f'<polyline class="line {name}" points="{path}"/>'
    for one in points:
        x, y = _x(one[0]), _y(one[1])
        yield f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="none" stroke-width="2.5"/>'
    count, seconds, megabytes = points[-1]
    x, y = _x(count) + 10, _y(seconds)
    words = "one file" if name == "before" else "several files"
    yield f'<text class="{name}-text" x="{x:.1f}" y="{y - 4:.1f}">{words}</text>'
    yield f'<text class="quiet" x="{x:.1f}" y="{y + 13:.1f}">{seconds:g} s, {megabytes:,.0f} MB</text>'


def _x(count: float) -> float:
    share = (math.log10(count) - DECADES[0]) / (DECADES[1] - DECADES[0])
    return LEFT + share * (WIDTH - RIGHT - LEFT)


def _y(seconds: float) -> float:
    low, high = (math.log10(one) for one in SECONDS)
    return HEIGHT - BOTTOM - (math.log10(seconds) - low) / (high - low) * (HEIGHT - BOTTOM - TOP)
