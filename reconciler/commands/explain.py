"""``reconciler explain``: what a code means, why it is there, and how to fix what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands._shared import options
from reconciler.commands._shared.complete import codes_like

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.rules.codes import Explanation


@click.command(short_help="Say why a rule is there, and how to comply.")
@click.argument("codes", nargs=-1, metavar="[CODE|NAME]...", shell_complete=codes_like)
@options.formatted("text", "json")
def explain(codes: tuple[str, ...], format_: str, color: str) -> int:
    """Explain findings by CODE or NAME: why, an example that fails, one that passes, the source. Without, list them.

    \b
    reconciler explain CX103
    reconciler explain opt-out
    reconciler explain CX101 CX105 --format json
    """
    from reconciler.rules.codes import explanations

    wanted = _known(codes) if codes else tuple(explanations().values())
    if format_ == "json":
        _show_json(wanted)
    elif codes:
        _show(wanted, color)
    else:
        for each in wanted:
            click.echo(f"{each.code}  {each.severity:<7}  {each.name:<16}  {each.summary}")
    return 0


def _known(wanted: Sequence[str]) -> tuple[Explanation, ...]:
    """The explanations of codes and names, each once, in the order given; an error that names every unknown one."""
    from reconciler.core.errors import ReconcilerError
    from reconciler.outputs._wording import visible
    from reconciler.rules.codes import explanations, nearest

    known = explanations()
    codes = {**{code.lower(): code for code in known}, **{each.name: each.code for each in known.values()}}
    unknown = []
    for word in dict.fromkeys(wanted):
        if word.lower() not in codes:
            near = nearest(word)
            unknown.append(visible(word) + (f" (did you mean {near}?)" if near else ""))
    if unknown:
        raise ReconcilerError(
            f"Unknown rule: there is no {', no '.join(unknown)}. `reconciler explain` lists all codes and names."
        )
    return tuple(known[code] for code in dict.fromkeys(codes[word.lower()] for word in wanted))


def _show(wanted: Sequence[Explanation], color: str) -> None:
    """Paragraphs under a heading, as wide as the terminal; bold where a terminal, or ``--color``, has it so."""
    import os
    import shutil
    import sys

    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None
    ansi = {"always": True, "never": False}.get(color, False if os.environ.get("NO_COLOR") else None)
    for number, each in enumerate(wanted):
        heading = click.style(f"{each.code} {each.name}", bold=True)
        text = each.text if width is None else _wrapped(each, width)
        click.echo(f"{'' if number == 0 else chr(10)}{heading} ({each.severity})\n\n{text}", color=ansi)


def _wrapped(each: Explanation, width: int) -> str:
    """The prose filled to the width; examples, whose lines are set in or begin with a label, as they are."""
    from textwrap import fill

    width = max(width, 20)
    return "\n\n".join(
        part
        if part.startswith(("Fails", "Passes")) or "\n " in part
        else fill(" ".join(part.split()), width, break_long_words=False, break_on_hyphens=False)
        for part in each.paragraphs
    )


def _show_json(wanted: Sequence[Explanation]) -> None:
    import json

    from reconciler.core.plan_json import OUTPUT_VERSION

    rules = [
        {"code": each.code, "name": each.name, "severity": str(each.severity), "text": each.text}
        for each in wanted
    ]
    shape = {"format_version": OUTPUT_VERSION, "rules": rules}
    click.echo(json.dumps(shape, ensure_ascii=False, indent=2))


COMMAND = explain
