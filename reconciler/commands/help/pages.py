"""The topics' pages in Markdown: ``topics/*.md``, with the tables of what the code knows put in.

A line ``<!-- NAME -->`` in a source stands for the table of that name. Links are relative to ``.github/docs/``.
"""

from __future__ import annotations

import re
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from reconciler.core.errors import UsageProblem
from reconciler.core.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PLACE = re.compile(r"^<!-- ([a-z ]+) -->$", re.MULTILINE)
_SOURCES = files("reconciler.commands.help").joinpath("topics")


def topics() -> tuple[str, ...]:
    """The names of all topics: the files of the folder."""
    return tuple(sorted(file.name.removesuffix(".md") for file in _SOURCES.iterdir()))


def overview() -> str:
    """The topics with their titles."""
    titles = [(f"`{topic}`", _source(topic).partition("\n")[0].removeprefix("# ")) for topic in topics()]
    table = _table(("topic", "about"), titles)
    return (
        f"# Help\n\n{table}\n\n`reconciler help TOPIC` shows a page, `reconciler COMMAND --help` a command's options, "
        "and `reconciler explain CODE` a rule.\n"
    )


def page(topic: str) -> str:
    """A topic's page. UsageProblem, with the nearest, for a name that is none of the topics."""
    if topic not in topics():
        near = nearest(topic, topics())
        meant = f" Did you mean {near}?" if near else ""
        raise UsageProblem(f"Unknown topic: {topic}.{meant} The topics are {', '.join(topics())}.")
    return _PLACE.sub(lambda place: _TABLES[place[1]](), _source(topic))


def _source(topic: str) -> str:
    return _SOURCES.joinpath(f"{topic}.md").read_text("utf-8")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _exit_codes() -> str:
    from reconciler.commands._shared.exit_codes import EXIT_CODES

    return _table(("code", "means"), ((f"`{each.code}`", each.means) for each in EXIT_CODES))


def _variables() -> str:
    from reconciler.commands._shared.settings import VARIABLES

    return _table(("variable", "meaning"), ((f"`{name}`", meaning) for name, meaning in VARIABLES.items()))


def _rules(*, waivable: bool) -> str:
    from reconciler.rules import discover
    from reconciler.rules.codes import explanations

    rows = (
        (each.code, each.name, str(each.severity), each.summary.removesuffix("."))
        for each in explanations().values()
        if (each.code in discover()) == waivable
    )
    return _table(("code", "name", "default", "finds"), rows)


_TABLES: dict[str, Callable[[], str]] = {
    "exit codes": _exit_codes,
    "variables": _variables,
    "compliance rules": partial(_rules, waivable=True),
    "loading codes": partial(_rules, waivable=False),
}
