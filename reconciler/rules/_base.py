"""What a rule is: its metadata, what it is given, what it yields, and how it may quote a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import dedent

from reconciler.core.model import Document, Path, Policy, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a rule may know besides the document. ``today`` is an ISO date, UTC.

    ``fired`` holds the codes that had something to say; only rules that run last find it filled.
    """

    policy: Policy
    today: str
    sandbox: bool = False
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
