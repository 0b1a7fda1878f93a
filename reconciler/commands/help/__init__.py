"""``reconciler help``: the reference, a page for each topic, from the same source as the pages in ``.github/docs/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands._shared import options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _topics_like(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from click.shell_completion import CompletionItem

    from reconciler.commands.help.pages import topics

    return [CompletionItem(topic) for topic in topics() if topic.startswith(incomplete)]


@click.command(short_help="Show the reference, topic by topic.")
@click.argument("topic", required=False, shell_complete=_topics_like)
@options.formatted("text", "markdown", "json")
def help_(topic: str | None, format_: str, color: str) -> int:
    """Show what the reference says on TOPIC: exit codes, variables, rules and more. Without one, list the topics.

    \b
    reconciler help exit-codes
    reconciler help rules --format markdown
    """
    from reconciler.commands.help.pages import overview, page
    from reconciler.outputs._results import Page

    text = page(topic) if topic else overview()
    options.screen_of(format_, color).show(Page(topic=topic, markdown=text))
    return 0


COMMAND = help_
