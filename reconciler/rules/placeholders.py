"""Placeholders, their budgets and their braces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.core.sms import PLACEHOLDER
from reconciler.core.suggest import nearest
from reconciler.rules._base import Context, Hit, listed, quoted, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_BRACES = re.compile(r"\{{2,}[^{}]*\}{2,}|\{{2,}|\}{2,}")


@rule("CX107", "placeholder", Severity.WARNING, kinds=("Template",))
def placeholder(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """A placeholder without a budget, or a budget without a placeholder.

    What: each `{{placeholder}}` in `content` should have an entry in `variables` that says how long its value
    may be and in which characters. Without one, the placeholder is counted as it is written, braces included.

    Why: the length that counts is that of the message as it is sent. A name of 40 letters, or one with an
    accent that GSM-7 lacks, can double the segments of a template that looked short. A budget that no
    placeholder uses is mostly a placeholder that was misspelt.

    How to fix: declare the budget, `variables: {date: {max_length: 12}}`, and keep to it in the system that
    fills the template in. Remove a budget that nothing uses.

    Waive it: say where the length of the value is held, if not here.

    Fails:   content: "See you {{date}}. Reply STOP to opt out.", and no variables
    Passes:  the same with variables: {date: {max_length: 12}}
    """
    content = text(document, "content")
    budgets = document.body.get("variables") or {}
    if content is None or not (budgets or "{{" in content):
        return
    first: dict[str, int] = {}
    for match in PLACEHOLDER.finditer(content):
        first.setdefault(match[1], match.start())
    spare = [name for name in budgets if name not in first]
    for name, offset in first.items():
        if name not in budgets:
            yield Hit(_unbudgeted(name, spare), ("content",), offset=offset)
    for name in spare:
        known = f"it has {listed(sorted(first))}" if first else "it has no placeholder"
        yield Hit(
            f"Budget without a placeholder. The content has no {{{{{quoted(name)[1:-1]}}}}}; {known}. "
            "Remove the budget or correct its name.",
            ("variables", name),
            key=True,
        )


def _unbudgeted(name: str, spare: list[str]) -> str:
    near = nearest(name, spare)
    hint = f" Did you mean {quoted(near)}, which has a budget?" if near else ""
    return (
        f"Placeholder without a budget. {{{{{name}}}}} is counted as it is written, whatever is sent in "
        f"its place: declare 'variables: {{{name}: {{max_length: …}}}}'.{hint}"
    )


@rule("CX111", "braces", Severity.ERROR, kinds=("Template",))
def braces(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """Double braces that are no placeholder.

    What: a placeholder is `{{ name }}`: two braces on either side, blanks if you like, and a name of ASCII
    letters, digits and _ that does not begin with a digit. Everything else with `{{` or `}}` is malformed:
    one that is not closed, an empty or nested one, three braces, a name with a hyphen or a dot.

    Why: what the sending system does not recognise it sends as it is, and customers read "Dear
    {{first-name}}". Nor can its length be counted.

    How to fix: close the braces, and name the placeholder as the sending system knows it. Single braces are
    another system's (CX115).

    Waive it: say that the braces are meant, and how the text looked on a phone.

    Fails:   content: "Dear {{first-name}}, your order is here. Reply STOP to opt out."
    Passes:  content: "Dear {{first_name}}, your order is here. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None or not ("{{" in content or "}}" in content):
        return
    rest = PLACEHOLDER.sub(".", content)
    if "{{" not in rest and "}}" not in rest:
        return
    masked = PLACEHOLDER.sub(lambda match: "." * len(match[0]), content)
    for match in _BRACES.finditer(masked):
        found = content[match.start() : match.end()]
        yield Hit(
            f"Malformed braces. {quoted(found)} {_what_is_wrong(found)}: a placeholder is {{{{name}}}}, the "
            "name of letters, digits and _, not beginning with a digit.",
            ("content",),
            offset=match.start(),
        )


def _what_is_wrong(found: str) -> str:
    name = found.strip("{}").strip()
    if not found.endswith("}}"):
        return "is not closed" if "{" * len(found) == found else "is malformed"
    if not found.startswith("{{"):
        return "closes nothing"
    if not name:
        return "has no name"
    if found.startswith("{{{") or found.endswith("}}}"):
        return "has too many braces"
    return "is no valid name"
