"""Shell completion: targets from the files, codes from the rules. No candidates where a file cannot be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from click.shell_completion import CompletionItem

_TARGET = re.compile(r"^(?:id|url):[ \t]+([\"']?)([^\s\"'#]+)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)


def targets_like(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Ids and URLs of the documents at ``--templates``, as their lines have them: nothing is parsed."""
    from click.shell_completion import CompletionItem

    paths = ctx.params.get("templates") or ("templates.d",)
    return [CompletionItem(name) for name in sorted(set(_targets(paths))) if name.startswith(incomplete)]


def codes_like(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Codes, with what they mean where the shell shows it."""
    from click.shell_completion import CompletionItem

    from reconciler.rules.codes import explanations

    return [
        CompletionItem(each.code, help=each.summary)
        for each in explanations().values()
        if each.code.startswith(incomplete.upper())
    ]


def _targets(paths: tuple[str, ...]) -> Iterator[str]:
    from reconciler.core.errors import ReconcilerError
    from reconciler.desired.discovery import Unreadable, find, text_of

    try:
        files = find(paths)
    except ReconcilerError:
        return
    for file in files:
        try:
            text = text_of(file.read()[0])
        except Unreadable:
            continue
        yield from (match[2] for match in _TARGET.finditer(text))
