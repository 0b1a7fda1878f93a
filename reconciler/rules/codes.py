"""Every code with its words: those of loading, CX0xx, in one table; those of the rules as their docstrings have them.

``explain`` and SARIF show an ``Explanation``; loading makes its problems with ``problem``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from textwrap import fill
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core import suggest
from reconciler.core.model import Path, Problem, Severity
from reconciler.rules import CRASH, discover
from reconciler.rules._law import LAW
from reconciler.rules._loading_codes import TABLE, LoadingCode

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One code. ``text`` is in paragraphs; the first says in a line what a finding means."""

    code: str
    name: str
    severity: Severity
    text: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs, line breaks kept."""
        return tuple(self.text.split("\n\n"))

    @property
    def summary(self) -> str:
        """The first paragraph on one line."""
        return " ".join(self.paragraphs[0].split())


CODES: Mapping[str, LoadingCode] = MappingProxyType({entry.code: entry for entry in TABLE})


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


@cache
def explanations() -> Mapping[str, Explanation]:
    """Every code there is, in order."""
    found = [_of_loading(entry) for entry in CODES.values()]
    found.append(Explanation(code=CRASH, name="rule-crash", severity=Severity.ERROR, text=_CRASH))
    found += [
        Explanation(
            code=rule.code, name=rule.name, severity=rule.severity, text=_of_rule(rule.code, rule.docstring)
        )
        for rule in discover().values()
    ]
    return MappingProxyType({each.code: each for each in sorted(found, key=lambda each: each.code)})


def nearest(code: str) -> str | None:
    """The code that was probably meant: by its digits, or by the rule's name."""
    known = explanations()
    words = {code: code for code in known} | {each.name: each.code for each in known.values()}
    meant = code.lower()
    if meant.startswith("cx"):
        meant = meant.translate(_LOOKALIKES)
    found = suggest.nearest(meant, words)
    return words[found] if found else None


_LOOKALIKES = str.maketrans("oil", "011")


def _of_rule(code: str, docstring: str) -> str:
    return f"{docstring}\n\n{LAW[code]}" if code in LAW else docstring


def _of_loading(entry: LoadingCode) -> Explanation:
    why, source = (
        fill(text, 106) for text in (f"Why and how to fix: {entry.why}", f"Source: {entry.source}.")
    )
    text = f"{entry.summary}\n\n{why}\n\n{_NO_WAIVER}\n\nFails:   {entry.fails}\nPasses:  {entry.passes}\n\n{source}"
    return Explanation(code=entry.code, name=entry.name, severity=entry.severity, text=text)


_NO_WAIVER = "Waive it: that cannot be, for it is about the file itself."

_CRASH = """A rule of this tool crashed, so the document was not checked against it.

Why and how to fix: this is a bug in the rule, not in the document. It counts as an error, since nobody knows what
the rule would have found, and neither a waiver nor the Policy's severities change that. Report it with the document.

Fails:   any document that the rule cannot bear
Passes:  the same document once the rule is fixed

Source: the rules' own engine in reconciler/rules."""
