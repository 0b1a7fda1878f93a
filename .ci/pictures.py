"""Draw `.github/pictures/`: the plan and the report of `reconciler demo`, as a terminal shows them, light and dark."""

import os
import re
import subprocess
import sys
from html import escape
from pathlib import Path

from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parents[1] / ".github" / "pictures"
COLUMNS = 108
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
ROWS = 24
CONSOLE = Console(width=COLUMNS)
WIDTH, HEIGHT, MARGIN = 7.8, 18, 18  # of a character at 13 px, of a line, around all
PARTS = {
    "plan": (4, "a plan: the text as customers will get it, what is live now, and what would be done"),
    "report": (7, "a report: who approved which text when, from the audit log alone"),
}
"""Each picture's scene in the demo, and what it shows in words."""
LOOKS = {
    "light": {
        "back": "#ffffff",
        "": "#1f2328",
        "color(2)": "#1a7f37",
        "color(1)": "#b42318",
        "color(3)": "#7d5700",
        "dim": "#57606a",
    },
    "dark": {
        "back": "#0d1117",
        "": "#e6edf3",
        "color(2)": "#3fb950",
        "color(1)": "#ff7b72",
        "color(3)": "#d29922",
        "dim": "#9198a1",
    },
}


def demo() -> str:
    """All that the demo prints, in colour."""
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TZ": "UTC"}
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", "demo", "--fast", "--color", "always"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return ran.stdout.decode("utf-8")


def scene(printed: str, number: int) -> list[Text]:
    """One scene's command and what it prints, in lines; what differs from run to run is given a fixed value."""
    heading = rf"\x1b\[1m{number}\. [^\n]*\n"
    part = re.split(heading, printed)[1].partition("Exit code")[0]
    command = part.index("$ reconciler")
    lines = ("$ " + part[command + 2 :]).rstrip().splitlines()
    return [row for line in shortened(lines) for row in folded(Text.from_ansi(steady(line)))]


def shortened(lines: list[str]) -> list[str]:
    """What is longer than a screen without its middle."""
    return lines if len(lines) <= ROWS else [*lines[: ROWS - 4], "", "…", "", *lines[-1:]]


def folded(line: Text) -> list[Text]:
    """A line as a terminal folds it."""
    return list(line.divide(range(COLUMNS, len(line), COLUMNS)))


def steady(line: str) -> str:
    """A line with the port, times and digests of nobody's run."""
    line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", line)
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-20 10:00:00", line)
    line = re.sub(r"\b\d+ ms", "97 ms", line)
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "4f7a" * 16, line)


def drawn(lines: list[Text], look: dict[str, str], title: str) -> str:
    """The lines as an SVG that loads nothing: text in spans, one colour a span."""
    width = round(COLUMNS * WIDTH + 2 * MARGIN)
    height = len(lines) * HEIGHT + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + 13 + HEIGHT * number}">{"".join(spans(line, look))}</text>'
        for number, line in enumerate(lines)
        if line.plain.strip()
    ]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    frame = f'fill="{look["back"]}" stroke="{look["dim"]}" stroke-opacity=".4"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
            f'<rect width="100%" height="100%" rx="8" {frame}/>',
            f'<g font-family="{FONTS}" font-size="13" fill="{look[""]}" xml:space="preserve">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def spans(line: Text, look: dict[str, str]) -> list[str]:
    """The pieces of a line, each placed by its column, so that no font can shift what stands beside it."""
    found = []
    for at, char in enumerate(line.plain):
        style = line.get_style_at_offset(CONSOLE, at)
        color = style.color.name if style.color else "dim" if style.dim else ""
        marks = ' font-weight="bold"' if style.bold else ""
        marks += ' text-decoration="line-through"' if style.strike else ""
        fill = look.get(color, look[""])
        key = (fill, marks)
        if found and found[-1][0] == key and char != " ":
            found[-1][2].append(char)
        elif char != " ":
            found.append([key, at, [char]])
        elif found:
            found.append([None, at, []])
    return [_span(at, "".join(text), *key) for key, at, text in found if key]


def _span(at: int, text: str, fill: str, marks: str) -> str:
    place = f'x="{MARGIN + at * WIDTH:g}" textLength="{len(text) * WIDTH:g}"'
    return f'<tspan {place} fill="{fill}"{marks}>{escape(text)}</tspan>'


def pictures(printed: str) -> dict[str, str]:
    """Each file's text by its name."""
    return {
        f"{name}-{look}.svg": drawn(scene(printed, number), LOOKS[look], title)
        for name, (number, title) in PARTS.items()
        for look in LOOKS
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pictures(demo()).items():
        (FOLDER / name).write_text(text, encoding="utf-8")
