"""What a rule is: its metadata, what it is given, what it yields, and how it may quote a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import dedent

from reconciler.core.hidden import HIDDEN
from reconciler.core.model import Document, Path, Policy, Severity

STATUSES = ("DRAFT", "PENDING", "SUBMITTED", "IN_REVIEW", "APPROVED", "REJECTED", "SUSPENDED")
"""What a template's status is known to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a rule may know besides the document. ``today`` is an ISO date, UTC.

    ``campaigns`` are the folder's sound Campaigns by name, ``broken`` the names of those that are not, ``used`` those
    that a template names. ``fired`` holds the codes that had something to say; only rules that run last find it filled.
    """

    policy: Policy
    today: str
    sandbox: bool = False
    campaigns: Mapping[str, Document] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    fired: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a rule found: ``model.Problem`` without what the engine knows.

    ``severity`` is given only where it differs from the rule's own.
    """

    message: str
    path: Path = ()
    offset: int | None = None
    key: bool = False
    severity: Severity | None = None


class Unjudged(Exception):
    """Raised by a document's body for a value that the schema refuses: the rule cannot be judged."""


Check = Callable[[Document, Context], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A check and what is known of it. ``docstring`` is the text of ``explain CODE``.

    A rule that runs ``last`` sees what ``fired`` before it, and only runs where a waiver is in force.
    """

    code: str
    name: str
    severity: Severity
    kinds: tuple[str, ...]
    function: Check
    docstring: str
    last: bool = False


def rule(
    code: str, name: str, severity: Severity, *, kinds: tuple[str, ...], last: bool = False
) -> Callable[[Check], Rule]:
    """Marks a generator function as a rule; registering is ``discover``'s work."""

    def mark(function: Check) -> Rule:
        first, _, rest = (function.__doc__ or "").strip().partition("\n")
        docstring = f"{first}\n{dedent(rest)}".strip()
        return Rule(
            code=code,
            name=name,
            severity=severity,
            kinds=kinds,
            function=function,
            docstring=docstring,
            last=last,
        )

    return mark


def as_read(content: str) -> tuple[str, Sequence[int]]:
    """The text as a reader sees it, without what is hidden, and the place in ``content`` of each of its characters."""
    if content.isascii() or not HIDDEN.search(content):
        return content, range(len(content))
    seen = [(char, at) for at, char in enumerate(content) if not HIDDEN.match(char)]
    return "".join(char for char, _ in seen), [at for _, at in seen]


def campaign_of(document: Document, context: Context) -> Document | None:
    """The Campaign under which a template is registered: by that one's name; None where it is not there."""
    a2p = document.body.get("a2p")
    name = a2p.get("campaign") if isinstance(a2p, Mapping) else None
    return context.campaigns.get(name) if isinstance(name, str) else None


def message_class(document: Document, context: Context) -> str | None:
    """The class under which a document's messages are registered; None where it has none, or none that can be read."""
    try:
        source = campaign_of(document, context) or document
        block = source.body if source.kind == "Campaign" else source.body.get("a2p")
        found = block.get("message_class") if isinstance(block, Mapping) else None
    except Unjudged:
        return None
    return found if isinstance(found, str) else None


def text(document: Document, field: str) -> str | None:
    """A field's text; none where it is missing or no text, which the schema has already found."""
    value = document.body.get(field)
    return value if isinstance(value, str) else None


def code_point(char: str) -> str:
    """``U+201C LEFT DOUBLE QUOTATION MARK``; a control character has no name."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()


def quoted(value: str, limit: int = 60) -> str:
    """The value in quotes, safe on one line: cut short, invisible and combining characters as U+XXXX."""
    cut = value[:limit] + ("…" if len(value) > limit else "")
    safe = (c if c.isprintable() and not unicodedata.combining(c) else f"<U+{ord(c):04X}>" for c in cut)
    return f"'{''.join(safe)}'"


def listed(items: list[str], limit: int = 5) -> str:
    """The first few items and how many more there are."""
    more = len(items) - limit
    return "; ".join(items[:limit]) + (f"; and {more} more" if more > 0 else "")
