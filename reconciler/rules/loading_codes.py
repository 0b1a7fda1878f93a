"""The findings of loading, CX0xx: what they are called and what they mean (contract section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core.model import Path, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingCode:
    """One code of CX0xx. ``explanation`` is a paragraph for ``explain``."""

    code: str
    name: str
    severity: Severity = Severity.ERROR
    explanation: str


_TABLE = (
    LoadingCode(
        code="CX001",
        name="unreadable",
        explanation=(
            "The file cannot be read as text: it is missing, not a regular file, not permitted, larger "
            "than 5 MiB, or not UTF-8. Save it as UTF-8; a file that an editor wrote as Latin-1 or "
            "UTF-16 shows the first byte that is none."
        ),
    ),
    LoadingCode(
        code="CX002",
        name="syntax",
        explanation=(
            "The file is not the YAML that is read here: a quote that is not closed, a tab as "
            "indentation, a bare `: ` inside a text, a tag such as !!python/object, nesting deeper than "
            "20. Documents before the place are read, those after it are not."
        ),
    ),
    LoadingCode(
        code="CX003",
        name="duplicate-key",
        explanation=(
            "A key stands twice in one mapping. YAML readers silently keep one of the two, and not all "
            "the same one, so what was reviewed might not be what is sent. Remove one of them."
        ),
    ),
    LoadingCode(
        code="CX004",
        name="schema",
        explanation=(
            "The document is not of its kind's form: a key is missing or unknown, or a value has the "
            "wrong type or form. The schemas in `schemas/` say what each key means; an editor that knows "
            "the yaml-language-server line shows the same while you write."
        ),
    ),
    LoadingCode(
        code="CX005",
        name="secret-source",
        severity=Severity.WARNING,
        explanation=(
            "The variable or file that a webhook's secret is to come from cannot be read here, or what "
            "it holds is no secret of 24 bytes or more. A warning in validate and plan, which may run "
            "where secrets are not; an error in apply when an action needs it."
        ),
    ),
    LoadingCode(
        code="CX006",
        name="duplicate-id",
        explanation=(
            "Two documents describe the same template id, or the same webhook URL once host and port are "
            "normalised. Which of them should win nobody could tell. Remove one, or give it its own id."
        ),
    ),
    LoadingCode(
        code="CX007",
        name="yaml-type",
        explanation=(
            "Text without quotes that YAML 1.1 reads as something else: `45678` is a number, `012345` an "
            "octal one (5349), `NO` is false, `12:30` is 750, `~` is nothing. Put quotes around it."
        ),
    ),
    LoadingCode(
        code="CX008",
        name="yaml-comment",
        explanation=(
            "A `#` after a blank begins a comment, so `content: Order #1 shipped` says only `Order`. Put "
            "the whole text in quotes. A comment that is meant as one goes on a line of its own."
        ),
    ),
    LoadingCode(
        code="CX009",
        name="trailing-newline",
        severity=Severity.WARNING,
        explanation=(
            "A text after `|` or `>` ends with a line break, which is sent and counted like any "
            "character. Write `|-` or `>-`, which drop it."
        ),
    ),
    LoadingCode(
        code="CX010",
        name="alias",
        explanation=(
            "A merge key `<<`, an alias that contains itself, or aliases that grow the file by more than "
            "1 MiB. An alias that repeats a text is fine; `<<` is not, since a reviewer would have to "
            "compute what the document says. Write the keys out."
        ),
    ),
    LoadingCode(
        code="CX011",
        name="policy-pattern",
        explanation=(
            "One of the policy's sender_patterns is no regular expression, or one that Python calls "
            "ambiguous. Patterns match the whole sender, and \\d means the digits 0 to 9."
        ),
    ),
    LoadingCode(
        code="CX012",
        name="secret-name",
        explanation=(
            "A webhook's secret names a variable that holds a credential of the tool, of its CI or of a "
            "cloud. What is named there is sent to the tenant, so anyone who may propose a change could "
            "have such a credential sent away. Give the webhook a secret of its own."
        ),
    ),
    LoadingCode(
        code="CX013",
        name="policy-count",
        explanation="There is more than one Policy document. Which holds nobody could tell: keep one.",
    ),
)

CODES: Mapping[str, LoadingCode] = MappingProxyType({entry.code: entry for entry in _TABLE})


def problem(
    code: str, message: str, path: Path = (), *, offset: int | None = None, key: bool = False
) -> Problem:
    """A problem with the name and severity that the table has for ``code``."""
    entry = CODES[code]
    return Problem(
        code=code,
        name=entry.name,
        severity=entry.severity,
        message=message,
        path=path,
        offset=offset,
        key=key,
    )
