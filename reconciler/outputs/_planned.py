"""A plan in lines and tables, for people: what is done by phase, then what else a reviewer must know."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from reconciler.core.plan_json import secret_json
from reconciler.kinds import by_phase
from reconciler.outputs import _message as message_
from reconciler.outputs import _wording as wording
from reconciler.outputs._blocks import Paragraph, Row, Table
from reconciler.outputs._grouping import groups, sign_of
from reconciler.outputs._results import counted
from reconciler.plan.guards import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Action, Change, Guard, Plan, Waiting
    from reconciler.outputs import Look
    from reconciler.outputs._grouping import TargetGroup
    from reconciler.outputs._results import Planned
    from reconciler.outputs._wording import Spans

_UNDOES = "Undoes"
_MEANINGS = {
    "pending": "the tenant took the approval and has not decided it yet",
    "held": "somebody decided against it in the tenant; it waits until its document changes",
    "unchecked": "the secret cannot be read here; applying this plan may rotate it",
    "unlisted": "the tenant refused these lists to these credentials",
}
_STYLES = {"+": "new", "~": "warning", "-": "taken"}


def blocks(plan: Plan, look: Look) -> Iterator[Spans | Paragraph | Table]:
    """All but the findings, the other warnings and the verdict, which stand below it."""
    yield Paragraph(spans=[(_where(plan), "strong")])
    yield []
    guarded = [_guard(guard) for guard in plan.guards]
    yield from guarded
    if guarded:
        yield []
    found = groups(plan.actions)
    for phase, kind in by_phase().items():
        mine = [group for group in found if group.actions[0].phase == phase]
        if mine:
            number = sum(len(group.targets) for group in mine)
            yield Table(heading=f"{kind.heading} ({number})", rows=tuple(_row(group, look) for group in mine))
            yield []


def _where(plan: Plan) -> str:
    where = (
        f"Plan for {wording.visible(plan.base_url)}"
        if plan.base_url is not None
        else "Offline plan: the tenant was not asked"
    )
    return where + (f", narrowed to {', '.join(map(wording.visible, plan.targets))}" if plan.targets else "")


def _row(group: TargetGroup, look: Look) -> Row:
    first = group.actions[0]
    causes = [action.cause for action in group.actions if action.cause is not None]
    cause = f" ({wording.visible(causes[0])})" if causes else ""
    many = len(group.targets) > 1
    operations = ", ".join(map(wording.visible, group.operations))
    return Row(
        operation=(f"{group.sign} {operations}{cause}", _STYLES[group.sign]),
        target=f"{len(group.targets)} alike" if many else wording.visible(group.targets[0]),
        source=f"{wording.visible(first.source.file)}:{first.source.line}"
        if first.source and not many
        else "",
        details=tuple(_details(group, look)),
    )


def _details(group: TargetGroup, look: Look) -> Iterator[tuple[str, Spans]]:
    for action in group.actions:
        if action.received is not None:
            yield "drifted", [(wording.received(action.received), "warning")]
        yield from _message(action, look, named=len(group.targets) == 1)
        for change in action.changes:
            if change.field != "name" or len(group.targets) == 1:
                yield from _change(action, change, group.actions[0].cause, look)
        placeholders = wording.placeholder_changes(action)
        if placeholders:
            yield "placeholders", placeholders
        if "secret" in action.reviewed:
            yield "secret from", [(wording.source(action), "")]
        if action.unmanaged and len(group.targets) == 1:
            yield "kept as is", [(", ".join(map(wording.visible, sorted(action.unmanaged))), "dim")]
        if action.undoes:
            fields = ", ".join(map(wording.visible, action.undoes))
            yield "undoes", [(f"a newer {fields} on the base branch: merge it, or rebase", "warning")]
    if len(group.targets) > 1:
        yield "targets", [(", ".join(map(wording.visible, group.targets)), "strong")]


def _message(action: Action, look: Look, *, named: bool) -> Iterator[tuple[str, Spans]]:
    """The text as it will be sent, whole; where it comes from; its size."""
    message = action.message
    if message is not None:
        width = (
            max(20, min(message_.WIDTH, look.width - 26)) if look.color or look.terminal else message_.WIDTH
        )
        for number, line in enumerate(message_.lines(message["content"], width)):
            yield ("" if number else "text"), [(line, "")]
        name = f", {wording.shown(message['name'])}" if named else ""
        yield "from", [(wording.shown(message["from_address"]) + name, "")]
    if action.sms is not None:
        longest = " at the longest placeholders" if message and "{{" in message["content"] else ""
        style = "warning" if wording.costlier(action.sms) else ""
        yield "SMS", [(wording.sizes(action.sms) + longest, style)]


def _change(action: Action, change: Change, cause: str | None, look: Look) -> Iterator[tuple[str, Spans]]:
    """What changed; a text that is mostly another is shown as it was, since it stands above as it will be."""
    because: Spans = []
    if change.cause not in {None, cause}:
        because = [(f"  ({wording.visible(str(change.cause))})", "dim")]
    if change.field == "content" and action.message is not None and message_.rewritten(change):
        old, *rest = message_.lines(str(change.live))
        yield "instead of", [(old, "gone"), *because]
        for line in rest:
            yield "", [(line, "gone")]
        return
    spans = wording.difference(change, color=look.color)
    if change.field == "status" and action.message is not None:
        spans[-1] = (spans[-1][0], _STYLES[sign_of(action)] if sign_of(action) != "~" else "")
    yield wording.visible(change.field), [*spans, *because]


def aside(plan: Plan, order: Sequence[str]) -> Iterator[tuple[str, Sequence[str], str]]:
    """Objects without an action that are not as the files ask, or unknown: heading, targets, meaning."""
    yield "Not from this branch", drifted(plan), wording.NOT_APPLIED
    said = {
        "pending": tuple(map(_waits, plan.pending)),
        "held": tuple(map(_waits, plan.held)),
        "unchecked": tuple(
            f"{item.url} from {wording.source_of(secret_json(item.secret))}" for item in plan.unchecked
        ),
        "unlisted": plan.unlisted,
    }
    for word in order:
        yield word.capitalize(), said[word], _MEANINGS[word]


def _waits(item: Waiting) -> str:
    """``tmpl_offer (REJECTED since 2026-11-22)``; without the day where the log does not know."""
    since = f" since {item.since[:10]}" if item.since is not None else ""
    return f"{item.id} ({item.status}{since})"


def _guard(guard: Guard) -> Paragraph:
    style = "taken" if guard.name == "revoke" else "warning"
    return Paragraph(
        spans=[
            (f"Guard {wording.visible(guard.name)}: ", style),
            (wording.visible(sentences(guard)), ""),
        ]
    )


def warnings(plan: Plan) -> Iterator[Paragraph]:
    """What else a reviewer must not miss, the worst first."""
    said: tuple[tuple[str, Sequence[str], str], ...] = (
        (_UNDOES, undone(plan), "newer on the base branch than here; merge it, or rebase"),
        *aside(plan, ("pending", "held", "unchecked", "unlisted")),
    )
    for word, names, meaning in said:
        if names:
            listed = ", ".join(map(wording.visible, names))
            yield Paragraph(spans=[(f"{word}: ", "warning"), (listed, ""), (f" ({meaning})", "dim")])
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
    """The plan's verdict in a line: actions by operation, what waits, what is unchanged."""
    counts = Counter((action.phase, action.operation) for action in plan.actions)
    parts = []
    for phase, kind in by_phase().items():
        numbers = [(counts.pop((phase, one.name), 0), one.verb) for one in kind.operations]
        parts += [f"{number} to {verb}" for number, verb in numbers if number and verb]
        rest = sum(number for number, verb in numbers if not verb)
        parts += [counted(rest, kind.noun)] if rest else []
    parts += [f"{counts.total()} other"] if counts else []
    done = ", ".join(parts) or "nothing to do"
    waiting = [
        f"{len(names)} {word}" for names, word in ((plan.pending, "pending"), (plan.held, "held")) if names
    ]
    return "Plan: " + "; ".join([done, *waiting, f"{plan.unchanged} unchanged"])


def question(plan: Plan) -> str:
    """What a person is asked: what would be done, how often and on which tenant; what is taken away stands first."""
    counts = Counter((action.phase, action.operation) for action in plan.actions)
    asked = [
        (one.sign != "-", f"{one.verb} {number}" if one.verb else f"{one.name} {counted(number, kind.noun)}")
        for phase, kind in by_phase().items()
        for one in kind.operations
        if (number := counts[phase, one.name])
    ]
    *most, last = (words for _, words in sorted(asked, key=lambda each: each[0]))
    listed = f"{', '.join(most)} and {last}" if most else last
    where = wording.visible(str(plan.tenant).rpartition("://")[2])
    return f"{listed[0].upper()}{listed[1:]} on {where}? Only 'yes' goes on: "


def claimed(plan: Plan, file: str) -> str:
    """What of a saved plan nothing but its file vouches for; ``file`` as the format shows its name."""
    if plan.digest is None:
        return f"No digest covers an offline plan: all of it is what {file} claims."
    return (
        "The digest covers actions, texts, the tenant and where secrets come from. Files and lines, sizes, causes, "
        f"what waits, findings and notes are what {file} claims."
    )


def next_step(report: Planned) -> str:
    """What is to be done with the plan, for somebody who types; empty where the next thing is a question."""
    plan = report.plan
    if plan.digest is None:
        return "this plan cannot be applied; `reconciler plan` asks the tenant and makes one that can."
    if report.asked:
        return ""
    if not plan.actions and not plan.unchecked:
        return "nothing to do."
    words = report.options or (("--sandbox",) if plan.tenant == "sandbox" else ())
    saved = report.saved or report.file
    if saved is not None:
        apply = wording.visible(shlex.join(("reconciler", "apply", saved, *words)))
        return f"once it is reviewed, `{apply}` does exactly this."
    targets = (f"--target={target}" for target in plan.targets)
    same = wording.visible("".join(f" {shlex.quote(word)}" for word in (*words, *targets)))
    return (
        f"`reconciler apply{same} --expect-digest {plan.digest}` does exactly this; "
        f"`reconciler plan{same} --out FILE` saves it for a review, for `apply FILE`."
    )
