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
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=codes_like)
@options.formatted("text", "json")
def explain(codes: tuple[str, ...], format_: str, color: str) -> int:
    """Explain findings by their CODE: why, an example that fails, one that passes, the source. No CODE lists them.

    \b
    reconciler explain CX103
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


def _known(codes: Sequence[str]) -> tuple[Explanation, ...]:
    """The explanations of the codes, each once, in the order given; an error that names every unknown one."""
    from reconciler.core.errors import ReconcilerError
    from reconciler.outputs._wording import visible
    from reconciler.rules.codes import explanations, nearest

    known = explanations()
    unknown = []
    for code in dict.fromkeys(codes):
        if code.upper() not in known:
            near = nearest(code)
            unknown.append(visible(code) + (f" (did you mean {near}?)" if near else ""))
    if unknown:
        raise ReconcilerError(
            f"Unknown code: there is no {', no '.join(unknown)}. `reconciler explain` lists all codes."
        )
    return tuple(known[code] for code in dict.fromkeys(code.upper() for code in codes))


def _show(wanted: Sequence[Explanation], color: str) -> None:
    """Paragraphs under a heading; bold where a terminal, or ``--color``, has it so."""
    import os

    ansi = {"always": True, "never": False}.get(color, False if os.environ.get("NO_COLOR") else None)
    for number, each in enumerate(wanted):
        heading = click.style(f"{each.code} {each.name}", bold=True)
        click.echo(f"{'' if number == 0 else chr(10)}{heading} ({each.severity})\n\n{each.text}", color=ansi)


def _show_json(wanted: Sequence[Explanation]) -> None:
    import json

    from reconciler.core.plan_json import FORMAT_VERSION

    rules = [
        {"code": each.code, "name": each.name, "severity": str(each.severity), "text": each.text}
        for each in wanted
    ]
    shape = {"format_version": FORMAT_VERSION, "rules": rules}
    click.echo(json.dumps(shape, ensure_ascii=False, indent=2))


COMMAND = explain
