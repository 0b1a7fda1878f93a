"""A page of the reference as blocks: headings, paragraphs, lists, fences and tables of the Markdown it is written in.

A table whose first columns are short stands in columns; any other is a list, the first cell over the rest of its row.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.outputs._blocks import Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans

    Block = Spans | Paragraph

_INLINE = re.compile(r"(?P<code>`[^`]+`)|\*\*(?P<strong>[^*]+)\*\*|\[(?P<words>[^]]+)\]\((?P<to>[^)]+)\)")
_ITEM = re.compile(r"- |\d+\. ")
_FENCE = re.compile(r"^```\w*\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
_CELLS = re.compile(r"(?<!\\)\|")


def blocks(markdown: str, look: Look) -> Iterator[Block]:
    """The page, one block after the other."""
    for number, part in enumerate(_FENCE.split(markdown)):
        if number % 2:
            for line in part.splitlines():
                yield [(f"    {line}", "code")]
        else:
            yield from _prose(part, look)


def _prose(part: str, look: Look) -> Iterator[Block]:
    for kind, lines in groupby(_joined(part), _kind):
        if kind == "table":
            yield from _table([_row(line) for line in lines], look)
            continue
        for line in lines:
            if kind == "heading":
                yield [(line.lstrip("# "), "strong")]
            elif kind == "item":
                mark = line[: line.index(" ") + 1]
                yield Paragraph(label=[(mark, "")], spans=inline(line[len(mark) :]), hang=len(mark))
            else:
                yield Paragraph(spans=inline(line), hang=0) if line else []


def _kind(line: str) -> str:
    kinds = {"#": "heading", "|": "table"}
    return kinds.get(line[:1]) or ("item" if _ITEM.match(line) else "paragraph")


def _joined(part: str) -> Iterator[str]:
    """Each paragraph and item on one line, as it has no line breaks of its own."""
    open_: list[str] = []
    for line in part.splitlines():
        if open_ and line and _kind(line) == "paragraph":
            open_.append(line.strip())
            continue
        yield from [" ".join(open_)] if open_ else []
        open_ = []
        if not line or _kind(line) in {"heading", "table"}:
            yield line
        else:
            open_.append(line)
    yield from [" ".join(open_)] if open_ else []


def inline(text: str) -> Spans:
    """The spans of a line: code keeps its backticks, a link says where it leads."""
    spans: Spans = []
    at = 0
    for found in _INLINE.finditer(text):
        spans.append((text[at : found.start()], ""))
        at = found.end()
        if found["code"]:
            spans.append((found["code"], "code"))
        elif found["strong"]:
            spans.append((found["strong"], "strong"))
        else:
            spans += [*inline(found["words"]), *_leads(found["to"])]
    spans.append((text[at:], ""))
    return [span for span in spans if span[0]]


def _leads(to: str) -> Spans:
    if to.startswith("http"):
        return [(f" ({to})", "dim")]
    if to.startswith("#"):
        return []
    name = to.partition("#")[0]
    if "/" in name or name == "workflow-trust.md":
        return [(f" ({name.rpartition('/')[2]} in the repository)", "dim")]
    return [(" (", "dim"), (f"`reconciler help {name.removesuffix('.md')}`", "code"), (")", "dim")]


def _row(line: str) -> tuple[Spans, ...]:
    return tuple(inline(cell.strip().replace(r"\|", "|")) for cell in _CELLS.split(line)[1:-1])


def _table(rows: Sequence[tuple[Spans, ...]], look: Look) -> Iterator[Block]:
    head, _, *body = rows
    names = [_plain(cell) for cell in head]
    widths = [max(len(_plain(row[at])) for row in (head, *body)) + 2 for at in range(len(head) - 1)]
    if sum(widths) <= look.width // 2:
        yield from _columns([[(name, "dim")] for name in names], body, widths)
        return
    for row in body:
        yield Paragraph(spans=[(_plain(row[0]), "strong")], hang=4)
        for name, cell in zip(names[1:], row[1:], strict=True):
            if cell:
                label = f"    {name:<{max(map(len, names[1:]))}}  " if len(names) > 2 else "    "
                yield Paragraph(label=[(label, "dim")], spans=cell, hang=len(label))


def _columns(
    head: Sequence[Spans], body: Sequence[tuple[Spans, ...]], widths: Sequence[int]
) -> Iterator[Block]:
    for row in (head, *body):
        label: Spans = []
        for at, (cell, width) in enumerate(zip(row[:-1], widths, strict=True)):
            style = "dim" if row is head else "strong" if at == 0 else ""
            label.append((f"{_plain(cell):<{width}}", style))
        yield Paragraph(label=label, spans=row[-1], hang=sum(widths))


def _plain(cell: Spans) -> str:
    """A name in a table, without the backticks around it where it is all that there is."""
    return "".join(text for text, _ in cell).replace("`", "")
