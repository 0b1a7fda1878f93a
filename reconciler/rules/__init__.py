"""The compliance rules (help rules), and the engine that runs them over one document.

A rule is one generator function under ``@rule`` in a module of this folder; its docstring is ``explain
CODE``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.model import Document, Problem, Severity
from reconciler.rules._base import Context, Hit, Rule, Unjudged, message_class, rule
from reconciler.rules._registry import collect, discover, rules_for
from reconciler.rules.waivers import NEVER_WAIVED, waivers_in_force

__all__ = [
    "CRASH",
    "Context",
    "Hit",
    "Rule",
    "Unjudged",
    "check",
    "collect",
    "discover",
    "rule",
    "waivers_in_force",
]

CRASH = "CX099"


def check(document: Document, context: Context) -> tuple[Problem, ...]:
    """Every rule's problems with this document, less what the policy ignores and the waivers in force
    waive."""
    return run(rules_for(document.kind), document, context)


def run(rules: tuple[Rule, ...], document: Document, context: Context) -> tuple[Problem, ...]:
    """The problems that these rules find, less what is ignored or waived; those that run last stand at the end."""
    waived = frozenset(waiver.rule for waiver in waivers_in_force(document, context.today))
    fired: set[str] = set()
    problems: list[Problem] = []
    written, ignore = context.policy.severities, Severity.IGNORE
    for one in rules:
        severity = _severity(one, document, context) if one.code in written else one.severity
        if one.last:
            if severity is ignore or not waived:
                continue
            context = replace(context, fired=frozenset(fired))
        elif severity is ignore and one.code not in waived:
            continue
        hits: list[Hit] = []
        crash: Exception | None = None
        try:  # here and in no function of its own, since it is done twenty times a document
            hits.extend(one.function(document, context))
        except Unjudged:
            continue
        except Exception as error:  # noqa: BLE001 a bug in one rule must not hide what the others found
            crash = error
        if hits or crash:
            fired.add(one.code)
            if one.last or not (severity is ignore or one.code in waived):
                problems += (_problem(one, hit, severity) for hit in hits)
            if crash is not None:
                problems.append(_crashed(one, crash))
    return tuple(problems)


def _severity(one: Rule, document: Document, context: Context) -> Severity:
    """What the Policy writes in place of the rule's severity: for every document, or by message class."""
    written = context.policy.severities.get(one.code)
    if one.code == NEVER_WAIVED:
        return one.severity
    if isinstance(written, Mapping):
        written = written.get(message_class(document, context) or "default", written.get("default"))
    if written is None or written not in Severity.__members__.values():
        return one.severity
    return Severity(written)


def _problem(one: Rule, hit: Hit, severity: Severity) -> Problem:
    return Problem(
        code=one.code,
        name=one.name,
        severity=hit.severity or severity,
        message=hit.message,
        path=hit.path,
        offset=hit.offset,
        key=hit.key,
    )


def _crashed(one: Rule, error: Exception) -> Problem:
    message = (
        f"Rule {one.code} ({one.name}) crashed with {type(error).__name__}. The document was not checked "
        "against it, and a waiver does not help. This is a bug in the rule: report it with this document."
    )
    return Problem(code=CRASH, name="rule-crash", severity=Severity.ERROR, message=message)
