"""A plan in lines and tables, for people: what is done by phase, then what else a reviewer must know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.kinds import by_phase
from reconciler.outputs import _wording as wording
from reconciler.outputs._blocks import Paragraph, Row, Table
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Action, Plan
    from reconciler.outputs import Look
    from reconciler.outputs._wording import Spans

_UNDOES = "Undoes"
_MEANINGS = {
    "pending": "the tenant took the approval and has not decided it yet",
    "held": "somebody decided against it in the tenant; it waits until its document changes",
    "unchecked": "the secret cannot be read here; applying this plan may rotate it",
    "unlisted": "the tenant refused these lists to these credentials",
}
_STYLES = {"+": "new", "~": "warning", "-": "was"}


def blocks(plan: Plan, look: Look) -> Iterator[Spans | Paragraph | Table]:
    """All but the findings and the verdict, which stand below it."""
    yield Paragraph(spans=[(_where(plan), "strong")])
    yield []
    for phase, kind in by_phase().items():
        actions = [action for action in plan.actions if action.phase == phase]
        if actions:
            yield Table(
                heading=f"{kind.heading} ({len(actions)})",
                rows=tuple(_row(action, look) for action in actions),
            )
            yield []


def _where(plan: Plan) -> str:
    where = (
        f"Plan for {wording.visible(plan.base_url)}"
        if plan.base_url is not None
        else "Offline plan: the tenant was not asked"
    )
    return where + (f", narrowed to {', '.join(map(wording.visible, plan.targets))}" if plan.targets else "")


def _row(action: Action, look: Look) -> Row:
    known = by_phase()[action.phase].operations
    symbol = next((one.sign for one in known if one.name == action.operation), "~")
    cause = f" ({wording.visible(action.cause)})" if action.cause is not None else ""
    return Row(
        operation=(f"{symbol} {wording.visible(action.operation)}{cause}", _STYLES[symbol]),
        target=wording.visible(action.target),
        source=f"{wording.visible(action.source.file)}:{action.source.line}" if action.source else "",
        details=tuple(_details(action, look)),
    )


def _details(action: Action, look: Look) -> Iterator[tuple[str, Spans]]:
    for change in action.changes:
        spans = wording.difference(change, color=look.color)
        if change.cause not in {None, action.cause}:
            spans = [*spans, (f"  ({wording.visible(str(change.cause))})", "dim")]
        yield wording.visible(change.field), spans
    placeholders = wording.placeholder_changes(action)
    if placeholders:
        yield "placeholders", placeholders
    if action.sms is not None:
        yield "SMS", [(wording.sizes(action.sms), "warning" if wording.costlier(action.sms) else "")]
    if action.unmanaged:
        yield "kept as is", [(", ".join(map(wording.visible, sorted(action.unmanaged))), "dim")]
    if action.undoes:
        fields = ", ".join(map(wording.visible, action.undoes))
        yield "undoes", [(f"a newer {fields} on the base branch: merge it, or rebase", "error")]


def aside(plan: Plan, order: Sequence[str]) -> Iterator[tuple[str, Sequence[str], str]]:
    """Objects without an action that are not as the files ask, or unknown: heading, targets, meaning."""
    yield "Not from this branch", drifted(plan), wording.NOT_APPLIED
    for word in order:
        yield word.capitalize(), getattr(plan, word), _MEANINGS[word]


def warnings(plan: Plan) -> Iterator[Paragraph]:
    """What a reviewer must not miss, the worst first."""
    for guard in plan.guards:
        spans: Spans = [
            (f"Guard {wording.visible(guard.name)}: ", "error"),
            (wording.visible(guard.message), ""),
        ]
        if guard.targets:
            spans.append((f" Concerns: {', '.join(map(wording.visible, guard.targets))}.", ""))
        yield Paragraph(spans=spans)
    said: tuple[tuple[str, Sequence[str], str], ...] = (
        (_UNDOES, undone(plan), "newer on the base branch than here; merge it, or rebase"),
        *aside(plan, ("pending", "held", "unchecked", "unlisted")),
    )
    for word, names, meaning in said:
        if names:
            listed = ", ".join(map(wording.visible, names))
            style = "error" if word == _UNDOES else "warning"
            yield Paragraph(spans=[(f"{word}: ", style), (listed, ""), (f" ({meaning})", "dim")])
    for relaxed in plan.relaxed or ():
        yield Paragraph(spans=[("Relaxed: ", "warning"), (wording.visible(relaxed), "")])
    for note in plan.notes:
        yield Paragraph(spans=[("Note: ", "warning"), (wording.visible(note), "")])


def undone(plan: Plan) -> tuple[str, ...]:
    """The targets for which the base branch has something newer."""
    return tuple(dict.fromkeys(action.target for action in plan.actions if action.undoes))


def drifted(plan: Plan) -> tuple[str, ...]:
    """The targets with drift: a change whose cause is ``drift`` or ``both``."""
    return tuple(dict.fromkeys(action.target for action in plan.actions if action.cause in {"drift", "both"}))


def verdict(plan: Plan) -> str:
    """The plan's last line: actions by operation, what waits, what is unchanged, and 12 digits of the digest."""
    counts = Counter((action.phase, action.operation) for action in plan.actions)
    parts = []
    for phase, kind in by_phase().items():
        numbers = [(counts.pop((phase, one.name), 0), one.planned) for one in kind.operations]
        parts += [f"{number} {words}" for number, words in numbers if number and words]
        rest = sum(number for number, words in numbers if not words)
        parts += [counted(rest, kind.noun)] if rest else []
    parts += [f"{counts.total()} other"] if counts else []
    done = ", ".join(parts) or "nothing to do"
    waiting = [
        f"{len(names)} {word}" for names, word in ((plan.pending, "pending"), (plan.held, "held")) if names
    ]
    digest = f"digest {plan.digest.removeprefix('sha256:')[:12]}" if plan.digest else "no digest"
    return "Plan: " + "; ".join([done, *waiting, f"{plan.unchanged} unchanged", digest])
